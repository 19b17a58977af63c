"""When a monthly gift falls due: once in a month, on its day or later in that month, within its time."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.checkout.standing_rules import due_month, next_due, state_of

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


@pytest.mark.parametrize(
    ("today", "day", "starts", "ends", "month"),
    [
        (date(2026, 7, 14), 15, JULY, None, None),
        (date(2026, 7, 15), 15, JULY, None, JULY),
        (date(2026, 7, 31), 15, JULY, None, JULY),  # the worker stood still for two weeks
        (date(2026, 8, 1), 15, JULY, None, None),  # July was missed and is not asked for in August
        (date(2026, 7, 20), 15, date(2026, 7, 16), None, None),  # it begins after the 15th
        (date(2026, 7, 15), 15, date(2026, 7, 15), None, JULY),
        (date(2026, 8, 15), 15, JULY, date(2026, 8, 14), None),
        (date(2026, 8, 15), 15, JULY, date(2026, 8, 15), AUGUST),
        (date(2026, 8, 20), 15, JULY, date(2026, 8, 15), AUGUST),
        (date(2027, 2, 28), 28, JULY, None, date(2027, 2, 1)),
    ],
)
def test_a_month_is_due_from_its_day_on_and_only_in_that_month(
    today: date, day: int, starts: date, ends: date | None, month: date | None
) -> None:
    assert due_month(today, day=day, starts_on=starts, ends_on=ends) == month


@pytest.mark.parametrize(
    ("today", "ends", "asked", "on"),
    [
        (date(2026, 7, 10), None, False, date(2026, 7, 15)),
        (date(2026, 7, 20), None, True, date(2026, 8, 15)),
        (date(2026, 7, 20), None, False, date(2026, 7, 15)),  # it is about to be asked for
        (date(2026, 12, 20), None, True, date(2027, 1, 15)),
        (date(2026, 7, 20), date(2026, 8, 1), True, None),
        (date(2026, 6, 1), None, False, date(2026, 7, 15)),
    ],
)
def test_the_next_time_is_said(today: date, ends: date | None, asked: bool, on: date | None) -> None:
    assert next_due(today, day=15, starts_on=JULY, ends_on=ends, is_asked=asked) == on


@pytest.mark.parametrize(
    ("status", "paid", "state"),
    [
        ("completed", True, "paid"), ("refunded", True, "paid"), ("awaiting_payment", False, "open"), ("expired", False, "missed"),
        ("cancelled", False, "missed"),
    ],
)  # fmt: skip
def test_a_month_is_paid_open_or_missed(status: str, paid: bool, state: str) -> None:
    assert state_of(status, is_paid=paid) == state


@given(
    st.lists(st.integers(0, 900), max_size=60), st.integers(1, 28), st.integers(0, 200), st.one_of(st.none(), st.integers(0, 700))
)  # fmt: skip
def test_however_often_and_whenever_the_worker_looks_no_month_is_asked_twice_or_outside_its_time(
    looks: list[int], day: int, start: int, length: int | None
) -> None:
    first = date(2026, 1, 1)
    starts_on = first + timedelta(days=start)
    ends_on = None if length is None else starts_on + timedelta(days=length)
    asked: dict[date, date] = {}
    for offset in sorted(looks):
        today = first + timedelta(days=offset)
        month = due_month(today, day=day, starts_on=starts_on, ends_on=ends_on)
        if month is not None and month not in asked:
            asked[month] = today
    for month, today in asked.items():
        due = month.replace(day=day)
        assert month == today.replace(day=1)
        assert starts_on <= due <= today
        assert ends_on is None or due <= ends_on


@given(
    st.integers(0, 900),
    st.integers(1, 28),
    st.integers(0, 200),
    st.one_of(st.none(), st.integers(0, 700)),
    st.booleans(),
)
def test_the_next_time_is_the_first_day_on_which_the_worker_would_ask(
    offset: int, day: int, start: int, length: int | None, asked: bool
) -> None:
    today = date(2026, 1, 1) + timedelta(days=offset)
    starts_on = date(2026, 1, 1) + timedelta(days=start)
    ends_on = None if length is None else starts_on + timedelta(days=length)
    said = next_due(today, day=day, starts_on=starts_on, ends_on=ends_on, is_asked=asked)
    after = today.replace(day=1) + timedelta(days=32)
    one = after.replace(day=1) if asked else today.replace(day=1)
    days = (one + timedelta(days=n) for n in range(400))
    found = next(
        (each for each in days if each.day == day and due_month(each, day=day, starts_on=starts_on, ends_on=ends_on)),
        None,
    )
    assert said == found
