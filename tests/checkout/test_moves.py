"""A booking moves to another time in one step: the old time survives a failure (B22), a cheaper time pays back, a dearer one is refused."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.checkout import moves
from market.checkout.move_rules import comes_back, why_not_move
from market.checkout.move_schemas import NewTime
from market.checkout.schemas import Order
from market.errors import InvalidInput, MarketError, NotFound
from market.people.rules import Actor
from market.spaces import register
from market.spaces.cancellation import Step
from market.spaces.schemas import CancellationStep, ChangedSpace
from market.spaces.service import SlotTaken
from tests.checkout.town import Town, break_writing
from tests.factories import make_space

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, None),
        ({"is_booking": False}, "no_booking"),
        ({"is_refunded": True}, "given_back"),
        ({"is_redeemed": True}, "redeemed"),
        ({"starts_at": NOW}, "over"),
        ({"starts_at": NOW + 24 * HOUR}, None),
        ({"starts_at": NOW + 24 * HOUR - timedelta(seconds=1)}, "too_late"),
        ({"steps": (Step(48, 10_000), Step(2, 5000)), "starts_at": NOW + 47 * HOUR}, "too_late"),
        ({"steps": (), "refund_until": NOW}, None),
        ({"steps": (), "refund_until": NOW - timedelta(seconds=1)}, "too_late"),
        ({"steps": (), "refund_until": None}, "too_late"),
    ],
)
def test_a_booking_moves_while_calling_it_off_would_bring_everything_back(
    facts: dict[str, Any], expected: str | None
) -> None:
    usual: dict[str, Any] = {
        "is_booking": True,
        "is_refunded": False,
        "is_redeemed": False,
        "starts_at": NOW + 72 * HOUR,
        "refund_until": NOW + 48 * HOUR,
        "steps": (Step(24, 10_000),),
        "now": NOW,
    }
    assert why_not_move(**(usual | facts)) == expected


@given(left=st.integers(0, 10**9), price=st.integers(0, 10**9))
def test_what_comes_back_and_the_new_price_are_what_was_paid(left: int, price: int) -> None:
    back = comes_back(left_minor=left, price_minor=price)
    assert (back is None) == (price > left)
    assert back is None or (back >= 0 and back + price == left)


def to(town: Town, *, days: int = 4, at: int = 10, hours: int = 2, space: UUID | None = None) -> NewTime:
    line = town.hour(days=days, at=at, hours=hours)
    assert line.starts_at is not None and line.ends_at is not None
    return NewTime(line.starts_at, line.ends_at, space)


async def move(town: Town, actor: Actor, order: Order, wish: NewTime, key: str | None = None) -> Order:
    line = order.lines[0].id
    assert line is not None
    return await moves.move(town.db, actor=actor, order_id=order.id, line_id=line, key=key or uuid4().hex, wish=wish)


async def active(town: Town) -> list[tuple[datetime, datetime]]:
    async with town.db.read() as tx:
        rows = await tx.fetch(
            "SELECT starts_at, ends_at FROM occupancies WHERE is_primary AND status = 'active' ORDER BY starts_at"
        )
    return [(row["starts_at"], row["ends_at"]) for row in rows]


async def test_B22_a_move_to_a_taken_time_leaves_the_booking_where_it_was(town: Town) -> None:
    buyer, other = await town.buyer(), await town.buyer()
    order = await town.buy(buyer, town.hour(days=3))
    await town.buy(other, town.hour(days=4))
    before = await active(town)
    with pytest.raises(SlotTaken):
        await move(town, buyer, order, to(town))
    assert await active(town) == before
    again = await town.order(buyer, order.id)
    assert again.lines[0].starts_at == order.lines[0].starts_at and again.lines[0].can_move
    assert await town.value("SELECT count(*) FROM booking_moves") == 0


async def test_B22_a_move_that_breaks_off_while_it_is_written_leaves_the_booking_where_it_was(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour(days=3, hours=2))
    before = await active(town)
    await break_writing(town, "booking_moves", "true")
    with pytest.raises(asyncpg.RaiseError):
        await move(town, buyer, order, to(town, hours=1), key="again")
    assert await active(town) == before
    assert (await town.order(buyer, order.id)).refunded.amount == 0
    async with town.db.transaction() as tx:
        await tx.execute("DROP TRIGGER breaks ON booking_moves")
    assert (await move(town, buyer, order, to(town, hours=1), key="again")).refunded.amount == 4000


async def test_a_booking_moves_with_its_code_and_overlapping_its_own_old_time_once_per_key(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour(days=3, at=10))
    wish = to(town, days=3, at=11)
    moved = await move(town, buyer, order, wish, key="once")
    assert await move(town, buyer, order, wish, key="once") == moved
    assert (moved.lines[0].starts_at, moved.status) == (wish.starts_at, "paid")
    assert [voucher.code for voucher in moved.vouchers] == [voucher.code for voucher in order.vouchers]
    assert await active(town) == [(wish.starts_at, wish.ends_at)]
    assert await town.value("SELECT count(*) FROM booking_moves") == 1
    await town.worker.drain()
    body = await town.value("SELECT body FROM messages WHERE dedupe_key LIKE 'moved:%'")
    assert "券码不变" in body
    with pytest.raises(InvalidInput):
        await move(town, buyer, order, to(town, days=9), key="once")


async def test_a_cheaper_time_pays_the_difference_back_and_a_dearer_one_is_refused(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour(days=3, hours=2))
    line = order.lines[0].id
    assert line is not None
    with pytest.raises(moves.Dearer):
        await move(town, buyer, order, to(town, hours=3))
    shown = await moves.preview(town.db, actor=buyer, order_id=order.id, line_id=line, wish=to(town, hours=3))
    assert (shown.problem, shown.price.amount, shown.paid.amount) == ("dearer", 12_000, 8000)
    shown = await moves.preview(town.db, actor=buyer, order_id=order.id, line_id=line, wish=to(town, hours=1))
    assert (shown.problem, shown.comes_back.amount) == (None, 4000)
    after = await move(town, buyer, order, to(town, hours=1))
    assert (after.status, after.refunded.amount, after.vouchers[0].status) == ("partly_refunded", 4000, "issued")
    assert len(await active(town)) == 1
    with pytest.raises(moves.Dearer):
        await move(town, buyer, after, to(town, days=6, hours=2))
    last = await town.refund(buyer, order.id)
    assert (last.status, last.refunded.amount) == ("refunded", 8000)
    assert await active(town) == []


async def test_a_booking_moved_to_a_free_room_keeps_its_code_and_its_time(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour(days=3))
    free = await make_space(
        town.db, "小议事厅", community="xiqiao", enterprise="xiqiao-enterprise", rate=0, capacity=20
    )
    after = await move(town, buyer, order, to(town, space=free))
    assert (after.refunded.amount, after.lines[0].title, after.vouchers[0].status) == (8000, "小议事厅", "issued")
    assert len(await active(town)) == 1
    assert await town.redeem(await town.clerk(town.xiqiao), after.vouchers[0].code)


async def test_another_room_must_be_of_the_same_owner_kind_and_community_and_large_enough(town: Town) -> None:
    buyer = await town.buyer()
    line = town.hour(days=3)
    line.attendees = 10
    order = await town.buy(buyer, line)
    facts: dict[str, Any] = {"community": "xiqiao", "enterprise": "xiqiao-enterprise", "capacity": 20}
    stall = await make_space(town.db, "摊位", kind="stall", **facts)
    foreign = await make_space(town.db, "别处", community="liuyuan", capacity=20)
    small = await make_space(town.db, "小间", **(facts | {"capacity": 2}))
    for space in (stall, foreign, small, uuid4()):
        with pytest.raises(InvalidInput) as fault:
            await move(town, buyer, order, to(town, space=space))
        assert fault.value.fields[0][0] == "space_id"


async def test_the_rooms_that_are_offered_are_those_that_the_move_takes(town: Town) -> None:
    same = {"community": "xiqiao", "enterprise": "xiqiao-enterprise"}
    fits = await make_space(town.db, "大间", capacity=30, **same)
    small = await make_space(town.db, "小间", capacity=3, **same)
    await make_space(town.db, "别家", capacity=30, community="liuyuan")
    asked = await make_space(town.db, "要审批", capacity=30, **same)
    kept = await make_space(town.db, "居民间", capacity=30, **same)
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE spaces SET needs_approval = true WHERE id = $1", asked)
        await tx.execute("UPDATE spaces SET who_may_book = 'residents' WHERE id = $1", kept)
    buyer = await town.buyer()
    line = town.hour(days=5)
    line.attendees = 8
    order = await town.buy(buyer, line)
    line_id = order.lines[0].id
    assert line_id is not None
    found = await moves.rooms(town.db, actor=buyer, order_id=order.id, line_id=line_id)
    assert [row["space_id"] for row in found] == [town.room, fits]
    for room, problem in ((fits, None), (kept, "residents_only"), (asked, "ask_anew")):
        wish = to(town, days=5, space=room)
        shown = await moves.preview(town.db, actor=buyer, order_id=order.id, line_id=line_id, wish=wish)
        assert shown.problem == problem
    with pytest.raises(InvalidInput):
        await moves.preview(
            town.db, actor=buyer, order_id=order.id, line_id=line_id, wish=to(town, days=5, space=small)
        )
    with pytest.raises(NotFound):
        await moves.rooms(town.db, actor=await town.buyer(), order_id=order.id, line_id=line_id)
    await town.redeem(await town.clerk(town.xiqiao), order.vouchers[0].code)
    with pytest.raises(moves.NotMovable):
        await moves.rooms(town.db, actor=buyer, order_id=order.id, line_id=line_id)


async def test_what_is_not_mine_used_or_too_late_does_not_move(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour(days=3))
    with pytest.raises(NotFound):
        await move(town, await town.buyer(), order, to(town))
    with pytest.raises(InvalidInput):
        await move(town, buyer, order, to(town, days=3))
    await register.change_space(
        town.db,
        actor=await town.clerk(town.xiqiao),
        space_id=town.room,
        changed=ChangedSpace(cancellation=[CancellationStep(96, 10_000)]),
    )
    late = await town.buy(buyer, town.hour(days=2, at=4))
    assert not late.lines[0].can_move
    with pytest.raises(moves.NotMovable):
        await move(town, buyer, late, to(town, days=8))
    await town.redeem(await town.clerk(town.xiqiao), order.vouchers[0].code)
    with pytest.raises(moves.NotMovable):
        await move(town, buyer, order, to(town))


async def test_B18_moving_and_calling_off_at_once_end_in_a_legal_state(town: Town) -> None:
    for _ in range(6):
        buyer = await town.buyer()
        order = await town.buy(buyer, town.hour(days=3))

        async def moved(buyer: Actor = buyer, order: Order = order) -> bool:
            try:
                return bool(await move(town, buyer, order, to(town)))
            except MarketError:
                return False

        async def called_off(buyer: Actor = buyer, order: Order = order) -> bool:
            try:
                return bool(await town.refund(buyer, order.id))
            except MarketError:
                return False

        await asyncio.gather(moved(), called_off())
        after = await town.order(buyer, order.id)
        assert len(await active(town)) == (0 if after.status == "refunded" else 1)
        if after.status != "refunded":
            await town.refund(buyer, order.id)


async def test_B03_bookings_that_race_for_one_time_never_overlap_and_lose_nothing(town: Town) -> None:
    buyers = [await town.buyer() for _ in range(6)]
    orders = [await town.buy(buyer, town.hour(days=3, at=2 * n)) for n, buyer in enumerate(buyers, 1)]

    async def one(number: int) -> bool:
        try:
            return bool(await move(town, buyers[number], orders[number], to(town, days=5)))
        except SlotTaken:
            return False

    assert sum(await asyncio.gather(*(one(number) for number in range(6)))) == 1
    assert len(await active(town)) == 6
