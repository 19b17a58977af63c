"""Coupons: used once where once is the limit, however many try at once (M10); who bears them; when a use is free again."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from market.checkout import coupons, service
from market.checkout.coupon_schemas import NewCommunityCoupon, NewCoupon
from market.checkout.schemas import Line, NewOrder, Order, Quote
from market.errors import Conflict, Forbidden, InvalidInput, MarketError, NotFound
from market.ledger import chart
from market.people.rules import Actor, StaffRole
from tests import factories
from tests.checkout.test_subsidies import Subsidies
from tests.checkout.town import Town

TOMORROW = datetime.now(UTC) + timedelta(days=1)


async def partner_coupon(town: Town, **facts: Any) -> str:
    body = {"code": "yoga-10", "name": "瑜伽减十元", "ends_at": TOMORROW, "max_total": 10, "amount": 1000} | facts
    made = await coupons.create_for_partner(
        town.db, actor=await town.member(), partner="qinghe-studio", new=NewCoupon(**body)
    )
    return str(made["code"])


async def platform_coupon(town: Town, **facts: Any) -> str:
    operator = Actor(await factories.make_person(town.db), roles=(StaffRole("operator", None),))
    body = {"code": "HELLO", "name": "新邻居礼", "ends_at": TOMORROW, "max_total": 10, "amount": 1000} | facts
    made = await coupons.create_for_community(
        town.db, actor=operator, community="liuyuan", new=NewCommunityCoupon(**body)
    )
    return str(made["code"])


async def order(town: Town, actor: Actor, line: Line, code: str | None, *, key: str = "") -> Order:
    return await service.place_order(
        town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=actor, key=key or f"k{actor.person_id}{code}",
        wish=NewOrder(lines=[line], coupon=code),
    )  # fmt: skip


async def quoted(town: Town, actor: Actor | None, line: Line, code: str) -> Quote:
    return await service.make_quote(town.db, actor=actor, lines=[line], coupon=code)


async def used(town: Town) -> int:
    return int(await town.value("SELECT used FROM coupons"))


async def test_the_quote_says_what_it_takes_off_and_the_order_costs_that(town: Town) -> None:
    code, buyer, line = await partner_coupon(town), await town.buyer(), Line(offer_id=await town.offer())
    found = await quoted(town, buyer, line, "Yoga10")
    assert found.coupon is not None
    assert (found.coupon.amount.amount, found.coupon.problem, found.payable.amount) == (1000, None, 9000)
    placed = await order(town, buyer, line, code)
    assert (placed.payable.amount, await used(town)) == (9000, 1)
    assert await town.pay(placed) == "paid"
    await town.hear(copies=2)
    assert await town.balances(chart.partner_pending("qinghe-studio"), chart.fund_income("liuyuan-development")) == [
        8730,
        270,
    ]


async def test_the_platform_pays_for_its_own_coupon_and_gets_it_back_with_a_refund(town: Town) -> None:
    code, buyer = await platform_coupon(town), await town.buyer()
    placed = await order(town, buyer, Line(offer_id=await town.offer()), code)
    assert await town.pay(placed) == "paid"
    await town.hear()
    books = (
        chart.platform_promotion(),
        chart.partner_pending("qinghe-studio"),
        chart.fund_income("liuyuan-development"),
    )
    assert await town.balances(*books) == [-1000, 9700, 300]
    await town.refund(buyer, placed.id)
    assert (await town.balances(*books), await used(town)) == ([0, 0, 0], 0)


async def test_a_pool_bears_a_coupon_within_its_caps(town: Town) -> None:
    made = await Subsidies(town).open(fill=1500, group="elder")
    director = made.office.actors["director"]
    new = NewCommunityCoupon("SPRING", "春天券", TOMORROW, 10, amount=1000, pool="liuyuan-meals")
    await coupons.create_for_community(town.db, actor=director, community="liuyuan", new=new)
    line = Line(offer_id=await town.offer())
    first = await order(town, await town.buyer(), line, "SPRING")
    assert (first.payable.amount, await made.taken()) == (9000, 1000)
    with pytest.raises(coupons.CouponRefused) as refused:
        await order(town, await town.buyer(), line, "SPRING")
    assert refused.value.slug == "coupon-pool-empty"
    assert await town.pay(first) == "paid"
    await town.hear()
    assert await town.balances(chart.subsidy("liuyuan-meals")) == [500]


@pytest.mark.parametrize("way", ["cancel", "expire"])
async def test_an_order_that_ends_unpaid_leaves_the_code_free(town: Town, way: str) -> None:
    code, buyer, line = await partner_coupon(town, max_total=1), await town.buyer(), Line(offer_id=await town.offer())
    placed = await order(town, buyer, line, code)
    assert (await quoted(town, await town.buyer(), line, code)).coupon.problem == "used_up"
    if way == "cancel":
        await town.cancel(buyer, placed.id)
    else:
        await town.let_time_pass(placed.id)
        await town.expire()
    assert await used(town) == 0
    assert (await order(town, buyer, line, code, key="again")).payable.amount == 9000


async def test_late_money_for_a_code_that_was_used_up_meanwhile_goes_back(town: Town) -> None:
    code, buyer, line = await partner_coupon(town, max_total=1), await town.buyer(), Line(offer_id=await town.offer())
    placed = await order(town, buyer, line, code)
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE orders SET status = 'expired', hold_expires_at = NULL WHERE id = $1", placed.id)
        await tx.execute("UPDATE offers SET taken = taken - 1 WHERE id = $1", line.offer_id)
        await coupons.free(tx, placed.id)
    await order(town, await town.buyer(), line, code)
    assert await town.pay(placed) == "paid"
    await town.hear()
    assert (await town.order(buyer, placed.id)).status == "expired"
    assert await used(town) == 1


async def test_late_money_takes_the_code_again(town: Town) -> None:
    code, buyer, line = await partner_coupon(town, max_total=1), await town.buyer(), Line(offer_id=await town.offer())
    placed = await order(town, buyer, line, code)
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE orders SET status = 'expired', hold_expires_at = NULL WHERE id = $1", placed.id)
        await tx.execute("UPDATE offers SET taken = taken - 1 WHERE id = $1", line.offer_id)
        await coupons.free(tx, placed.id)
    assert await town.pay(placed) == "paid"
    await town.hear()
    assert ((await town.order(buyer, placed.id)).status, await used(town)) == ("paid", 1)


@pytest.mark.slow
async def test_M10_of_fifty_checkouts_at_once_one_uses_a_code_that_can_be_used_once(town: Town) -> None:
    code, line = await partner_coupon(town, max_total=1), Line(offer_id=await town.offer(capacity=50))
    buyers = [await town.buyer() for _ in range(50)]
    done = await asyncio.gather(*(order(town, buyer, line, code) for buyer in buyers), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in done) == 1
    assert {each.slug for each in done if isinstance(each, MarketError)} == {"coupon-used-up"}
    assert (
        await used(town),
        await town.value("SELECT count(*) FROM coupon_uses"),
        await town.taken(line.offer_id),
    ) == (1, 1, 1)


async def test_M10_one_person_with_many_carts_at_once_uses_it_as_often_as_one_person_may(town: Town) -> None:
    code, line, buyer = (
        await partner_coupon(town, max_per_person=2),
        Line(offer_id=await town.offer(capacity=50)),
        await town.buyer(),
    )
    done = await asyncio.gather(
        *(order(town, buyer, line, code, key=f"k{n}") for n in range(10)), return_exceptions=True
    )
    assert sum(not isinstance(each, BaseException) for each in done) == 2
    assert {each.slug for each in done if isinstance(each, MarketError)} == {"coupon-used-before"}


async def test_M10_counting_before_using_uses_it_twice_so_the_race_is_real(town: Town) -> None:
    """The negative control: what insert_use() does, done as count, then insert."""
    await partner_coupon(town, max_total=1)
    async with town.db.transaction() as tx:
        await tx.execute("CREATE TABLE naive_uses (coupon text)")
    meet = asyncio.Barrier(8)

    async def use() -> bool:
        async with town.db.transaction() as tx:
            count = await tx.fetchval("SELECT count(*) FROM naive_uses")
            await meet.wait()
            if count >= await tx.fetchval("SELECT max_total FROM coupons"):
                return False
            await tx.execute("INSERT INTO naive_uses VALUES ('x')")
            return True

    assert sum(await asyncio.gather(*(use() for _ in range(8)))) > 1


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE coupons SET starts_at = now() + interval '1 hour', ends_at = now() + interval '2 hours'", "not_yet"),
        ("UPDATE coupons SET starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'", "over"),
        ("UPDATE coupons SET status = 'ended'", "ended"),
        ("UPDATE coupons SET minimum_minor = 20000", "below_minimum"),
        ("UPDATE coupons SET code = 'OTHER'", "unknown"),
    ],
)
async def test_what_is_in_the_way_is_said_before_buying_and_refused_after(
    town: Town, statement: str, problem: str
) -> None:
    code, buyer, line = await partner_coupon(town), await town.buyer(), Line(offer_id=await town.offer())
    async with town.db.transaction() as tx:
        await tx.execute(statement)
    found = (await quoted(town, buyer, line, code)).coupon
    assert found is not None
    assert (found.problem, found.amount.amount) == (problem, 0)
    with pytest.raises(coupons.CouponRefused):
        await order(town, buyer, line, code)
    assert await town.value("SELECT count(*) FROM orders") == 0


async def test_who_is_not_signed_in_is_asked_to(town: Town) -> None:
    code = await partner_coupon(town)
    found = (await quoted(town, None, Line(offer_id=await town.offer()), code)).coupon
    assert found is not None and found.problem == "sign_in"


async def test_who_may_make_and_end_which(town: Town) -> None:
    stranger = await town.buyer()
    with pytest.raises(NotFound):
        await coupons.create_for_partner(
            town.db, actor=stranger, partner="qinghe-studio", new=NewCoupon("ABCD", "x", TOMORROW, 1, amount=1)
        )
    with pytest.raises(NotFound):
        await coupons.of_partner(town.db, actor=stranger, partner="qinghe-studio")
    with pytest.raises(Forbidden):
        await coupons.of_community(town.db, actor=stranger, community="liuyuan")
    clerk = await town.clerk(town.liuyuan)
    for pool in (None, "liuyuan-meals"):
        with pytest.raises(Forbidden):
            await coupons.create_for_community(
                town.db,
                actor=clerk,
                community="liuyuan",
                new=NewCommunityCoupon("ABCD", "x", TOMORROW, 1, amount=1, pool=pool),
            )
    await partner_coupon(town)
    (made,) = await coupons.of_partner(town.db, actor=await town.member(), partner="qinghe-studio")
    with pytest.raises(NotFound):
        await coupons.end(town.db, actor=clerk, coupon_id=made["id"])
    ended = await coupons.end(town.db, actor=await town.member(), coupon_id=made["id"])
    assert coupons.state_of(ended) == "ended"
    assert [row["code"] for row in await coupons.of_community(town.db, actor=clerk, community="liuyuan")] == ["YOGA10"]


@pytest.mark.parametrize(
    "facts",
    [{"code": "ab"}, {"amount": None}, {"rate_bp": 100}, {"ends_at": datetime(2020, 1, 1, tzinfo=UTC)},
     {"starts_at": TOMORROW + timedelta(days=1)}, {"ends_at": datetime(2099, 1, 1)}],  # noqa: DTZ001 - a time without an offset is what is refused
)  # fmt: skip
async def test_a_coupon_that_makes_no_sense_is_refused(town: Town, facts: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await partner_coupon(town, **facts)


async def test_a_code_exists_once(town: Town) -> None:
    await partner_coupon(town)
    with pytest.raises(Conflict):
        await partner_coupon(town, code="YOGA 10")
