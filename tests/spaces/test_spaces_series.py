"""Repeat rules over wall time: what is understood, what is refused, and the days when clocks are moved."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.spaces.rules import Terms
from market.spaces.series import MAX_DATES, BadRule, Occurrence, date_problem, occurrences, parse

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)


def dates(rule: str, start: datetime, *, length: timedelta = HOUR, zone: ZoneInfo = SHANGHAI) -> list[Occurrence]:
    return occurrences(parse(rule), start, start + length, zone)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;COUNT=3", ["0106", "0113", "0120"]),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3", ["0106", "0120", "0203"]),
        ("FREQ=WEEKLY;BYDAY=WE,FR;COUNT=4", ["0106", "0108", "0113", "0115"]),
        ("FREQ=DAILY;UNTIL=20270108", ["0106", "0107", "0108"]),
        ("FREQ=WEEKLY;UNTIL=20270113T110000Z", ["0106", "0113"]),
        ("FREQ=WEEKLY;UNTIL=20270120T105959Z", ["0106", "0113"]),
        ("FREQ=MONTHLY;COUNT=3", ["0106", "0206", "0306"]),
        ("FREQ=MONTHLY;BYDAY=1WE;COUNT=3", ["0106", "0203", "0303"]),
    ],
)
def test_a_rule_gives_its_dates(rule: str, expected: list[str]) -> None:
    found = dates(rule, datetime(2027, 1, 6, 19, tzinfo=SHANGHAI))
    assert [f"{each.starts_at.astimezone(SHANGHAI):%m%d}" for each in found] == expected


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ("", "look like"),
        ("FREQ", "look like"),
        ("FREQ=WEEKLY;FREQ=WEEKLY;COUNT=2", "look like"),
        ("FREQ=YEARLY;COUNT=2", "DAILY"),
        ("FREQ=SECONDLY;COUNT=2", "DAILY"),
        ("FREQ=WEEKLY", "COUNT or UNTIL"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20270301", "COUNT or UNTIL"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT"),
        ("FREQ=WEEKLY;COUNT=53", "COUNT"),
        ("FREQ=WEEKLY;COUNT=²", "COUNT"),
        ("FREQ=WEEKLY;COUNT=-1", "COUNT"),
        ("FREQ=WEEKLY;COUNT=2;INTERVAL=13", "INTERVAL"),
        ("FREQ=WEEKLY;COUNT=2;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=1MO", "BYDAY"),
        ("FREQ=MONTHLY;COUNT=2;BYDAY=5WE", "BYDAY"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=XX", "BYDAY"),
        ("FREQ=WEEKLY;UNTIL=20271301", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=2027-01-31", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=99991231", "at most 52"),
        ("FREQ=WEEKLY;UNTIL=20270110", "at least two"),
        ("FREQ=WEEKLY;UNTIL=20260110", "first date"),
        ("FREQ=WEEKLY;BYDAY=TH;COUNT=3", "first date"),
        ("FREQ=MONTHLY;COUNT=40", "two years"),
    ],
)
def test_what_is_no_rule_is_refused_with_what_it_lacks(rule: str, word: str) -> None:
    with pytest.raises(BadRule, match=word):
        dates(rule, datetime(2027, 1, 6, 19, tzinfo=SHANGHAI))


def test_dates_that_overlap_are_refused() -> None:
    with pytest.raises(BadRule, match="overlap"):
        dates("FREQ=DAILY;COUNT=3", datetime(2027, 1, 6, 19, tzinfo=SHANGHAI), length=timedelta(hours=25))


@pytest.mark.parametrize("first", [date(2027, 3, 8), date(2027, 10, 11)])
def test_B12_a_weekly_series_keeps_its_wall_time_over_both_changes_of_the_clock(first: date) -> None:
    start = datetime(first.year, first.month, first.day, 19, tzinfo=BERLIN)
    found = dates("FREQ=WEEKLY;COUNT=6", start, zone=BERLIN)
    assert {each.starts_at.astimezone(BERLIN).hour for each in found} == {19}
    assert {each.ends_at - each.starts_at for each in found} == {HOUR}
    gaps = {later.starts_at.astimezone(UTC) - sooner.starts_at.astimezone(UTC) for sooner, later in pairwise(found)}
    assert len(gaps) == 2, "one of the weeks is an hour shorter or longer in real time"


def test_B13_a_time_the_clock_skips_is_a_refusal_and_one_it_shows_twice_is_its_first_showing() -> None:
    spring = dates("FREQ=DAILY;COUNT=3", datetime(2027, 3, 27, 2, 30, tzinfo=BERLIN), zone=BERLIN)
    assert [each.problem for each in spring] == [None, "no_such_time", None]
    autumn = dates("FREQ=DAILY;COUNT=3", datetime(2027, 10, 30, 2, 30, tzinfo=BERLIN), zone=BERLIN)
    assert [each.starts_at.astimezone(BERLIN).utcoffset() for each in autumn] == [2 * HOUR, 2 * HOUR, HOUR]
    second = datetime(2027, 10, 31, 2, 30, tzinfo=BERLIN, fold=1)  # the offset was explicit
    assert dates("FREQ=DAILY;COUNT=2", second, zone=BERLIN)[0].starts_at == second


@given(
    zone=st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]),
    start=st.integers(0, 2 * 365 * 24 * 4).map(
        lambda quarter: datetime(2026, 1, 1, tzinfo=UTC) + quarter * timedelta(minutes=15)
    ),
    frequency=st.sampled_from(["DAILY", "WEEKLY"]),
    interval=st.integers(1, 3),
    count=st.integers(2, MAX_DATES),
)
def test_every_date_that_exists_shows_the_wall_time_of_the_first(
    zone: str, start: datetime, frequency: str, interval: int, count: int
) -> None:
    local = ZoneInfo(zone)
    first = start.astimezone(local)
    try:
        found = dates(f"FREQ={frequency};INTERVAL={interval};COUNT={count}", first, zone=local)
    except BadRule:
        assert frequency == "WEEKLY" and interval * count > 104
        return
    assert len(found) == count and found[0].starts_at == first
    assert all(sooner.starts_at < later.starts_at for sooner, later in pairwise(found))
    wall = {each.starts_at.astimezone(local).time() for each in found if each.problem is None}
    assert wall == {first.replace(fold=0).time()}


@pytest.mark.parametrize(
    ("hours", "problem", "expected"),
    [
        (-1, None, "past"),
        (1, None, "too_soon"),
        (2, None, None),
        (240, None, None),
        (241, None, "too_far"),
        (9, "no_such_time", "no_such_time"),
    ],
)
def test_a_date_is_refused_by_the_terms_of_its_space(hours: int, problem: str | None, expected: str | None) -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    terms = Terms(min_s=3600, max_s=7200, lead_s=7200, horizon_s=864_000, before_s=0, after_s=0)
    each = Occurrence(now + hours * HOUR, now + (hours + 1) * HOUR, problem)
    assert date_problem(terms, each, now=now) == expected
