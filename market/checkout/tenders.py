"""Tenders: announcing assets, calling a tender off, telling the bidders how it ended (T1).

Service code of the checkout slice, split off by noun: bids come in through tender_bids, tender_opening opens them, tender_awarding gives
the assets away. Terms never change once they are announced."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from market.checkout import tender_queries, tender_reading, tender_rules, tender_sealing
from market.checkout.lease_rules import most_free_weeks
from market.checkout.tender_schemas import Criterion, NewTender
from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.notify import service as notify
from market.people import service as people
from market.people.rules import Actor
from market.settings import Settings
from market.spaces.rules import LONGEST_DAYS, MAX_AHEAD
from market.text import clean_text

LEADS = ("director", "street")
LONGEST_BIDDING = timedelta(days=366)


class TenderNotThere(Conflict):
    """The tender is at another step: opened already, decided, or called off."""

    slug = "tender-at-another-step"
    title = "This tender is at another step"

    def __init__(self, status: str) -> None:
        super().__init__(f"This tender is {status}, so this cannot be done now.")


async def announce(db: Database, *, actor: Actor, settings: Settings, community: str, new: NewTender) -> UUID:
    """Publish a tender; directors, the street and the operator may. Its key is made here. Raises InvalidInput by field, NotFound."""
    async with db.transaction() as tx:
        place = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(place.id, *LEADS):
            raise NotFound("This community")
        currency = await _require_terms(tx, place, new)
        tender_id = await tender_queries.new_id(tx)
        public_key, wrapped_key = tender_sealing.new_keys(settings, tender_id=tender_id)
        same = (
            "bids_until",
            "first_day",
            "last_day",
            "reserve_minor",
            "share_bp",
            "rent_free_weeks",
            "deposit_minor",
            "tie_rule",
        )
        values: dict[str, Any] = {name: getattr(new, name) for name in same} | {
            "id": tender_id,
            "community_id": place.id,
            "title": clean_text("title", new.title, max_len=200, min_len=1),
            "title_en": clean_text("title_en", new.title_en, max_len=200) if new.title_en else None,
            "about": clean_text("about", new.about, max_len=10_000),
            "about_en": clean_text("about_en", new.about_en, max_len=10_000) if new.about_en else None,
            "currency": currency,
            "criteria": [_criterion(number, each) for number, each in enumerate(new.criteria)],
            "public_key": public_key,
            "wrapped_key": wrapped_key,
            "announced_by": actor.person_id,
        }
        await tender_queries.insert_tender(tx, values=values, spaces=new.spaces)
        await people.audit(tx, person_id=actor.person_id, action="tender.announced", subject=f"tender:{tender_id}")
        return tender_id


def _criterion(number: int, each: Criterion) -> dict[str, Any]:
    field = f"criteria[{number}]"
    return {
        "key": each.key,
        "kind": each.kind,
        "label": clean_text(f"{field}.label", each.label, max_len=200, min_len=1),
        "label_en": clean_text(f"{field}.label_en", each.label_en, max_len=200) if each.label_en else None,
        "weight_bp": each.weight_bp,
        "most": each.most,
    }


async def _require_terms(tx: Connection, place: communities.CommunityRow, new: NewTender) -> str:
    """The currency of the spaces. Raises InvalidInput naming everything that is wrong."""
    if new.bids_until.utcoffset() is None:
        raise InvalidInput([("bids_until", "needs an offset from UTC")])
    now, today = await tender_queries.clock(tx, zone=place.time_zone)
    closing = new.bids_until.astimezone(ZoneInfo(place.time_zone)).date()
    known = {row["id"]: row for row in await tender_queries.spaces_to_let(tx, new.spaces)}
    mine = [known[each] for each in new.spaces if each in known and known[each]["community_id"] == place.id]
    most = most_free_weeks(new.first_day, new.last_day)
    checks = (
        (new.bids_until <= now, "bids_until", "must be in the future"),
        (closing > today + LONGEST_BIDDING, "bids_until", "is too far in the future"),
        (new.first_day <= closing, "first_day", "must be after the day on which bids end"),
        (new.first_day > today + MAX_AHEAD, "first_day", "is too far in the future"),
        (new.last_day < new.first_day, "last_day", "must not be before the first day"),
        (
            (new.last_day - new.first_day).days >= LONGEST_DAYS["lease"],
            "last_day",
            "must be at most ten years after the first",
        ),
        (
            new.rent_free_weeks > most,
            "rent_free_weeks",
            f"must be at most {most}",
        ),
        (len(mine) != len(new.spaces), "spaces", "must all be of this community"),
        (len(set(new.spaces)) != len(new.spaces), "spaces", "must be named once each"),
        (any(row["status"] != "open" for row in mine), "spaces", "must not be closed"),
        (any(not row["has_owner"] for row in mine), "spaces", "must have somebody to keep the rent"),
        (any(row["parent_id"] in known for row in mine), "spaces", "must not contain one another"),
        (len({row["currency"] for row in mine}) > 1, "spaces", "must have the same currency"),
    )
    faults = [(field, message) for bad, field, message in checks if bad]
    faults += tender_rules.criteria_faults(tender_reading.criteria_of(new.criteria))
    if faults:
        raise InvalidInput(faults)
    return str(mine[0]["currency"])


async def lock_led(tx: Connection, *, actor: Actor, tender_id: UUID, statuses: Collection[str]) -> Row:
    """The tender, locked, for who leads its community. Raises NotFound, Forbidden, TenderNotThere at any other step."""
    row = await tender_queries.lock_tender(tx, tender_id)
    if row is None:
        raise NotFound("This tender")
    if not actor.is_staff_of(row["community_id"], *LEADS):
        raise Forbidden
    if row["status"] not in statuses:
        raise TenderNotThere(row["status"])
    return row


async def cancel(db: Database, *, actor: Actor, tender_id: UUID, reason: str) -> None:
    """Call a tender off, before or after its opening; sealed bids then stay sealed for ever.

    Raises TenderNotThere when it is decided, Forbidden, NotFound."""
    reason = clean_text("reason", reason, max_len=500, min_len=1)
    async with db.transaction() as tx:
        row = await lock_led(tx, actor=actor, tender_id=tender_id, statuses={"announced", "opened"})
        await tender_queries.update_cancelled(tx, tender_id, reason=reason)
        await tell(tx, row, await tender_queries.bids_of(tx, [tender_id]), winner=None)
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="tender.cancelled",
            subject=f"tender:{tender_id}",
            detail={"reason": reason},
        )


async def tell(tx: Connection, row: Row, bids: Sequence[Row], *, winner: Row | None) -> None:
    """Every bidder whose bid counted learns the result."""
    told = {bid["partner_id"]: bid for bid in bids if bid["state"] == "opened"}
    owners = await tender_queries.owners_of(tx, list(told))
    await notify.send_many(tx, [_letter(row, each, told, winner) for each in owners])


def _letter(row: Row, owner: Row, told: Mapping[UUID, Row], winner: Row | None) -> notify.Letter:
    context = {
        "title": row["title"],
        "title_en": row["title_en"] or row["title"],
        "won": winner is not None and owner["partner_id"] == winner["partner_id"],
        "winner": winner["partner_name"] if winner else "",
        "winner_en": (winner["partner_name_en"] or winner["partner_name"]) if winner else "",
        "receipt": told[owner["partner_id"]]["receipt"],
    }
    return notify.Letter(owner["person_id"], "tender_decided", context, f"tender:{row['id']}:{owner['person_id']}")
