"""The timeline of staff: what is shown, bookings moved for their buyers, closures moved, a room booked for somebody at the desk."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient

from market.checkout import moves, timelines
from market.checkout.move_schemas import NewTime
from market.checkout.timeline_schemas import BookingFor
from market.db import Database
from market.errors import InvalidInput, MarketError, NotFound
from market.people.rules import Actor
from market.spaces import register
from market.spaces import service as spaces
from market.spaces.schemas import MovedClosure, NewClosure
from tests.checkout.town import Town
from tests.factories import make_person, make_space, sign_in

TEN = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(
    days=3
)  # ten o'clock in Shanghai
HOUR = timedelta(hours=1)


@pytest.fixture
async def clerk(town: Town) -> Actor:
    return await town.clerk(town.xiqiao)


async def line_of(town: Town, order_id: UUID) -> Any:
    async with town.db.read() as tx:
        return await tx.fetchrow("SELECT * FROM order_lines WHERE order_id = $1", order_id)


async def entries(db: Database, clerk: Actor, days: int = 7) -> list[tuple[str, str, bool, bool]]:
    found = await timelines.timeline(db, actor=clerk, community="xiqiao", first=None, days=days)
    return [(each.kind, each.label, each.is_own, each.is_movable) for each in found.entries]


async def test_rows_and_what_takes_them_are_shown_with_whose_it_is(town: Town, clerk: Actor) -> None:
    hall = await make_space(town.db, "大厅", community="xiqiao", enterprise="xiqiao-enterprise", capacity=50)
    room = await make_space(town.db, "左间", community="xiqiao", parent_id=hall)
    buyer = await town.buyer()
    await town.buy(buyer, town.hour(days=3, at=4, space=hall))
    await register.close(town.db, actor=clerk, space_id=town.room, new=NewClosure(TEN, TEN + HOUR, "刷墙"))
    found = await timelines.timeline(town.db, actor=clerk, community="xiqiao", first=None, days=7)
    assert [each.name for each in found.spaces] == ["议事厅", "大厅", "左间"]
    assert sorted(await entries(town.db, clerk)) == [
        ("booking", "王小明", False, False),
        ("booking", "王小明", True, True),
        ("closure", "刷墙", True, True),
    ]
    assert {each.space_id for each in found.entries} == {town.room, hall, room}
    assert await entries(town.db, clerk, days=1) == []


async def test_when_a_space_is_open_is_shown_with_its_special_days(town: Town, clerk: Actor) -> None:
    """A closed day has no time, a day with other hours has those, every other day the weekly ones."""
    room = await make_space(town.db, "书房", community="xiqiao", hours=[(day, "09:00", "12:00") for day in range(7)])
    async with town.db.transaction() as tx:
        for after, hours in ((1, []), (2, [{"opens": "14:00", "closes": "15:30"}])):
            await tx.execute(
                "INSERT INTO space_exceptions (space_id, first_day, last_day, hours) "
                "SELECT $1, d, d, $3 FROM (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date + $2::int AS d) found",
                room,
                after,
                hours,
            )
    found = await timelines.timeline(town.db, actor=clerk, community="xiqiao", first=None, days=4)
    (shown,) = [each for each in found.spaces if each.id == room]
    wall = [tuple((at - found.starts_at) / HOUR for at in (each.starts_at, each.ends_at)) for each in shown.opens]
    assert wall == [(9, 12), (48 + 14, 48 + 15.5), (72 + 9, 72 + 12)]


async def test_only_staff_of_the_place_see_it_and_windows_have_bounds(town: Town, clerk: Actor) -> None:
    other = await town.clerk(town.liuyuan)
    with pytest.raises(NotFound):
        await timelines.timeline(town.db, actor=other, community="xiqiao", first=None, days=1)
    for days in (0, 15):
        with pytest.raises(InvalidInput):
            await timelines.timeline(town.db, actor=clerk, community="xiqiao", first=None, days=days)


async def test_staff_move_a_booking_at_the_buyers_price_and_the_buyer_is_told(town: Town, clerk: Actor) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour(days=3, at=4))
    line = await line_of(town, order.id)
    other = await town.clerk(town.liuyuan)
    wish = NewTime(line["starts_at"] + 3 * HOUR, line["ends_at"] + 3 * HOUR - HOUR)
    key = uuid4().hex
    for stranger in (other, await town.buyer(), buyer):
        with pytest.raises(NotFound):
            await moves.move_for(
                town.db, actor=stranger, order_id=order.id, line_id=line["id"], key=uuid4().hex, wish=wish
            )
    await moves.move_for(town.db, actor=clerk, order_id=order.id, line_id=line["id"], key=key, wish=wish)
    await moves.move_for(town.db, actor=clerk, order_id=order.id, line_id=line["id"], key=key, wish=wish)
    moved = await line_of(town, order.id)
    assert (moved["starts_at"], moved["ends_at"]) == (wish.starts_at, wish.ends_at)
    assert (await town.order(buyer, order.id)).refunded.amount == 4000  # an hour less
    await town.worker.drain()
    told = await town.value("SELECT person_id FROM messages WHERE dedupe_key LIKE 'moved:%'")
    assert told == buyer.person_id
    assert await town.value("SELECT person_id FROM audit_log WHERE action = 'order.move'") == clerk.person_id


async def test_B22_a_move_into_taken_time_leaves_the_booking_where_it_was(town: Town, clerk: Actor) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour(days=3, at=4))
    await register.close(
        town.db, actor=clerk, space_id=town.room, new=NewClosure(TEN + 8 * HOUR, TEN + 9 * HOUR, "刷墙")
    )
    line = await line_of(town, order.id)
    wish = NewTime(TEN + 8 * HOUR, TEN + 10 * HOUR)
    with pytest.raises(spaces.SlotTaken):
        await moves.move_for(town.db, actor=clerk, order_id=order.id, line_id=line["id"], key="k", wish=wish)
    assert (await line_of(town, order.id))["starts_at"] == line["starts_at"]
    assert await town.value("SELECT status FROM occupancies WHERE group_id = $1", line["occupancy_group"]) == "active"


async def test_a_closure_moves_stretches_and_stays_when_the_new_time_is_taken(town: Town, clerk: Actor) -> None:
    other = await make_space(town.db, "画室", community="xiqiao", enterprise="xiqiao-enterprise")
    made = await register.close(town.db, actor=clerk, space_id=town.room, new=NewClosure(TEN, TEN + HOUR, "刷墙"))
    wish = MovedClosure(TEN + HOUR, TEN + 4 * HOUR, space_id=other)
    moved = await register.move_closure(town.db, actor=clerk, space_id=town.room, occupancy_id=made["id"], wish=wish)
    assert (moved["space_id"], moved["starts_at"], moved["ends_at"], moved["note"]) == (
        other,
        wish.starts_at,
        wish.ends_at,
        "刷墙",
    )
    await town.buy(await town.buyer(), town.hour(days=3, at=4))
    with pytest.raises(spaces.SlotTaken):
        await register.move_closure(
            town.db, actor=clerk, space_id=other, occupancy_id=moved["id"],
            wish=MovedClosure(TEN + HOUR, TEN + 4 * HOUR, space_id=town.room),
        )  # fmt: skip
    kept = await town.value("SELECT count(*) FROM occupancies WHERE kind = 'closure' AND status = 'active'")
    assert kept == 1
    with pytest.raises(NotFound):
        await register.move_closure(
            town.db, actor=await town.clerk(town.liuyuan), space_id=other, occupancy_id=moved["id"], wish=wish
        )
    booked = await town.value("SELECT id FROM occupancies WHERE kind = 'booking'")
    with pytest.raises(register.NotReleasable):
        await register.move_closure(town.db, actor=clerk, space_id=town.room, occupancy_id=booked, wish=wish)


async def test_a_room_is_booked_for_somebody_once_and_waits_for_their_cash(client: AsyncClient, town: Town) -> None:
    await make_person(town.db, "clerk@example.test", role=("clerk", town.xiqiao))
    await make_person(town.db, "auntie@example.test", name="陈阿姨")
    headers = await sign_in(client, "clerk@example.test")
    body = {
        "login": "Auntie@example.test", "space_id": str(town.room), "starts_at": TEN.isoformat(),
        "ends_at": (TEN + 2 * HOUR).isoformat(), "attendees": 5,
    }  # fmt: skip
    path = "/api/communities/xiqiao/desk-bookings"
    asked = [client.post(path, json=body, headers={**headers, "Idempotency-Key": "k1"}) for _ in range(3)]
    answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["order_id"] for answer in answers}) == 1
    assert (answers[0].json()["status"], answers[0].json()["payable"]["amount"]) == ("awaiting_payment", 8000)
    buyer = await town.value("SELECT p.name FROM orders o JOIN persons p ON p.id = o.person_id")
    assert buyer == "陈阿姨"
    assert (await client.post(path, json=body, headers={**headers, "Idempotency-Key": "k2"})).status_code == 409
    unknown = await client.post(
        path, json={**body, "login": "nobody@example.test"}, headers={**headers, "Idempotency-Key": "k3"}
    )
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "login")
    seen = (await client.get("/api/communities/xiqiao/timeline", params={"days": 7})).json()
    assert [(each["kind"], each["status"], each["label"]) for each in seen["entries"]] == [
        ("booking", "held", "陈阿姨")
    ]
    elsewhere = await client.post(
        "/api/communities/liuyuan/desk-bookings", json=body, headers={**headers, "Idempotency-Key": "k4"}
    )
    assert elsewhere.status_code == 404


async def test_booking_for_somebody_keeps_their_rules(town: Town, clerk: Actor) -> None:
    await make_person(town.db, "stranger@example.test")
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE spaces SET who_may_book = 'residents' WHERE id = $1", town.room)
    new = BookingFor("stranger@example.test", town.room, TEN, TEN + HOUR)
    with pytest.raises(MarketError, match="kept for verified residents"):
        await timelines.book_for(
            town.db,
            gateway=town.parts.gateway,
            settings=town.parts.settings,
            actor=clerk,
            community="xiqiao",
            key="k",
            new=new,
        )
