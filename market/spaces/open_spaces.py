"""All open spaces as they are looked through for a free one: kept in memory, and read again when the database says that one has changed.

Service code of the spaces slice, split off by noun. What is taken is never kept: it is read for every question, and the same statement
brings the stamp that says whether the rest still holds."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID
from weakref import WeakKeyDictionary

from market.db import Connection, Database, Row
from market.search.rules import distance_m
from market.spaces import finding_queries, quoting
from market.spaces.hours import Stretch, merged
from market.spaces.pricing import Book, book_of
from market.spaces.rules import Tariff, Terms, runs_between
from market.spaces.tariffs import PriceList

WINDOWS_KEPT = 200
Place = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class OpenSpace:
    """One space with what its hours and prices are made of; `shape` numbers the weeks that are alike."""

    row: Row
    id: UUID
    kind: str
    capacity: int
    who_may_book: str
    community_id: UUID
    communities: frozenset[str]
    place: Place | None
    tariff: Tariff
    terms: Terms
    lists: tuple[PriceList, ...]
    shape: int
    books: dict[frozenset[str], Book] = field(default_factory=dict)

    def book(self, audiences: frozenset[str]) -> Book:
        """Its prices for one sort of renter."""
        found = self.books.get(audiences)
        if found is None:
            found = self.books[audiences] = book_of(self.tariff, self.lists, audiences)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class OpenSpaces:
    """Every open space in the order of ids. `shapes` has a tariff of each sort of week; `inside` has for each the
    numbers that keep it from being free while they are taken: its own, and those of all inside it."""

    stamp: str
    spaces: Sequence[OpenSpace]
    shapes: Sequence[Tariff]
    inside: Sequence[Sequence[int]]
    widest_buffer_s: int
    windows: dict[Stretch, list[list[Stretch]]] = field(default_factory=dict)

    def runs(self, window: Stretch) -> list[list[Stretch]]:
        """When each sort of week is open in the window, joined where it touches, whole granules each. Kept for a while: many ask for
        the same part of the same day."""
        found = self.windows.get(window)
        if found is None:
            if len(self.windows) >= WINDOWS_KEPT:
                self.windows.clear()
            found = [merged((run.start, run.end) for run in runs_between(tariff, window)) for tariff in self.shapes]
            self.windows[window] = found
        return found

    def distances(self, near: Place) -> list[int | None]:
        """Metres to each space; None where nobody knows where it is."""
        known: dict[Place | None, int | None] = {None: None}
        found = []
        for each in self.spaces:
            if each.place not in known:
                known[each.place] = distance_m(near, each.place)  # type: ignore[arg-type]  # None is known
            found.append(known[each.place])
        return found

    def taken(self, row: Row, place: int) -> list[Stretch]:
        """When the space at this place of the list is taken, of what finding_queries.taken() brought: its own number and those inside.
        Looked up for each space that is looked at, which are far fewer than what is taken."""
        numbers, lows, highs = row["numbers"], row["lows"], row["highs"]
        found: list[Stretch] = []
        for number in self.inside[place]:
            at = bisect_left(numbers, number)
            while at < len(numbers) and numbers[at] == number:
                found.append((lows[at], highs[at]))
                at += 1
        return found


_kept: WeakKeyDictionary[Database, OpenSpaces] = WeakKeyDictionary()


async def current(db: Database, tx: Connection) -> OpenSpaces:
    """What is kept, or read now when nothing is."""
    kept = _kept.get(db)
    return kept if kept is not None else await renewed(db, tx)


async def renewed(db: Database, tx: Connection) -> OpenSpaces:
    """Read again and kept."""
    kept = _kept[db] = await _read(tx)
    return kept


async def _read(tx: Connection) -> OpenSpaces:
    stamp, rows = await finding_queries.open_spaces(tx)
    within = await finding_queries.parents(tx)
    shapes: dict[tuple[object, ...], int] = {}
    first: list[Tariff] = []
    spaces = []
    for row in rows:
        tariff = quoting.tariff_from(row)
        shape = shapes.setdefault((tariff.zone, tariff.week, tariff.granule_s), len(first))
        if shape == len(first):
            first.append(tariff)
        spaces.append(_space(row, tariff, shape))
    numbers = {row["id"]: row["space_no"] for row in [*rows, *within]}
    parents = {row["id"]: row["parent_id"] for row in within}
    return OpenSpaces(
        stamp=stamp,
        spaces=spaces,
        shapes=first,
        inside=_inside(spaces, numbers, parents),
        widest_buffer_s=max((max(each.terms.before_s, each.terms.after_s) for each in spaces), default=0),
    )


def _space(row: Row, tariff: Tariff, shape: int) -> OpenSpace:
    latitude, longitude = row["place_latitude"], row["place_longitude"]
    return OpenSpace(
        row=row,
        id=row["id"],
        kind=row["kind"],
        capacity=row["capacity"],
        who_may_book=row["who_may_book"],
        community_id=row["community_id"],
        communities=frozenset(row["community_path"]),
        place=None if latitude is None or longitude is None else (latitude, longitude),
        tariff=tariff,
        terms=quoting.terms_from(row),
        lists=quoting.lists_from(row),
        shape=shape,
    )


def _inside(
    spaces: Sequence[OpenSpace], numbers: Mapping[UUID, int], parents: Mapping[UUID, UUID]
) -> list[tuple[int, ...]]:
    """For each space its own number and those of all spaces inside it, whether they are open or not."""
    found: dict[UUID, list[int]] = {each.id: [] for each in spaces}
    for key, number in numbers.items():
        at: UUID | None = key
        while at is not None:
            if at in found:
                found[at].append(number)
            at = parents.get(at)
    return [tuple(found[each.id]) for each in spaces]
