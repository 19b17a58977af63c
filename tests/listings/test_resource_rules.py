"""What is promised of a resource at once (pure)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from market.listings.resource_rules import peak

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def at(hour: int) -> datetime:
    return DAY + timedelta(hours=hour)


def test_what_ends_when_another_starts_needs_nothing_then() -> None:
    assert peak([(at(8), at(9), 2), (at(9), at(10), 3)]) == 3
    assert peak([(at(8), at(10), 2), (at(9), at(11), 3), (at(10), at(12), 1)]) == 5
    assert peak([]) == 0


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5), st.integers(1, 9)), max_size=12))
def test_the_peak_is_that_of_the_busiest_hour(drawn: list[tuple[int, int, int]]) -> None:
    claims = [(at(start), at(start + length), quantity) for start, length, quantity in drawn]
    hours = [sum(quantity for low, high, quantity in claims if low <= at(hour) < high) for hour in range(26)]
    assert peak(claims) == max(hours)
