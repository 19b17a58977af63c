"""Utilisation equals a minute-by-minute count over random calendars (S1)."""

from collections import Counter
from datetime import UTC, date, datetime
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.spaces.hours import Band, Stretch, open_stretches, seconds
from market.spaces.utilisation import MEASURES, Calendar, House, Measure, SpaceHour, Use, whole_months

SHANGHAI = ZoneInfo("Asia/Shanghai")
HALL, ROOM_A, ROOM_B, YARD = (UUID(int=number) for number in range(1, 5))
MONDAY = seconds(datetime(2026, 6, 1, tzinfo=SHANGHAI))
DAILY = tuple(Band(weekday, 8 * 60, 20 * 60) for weekday in range(7))
DAY = (MONDAY, MONDAY + 86400)


def span(opens: float, closes: float) -> Stretch:
    return MONDAY + int(opens * 3600), MONDAY + int(closes * 3600)


def calendar(space_id: UUID, parent_id: UUID | None = None, closures: tuple[Stretch, ...] = ()) -> Calendar:
    return Calendar(space_id, parent_id, SHANGHAI, DAILY, closures=closures)


def use(space_id: UUID, opens: float, closes: float, number: int = 1, **facts: int | bool) -> Use:
    start, end = span(opens, closes)
    return Use(UUID(int=number), space_id, start, end, end, **facts)


def total(rows: list[SpaceHour], measure: Measure, space_id: UUID | None = None) -> int:
    """Of one space, or of all that contain no other."""
    return sum(getattr(row, measure) for row in rows if (row.is_leaf if space_id is None else row.space_id == space_id))


HOUSE = [calendar(HALL), calendar(ROOM_A, HALL), calendar(ROOM_B, HALL)]


def test_a_closure_leaves_the_denominator_and_what_is_booked_outside_the_hours_does_not_count() -> None:
    house = House([calendar(YARD, closures=(span(12, 18),))], DAY)
    rows = house.hours([use(YARD, 7, 10), use(YARD, 15, 16)])
    assert (total(rows, "open_s", YARD), total(rows, "booked_s", YARD)) == (6 * 3600, 2 * 3600)


def test_a_half_booked_hall_counts_half_and_a_booked_hall_books_its_rooms() -> None:
    rows = House(HOUSE, DAY).hours([use(HALL, 14, 16), use(ROOM_A, 8, 12)])
    assert [total(rows, "booked_s", each) // 60 for each in (HALL, ROOM_A, ROOM_B)] == [120 + 240 // 2, 240 + 120, 120]
    assert (total(rows, "open_s"), total(rows, "booked_s")) == (24 * 3600, 8 * 3600)  # the rooms stand for the hall


def test_a_closed_room_closes_the_hall_but_not_its_sibling() -> None:
    house = House([calendar(HALL), calendar(ROOM_A, HALL, closures=(span(8, 14),)), calendar(ROOM_B, HALL)], DAY)
    rows = house.hours([])
    assert [total(rows, "open_s", each) // 60 for each in (HALL, ROOM_A, ROOM_B)] == [360, 360, 720]


def test_a_space_that_is_never_open_has_no_rows() -> None:
    assert House([Calendar(YARD, None, SHANGHAI, ())], DAY).hours([]) == []


def test_time_kept_around_a_booking_cannot_be_booked() -> None:
    rows = House([calendar(YARD)], DAY).hours([use(YARD, 10, 11, before_s=900, after_s=1800)])
    assert (total(rows, "open_s"), total(rows, "bookable_s")) == (12 * 3600, 12 * 3600 - 2700)


def test_visits_and_money_of_a_hall_are_shared_out_to_the_cent_and_counted_once() -> None:
    rows = House(HOUSE, DAY).hours([use(HALL, 10, 13, visits=5, revenue_minor=10_001, subsidy_minor=2_003)])
    assert (total(rows, "visits"), total(rows, "revenue_minor")) == (5, 10_001)
    assert (total(rows, "visits", HALL), total(rows, "revenue_minor", HALL)) == (5, 10_001)
    assert sorted(total(rows, "visits", each) for each in (ROOM_A, ROOM_B)) == [2, 3]
    assert [row.revenue_minor for row in rows if row.space_id == HALL and row.revenue_minor] == [3333, 3334, 3334]
    assert (total(rows, "subsidy_minor"), total(rows, "subsidy_minor", HALL)) == (2_003, 2_003)
    assert [row.subsidy_minor for row in rows if row.space_id == HALL and row.subsidy_minor] == [667, 668, 668]


def test_what_was_given_back_or_missed_is_counted_apart_with_the_time_it_was_to_last() -> None:
    start, end = span(10, 10.25)
    missed = Use(UUID(int=1), YARD, start, end, start + 7200, is_no_show=True)
    given_back = use(YARD, 14, 16, number=2, stands=False, is_given_back=True, revenue_minor=500)
    rows = House([calendar(YARD)], DAY).hours([missed, given_back])
    assert [total(rows, each) for each in ("booked_s", "no_show_s", "cancelled_s", "used_s", "revenue_minor")] == [
        900,
        7200,
        7200,
        0,
        500,
    ]


def test_every_figure_is_the_sum_of_the_bookings_behind_it() -> None:
    house = House(HOUSE, DAY)
    uses = [
        use(HALL, 14, 16, 1, is_used=True, visits=7),
        use(ROOM_A, 8, 12, 2, is_public=True, revenue_minor=999, subsidy_minor=333),
    ]
    rows = house.hours(uses)
    for targets in (frozenset({HALL}), frozenset({ROOM_A}), house.leaves()):
        behind = house.behind(uses, targets=targets, keep=lambda day, hour: hour == 9)
        for measure in MEASURES[2:]:
            figure = sum(getattr(row, measure) for row in rows if row.space_id in targets and row.hour == 9)
            assert sum(int(each[measure]) for each in behind.values()) == figure


AUTUMN = seconds(datetime(2026, 10, 24, tzinfo=UTC))
quarter_hours = st.tuples(st.integers(-20, 300), st.integers(1, 60)).map(
    lambda pair: (AUTUMN + pair[0] * 900, AUTUMN + (pair[0] + pair[1]) * 900)
)
some = st.lists(quarter_hours, max_size=3).map(tuple)
weeks = st.sampled_from(
    [
        tuple(Band(weekday, 8 * 60, 21 * 60) for weekday in range(7)),
        tuple(Band(weekday, 0, 24 * 60) for weekday in range(7)),
        (Band(5, 20 * 60, 28 * 60), Band(6, 9 * 60 + 15, 12 * 60)),
    ]
)
wishes = st.tuples(
    st.integers(0, 2),
    quarter_hours,
    st.sampled_from([0, 900]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 5),
)
FAMILY = {0: {0, 1, 2}, 1: {0, 1}, 2: {0, 2}}
PLACES = (HALL, ROOM_A, ROOM_B)


def booked(wanted: list[tuple[int, Stretch, int, bool, bool, bool, int]]) -> list[Use]:
    """The wishes that can be had one after the other: what stands never overlaps within the family, buffers included."""
    uses: list[Use] = []
    for number, (place, (start, end), buffer_s, stands, is_used, is_public, visits) in enumerate(wanted):
        is_free = all(
            not stands
            or not each.stands
            or PLACES.index(each.space_id) not in FAMILY[place]
            or end + buffer_s <= each.start - each.before_s
            or each.end + each.after_s <= start - buffer_s
            for each in uses
        )
        if is_free:
            uses.append(
                Use(
                    UUID(int=number),
                    PLACES[place],
                    start,
                    end,
                    end,
                    stands=stands,
                    is_given_back=not stands,
                    is_used=is_used,
                    is_public=is_public,
                    is_no_show=stands and not is_used,
                    before_s=buffer_s,
                    after_s=buffer_s,
                    visits=visits if is_used else 0,
                )
            )
    return uses


def naive(
    at: int, uses: list[Use], place: int, hours: list[tuple[Stretch, ...]], closures: tuple[tuple[Stretch, ...], ...]
) -> dict[Measure, Fraction]:
    """What one space does in the minute at `at`, asked of every calendar."""

    def inside(stretches: tuple[Stretch, ...]) -> bool:
        return any(low <= at < high for low, high in stretches)

    if not inside(hours[place]) or any(inside(closures[each]) for each in FAMILY[place]):
        return {}
    found: Counter[Measure] = Counter({"open_s": Fraction(60), "bookable_s": Fraction(60)})
    for each in uses:
        other = PLACES.index(each.space_id)
        if other in FAMILY[place]:
            share = Fraction(30 if place == 0 and other else 60)
            for measure, (low, high) in each.stretches():
                if low <= at < high:
                    found[measure] += -share if measure == "bookable_s" else share
    return found


@settings(max_examples=25, deadline=None)
@given(
    week=st.tuples(weeks, weeks),
    zone=st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    wanted=st.lists(wishes, max_size=8),
    closures=st.tuples(some, some, some),
)
def test_utilisation_equals_a_naive_minute_by_minute_count(
    week: tuple[tuple[Band, ...], tuple[Band, ...]],
    zone: str,
    wanted: list[tuple[int, Stretch, int, bool, bool, bool, int]],
    closures: tuple[tuple[Stretch, ...], ...],
) -> None:
    """A hall of two rooms over a weekend in which the clock may move."""
    here, window = ZoneInfo(zone), (AUTUMN, AUTUMN + 60 * 3600)
    bands = [week[0], week[1], week[1]]
    uses = booked(wanted)
    house = House(
        [
            Calendar(space_id, HALL if number else None, here, bands[number], closures=closures[number])
            for number, space_id in enumerate(PLACES)
        ],
        window,
    )
    hours = [tuple(open_stretches(each, here, window)) for each in bands]
    expected: dict[tuple[UUID, object, int], Counter[Measure]] = {}
    for at in range(*window, 60):
        shown = datetime.fromtimestamp(at, here)
        for place, space_id in enumerate(PLACES):
            found = naive(at, uses, place, hours, closures)
            if found:
                cell = expected.setdefault((space_id, shown.date(), shown.hour), Counter())
                for measure, share in found.items():
                    cell[measure] += share
    rows = house.hours(uses)
    counted = {
        (row.space_id, row.day, row.hour): {each: getattr(row, each) for each in MEASURES[:7]}
        for row in rows
        if row.open_s
    }
    assert counted == {key: {each: int(cell[each]) for each in MEASURES[:7]} for key, cell in expected.items()}
    first, last = (datetime.fromtimestamp(at, here).date() for at in (window[0], window[1] - 1))
    came = [each for each in uses if first <= datetime.fromtimestamp(each.start, here).date() <= last]
    assert total(rows, "visits") == sum(each.visits for each in came)


@pytest.mark.parametrize(
    ("first", "end", "low", "high"),
    [
        (date(2026, 1, 1), date(2026, 2, 1), date(2026, 1, 1), date(2026, 2, 1)),
        (date(2025, 12, 2), date(2026, 3, 31), date(2026, 1, 1), date(2026, 3, 1)),
        (date(2026, 1, 31), date(2026, 2, 28), date(2026, 2, 28), date(2026, 2, 28)),
        (date(2026, 1, 2), date(2026, 2, 1), date(2026, 2, 1), date(2026, 2, 1)),
        (date(2024, 2, 29), date(2029, 2, 28), date(2024, 3, 1), date(2029, 2, 1)),
    ],
)
def test_whole_months_of_a_window(first: date, end: date, low: date, high: date) -> None:
    assert whole_months(first, end) == (low, high)
