"""Hours in which a space stands idle, and the offer that may fill them (pure; S1).

An hour of the week is idle when it was open at least four times and at most a tenth of that was booked. Idle hours in a row, two or
more, make a band; weekdays with the same band are told together. Hours that have a price of their own are left alone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from market.spaces.hours import DAY_MIN
from market.spaces.tariffs import PriceList, Rate

Hour = tuple[int, int]  # weekday (Monday 0) and hour of the wall clock
Offer = Literal["off_peak", "free"]

LEAST_OPEN_S = 4 * 3600
MOST_BOOKED_SHARE = 10  # one in so many
LEAST_HOURS = 2
OFF_PEAK_SHARE = 2  # the plain rate divided by this


@dataclass(frozen=True, slots=True)
class IdleBand:
    """From `opens` to `closes` (hours, 24 is midnight) on these weekdays, with what was open and booked in it."""

    weekdays: tuple[int, ...]
    opens: int
    closes: int
    open_s: int
    booked_s: int

    @property
    def idle_s(self) -> int:
        return self.open_s - self.booked_s


def is_idle(open_s: int, booked_s: int) -> bool:
    """Open often enough to judge, and hardly booked."""
    return open_s >= LEAST_OPEN_S and booked_s * MOST_BOOKED_SHARE <= open_s


def idle_bands(counts: Mapping[Hour, tuple[int, int]], offered: Collection[Hour]) -> list[IdleBand]:
    """The idle bands of a space from its (open, booked) seconds by hour of the week, the longest idle time first."""
    idle = {at for at, (open_s, booked_s) in counts.items() if at not in offered and is_idle(open_s, booked_s)}
    bands: dict[tuple[int, int], list[IdleBand]] = {}
    for weekday in range(7):
        for opens, closes in _runs(sorted(hour for day, hour in idle if day == weekday)):
            sums = [sum(counts[weekday, hour][side] for hour in range(opens, closes)) for side in (0, 1)]
            bands.setdefault((opens, closes), []).append(IdleBand((weekday,), opens, closes, sums[0], sums[1]))
    joined = [
        IdleBand(
            tuple(each.weekdays[0] for each in own),
            opens,
            closes,
            sum(each.open_s for each in own),
            sum(each.booked_s for each in own),
        )
        for (opens, closes), own in bands.items()
    ]
    return sorted(joined, key=lambda each: (-each.idle_s, each.opens, each.weekdays))


def _runs(hours: Sequence[int]) -> Iterable[tuple[int, int]]:
    start = end = -1
    for hour in [*hours, 99]:
        if hour == end:
            end += 1
            continue
        if end - start >= LEAST_HOURS:
            yield start, end
        start, end = hour, hour + 1


def banded_hours(prices: PriceList) -> frozenset[Hour]:
    """Hours of the week for any part of which the list has a rate of their own, peak or off-peak."""
    found = set()
    for rate in prices.rates:
        for each in rate.bands:
            for hour in range(each.opens_min // 60, -(-each.closes_min // 60)):
                found.add(((each.weekday + hour * 60 // DAY_MIN) % 7, hour % 24))
    return frozenset(found)


def offered_rate(prices: PriceList, weekdays: Sequence[int], offer: Offer) -> int | None:
    """The rate per hour that the offer would cost, rounded down; None where the list has no single plain rate to lower."""
    if prices.rate("fixed") is not None:
        return None
    plain = {rate.minor if (rate := prices.rate("hour", day)) else None for day in weekdays}
    if len(plain) != 1 or None in plain:
        return None
    (rate_minor,) = plain
    assert rate_minor is not None
    lowered = 0 if offer == "free" else rate_minor // OFF_PEAK_SHARE
    return lowered if lowered < rate_minor else None


def with_offer(prices: PriceList, *, weekdays: Sequence[int], opens: str, closes: str, minor: int) -> PriceList:
    """The list with a lower rate in the band."""
    band = Rate("hour", minor, tuple(weekdays), opens, closes, "off_peak")
    return replace(prices, rates=(*prices.rates, band))
