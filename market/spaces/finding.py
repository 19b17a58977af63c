"""Finding a free space: when, how long, for how many, near where, at most how much, over what is really free.

Service code of the spaces slice, split off by noun. One statement reads everything; the hours, gaps and prices of each space are then
worked out as they are for its own page, so that what is found can be booked as it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from market.db import Database, Row
from market.errors import InvalidInput
from market.people.rules import Actor
from market.search.rules import distance_m
from market.spaces import finding_queries, quoting
from market.spaces.hours import Stretch, merged, moment, seconds, without
from market.spaces.pricing import priced_cells
from market.spaces.rules import DAY_S, Cell, SpaceForHire, Tariff, Terms, price_of, runs_between
from market.spaces.tariffs import PriceList, Renter

LONGEST_WINDOW = timedelta(days=7)
SHOWN = 30
# So many starts of one space are priced before it counts as too dear.
STARTS_TRIED = 48
MARGIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """A booking of `minutes` that lies between `low` and `high`; `near` in degrees, `most_minor` for the whole booking."""

    low: datetime
    high: datetime
    minutes: int
    people: int = 1
    community: str | None = None
    kind: str | None = None
    near: tuple[float, float] | None = None
    most_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    row: Row
    space: SpaceForHire
    distance_m: int | None


def gaps(tariff: Tariff, terms: Terms, taken: Sequence[Stretch], *, window: Stretch, now: int) -> list[Stretch]:
    """What is free inside the window, the buffers of who comes and the notice that the space needs kept: whole granules from opening.
    As rules.free_cells, without prices."""
    earliest, latest = max(window[0], now + terms.lead_s), min(window[1], now + terms.horizon_s + terms.max_s)
    blocked = merged((low - terms.after_s, high + terms.before_s) for low, high in taken)
    found = []
    for run in runs_between(tariff, window):
        for low, high in without([(run.start, run.end)], blocked):
            first = -((run.start - max(low, earliest)) // tariff.granule_s)
            last = (min(high, latest) - run.start) // tariff.granule_s
            if first < last:
                found.append((run.start + first * tariff.granule_s, run.start + last * tariff.granule_s))
    return merged(found)


def starts(free: Sequence[Stretch], *, length: int, step: int, window: Stretch) -> Iterator[int]:
    """Every start on the space's grid from which `length` seconds are free inside the window, the earliest first."""
    for low, high in free:
        first = low + max(0, -((low - window[0]) // step)) * step
        yield from range(first, min(high, window[1]) - length + 1, step)


async def free_spaces(db: Database, *, actor: Actor | None, wish: Wish) -> list[Found]:
    """The first time of each space that will do, priced for who asks: the nearest first where a place is named, else the soonest.

    Raises InvalidInput naming `from`, `to` or `minutes`."""
    faults = _faults(wish)
    if faults:
        raise InvalidInput(faults)
    async with db.read() as tx:
        renter = await quoting.renter_of(tx, actor=actor, partner=None)
        rows = await finding_queries.candidates(
            tx,
            community=wish.community,
            kind=wish.kind,
            people=wish.people,
            minutes=wish.minutes,
            low=wish.low - MARGIN,
            high=wish.high + MARGIN,
        )
    fits = [(row, at) for row in rows if (at := _first(row, wish, renter)) is not None]
    fits.sort(key=lambda fit: (_far(fit[0], wish), fit[1], fit[0]["id"]))
    length = timedelta(minutes=wish.minutes)
    return [
        Found(
            row,
            quoting.priced(row, starts_at=moment(at), ends_at=moment(at) + length, renter=renter),
            _distance(row, wish),
        )
        for row, at in fits[:SHOWN]
    ]


def _faults(wish: Wish) -> list[tuple[str, str]]:
    if wish.low.utcoffset() is None or wish.high.utcoffset() is None:
        return [("from", "needs an offset from UTC, for example +08:00")]
    if not all(2000 <= each.year <= 2200 for each in (wish.low, wish.high)):
        return [("from", "is not a year to look at")]
    if not timedelta(0) < wish.high - wish.low <= LONGEST_WINDOW:
        return [("to", f"must be after the start, by at most {LONGEST_WINDOW.days} days")]
    if timedelta(minutes=wish.minutes) > wish.high - wish.low:
        return [("minutes", "must fit between from and to")]
    return []


def _first(row: Row, wish: Wish, renter: Renter) -> int | None:
    """The first start in this space that will do; None when there is none, or it is kept from this renter."""
    if renter.may_not_book(row["who_may_book"], row["community_id"]) is not None:
        return None
    window, now = (seconds(wish.low), seconds(wish.high)), seconds(row["now"])
    tariff, terms = quoting.tariff_from(row), quoting.terms_from(row)
    taken = merged(zip(row["lows"] or (), row["highs"] or (), strict=True))
    free = gaps(tariff, terms, taken, window=window, now=now)
    lists, audiences = quoting.lists_from(row), renter.audiences(row["community_id"])
    length = wish.minutes * 60
    for number, at in enumerate(starts(free, length=length, step=tariff.granule_s, window=window)):
        if number == STARTS_TRIED or at > now + row["horizon_days"] * DAY_S:
            return None
        price = _price(tariff, lists, audiences, at, at + length)
        if price is not None and (wish.most_minor is None or price <= wish.most_minor):
            return at
    return None


def _price(tariff: Tariff, lists: tuple[PriceList, ...], audiences: frozenset[str], start: int, end: int) -> int | None:
    """What the renter pays for the interval; None when it has no price."""
    if lists:
        cells = priced_cells(tariff, lists, [Cell(start, end, 0, 0)], audiences=audiences)
        return cells[0].payable if cells else None
    found = price_of(tariff, moment(start), moment(end))
    return None if isinstance(found, list) else found[1]


def _distance(row: Row, wish: Wish) -> int | None:
    if wish.near is None or row["place_latitude"] is None or row["place_longitude"] is None:
        return None
    return distance_m(wish.near, (row["place_latitude"], row["place_longitude"]))


def _far(row: Row, wish: Wish) -> float:
    if wish.near is None:
        return 0
    distance = _distance(row, wish)
    return float("inf") if distance is None else distance // 100
