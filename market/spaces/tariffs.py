"""Price lists of a space (pure; S1, T6): who pays what, when, in which unit; the cheapest list that a renter is entitled to counts.

An interval is cut into the opening days it touches (hours past midnight belong to the day that opened). Each day costs the least of
its hours, its started half days and its day rate; a week (seven days in a row, counted from the first) costs at most the week's rate,
a month at most the month's. A fixed price is the price of a booking however long it is.

Rounding: hours are exact. Their price is the difference of floor(rate × seconds ÷ 3600) at both ends, so that cutting an interval
never changes the sum. Every other unit is sold whole once it has begun: two bookings in place of one cost at most one such unit more,
and one least charge more. What costs nothing stays free: a least charge is added only where there is something to pay."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from market.spaces.hours import DAY_MIN, Band, band, day_bands, wall_instant
from market.spaces.rules import granule_price

Unit = Literal["hour", "half_day", "day", "week", "month", "fixed", "minimum"]
Peak = Literal["", "peak", "off_peak"]
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
EVERYBODY = "everybody"
# From the least special on: where two lists cost the same, the first is named.
AUDIENCES = (
    EVERYBODY,
    "resident",
    "partner_basic",
    "partner_skill",
    "partner_startup",
    "low_fee",
    "public_benefit",
)
OF_KIND = {"charity": "public_benefit", "club": "low_fee"}


@dataclass(frozen=True, slots=True)
class Rate:
    """`minor` units per `unit` on these weekdays (Monday 0); an hourly rate may be for a part of the day only, peak or off-peak."""

    unit: Unit
    minor: int
    weekdays: tuple[int, ...] = EVERY_DAY
    opens: str | None = None
    closes: str | None = None
    peak: Peak = ""

    @property
    def bands(self) -> list[Band]:
        """The parts of the week of a rate that is for a part of the day."""
        if self.opens is None or self.closes is None:
            return []
        return [band(weekday=day, opens=self.opens, closes=self.closes, rate_minor=self.minor) for day in self.weekdays]


@dataclass(frozen=True, slots=True)
class PriceList:
    """Rates of one audience from `valid_from` to `valid_until` (the last day; None = open)."""

    audience: str
    rates: tuple[Rate, ...]
    minimum_minor: int = 0
    deposit_minor: int = 0
    valid_from: date = date.min
    valid_until: date | None = None

    def is_valid(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def rate(self, unit: Unit, weekday: int | None = None) -> Rate | None:
        """The rate of a unit for a whole day or more, None when the list has none."""
        return next(
            (
                each
                for each in self.rates
                if each.unit == unit and each.opens is None and (weekday is None or weekday in each.weekdays)
            ),
            None,
        )


class Part(NamedTuple):
    """[start, end) seconds at one price."""

    start: int
    end: int
    unit: Unit
    minor: int
    peak: Peak = ""


class Piece(NamedTuple):
    """What of an interval falls into the opening hours that begin on `day`."""

    day: date
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Charge:
    """`list_minor` without off-peak, `market_minor` what everybody pays, `payable_minor` what this renter pays."""

    audience: str
    list_minor: int
    market_minor: int
    payable_minor: int
    deposit_minor: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Renter:
    """Who books; the default is somebody who is not signed in. A partner's kind and tier count only for what is booked in its name."""

    resident_of: frozenset[UUID] = frozenset()
    partner_id: UUID | None = None
    partner_kind: str = ""
    partner_tier: str = ""

    def may_not_book(self, who: str, community_id: UUID) -> str | None:
        """Why this renter may not book a space that is kept for residents or partners; None when they may."""
        if who == "residents" and community_id not in self.resident_of and self.partner_id is None:
            return "residents_only"
        return "partners_only" if who == "partners" and self.partner_id is None else None

    def audiences(self, community_id: UUID) -> frozenset[str]:
        """The lists they may use for a space of this community."""
        if self.partner_id is None:
            return frozenset({EVERYBODY, "resident"} if community_id in self.resident_of else {EVERYBODY})
        own = {OF_KIND[self.partner_kind]} if self.partner_kind in OF_KIND else set()
        return frozenset({EVERYBODY, f"partner_{self.partner_tier}"} | own)


def charge(
    lists: Sequence[PriceList], *, audiences: Collection[str], pieces: Sequence[Piece], zone: ZoneInfo
) -> Charge | None:
    """What an interval costs this renter: the cheapest list they are entitled to. None when no list has a price for it."""
    market = _priced(lists, EVERYBODY, pieces, zone)
    best = market and (EVERYBODY, *market)
    for audience in AUDIENCES[1:]:
        found = _priced(lists, audience, pieces, zone) if audience in audiences else None
        if found is not None and (best is None or _sum(found[0]) < _sum(best[1])):
            best = (audience, *found)
    if best is None:
        return None
    payable = _sum(best[1])
    has_off_peak = any(rate.peak == "off_peak" for each in lists for rate in each.rates)
    without_off_peak = market
    if market and has_off_peak:
        without_off_peak = _priced([_dear(each) for each in lists], EVERYBODY, pieces, zone)
    usual = _sum(market[0]) if market else payable
    full = _sum(without_off_peak[0]) if without_off_peak else usual
    return Charge(best[0], max(full, usual), usual, payable, best[2], tuple(best[1]))


def _sum(parts: Sequence[Part]) -> int:
    return sum(each.minor for each in parts)


def _dear(each: PriceList) -> PriceList:
    """The same list without its off-peak rates."""
    rates = tuple(rate for rate in each.rates if rate.peak != "off_peak")
    return PriceList(each.audience, rates, each.minimum_minor, each.deposit_minor, each.valid_from, each.valid_until)


def _priced(
    lists: Sequence[PriceList], audience: str, pieces: Sequence[Piece], zone: ZoneInfo
) -> tuple[list[Part], int] | None:
    """The parts and the deposit by the lists of one audience; weeks, months and charges are those of the first day's list."""
    own = [each for each in lists if each.audience == audience]
    first = next((each for each in own if each.is_valid(pieces[0].day)), None) if pieces else None
    if first is None:
        return None
    fixed = first.rate("fixed")
    if fixed is not None:
        parts: list[Part] | None = [Part(pieces[0].start, pieces[-1].end, "fixed", fixed.minor)]
    else:
        parts = _months(first, own, pieces, zone)
    if parts is None:
        return None
    total = _sum(parts)
    if 0 < total < first.minimum_minor:
        parts = [*parts, Part(pieces[0].start, pieces[-1].end, "minimum", first.minimum_minor - total)]
    return parts, first.deposit_minor


def _months(first: PriceList, own: Sequence[PriceList], pieces: Sequence[Piece], zone: ZoneInfo) -> list[Part] | None:
    return _long(pieces, first.rate("month"), relativedelta(months=1), lambda some: _weeks(first, own, some, zone))


def _weeks(first: PriceList, own: Sequence[PriceList], pieces: Sequence[Piece], zone: ZoneInfo) -> list[Part] | None:
    return _long(pieces, first.rate("week"), relativedelta(days=7), lambda some: _days(own, some, zone))


def _long(
    pieces: Sequence[Piece],
    rate: Rate | None,
    length: relativedelta,
    shorter: Callable[[Sequence[Piece]], list[Part] | None],
) -> list[Part] | None:
    """Cut pieces into weeks or months from the first day on, each at most its rate; `shorter` prices what is in one."""
    if rate is None:
        return shorter(pieces)
    found: list[Part] = []
    rest = list(pieces)
    number = 0
    while rest:
        number += 1
        until = pieces[0].day + length * number
        inside = [each for each in rest if each.day < until]
        rest = rest[len(inside) :]
        if not inside:
            continue
        parts = shorter(inside)
        if parts is None or _sum(parts) > rate.minor:
            parts = [Part(inside[0].start, inside[-1].end, rate.unit, rate.minor)]
        found += parts
    return found


def _days(own: Sequence[PriceList], pieces: Sequence[Piece], zone: ZoneInfo) -> list[Part] | None:
    found: list[Part] = []
    for piece in pieces:
        valid = next((each for each in own if each.is_valid(piece.day)), None)
        parts = _day(valid, piece, zone) if valid else None
        if parts is None:
            return None
        found += parts
    return found


def _day(valid: PriceList, piece: Piece, zone: ZoneInfo) -> list[Part] | None:
    """The least of the hours, the started half days (each at most its hours) and the day; where they cost the same, the shortest unit."""
    options: list[list[Part]] = []
    hours = _hours(valid, piece, zone)
    if hours is not None:
        options.append(hours)
    half = valid.rate("half_day", piece.day.weekday())
    if half is not None:
        noon = wall_instant(piece.day, DAY_MIN // 2, zone)
        parts: list[Part] = []
        for start, end in ((piece.start, min(noon, piece.end)), (max(noon, piece.start), piece.end)):
            if start < end:
                own = None if hours is None else _hours(valid, Piece(piece.day, start, end), zone)
                parts += (
                    own if own is not None and _sum(own) <= half.minor else [Part(start, end, "half_day", half.minor)]
                )
        options.append(parts)
    whole = valid.rate("day", piece.day.weekday())
    if whole is not None:
        options.append([Part(piece.start, piece.end, "day", whole.minor)])
    return min(options, key=_sum) if options else None


@lru_cache(maxsize=4096)
def _stretches(rate: Rate, zone: ZoneInfo, day: date) -> tuple[tuple[int, int], ...]:
    """When a rate for a part of the day counts around `day`."""
    return tuple(
        (low, high) for near in (-1, 0, 1) for low, high, _ in day_bands(rate.bands, zone, day + timedelta(days=near))
    )


def _hours(valid: PriceList, piece: Piece, zone: ZoneInfo) -> list[Part] | None:
    plain = valid.rate("hour", piece.day.weekday())
    if plain is None:
        return None
    stretches = sorted(
        (
            (max(low, piece.start), min(high, piece.end), rate)
            for rate in valid.rates
            if rate.opens is not None
            for low, high in _stretches(rate, zone, piece.day)
            if low < piece.end and high > piece.start
        ),
        key=lambda each: each[:2],
    )
    found: list[tuple[int, int, Rate]] = []
    at = piece.start
    for low, high, rate in stretches:
        begin = max(low, at)
        if at < begin:
            found.append((at, begin, plain))
        if begin < high:
            found.append((begin, high, rate))
        at = max(at, high)
    if at < piece.end:
        found.append((at, piece.end, plain))
    parts = []
    for rate, same in groupby(found, key=lambda each: each[2]):
        run = list(same)
        start, end = run[0][0], run[-1][1]
        parts.append(Part(start, end, "hour", granule_price(rate.minor, start, end), rate.peak))
    return parts
