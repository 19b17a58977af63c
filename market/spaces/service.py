"""Taking time of spaces: hold it, book it, give it back; what it costs is in `quoting`.

Whoever takes time first locks the space and all its relatives (what contains it and what it contains) in id order, then looks,
then inserts one row for the space and each space inside it; the exclusion constraint stands behind that. A taken period includes
the buffers of the asked space for bookings and sessions; closures and leases are exact.

Who gives time back offers it to the first who waits for it (`waiting`) before anybody else can take it.

Search is told nothing of all this: a space's card shows its hours and its price, what is free is asked of `availability`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from market.db import Connection
from market.errors import InvalidInput, NotFound
from market.spaces import occupancy_queries as taken
from market.spaces import taking, waiting
from market.spaces.taking import require_order, take, take_again
from market.text import clean_text

Kind = taking.Kind
SlotTaken = taking.SlotTaken


async def is_free(
    tx: Connection,
    *,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    except_group: UUID | None = None,
    person_id: UUID | None = None,
) -> bool:
    """Whether nothing that counts (holds that are over do not, nor what `except_group` has taken, nor what is offered to this person)
    is in the way, buffers included; False for an unknown or closed space."""
    require_order("booking", starts_at, ends_at)
    if except_group is None and person_id is not None:
        except_group = await waiting.offered_group(
            tx, person_id=person_id, space_id=space_id, starts_at=starts_at, ends_at=ends_at
        )
    found = await taken.is_taken(tx, space_id=space_id, starts_at=starts_at, ends_at=ends_at, except_group=except_group)
    return found is False


async def lock(tx: Connection, *, space_ids: Sequence[UUID]) -> None:
    """Lock several spaces and all their relatives in one id order: call before the first hold() of a cart with several spaces."""
    await taken.lock_families(tx, space_ids=sorted(set(space_ids)))


async def hold(
    tx: Connection,
    *,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    held_until: datetime,
    person_id: UUID | None = None,
) -> UUID:
    """Take the time until `held_until` (database clock), also when it is offered to this person; returns the group of the rows. Hours
    and price are price()'s.

    Raises SlotTaken, NotFound for an unknown or closed space."""
    if held_until.utcoffset() is None:
        raise InvalidInput([("held_until", "needs an offset from UTC")])
    return await take(
        tx,
        space_id=space_id,
        starts_at=starts_at,
        ends_at=ends_at,
        kind="booking",
        held_until=held_until,
        person_id=person_id,
    )


async def occupy(
    tx: Connection, *, space_id: UUID, starts_at: datetime, ends_at: datetime, kind: Kind, note: str = ""
) -> UUID:
    """Take the time for good, whatever the opening hours: sessions, closures, leases; returns the group of the rows.

    Raises SlotTaken, InvalidInput, NotFound for an unknown space and for a closed one unless the kind is closure or lease."""
    return await take(
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
    elif row["status"] == "released" and not await take_again(tx, row):
        return False
    return True


async def hold_until(tx: Connection, *, group_id: UUID, held_until: datetime) -> bool:
    """Let a hold last until then instead. False when it is held no more, or its time is over by the database's clock."""
    row = await taken.primary(tx, group_id=group_id)
    if row is None:
        return False
    await taken.lock_family(tx, space_id=row["space_id"])
    return await taken.update_held_until(tx, group_id=group_id, held_until=held_until)


async def release(tx: Connection, *, group_id: UUID) -> None:
    """Give the time back, to who waits for it first; releasing what is released or unknown changes nothing."""
    row = await taken.primary(tx, group_id=group_id)
    if row is None:
        return
    await taken.lock_family(tx, space_id=row["space_id"])
    await taken.update_to_released(tx, group_id=group_id)
    await waiting.offer_freed(tx, space_id=row["space_id"], low=row["low"], high=row["high"])


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
    moved = await take(
        tx, space_id=space_id, starts_at=starts_at, ends_at=ends_at, kind=kind, held_until=None, note=row["note"]
    )
    await waiting.offer_freed(tx, space_id=row["space_id"], low=row["low"], high=row["high"])
    return moved


async def shift(tx: Connection, *, group_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
    """Let what is taken lie at another time of the same space, whatever it is. Raises SlotTaken, and nothing has changed."""
    row = await taken.primary(tx, group_id=group_id)
    if row is None or row["status"] == "released":
        raise SlotTaken
    await taken.lock_family(tx, space_id=row["space_id"])
    await taken.update_expired_holds(tx, space_ids=[row["space_id"]], low=starts_at, high=ends_at)
    if not await taken.update_shifted(tx, group_id=group_id, starts_at=starts_at, ends_at=ends_at):
        raise SlotTaken


async def end_early(tx: Connection, *, group_id: UUID) -> bool:
    """Free the rest of a running booking to which nobody came; what is past stays taken. False when it is not running."""
    row = await taken.primary(tx, group_id=group_id)
    if row is None:
        return False
    await taken.lock_family(tx, space_id=row["space_id"])
    is_done = await taken.update_ended_early(tx, group_id=group_id)
    await waiting.offer_freed(tx, space_id=row["space_id"], low=row["low"], high=row["high"])
    return is_done


async def leave_early(tx: Connection, *, group_id: UUID) -> None:
    """End a running booking now because who had it has left; the buffer after it stays, what comes then is free for others."""
    row = await taken.primary(tx, group_id=group_id)
    if row is None:
        raise NotFound("This booking")
    await taken.lock_family(tx, space_id=row["space_id"])
    await taken.update_left(tx, group_id=group_id)
    await waiting.offer_freed(tx, space_id=row["space_id"], low=row["low"], high=row["high"])


async def shorten(tx: Connection, *, group_id: UUID, ends_at: datetime) -> None:
    """Let a lease end earlier, on all its spaces; the rest is free for others at once."""
    row = await taken.primary(tx, group_id=group_id)
    if row is None:
        raise NotFound("This lease")
    await taken.lock_family(tx, space_id=row["space_id"])
    await taken.update_shortened(tx, group_id=group_id, ends_at=ends_at)
