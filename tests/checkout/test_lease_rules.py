"""What a month of a lease costs (T2)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.checkout.lease_rules import (
    Indexed,
    LeaseTerms,
    Rent,
    indexed,
    last_covered,
    months_due,
    next_month,
    rent_of,
)

OCTOBER = date(2026, 10, 1)


def terms(**facts: object) -> LeaseTerms:
    plain = {"first_day": date(2026, 9, 1), "last_day": date(2027, 8, 31), "base_minor": 310_000, "share_bp": 500}
    return LeaseTerms(**{**plain, **facts})


@pytest.mark.parametrize(
    ("facts", "turnover", "expected"),
    [
        ({}, 1_000_000, Rent(310_000, 50_000, 360_000)),
        ({"mode": "max"}, 1_000_000, Rent(310_000, 50_000, 310_000)),
        ({"mode": "max"}, 10_000_000, Rent(310_000, 500_000, 500_000)),
        ({"base_minor": 0, "minimum_minor": 80_000}, 1_000_000, Rent(0, 50_000, 80_000)),
        ({"base_minor": 0, "minimum_minor": 80_000}, 2_000_001, Rent(0, 100_000, 100_000)),
        ({"first_day": date(2026, 10, 22)}, 0, Rent(100_000, 0, 100_000)),  # ten of thirty-one days
        ({"last_day": date(2026, 10, 10)}, 0, Rent(100_000, 0, 100_000)),
        ({"first_day": OCTOBER, "rent_free_weeks": 3}, 0, Rent(100_000, 0, 100_000)),  # from the 22nd on
        ({"first_day": OCTOBER, "rent_free_weeks": 6, "minimum_minor": 9_000}, 0, Rent(0, 0, 0)),
        ({"first_day": date(2026, 11, 5)}, 0, Rent(0, 0, 0)),
    ],
)
def test_a_month_costs_base_and_share_as_the_contract_says(
    facts: dict[str, object], turnover: int, expected: Rent
) -> None:
    assert rent_of(terms(**facts), OCTOBER, turnover) == expected


def test_an_indexed_rent_counts_from_its_month_on_and_the_last_one_counts() -> None:
    steps = (Indexed(date(2026, 11, 1), 330_000, 90_000), Indexed(date(2026, 12, 1), 350_000, 0))
    lease = terms(minimum_minor=80_000, indexed=steps[::-1])
    assert [lease.sums_in(month) for month in (OCTOBER, *(each.month for each in steps), date(2027, 5, 1))] == [
        (310_000, 80_000),
        (330_000, 90_000),
        (350_000, 0),
        (350_000, 0),
    ]
    assert rent_of(lease, date(2026, 11, 1), 0) == Rent(330_000, 0, 330_000)
    half = terms(first_day=date(2026, 11, 16), indexed=steps)
    assert rent_of(half, date(2026, 11, 1), 0).base == 165_000


@pytest.mark.parametrize(
    ("amount", "numerator", "denominator", "expected"),
    [
        (310_000, 10_300, 10_000, 319_300),
        (100_001, 10_250, 10_000, 102_501),
        (310_000, 10_512, 10_240, 318_234),
        (0, 2, 1, 0),
    ],
)
def test_an_amount_follows_an_index_rounded_down(amount: int, numerator: int, denominator: int, expected: int) -> None:
    assert indexed(amount, numerator=numerator, denominator=denominator) == expected


def test_turnover_is_never_below_nothing() -> None:
    with pytest.raises(ValueError, match="below nothing"):
        rent_of(terms(), OCTOBER, -1)


def test_a_month_is_due_when_its_last_leased_day_is_over() -> None:
    lease = terms(first_day=date(2026, 9, 15), last_day=date(2026, 11, 10))
    september, november = date(2026, 9, 1), date(2026, 11, 1)
    assert months_due(lease, today=date(2026, 9, 30)) == []
    assert months_due(lease, today=date(2026, 10, 1)) == [september]
    assert months_due(lease, today=date(2026, 11, 10)) == [september, OCTOBER]
    assert months_due(lease, today=date(2026, 11, 11)) == [september, OCTOBER, november]
    assert months_due(lease, today=date(2030, 1, 1)) == [september, OCTOBER, november]
    assert last_covered(lease, november) == date(2026, 11, 10)
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)


@given(
    first=st.dates(date(2024, 1, 1), date(2028, 1, 1)),
    length=st.integers(0, 800),
    base=st.integers(0, 10**9),
    least=st.integers(0, 10**9),
    share_bp=st.integers(0, 10_000),
    weeks=st.integers(0, 104),
    turnover=st.integers(0, 10**10),
)
def test_no_month_costs_less_than_the_least_sum_and_more_turnover_never_costs_less(
    first: date, length: int, base: int, least: int, share_bp: int, weeks: int, turnover: int
) -> None:
    for mode in ("sum", "max"):
        lease = LeaseTerms(first, first + timedelta(length), base, share_bp, least, mode, weeks)
        months = months_due(lease, today=date(2040, 1, 1))
        assert months[0] == first.replace(day=1) and last_covered(lease, months[-1]) == lease.last_day
        for month in months:
            rent = rent_of(lease, month, turnover)
            assert 0 <= rent.base <= base and rent.due >= max(rent.base, rent.share)
            assert rent_of(lease, month, turnover + 10_000).due >= rent.due
            if lease.charged_from > last_covered(lease, month):
                assert (rent.base, rent_of(lease, month, 0).due) == (0, 0)
            elif lease.charged_from <= month and last_covered(lease, month) == next_month(month) - timedelta(1):
                assert rent.base == base and rent.due >= least


@given(
    turnover=st.integers(0, 10**10),
    parts=st.lists(st.integers(0, 2500), min_size=1, max_size=4),
    month=st.sampled_from([OCTOBER]),
)
def test_leases_that_divide_a_share_cost_together_what_one_would(turnover: int, parts: list[int], month: date) -> None:
    first, last = date(2026, 9, 1), date(2027, 8, 31)
    divided = [LeaseTerms(first, last, 0, part, share_from_bp=sum(parts[:number])) for number, part in enumerate(parts)]
    whole = LeaseTerms(first, last, 0, sum(parts))
    assert sum(rent_of(each, month, turnover).share for each in divided) == rent_of(whole, month, turnover).share
