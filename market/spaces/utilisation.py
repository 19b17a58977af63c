"""What a space did with its time, hour by hour of the wall clock: pure counts over calendars (S1).

- open: the opening hours without closures and closed days; a closure of a hall closes its rooms, and a closed room closes the hall,
  which cannot be booked either. A space that is not in use is never open.
- bookable: open, without the time that bookings keep before and after themselves.
- booked: what bookings, sessions and leases take of the open time; used: those of them to which somebody came (a lease is used).
- public: booked by or for public-benefit use. Cancelled: booked, paid for and given back. No-show: booked, and nobody came.
- visits: people who came, in the hour in which it began. Revenue: rent kept, of leases what a month cost; subsidy: what bookings
  that stand cost less than their list price (free use, low fees, off-peak, pools); both spread evenly over the time they were for.

A booked hall books every room in it; a hall of which one room of two is booked counts half. Visits and money of a hall are shared
out over its rooms, so that totals, which count only spaces without others in them, count each place, visit and cent once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from market.spaces.hours import Band, Stretch, by_wall_hour, intersection, local_day, merged, open_stretches, without

Measure = Literal[
    "open_s",
    "bookable_s",
    "booked_s",
    "used_s",
    "public_s",
    "cancelled_s",
    "no_show_s",
    "visits",
    "revenue_minor",
    "subsidy_minor",
]
MEASURES: tuple[Measure, ...] = Measure.__args__  # type: ignore[attr-defined]  # the values of a Literal
WHOLE: tuple[Measure, ...] = ("visits", "revenue_minor", "subsidy_minor")  # of a use as a whole, not of its open time


@dataclass(frozen=True, slots=True)
class Calendar:
    """One space: its hours and what closes it."""

    space_id: UUID
    parent_id: UUID | None
    zone: ZoneInfo
    week: tuple[Band, ...]
    closures: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """A booking, a session or a lease of one space, in seconds since the epoch. `until` is when it was to end, later than `end` when
    the rest was freed. One that neither stands nor was given back is rent for a time and nothing else."""

    use_id: UUID
    space_id: UUID
    start: int
    end: int
    until: int
    stands: bool = True
    is_given_back: bool = False
    is_used: bool = False
    is_public: bool = False
    is_no_show: bool = False
    before_s: int = 0
    after_s: int = 0
    visits: int = 0
    revenue_minor: int = 0
    subsidy_minor: int = 0

    def stretches(self) -> Iterator[tuple[Measure, Stretch]]:
        """What it is of the open time; what it keeps free around itself under `bookable_s`, to be taken off."""
        taken = (self.start, self.end)
        if self.stands:
            yield "booked_s", taken
            yield "bookable_s", (self.start - self.before_s, self.start)
            yield "bookable_s", (self.end, self.end + self.after_s)
        if self.is_given_back:
            yield "cancelled_s", (self.start, self.until)
        if self.stands and self.is_used:
            yield "used_s", taken
        if self.stands and self.is_public:
            yield "public_s", taken
        if self.is_no_show:
            yield "no_show_s", (self.start, self.until)


class SpaceHour(NamedTuple):
    """One row of the statistics."""

    space_id: UUID
    day: date
    hour: int
    is_leaf: bool
    open_s: int = 0
    bookable_s: int = 0
    booked_s: int = 0
    used_s: int = 0
    public_s: int = 0
    cancelled_s: int = 0
    no_show_s: int = 0
    visits: int = 0
    revenue_minor: int = 0
    subsidy_minor: int = 0


def whole_months(first: date, end: date) -> tuple[date, date]:
    """The whole months in the days from `first` up to `end`, not included, as the first day of the first and the day after the last;
    `end` twice where there is none."""
    low = first if first.day == 1 else (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    high = end.replace(day=1)
    return (low, high) if low < high else (end, end)


class Part(NamedTuple):
    """What one use adds to one figure of one space in one hour."""

    space_id: UUID
    day: date
    hour: int
    measure: Measure
    amount: int | Fraction


class House:
    """The calendars of the spaces of a community in a window, with who contains whom."""

    def __init__(self, calendars: Sequence[Calendar], window: Stretch) -> None:
        self._by_id: Mapping[UUID, Calendar] = {each.space_id: each for each in calendars}
        self._children: dict[UUID, list[UUID]] = {each.space_id: [] for each in calendars}
        for each in calendars:
            if each.parent_id in self._children:
                self._children[each.parent_id].append(each.space_id)
        self._window = window
        self._leaves = {each: self._leaves_of(each) for each in self._by_id}
        self._open: dict[UUID, list[Stretch]] = {}

    def above(self, space_id: UUID) -> list[UUID]:
        """The space and all that contain it."""
        found = [space_id]
        while (parent := self._by_id[found[-1]].parent_id) in self._by_id:
            assert parent is not None
            found.append(parent)
        return found

    def _below(self, space_id: UUID) -> list[UUID]:
        return [each for child in self._children[space_id] for each in (child, *self._below(child))]

    def _leaves_of(self, space_id: UUID) -> tuple[UUID, ...]:
        below = [each for each in self._below(space_id) if not self._children[each]]
        return tuple(sorted(below)) or (space_id,)

    def leaves(self) -> frozenset[UUID]:
        """The spaces that contain no other."""
        return frozenset(each for each, children in self._children.items() if not children)

    def open(self, space_id: UUID) -> list[Stretch]:
        """Opening hours in the window without closures."""
        if space_id not in self._open:
            own = self._by_id[space_id]
            relatives = self.above(space_id) + self._below(space_id)
            closed = merged(stretch for each in relatives for stretch in self._by_id[each].closures)
            self._open[space_id] = without(open_stretches(own.week, own.zone, self._window), closed)
        return self._open[space_id]

    def parts(self, use: Use) -> Iterator[Part]:
        """All that a use adds to the figures of its space, of what contains it and of what it contains."""
        if use.space_id not in self._by_id:
            return
        shares = _shares(use, self._leaves[use.space_id])
        for target in (*self.above(use.space_id), *self._below(use.space_id)):
            leaves = self._leaves[target]
            common = [each for each in leaves if each in shares]
            weight = 1 if len(common) == len(leaves) else Fraction(len(common), len(leaves))
            zone = self._by_id[target].zone
            for measure, stretch in use.stretches():
                sign = -weight if measure == "bookable_s" else weight
                for day, hour, length in by_wall_hour(intersection([stretch], self.open(target)), zone):
                    yield Part(target, day, hour, measure, sign * length)
            yield from self._whole(use, target, [shares[each] for each in common])

    def _whole(self, use: Use, target: UUID, shares: Sequence[tuple[int, ...]]) -> Iterator[Part]:
        """Visits in the first hour, and the money over all hours, open or not."""
        zone = self._by_id[target].zone
        first, last = local_day(self._window[0], zone), local_day(self._window[1] - 1, zone)
        visits, *sums = (sum(each[side] for each in shares) for side in range(len(WHOLE)))
        done, length = 0, use.until - use.start
        for number, (day, hour, lasting) in enumerate(
            by_wall_hour([(use.start, use.until)], zone) if visits or any(sums) else ()
        ):
            amounts = [whole * (done + lasting) // length - whole * done // length for whole in sums]
            done += lasting
            if first <= day <= last:
                if number == 0 and visits:
                    yield Part(target, day, hour, "visits", visits)
                for measure, amount in zip(WHOLE[1:], amounts, strict=True):
                    if amount:
                        yield Part(target, day, hour, measure, amount)

    def hours(self, uses: Iterable[Use]) -> list[SpaceHour]:
        """The rows of all spaces in the window, those that say nothing left out, in a fixed order."""
        cells: defaultdict[tuple[UUID, date, int], Counter[Measure]] = defaultdict(Counter)
        for space_id, own in self._by_id.items():
            for day, hour, length in by_wall_hour(self.open(space_id), own.zone):
                cell = cells[space_id, day, hour]
                cell["open_s"] += length
                cell["bookable_s"] += length
        for use in uses:
            for part in self.parts(use):
                cells[part.space_id, part.day, part.hour][part.measure] += part.amount  # type: ignore[assignment]  # int or cents by measure
        leaves = self.leaves()
        return [
            SpaceHour(space_id, day, hour, space_id in leaves, *(int(cell[each]) for each in MEASURES))
            for (space_id, day, hour), cell in sorted(cells.items())
            if any(cell.values())
        ]

    def behind(
        self, uses: Iterable[Use], *, targets: frozenset[UUID], keep: Callable[[date, int], bool]
    ) -> dict[UUID, Counter[Measure]]:
        """What each use adds to the figures of the targets in the hours kept; those that add nothing left out."""
        found: defaultdict[UUID, Counter[Measure]] = defaultdict(Counter)
        for use in uses:
            for part in self.parts(use):
                if part.space_id in targets and keep(part.day, part.hour):
                    found[use.use_id][part.measure] += part.amount  # type: ignore[assignment]  # int or cents by measure
        return {use_id: sums for use_id, sums in found.items() if any(sums.values())}


def _shares(use: Use, leaves: Sequence[UUID]) -> dict[UUID, tuple[int, ...]]:
    """Visits and money of each space without others that it takes; what does not divide goes to the first."""
    count = len(leaves)
    totals = [getattr(use, measure) for measure in WHOLE]
    return {
        leaf: tuple(total // count + (number < total % count) for total in totals) for number, leaf in enumerate(leaves)
    }
