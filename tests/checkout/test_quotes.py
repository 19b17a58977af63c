"""What a cart costs and who gets each cent: the issue's figures, and exactness for all figures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.checkout import refund_rules, rules
from market.checkout.rules import Buyer, OfferWish, SpaceWish, quote
from market.checkout.share_rules import RuleUsed
from market.funds.rules import RoutingRule
from market.listings.rules import OfferForSale
from market.spaces.rules import SpaceForHire

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
LIUYUAN, XIQIAO = UUID(int=1), UUID(int=2)
DEVELOPMENT_3 = RoutingRule(
    UUID(int=31), 1, "service_turnover", "liuyuan-development", "柳园发展基金", "Liuyuan development", 300, "partner"
)
CHARITY_10 = RoutingRule(
    UUID(int=32), 4, "room_rent", "xiqiao-charity", "溪桥公益基金", "Xiqiao charity", 1000, "enterprise"
)
ROUTING = {LIUYUAN: [DEVELOPMENT_3, CHARITY_10], XIQIAO: [CHARITY_10]}
RESIDENT = Buyer(resident_of=frozenset({LIUYUAN}))
VISITOR = Buyer()

CLASS = OfferForSale(
    offer_id=UUID(int=7),
    listing_id=UUID(int=8),
    kind="class",
    listing_status="published",
    offer_status="open",
    title="瑜伽",
    title_en="Yoga",
    partner_id=UUID(int=9),
    partner_slug="qinghe-studio",
    partner_name="清荷",
    partner_name_en="Qinghe Studio",
    partner_status="active",
    community_id=LIUYUAN,
    community_slug="liuyuan",
    time_zone="Asia/Shanghai",
    resident_discount_bp=2000,
    takes_resident_price=True,
    eligibility_group=None,
    unit_price_minor=10_000,
    currency="CNY",
    starts_at=NOW + timedelta(days=3),
    ends_at=NOW + timedelta(days=3, hours=1),
    sale_ends_at=None,
    capacity=10,
    taken=0,
    refund_until_h=24,
    valid_days=None,
    max_per_person=None,
)
ROOM = SpaceForHire(
    space_id=UUID(int=5),
    name="议事厅",
    name_en="Meeting hall",
    kind="room",
    community_id=XIQIAO,
    community_slug="xiqiao",
    time_zone="Asia/Shanghai",
    enterprise_slug="xiqiao-enterprise",
    enterprise_name="溪桥公司",
    enterprise_name_en="Xiqiao Company",
    list_minor=8000,
    payable_minor=8000,
    currency="CNY",
    starts_at=NOW + timedelta(days=2),
    ends_at=NOW + timedelta(days=2, hours=2),
    capacity=20,
)


def shares(line: rules.PricedLine) -> dict[str, int]:
    return {share.to: share.amount for share in line.shares}


def test_a_verified_resident_pays_80_of_100_and_2_40_go_to_the_development_fund() -> None:
    line = quote([OfferWish(CLASS, 1)], buyer=RESIDENT, routing=ROUTING, now=NOW).lines[0]
    assert line.payable_minor == 8000
    assert shares(line) == {"partner:qinghe-studio": 7760, "fund:liuyuan-development": 240}
    assert [(r.reason, r.borne_by, r.amount) for r in line.reductions] == [
        ("resident_price", "partner:qinghe-studio", 2000)
    ]
    assert line.shares[1].rule == RuleUsed(DEVELOPMENT_3.id, 1, 300)


def test_a_visitor_pays_100_of_100_and_3_go_to_the_development_fund() -> None:
    line = quote([OfferWish(CLASS, 1)], buyer=VISITOR, routing=ROUTING, now=NOW).lines[0]
    assert (line.payable_minor, shares(line)) == (
        10_000,
        {"partner:qinghe-studio": 9700, "fund:liuyuan-development": 300},
    )
    assert line.reductions == ()


def test_two_hours_of_a_room_give_8_to_charity_and_72_to_the_enterprise() -> None:
    line = quote([SpaceWish(ROOM)], buyer=VISITOR, routing=ROUTING, now=NOW).lines[0]
    assert (line.payable_minor, shares(line)) == (
        8000,
        {"enterprise:xiqiao-enterprise": 7200, "fund:xiqiao-charity": 800},
    )


def test_off_peak_is_a_reduction_that_the_enterprise_bears() -> None:
    line = quote([SpaceWish(replace(ROOM, payable_minor=4000))], buyer=VISITOR, routing=ROUTING, now=NOW).lines[0]
    assert [(r.reason, r.borne_by, r.amount) for r in line.reductions] == [
        ("off_peak", "enterprise:xiqiao-enterprise", 4000)
    ]
    assert shares(line) == {"enterprise:xiqiao-enterprise": 3600, "fund:xiqiao-charity": 400}


def test_M01_10_01_in_three_parts_is_exact_and_the_seller_bears_the_remainder() -> None:
    routing = {
        LIUYUAN: [
            replace(DEVELOPMENT_3, rate_bp=2000),
            replace(DEVELOPMENT_3, id=UUID(int=33), fund_slug="liuyuan-charity", rate_bp=1000),
        ]
    }
    wish = OfferWish(replace(CLASS, unit_price_minor=1001), 1)
    for _ in range(3):
        line = quote([wish], buyer=VISITOR, routing=routing, now=NOW).lines[0]
        assert shares(line) == {
            "partner:qinghe-studio": 701,
            "fund:liuyuan-development": 200,
            "fund:liuyuan-charity": 100,
        }
        assert next(iter(shares(line))) == "partner:qinghe-studio"


def test_M03_a_cent_makes_no_share_of_nothing() -> None:
    line = quote([OfferWish(replace(CLASS, unit_price_minor=1), 1)], buyer=VISITOR, routing=ROUTING, now=NOW).lines[0]
    assert shares(line) == {"partner:qinghe-studio": 1}


def test_a_resident_of_another_community_pays_the_full_price() -> None:
    elsewhere = Buyer(resident_of=frozenset({XIQIAO}))
    assert quote([OfferWish(CLASS, 1)], buyer=elsewhere, routing=ROUTING, now=NOW).payable_minor == 10_000


def test_a_listing_that_takes_no_part_has_no_residents_price() -> None:
    offer = replace(CLASS, takes_resident_price=False)
    assert quote([OfferWish(offer, 1)], buyer=RESIDENT, routing=ROUTING, now=NOW).payable_minor == 10_000


def test_the_residents_price_of_many_is_the_price_of_one_times_many() -> None:
    offer = replace(CLASS, unit_price_minor=1001)
    one = quote([OfferWish(offer, 1)], buyer=RESIDENT, routing=ROUTING, now=NOW).payable_minor
    assert quote([OfferWish(offer, 5)], buyer=RESIDENT, routing=ROUTING, now=NOW).payable_minor == 5 * one == 5 * 801


@pytest.mark.parametrize(
    ("wish", "buyer", "problem"),
    [
        (OfferWish(CLASS, 10), VISITOR, None),
        (OfferWish(CLASS, 11), VISITOR, "sold_out"),
        (OfferWish(replace(CLASS, taken=10), 1), VISITOR, "sold_out"),
        (OfferWish(replace(CLASS, taken=10), 1, is_claimed=True), VISITOR, None),
        (OfferWish(replace(CLASS, listing_status="withdrawn"), 1), VISITOR, "not_for_sale"),
        (OfferWish(replace(CLASS, partner_status="suspended"), 1), VISITOR, "not_for_sale"),
        (OfferWish(replace(CLASS, sale_ends_at=NOW), 1), VISITOR, "sale_ended"),
        (
            OfferWish(replace(CLASS, kind="free", unit_price_minor=0, eligibility_group="elder"), 1),
            VISITOR,
            "not_eligible",
        ),
        (
            OfferWish(replace(CLASS, unit_price_minor=0, eligibility_group="elder"), 1),
            Buyer(groups=frozenset({"elder"})),
            None,
        ),
        (OfferWish(replace(CLASS, max_per_person=2), 3), VISITOR, "limit_reached"),
        (OfferWish(replace(CLASS, max_per_person=2), 1, already=2), VISITOR, "limit_reached"),
        (OfferWish(replace(CLASS, max_per_person=2), 1, already=1), VISITOR, None),
        (SpaceWish(ROOM, is_free=False), VISITOR, "slot_taken"),
        (SpaceWish(replace(ROOM, enterprise_slug=None)), VISITOR, "not_for_sale"),
    ],
)
def test_what_is_in_the_way_is_said_per_line(wish: rules.Wish, buyer: Buyer, problem: str | None) -> None:
    priced = quote([wish], buyer=buyer, routing=ROUTING, now=NOW)
    assert (priced.lines[0].problem, priced.problem) == (problem, problem)


def test_B07_a_limit_counts_all_lines_of_a_cart() -> None:
    offer = replace(CLASS, max_per_person=2)
    priced = quote([OfferWish(offer, 1)] * 3, buyer=VISITOR, routing=ROUTING, now=NOW)
    assert [line.problem for line in priced.lines] == [None, None, "limit_reached"]


def test_seats_count_all_lines_of_a_cart() -> None:
    priced = quote([OfferWish(replace(CLASS, capacity=2), 1)] * 3, buyer=VISITOR, routing=ROUTING, now=NOW)
    assert [line.problem for line in priced.lines] == [None, None, "sold_out"]


def test_two_currencies_cannot_be_paid_together() -> None:
    with pytest.raises(rules.MixedCurrencies):
        quote(
            [OfferWish(CLASS, 1), OfferWish(replace(CLASS, currency="EUR"), 1)], buyer=VISITOR, routing=ROUTING, now=NOW
        )


def test_an_open_voucher_is_valid_from_the_purchase_and_refundable_until_redeemed() -> None:
    offer = replace(CLASS, kind="voucher", starts_at=None, ends_at=None, valid_days=90)
    line = quote([OfferWish(offer, 1)], buyer=VISITOR, routing=ROUTING, now=NOW).lines[0]
    assert (line.valid_until, line.refund_until) == (NOW + timedelta(days=90), None)


@pytest.mark.parametrize(
    ("after_h", "is_redeemed", "as_staff", "may"),
    [(0, False, False, True), (1, False, False, False), (1, False, True, True), (0, True, True, False)],
)
def test_B17_giving_back_ends_at_the_limit_by_the_given_clock(
    after_h: int, is_redeemed: bool, as_staff: bool, may: bool
) -> None:
    found = refund_rules.why_not_refund(
        refund_until=NOW,
        is_redeemed=is_redeemed,
        is_earned=False,
        is_refunded=False,
        as_staff=as_staff,
        now=NOW + timedelta(hours=after_h),
    )
    assert (found is None) is may


def test_an_open_voucher_can_be_given_back_until_its_money_is_the_sellers() -> None:
    facts = {"refund_until": None, "is_redeemed": False, "is_refunded": False, "as_staff": False, "now": NOW}
    assert refund_rules.why_not_refund(**facts, is_earned=False) is None
    assert refund_rules.why_not_refund(**facts, is_earned=True) == "too_late"
    assert refund_rules.why_not_refund(**{**facts, "as_staff": True}, is_earned=True) is None


@given(
    price=st.integers(0, 10_000_000),
    quantity=st.integers(1, 1000),
    discount=st.integers(0, 10_000),
    rates=st.lists(st.integers(0, 2500), max_size=4),
    hire=st.integers(0, 10_000_000),
    cut=st.integers(0, 100),
)
def test_shares_always_sum_to_what_is_paid_and_none_is_negative(
    price: int, quantity: int, discount: int, rates: list[int], hire: int, cut: int
) -> None:
    fund_rules = [
        RoutingRule(UUID(int=100 + n), 1, applies_to, f"c-fund{n}", "f", None, rate, "partner")
        for n, rate in enumerate(rates)
        for applies_to in ("service_turnover", "room_rent")
    ]
    room = replace(ROOM, list_minor=hire, payable_minor=hire * cut // 100)
    offer = replace(CLASS, unit_price_minor=price, resident_discount_bp=discount, capacity=1000)
    priced = quote(
        [OfferWish(offer, quantity), SpaceWish(room)],
        buyer=RESIDENT,
        routing={LIUYUAN: fund_rules, XIQIAO: fund_rules},
        now=NOW,
    )
    for line in priced.lines:
        assert sum(share.amount for share in line.shares) == line.payable_minor
        assert all(share.amount > 0 for share in line.shares)
        assert line.list_minor - sum(r.amount for r in line.reductions) == line.payable_minor >= 0
    assert (
        sum(share.amount for share in priced.shares)
        == priced.payable_minor
        == sum(line.payable_minor for line in priced.lines)
    )


def test_sellers_and_their_shares_are_named_in_both_languages() -> None:
    priced = rules.quote([OfferWish(CLASS, 1), SpaceWish(ROOM)], buyer=VISITOR, routing=ROUTING, now=NOW)
    named = [(line.seller, line.seller_en) for line in priced.lines]
    assert named == [("清荷", "Qinghe Studio"), ("溪桥公司", "Xiqiao Company")]
    assert [(line.shares[0].label, line.shares[0].label_en) for line in priced.lines] == named
