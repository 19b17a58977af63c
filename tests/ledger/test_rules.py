"""Groups of transfers, their reversal and their unwinding in part, as pure functions (M03, M05, M27, M28)."""

from datetime import UTC, datetime
from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.ledger import chart
from market.ledger.rules import (
    FIRST_LINK,
    InvalidTransfer,
    MixedCurrencies,
    SealedRow,
    Transfer,
    canonical,
    checked_group,
    link,
    reversal,
    same_movement,
    unwind,
)
from market.money import Money

RULE = UUID("0190a000-0000-7000-8000-000000000001")


def sale(*amounts: int, currency: str = "CNY") -> list[Transfer]:
    return [
        Transfer(chart.provider_stripe(), f"partner:p{number}:pending", Money(amount, currency), label="一节课")
        for number, amount in enumerate(amounts)
    ]


def given_back(transfers: list[Transfer], steps: list[Transfer]) -> list[int]:
    return [sum(s.amount.minor for s in steps if (s.debit, s.credit) == (t.credit, t.debit)) for t in transfers]


def test_M05_a_group_of_two_currencies_is_refused() -> None:
    with pytest.raises(MixedCurrencies) as refusal:
        checked_group([*sale(100), *sale(100, currency="EUR")])
    assert refusal.value.status == 409


def test_M03_what_moves_nothing_is_left_out() -> None:
    group = checked_group(sale(1, 0))
    assert [t.amount.minor for t in group] == [1]
    assert checked_group(sale(0)) == ()


@pytest.mark.parametrize(
    ("debit", "credit", "minor", "label"),
    [("a", "a", 1, ""), ("a", "b", -1, ""), ("", "b", 1, ""), ("a", "b", 1, "x" * 501), ("a", "b", 1, "a\0b")],
)
def test_an_impossible_transfer_is_refused(debit: str, credit: str, minor: int, label: str) -> None:
    with pytest.raises(InvalidTransfer):
        Transfer(debit, credit, Money(minor, "CNY"), label=label)


def test_a_reversal_is_the_opposite_group() -> None:
    group = [Transfer("a", "b", Money(7, "CNY"), RULE, "x")]
    assert reversal(group) == [Transfer("b", "a", Money(7, "CNY"), RULE, "x")]
    assert reversal(reversal(group)) == group


def test_the_same_movement_may_be_worded_and_ordered_differently() -> None:
    one, two = sale(7760, 240)
    assert same_movement([one, two], [Transfer(two.debit, two.credit, two.amount, label="other words"), one])
    assert not same_movement([one, two], [one])
    assert not same_movement([one], [Transfer(one.debit, one.credit, one.amount, RULE)])
    assert not same_movement([one], [one, one])


@pytest.mark.parametrize(
    ("amounts", "part", "whole", "already", "expected"),
    [
        ((7760, 240), 8000, 8000, 0, [7760, 240]),
        ((7760, 240), 4000, 8000, 0, [3880, 120]),
        ((7760, 240), 2666, 8000, 0, [2586, 80]),
        ((7760, 240), 4000, 8000, 4000, [3880, 120]),
        ((701, 200, 100), 334, 1001, 0, [234, 67, 33]),
        ((1, 0), 1, 1, 0, [1, 0]),
    ],
)
def test_M28_a_part_goes_back_from_everybody_in_proportion(
    amounts: tuple[int, ...], part: int, whole: int, already: int, expected: list[int]
) -> None:
    assert given_back(sale(*amounts), unwind(sale(*amounts), part, whole, already)) == expected


@given(
    st.lists(st.integers(min_value=0, max_value=50_000), min_size=1, max_size=6).filter(any),
    st.lists(st.integers(min_value=1, max_value=400_000), min_size=1, max_size=8),
)
def test_M27_M28_any_series_of_refunds_is_exact_and_never_above_the_original(
    amounts: list[int], wishes: list[int]
) -> None:
    group, whole = sale(*amounts), sum(amounts)
    already, returned = 0, [0] * len(amounts)
    for wish in [*wishes, whole]:
        part = min(wish, whole - already)
        if part == 0:
            break
        steps = unwind(group, part, whole, already)
        assert sum(s.amount.minor for s in steps) == part
        assert all(s.amount.minor > 0 for s in steps)
        already += part
        returned = [one + two for one, two in zip(returned, given_back(group, steps), strict=True)]
        exact = [Fraction(amount * already, whole) for amount in amounts]
        bound = 1 if len(amounts) <= 3 else 2
        assert all(abs(one - two) < bound for one, two in zip(returned, exact, strict=True))
        assert all(one <= two for one, two in zip(returned, amounts, strict=True))
    assert already < whole or returned == amounts


def test_M28_unit_by_unit_until_nothing_is_left_nobody_is_drained_first() -> None:
    group = sale(776, 24, 0, 13, 187)
    returned = [0] * 5
    for already in range(1000):
        (step,) = unwind(group, 1, 1000, already)
        returned[[t.credit for t in group].index(step.debit)] += 1
        if already == 499:
            assert returned[0] in (387, 388, 389)
            assert returned[1] in (11, 12, 13)
    assert returned == [776, 24, 0, 13, 187]


@given(st.lists(st.integers(min_value=1, max_value=900), min_size=1, max_size=5), st.integers(min_value=1, max_value=3))
def test_an_unwinding_of_a_group_that_sums_to_more_than_the_whole_is_complete_in_the_end(
    amounts: list[int], times: int
) -> None:
    group = sale(*amounts)
    whole = sum(amounts) * times
    steps = unwind(group, whole // 2, whole) if whole // 2 else []
    steps += unwind(group, whole - whole // 2, whole, whole // 2)
    assert given_back(group, steps) == amounts


@pytest.mark.parametrize(("part", "whole", "already"), [(0, 10, 0), (-1, 10, 0), (11, 10, 0), (6, 10, 5), (1, 10, -1)])
def test_more_than_the_whole_never_goes_back(part: int, whole: int, already: int) -> None:
    with pytest.raises(ValueError, match="what goes back"):
        unwind(sale(whole), part, whole, already)


def row(**other: object) -> SealedRow:
    facts: dict[str, object] = {
        "id": 1, "event_id": RULE, "event_key": "k", "kind": "sale_paid", "reverses": None, "reference": {"b": 1, "a": "x"},
        "debit": "a", "credit": "b", "amount_minor": 5, "currency": "CNY", "rule_id": RULE, "label": "课",
        "occurred_at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return SealedRow(**(facts | other))


def test_every_fact_of_a_row_enters_its_link() -> None:
    changes: list[dict[str, object]] = [
        {"id": 2}, {"event_id": uuid4()}, {"event_key": "l"}, {"kind": "x"}, {"reverses": RULE}, {"reference": {"a": "x"}}, {"debit": "c"},
        {"credit": "c"}, {"amount_minor": 6}, {"currency": "EUR"}, {"rule_id": None}, {"label": "课 "},
        {"occurred_at": datetime(2026, 1, 1, microsecond=1, tzinfo=UTC)},
    ]  # fmt: skip
    assert len(changes) == len(SealedRow.__dataclass_fields__)
    links = {link(FIRST_LINK, row(**change)) for change in [{}, *changes]}
    assert len(links) == len(changes) + 1
    assert link(link(FIRST_LINK, row()), row()) != link(FIRST_LINK, row())
    assert canonical(row(reference={"a": "x", "b": 1})) == canonical(row())


def test_the_chart_of_accounts() -> None:
    assert chart.fund_income("liuyuan-development") == "fund:liuyuan:development:income"
    assert chart.fund_spendable("bei-he-charity") == "fund:bei-he:charity:spendable"
    assert chart.fund_reserved("x-charity") == "fund:x:charity:reserved"
    assert [chart.partner_pending("p"), chart.partner_available("p"), chart.partner_owed("p")] == [
        "partner:p:pending", "partner:p:available", "partner:p:owed",
    ]  # fmt: skip
    assert [chart.provider_stripe(), chart.desk("c"), chart.bank("f"), chart.platform_fee(), chart.provider_fees(), chart.suspense()] == [
        "provider:stripe", "desk:c", "bank:f", "platform:fee", "provider:fees", "suspense",
    ]  # fmt: skip
    assert [chart.enterprise_income("e"), chart.enterprise_cost("e")] == ["enterprise:e:income", "enterprise:e:cost"]
    with pytest.raises(ValueError, match="not the slug of a fund"):
        chart.fund_income("nothing")
