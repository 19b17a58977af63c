"""Who waits for a time that is taken: when it is freed the first in line is offered it for half an hour, then the next.

Service code of the spaces slice, split off by noun. Whoever frees time calls `offer_freed` in the same transaction and under the same
locks, so that nobody else is faster; a job looks for what became free without that (a hall whose last room was given back, a hold that
ended by the clock). The family of the space is locked before a wait is."""

from datetime import datetime, timedelta
from uuid import UUID

from market import jobs
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.notify import service as notify
from market.people.rules import Actor
from market.settings import Settings
from market.spaces import occupancy_queries as taken
from market.spaces import quoting, wait_queries
from market.spaces.taking import SlotTaken, take
from market.spaces.wait_schemas import NewWait
from market.text import moment_text, when

MOST_PER_PERSON = 5
# The time stays held a little longer than the offer, so that the next one's turn begins before a stranger's.
GRACE = timedelta(minutes=5)
LOOKED_AT = 20
BATCH = 200


class IsFree(Conflict):
    slug = "slot-free"
    title = "This time is free"

    def __init__(self) -> None:
        super().__init__("This time is free: you can book it now.")


class TooManyWaits(Conflict):
    slug = "too-many-waits"
    title = "You wait for as many times as one person can"

    def __init__(self) -> None:
        super().__init__(f"One person can wait for {MOST_PER_PERSON} times at once.")


class NotForYou(Conflict):
    slug = "not-eligible"
    title = "This room is kept for others"


async def join(db: Database, *, actor: Actor, space_id: UUID, new: NewWait) -> Row:
    """Wait for a time that is taken; the same time again is the same wait. Raises NotFound, InvalidInput, IsFree, TooManyWaits,
    NotForYou."""
    return await db.retrying(lambda tx: _join(tx, actor=actor, space_id=space_id, new=new))


async def _join(tx: Connection, *, actor: Actor, space_id: UUID, new: NewWait) -> Row:
    if new.starts_at.utcoffset() is None or new.ends_at.utcoffset() is None:
        raise InvalidInput([("starts_at", "needs an offset from UTC, for example +08:00")])
    renter = await quoting.renter_of(tx, actor=actor, partner=None)
    space = await quoting.price(tx, space_id=space_id, starts_at=new.starts_at, ends_at=new.ends_at, renter=renter)
    if space.problem is not None:
        raise NotForYou("This room is kept for others.")
    if new.attendees > space.capacity:
        raise InvalidInput([("attendees", f"must be at most {space.capacity}")])
    await taken.lock_family(tx, space_id=space_id)
    count = await wait_queries.lock_waits_of(tx, person_id=actor.person_id)
    wait_id = await wait_queries.same_wait(
        tx, person_id=actor.person_id, space_id=space_id, starts_at=new.starts_at, ends_at=new.ends_at
    )
    if wait_id is None:
        if not await taken.is_taken(tx, space_id=space_id, starts_at=new.starts_at, ends_at=new.ends_at):
            raise IsFree
        if count >= MOST_PER_PERSON:
            raise TooManyWaits
        wait_id = await wait_queries.insert_wait(
            tx,
            person_id=actor.person_id,
            space_id=space_id,
            starts_at=new.starts_at,
            ends_at=new.ends_at,
            attendees=new.attendees,
        )
    found = await wait_queries.wait(tx, wait_id)
    assert found is not None
    return found


async def mine(db: Database, *, actor: Actor) -> list[Row]:
    """What the actor waits for, soonest first."""
    async with db.read() as tx:
        return await wait_queries.waits_of(tx, person_id=actor.person_id)


async def leave(db: Database, *, actor: Actor, wait_id: UUID) -> None:
    """Wait no longer; what was offered is offered to the next. Raises NotFound."""

    async def work(tx: Connection) -> None:
        seen = await wait_queries.wait(tx, wait_id)
        if seen is None or seen["person_id"] != actor.person_id:
            raise NotFound("This entry of the waiting list")
        await taken.lock_family(tx, space_id=seen["space_id"])
        row = await wait_queries.lock_wait(tx, wait_id)
        if row is not None and row["status"] in {"waiting", "offered"}:
            await _end(tx, row, status="left")

    await db.retrying(work)


async def offer_freed(tx: Connection, *, space_id: UUID, low: datetime, high: datetime) -> None:
    """Offer time that has just been given back to the first who waits for it. The caller has locked the family of the space: what
    waits for it or for what is inside it is looked at, what contains it is left to the job."""
    for row in await wait_queries.first_in_line(tx, space_id=space_id, low=low, high=high, limit=LOOKED_AT):
        await _offer(tx, row)


async def offered_group(
    tx: Connection, *, person_id: UUID, space_id: UUID, starts_at: datetime, ends_at: datetime
) -> UUID | None:
    """What holds a part of this time for the person, if it is offered to them."""
    return await wait_queries.offered_group(
        tx, person_id=person_id, space_id=space_id, starts_at=starts_at, ends_at=ends_at
    )


async def sweep(db: Database) -> int:
    """End offers that are over, and offer what became free meanwhile; returns how many waits changed."""
    async with db.read() as tx:
        rows = await wait_queries.due(tx, limit=BATCH)
    done = 0
    for row in rows:
        done += await db.retrying(lambda tx, row=row: _look(tx, row))  # type: ignore[misc]  # mypy cannot see the bound default
    return done


async def _look(tx: Connection, seen: Row) -> bool:
    """One wait that is due, if it still is."""
    await taken.lock_family(tx, space_id=seen["space_id"])
    row = await wait_queries.lock_wait(tx, seen["id"])
    if row is None or row["status"] != seen["status"]:
        return False
    if row["status"] == "offered":
        if row["offered_until"] > row["now"]:
            return False
        await _end(tx, row, status="passed")
        return True
    line = await wait_queries.first_in_line(
        tx, space_id=row["space_id"], low=row["starts_at"], high=row["ends_at"], limit=LOOKED_AT
    )
    if not any(each["id"] == row["id"] for each in line):
        await wait_queries.update_status(tx, row["id"], status="over")
        return True
    return any([await _offer(tx, each) for each in line])


async def _end(tx: Connection, row: Row, *, status: str) -> None:
    """End a wait; what was offered goes to the next. The family of its space is locked."""
    await wait_queries.update_status(tx, row["id"], status=status)
    if row["status"] != "offered":
        return
    held = await taken.primary(tx, group_id=row["offer_group"])
    if held is None or held["status"] != "held":
        return
    await taken.update_to_released(tx, group_id=row["offer_group"])
    await offer_freed(tx, space_id=row["space_id"], low=held["low"], high=held["high"])


async def _offer(tx: Connection, row: Row) -> bool:
    """Hold the time for who waits, if it is free, and tell them. The family is locked."""
    times = {field: row[field] for field in ("space_id", "starts_at", "ends_at")}
    if await taken.is_taken(tx, **times) is not False:
        return False
    try:
        group_id = await take(tx, **times, kind="booking", held_until=row["offered_until"] + GRACE)
    except SlotTaken:
        return False
    await wait_queries.update_offered(tx, row["id"], group_id=group_id, offered_until=row["offered_until"])
    await jobs.enqueue(tx, "spaces.offered", {"wait_id": str(row["id"])})
    return True


async def tell(db: Database, *, settings: Settings, wait_id: UUID) -> None:
    """Write to who waited that the time is theirs for a while; nothing when it is not any more."""
    async with db.transaction() as tx:
        row = await wait_queries.told_of(tx, wait_id)
        if row is None or row["status"] != "offered":
            return
        context = {field: row[field] for field in ("title", "title_en", "phone")}
        for locale in ("zh-CN", "en"):
            suffix = locale.replace("-", "_")
            context[f"when_{suffix}"] = when(row["starts_at"], row["ends_at"], row["time_zone"], locale=locale)
            context[f"until_{suffix}"] = moment_text(row["offered_until"], row["time_zone"], locale=locale)
        await notify.send(
            tx,
            person_id=row["person_id"],
            template="slot_offered",
            dedupe_key=f"offered:{wait_id}:{row['offer_group']}",
            context={**context, "url": f"{settings.base_url}/orders" if settings.base_url else ""},
        )
