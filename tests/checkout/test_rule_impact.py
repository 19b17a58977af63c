"""What another rate would have meant for last month's sales (L4): the same rule, the same rounding, nothing changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.checkout import impact
from market.checkout.impact_schemas import RuleTrial
from market.checkout.schemas import Line
from market.errors import InvalidInput, NotFound
from market.funds.rules import RoutingRule, Sold, route, totals_under, with_rate
from market.people.rules import Actor, StaffRole
from tests.checkout.town import Town
from tests.funds.test_rules import rule


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 50)), max_size=8),
    st.integers(0, 5000),
    st.integers(0, 5000),
)
def test_totals_are_what_selling_line_by_line_routes(lines: list[tuple[int, int]], first: int, second: int) -> None:
    rules = [rule("service_turnover", "a-development", first), rule("service_turnover", "a-charity", second)]
    one_by_one: dict[str, int] = {}
    for payable, sales in lines:
        for _ in range(sales):
            for each in route(payable, "service_turnover", rules):
                one_by_one[each.fund_slug] = one_by_one.get(each.fund_slug, 0) + each.amount
    assert totals_under([Sold("service_turnover", *line) for line in lines], rules) == one_by_one


def test_a_changed_rate_replaces_only_its_own_rule() -> None:
    kept: list[RoutingRule] = [rule("room_rent", "a-charity", 1000), rule("service_turnover", "a-charity", 100)]
    changed = rule("service_turnover", "a-development", 500, version=4)
    assert with_rate([rule("service_turnover", "a-development", 300), *kept], changed) == [*kept, changed]


async def sold_last_month(town: Town) -> Actor:
    """Three classes of ¥33.33 paid a month ago, one of them given back, one paid now; staff of 柳园."""
    buyer = await town.buyer()
    offer = await town.offer(price=3333, resident=False)
    orders = [await town.buy(buyer, Line(offer_id=offer)) for _ in range(4)]
    await town.refund(buyer, orders[2].id, orders[2].lines[0].id)
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE orders SET paid_at = date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai' "
            "- interval '1 second' WHERE id = ANY($1)",
            [order.id for order in orders[:3]],
        )
    return Actor(buyer.person_id, roles=(StaffRole("director", town.liuyuan, frozenset({town.liuyuan})),))


async def test_last_month_is_routed_once_more_under_the_trial_rate(town: Town) -> None:
    staff = await sold_last_month(town)
    before = await town.balances("fund:liuyuan-development:income")
    for rate_bp, expected in ((500, 332), (0, 0), (300, 198)):
        trial = RuleTrial(applies_to="service_turnover", fund="liuyuan-development", rate_bp=rate_bp)
        found = await impact.preview_rule(town.db, actor=staff, community="liuyuan", trial=trial)
        assert (found.sales, found.turnover.amount) == (2, 6666)
        assert [(each.fund, each.before.amount, each.after.amount) for each in found.funds] == [
            ("liuyuan-development", 198, expected)
        ]
        assert (found.sellers_before.amount, found.sellers_after.amount) == (6666 - 198, 6666 - expected)
    assert await town.balances("fund:liuyuan-development:income") == before


async def test_a_second_fund_is_shown_beside_the_first_and_other_kinds_stay_out(town: Town) -> None:
    staff = await sold_last_month(town)
    trial = RuleTrial(applies_to="service_turnover", fund="liuyuan-charity", rate_bp=100)
    found = await impact.preview_rule(town.db, actor=staff, community="liuyuan", trial=trial)
    assert [(each.fund, each.before.amount, each.after.amount) for each in found.funds] == [
        ("liuyuan-development", 198, 198), ("liuyuan-charity", 0, 66),
    ]  # fmt: skip
    trial = RuleTrial(applies_to="room_rent", fund="liuyuan-charity", rate_bp=100)
    found = await impact.preview_rule(town.db, actor=staff, community="liuyuan", trial=trial)
    assert (found.sales, found.turnover.amount, found.funds) == (0, 0, [])


@pytest.mark.parametrize(
    ("fund", "rate_bp", "field"), [("xiqiao-charity", 100, "fund"), ("liuyuan-charity", 9701, "rate_bp")]
)
async def test_a_trial_that_cannot_be_names_its_field(town: Town, fund: str, rate_bp: int, field: str) -> None:
    staff = await sold_last_month(town)
    trial = RuleTrial(applies_to="service_turnover", fund=fund, rate_bp=rate_bp)
    with pytest.raises(InvalidInput) as refused:
        await impact.preview_rule(town.db, actor=staff, community="liuyuan", trial=trial)
    assert [name for name, _ in refused.value.fields] == [field]


async def test_only_staff_of_the_community_see_its_sales(town: Town) -> None:
    trial = RuleTrial(applies_to="service_turnover", fund="liuyuan-development", rate_bp=100)
    for actor in (await town.buyer(), await town.clerk(town.xiqiao)):
        with pytest.raises(NotFound):
            await impact.preview_rule(town.db, actor=actor, community="liuyuan", trial=trial)
