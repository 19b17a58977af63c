"""Who may book a space and how often, and what becomes of a booking nobody comes to."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from market.checkout import no_shows
from market.checkout.refunds import NotRefundable
from market.checkout.refusals import CannotBuy
from market.checkout.service import make_quote
from market.errors import MarketError
from market.people.rules import Actor
from market.spaces import register
from market.spaces.schemas import CancellationStep, ChangedSpace
from tests.checkout.town import Town
from tests.factories import make_partner


async def change(town: Town, **facts: Any) -> None:
    await register.change_space(
        town.db, actor=await town.clerk(town.xiqiao), space_id=town.room, changed=ChangedSpace(**facts)
    )


async def test_a_space_kept_for_residents_or_partners_says_so_and_is_not_sold_to_others(town: Town) -> None:
    visitor = await town.buyer()
    neighbour = Actor((await town.buyer()).person_id, resident_of=frozenset({town.xiqiao}))
    await make_partner(town.db, "helpers", community="xiqiao", kind="charity")
    member = Actor((await town.buyer()).person_id, partners={await _id(town, "helpers"): "staff"})
    line = town.hour()
    await change(town, who_may_book="residents")
    assert (await make_quote(town.db, actor=visitor, lines=[line])).lines[0].problem == "residents_only"
    with pytest.raises(CannotBuy):
        await town.place(visitor, line)
    assert (await make_quote(town.db, actor=neighbour, lines=[line])).lines[0].problem is None
    await change(town, who_may_book="partners")
    assert (await make_quote(town.db, actor=neighbour, lines=[line])).lines[0].problem == "partners_only"
    line.for_partner = "helpers"
    assert (await town.place(member, line)).status == "awaiting_payment"


async def _id(town: Town, slug: str) -> UUID:
    found: UUID = await town.value("SELECT id FROM partners WHERE slug = $1", slug)
    return found


async def test_B07_one_person_holds_so_many_open_bookings_over_lines_carts_and_at_once(town: Town) -> None:
    await change(town, max_open_bookings=2)
    buyer = await town.buyer()
    lines = [town.hour(at=hour, hours=1) for hour in range(4, 14)]
    with pytest.raises(CannotBuy):
        await town.place(buyer, *lines[:3])

    async def one(number: int) -> bool:
        try:
            await town.place(buyer, lines[number])
        except MarketError:
            return False
        return True

    assert sum(await asyncio.gather(*(one(number) for number in range(10)))) == 2
    first = await town.value("SELECT id FROM orders WHERE status = 'awaiting_payment' LIMIT 1")
    await town.cancel(buyer, first)
    assert sum([await one(number) for number in range(10)]) == 1


@pytest.mark.parametrize(
    ("frees", "came", "minutes_ago", "expected"),
    [(True, False, 16, 1), (True, False, 14, 0), (True, True, 16, 0), (False, False, 16, 0)],
)
async def test_a_booking_nobody_checked_in_to_frees_its_rest_after_fifteen_minutes_where_the_space_says_so(
    town: Town, frees: bool, came: bool, minutes_ago: int, expected: int
) -> None:
    await change(town, releases_no_shows=frees)
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour(hours=2))
    if came:
        await town.redeem(await town.clerk(town.xiqiao), order.vouchers[0].code)
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE occupancies SET starts_at = now() - make_interval(mins => $1), ends_at = now() + interval '100 minutes', "
            "period = tstzrange(now() - make_interval(mins => $1), now() + interval '100 minutes')",
            minutes_ago,
        )
    assert await no_shows.free_no_shows(town.db) == expected
    assert await no_shows.free_no_shows(town.db) == 0
    free = await town.value("SELECT upper(period) <= now() FROM occupancies WHERE is_primary")
    assert free == bool(expected)


@pytest.mark.parametrize(("hours_before", "expected"), [(50, 8000), (30, 4000), (5, 1600)])
async def test_calling_off_gives_back_by_the_steps_that_were_promised_when_it_was_sold(
    town: Town, hours_before: int, expected: int
) -> None:
    steps = [CancellationStep(48, 10_000), CancellationStep(24, 5000), CancellationStep(2, 2000)]
    await change(town, cancellation=steps)
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour(days=5))
    await change(town, cancellation=[])  # what was sold keeps its promise
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE order_lines SET starts_at = now() + make_interval(hours => $1, mins => 1), "
            "ends_at = now() + make_interval(hours => $1 + 2), refund_until = now() + make_interval(hours => $1 - 2)",
            hours_before,
        )
    after = await town.refund(buyer, order.id)
    assert (after.status, after.refunded.amount) == ("refunded", expected)
    assert await town.value("SELECT count(*) FROM occupancies WHERE status <> 'released'") == 0
    assert await town.value("SELECT status FROM vouchers") == "cancelled"


async def test_staff_give_everything_back_whatever_was_promised(town: Town) -> None:
    await change(town, cancellation=[])
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour(days=5))
    with pytest.raises(NotRefundable):
        await town.refund(buyer, order.id)
    after = await town.refund(await town.clerk(town.xiqiao), order.id)
    assert after.refunded.amount == 8000
