"""Calendars to subscribe to: what stands in them, in whose time, and that only the address opens them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from icalendar import Calendar

from market.checkout import feeds, moves
from market.checkout.feed_schemas import FeedOwner
from market.checkout.move_schemas import NewTime
from market.checkout.schemas import Line
from market.errors import NotFound
from market.people import service as people
from market.people.rules import Actor, StaffRole
from tests.checkout.town import Town


async def address(town: Town, actor: Actor, **owner: Any) -> str:
    made = await feeds.renew(town.db, settings=town.parts.settings, actor=actor, wish=FeedOwner(**owner), base="")
    assert made.url is not None
    return made.url.split("/")[-2]


async def events(town: Town, token: str) -> list[Any]:
    return list(Calendar.from_ical(await feeds.feed(town.db, settings=town.parts.settings, token=token)).walk("VEVENT"))


async def test_a_persons_calendar_keeps_the_id_of_an_event_that_moves_or_is_called_off(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour(days=5), Line(offer_id=await town.offer()))
    token = await address(town, buyer)
    first = {str(each["uid"]): each for each in await events(town, token)}
    assert {str(each["status"]) for each in first.values()} == {"CONFIRMED"}
    line = next(line for line in order.lines if line.space_id)
    uid = f"{line.id}@linli-market"
    assert first[uid].start == line.starts_at
    assert str(first[uid]["dtstart"].params["tzid"]) == "Asia/Shanghai"
    whole = await feeds.feed(town.db, settings=town.parts.settings, token=token)
    assert b"BEGIN:VTIMEZONE" in whole
    assert order.vouchers[0].code.encode() not in whole
    other = town.hour(days=6)
    assert line.id is not None
    assert other.starts_at is not None
    assert other.ends_at is not None
    await moves.move(
        town.db,
        actor=buyer,
        order_id=order.id,
        line_id=line.id,
        key=uuid4().hex,
        wish=NewTime(other.starts_at, other.ends_at),
    )
    moved = {str(each["uid"]): each for each in await events(town, token)}
    assert (moved[uid].start, moved[uid]["sequence"]) == (other.starts_at, 1)
    await town.refund(buyer, order.id)
    ended = {str(each["uid"]): each for each in await events(town, token)}
    assert set(ended) == set(first)
    assert {str(each["status"]) for each in ended.values()} == {"CANCELLED"}
    assert ended[uid]["sequence"] == 2


async def test_A02_only_the_address_opens_a_calendar_and_a_new_one_ends_the_old(
    client: httpx.AsyncClient, town: Town
) -> None:
    buyer = await town.buyer()
    token = await address(town, buyer)
    assert (await client.get(f"/api/calendars/{token}/feed.ics")).status_code == 200
    for wrong in ("x", token[:-1], token + "x", token.swapcase()):
        assert (await client.get(f"/api/calendars/{wrong}/feed.ics")).status_code == 404
    assert (
        await town.value(
            "SELECT count(*) FROM calendar_feeds WHERE encode(token_hash, 'escape') LIKE '%' || $1 || '%'", token
        )
        == 0
    )
    again = await address(town, buyer)
    assert (await client.get(f"/api/calendars/{token}/feed.ics")).status_code == 404
    assert (await feeds.status(town.db, actor=buyer, wish=FeedOwner())).url is None
    await feeds.revoke(town.db, actor=buyer, wish=FeedOwner())
    assert (await client.get(f"/api/calendars/{again}/feed.ics")).status_code == 404
    assert not (await feeds.status(town.db, actor=buyer, wish=FeedOwner())).is_on


async def test_a_partners_and_a_spaces_calendar_is_for_who_acts_for_them_as_long_as_they_do(town: Town) -> None:
    async with town.db.transaction() as tx:
        member = await town.member()
        await tx.execute(
            "INSERT INTO partner_members (partner_id, person_id, role) VALUES ($1, $2, 'staff')",
            town.partner,
            member.person_id,
        )
    clerk = await town.clerk(town.xiqiao)
    async with town.db.transaction() as tx:
        await people.grant_role(tx, person_id=clerk.person_id, role="clerk", community_id=town.xiqiao)
    offer = await town.offer(capacity=7)
    buyer = await town.buyer()
    await town.buy(buyer, Line(offer_id=offer))
    await town.buy(buyer, town.hour())
    theirs = await address(town, member, partner="qinghe-studio")
    room = await address(town, clerk, space_id=town.room)
    (session,) = await events(town, theirs)
    assert str(session["summary"]).endswith(" 1/7")
    (booking,) = await events(town, room)
    assert str(booking["summary"]) == "预订"
    elsewhere = Actor(clerk.person_id, roles=(StaffRole("clerk", town.liuyuan, frozenset({town.liuyuan})),))
    foreign: list[tuple[Actor, dict[str, Any]]] = [
        (buyer, {"partner": "qinghe-studio"}),
        (buyer, {"space_id": town.room}),
        (elsewhere, {"space_id": town.room}),
    ]
    for actor, owner in foreign:
        with pytest.raises(NotFound):
            await address(town, actor, **owner)
    async with town.db.transaction() as tx:
        await tx.execute("DELETE FROM partner_members WHERE person_id = $1", member.person_id)
        await tx.execute("UPDATE roles SET revoked_at = now() WHERE person_id = $1", clerk.person_id)
    for token in (theirs, room):
        with pytest.raises(NotFound):
            await events(town, token)


def test_times_are_right_on_both_sides_of_a_change_of_the_clock() -> None:
    rows = []
    for day in (datetime(2026, 3, 28, 9, tzinfo=UTC), datetime(2026, 3, 30, 8, tzinfo=UTC)):
        rows.append(
            {"uid": uuid4(), "title": "课", "title_en": None, "starts_at": day, "ends_at": day + timedelta(hours=1),
             "time_zone": "Europe/Berlin", "place": "", "state": "CONFIRMED", "sequence": 0, "changed_at": day}
        )  # fmt: skip
    found = Calendar.from_ical(feeds.calendar({"owner_name": "林"}, rows, locale="zh-CN", base=""))
    starts = [each.start for each in found.walk("VEVENT")]
    assert [(each.hour, each.astimezone(UTC)) for each in starts] == [
        (10, rows[0]["starts_at"]),
        (10, rows[1]["starts_at"]),
    ]
    offsets = {
        str(each["tzoffsetto"].td) for zone in found.walk("VTIMEZONE") for each in zone.walk() if "tzoffsetto" in each
    }
    assert {"1:00:00", "2:00:00"} <= offsets
