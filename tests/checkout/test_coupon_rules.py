"""What a coupon takes off, from which lines, and who bears it."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.checkout.coupon_rules import Coupon, Taken, with_coupon
from market.checkout.coupons import normal_code
from market.checkout.cover_rules import with_subsidies
from market.checkout.rules import OfferWish, Quote, SpaceWish, Wish, quote
from tests.checkout.test_cover_rules import POOL
from tests.checkout.test_quotes import CLASS, LIUYUAN, NOW, RESIDENT, ROOM, ROUTING, VISITOR, XIQIAO

TEN_OFF = Coupon(UUID(int=80), "TENOFF", "减十元", None, LIUYUAN, None, "platform", 1000, None, 0)
SOURCES = ["platform", "partner:qinghe-studio", "subsidy:liuyuan-meals"]


def taken(coupon: Coupon, *wishes: Wish, buyer: object = VISITOR) -> tuple[Quote, Taken]:
    plain = quote(wishes, buyer=buyer, routing=ROUTING, now=NOW)
    return with_coupon(plain, wishes, coupon, routing=ROUTING)


def test_the_platforms_coupon_is_turnover_that_the_platform_pays() -> None:
    found, what = taken(TEN_OFF, OfferWish(CLASS, 1))
    line = found.lines[0]
    assert what == Taken(1000)
    assert (found.payable_minor, [(r.reason, r.borne_by, r.amount) for r in line.reductions]) == (
        9000,
        [("coupon", "platform", 1000)],
    )
    assert [(s.to, s.amount) for s in line.shares] == [
        ("partner:qinghe-studio", 8730),
        ("fund:liuyuan-development", 270),
    ]
    assert [(c.source, c.amount, [s.amount for s in c.shares]) for c in line.covers] == [("platform", 1000, [970, 30])]


def test_the_partners_coupon_is_a_lower_price() -> None:
    coupon = replace(TEN_OFF, source="partner:qinghe-studio", partner_id=CLASS.partner_id)
    line = taken(coupon, OfferWish(CLASS, 1))[0].lines[0]
    assert (line.payable_minor, line.covers) == (9000, ())
    assert [(r.reason, r.borne_by, r.amount) for r in line.reductions] == [("coupon", "partner:qinghe-studio", 1000)]
    assert [s.amount for s in line.shares] == [8730, 270]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"problem": "used_up"}, "used_up"),
        ({"community_id": XIQIAO}, "nothing_fits"),
        ({"partner_id": UUID(int=99)}, "nothing_fits"),
        ({"minimum": 10_001}, "below_minimum"),
        ({"left": 999}, "pool_empty"),
        ({"amount": None, "rate_bp": 0}, "nothing_fits"),
        ({"minimum": 10_000, "left": 1000}, None),
    ],
)
def test_what_is_in_the_way_is_said_and_the_price_stays(change: dict[str, object], problem: str | None) -> None:
    found, what = taken(replace(TEN_OFF, **change), OfferWish(CLASS, 1))
    assert (what.problem, found.payable_minor) == (problem, 9000 if problem is None else 10_000)


def test_rooms_and_lines_with_a_subsidy_are_left_alone() -> None:
    found, what = taken(TEN_OFF, SpaceWish(ROOM))
    assert (what, found.payable_minor) == (
        Taken(0, "nothing_fits"),
        quote([SpaceWish(ROOM)], buyer=VISITOR, routing=ROUTING, now=NOW).payable_minor,
    )
    wishes = [OfferWish(CLASS, 1)]
    plain = quote(wishes, buyer=RESIDENT, routing=ROUTING, now=NOW)
    helped = with_subsidies(plain, wishes, buyer=RESIDENT, pools=[POOL], routing=ROUTING)
    assert with_coupon(helped, wishes, TEN_OFF, routing=ROUTING)[1] == Taken(0, "nothing_fits")


def test_what_the_same_pool_pays_of_the_same_cart_counts() -> None:
    other = replace(CLASS, offer_id=UUID(int=71), listing_id=UUID(int=72))
    wishes = [OfferWish(CLASS, 1), OfferWish(other, 1)]
    plain = quote(wishes, buyer=RESIDENT, routing=ROUTING, now=NOW)
    helped = with_subsidies(plain, wishes, buyer=RESIDENT, pools=[POOL], routing=ROUTING)
    coupon = replace(TEN_OFF, source=POOL.source)
    assert with_coupon(helped, wishes, replace(coupon, left=3999), routing=ROUTING)[1].problem == "pool_empty"
    assert with_coupon(helped, wishes, replace(coupon, left=4000), routing=ROUTING)[1] == Taken(1000)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 4)), min_size=1, max_size=5),
    st.one_of(st.tuples(st.integers(1, 10**6), st.none()), st.tuples(st.none(), st.integers(1, 10_000))),
    st.sampled_from(SOURCES),
)
def test_however_it_is_laid_over_the_lines_every_unit_is_accounted_for(
    cart: list[tuple[int, int]], off: tuple[int | None, int | None], source: str
) -> None:
    wishes = [
        OfferWish(replace(CLASS, offer_id=UUID(int=100 + n), unit_price_minor=price), quantity)
        for n, (price, quantity) in enumerate(cart)
    ]
    before = quote(wishes, buyer=VISITOR, routing=ROUTING, now=NOW)
    coupon = replace(TEN_OFF, amount=off[0], rate_bp=off[1], source=source)
    found, what = with_coupon(before, wishes, coupon, routing=ROUTING)
    assert before.payable_minor - found.payable_minor == what.amount
    assert found.payable_minor >= 0
    assert sum(r.amount for line in found.lines for r in line.reductions if r.reason == "coupon") == what.amount
    for line in found.lines:
        assert sum(s.amount for s in line.shares) == line.payable_minor
        assert all(sum(s.amount for s in cover.shares) == cover.amount for cover in line.covers)
    covered = sum(cover.amount for line in found.lines for cover in line.covers)
    assert covered == (0 if source.startswith("partner:") else what.amount)


@pytest.mark.parametrize(
    ("raw", "code"),
    [(" ten-off ", "TENOFF"), ("Ab 12", "AB12"), ("ABC", ""), ("减十元", ""), ("A" * 21, ""), ("AB_12", ""), ("", "")],
)
def test_codes_are_read_as_people_type_them(raw: str, code: str) -> None:
    assert normal_code(raw) == code
