"""What a space costs and when it can be taken: granules, lengths, lead time, horizon, tariff bands, free and taken stretches.

The hours of a day are sold in granules counted from the opening time. The price of a granule at a rate per hour is the
difference of floor(rate × minutes since the epoch ÷ 60) at its two ends: every full hour at one rate costs exactly the rate, any
other length is less than one minor unit off, and splitting an interval never changes the sum. A granule that lies wholly in an
off-peak band costs the band's rate (bands do not overlap), never more than at the full rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from market.spaces.cancellation import USUAL, Step
from market.spaces.hours import (
    Band,
    Stretch,
    band,
    day_band,
    day_bands,
    intersection,
    local_day,
    merged,
    seconds,
    without,
)

HOUR_S = 3600
DAY_S = 86_400
MAX_AHEAD = timedelta(days=20 * 365)
LONGEST_BOOKING = timedelta(days=2)
LONGEST_DAYS = {"booking": LONGEST_BOOKING.days, "session": 31, "closure": 400, "lease": 3660}


@dataclass(frozen=True, slots=True)
class SpaceForHire:
    """One interval of one space, priced: `list_minor` at the full rate, `market_minor` after off-peak, `payable_minor` for this renter.

    `tariff` is what an order keeps of it: audience, deposit and parts. `renter_id` is the partner it is booked for;
    `approval_hours` is set where the community's staff agree first, within that time."""

    space_id: UUID
    name: str
    name_en: str | None
    kind: str
    community_id: UUID
    community_slug: str
    time_zone: str
    enterprise_slug: str | None
    enterprise_name: str | None
    list_minor: int
    payable_minor: int
    currency: str
    starts_at: datetime
    ends_at: datetime
    capacity: int = 1
    enterprise_name_en: str | None = None
    market_minor: int | None = None
    audience: str = "everybody"
    tariff: dict[str, Any] | None = None
    renter_id: UUID | None = None
    cancellation: tuple[Step, ...] = USUAL
    max_open_bookings: int | None = None
    approval_hours: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Tariff:
    """When a space is open and what its granules cost; equal only to itself, so that days can be kept per tariff."""

    zone: ZoneInfo
    week: tuple[Band, ...]
    off_peak: tuple[Band, ...]
    rate_minor: int
    granule_s: int


@dataclass(frozen=True, slots=True)
class Terms:
    """How a space may be booked; lengths and buffers in seconds."""

    min_s: int
    max_s: int
    lead_s: int
    horizon_s: int
    before_s: int
    after_s: int


class Run(NamedTuple):
    """Granules in a row: the first starts at `start`; full and payable price of each."""

    start: int
    end: int
    full: tuple[int, ...]
    payable: tuple[int, ...]


class Cell(NamedTuple):
    """A free stretch that can be booked as it stands; `full` is its price without off-peak."""

    start: int
    end: int
    payable: int
    full: int


def granule_price(rate_minor: int, start: int, end: int) -> int:
    """Minor units for [start, end) seconds at `rate_minor` per hour; see the rounding in the module's docstring."""
    return rate_minor * end // HOUR_S - rate_minor * start // HOUR_S


@lru_cache(maxsize=4096)
def day_runs(tariff: Tariff, day: date) -> tuple[Run, ...]:
    """The granules of the hours that open on `day`; what is left of hours that are no whole number of granules is not sold."""
    cheap = [
        each for near in (-1, 0, 1) for each in day_bands(tariff.off_peak, tariff.zone, day + timedelta(days=near))
    ]
    runs = []
    for opens, closes, _ in day_bands(tariff.week, tariff.zone, day):
        starts = range(opens, closes - tariff.granule_s + 1, tariff.granule_s)
        full = tuple(granule_price(tariff.rate_minor, start, start + tariff.granule_s) for start in starts)
        payable = tuple(
            min(
                [
                    price,
                    *(
                        granule_price(each.rate_minor or 0, start, start + tariff.granule_s)
                        for low, high, each in cheap
                        if low <= start and start + tariff.granule_s <= high
                    ),
                ]
            )
            for start, price in zip(starts, full, strict=True)
        )
        if full:
            runs.append(Run(opens, opens + len(full) * tariff.granule_s, full, payable))
    return tuple(runs)


def runs_between(tariff: Tariff, window: Stretch) -> list[Run]:
    """All runs of granules that touch the window, in order."""
    day, last = local_day(window[0], tariff.zone) - timedelta(days=1), local_day(window[1], tariff.zone)
    found: list[Run] = []
    while day <= last:
        found.extend(run for run in day_runs(tariff, day) if run.end > window[0] and run.start < window[1])
        day += timedelta(days=1)
    return found


def order_faults(starts_at: datetime, ends_at: datetime, *, longest: timedelta) -> list[tuple[str, str]]:
    """What is wrong with any period, whenever it is: no offset, an absurd year, not in order, too long."""
    both = (("starts_at", starts_at), ("ends_at", ends_at))
    faults = [
        (field, "needs an offset from UTC, for example +08:00") for field, value in both if value.utcoffset() is None
    ]
    faults = faults or [(field, "is not a year to plan for") for field, value in both if not 2000 <= value.year <= 2200]
    if faults:
        return faults
    if ends_at <= starts_at:
        return [("ends_at", "must be after the start")]
    if ends_at - starts_at > longest:
        return [("ends_at", f"must be at most {longest // timedelta(hours=1)} hours after the start")]
    return []


def period_faults(
    starts_at: datetime, ends_at: datetime, *, now: datetime, longest: timedelta
) -> list[tuple[str, str]]:
    """What is wrong with a period that staff ask for: as order_faults(), or over, or too far away."""
    faults = order_faults(starts_at, ends_at, longest=longest)
    if not faults and ends_at <= now:
        return [("ends_at", "is in the past")]
    if not faults and starts_at - now > MAX_AHEAD:
        return [("starts_at", "is too far in the future")]
    return faults


def booking_faults(terms: Terms, starts_at: datetime, ends_at: datetime, *, now: datetime) -> list[tuple[str, str]]:
    """Why a booking of this length at this time is not taken, hours and price apart."""
    faults = order_faults(starts_at, ends_at, longest=LONGEST_BOOKING)
    if faults:
        return faults
    start, length, at = seconds(starts_at), seconds(ends_at) - seconds(starts_at), seconds(now)
    found = (
        (start < at, "starts_at", "is in the past"),
        (start < at + terms.lead_s, "starts_at", f"must be booked at least {terms.lead_s // 60} minutes ahead"),
        (start > at + terms.horizon_s, "starts_at", f"can be booked at most {terms.horizon_s // DAY_S} days ahead"),
        (length < terms.min_s, "ends_at", f"a booking lasts at least {terms.min_s // 60} minutes"),
        (length > terms.max_s, "ends_at", f"a booking lasts at most {terms.max_s // 60} minutes"),
    )
    return next(([(field, message)] for is_fault, field, message in found if is_fault), [])


def price_of(tariff: Tariff, starts_at: datetime, ends_at: datetime) -> tuple[int, int] | list[tuple[str, str]]:
    """(full, payable) minor units of an interval of whole granules inside the opening hours, or the faults."""
    grid = f"must fall on the space's grid of {tariff.granule_s // 60} minutes, counted from opening"
    if starts_at.microsecond or ends_at.microsecond:
        return [("starts_at" if starts_at.microsecond else "ends_at", grid)]
    at, end = seconds(starts_at), seconds(ends_at)
    full = payable = 0
    for run in runs_between(tariff, (at, end)):
        if run.end <= at:
            continue
        if at < run.start:
            break
        if (at - run.start) % tariff.granule_s:
            return [("starts_at", grid)]
        first, last = (at - run.start) // tariff.granule_s, (min(end, run.end) - run.start) // tariff.granule_s
        if end < run.end and (end - run.start) % tariff.granule_s:
            return [("ends_at", grid)]
        full += sum(run.full[first:last])
        payable += sum(run.payable[first:last])
        at = min(end, run.end)
    if at == end:
        return full, payable
    return [("starts_at" if at == seconds(starts_at) else "ends_at", "is outside the opening hours")]


def free_cells(tariff: Tariff, terms: Terms, taken: Sequence[Stretch], *, window: Stretch, now: int) -> list[Cell]:
    """The free time inside the window, cut into cells of the shortest length that can be booked.

    `taken` are merged periods with the buffers of those who took them. Each unbroken run of free granules is cut from its
    beginning; what is left at its end joins the last cell when that stays within the longest length. A run too short to be
    booked is not free. Every cell can be booked as it stands, and neighbours together."""
    step = tariff.granule_s
    earliest, latest = max(window[0], now + terms.lead_s), min(window[1], now + terms.horizon_s + terms.max_s)
    runs = runs_between(tariff, window)
    ends = [(0, earliest), (latest, max(latest, runs[-1].end) + 1)] if runs else []
    blocked = merged([*ends, *((low - terms.after_s, high + terms.before_s) for low, high in taken)])
    cells: list[Cell] = []
    prices: tuple[tuple[int, int], ...] = ()
    begin, reached, index = 0, -1, 0
    for start, end in without([(run.start, run.end) for run in runs], blocked):
        while runs[index].end <= start:
            index += 1
        run = runs[index]
        first, last = (
            -((run.start - start) // step),
            (end - run.start) // step,
        )  # whole granules: up from the start, down from the end
        if last <= first:
            continue
        if run.start + first * step != reached:
            _cut(cells, begin, prices, step, terms)
            begin, prices = run.start + first * step, ()
        reached = run.start + last * step
        prices += tuple(zip(run.payable[first:last], run.full[first:last], strict=True))
    _cut(cells, begin, prices, step, terms)
    while cells and cells[-1].start > now + terms.horizon_s:
        cells.pop()
    return cells


def _cut(cells: list[Cell], begin: int, prices: Sequence[tuple[int, int]], step: int, terms: Terms) -> None:
    """Add the cells of one unbroken free run; `prices` are (payable, full) of its granules."""
    size = -(-terms.min_s // step)
    whole, left = divmod(len(prices), size)
    for number in range(whole):
        first = number * size
        last = first + size
        if number == whole - 1 and (size + left) * step <= terms.max_s:
            last += left
        payable, full = (sum(each[side] for each in prices[first:last]) for side in (0, 1))
        cells.append(Cell(begin + first * step, begin + last * step, payable, full))


def taken_cells(tariff: Tariff, taken: Sequence[Stretch], *, window: Stretch) -> list[Stretch]:
    """What is taken inside the opening hours and the window, joined where it touches."""
    hours = merged((run.start, run.end) for run in runs_between(tariff, window))
    return intersection(intersection(hours, [window]), taken)


@lru_cache(maxsize=4096)
def tariff_of(
    hours: tuple[tuple[int, str, str], ...],
    off_peak: tuple[tuple[int, str, str, int], ...],
    rate_minor: int,
    granularity_min: int,
    zone: str,
    exceptions: tuple[tuple[date, str, str], ...] = (),
) -> Tariff:
    """The tariff of plain values; the same values give the same object."""
    return Tariff(
        zone=ZoneInfo(zone),
        week=tuple(band(weekday=day, opens=opens, closes=closes) for day, opens, closes in hours)
        + tuple(day_band(day, opens, closes) for day, opens, closes in exceptions),
        off_peak=tuple(
            band(weekday=day, opens=opens, closes=closes, rate_minor=rate) for day, opens, closes, rate in off_peak
        ),
        rate_minor=rate_minor,
        granule_s=granularity_min * 60,
    )
