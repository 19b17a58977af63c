"""What a pass is worth unit by unit, and what a line costs that is paid with one."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.checkout.coupon_rules import with_coupon
from market.checkout.cover_rules import with_subsidies
from market.checkout.entries import SoldLine, SoldShare, pass_expired, sale_refunded
from market.checkout.pass_rules import PassLeft, deferred, with_passes, worth
from market.checkout.rules import OfferWish, Quote, quote
from market.ledger import chart
from tests.checkout.test_coupon_rules import TEN_OFF
from tests.checkout.test_cover_rules import POOL
from tests.checkout.test_quotes import CLASS, NOW, RESIDENT, ROUTING, VISITOR

CARD = replace(
    CLASS, offer_id=UUID(int=90), listing_id=UUID(int=91), kind="voucher", starts_at=None, ends_at=None, valid_days=90
)
PASS = PassLeft(UUID(int=92), "十次卡", "Ten classes", frozenset({CLASS.listing_id}), 10, 50_000)
KINDS = {CARD.listing_id: 10}


def paid(*wishes: OfferWish, passes: list[PassLeft] | None = None) -> Quote:
    plain = quote(wishes, buyer=VISITOR, routing=ROUTING, now=NOW)
    return with_passes(plain, wishes, {each.id: each for each in (passes or [PASS])}, routing=ROUTING)


def test_a_pass_is_sold_without_shares_and_its_money_is_owed() -> None:
    wishes = [OfferWish(CARD, 1), OfferWish(CLASS, 1)]
    card, lesson = deferred(quote(wishes, buyer=VISITOR, routing=ROUTING, now=NOW), wishes, KINDS).lines
    assert (card.item_kind, [(s.to, s.amount, s.rule) for s in card.shares]) == (
        "pass",
        [("deferred:qinghe-studio", 10_000, None)],
    )
    assert (lesson.item_kind, len(lesson.shares)) == ("class", 2)


def test_a_pass_of_which_a_unit_would_be_worth_nothing_is_not_sold() -> None:
    wishes = [OfferWish(replace(CARD, unit_price_minor=9), 1)]
    assert deferred(quote(wishes, buyer=VISITOR, routing=ROUTING, now=NOW), wishes, KINDS).problem == "not_for_sale"


def test_neither_pools_nor_coupons_pay_for_a_pass() -> None:
    wishes = [OfferWish(CARD, 1)]
    sold = deferred(quote(wishes, buyer=RESIDENT, routing=ROUTING, now=NOW), wishes, KINDS)
    pool = replace(POOL, listing_ids=frozenset({CARD.listing_id}))
    assert with_subsidies(sold, wishes, buyer=RESIDENT, pools=[pool], routing=ROUTING).payable_minor == 8000
    assert with_coupon(sold, wishes, TEN_OFF, routing=ROUTING)[1].problem == "nothing_fits"


def test_a_line_paid_with_a_pass_costs_nothing_more_and_shares_what_the_unit_is_worth() -> None:
    line = paid(OfferWish(CLASS, 1, pass_id=PASS.id)).lines[0]
    assert (line.payable_minor, line.shares) == (0, ())
    assert [(r.reason, r.borne_by, r.amount) for r in line.reductions] == [("pass", "pass:qinghe-studio", 10_000)]
    (cover,) = line.covers
    assert (cover.amount, cover.units, cover.pass_id) == (5000, 1, PASS.id)
    assert [(s.to, s.amount) for s in cover.shares] == [
        ("partner:qinghe-studio", 4850),
        ("fund:liuyuan-development", 150),
    ]


@pytest.mark.parametrize(
    "change",
    [{"is_usable": False}, {"listing_ids": frozenset()}, {"units_left": 1, "value": 5000}, {"id": UUID(int=93)}],
)
def test_a_pass_that_does_not_fit_is_said(change: dict[str, object]) -> None:
    found = paid(OfferWish(CLASS, 2, pass_id=PASS.id), passes=[replace(PASS, **change)])
    assert (found.problem, found.payable_minor) == ("pass_not_usable", 20_000)


def test_two_lines_share_what_is_left_of_one_pass() -> None:
    other = replace(CLASS, offer_id=UUID(int=94))
    left = replace(PASS, units_left=1, value=5001)
    found = paid(OfferWish(CLASS, 1, pass_id=PASS.id), OfferWish(other, 1, pass_id=PASS.id), passes=[left])
    assert [line.problem for line in found.lines] == [None, "pass_not_usable"]
    assert found.lines[0].covers[0].amount == 5001


@given(st.integers(1, 40), st.integers(0, 10**6), st.lists(st.integers(1, 7), max_size=40))
def test_however_units_are_used_and_returned_a_pass_is_worth_what_was_paid_for_it(
    units: int, more: int, uses: list[int]
) -> None:
    value = whole = units + more
    left, taken = units, []
    for number, use in enumerate(uses):
        if use > left:
            if taken:
                back = taken.pop()
                left, value = left + back[0], value + back[1]
            continue
        amount = worth(value, left, use)
        assert amount >= use and value - amount >= left - use
        left, value = left - use, value - amount
        taken.append((use, amount))
        assert (left == 0) == (value == 0), number
    assert value + sum(amount for _, amount in taken) == whole


@pytest.mark.parametrize(("value", "left", "units"), [(10, 2, 3), (10, 2, 0), (1, 2, 1), (0, 0, 1)])
def test_units_that_are_not_there_are_worth_nothing(value: int, left: int, units: int) -> None:
    with pytest.raises(ValueError, match="not so many"):
        worth(value, left, units)


def test_what_is_kept_at_the_end_is_turnover() -> None:
    line = SoldLine("十次卡", "CNY", (SoldShare("partner:a", 97), SoldShare("fund:liuyuan-development", 3)))
    assert [(t.debit, t.credit, t.amount.minor) for t in pass_expired(line, partner="a")] == [
        (chart.partner_deferred("a"), chart.partner_available("a"), 97),
        (chart.partner_deferred("a"), chart.fund_income("liuyuan-development"), 3),
    ]


def test_money_of_used_units_that_is_taken_back_all_the_same_is_owed_by_the_partner() -> None:
    line = SoldLine("十次卡", "CNY", (SoldShare("deferred:a", 100),), spent=40)
    assert line.free == 60
    assert [(t.debit, t.amount.minor) for t in sale_refunded(line, 100)] == [
        (chart.partner_deferred("a"), 60),
        (chart.partner_owed("a"), 40),
    ]
    assert [(t.debit, t.amount.minor) for t in sale_refunded(line, 60)] == [(chart.partner_deferred("a"), 60)]
