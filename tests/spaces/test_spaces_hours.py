"""Weekly wall time becomes real time, also where clocks are moved (B12, B13)."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.spaces.hours import (
    Band,
    Stretch,
    band,
    band_faults,
    by_wall_hour,
    day_bands,
    intersection,
    merged,
    open_stretches,
    seconds,
    without,
)

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
ZONES = [
    ZoneInfo(name)
    for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
]
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def hours_on(day: date, opens: str, closes: str, zone: ZoneInfo = BERLIN) -> list[tuple[str, float]]:
    """(UTC opening time, hours long) of what opens on the day."""
    found = day_bands([band(weekday=day.weekday(), opens=opens, closes=closes)], zone, day)
    return [(datetime.fromtimestamp(start, UTC).strftime("%H:%M"), (end - start) / 3600) for start, end, _ in found]


@pytest.mark.parametrize(
    ("day", "opens", "closes", "expected"),
    [
        (date(2026, 6, 1), "08:00", "21:00", [("06:00", 13)]),
        (date(2026, 6, 1), "00:00", "24:00", [("22:00", 24)]),
        (date(2026, 6, 1), "22:00", "02:00", [("20:00", 4)]),
        (SPRING, "00:00", "24:00", [("23:00", 23)]),
        (SPRING, "02:30", "05:00", [("01:00", 2)]),  # the clock skips 02:30: open from 03:00
        (SPRING, "01:00", "02:30", [("00:00", 1)]),
        (SPRING, "02:00", "03:00", []),  # this hour does not exist
        (SPRING, "08:00", "21:00", [("06:00", 13)]),  # wall time stays (B12)
        (AUTUMN, "08:00", "21:00", [("07:00", 13)]),
        (AUTUMN, "00:00", "24:00", [("22:00", 25)]),
        (AUTUMN, "02:00", "03:00", [("00:00", 2)]),  # this hour is there twice
        (AUTUMN, "00:00", "02:00", [("22:00", 2)]),
        (AUTUMN, "03:00", "04:00", [("02:00", 1)]),
        (AUTUMN, "01:00", "02:30", [("23:00", 2.5)]),
        (date(2026, 10, 24), "22:00", "04:00", [("20:00", 7)]),  # over the night that is an hour longer
    ],
)
def test_B13_hours_follow_the_wall_clock(day: date, opens: str, closes: str, expected: list[tuple[str, float]]) -> None:
    assert hours_on(day, opens, closes) == expected


def test_hours_that_touch_inside_a_repeated_hour_do_not_overlap() -> None:
    found = day_bands(
        [band(weekday=6, opens="00:00", closes="02:30"), band(weekday=6, opens="02:30", closes="05:00")], BERLIN, AUTUMN
    )
    assert found[0][1] <= found[1][0]
    assert sum(end - start for start, end, _ in found) == 6 * 3600


@pytest.mark.parametrize(
    ("bands", "fields"),
    [
        ([(0, "08:00", "12:00"), (0, "12:00", "20:00"), (6, "22:00", "02:00")], []),
        ([(0, "08:00", "12:00"), (0, "11:00", "20:00")], ["hours.1.opens"]),
        ([(6, "22:00", "02:00"), (0, "01:00", "05:00")], ["hours.1.opens"]),  # Sunday night into Monday
        ([(0, "24:00", "02:00")], ["hours.0.opens"]),
        ([(0, "08:00", "08:00")], ["hours.0.closes"]),
        ([(0, "00:00", "24:00")], []),
        ([(0, "08:00", "07:00"), (1, "06:00", "08:00")], ["hours.1.opens"]),
        ([], []),
    ],
)
def test_weekly_hours_that_contradict_themselves_are_named(
    bands: list[tuple[int, str, str]], fields: list[str]
) -> None:
    assert [
        field for field, _ in band_faults("hours", [band(weekday=d, opens=o, closes=c) for d, o, c in bands])
    ] == fields


def naive_minutes(bands: list[Band], zone: ZoneInfo, window: Stretch) -> set[int]:
    """Minute by minute: open between the first minute whose wall time is at or after opening and the last before closing."""
    found: set[int] = set()
    first = datetime.fromtimestamp(window[0], zone).date() - timedelta(days=2)
    for number in range((window[1] - window[0]) // 86400 + 5):
        day = first + timedelta(days=number)
        midnight = seconds(datetime(day.year, day.month, day.day, tzinfo=UTC))
        minutes = range(midnight - 16 * 3600, midnight + 64 * 3600, 60)
        walls = [(at, datetime.fromtimestamp(at, zone).replace(tzinfo=None)) for at in minutes]
        zero = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall time, as the bands are
        for each in bands:
            if each.weekday == day.weekday():
                opens, closes = zero + timedelta(minutes=each.opens_min), zero + timedelta(minutes=each.closes_min)
                at_open = min(at for at, wall in walls if wall >= opens)
                at_close = max(at for at, wall in walls if wall < closes)
                found.update(range(at_open, at_close + 60, 60))
    return {at for at in found if window[0] <= at < window[1]}


wall = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
any_band = st.builds(band, weekday=st.integers(0, 6), opens=wall, closes=wall)
any_start = st.sampled_from(
    [date(2026, month, day) for month, day in ((3, 6), (3, 28), (10, 24), (10, 31), (4, 4), (7, 1))]
)


@settings(max_examples=60, deadline=None)
@given(bands=st.lists(any_band, max_size=4), zone=st.sampled_from(ZONES), day=any_start, length=st.integers(1, 60))
def test_B13_opening_stretches_equal_a_minute_by_minute_count(
    bands: list[Band], zone: ZoneInfo, day: date, length: int
) -> None:
    if band_faults("hours", bands):
        return
    start = seconds(datetime(day.year, day.month, day.day, 3, tzinfo=UTC))
    window = (start, start + length * 3600)
    found = open_stretches(tuple(bands), zone, window)
    assert {at for low, high in found for at in range(low, high, 60)} == naive_minutes(bands, zone, window)
    assert found == merged(found)


stretch = st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: (pair[0], pair[0] + pair[1]))
stretches = st.lists(stretch, max_size=8)


def points(found: list[Stretch]) -> set[int]:
    return {at for low, high in found for at in range(low, high)}


@given(left=stretches, right=stretches)
def test_stretches_behave_like_sets_of_moments(left: list[Stretch], right: list[Stretch]) -> None:
    a, b = merged(left), merged(right)
    assert points(a) == points(left)
    assert points(intersection(a, b)) == points(left) & points(right)
    assert points(without(a, b)) == points(left) - points(right)
    assert all(x[1] < y[0] for x, y in pairwise(a))


@settings(max_examples=60)
@given(zone=st.sampled_from(ZONES), day=any_start, length=st.integers(1, 3000))
def test_wall_hours_add_up_and_are_what_the_clock_shows(zone: ZoneInfo, day: date, length: int) -> None:
    start = seconds(datetime(day.year, day.month, day.day, 0, 30, tzinfo=UTC))
    counted: dict[tuple[date, int], int] = {}
    for at in range(start, start + length * 60, 60):
        shown = datetime.fromtimestamp(at, zone)
        counted[shown.date(), shown.hour] = counted.get((shown.date(), shown.hour), 0) + 60
    found: dict[tuple[date, int], int] = {}
    for on, hour, passed in by_wall_hour([(start, start + length * 60)], zone):
        found[on, hour] = found.get((on, hour), 0) + passed
    assert found == counted
