"""A person's year: every figure is the sum of the receipts, in the calendar of the place."""

import pytest

from market.checkout import summaries
from market.checkout.schemas import Line
from market.checkout.visit_schemas import YearOfCurrency
from market.errors import InvalidInput
from market.people.rules import Actor
from tests.checkout.town import Town


async def year_of(town: Town, actor: Actor, year: int) -> YearOfCurrency:
    found = (await summaries.year(town.db, actor=actor, year=year)).items
    assert len(found) == 1
    return found[0]


async def paid_at(town: Town, order_id: object, moment: str) -> None:
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE orders SET paid_at = $2::text::timestamptz WHERE id = $1", order_id, moment)


async def test_the_year_sums_what_was_kept_and_who_got_it_to_the_unit(town: Town) -> None:
    buyer = await town.buyer(resident=True)
    kept = await town.buy(buyer, Line(offer_id=await town.offer(price=999), quantity=3), town.hour())
    back = await town.buy(buyer, Line(offer_id=await town.offer()))
    await town.refund(buyer, back.id)
    await town.buy(await town.buyer(), Line(offer_id=await town.offer()))
    for order, moment in ((kept, "2026-03-05T02:00Z"), (back, "2026-04-05T02:00Z")):
        await paid_at(town, order.id, moment)
    year = await year_of(town, buyer, 2026)
    assert (year.orders, year.spent, year.refunded) == (2, kept.payable, back.payable)
    resident = sum(each.amount.amount for line in kept.lines for each in line.reductions)
    assert year.saved.amount == resident > 0
    spent = year.spent.amount
    assert [sum(each.spent.amount for each in part) for part in (year.months, year.kinds)] == [spent, spent]
    assert sum(each.amount.amount for each in year.shares) == spent
    receipt = {share.to: share.amount.amount for line in kept.lines for share in line.shares}
    assert {each.to: each.amount.amount for each in year.shares} == receipt
    assert [each.month for each in year.months] == [3, 4]


async def test_new_years_eve_ends_on_the_wall_of_the_place(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    await paid_at(town, order.id, "2025-12-31T16:30Z")  # half past midnight in Shanghai
    assert (await year_of(town, buyer, 2026)).months[0].month == 1
    empty = await summaries.year(town.db, actor=buyer, year=2025)
    assert (empty.items, empty.years) == ([], [2026])


@pytest.mark.parametrize("year", [0, 1999, 2101, -1, 10**9])
async def test_a_year_out_of_range_is_refused(town: Town, year: int) -> None:
    with pytest.raises(InvalidInput):
        await summaries.year(town.db, actor=await town.buyer(), year=year)
