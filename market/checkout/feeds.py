"""Calendars that programs subscribe to: of a person, of a partner, of a space for its staff.

Service code of the checkout slice, split off by noun. The address is the only key, so it is random, kept as a hash, told once, and
works only while who made it still acts for its owner. Nobody's name and no code stands in a calendar: whoever hosts the reader's
calendar reads along."""

import secrets
from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from market.checkout import feed_queries
from market.checkout.feed_schemas import Feed, FeedOwner
from market.db import Connection, Database, Row
from market.errors import InvalidInput, NotFound
from market.partners import service as partners
from market.people import service as people
from market.people.rules import Actor
from market.people.sessions import hash_token
from market.settings import Settings
from market.spaces import views

KINDS = {
    "zh-CN": {"booking": "预订", "session": "课程", "lease": "租约", "closure": "不开放"},
    "en": {"booking": "Booking", "session": "Class", "lease": "Lease", "closure": "Closed"},
}


async def status(db: Database, *, actor: Actor, wish: FeedOwner) -> Feed:
    """Whether there is an address and since when. Raises NotFound, InvalidInput."""
    owner, owner_id = await _owner(db, actor, wish)
    async with db.read() as tx:
        row = await feed_queries.feed_of(tx, owner=owner, owner_id=owner_id)
    return Feed(is_on=False) if row is None else Feed(True, row["created_at"])


async def renew(db: Database, *, settings: Settings, actor: Actor, wish: FeedOwner, base: str) -> Feed:
    """Make an address; the one before leads nowhere from now on. Raises NotFound, InvalidInput."""
    owner, owner_id = await _owner(db, actor, wish)
    token = secrets.token_urlsafe(32)
    async with db.transaction() as tx:
        row = await feed_queries.replace_feed(
            tx, owner=owner, owner_id=owner_id, token_hash=hash_token(token), created_by=actor.person_id
        )
        await _note(tx, actor, "calendar.renewed", owner, owner_id)
    url = f"{settings.base_url or base}/api/calendars/{token}/feed.ics"
    return Feed(True, row["created_at"], url)


async def revoke(db: Database, *, actor: Actor, wish: FeedOwner) -> None:
    """Let the address lead nowhere. Raises NotFound, InvalidInput."""
    owner, owner_id = await _owner(db, actor, wish)
    async with db.transaction() as tx:
        await feed_queries.delete_feed(tx, owner=owner, owner_id=owner_id)
        await _note(tx, actor, "calendar.revoked", owner, owner_id)


async def _note(tx: Connection, actor: Actor, action: str, owner: str, owner_id: UUID) -> None:
    await people.audit(
        tx, person_id=actor.person_id, action=action, subject=f"{owner.removesuffix('_id')}:{owner_id}", detail={}
    )


async def _owner(db: Database, actor: Actor, wish: FeedOwner) -> tuple[feed_queries.Owner, UUID]:
    """Whose calendar the actor may have."""
    if wish.partner is not None and wish.space_id is not None:
        raise InvalidInput([("space_id", "either this or partner")])
    if wish.partner is not None:
        async with db.read() as tx:
            found = await partners.partner_by_slug(tx, wish.partner)
        if not actor.is_member_of(found["id"]):
            raise NotFound("This partner")
        return "partner_id", found["id"]
    if wish.space_id is not None:
        space = await views.space(db, space_id=wish.space_id)
        if not actor.is_staff_of(space["community_id"]):
            raise NotFound("This space")
        return "space_id", wish.space_id
    return "person_id", actor.person_id


async def feed(db: Database, *, settings: Settings, token: str) -> bytes:
    """The calendar behind an address; raises NotFound for any other, also when its maker may no longer see it."""
    async with db.transaction() as tx:
        row = await feed_queries.feed_by_token(tx, hash_token(token))
        if row is None:
            raise NotFound("This calendar")
        if row["space_id"] is not None:
            events = await feed_queries.occupancies_of_space(tx, row["space_id"])
        elif row["partner_id"] is not None:
            events = [
                *await feed_queries.offers_of_partner(tx, row["partner_id"]),
                *await feed_queries.lines_for_partner(tx, row["partner_id"]),
            ]
        else:
            events = await feed_queries.lines_of_person(tx, row["person_id"])
    return calendar(row, events, locale=row["locale"], base=settings.base_url)


def calendar(feed: Row, events: Sequence[Row], *, locale: str, base: str) -> bytes:
    """Events in the wall time of their places, with the rules of their zones; called-off ones say so under the id they always had."""
    found = Calendar()
    found.add("prodid", "-//Linli Market//Feeds//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", f"{feed['owner_name']} · {'Linli Market' if locale == 'en' else '邻里集市'}")
    found.add("refresh-interval;value=duration", "PT1H")
    for row in events:
        found.add_component(_event(row, locale=locale, base=base))
    found.add_missing_timezones()
    return bytes(found.to_ical())


def _event(row: Row, *, locale: str, base: str) -> Event:
    zone = ZoneInfo(row["time_zone"])
    known = dict(row)
    title = (locale == "en" and known["title_en"]) or known["title"]
    if "kind" in known:
        title = " · ".join(
            part for part in (KINDS.get(locale, KINDS["en"])[known["kind"]], title or known["note"]) if part
        )
    if known.get("capacity"):
        title = f"{title} {known['taken']}/{known['capacity']}"
    event = Event()
    event.add("uid", f"{known['uid']}@linli-market")
    event.add("dtstamp", known["changed_at"])
    event.add("last-modified", known["changed_at"])
    event.add("sequence", known["sequence"])
    event.add("dtstart", known["starts_at"].astimezone(zone))
    event.add("dtend", known["ends_at"].astimezone(zone))
    event.add("summary", title)
    event.add("location", known["place"])
    event.add("status", known["state"])
    event.add("transp", "TRANSPARENT" if known["state"] == "CANCELLED" else "OPAQUE")
    if "order_id" in known and base:
        event.add("url", f"{base}/orders/{known['order_id']}")
    return event
