"""How much of its open time a space was booked: pure counts over calendars (S1).

Open time is the opening hours without closures; a closure of a hall closes its rooms, and a closed room closes the hall, which
cannot be booked either. Booked time is what bookings, sessions and leases (without buffers) take of the open time. A booked hall
books every room in it; a hall of which one room of two is booked counts half. Totals, hours and days count each place once:
spaces that contain others are left out there, because their rooms stand for them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from market.spaces.hours import Band, Stretch, by_wall_hour, intersection, merged, open_stretches, without


@dataclass(frozen=True, slots=True)
class Calendar:
    """One space: its hours, what closes it and what was booked on itself, as asked for."""

    space_id: UUID
    parent_id: UUID | None
    zone: ZoneInfo
    week: tuple[Band, ...]
    closures: tuple[Stretch, ...] = ()
    booked: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """Seconds open and booked."""

    open_s: int = 0
    booked_s: int = 0

    @property
    def open_min(self) -> int:
        return self.open_s // 60

    @property
    def booked_min(self) -> int:
        return self.booked_s // 60

    @property
    def ratio(self) -> float:
        """Booked ÷ open, four decimals, 0 when never open: a figure to look at, not to compute with."""
        return round(self.booked_min / self.open_min, 4) if self.open_min else 0.0


class House:
    """The calendars of a community with who contains whom."""

    def __init__(self, calendars: Sequence[Calendar], window: Stretch) -> None:
        self._by_id: Mapping[UUID, Calendar] = {each.space_id: each for each in calendars}
        self._children: dict[UUID, list[UUID]] = {each.space_id: [] for each in calendars}
        for each in calendars:
            if each.parent_id in self._children:
                self._children[each.parent_id].append(each.space_id)
        self._window = window

    def _above(self, space_id: UUID) -> list[Calendar]:
        """The space and all that contain it."""
        found = [self._by_id[space_id]]
        while (parent := found[-1].parent_id) in self._by_id:
            assert parent is not None
            found.append(self._by_id[parent])
        return found

    def _below(self, space_id: UUID) -> list[Calendar]:
        found = [self._by_id[child] for child in self._children[space_id]]
        return found + [each for child in self._children[space_id] for each in self._below(child)]

    def open(self, space_id: UUID) -> list[Stretch]:
        """Opening hours in the window without closures."""
        own = self._by_id[space_id]
        relatives = self._above(space_id) + self._below(space_id)
        closed = merged(stretch for each in relatives for stretch in each.closures)
        return without(open_stretches(own.week, own.zone, self._window), closed)

    def booked(self, space_id: UUID) -> list[Stretch]:
        """What bookings of the space or of a hall around it take of its open time."""
        taken = merged(stretch for each in self._above(space_id) for stretch in each.booked)
        return intersection(taken, self.open(space_id))

    def _booked_s(self, space_id: UUID, within: Sequence[Stretch]) -> int:
        own = intersection(merged(self._by_id[space_id].booked), within)
        children = self._children[space_id]
        rest = without(within, own)
        inside = sum(self._booked_s(child, rest) for child in children)
        return _length(own) + (inside // len(children) if children else 0)

    def count(self, space_id: UUID) -> Count:
        """One space, with the rooms in it in proportion."""
        hours = self.open(space_id)
        around = merged(stretch for each in self._above(space_id)[1:] for stretch in each.booked)
        by_hall = intersection(around, hours)
        return Count(_length(hours), _length(by_hall) + self._booked_s(space_id, without(hours, by_hall)))

    def leaves(self) -> list[UUID]:
        """The spaces that contain no other."""
        return [space_id for space_id, children in self._children.items() if not children]

    def total(self) -> Count:
        leaves = self.leaves()
        return Count(
            sum(_length(self.open(each)) for each in leaves), sum(_length(self.booked(each)) for each in leaves)
        )

    def by_hour(self) -> dict[int, Count]:
        """Each hour of the wall clock, 0 to 23."""
        hours = self._spread()
        return {hour: _sum(count for (_, at), count in hours.items() if at == hour) for hour in range(24)}

    def by_day(self) -> dict[date, Count]:
        """Each local day on which something was open."""
        hours = self._spread()
        days = sorted({day for day, _ in hours})
        return {day: _sum(count for (on, _), count in hours.items() if on == day) for day in days}

    def _spread(self) -> dict[tuple[date, int], Count]:
        opened: Counter[tuple[date, int]] = Counter()
        booked: Counter[tuple[date, int]] = Counter()
        for leaf in self.leaves():
            zone = self._by_id[leaf].zone
            for counter, stretches in ((opened, self.open(leaf)), (booked, self.booked(leaf))):
                for day, hour, length in by_wall_hour(stretches, zone):
                    counter[day, hour] += length
        return {key: Count(opened[key], booked[key]) for key in opened}


def _length(stretches: Sequence[Stretch]) -> int:
    return sum(end - start for start, end in stretches)


def _sum(counts: Iterable[Count]) -> Count:
    found = list(counts)
    return Count(sum(each.open_s for each in found), sum(each.booked_s for each in found))
