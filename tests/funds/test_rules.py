"""Routing to the unit, and the sums and words of the public page (L4, S3, M01, M03, O08)."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import InvalidInput
from market.funds.entries import donation_received
from market.funds.rules import (
    KINDS,
    RatesTooHigh,
    RoutingRule,
    Sum,
    check_public_label,
    income_by_kind,
    months,
    part_balance,
    route,
)
from market.money import Money


def rule(applies_to: str, fund: str, rate_bp: int, version: int = 1) -> RoutingRule:
    return RoutingRule(UUID(int=rate_bp + version), version, applies_to, fund, f"{fund} 基金", None, rate_bp)


LIUYUAN = [rule("service_turnover", "liuyuan-development", 300)]
XIQIAO = [rule("service_turnover", "xiqiao-development", 300), rule("room_rent", "xiqiao-charity", 1000)]
THREE = [rule("service_turnover", "a-development", 2000), rule("service_turnover", "a-charity", 1000)]


@pytest.mark.parametrize(
    ("what", "payable", "rules", "funds", "seller"),
    [
        ("a class in liuyuan at the resident's price", 8000, LIUYUAN, {"liuyuan-development": 240}, 7760),
        ("the same class for a visitor", 10_000, LIUYUAN, {"liuyuan-development": 300}, 9700),
        ("10.01 in three parts", 1001, THREE, {"a-development": 200, "a-charity": 100}, 701),
        ("one fen", 1, LIUYUAN, {"liuyuan-development": 0}, 1),
        ("nothing", 0, LIUYUAN, {"liuyuan-development": 0}, 0),
        ("a class where only rent is routed", 8000, XIQIAO[1:], {}, 8000),
        ("no rules", 8000, [], {}, 8000),
    ],
)
def test_service_turnover_is_routed(
    what: str, payable: int, rules: list[RoutingRule], funds: dict[str, int], seller: int
) -> None:
    shares = route(payable, "service_turnover", rules)
    assert {share.fund_slug: share.amount for share in shares} == funds, what
    assert payable - sum(share.amount for share in shares) == seller
    assert shares == route(payable, "service_turnover", rules), "every replay gives the same"


def test_two_hours_of_a_room_in_xiqiao_at_40_yuan() -> None:
    (share,) = route(2 * 4000, "room_rent", XIQIAO)
    assert (share.fund_slug, share.amount, share.label, share.rule.rate_bp) == (
        "xiqiao-charity",
        800,
        "xiqiao-charity 基金",
        1000,
    )
    assert 8000 - share.amount == 7200


def test_rules_that_give_away_more_than_everything_are_refused() -> None:
    with pytest.raises(RatesTooHigh):
        route(100, "donation", [rule("donation", "a-charity", 6000), rule("donation", "a-development", 4001)])
    assert (
        len(route(100, "donation", [rule("donation", "a-charity", 6000), rule("donation", "a-development", 4000)])) == 2
    )


@given(st.integers(min_value=0, max_value=10**12), st.lists(st.integers(min_value=0, max_value=2500), max_size=4))
def test_the_seller_bears_every_remainder_and_never_less_than_nothing(payable: int, rates: list[int]) -> None:
    shares = route(payable, "donation", [rule("donation", f"f{n}-charity", rate) for n, rate in enumerate(rates)])
    rest = payable - sum(share.amount for share in shares)
    assert 0 <= rest - payable * (10_000 - sum(rates)) // 10_000 <= len(rates)
    assert all(share.amount >= 0 for share in shares)


def test_a_donation_lies_in_the_bank_and_is_the_funds_income() -> None:
    (transfer,) = donation_received("liuyuan-charity", Money(500, "CNY"), label="义卖")
    assert (transfer.debit, transfer.credit) == ("bank:liuyuan-charity", "fund:liuyuan:charity:income")
    assert (transfer.amount, transfer.label) == (Money(500, "CNY"), "义卖")


SUMS = [
    Sum("income", "2025-11", "service_turnover", 1000, 4),
    Sum("income", "2025-12", "donation", 500, 1),
    Sum("income", "2026-02", "service_turnover", -100, 1),
    Sum("income", "2026-02", "internal", -400, 1),
    Sum("spendable", "2026-02", "internal", 400, 1),
    Sum("spendable", "2026-02", "spending", -150, 2),
]


def test_the_parts_of_a_fund_add_up_to_its_balance() -> None:
    assert [part_balance(SUMS, part) for part in ("income", "spendable", "reserved", None)] == [1000, 250, 0, 1250]


def test_income_is_told_by_its_source_with_refunds_taken_off() -> None:
    assert income_by_kind(SUMS) == [("service_turnover", 900, 5), ("donation", 500, 1)]


def test_months_have_no_gaps_and_end_with_the_balance() -> None:
    points = months(SUMS, this_month="2026-03")
    assert [(p.month, p.income, p.spent, p.balance) for p in points] == [
        ("2025-11", 1000, 0, 1000),
        ("2025-12", 500, 0, 1500),
        ("2026-01", 0, 0, 1500),
        ("2026-02", -100, 150, 1250),
        ("2026-03", 0, 0, 1250),
    ]
    assert months(SUMS, this_month="2026-03", limit=2) == points[-2:]
    assert months([], this_month="2026-03") == []


def test_every_kind_has_a_name_in_both_languages() -> None:
    assert all(zh and en and zh != en for zh, en in KINDS.values())


@pytest.mark.parametrize("label", ["请联系 anna@example.test", "张女士 138 0013 8000", "card 6222020200112233"])
def test_O08_a_public_label_holds_nobodys_address_or_number(label: str) -> None:
    with pytest.raises(InvalidInput):
        check_public_label("label", label)
    assert check_public_label("label", "2026 年重阳节义卖，共 35 件") == "2026 年重阳节义卖，共 35 件"
