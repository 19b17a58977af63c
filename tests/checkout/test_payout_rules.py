"""When partners are paid and how much, without a database."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.checkout.payout_rules import BankLine, PayoutPolicy, checksum, last_due, next_due, reference_of, split

FRIDAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("every", "day", "last", "coming"),
    [
        ("week", 5, FRIDAY, date(2026, 12, 4)),
        ("week", 6, date(2026, 11, 21), date(2026, 11, 28)),
        ("week", 1, date(2026, 11, 23), date(2026, 11, 30)),
        ("month", 27, FRIDAY, date(2026, 12, 27)),
        ("month", 28, date(2026, 10, 28), date(2026, 11, 28)),
        ("month", 1, date(2026, 11, 1), date(2026, 12, 1)),
    ],
)
def test_the_day_of_a_payout_follows_the_policy(every: str, day: int, last: date, coming: date) -> None:
    policy = PayoutPolicy(every=every, day=day)
    assert (last_due(policy, FRIDAY), next_due(policy, FRIDAY)) == (last, coming)


@given(
    every=st.sampled_from(["week", "month"]), day=st.integers(1, 7), today=st.dates(date(2020, 1, 1), date(2040, 1, 1))
)
def test_today_always_lies_between_the_last_and_the_next_payout(every: str, day: int, today: date) -> None:
    policy = PayoutPolicy(every=every, day=day)
    last, coming = last_due(policy, today), next_due(policy, today)
    assert last <= today < coming
    assert last_due(policy, coming) == coming
    assert next_due(policy, last) == coming
    assert coming - last <= timedelta(days=31)


def test_a_policy_names_a_day_that_every_week_or_month_has() -> None:
    for wrong in ({"day": 8}, {"day": 0}, {"every": "month", "day": 29}, {"minimum_minor": -1}):
        with pytest.raises(ValueError, match=r"day|minimum"):
            PayoutPolicy(**wrong)


@pytest.mark.parametrize(
    ("available", "owed", "frozen", "minimum", "paid", "netted"),
    [
        (10_000, 0, 0, 10_000, 10_000, 0),
        (9_999, 0, 0, 10_000, 0, 0),
        (30_000, 5_000, 0, 10_000, 25_000, 5_000),
        (30_000, 25_000, 0, 10_000, 0, 0),
        (30_000, 0, 25_000, 10_000, 0, 0),
        (30_000, 5_000, 10_000, 10_000, 15_000, 5_000),
        (5_000, 0, 9_000, 0, 0, 0),
        (0, 0, 0, 0, 0, 0),
    ],
)
def test_M30_M35_what_is_owed_comes_first_and_what_is_frozen_stays(
    available: int, owed: int, frozen: int, minimum: int, paid: int, netted: int
) -> None:
    found = split(available=available, owed=owed, frozen=frozen, minimum=minimum)
    assert (found.paid, found.netted) == (paid, netted)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**6))
def test_never_more_than_is_free_is_moved(available: int, owed: int, frozen: int, minimum: int) -> None:
    found = split(available=available, owed=owed, frozen=frozen, minimum=minimum)
    assert 0 <= found.netted <= owed
    assert found.paid + found.netted <= max(0, available - frozen)
    assert found.paid == 0 or found.paid >= max(1, minimum)


def test_any_change_of_the_file_changes_its_checksum() -> None:
    lines = [BankLine("LL1", "刘一", "工行", "62220001", 9700), BankLine("LL2", "陈二", "农行", "62280002", 100)]
    whole = checksum(lines, "CNY")
    others = [
        lines[::-1], lines[:1], [BankLine("LL1", "刘一", "工行", "62220001", 9701), lines[1]],
        [BankLine("LL1", "刘一", "工行", "62220003", 9700), lines[1]], [BankLine("LL1", "刘\t一", "", "62220001", 9700), lines[1]],
    ]  # fmt: skip
    assert len({whole, checksum(lines, "USD"), *(checksum(each, "CNY") for each in others)}) == 7
    assert checksum(list(lines), "CNY") == whole


def test_a_reference_is_short_and_of_the_random_end_of_the_id() -> None:
    assert reference_of(UUID("0196aaaa-0000-7000-8000-00ab12cd34ef")) == "LLAB12CD34EF"
