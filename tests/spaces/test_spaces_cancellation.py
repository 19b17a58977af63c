"""What comes back when a booking is called off, and until when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.spaces.cancellation import USUAL, Step, last_moment, refundable, step_faults, steps_of

START = datetime(2026, 6, 1, 10, tzinfo=UTC)
GRADED = (Step(48, 10_000), Step(24, 5000), Step(2, 2000))


@pytest.mark.parametrize(
    ("hours_before", "expected"),
    [(72, 999), (48, 999), (47.99, 499), (24, 499), (3, 199), (2, 199), (1.99, 0), (0, 0), (-5, 0)],
)
def test_the_share_that_comes_back_sinks_step_by_step(hours_before: float, expected: int) -> None:
    now = START - timedelta(hours=hours_before)
    assert refundable(GRADED, left_minor=999, starts_at=START, now=now) == expected


@pytest.mark.parametrize(("late", "expected"), [(-1, 8000), (0, 8000), (1, 0)])
def test_B17_the_limit_itself_still_counts(late: int, expected: int) -> None:
    now = START - timedelta(hours=24) + timedelta(seconds=late)
    assert refundable(USUAL, left_minor=8000, starts_at=START, now=now) == expected


def test_without_a_step_nothing_comes_back() -> None:
    assert refundable((), left_minor=8000, starts_at=START, now=START - timedelta(days=300)) == 0
    assert last_moment((), START) < START - timedelta(days=400)
    assert last_moment(GRADED, START) == START - timedelta(hours=2)


def test_steps_are_read_in_any_order() -> None:
    assert steps_of([{"until_h": 2, "back_bp": 2000}, {"until_h": 48, "back_bp": 10_000}]) == (GRADED[0], GRADED[2])


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ((Step(24, 10_000), Step(24, 5000)), "cancellation.1.until_h"),
        ((Step(24, 5000), Step(2, 6000)), "cancellation.1.back_bp"),
        ((Step(2, 6000), Step(24, 5000)), "cancellation.0.back_bp"),
    ],
)
def test_steps_that_reward_waiting_are_refused(steps: tuple[Step, ...], field: str) -> None:
    assert [name for name, _ in step_faults(steps)] == [field]
    assert step_faults(GRADED) == []


@given(
    st.lists(st.builds(Step, st.integers(0, 100), st.integers(0, 10_000)), max_size=6, unique_by=lambda step: step.until_h),
    st.integers(0, 10**9),
    st.integers(-1000, 8000),
)  # fmt: skip
def test_never_more_than_is_left_and_never_more_the_later_it_is(steps: list[Step], left: int, minutes: int) -> None:
    rule = steps_of([{"until_h": step.until_h, "back_bp": step.back_bp} for step in steps])
    now = START - timedelta(minutes=minutes)
    found = refundable(rule, left_minor=left, starts_at=START, now=now)
    assert 0 <= found <= left
    assert (found == 0) or now <= last_moment(rule, START)
    if not step_faults(rule):
        assert refundable(rule, left_minor=left, starts_at=START, now=now + timedelta(minutes=61)) <= found
