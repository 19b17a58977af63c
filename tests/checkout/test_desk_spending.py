"""Cash that a clerk pays out for a fund leaves the drawer that the clerk counts (M42)."""

from market.checkout import tills
from market.checkout.desk_schemas import DeskCount
from market.db import Database
from market.funds import spending_payment
from market.funds.spending_schemas import NewPayment
from tests import factories
from tests.funds.approvals import open_office


async def test_M42_what_was_paid_in_cash_for_a_fund_is_missing_from_the_drawer_by_right(db: Database) -> None:
    office = await open_office(db)
    clerk = office.actors["clerk"]
    await office.fill(100_000)
    await tills.count(db, actor=clerk, community="liuyuan", new=DeskCount("opening", 20_000))
    case = await office.approve(await office.ask(5_000), "director")
    new = NewPayment(factories.PASSWORD, paid_from="desk")
    await spending_payment.pay(db, actor=clerk, request_id=case.row["id"], new=new)
    day = await tills.desk_day(db, actor=clerk, community="liuyuan")
    assert day.spent.amount == 5_000
    await tills.count(db, actor=clerk, community="liuyuan", new=DeskCount("closing", 15_000))
    async with db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM cases") == 0


async def test_M42_what_was_paid_in_cash_is_taken_off_in_one_count_only(db: Database) -> None:
    office = await open_office(db)
    clerk = office.actors["clerk"]
    await office.fill(100_000)
    await tills.count(db, actor=clerk, community="liuyuan", new=DeskCount("opening", 20_000))
    case = await office.approve(await office.ask(5_000), "director")
    await spending_payment.pay(
        db, actor=clerk, request_id=case.row["id"], new=NewPayment(factories.PASSWORD, paid_from="desk")
    )
    await tills.count(db, actor=clerk, community="liuyuan", new=DeskCount("closing", 15_000))
    async with db.transaction() as tx:
        await tx.execute("UPDATE desk_counts SET day = day - 1, made_at = made_at - interval '1 day'")
    await tills.count(db, actor=clerk, community="liuyuan", new=DeskCount("opening", 15_000))
    async with db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM cases") == 0
