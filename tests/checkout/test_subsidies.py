"""A pool pays part of residents' prices while it lasts: held, paid, given back, and never more than it has (T3)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from market.checkout import claims, covers, entries, impact_queries, queries, reading, refunds, service, statements
from market.checkout.schemas import Line, LineAmount, NewRefund, Quote
from market.errors import Forbidden, InvalidInput, NotFound
from market.funds import pools
from market.funds.pool_schemas import NewPool, PoolChange
from market.ledger import chart
from market.ledger import service as ledger
from market.money import Money
from market.people.rules import Actor
from tests import factories
from tests.checkout.town import Town
from tests.funds.approvals import Office

PURSE = chart.subsidy("liuyuan-meals")


class Subsidies:
    """The town with a pool of 50 % for residents of 柳园, filled from its charity fund by requests."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.office = Office(town.db, {"liuyuan": town.liuyuan})
        self.pool_id = UUID(int=0)

    async def open(
        self, *, fill: int = 100_000, month: int = 10**6, household: int = 10**6, **facts: Any
    ) -> "Subsidies":
        await self.office.hire("clerk", ("clerk", self.town.liuyuan))
        await self.office.hire("director", ("director", self.town.liuyuan))
        await self.office.hire("street", ("street", self.town.liuyuan))
        new = NewPool("liuyuan-charity", "meals", "助老餐补贴", 5000, month, household, **facts)
        row, _ = await pools.create(self.town.db, actor=self.office.actors["director"], community="liuyuan", new=new)
        self.pool_id = row["id"]
        if fill:
            await self.office.fill(fill)
            await self.fill(fill)
        return self

    async def fill(self, amount: int) -> None:
        case = await self.office.ask(amount, pool="liuyuan-meals")
        await self.office.approve(case, "director", *(["street"] if amount > 100_000 else []))
        paid = await self.office.pay(case)
        assert (paid.row["pool"], paid.row["payee_name"], paid.row["paid_from"]) == (
            "liuyuan-meals",
            "助老餐补贴",
            "inside",
        )

    async def quote(self, actor: Actor | None, *lines: Line) -> Quote:
        return await service.make_quote(self.town.db, actor=actor, lines=lines)

    async def taken(self) -> int:
        return int(await self.town.value("SELECT taken_minor FROM subsidy_pools WHERE id = $1", self.pool_id))


@pytest.fixture
async def subsidies(town: Town) -> Subsidies:
    return await Subsidies(town).open()


async def verified(town: Town, actor: Actor, address: str) -> Actor:
    """The same person, confirmed to live at this address of 柳园."""
    async with town.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO residencies (person_id, community_id, address, status) VALUES ($1, $2, $3, 'verified')",
            actor.person_id,
            town.liuyuan,
            address,
        )
    return actor


async def test_a_pool_is_filled_from_its_fund_by_an_approved_request(town: Town, subsidies: Subsidies) -> None:
    assert await town.balances(PURSE, chart.fund_reserved("liuyuan-charity")) == [100_000, 0]
    kinds = await town.value(
        "SELECT array_agg(kind) FROM ledger_events WHERE event_key LIKE 'spending:%:paid' AND kind <> 'income_released'"
    )
    assert kinds == ["spending_into_pool"]


async def test_a_sale_holds_the_difference_pays_it_and_shows_who_bore_it(town: Town, subsidies: Subsidies) -> None:
    resident, offer = await town.buyer(resident=True), await town.offer()
    quoted = (await subsidies.quote(resident, Line(offer_id=offer))).lines[0]
    assert [(r.reason, r.borne_by, r.amount.amount, r.label) for r in quoted.reductions] == [
        ("resident_price", "partner:qinghe-studio", 2000, ""),
        ("subsidy", "subsidy:liuyuan-meals", 3000, "助老餐补贴"),
    ]
    order = await town.place(resident, Line(offer_id=offer), expected=5000)
    assert await subsidies.taken() == 3000
    assert await town.balances(PURSE) == [100_000]
    assert await town.pay(order) == "paid"
    await town.hear(copies=2)
    assert await town.balances(PURSE, chart.partner_pending("qinghe-studio"), chart.fund_income("liuyuan-development")) == [
        97_000, 7760, 240,
    ]  # fmt: skip
    receipt = await reading.get_receipt(town.db, actor=resident, order_id=order.id)
    (cover,) = receipt.lines[0].covers
    assert (cover.source, cover.amount.amount, [(s.to, s.amount.amount) for s in cover.shares]) == (
        "subsidy:liuyuan-meals", 3000, [("partner:qinghe-studio", 2910), ("fund:liuyuan-development", 90)],
    )  # fmt: skip
    assert sum(s.amount.amount for s in receipt.lines[0].shares) == receipt.payable.amount == 5000


async def test_redeeming_makes_both_parts_available(town: Town, subsidies: Subsidies) -> None:
    order = await town.buy(await town.buyer(resident=True), Line(offer_id=await town.offer()))
    await town.redeem(await town.member(), order.vouchers[0].code)
    assert await town.balances(chart.partner_pending("qinghe-studio"), chart.partner_available("qinghe-studio")) == [
        0,
        7760,
    ]


async def test_the_partners_lists_and_statement_have_the_subsidy_in_them(town: Town, subsidies: Subsidies) -> None:
    member = await town.member()
    await town.buy(await town.buyer(resident=True), Line(offer_id=await town.offer()))
    (sold,) = (await reading.list_partner_orders(town.db, actor=member, partner="qinghe-studio", cursor=None)).items
    assert sold.partner_share.amount == 7760
    month = await town.value("SELECT to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')")
    found = await statements.statement(town.db, actor=member, partner="qinghe-studio", month=month)
    (sale,) = found.sales
    assert (sale.discount.amount, sale.payable.amount, sale.covered.amount, sale.to_funds.amount, sale.own.amount) == (
        2000, 8000, 3000, 240, 7760,
    )  # fmt: skip
    assert found.sums["sale"].amount == found.closing.amount == 7760
    sold_before = await impact_queries_sold(town)
    assert sold_before == [("class", 8000, 1)]


async def impact_queries_sold(town: Town) -> list[tuple[str, int, int]]:
    """What the simulation of a rule would count of this month."""
    async with town.db.read() as tx:
        month = await tx.fetchval("SELECT date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai')::date")
        rows = await impact_queries.sold_in_month(tx, community_id=town.liuyuan, month=month, time_zone="Asia/Shanghai")
    return [(row["item_kind"], row["kept_minor"], row["sales"]) for row in rows]


async def test_others_pay_as_before_and_guests_of_nobody_too(town: Town, subsidies: Subsidies) -> None:
    offer = await town.offer()
    for actor in (None, await town.buyer()):
        line = (await subsidies.quote(actor, Line(offer_id=offer))).lines[0]
        assert (line.payable.amount, line.covers, line.not_covered) == (10_000, [], None)


async def test_a_pool_for_a_group_pays_for_residents_of_the_group_alone(town: Town) -> None:
    made = await Subsidies(town).open(group="elder")
    offer = await town.offer()
    prices = [
        (await made.quote(actor, Line(offer_id=offer))).payable.amount
        for actor in (await town.buyer(resident=True), await town.buyer(groups=frozenset({"elder"})),
                      await town.buyer(resident=True, groups=frozenset({"elder"})))
    ]  # fmt: skip
    assert prices == [8000, 10_000, 5000]


async def test_an_order_that_ends_unpaid_gives_everything_back(town: Town, subsidies: Subsidies) -> None:
    resident, offer = await town.buyer(resident=True), await town.offer()
    cancelled = await town.place(resident, Line(offer_id=offer, quantity=2))
    assert await subsidies.taken() == 6000
    await town.cancel(resident, cancelled.id)
    assert await subsidies.taken() == 0
    order = await town.place(resident, Line(offer_id=offer))
    await town.let_time_pass(order.id)
    assert await town.expire() == 1
    assert (await subsidies.taken(), await town.value("SELECT sum(uses) FROM subsidy_uses")) == (0, 0)


@pytest.mark.parametrize("is_empty", [False, True])
async def test_B08_late_money_takes_the_subsidy_again_or_goes_back_whole(town: Town, is_empty: bool) -> None:
    made = await Subsidies(town).open(fill=3000)
    resident, offer = await town.buyer(resident=True), await town.offer()
    order = await town.place(resident, Line(offer_id=offer))
    assert await town.pay(order) == "paid"
    await town.let_time_pass(order.id)
    async with town.db.transaction() as tx:
        await queries.update_order_closed(tx, order.id, status="expired")
        lines = await queries.lines_of(tx, [order.id])
        await claims.let_go(tx, lines)
        await covers.release(tx, lines)
    if is_empty:
        await town.place(await town.buyer(resident=True), Line(offer_id=offer))
    await town.hear()
    shown = await town.order(resident, order.id)
    assert shown.status == ("expired" if is_empty else "paid")
    assert await made.taken() == 3000
    assert await town.balances(PURSE) == [3000 if is_empty else 0]


async def test_refunds_bring_the_pool_its_part_in_proportion(town: Town, subsidies: Subsidies) -> None:
    resident, member = await town.buyer(resident=True), await town.member()
    order = await town.buy(resident, Line(offer_id=await town.offer()))
    line_id = order.lines[0].id
    assert line_id is not None
    wish = NewRefund(amounts=[LineAmount(line_id, 1667)])
    await refunds.refund(town.db, actor=member, order_id=order.id, key="part", wish=wish)
    assert await town.balances(PURSE) == [97_000 + 1000]
    assert await subsidies.taken() == 2000
    await town.refund(resident, order.id)
    assert await town.balances(PURSE, chart.partner_pending("qinghe-studio"), chart.fund_income("liuyuan-development")) == [
        100_000, 0, 0,
    ]  # fmt: skip
    assert (await subsidies.taken(), await town.value("SELECT sum(uses) FROM subsidy_uses")) == (0, 0)


async def test_a_refund_after_the_payout_leaves_the_partner_owing_the_pool_as_well(
    town: Town, subsidies: Subsidies
) -> None:
    resident, member = await town.buyer(resident=True), await town.member()
    order = await town.buy(resident, Line(offer_id=await town.offer()))
    await town.redeem(member, order.vouchers[0].code)
    async with town.db.transaction() as tx:
        spent = Money(7760, "CNY")
        await ledger.post(tx, event_key="paid-out", kind="payout_sent", transfers=[
            *entries.payout_started("qinghe-studio", paid=spent, netted=Money(1, "CNY"))[1:],
            *entries.payout_sent("qinghe-studio", spent, by_bank=True)])  # fmt: skip
    line_id = order.lines[0].id
    assert line_id is not None
    wish = NewRefund(amounts=[LineAmount(line_id, 5000)])
    await refunds.refund(town.db, actor=member, order_id=order.id, key="all", wish=wish)
    assert await town.balances(PURSE, chart.partner_owed("qinghe-studio")) == [100_000, -7760]


async def test_a_free_place_is_paid_by_the_pool_and_given_back_as_a_whole(town: Town, subsidies: Subsidies) -> None:
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE subsidy_pools SET discount_bp = 10000")
    resident = await town.buyer(resident=True)
    order = await town.place(resident, Line(offer_id=await town.offer()))
    assert (order.status, order.payable.amount) == ("paid", 0)
    assert await town.balances(PURSE) == [92_000]
    await town.refund(resident, order.id)
    assert (await town.balances(PURSE), await subsidies.taken()) == ([100_000], 0)


@pytest.mark.parametrize(
    ("facts", "reason"), [({"fill": 3000}, "empty"), ({"month": 3000}, "month"), ({"household": 3000}, "household")]
)
async def test_when_it_is_used_up_the_price_before_buying_says_so(
    town: Town, facts: dict[str, int], reason: str
) -> None:
    made = await Subsidies(town).open(**facts)
    resident, offer = await town.buyer(resident=True), await town.offer()
    await town.buy(resident, Line(offer_id=offer))
    line = (await made.quote(resident, Line(offer_id=offer))).lines[0]
    assert line.not_covered is not None
    assert (line.payable.amount, line.not_covered.amount.amount, line.not_covered.reason) == (8000, 3000, reason)
    assert (await town.place(resident, Line(offer_id=offer), expected=8000)).payable.amount == 8000


async def test_one_household_has_one_cap_however_its_address_is_written(town: Town) -> None:
    made = await Subsidies(town).open(household=3000)
    offer = await town.offer()
    one = await verified(town, await town.buyer(resident=True), "三号楼 2 单元, 501")
    two = await verified(town, await town.buyer(resident=True), "三号楼2单元501")
    next_door = await verified(town, await town.buyer(resident=True), "三号楼2单元502")
    await town.buy(one, Line(offer_id=offer))
    prices = [(await made.quote(actor, Line(offer_id=offer))).payable.amount for actor in (two, next_door)]
    assert prices == [8000, 5000]


async def test_of_sixteen_sales_at_once_no_more_are_paid_for_than_the_pool_has(town: Town) -> None:
    made = await Subsidies(town).open(fill=5 * 3000 + 2999)
    offer = await town.offer(capacity=16)
    buyers = [await town.buyer(resident=True) for _ in range(16)]
    orders = await asyncio.gather(*(town.place(buyer, Line(offer_id=offer)) for buyer in buyers))
    assert sorted(order.payable.amount for order in orders) == [5000] * 5 + [8000] * 11
    assert await made.taken() == 5 * 3000


async def test_sixteen_orders_of_one_household_stay_below_its_cap(town: Town) -> None:
    made = await Subsidies(town).open(household=2 * 3000)
    offer = await town.offer(capacity=16)
    family = [await verified(town, await town.buyer(resident=True), "一号楼101") for _ in range(16)]
    orders = await asyncio.gather(*(town.place(buyer, Line(offer_id=offer)) for buyer in family))
    assert sorted(order.payable.amount for order in orders) == [5000] * 2 + [8000] * 14
    assert await made.taken() == 2 * 3000


async def test_looking_before_taking_overdraws_so_the_race_is_real(town: Town) -> None:
    """The negative control: what take() does, done as look, then write."""
    made = await Subsidies(town).open(fill=3000)
    async with town.db.transaction() as tx:
        await tx.execute("CREATE TABLE naive_takes (amount bigint)")
    meet = asyncio.Barrier(8)

    async def take() -> bool:
        async with town.db.transaction() as tx:
            left = await tx.fetchval(
                "SELECT filled_minor - (SELECT coalesce(sum(amount), 0) FROM naive_takes) FROM subsidy_pools WHERE id = $1",
                made.pool_id,
            )
            await meet.wait()
            if left >= 3000:
                await tx.execute("INSERT INTO naive_takes VALUES (3000)")
            return bool(left >= 3000)

    assert sum(await asyncio.gather(*(take() for _ in range(8)))) > 1


async def test_a_take_that_was_looked_at_too_early_is_refused_by_the_row(town: Town) -> None:
    made = await Subsidies(town).open(fill=3000, household=3000)

    async def take(number: int, household: str) -> bool:
        try:
            async with town.db.transaction() as tx:
                await pools.take(tx, pool_id=made.pool_id, month="2031-01", household=household, amount=1500)
        except pools.PoolTaken:
            return False
        return True

    assert sum(await asyncio.gather(*(take(n, "one") for n in range(8)))) == 2
    assert not await take(9, "two")
    async with town.db.transaction() as tx:
        for _ in range(2):
            await pools.give_back(
                tx, pool_id=made.pool_id, month="2031-01", household="one", amount=1500, is_whole=True
            )


async def test_sums_are_public_from_five_households_on(town: Town, subsidies: Subsidies) -> None:
    offer = await town.offer(capacity=20)
    for households in range(5):
        _, months = await pools.public(town.db, key="liuyuan-charity")
        assert months == {}, households
        await town.buy(await town.buyer(resident=True), Line(offer_id=offer))
    rows, months = await pools.public(town.db, key="liuyuan-charity")
    assert pools.state_of(rows[0]) == "open"
    assert [(m["taken_minor"], m["uses"], m["households"]) for m in months[subsidies.pool_id]] == [(15_000, 5, 5)]


async def test_who_may_set_up_change_and_see_a_pool(town: Town, subsidies: Subsidies) -> None:
    clerk, stranger = subsidies.office.actors["clerk"], await town.clerk(town.xiqiao)
    new = NewPool("liuyuan-charity", "other", "别的", 1000, 1, 1)
    with pytest.raises(Forbidden):
        await pools.create(town.db, actor=clerk, community="liuyuan", new=new)
    with pytest.raises(Forbidden):
        await pools.of_community(town.db, actor=stranger, community="liuyuan")
    with pytest.raises(NotFound):
        await pools.change(town.db, actor=stranger, pool_id=subsidies.pool_id, new=PoolChange("paused"))
    director = subsidies.office.actors["director"]
    with pytest.raises(InvalidInput):
        await pools.create(
            town.db, actor=director, community="liuyuan", new=NewPool("xiqiao-charity", "a1", "x", 1, 1, 1)
        )
    row, _ = await pools.change(town.db, actor=director, pool_id=subsidies.pool_id, new=PoolChange("paused"))
    assert pools.state_of(row) == "paused"
    quoted = await subsidies.quote(await town.buyer(resident=True), Line(offer_id=await town.offer()))
    assert quoted.payable.amount == 8000


async def test_a_request_can_fill_only_a_pool_of_its_own_fund_and_never_as_relief(
    town: Town, subsidies: Subsidies
) -> None:
    for facts in ({"pool": "nothing-here"}, {"pool": "liuyuan-meals", "is_relief": True}):
        with pytest.raises(InvalidInput):
            await subsidies.office.ask(100, **facts)
    assert await factories.community_id(town.db, "liuyuan") == town.liuyuan
