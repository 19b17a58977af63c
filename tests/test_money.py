"""Amounts are exact whole numbers of minor units, and no unit is lost when one is split (M01, M02, M04–M07)."""

import random
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.money import EXPONENTS, MAX_MINOR, AmountOutOfRange, CurrencyMismatch, Money, decimal_text, share, split

amounts = st.integers(min_value=0, max_value=MAX_MINOR)
weights = st.lists(st.integers(min_value=0, max_value=10_000), min_size=1, max_size=8).filter(any)


def test_M01_ten_yuan_and_one_fen_in_three_parts() -> None:
    assert split(1001, [70, 20, 10]) == [701, 200, 100]
    assert [split(1001, [70, 20, 10]) for _ in range(3)] == [[701, 200, 100]] * 3


@pytest.mark.parametrize(
    ("amount", "by", "parts"),
    [
        (0, [1, 1], [0, 0]),
        (1, [1, 1, 1], [1, 0, 0]),
        (2, [1, 1, 1], [1, 1, 0]),
        (100, [0, 1], [0, 100]),
        (5, [0, 3, 3], [0, 3, 2]),
        (8000, [9700, 300], [7760, 240]),
        (MAX_MINOR, [1, 1, 1], [333333333333334, 333333333333333, 333333333333333]),
    ],
)
def test_a_split_hands_left_over_units_out_in_the_listed_order(amount: int, by: list[int], parts: list[int]) -> None:
    assert split(amount, by) == parts


@given(amounts, weights)
def test_M02_parts_sum_to_the_whole_and_stay_within_a_unit(amount: int, by: list[int]) -> None:
    parts = split(amount, by)
    assert sum(parts) == amount
    assert all(isinstance(part, int) and part >= 0 for part in parts)
    assert all(abs(part - Fraction(amount * weight, sum(by))) <= 1 for part, weight in zip(parts, by, strict=True))
    assert all(part == 0 for part, weight in zip(parts, by, strict=True) if weight == 0)


def test_M02_every_small_amount_and_a_sample_up_to_100_000_by_fifty_tables() -> None:
    chance = random.Random(20)
    tables = [
        [chance.randint(0, 9_999) for _ in range(chance.randint(1, 5))] + [chance.randint(1, 9_999)] for _ in range(50)
    ]
    for amount in [*range(1, 400), *range(401, 100_001, 499)]:
        for table in tables:
            parts = split(amount, table)
            assert sum(parts) == amount
            assert min(parts) >= 0


@pytest.mark.parametrize(("amount", "by"), [(-1, [1]), (1, []), (1, [0]), (1, [-1, 2])])
def test_a_split_without_a_receiver_is_refused(amount: int, by: list[int]) -> None:
    with pytest.raises(ValueError, match="split needs"):
        split(amount, by)


@pytest.mark.parametrize(
    ("amount", "rate_bp", "due"),
    [
        (8000, 300, 240),
        (10_000, 300, 300),
        (8000, 1000, 800),
        (1001, 2000, 200),
        (1, 300, 0),
        (33, 300, 0),
        (34, 300, 1),
        (5, 10_000, 5),
    ],
)
def test_a_share_is_rounded_down(amount: int, rate_bp: int, due: int) -> None:
    assert share(amount, rate_bp) == due


@given(amounts, st.integers(min_value=0, max_value=10_000))
def test_a_share_is_never_more_than_its_rate_and_less_than_a_unit_below(amount: int, rate_bp: int) -> None:
    exact = Fraction(amount * rate_bp, 10_000)
    assert exact - 1 < share(amount, rate_bp) <= exact


@pytest.mark.parametrize(("amount", "rate_bp"), [(-1, 1), (1, -1), (1, 10_001)])
def test_a_share_of_nothing_sensible_is_refused(amount: int, rate_bp: int) -> None:
    with pytest.raises(ValueError, match="a share needs"):
        share(amount, rate_bp)


def test_M04_each_currency_has_its_own_number_of_places() -> None:
    assert str(Money(501, "JPY")) == "501 JPY"
    assert str(Money(501, "KWD")) == "0.501 KWD"
    assert str(Money(-8000, "CNY")) == "-80.00 CNY"
    assert decimal_text(5, "CNY") == "0.05"
    assert decimal_text(0, "JPY") == "0"
    assert split(501, [70, 30]) == [351, 150]
    assert all(
        decimal_text(10**places, currency).replace(".", "").startswith("1") for currency, places in EXPONENTS.items()
    )
    with pytest.raises(ValueError, match="unknown currency"):
        Money(1, "XXX")


def test_M05_two_currencies_are_never_combined() -> None:
    yuan, yen = Money(100, "CNY"), Money(100, "JPY")
    for combine in (
        lambda: yuan + yen,
        lambda: yuan - yen,
        lambda: yuan < yen,
        lambda: yuan <= yen,
        lambda: yuan > yen,
    ):
        with pytest.raises(CurrencyMismatch):
            combine()
    assert yuan != yen


@pytest.mark.parametrize("minor", [0.1, 1.0, float("nan"), "1e3", True, None, 2**63, 10**30, -MAX_MINOR - 1])
def test_M06_an_amount_is_a_whole_number_within_bounds(minor: object) -> None:
    with pytest.raises(AmountOutOfRange):
        Money(minor, "CNY")


def test_M07_a_price_times_a_quantity_beyond_the_bound_is_refused_as_input() -> None:
    with pytest.raises(AmountOutOfRange) as refusal:
        Money(100_000_000, "CNY") * 2**31
    assert refusal.value.status == 422
    with pytest.raises(AmountOutOfRange):
        Money(100, "CNY") * 1.5
    with pytest.raises(AmountOutOfRange):
        Money(MAX_MINOR, "CNY") + Money(1, "CNY")


def test_amounts_of_one_currency_add_subtract_and_compare() -> None:
    steps = [Money(minor, "CNY") for minor in (-5, 0, 3, 8)]
    assert all(one < two and one <= two and two > one for one, two in pairwise(steps))
    assert Money(3, "CNY") + Money(5, "CNY") == Money(8, "CNY") == Money(4, "CNY") * 2
    assert -(Money(3, "CNY") - Money(8, "CNY")) == Money(5, "CNY")
