"""Taking time of spaces: hold it, book it, give it back; what it costs is in `quoting`.

Whoever takes time first locks the space and all its relatives (what contains it and what it contains) in id order, then looks,
then inserts one row for the space and each space inside it; the exclusion constraint stands behind that. A taken period includes
the buffers of the asked space for bookings and sessions; closures and leases are exact.

Search is told nothing of all this: a space's card shows its hours and its price, what is free is asked of `availability`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import asyncpg

from market.db import Connection, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.spaces import occupancy_queries as taken
from market.spaces.rules import LONGEST_DAYS, order_faults
from market.text import clean_text

Kind = Literal["booking", "session", "lease", "closure"]
BUFFERED = frozenset({"booking", "session"})


class SlotTaken(Conflict):
    """Somebody else has this time, or a part of it."""

    slug = "slot-taken"
    title = "No longer free"

    def __init__(self) -> None:
        super().__init__("This time is no longer free.")


async def is_free(
    tx: Connection, *, space_id: UUID, starts_at: datetime, ends_at: datetime, except_group: UUID | None = None
) -> bool:
    """Whether nothing that counts (holds that are over do not, nor what `except_group` has taken) is in the way, buffers included;
    False for an unknown or closed space."""
    _require_order("booking", starts_at, ends_at)
    found = await taken.is_taken(tx, space_id=space_id, starts_at=starts_at, ends_at=ends_at, except_group=except_group)
    return found is False


async def lock(tx: Connection, *, space_ids: Sequence[UUID]) -> None:
    """Lock several spaces and all their relatives in one id order: call before the first hold() of a cart with several spaces."""
    await taken.lock_families(tx, space_ids=sorted(set(space_ids)))


async def hold(tx: Connection, *, space_id: UUID, starts_at: datetime, ends_at: datetime, held_until: datetime) -> UUID:
    """Take the time until `held_until` (database clock); returns the group of the rows. Hours and price are price()'s.

    Raises SlotTaken, NotFound for an unknown or closed space."""
    if held_until.utcoffset() is None:
        raise InvalidInput([("held_until", "needs an offset from UTC")])
    return await _take(
        tx, space_id=space_id, starts_at=starts_at, ends_at=ends_at, kind="booking", held_until=held_until, note=""
    )


async def occupy(
    tx: Connection, *, space_id: UUID, starts_at: datetime, ends_at: datetime, kind: Kind, note: str = ""
) -> UUID:
    """Take the time for good, whatever the opening hours: sessions, closures, leases; returns the group of the rows.

    Raises SlotTaken, InvalidInput, NotFound for an unknown space and for a closed one unless the kind is closure or lease."""
    return await _take(
        tx,
        space_id=space_id,
        starts_at=starts_at,
        ends_at=ends_at,
        kind=kind,
        held_until=None,
        note=clean_text("note", note, max_len=500),
    )


async def confirm(tx: Connection, *, group_id: UUID) -> bool:
    """Make a hold a booking, even when its time has run out, as long as nobody released it; then take the time again if it is
    free and not over. Confirming twice changes nothing. False when the time is gone; raises NotFound for an unknown group."""
    row = await taken.primary(tx, group_id=group_id)
    if row is None:
        raise NotFound("This booking")
    await taken.lock_family(tx, space_id=row["space_id"])
    row = await taken.primary(tx, group_id=group_id)
    if row is None:
        raise NotFound("This booking")
    if row["status"] == "held":
        await taken.update_held_to_active(tx, group_id=group_id)
    elif row["status"] == "released" and not await _take_again(tx, row):
        return False
    return True


async def release(tx: Connection, *, group_id: UUID) -> None:
    """Give the time back; releasing what is released or unknown changes nothing."""
    row = await taken.primary(tx, group_id=group_id)
    if row is None:
        return
    await taken.lock_family(tx, space_id=row["space_id"])
    await taken.update_to_released(tx, group_id=group_id)


async def move(
    tx: Connection, *, group_id: UUID, space_id: UUID, starts_at: datetime, ends_at: datetime, kind: Kind = "booking"
) -> UUID:
    """Give a booking's time back and take another instead, perhaps of another space; returns the group of the new rows.

    Raises SlotTaken or NotFound: the caller must then let its transaction fail, and the old time is still taken (B22)."""
    row = await taken.primary(tx, group_id=group_id)
    if row is None or row["status"] != "active":
        raise SlotTaken
    await taken.lock_families(tx, space_ids=sorted({row["space_id"], space_id}))
    await taken.update_to_released(tx, group_id=group_id)
    return await _take(
        tx, space_id=space_id, starts_at=starts_at, ends_at=ends_at, kind=kind, held_until=None, note=row["note"]
    )


async def end_early(tx: Connection, *, group_id: UUID) -> bool:
    """Free the rest of a running booking to which nobody came; what is past stays taken. False when it is not running."""
    row = await taken.primary(tx, group_id=group_id)
    if row is None:
        return False
    await taken.lock_family(tx, space_id=row["space_id"])
    return await taken.update_ended_early(tx, group_id=group_id)


async def shorten(tx: Connection, *, group_id: UUID, ends_at: datetime) -> None:
    """Let a lease end earlier, on all its spaces; the rest is free for others at once."""
    row = await taken.primary(tx, group_id=group_id)
    if row is None:
        raise NotFound("This lease")
    await taken.lock_family(tx, space_id=row["space_id"])
    await taken.update_shortened(tx, group_id=group_id, ends_at=ends_at)


def _require_order(kind: str, starts_at: datetime, ends_at: datetime) -> None:
    faults = order_faults(starts_at, ends_at, longest=timedelta(days=LONGEST_DAYS[kind]))
    if faults:
        raise InvalidInput(faults)


async def _take(
    tx: Connection,
    *,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    kind: Kind,
    held_until: datetime | None,
    note: str,
) -> UUID:
    _require_order(kind, starts_at, ends_at)
    family = await taken.lock_family(tx, space_id=space_id)
    asked = next((each for each in family if each["id"] == space_id), None)
    if asked is None or (kind in BUFFERED and asked["status"] != "open"):
        raise NotFound("This space")
    buffered = kind in BUFFERED
    low = starts_at - timedelta(minutes=asked["buffer_before_min"] if buffered else 0)
    high = ends_at + timedelta(minutes=asked["buffer_after_min"] if buffered else 0)
    group_id = uuid4()
    if not await _insert(
        tx,
        family=[each["id"] for each in family],
        space_id=space_id,
        group_id=group_id,
        low=low,
        high=high,
        starts_at=starts_at,
        ends_at=ends_at,
        kind=kind,
        held_until=held_until,
        note=note,
    ):
        raise SlotTaken
    return group_id


async def _take_again(tx: Connection, row: Row) -> bool:
    """Write a released group anew when its time is free; the caller has locked the family. False when it is taken or over."""
    if row["is_over"]:
        return False
    family = await taken.lock_family(tx, space_id=row["space_id"])
    asked = next(each for each in family if each["id"] == row["space_id"])
    if asked["status"] != "open":
        return False
    if not await _insert(
        tx,
        family=[each["id"] for each in family],
        space_id=row["space_id"],
        group_id=row["group_id"],
        low=row["low"],
        high=row["high"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        kind=row["kind"],
        held_until=None,
        note=row["note"],
    ):
        return False
    await taken.delete_released_rows(tx, group_id=row["group_id"])
    return True


async def _insert(
    tx: Connection,
    *,
    family: list[UUID],
    space_id: UUID,
    group_id: UUID,
    low: datetime,
    high: datetime,
    starts_at: datetime,
    ends_at: datetime,
    kind: str,
    held_until: datetime | None,
    note: str,
) -> bool:
    await taken.update_expired_holds(tx, space_ids=family, low=low, high=high)
    try:
        rows = await taken.insert_occupancies(
            tx,
            space_id=space_id,
            group_id=group_id,
            low=low,
            high=high,
            starts_at=starts_at,
            ends_at=ends_at,
            kind=kind,
            held_until=held_until,
            note=note,
        )
    except asyncpg.exceptions.ExclusionViolationError as taken_by_other:
        raise SlotTaken from taken_by_other
    return bool(rows)
