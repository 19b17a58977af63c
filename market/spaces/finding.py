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
from market.spaces.hours import Stretch, merged, moment, seconds
from market.spaces.rules import DAY_S, Cell, SpaceForHire, free_cells
from market.spaces.tariffs import Renter

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


def starts(cells: Sequence[Cell], *, length: int, step: int, window: Stretch) -> Iterator[int]:
    """Every start on the space's grid from which `length` seconds are free inside the window, the earliest first."""
    for low, high in merged((cell.start, cell.end) for cell in cells):
        first = low + max(0, -((low - window[0]) // step)) * step
        yield from range(first, min(high, window[1]) - length + 1, step)


async def free_spaces(db: Database, *, actor: Actor | None, wish: Wish) -> list[Found]:
    """The first time of each space that will do, priced for who asks: the nearest first where a place is named, else the soonest, the
    cheapest first. Raises InvalidInput naming `from`, `to` or `minutes`."""
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
    found = [
        Found(row, space, _distance(row, wish)) for row in rows if (space := _first(row, wish, renter)) is not None
    ]
    found.sort(key=lambda each: (_far(each, wish), each.space.starts_at, each.space.payable_minor, each.space.space_id))
    return found[:SHOWN]


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


def _first(row: Row, wish: Wish, renter: Renter) -> SpaceForHire | None:
    """The first time of this space that will do; None when there is none, or it is kept from this renter."""
    if renter.may_not_book(row["who_may_book"], row["community_id"]) is not None:
        return None
    window = (seconds(wish.low), seconds(wish.high))
    taken = merged(zip(row["lows"] or (), row["highs"] or (), strict=True))
    cells = free_cells(quoting.tariff_from(row), quoting.terms_from(row), taken, window=window, now=seconds(row["now"]))
    length, step = wish.minutes * 60, row["granularity_min"] * 60
    horizon = seconds(row["now"]) + row["horizon_days"] * DAY_S
    for number, at in enumerate(starts(cells, length=length, step=step, window=window)):
        if number == STARTS_TRIED or at > horizon:
            return None
        try:
            found = quoting.priced(row, starts_at=moment(at), ends_at=moment(at + length), renter=renter)
        except InvalidInput:  # no price at that time
            continue
        if wish.most_minor is None or found.payable_minor <= wish.most_minor:
            return found
    return None


def _distance(row: Row, wish: Wish) -> int | None:
    if wish.near is None or row["place_latitude"] is None or row["place_longitude"] is None:
        return None
    return distance_m(wish.near, (row["place_latitude"], row["place_longitude"]))


def _far(found: Found, wish: Wish) -> float:
    if wish.near is None:
        return 0
    return float("inf") if found.distance_m is None else found.distance_m // 100
