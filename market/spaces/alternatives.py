"""What can be had instead: the first free time of a space, and for a wish that is taken other times of it or other spaces then.

Service code of the spaces slice, split off by noun."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from market.db import Connection, Database, Row
from market.errors import InvalidInput, NotFound
from market.people.rules import Actor
from market.spaces import queries, quoting, service, views
from market.spaces.hours import Stretch, merged, moment, seconds
from market.spaces.rules import DAY_S, LONGEST_BOOKING, Cell, SpaceForHire, booking_faults, order_faults
from market.spaces.tariffs import Renter
from market.spaces.windows import MAX_WINDOW_DAYS, asked_moment

MOST = 3
AROUND = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Instead:
    """Bookings that could be made now, priced for who asks: the same space at other times, other spaces at the same time."""

    same_space: list[SpaceForHire]
    other_spaces: list[SpaceForHire]


def nearest(cells: Sequence[Cell], *, start: int, length: int, step: int, most: int) -> list[Stretch]:
    """Intervals of `length` seconds in the free time, on the space's grid, none overlapping another: those of the same day that begin
    nearest to `start`, then those about the same time on the days around it."""
    runs = merged((cell.start, cell.end) for cell in cells)
    fits = [(at, at + length) for low, high in runs for at in range(low, high - length + 1, step)]
    found: list[Stretch] = []
    for each in sorted(fits, key=lambda fit: (*_distance(fit[0] - start), fit[0])):
        if len(found) == most:
            break
        if all(each[1] <= low or high <= each[0] for low, high in found):
            found.append(each)
    return found


def _distance(seconds_off: int) -> tuple[int, int]:
    """Days off, and seconds off within the day."""
    days = round(seconds_off / DAY_S)
    return abs(days), abs(seconds_off - days * DAY_S)


async def first_free(db: Database, *, actor: Actor | None, space_id: UUID) -> tuple[Cell | None, str]:
    """The first time from now that can be booked, and the currency of its price; None when there is none up to the horizon."""
    row = await views.space(db, space_id=space_id)
    async with db.read() as connection:
        now = await queries.now(connection)
    for day in range(0, row["horizon_days"] + 1, MAX_WINDOW_DAYS):
        low, high = now + timedelta(days=day), now + timedelta(days=day + MAX_WINDOW_DAYS)
        cells, _, _, _ = await views.availability(
            db, actor=actor, space_id=space_id, low=low.isoformat(), high=high.isoformat()
        )
        if cells:
            return cells[0], row["currency"]
    return None, row["currency"]


async def instead(
    db: Database, *, actor: Actor | None, space_id: UUID, starts_at: str, ends_at: str, people: int
) -> Instead:
    """At most three of each. Raises NotFound, InvalidInput naming `starts_at` or `ends_at`."""
    low, high = _wish(starts_at, ends_at)
    async with db.read() as tx:
        try:
            row = await quoting.for_hire(tx, space_id=space_id)
        except NotFound:
            row = None
        now = await queries.now(tx)
        renter = await quoting.renter_of(tx, actor=actor, partner=None)
        others = await _other_spaces(tx, space_id, low, high, renter=renter, people=people)
    if row is None or high <= now:
        return Instead([], others)
    cells, _, _, _ = await views.availability(
        db,
        actor=actor,
        space_id=space_id,
        low=max(now, low - AROUND).isoformat(),
        high=max(now + AROUND, high + AROUND).isoformat(),
    )
    times = nearest(
        cells,
        start=seconds(low),
        length=seconds(high) - seconds(low),
        step=row["granularity_min"] * 60,
        most=MOST,
    )
    same = [_priced(row, moment(start), moment(end), renter) for start, end in sorted(times)]
    return Instead([each for each in same if each is not None], others)


def _wish(starts_at: str, ends_at: str) -> tuple[datetime, datetime]:
    found = []
    for field, text in (("starts_at", starts_at), ("ends_at", ends_at)):
        asked = asked_moment(field, text)
        if not isinstance(asked, datetime):
            raise InvalidInput([(field, "must be a time with offset, like 2026-12-01T09:00:00+08:00")])
        found.append(asked.astimezone(UTC))
    faults = order_faults(found[0], found[1], longest=LONGEST_BOOKING)
    if faults:
        raise InvalidInput(faults)
    return found[0], found[1]


def _priced(row: Row, starts_at: datetime, ends_at: datetime, renter: Renter) -> SpaceForHire | None:
    """The interval where this renter may book it, by the space's terms."""
    if booking_faults(quoting.terms_from(row), starts_at, ends_at, now=row["now"]):
        return None
    try:
        found = quoting.priced(row, starts_at=starts_at, ends_at=ends_at, renter=renter)
    except InvalidInput:
        return None
    return found if found.problem is None else None


async def _other_spaces(
    tx: Connection, space_id: UUID, starts_at: datetime, ends_at: datetime, *, renter: Renter, people: int
) -> list[SpaceForHire]:
    found: list[SpaceForHire] = []
    for other in await queries.spaces_like(tx, space_id=space_id, people=people):
        each = _priced(await quoting.for_hire(tx, space_id=other), starts_at, ends_at, renter)
        if each and await service.is_free(tx, space_id=other, starts_at=starts_at, ends_at=ends_at):
            found.append(each)
        if len(found) == MOST:
            break
    return found
