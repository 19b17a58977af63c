"""Utilisation equals a minute-by-minute count over random calendars (S1)."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from market.spaces.hours import Band, Stretch, open_stretches, seconds
from market.spaces.utilisation import Calendar, Count, House

SHANGHAI = ZoneInfo("Asia/Shanghai")
HALL, ROOM_A, ROOM_B, YARD = (UUID(int=number) for number in range(1, 5))
MONDAY = seconds(datetime(2026, 6, 1, tzinfo=SHANGHAI))
DAILY = tuple(Band(weekday, 8 * 60, 20 * 60) for weekday in range(7))
DAY = (MONDAY, MONDAY + 86400)


def span(opens: int, closes: int, day: int = 0) -> Stretch:
    return MONDAY + day * 86400 + opens * 3600, MONDAY + day * 86400 + closes * 3600


def calendar(
    space_id: UUID, parent_id: UUID | None = None, booked: tuple[Stretch, ...] = (), closures: tuple[Stretch, ...] = ()
) -> Calendar:
    return Calendar(space_id, parent_id, SHANGHAI, DAILY, closures=closures, booked=booked)


def test_a_closure_leaves_the_denominator_and_what_is_booked_outside_the_hours_does_not_count() -> None:
    house = House([calendar(YARD, booked=(span(7, 10), span(15, 16)), closures=(span(12, 18),))], DAY)
    assert house.count(YARD) == Count(6 * 3600, 2 * 3600)
    assert house.count(YARD).ratio == 0.3333


def test_a_half_booked_hall_counts_half_and_a_booked_hall_books_its_rooms() -> None:
    rooms = [calendar(ROOM_A, HALL, booked=(span(8, 12),)), calendar(ROOM_B, HALL)]
    house = House([calendar(HALL, booked=(span(14, 16),)), *rooms], DAY)
    assert house.count(HALL).booked_min == 120 + 240 // 2
    assert house.count(ROOM_A).booked_min == 240 + 120
    assert house.count(ROOM_B).booked_min == 120
    assert house.total() == Count(24 * 3600, 8 * 3600)  # the rooms stand for the hall


def test_a_closed_room_closes_the_hall_but_not_its_sibling() -> None:
    house = House([calendar(HALL), calendar(ROOM_A, HALL, closures=(span(8, 14),)), calendar(ROOM_B, HALL)], DAY)
    assert [house.count(each).open_min for each in (HALL, ROOM_A, ROOM_B)] == [360, 360, 720]


def test_a_space_that_is_never_open_has_a_ratio_of_nothing() -> None:
    assert House([Calendar(YARD, None, SHANGHAI, ())], DAY).count(YARD) == Count(0, 0)
    assert Count(0, 0).ratio == 0.0


AUTUMN = seconds(datetime(2026, 10, 24, tzinfo=UTC))
quarter_hours = st.tuples(st.integers(-20, 300), st.integers(1, 60)).map(
    lambda pair: (AUTUMN + pair[0] * 900, AUTUMN + (pair[0] + pair[1]) * 900)
)
some = st.lists(quarter_hours, max_size=4).map(tuple)
weeks = st.sampled_from(
    [
        tuple(Band(weekday, 8 * 60, 21 * 60) for weekday in range(7)),
        tuple(Band(weekday, 0, 24 * 60) for weekday in range(7)),
        (Band(5, 20 * 60, 28 * 60), Band(6, 9 * 60 + 15, 12 * 60)),
    ]
)


@settings(max_examples=25, deadline=None)
@given(
    week=st.tuples(weeks, weeks),
    zone=st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    booked=st.tuples(some, some, some),
    closures=st.tuples(some, some, some),
)
def test_utilisation_equals_a_naive_minute_by_minute_count(
    week: tuple[tuple[Band, ...], tuple[Band, ...]],
    zone: str,
    booked: tuple[tuple[Stretch, ...], ...],
    closures: tuple[tuple[Stretch, ...], ...],
) -> None:
    """A hall of two rooms over a weekend in which the clock may move."""
    here, window = ZoneInfo(zone), (AUTUMN, AUTUMN + 60 * 3600)
    parts = [(HALL, None, week[0]), (ROOM_A, HALL, week[1]), (ROOM_B, HALL, week[1])]
    house = House(
        [
            Calendar(space, parent, here, hours, closures=closures[n], booked=booked[n])
            for n, (space, parent, hours) in enumerate(parts)
        ],
        window,
    )

    def inside(at: int, stretches: tuple[Stretch, ...]) -> bool:
        return any(low <= at < high for low, high in stretches)

    hours = [tuple(open_stretches(each, here, window)) for each in week]
    opened, used = [0, 0, 0], [0, 0, 0]
    halves = 0
    spread: dict[int, list[int]] = {hour: [0, 0] for hour in range(24)}
    for at in range(*window, 60):
        by_hall, closed_hall = inside(at, booked[0]), inside(at, closures[0])
        rooms = [inside(at, booked[1]), inside(at, booked[2])]
        shut = [inside(at, closures[1]), inside(at, closures[2])]
        if inside(at, hours[0]) and not closed_hall and not any(shut):
            opened[0] += 1
            used[0] += by_hall
            halves += 0 if by_hall else sum(rooms)
        for number in (1, 2):
            if inside(at, hours[1]) and not closed_hall and not shut[number - 1]:
                taken = by_hall or rooms[number - 1]
                opened[number] += 1
                used[number] += taken
                cell = spread[datetime.fromtimestamp(at, here).hour]
                cell[0] += 1
                cell[1] += taken
    counts = [house.count(each) for each in (ROOM_A, ROOM_B)]
    assert [(count.open_min, count.booked_min) for count in counts] == list(zip(opened, used, strict=True))[1:]
    assert house.count(HALL) == Count(opened[0] * 60, used[0] * 60 + halves * 30)
    assert house.total() == Count(sum(opened[1:]) * 60, sum(used[1:]) * 60)
    assert {hour: [count.open_min, count.booked_min] for hour, count in house.by_hour().items()} == spread
    assert sum(count.open_s for count in house.by_day().values()) == house.total().open_s
    assert sum(count.booked_s for count in house.by_day().values()) == house.total().booked_s
