"""A series is one order: each date a line with its own share, that can be called off alone; all dates or those that are free (B16)."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from market.checkout.refusals import CannotBuy, DatesMissing
from market.checkout.schemas import Line
from market.checkout.service import make_quote
from market.errors import InvalidInput, MarketError
from market.spaces import register
from market.spaces.schemas import ChangedSpace
from market.spaces.service import SlotTaken
from tests.checkout.town import Town, break_writing
from tests.factories import make_space

WEEKLY = "FREQ=WEEKLY;COUNT=4"


def weekly(town: Town, **facts: Any) -> Line:
    return msgspec.structs.replace(town.hour(days=3, at=4), **({"repeat": WEEKLY, "attendees": 2} | facts))


async def taken(town: Town) -> int:
    return int(await town.value("SELECT count(*) FROM occupancies WHERE is_primary AND status <> 'released'"))


async def test_a_weekly_series_is_one_order_of_which_each_date_is_paid_coded_and_given_back_alone(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, weekly(town))
    assert (order.status, len(order.lines), len(order.vouchers), order.payable.amount) == ("paid", 4, 4, 4 * 8000)
    starts = [line.starts_at for line in order.lines]
    assert [later - starts[0] for later in starts] == [timedelta(weeks=n) for n in range(4)]
    assert all(sum(share.amount.amount for share in line.shares) == 8000 for line in order.lines)
    after = await town.refund(buyer, order.id, order.lines[2].id)
    assert (after.status, after.refunded.amount) == ("partly_refunded", 8000)
    assert [voucher.status for voucher in after.vouchers].count("cancelled") == 1
    assert await taken(town) == 3
    assert {line.repeat for line in after.lines} == {WEEKLY} and after.refused == []


async def test_B16_when_one_date_clashes_it_is_nothing_or_the_free_ones_by_choice_and_the_refused_is_kept(
    town: Town,
) -> None:
    other, buyer = await town.buyer(), await town.buyer()
    third = weekly(town, repeat=None)
    third = msgspec.structs.replace(
        third,
        starts_at=third.starts_at + timedelta(weeks=2),
        ends_at=third.ends_at + timedelta(weeks=2),
    )
    await town.buy(other, third)
    quote = await make_quote(town.db, actor=buyer, lines=[weekly(town)])
    assert [line.problem for line in quote.lines] == [None, None, "slot_taken", None]
    with pytest.raises(SlotTaken):
        await town.place(buyer, weekly(town))
    assert await taken(town) == 1
    free = weekly(town, dates="free")
    quote = await make_quote(town.db, actor=buyer, lines=[free])
    assert [(each.reason, each.starts_at) for each in quote.refused] == [("taken", third.starts_at)]
    assert (quote.payable.amount, quote.wishes) == (3 * 8000, [0, 0, 0])
    order = await town.buy(buyer, free)
    assert len(order.lines) == 3 and await taken(town) == 4
    assert [(each.reason, each.starts_at) for each in order.refused] == [("taken", third.starts_at)]


async def test_dates_outside_hours_and_horizon_are_told_apart_and_never_sold(town: Town) -> None:
    room = await make_space(
        town.db, "早间", community="xiqiao", enterprise="xiqiao-enterprise", horizon_days=20, capacity=9,
        hours=[(weekday, "08:00", "18:00") for weekday in range(5)],
    )  # fmt: skip
    first = weekly(town)
    while first.starts_at.weekday() != 3:
        first = msgspec.structs.replace(
            first,
            starts_at=first.starts_at + timedelta(days=1),
            ends_at=first.ends_at + timedelta(days=1),
        )
    daily = msgspec.structs.replace(first, space_id=room, repeat="FREQ=DAILY;COUNT=20", dates="free")
    buyer = await town.buyer()
    quote = await make_quote(town.db, actor=buyer, lines=[daily])
    reasons = [each.reason for each in quote.refused]
    assert set(reasons) == {"closed", "too_far"} and reasons[:2] == ["closed", "closed"]
    assert len(quote.lines) + len(reasons) == 20
    with pytest.raises(DatesMissing) as fault:
        await town.place(buyer, msgspec.structs.replace(daily, dates="all"))
    assert fault.value.fields[0][0] == "lines[0].repeat" and "closed" in fault.value.fields[0][1]
    order = await town.place(buyer, daily)
    assert len(order.lines) == len(quote.lines) and len(order.refused) == len(reasons)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"repeat": "FREQ=YEARLY;COUNT=3"}, "lines[0].repeat"),
        ({"repeat": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;UNTIL=20990101"}, "lines[0].repeat"),
        ({"attendees": 99}, "lines[0].attendees"),
    ],
)
async def test_a_bad_series_is_refused_by_field(town: Town, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as fault:
        await town.place(await town.buyer(), weekly(town, **facts))
    assert fault.value.fields[0][0] == field


async def test_a_series_is_for_spaces_and_a_cart_has_at_most_a_hundred_dates(town: Town) -> None:
    buyer = await town.buyer()
    with pytest.raises(InvalidInput, match="for spaces only"):
        await town.place(buyer, Line(offer_id=await town.offer(), repeat=WEEKLY))
    lines = [msgspec.structs.replace(town.hour(at=hour, hours=1), repeat="FREQ=DAILY;COUNT=40") for hour in (4, 6, 8)]
    with pytest.raises(InvalidInput, match="100"):
        await town.place(buyer, *lines)


async def test_B07_a_series_takes_no_more_open_bookings_than_one_person_may_have(town: Town) -> None:
    await register.change_space(
        town.db, actor=await town.clerk(town.xiqiao), space_id=town.room, changed=ChangedSpace(max_open_bookings=2)
    )
    buyer = await town.buyer()
    with pytest.raises(CannotBuy):
        await town.place(buyer, weekly(town))
    order = await town.place(buyer, weekly(town, dates="free"))
    assert len(order.lines) == 2 and {each.reason for each in order.refused} == {"limit_reached"}


async def test_when_no_date_is_left_nothing_is_bought_and_the_quote_says_why(town: Town) -> None:
    await town.buy(await town.buyer(), weekly(town))
    buyer = await town.buyer()
    quote = await make_quote(town.db, actor=buyer, lines=[weekly(town, dates="free")])
    assert [line.problem for line in quote.lines] == ["slot_taken"] and len(quote.refused) == 3
    with pytest.raises(SlotTaken):
        await town.place(buyer, weekly(town, dates="free"))


async def test_B03_series_that_race_for_the_same_dates_never_overlap_and_never_lose_a_free_date(town: Town) -> None:
    buyers = [await town.buyer() for _ in range(8)]
    daily = [weekly(town, repeat=f"FREQ=DAILY;INTERVAL={1 + number % 3};COUNT=6", dates="free") for number in range(8)]

    async def one(number: int) -> int:
        try:
            return len((await town.place(buyers[number], daily[number])).lines)
        except MarketError:
            return 0

    sold = sum(await asyncio.gather(*(one(number) for number in range(8))))
    assert sold == await taken(town)
    wanted = {n * step for step in (1, 2, 3) for n in range(6)}
    assert sold == len(wanted), "each date that somebody wanted was sold once"


async def test_B16_a_series_that_breaks_off_while_it_is_written_leaves_nothing_behind(town: Town) -> None:
    await break_writing(town, "order_lines", "NEW.position = 2")
    buyer = await town.buyer()
    with pytest.raises(asyncpg.RaiseError):
        await town.place(buyer, weekly(town), key="again")
    assert await taken(town) == 0 and await town.value("SELECT count(*) FROM orders") == 0
    async with town.db.transaction() as tx:
        await tx.execute("DROP TRIGGER breaks ON order_lines")
    assert len((await town.place(buyer, weekly(town), key="again")).lines) == 4
