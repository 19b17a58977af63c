"""What a subsidy pool pays of a price: for whom, how much, and how it is shared and given back (T3, L4)."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.checkout.cover_rules import Pool, covered_units, goes_back, with_subsidies
from market.checkout.entries import SoldLine, SoldShare, after, cover_returned
from market.checkout.rules import Buyer, OfferWish, Quote, SpaceWish, Wish, quote
from market.funds.rules import RoutingRule, route
from tests.checkout.test_quotes import CLASS, DEVELOPMENT_3, LIUYUAN, NOW, RESIDENT, ROOM, ROUTING, VISITOR

POOL = Pool(
    UUID(int=60),
    "liuyuan-meals",
    "助老餐补贴",
    "Meal subsidy",
    5000,
    frozenset({CLASS.listing_id}),
    10**9,
    10**9,
    10**9,
)
SOURCE = "subsidy:liuyuan-meals"


def priced(*wishes: Wish, buyer: Buyer = RESIDENT, pools: list[Pool] | None = None, routing: object = ROUTING) -> Quote:
    plain = quote(wishes, buyer=buyer, routing=routing, now=NOW)
    return with_subsidies(plain, wishes, buyer=buyer, pools=[POOL] if pools is None else pools, routing=routing)


def test_the_partner_bears_its_residents_price_and_the_pool_tops_it_up() -> None:
    line = priced(OfferWish(CLASS, 1)).lines[0]
    assert [(r.reason, r.borne_by, r.amount) for r in line.reductions] == [
        ("resident_price", "partner:qinghe-studio", 2000),
        ("subsidy", SOURCE, 3000),
    ]
    assert (line.list_minor, line.payable_minor) == (10_000, 5000)
    assert [(s.to, s.amount) for s in line.shares] == [
        ("partner:qinghe-studio", 4850),
        ("fund:liuyuan-development", 150),
    ]
    (cover,) = line.covers
    assert (cover.source, cover.amount) == (SOURCE, 3000)
    assert [(s.to, s.amount) for s in cover.shares] == [
        ("partner:qinghe-studio", 2910),
        ("fund:liuyuan-development", 90),
    ]
    assert line.not_covered is None


def test_a_listing_without_residents_price_is_topped_up_whole() -> None:
    line = priced(OfferWish(replace(CLASS, takes_resident_price=False), 1)).lines[0]
    assert [(r.reason, r.amount) for r in line.reductions] == [("subsidy", 5000)]


@pytest.mark.parametrize(
    ("pool", "why"),
    [
        (replace(POOL, listing_ids=frozenset()), "another listing"),
        (replace(POOL, discount_bp=2000), "no more than the partner gives"),
    ],
)
def test_a_pool_that_does_not_apply_changes_nothing(pool: Pool, why: str) -> None:
    line = priced(OfferWish(CLASS, 1), pools=[pool]).lines[0]
    assert (line.payable_minor, line.covers, line.not_covered) == (8000, (), None), why


def test_rooms_and_strangers_without_pools_are_as_before() -> None:
    assert priced(SpaceWish(ROOM), OfferWish(CLASS, 1), buyer=VISITOR, pools=[]).payable_minor == quote(
        [SpaceWish(ROOM), OfferWish(CLASS, 1)], buyer=VISITOR, routing=ROUTING, now=NOW
    ).payable_minor  # fmt: skip
    assert not priced(SpaceWish(ROOM)).lines[0].covers


@pytest.mark.parametrize(
    ("left", "month", "household", "units", "reason"),
    [
        (6000, 10**9, 10**9, 2, "empty"),
        (10**9, 8999, 10**9, 2, "month"),
        (10**9, 10**9, 3000, 1, "household"),
        (2999, 10**9, 10**9, 0, "empty"),
        (0, 0, 0, 0, "household"),
        (-5, 10**9, 10**9, 0, "empty"),
    ],
)
def test_whole_units_are_paid_for_while_it_lasts_and_what_is_missing_is_said(
    left: int, month: int, household: int, units: int, reason: str
) -> None:
    pool = replace(POOL, left=left, month_left=month, household_left=household)
    line = priced(OfferWish(CLASS, 3), pools=[pool]).lines[0]
    assert line.payable_minor == 3 * 8000 - units * 3000
    assert sum(cover.amount for cover in line.covers) == units * 3000
    assert line.not_covered is not None
    assert (line.not_covered.amount, line.not_covered.reason) == ((3 - units) * 3000, reason)


def test_lines_of_one_cart_share_what_is_left() -> None:
    other = replace(CLASS, offer_id=UUID(int=70))
    found = priced(OfferWish(CLASS, 1), OfferWish(other, 1), pools=[replace(POOL, household_left=3000)])
    assert [line.payable_minor for line in found.lines] == [5000, 8000]
    assert found.payable_minor == 13_000
    assert found.lines[1].not_covered is not None and found.lines[1].not_covered.reason == "household"


def test_the_pool_that_pays_most_pays() -> None:
    richer = replace(POOL, id=UUID(int=61), slug="liuyuan-elders", discount_bp=6000)
    line = priced(OfferWish(CLASS, 1), pools=[POOL, richer]).lines[0]
    assert [(cover.source, cover.amount) for cover in line.covers] == [("subsidy:liuyuan-elders", 4000)]


def test_a_pool_can_pay_all_of_it() -> None:
    line = priced(OfferWish(CLASS, 1), pools=[replace(POOL, discount_bp=10_000)]).lines[0]
    assert (line.payable_minor, line.shares) == (0, ())
    assert sum(s.amount for s in line.covers[0].shares) == line.covers[0].amount == 8000


RATES = st.lists(st.integers(1, 10_000), max_size=4).filter(lambda rates: sum(rates) <= 10_000)


@given(st.integers(1, 10**7), st.integers(1, 10_000), st.integers(1, 5), RATES, st.booleans())
def test_both_parts_are_exact_and_together_the_funds_get_what_their_rates_say(
    price: int, discount: int, quantity: int, rates: list[int], takes_part: bool
) -> None:
    offer = replace(CLASS, unit_price_minor=price, takes_resident_price=takes_part)
    rules = [
        RoutingRule(UUID(int=n), 1, "service_turnover", f"liuyuan-f{n}", "f", None, rate, "partner")
        for n, rate in enumerate(rates)
    ]
    line = priced(
        OfferWish(offer, quantity), pools=[replace(POOL, discount_bp=discount)], routing={LIUYUAN: rules}
    ).lines[0]
    paid = sum(cover.amount for cover in line.covers)
    assert (
        line.payable_minor + paid + sum(r.amount for r in line.reductions if r.reason != "subsidy") == line.list_minor
    )
    assert sum(s.amount for s in line.shares) == line.payable_minor
    everyone: dict[str, int] = {}
    for part in (line.shares, *(cover.shares for cover in line.covers)):
        assert all(s.amount > 0 for s in part)
        for s in part:
            everyone[s.to] = everyone.get(s.to, 0) + s.amount
    for cover in line.covers:
        assert sum(s.amount for s in cover.shares) == cover.amount
    # Of a few cents under high rates the seller's part would be negative: then each part is divided by itself, a cent less per fund.
    exact = paid * (10_000 - sum(rates)) >= 10_000 * len(rates)
    for routed in route(line.payable_minor + paid, "service_turnover", rules):
        got = everyone.get(f"fund:{routed.fund_slug}", 0)
        assert routed.amount - (0 if exact else 1) <= got <= routed.amount


def test_rates_that_leave_the_seller_nothing_stay_exact() -> None:
    rules = [
        replace(DEVELOPMENT_3, rate_bp=5001),
        replace(DEVELOPMENT_3, id=UUID(int=33), fund_slug="liuyuan-charity", rate_bp=4999),
    ]
    offer = replace(CLASS, unit_price_minor=3, takes_resident_price=False)
    line = priced(OfferWish(offer, 1), routing={LIUYUAN: rules}).lines[0]
    assert (line.payable_minor, sum(s.amount for s in line.shares)) == (2, 2)
    assert [(cover.amount, sum(s.amount for s in cover.shares)) for cover in line.covers] == [(1, 1)]


@pytest.mark.parametrize(
    ("refunded", "returned", "whole", "back"),
    [
        (0, 0, False, 0),
        (1, 0, False, 0),
        (2500, 0, False, 1500),
        (5000, 1500, True, 1500),
        (5000, 0, True, 3000),
        (5000, 3000, True, 0),
    ],
)
def test_a_cover_goes_back_in_proportion(refunded: int, returned: int, whole: bool, back: int) -> None:
    assert goes_back(3000, returned, payable=5000, refunded=refunded, is_whole=whole) == back


def test_a_line_that_cost_the_buyer_nothing_gives_its_cover_back_as_a_whole() -> None:
    assert goes_back(3000, 0, payable=0, refunded=0, is_whole=True) == 3000
    assert goes_back(3000, 0, payable=0, refunded=0, is_whole=False) == 0
    assert goes_back(3000, 3000, payable=0, refunded=0, is_whole=True) == 0


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.lists(st.integers(1, 10**6), max_size=8))
def test_however_refunds_are_cut_all_of_the_cover_is_back_with_the_last_of_the_money(
    amount: int, payable: int, cuts: list[int]
) -> None:
    line = SoldLine(
        "t", "CNY", (SoldShare("partner:a", amount - amount // 3), SoldShare("fund:l-development", amount // 3))
    )
    refunded = returned = 0
    for cut in [*cuts, payable]:
        refunded = min(payable, refunded + cut)
        back = goes_back(amount, returned, payable=payable, refunded=refunded, is_whole=refunded == payable)
        if back:
            assert sum(t.amount.minor for t in cover_returned(line, back, source="subsidy:x")) == back
            line, returned = after(line, back), returned + back
        assert returned == amount * refunded // payable
    assert returned == amount and line.left == 0


@given(
    st.integers(1, 50), st.integers(1, 10**4), st.integers(-10, 10**6), st.integers(-10, 10**6), st.integers(-10, 10**6)
)
def test_no_cap_is_ever_passed(quantity: int, per_unit: int, left: int, month: int, household: int) -> None:
    units = covered_units(quantity, per_unit, replace(POOL, left=left, month_left=month, household_left=household))
    assert 0 <= units <= quantity
    assert units == 0 or units * per_unit <= min(left, month, household)
