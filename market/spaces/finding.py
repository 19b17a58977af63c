"""Finding a free space: when, how long, for how many, near where, at most how much, over what is really free.

Service code of the spaces slice, split off by noun. One statement reads what is taken; the spaces themselves are in memory
(open_spaces.py). Each is looked at only while it could still be among the first, and priced only when it is free; the hours, gaps and
prices are those of its own page, so that what is found can be booked as it stands."""

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from market.db import Connection, Database, Row
from market.errors import InvalidInput
from market.people.rules import Actor
from market.search.rules import distance_m
from market.spaces import finding_queries, open_spaces, quoting
from market.spaces.hours import Stretch, merged, moment, seconds
from market.spaces.open_spaces import OpenSpace, OpenSpaces
from market.spaces.pricing import Book, least_price, price_between
from market.spaces.rules import DAY_S, Terms
from market.spaces.tariffs import Renter

LONGEST_WINDOW = timedelta(days=7)
SHOWN = 30
# So many starts of one space on one day are priced before it counts as too dear.
STARTS_TRIED = 48
NOWHERE = 1 << 40


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
    """A booking that can be made: `list_minor` without off-peak, `payable_minor` for who asks."""

    row: Row
    starts_at: datetime
    ends_at: datetime
    payable_minor: int
    list_minor: int
    distance_m: int | None


# What comes first: (hundreds of metres, seconds since the epoch, place in the list).
Order = tuple[int, int, int]


@dataclass(slots=True)
class _Search:
    """A wish, the moment it is asked, and the best that was found so far, in order."""

    wish: Wish
    renter: Renter
    known: OpenSpaces
    now: int
    best: list[Order] = field(default_factory=list)
    audiences: dict[UUID, frozenset[str]] = field(default_factory=dict)

    def book(self, space: OpenSpace) -> Book:
        """The space's prices for who asks."""
        found = self.audiences.get(space.community_id)
        if found is None:
            found = self.audiences[space.community_id] = self.renter.audiences(space.community_id)
        return space.book(found)

    def could_be_shown(self, order: Order) -> bool:
        return len(self.best) < SHOWN or order < self.best[-1]

    def add(self, order: Order) -> None:
        insort(self.best, order)
        del self.best[SHOWN:]


def starts(
    runs: Sequence[Stretch],
    taken: Sequence[Stretch],
    terms: Terms,
    *,
    length: int,
    step: int,
    window: Stretch,
    now: int,
) -> Iterator[int]:
    """Every start on the space's grid from which `length` seconds are open and free inside the window, the earliest first: with its
    buffers around it, after its notice and up to its horizon. `runs` are merged and of whole granules."""
    low, high = max(window[0], now + terms.lead_s, now), min(window[1], now + terms.horizon_s + terms.max_s)
    last = min(high - length, now + terms.horizon_s)
    blocked = merged((begin - terms.after_s, end + terms.before_s) for begin, end in taken)
    number = 0
    for opens, closes in runs:
        at = opens + max(0, -((opens - low) // step)) * step
        while at <= min(closes - length, last):
            while number < len(blocked) and blocked[number][1] <= at:
                number += 1
            if number == len(blocked) or blocked[number][0] >= at + length:
                yield at
                at += step
            else:
                at = opens - ((opens - blocked[number][1]) // step) * step


async def free_spaces(db: Database, *, actor: Actor | None, wish: Wish) -> list[Found]:
    """The first time of each space that will do, priced for who asks: the nearest first where a place is named, else the soonest.

    Raises InvalidInput naming `from`, `to` or `minutes`."""
    faults = _faults(wish)
    if faults:
        raise InvalidInput(faults)
    length = wish.minutes * 60
    async with db.read() as tx:
        renter = await quoting.renter_of(tx, actor=actor, partner=None)
        days = _days(wish, length)
        known, row = await _taken_first(db, tx, days[0])
        asked = _Search(wish, renter, known, seconds(row["now"]))
        left = _look(asked, _fitting(asked), row, days[0])
        for window in days[1:]:
            left = [each for each in left if asked.could_be_shown((each[0], window[0], each[1]))]
            if not left:
                break
            left = _look(asked, left, await _taken(tx, known, window), window)
    return [_found(asked, order, length) for order in asked.best]


def _days(wish: Wish, length: int) -> list[Stretch]:
    """The wish's window in days, each with what a booking that begins in it may still reach."""
    low, high = seconds(wish.low), seconds(wish.high)
    return [(day, min(high, day + DAY_S + length - 1)) for day in range(low, high, DAY_S)]


async def _taken(tx: Connection, known: OpenSpaces, window: Stretch) -> Row:
    margin = known.widest_buffer_s
    return await finding_queries.taken(tx, low=moment(window[0] - margin), high=moment(window[1] + margin))


async def _taken_first(db: Database, tx: Connection, window: Stretch) -> tuple[OpenSpaces, Row]:
    """The spaces as they are and what of them is taken; a second look where they have changed since the last question."""
    known = await open_spaces.current(db, tx)
    row = await _taken(tx, known, window)
    if row["stamp"] != known.stamp:
        known = await open_spaces.renewed(db, tx)
        row = await _taken(tx, known, window)
    return known, row


def _fitting(asked: _Search) -> list[tuple[int, int]]:
    """(hundreds of metres, place in the list) of the spaces that would do if they were free."""
    wish, length = asked.wish, asked.wish.minutes * 60
    away = None if wish.near is None else asked.known.distances(wish.near)
    return [
        (0 if away is None else _far(away[place]), place)
        for place, each in enumerate(asked.known.spaces)
        if each.capacity >= wish.people
        and (wish.kind is None or each.kind == wish.kind)
        and (wish.community is None or wish.community in each.communities)
        and each.terms.min_s <= length <= each.terms.max_s
        and length % each.tariff.granule_s == 0
        and (each.who_may_book == "anyone" or asked.renter.may_not_book(each.who_may_book, each.community_id) is None)
    ]


def _far(distance_m: int | None) -> int:
    return NOWHERE if distance_m is None else distance_m // 100


def _look(asked: _Search, left: Sequence[tuple[int, int]], row: Row, window: Stretch) -> list[tuple[int, int]]:
    """Add the first time of each space in this window that may be among the first; returns those that are not free in it."""
    known, length = asked.known, asked.wish.minutes * 60
    runs = known.runs(window)
    soonest = [
        _soonest(own, tariff.granule_s, length, window[0]) for own, tariff in zip(runs, known.shapes, strict=True)
    ]
    orders, rest = [], []
    for far, place in left:
        at = soonest[known.spaces[place].shape]
        if at is None:
            rest.append((far, place))
        else:
            orders.append((far, at, place))
    orders.sort()
    for order in orders:
        if not asked.could_be_shown(order):
            break
        far, _, place = order
        at = _first(asked, place, runs[known.spaces[place].shape], row, window)
        if at is None:
            rest.append((far, place))
        else:
            asked.add((far, at, place))
    return rest


def _soonest(runs: Sequence[Stretch], step: int, length: int, low: int) -> int | None:
    """The first start on the grid that is open long enough, whatever is taken."""
    for opens, closes in runs:
        at = opens + max(0, -((opens - low) // step)) * step
        if at + length <= closes:
            return at
    return None


def _first(asked: _Search, place: int, runs: Sequence[Stretch], row: Row, window: Stretch) -> int | None:
    """The first start in this space that has a price, and not too high a one."""
    length, most = asked.wish.minutes * 60, asked.wish.most_minor
    space = asked.known.spaces[place]
    book = asked.book(space)
    if most is not None and most < least_price(book, length):
        return None
    step, taken = space.tariff.granule_s, asked.known.taken(row, place)
    tried = starts(runs, taken, space.terms, length=length, step=step, window=window, now=asked.now)
    for at in islice(tried, STARTS_TRIED):
        price = price_between(book, at, at + length)
        if price is not None and (most is None or price[0] <= most):
            return at
    return None


def _found(asked: _Search, order: Order, length: int) -> Found:
    _, at, place = order
    space = asked.known.spaces[place]
    price = price_between(asked.book(space), at, at + length)
    assert price is not None  # it was asked for when the space was found
    near = asked.wish.near
    return Found(
        row=space.row,
        starts_at=moment(at),
        ends_at=moment(at + length),
        payable_minor=price[0],
        list_minor=price[1],
        distance_m=None if near is None or space.place is None else distance_m(near, space.place),
    )


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
