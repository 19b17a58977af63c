"""Every field of a priced line, as an order freezes it (M41): nothing of it may come from somewhere else."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from market.checkout.rules import OfferWish, PricedLine, Quote, SpaceWish, quote, quote_of, totals
from market.checkout.share_rules import Reduction, RuleUsed, Share
from market.money import AmountOutOfRange, CurrencyMismatch, Money
from market.spaces.cancellation import Step
from tests.checkout.test_quotes import (
    CHARITY_10,
    CLASS,
    DEVELOPMENT_3,
    LIUYUAN,
    NOW,
    RESIDENT,
    ROOM,
    ROUTING,
    VISITOR,
    XIQIAO,
)

SELLER = Share("partner:qinghe-studio", "清荷", "Qinghe Studio", 0)
LESSON = PricedLine(
    item_kind="class",
    title="瑜伽",
    title_en="Yoga",
    quantity=2,
    list_minor=20_000,
    reductions=(Reduction("resident_price", "partner:qinghe-studio", 4000),),
    payable_minor=16_000,
    currency="CNY",
    shares=(
        replace(SELLER, amount=15_520),
        Share(
            "fund:liuyuan-development", "柳园发展基金", "Liuyuan development", 480, RuleUsed(DEVELOPMENT_3.id, 1, 300)
        ),
    ),
    community_id=LIUYUAN,
    time_zone="Asia/Shanghai",
    seller="清荷",
    seller_en="Qinghe Studio",
    starts_at=NOW + timedelta(days=3),
    ends_at=NOW + timedelta(days=3, hours=1),
    refund_until=NOW + timedelta(days=2),
    partner_id=UUID(int=9),
    listing_id=UUID(int=8),
    offer_id=UUID(int=7),
    seller_share=SELLER,
    applies_to="service_turnover",
)
HALL = PricedLine(
    item_kind="space",
    title="议事厅",
    title_en="Meeting hall",
    quantity=1,
    list_minor=9000,
    reductions=(Reduction("tariff_resident", "enterprise:xiqiao-enterprise", 1000),),
    payable_minor=8000,
    currency="CNY",
    shares=(
        Share("enterprise:xiqiao-enterprise", "溪桥公司", "Xiqiao Company", 7200),
        Share("fund:xiqiao-charity", "溪桥公益基金", "Xiqiao charity", 800, RuleUsed(CHARITY_10.id, 4, 1000)),
    ),
    community_id=XIQIAO,
    time_zone="Asia/Shanghai",
    seller="溪桥公司",
    seller_en="Xiqiao Company",
    starts_at=NOW + timedelta(days=2),
    ends_at=NOW + timedelta(days=2, hours=2),
    refund_until=NOW + timedelta(days=1),
    attendees=4,
    space_id=UUID(int=5),
    tariff={"parts": []},
    renter_id=UUID(int=77),
    cancellation=(Step(24, 10_000),),
    repeat="FREQ=WEEKLY",
)


def test_a_class_freezes_exactly_this() -> None:
    assert quote([OfferWish(CLASS, 2)], buyer=RESIDENT, routing=ROUTING, now=NOW).lines == (LESSON,)


def test_an_open_voucher_has_no_time_but_an_end() -> None:
    voucher = replace(CLASS, kind="voucher", starts_at=None, ends_at=None, valid_days=30)
    line = quote([OfferWish(voucher, 2)], buyer=RESIDENT, routing=ROUTING, now=NOW).lines[0]
    assert line == replace(
        LESSON,
        item_kind="voucher",
        starts_at=None,
        ends_at=None,
        refund_until=None,
        valid_until=NOW + timedelta(days=30),
    )
    timed = quote([OfferWish(replace(CLASS, valid_days=30), 2)], buyer=RESIDENT, routing=ROUTING, now=NOW).lines[0]
    assert timed.valid_until is None


def test_a_room_freezes_exactly_this() -> None:
    terms = {
        "audience": "resident",
        "tariff": {"parts": []},
        "renter_id": UUID(int=77),
        "cancellation": (Step(24, 10_000),),
    }
    room = replace(ROOM, list_minor=9000, market_minor=9000, **terms)
    wish = SpaceWish(room, attendees=4, repeat="FREQ=WEEKLY")
    assert quote([wish], buyer=RESIDENT, routing=ROUTING, now=NOW).lines == (HALL,)


@pytest.mark.parametrize(
    ("change", "wish", "problem"),
    [
        ({}, {}, None),
        ({}, {"is_free": False}, "slot_taken"),
        ({"problem": "closed"}, {"is_free": False}, "closed"),
        ({"max_open_bookings": 2}, {"already": 1}, None),
        ({"max_open_bookings": 2}, {"already": 2}, "limit_reached"),
        ({"max_open_bookings": 2}, {"already": 3, "is_free": False}, "slot_taken"),
        ({"enterprise_slug": None, "enterprise_name": None, "enterprise_name_en": None}, {}, "not_for_sale"),
    ],
)
def test_what_is_in_the_way_of_a_room(change: dict[str, object], wish: dict[str, object], problem: str | None) -> None:
    found = quote([SpaceWish(replace(ROOM, **change), **wish)], buyer=VISITOR, routing=ROUTING, now=NOW)
    assert (found.problem, found.lines[0].problem) == (problem, problem)


def test_a_room_of_nobody_that_costs_nothing_can_be_had() -> None:
    room = replace(
        ROOM, enterprise_slug=None, enterprise_name=None, enterprise_name_en=None, list_minor=0, payable_minor=0
    )
    line = quote([SpaceWish(room)], buyer=VISITOR, routing=ROUTING, now=NOW).lines[0]
    assert (line.problem, line.shares, line.seller, line.seller_en) == (None, (), "", None)


def test_a_stall_goes_by_the_rules_of_stalls_and_a_community_without_rules_gives_nothing_away() -> None:
    stall = replace(ROOM, kind="stall")
    assert len(quote([SpaceWish(stall)], buyer=VISITOR, routing=ROUTING, now=NOW).lines[0].shares) == 1
    assert len(quote([SpaceWish(ROOM)], buyer=VISITOR, routing={}, now=NOW).lines[0].shares) == 1
    assert len(quote([OfferWish(CLASS, 1)], buyer=VISITOR, routing={}, now=NOW).lines[0].shares) == 1


@pytest.mark.parametrize(
    ("change", "already", "quantity", "problem"),
    [
        ({"max_per_person": 3}, 1, 2, None),
        ({"max_per_person": 3}, 2, 2, "limit_reached"),
        ({"capacity": 12, "taken": 10}, 0, 2, None),
        ({"capacity": 11, "taken": 10}, 0, 2, "sold_out"),
        ({"capacity": 10, "taken": 10}, 0, 1, "sold_out"),
        ({"eligibility_group": "elder"}, 0, 1, "not_eligible"),
        ({"partner_status": "left"}, 0, 1, "not_for_sale"),
        ({"sale_ends_at": NOW}, 0, 1, "sale_ended"),
    ],
)
def test_what_is_in_the_way_of_an_offer(
    change: dict[str, object], already: int, quantity: int, problem: str | None
) -> None:
    offer = replace(CLASS, **change)
    assert quote([OfferWish(offer, quantity, already)], buyer=VISITOR, routing=ROUTING, now=NOW).problem == problem
    if problem == "sold_out":
        claimed = [OfferWish(offer, quantity, already, is_claimed=True)]
        assert quote(claimed, buyer=VISITOR, routing=ROUTING, now=NOW).problem is None


def test_a_quote_is_its_lines_added_up() -> None:
    assert quote_of([LESSON, HALL]) == Quote(
        (LESSON, HALL), "CNY", 29_000, 24_000,
        (LESSON.shares[0], replace(LESSON.shares[1], rule=None), HALL.shares[0], replace(HALL.shares[1], rule=None)),
    )  # fmt: skip
    assert totals([LESSON, LESSON])[1] == Share("fund:liuyuan-development", "柳园发展基金", "Liuyuan development", 960)
    with pytest.raises(ValueError, match=r"^lines of different currencies cannot be paid together$"):
        quote_of([LESSON, replace(HALL, currency="EUR")])


@pytest.mark.parametrize("minor", [1.0, True, 10**15 + 1, -(10**15) - 1, "1"])
def test_M06_an_amount_that_is_none_says_so(minor: object) -> None:
    with pytest.raises(AmountOutOfRange, match=r"^An amount is a whole number of minor units of at most 10\^15\.$"):
        Money(minor, "CNY")
    assert abs(Money(-(10**15), "CNY").minor) == Money(10**15, "CNY").minor


@pytest.mark.parametrize("quantity", [1.0, True, "2"])
def test_M06_an_amount_is_multiplied_by_a_whole_number_only(quantity: object) -> None:
    with pytest.raises(AmountOutOfRange, match=r"^An amount is multiplied by a whole number only\.$"):
        Money(1, "CNY") * quantity
    assert Money(7, "CNY") * 3 == Money(21, "CNY")


def test_M05_two_currencies_are_named_and_an_unknown_one_too() -> None:
    one, other = Money(1, "CNY"), Money(1, "EUR")
    for mixed in (lambda: one + other, lambda: one - other, lambda: one < other, lambda: one <= other):
        with pytest.raises(CurrencyMismatch, match=r"^CNY and EUR cannot be combined$"):
            mixed()
    with pytest.raises(ValueError, match=r"^unknown currency 'XXX'$"):
        Money(1, "XXX")
    assert one <= Money(1, "CNY") and not one < Money(1, "CNY") and one < Money(2, "CNY")
