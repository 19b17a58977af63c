"""Opening hours: weekly wall time in a zone becomes stretches of real time, also on the days when clocks are moved (B12, B13).

A stretch is a pair of seconds since the epoch, the end exclusive. A space opens at the first moment the wall clock shows
`opens` and closes after the last moment it shows less than `closes`: a day of 25 hours is sold as 25 hours, an hour the clock
skips is not sold, and hours that begin inside a skipped hour begin when the clock has moved on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Stretch = tuple[int, int]

DAY_MIN = 24 * 60
_ZERO = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time: it has no zone yet
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Band:
    """Weekly hours: minutes after midnight of `weekday` (Monday 0); `closes_min` above 1440 is past midnight.
    `rate_minor` per hour is set for off-peak bands. A band with a `day` holds on that day only, and instead of its weekday's:
    one that closes when it opens says that the day is closed."""

    weekday: int
    opens_min: int
    closes_min: int
    rate_minor: int | None = None
    day: date | None = None


def minutes_of(wall_time: str) -> int:
    """`HH:MM` as minutes after midnight; 24:00 is 1440."""
    hour, _, minute = wall_time.partition(":")
    return int(hour) * 60 + int(minute)


def band(*, weekday: int, opens: str, closes: str, rate_minor: int | None = None) -> Band:
    """A band from its wall times; one that closes at or before its opening closes on the next day."""
    opens_min, closes_min = minutes_of(opens), minutes_of(closes)
    if closes_min <= opens_min:
        closes_min += DAY_MIN
    return Band(weekday, opens_min, closes_min, rate_minor)


def day_band(day: date, opens: str, closes: str) -> Band:
    """Hours of one day; the same time twice is a closed day."""
    if opens == closes:
        return Band(day.weekday(), 0, 0, None, day)
    return replace(band(weekday=day.weekday(), opens=opens, closes=closes), day=day)


def band_faults(field: str, bands: Sequence[Band]) -> list[tuple[str, str]]:
    """What is wrong with weekly hours: openings at 24:00, closing when it opens, overlaps within the week."""
    faults = []
    for index, each in enumerate(bands):
        if each.opens_min >= DAY_MIN:
            faults.append((f"{field}.{index}.opens", "must be before 24:00"))
        elif each.opens_min and each.closes_min == each.opens_min + DAY_MIN:
            faults.append(
                (f"{field}.{index}.closes", "must not be the time of opening; use 00:00 to 24:00 for a whole day")
            )
    if faults:
        return faults
    week = 7 * DAY_MIN
    ordered = sorted(
        (each.weekday * DAY_MIN + each.opens_min, each.weekday * DAY_MIN + each.closes_min, index)
        for index, each in enumerate(bands)
    )
    for (_, ends, _), (starts, _, index) in zip(
        ordered, [*ordered[1:], *((a + week, b + week, i) for a, b, i in ordered[:1])], strict=True
    ):
        if starts < ends:
            faults.append((f"{field}.{index}.opens", "overlaps the hours before it"))
    return faults


def seconds(moment: datetime) -> int:
    """Whole seconds since the epoch, rounded down; `moment` has an offset."""
    return (moment - _EPOCH) // _SECOND


def moment(at: int) -> datetime:
    """The UTC datetime of seconds since the epoch."""
    return datetime.fromtimestamp(at, UTC)


def offset_s(at: int, zone: ZoneInfo) -> int:
    """Seconds the wall clock of the zone is ahead of UTC."""
    ahead = datetime.fromtimestamp(at, zone).utcoffset()
    assert ahead is not None
    return ahead // _SECOND


def _clock_moves(low: int, high: int, zone: ZoneInfo) -> int:
    """The second in (low, high] at which the zone's offset becomes what it is at `high`."""
    after = offset_s(high, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_s(middle, zone) == after:
            high = middle
        else:
            low = middle
    return high


def _wall(day: date, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - a wall time, its zone comes later


def _instant(wall: datetime, zone: ZoneInfo, *, is_closing: bool) -> int:
    before = wall.replace(tzinfo=zone, fold=0).utcoffset()
    after = wall.replace(tzinfo=zone, fold=1).utcoffset()
    assert before is not None and after is not None
    as_utc = (wall - _ZERO) // _SECOND
    first, second = as_utc - before // _SECOND, as_utc - after // _SECOND
    if first == second:
        return first
    if first > second:  # the clock skips this wall time
        return _clock_moves(second, first, zone)
    if is_closing and _clock_moves(first, second, zone) != second:  # shown twice: close the second time
        return second
    return first


def midnight(day: date, zone: ZoneInfo) -> int:
    """When the day begins at the wall."""
    return _instant(_wall(day, 0), zone, is_closing=False)


def wall_instant(day: date, minute: int, zone: ZoneInfo) -> int:
    """The first moment of `day` at which the wall shows this many minutes after midnight."""
    return _instant(_wall(day, minute), zone, is_closing=False)


def local_day(at: int, zone: ZoneInfo) -> date:
    """The date the wall clock shows."""
    return datetime.fromtimestamp(at, zone).date()


def _raw_day(bands: Sequence[Band], zone: ZoneInfo, day: date) -> list[tuple[int, int, Band]]:
    weekday = day.weekday()
    own = [each for each in bands if each.day == day]
    return sorted(
        (
            (
                _instant(_wall(day, each.opens_min), zone, is_closing=False),
                _instant(_wall(day, each.closes_min), zone, is_closing=True),
                each,
            )
            for each in own or [each for each in bands if each.day is None and each.weekday == weekday]
            if each.closes_min > each.opens_min
        ),
        key=lambda found: found[:2],
    )


def day_bands(bands: Sequence[Band], zone: ZoneInfo, day: date) -> list[tuple[int, int, Band]]:
    """The stretches of the bands that begin on `day`, in order; where the clock goes back, none begins before the last has ended."""
    free_from = max((end for _, end, _ in _raw_day(bands, zone, day - timedelta(days=1))), default=0)
    found = []
    for opens, end, each in _raw_day(bands, zone, day):
        start = max(opens, free_from)
        if start < end:
            found.append((start, end, each))
            free_from = end
    return found


@lru_cache(maxsize=16_384)
def _day_stretches(bands: tuple[Band, ...], zone: ZoneInfo, day: date) -> tuple[Stretch, ...]:
    return tuple((start, end) for start, end, _ in day_bands(bands, zone, day))


def open_stretches(bands: tuple[Band, ...], zone: ZoneInfo, window: Stretch) -> list[Stretch]:
    """The opening hours inside `window`, cut at its ends and joined where they touch."""
    low, high = window
    day, last = local_day(low, zone) - timedelta(days=1), local_day(high, zone)
    found: list[Stretch] = []
    while day <= last:
        found.extend(_day_stretches(bands, zone, day))
        day += timedelta(days=1)
    return intersection(merged(found), [window])


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time in order, without overlaps, joined where stretches touch."""
    joined: list[Stretch] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            if end > joined[-1][1]:
                joined[-1] = (joined[-1][0], end)
        elif start < end:
            joined.append((start, end))
    return joined


def intersection(left: Sequence[Stretch], right: Sequence[Stretch]) -> list[Stretch]:
    """What two merged lists have in common."""
    common, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            common.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return common


def is_inside(hours: Iterable[Stretch], start: int, end: int) -> bool:
    """Whether the whole interval lies in one of the merged opening stretches."""
    return any(low <= start and end <= high for low, high in hours)


def without(left: Sequence[Stretch], right: Sequence[Stretch]) -> list[Stretch]:
    """What of the merged list `left` is not in the merged list `right`."""
    rest, j = [], 0
    for start, end in left:
        while j < len(right) and right[j][1] <= start:
            j += 1
        at, k = start, j
        while k < len(right) and right[k][0] < end:
            if at < right[k][0]:
                rest.append((at, right[k][0]))
            at = max(at, right[k][1])
            k += 1
        if at < end:
            rest.append((at, end))
    return rest


def by_wall_hour(stretches: Iterable[Stretch], zone: ZoneInfo) -> Iterable[tuple[date, int, int]]:
    """Cuts stretches at the hours of the wall clock: (local date, hour 0..23, seconds)."""
    for start, end in stretches:
        at = start
        while at < end:
            shown = datetime.fromtimestamp(at, zone)
            cut = at + 3600 - (shown.minute * 60 + shown.second)
            if offset_s(cut, zone) != offset_s(at, zone):
                cut = min(cut, _clock_moves(at, cut, zone))
            cut = min(end, cut)
            yield shown.date(), shown.hour, cut - at
            at = cut
