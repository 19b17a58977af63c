"""Waiting for a time that is taken: the first in line is offered it, nobody else is faster, then the next."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from market.checkout import moves, service
from market.checkout.move_schemas import NewTime
from market.checkout.schemas import Line
from market.errors import InvalidInput, MarketError, NotFound
from market.people.rules import Actor
from market.spaces import register, wait_queries, waiting
from market.spaces import service as spaces
from market.spaces.schemas import NewClosure
from market.spaces.service import SlotTaken
from market.spaces.wait_schemas import NewWait
from tests.checkout.town import Town
from tests.factories import make_space


async def join(town: Town, who: Actor, line: Line, attendees: int = 1) -> Any:
    assert line.space_id is not None
    assert line.starts_at is not None
    assert line.ends_at is not None
    return await waiting.join(
        town.db, actor=who, space_id=line.space_id, new=NewWait(line.starts_at, line.ends_at, attendees)
    )


async def statuses(town: Town, *people: Actor) -> list[str]:
    async with town.db.read() as tx:
        rows = await tx.fetch("SELECT person_id, status FROM space_waits")
    known = {row["person_id"]: row["status"] for row in rows}
    return [known[each.person_id] for each in people]


async def let_offers_pass(town: Town, minutes: int = 31) -> None:
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE space_waits SET offered_until = offered_until - make_interval(mins => $1) WHERE status = 'offered'",
            minutes,
        )
        await tx.execute(
            "UPDATE occupancies SET held_until = held_until - make_interval(mins => $1) WHERE status = 'held'", minutes
        )


async def test_a_freed_time_is_held_for_the_first_for_half_an_hour_who_books_it_as_usual(town: Town) -> None:
    buyer, first, second, stranger = [await town.buyer() for _ in range(4)]
    line = town.hour(days=4)
    order = await town.buy(buyer, line)
    assert (await join(town, first, line))["ahead"] == 0
    assert (await join(town, second, line))["ahead"] == 1
    assert (await join(town, first, line))["id"] == (await join(town, first, line))["id"]
    await town.refund(buyer, order.id)
    assert await statuses(town, first, second) == ["offered", "waiting"]
    held = await town.value("SELECT offered_until - now() FROM space_waits WHERE status = 'offered'")
    assert timedelta(minutes=29) < held <= timedelta(minutes=30)
    with pytest.raises(SlotTaken):
        await town.place(stranger, line)
    with pytest.raises(SlotTaken):
        await town.place(second, line)
    assert (await service.make_quote(town.db, actor=stranger, lines=[line])).lines[0].problem == "slot_taken"
    assert (await service.make_quote(town.db, actor=first, lines=[line])).lines[0].problem is None
    await town.worker.drain()
    told = await town.value("SELECT body FROM messages WHERE person_id = $1 ORDER BY id DESC LIMIT 1", first.person_id)
    assert "先为您留着" in told
    assert (await town.buy(first, line)).status == "paid"
    assert await statuses(town, first, second) == ["taken", "waiting"]
    assert await town.value("SELECT count(*) FROM occupancies WHERE status <> 'released'") == 1


async def test_what_is_offered_stands_above_what_one_waits_for(town: Town) -> None:
    """An offer holds for half an hour only: it must not lie below a wait for an earlier day."""
    buyer, first = [await town.buyer() for _ in range(2)]
    orders = [await town.buy(buyer, town.hour(days=days)) for days in (3, 4)]
    for days in (3, 4):
        await join(town, first, town.hour(days=days))
    await town.refund(buyer, orders[1].id)
    async with town.db.read() as tx:
        shown = await wait_queries.waits_of(tx, person_id=first.person_id)
    assert [each["status"] for each in shown] == ["offered", "waiting"]


async def test_an_offer_that_nobody_takes_goes_to_the_next_and_no_stranger_is_faster(town: Town) -> None:
    buyer, first, second, stranger = [await town.buyer() for _ in range(4)]
    line = town.hour(days=4)
    order = await town.place(buyer, line)
    for each in (first, second):
        await join(town, each, line)
    await town.cancel(buyer, order.id)
    await let_offers_pass(town)
    with pytest.raises(SlotTaken):  # the offer is over, yet the next one's turn has not been looked at
        await town.place(stranger, line)
    assert (await service.make_quote(town.db, actor=first, lines=[line])).lines[0].problem == "slot_taken"
    assert await waiting.sweep(town.db) == 1
    assert await statuses(town, first, second) == ["passed", "offered"]
    await let_offers_pass(town)
    await waiting.sweep(town.db)
    assert await statuses(town, first, second) == ["passed", "passed"]
    assert (await town.place(stranger, line)).status == "awaiting_payment"


@pytest.mark.parametrize("cause", ["cancel", "expire", "move", "refund", "closure", "leave"])
async def test_every_way_to_free_a_time_offers_it_at_once(town: Town, cause: str) -> None:
    buyer, first, second = [await town.buyer() for _ in range(3)]
    line = town.hour(days=5)
    assert line.starts_at is not None
    assert line.ends_at is not None
    clerk = await town.clerk(town.xiqiao)
    order: Any = None
    closure: Any = None
    if cause == "closure":
        new = NewClosure(line.starts_at, line.ends_at, "刷墙")
        closure = await register.close(town.db, actor=clerk, space_id=town.room, new=new)
    else:
        order = await (town.buy(buyer, line) if cause in {"move", "refund", "leave"} else town.place(buyer, line))
    for each in (first, second):
        await join(town, each, line)
    match cause:
        case "cancel":
            await town.cancel(buyer, order.id)
        case "expire":
            await town.let_time_pass(order.id)
            await town.expire()
        case "move":
            other = town.hour(days=6)
            assert other.starts_at is not None
            assert other.ends_at is not None
            await moves.move(
                town.db, actor=buyer, order_id=order.id, line_id=order.lines[0].id, key=uuid4().hex,
                wish=NewTime(other.starts_at, other.ends_at),
            )  # fmt: skip
        case "closure":
            await register.release(town.db, actor=clerk, space_id=town.room, occupancy_id=closure["id"])
        case _:
            await town.refund(buyer, order.id)
    assert await statuses(town, first, second) == ["offered", "waiting"]
    if cause == "leave":
        mine = await waiting.mine(town.db, actor=first)
        await waiting.leave(town.db, actor=first, wait_id=mine[0]["id"])
        assert await statuses(town, first, second) == ["left", "offered"]
        with pytest.raises(NotFound):
            await waiting.leave(town.db, actor=buyer, wait_id=mine[0]["id"])


async def test_a_hall_is_offered_when_its_last_room_is_free(town: Town) -> None:
    halls = await make_space(town.db, "大厅", community="xiqiao", enterprise="xiqiao-enterprise", capacity=50)
    rooms = [
        await make_space(town.db, name, community="xiqiao", enterprise="xiqiao-enterprise") for name in ("东", "西")
    ]
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE spaces SET parent_id = $1 WHERE id = ANY($2)", halls, rooms)
    buyer, first = [await town.buyer() for _ in range(2)]
    orders = [await town.place(buyer, town.hour(days=4, space=room)) for room in rooms]
    await join(town, first, town.hour(days=4, space=halls))
    await town.cancel(buyer, orders[0].id)
    assert await waiting.sweep(town.db) == 0
    await town.cancel(buyer, orders[1].id)
    assert await waiting.sweep(town.db) == 1
    assert await statuses(town, first) == ["offered"]


async def test_nobody_waits_for_what_is_free_impossible_or_for_more_than_five_times(town: Town) -> None:
    buyer, first = [await town.buyer() for _ in range(2)]
    lines = [town.hour(days=4, at=at, hours=1) for at in range(2, 9)]
    with pytest.raises(waiting.IsFree):
        await join(town, first, lines[0])
    with pytest.raises(InvalidInput):
        await join(town, first, town.hour(days=-1))
    with pytest.raises(InvalidInput):
        await join(town, first, lines[0], attendees=21)
    for line in lines:
        await town.place(buyer, line)
    found = await asyncio.gather(*(join(town, first, line) for line in lines), return_exceptions=True)
    assert sum(isinstance(each, waiting.TooManyWaits) for each in found) == 2


@pytest.mark.parametrize("is_offered_at_once", [True, False])
async def test_strangers_who_press_all_the_time_never_get_a_time_that_somebody_waits_for(
    town: Town, monkeypatch: pytest.MonkeyPatch, is_offered_at_once: bool
) -> None:
    """The control offers nothing in the transaction that frees the time: then a stranger gets it."""
    if not is_offered_at_once:

        async def nothing(*_: Any, **__: Any) -> None:
            return None

        monkeypatch.setattr(spaces.waiting, "offer_freed", nothing)
    buyer, first = [await town.buyer() for _ in range(2)]
    strangers = [await town.buyer() for _ in range(6)]
    got: list[UUID] = []
    for day in range(3, 7):
        line = town.hour(days=day)
        order = await town.place(buyer, line)
        await join(town, first, line)
        done = asyncio.Event()

        async def press(who: Actor, line: Line = line, done: asyncio.Event = done) -> None:
            while not done.is_set():
                try:
                    got.append((await town.place(who, line)).id)
                except MarketError:
                    await asyncio.sleep(0.002)

        pressing = [asyncio.create_task(press(each)) for each in strangers]
        await town.cancel(buyer, order.id)
        await waiting.sweep(town.db)
        await asyncio.sleep(0.1)
        done.set()
        await asyncio.gather(*pressing)
    assert bool(got) != is_offered_at_once
    overlaps = await town.value(
        "SELECT count(*) FROM occupancies a JOIN occupancies b ON a.id < b.id AND a.space_id = b.space_id AND a.period && b.period "
        "WHERE a.status <> 'released' AND b.status <> 'released'"
    )
    assert overlaps == 0
