"""Writing and looking for the rows that take time of a space, under the locks of its family.

Service code of the spaces slice, split off by noun."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import asyncpg

from market.db import Connection, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.spaces import occupancy_queries as taken
from market.spaces import wait_queries
from market.spaces.rules import LONGEST_DAYS, order_faults

Kind = Literal["booking", "session", "lease", "closure"]
BUFFERED = frozenset({"booking", "session"})


class SlotTaken(Conflict):
    """Somebody else has this time, or a part of it."""

    slug = "slot-taken"
    title = "No longer free"

    def __init__(self) -> None:
        super().__init__("This time is no longer free.")


def require_order(kind: str, starts_at: datetime, ends_at: datetime) -> None:
    """Raises InvalidInput naming `starts_at` or `ends_at` for a period that is none, or too long for its kind."""
    faults = order_faults(starts_at, ends_at, longest=timedelta(days=LONGEST_DAYS[kind]))
    if faults:
        raise InvalidInput(faults)


async def take(
    tx: Connection,
    *,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    kind: Kind,
    held_until: datetime | None,
    note: str = "",
    person_id: UUID | None = None,
) -> UUID:
    """Take the time with its buffers, on the space and all inside it; what is offered to `person_id` then is used up.

    Raises SlotTaken, InvalidInput, NotFound as `service.occupy`."""
    require_order(kind, starts_at, ends_at)
    family = await taken.lock_family(tx, space_id=space_id)
    if person_id is not None:
        await wait_queries.update_offer_used(
            tx, person_id=person_id, space_id=space_id, starts_at=starts_at, ends_at=ends_at
        )
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


async def take_again(tx: Connection, row: Row) -> bool:
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
