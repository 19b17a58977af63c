"""Calendars kept elsewhere that block time of a space: entered by staff, looked at again and again, never above what is booked here.

Service code of the spaces slice, split off by noun. The file is fetched outside any transaction; then one transaction takes what is
free of it, gives back what is no longer in it, and keeps what could not be taken for staff to see. A look that fails changes nothing
but the outcome that is shown: what was blocked stays so."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.people import service as people
from market.people.rules import Actor
from market.spaces import import_queries, queries
from market.spaces import occupancy_queries as taken
from market.spaces import service as spaces
from market.spaces.fetching import CannotFetch, address_fault
from market.spaces.import_rules import Block, NotACalendar, blocks
from market.spaces.import_schemas import NewImport
from market.spaces.register import staffed
from market.text import clean_text

log = structlog.get_logger(__name__)

Fetch = Callable[[str], Awaitable[bytes]]
MOST_PER_SPACE = 5
AT_ONCE = 4
BATCH = 20
AHEAD = timedelta(days=365)


class TooManyImports(Conflict):
    slug = "too-many-imports"
    title = "This space has as many calendars as it can"

    def __init__(self) -> None:
        super().__init__(f"One space can have {MOST_PER_SPACE} calendars, each address once.")


async def imports(db: Database, *, actor: Actor, space_id: UUID) -> list[Row]:
    """The calendars of a space with what came of the last look, for its staff. Raises NotFound."""
    async with db.read() as tx:
        staffed(await queries.space(tx, space_id=space_id), actor)
        return await import_queries.imports_of(tx, space_id=space_id)


async def add(db: Database, *, actor: Actor, space_id: UUID, new: NewImport) -> Row:
    """Enter a calendar; it is looked at within a minute. Raises NotFound, InvalidInput naming `url` or `name`, TooManyImports."""
    name = clean_text("name", new.name, max_len=80, min_len=1)
    url = clean_text("url", new.url, max_len=1000, min_len=1).strip()
    if url.lower().startswith("webcal://"):
        url = "https://" + url[9:]
    fault = address_fault(url)
    if fault is not None:
        raise InvalidInput([("url", fault)])
    async with db.transaction() as tx:
        await taken.lock_family(tx, space_id=space_id)
        staffed(await queries.space(tx, space_id=space_id), actor)
        if len(await import_queries.imports_of(tx, space_id=space_id)) >= MOST_PER_SPACE:
            raise TooManyImports
        import_id = await import_queries.insert_import(
            tx, space_id=space_id, name=name, url=url, every_min=new.every_min, created_by=actor.person_id
        )
        if import_id is None:
            raise TooManyImports
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="space.import_added",
            subject=f"space:{space_id}",
            detail={"import": str(import_id)},
        )
        row = await import_queries.shown(tx, import_id)
    assert row is not None
    return row


async def drop(db: Database, *, actor: Actor, space_id: UUID, import_id: UUID) -> None:
    """Forget a calendar: what it blocks is free again. Raises NotFound."""

    async def work(tx: Connection) -> None:
        await taken.lock_family(tx, space_id=space_id)
        staffed(await queries.space(tx, space_id=space_id), actor)
        row = await import_queries.lock_import(tx, import_id)
        if row is None or row["space_id"] != space_id:
            raise NotFound("This calendar")
        for event in await import_queries.events_of(tx, import_id):
            if event["group_id"] is not None:
                await spaces.release(tx, group_id=event["group_id"])
        await import_queries.delete_import(tx, import_id)
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="space.import_dropped",
            subject=f"space:{space_id}",
            detail={"import": str(import_id)},
        )

    await db.retrying(work)


async def look_now(db: Database, *, actor: Actor, space_id: UUID, import_id: UUID, fetch: Fetch) -> Row:
    """Look at a calendar at once; what came of it. Raises NotFound."""
    async with db.transaction() as tx:
        staffed(await queries.space(tx, space_id=space_id), actor)
        row = await import_queries.claim(tx, import_id)
        if row is None or row["space_id"] != space_id:
            raise NotFound("This calendar")
    await _look(db, row, fetch=fetch)
    async with db.read() as tx:
        shown = await import_queries.shown(tx, import_id)
    if shown is None:
        raise NotFound("This calendar")
    return shown


async def look_at_due(db: Database, *, fetch: Fetch) -> int:
    """Look at every calendar that is due, some at a time; returns how many."""
    async with db.transaction() as tx:
        rows = await import_queries.claim_due(tx, limit=BATCH)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(row: Row) -> None:
        async with gate:
            try:
                await _look(db, row, fetch=fetch)
            except Exception:
                log.exception("import_failed", space=str(row["space_id"]))

    await asyncio.gather(*(one(row) for row in rows))
    return len(rows)


async def _look(db: Database, row: Row, *, fetch: Fetch) -> None:
    async with db.read() as tx:
        now = await queries.now(tx)
    try:
        file = await fetch(row["url"])
        found = await asyncio.to_thread(blocks, file, zone=ZoneInfo(row["time_zone"]), low=now, high=now + AHEAD)
    except (CannotFetch, NotACalendar) as fault:
        message = str(fault)
        async with db.transaction() as tx:
            await import_queries.update_looked(tx, row["id"], outcome="failed", message=message)
        return
    await db.retrying(lambda tx: _apply(tx, import_id=row["id"], space_id=row["space_id"], found=found))


async def _apply(tx: Connection, *, import_id: UUID, space_id: UUID, found: list[Block]) -> None:
    """Let the space be blocked by exactly what stands in the calendar and is free; what is past stays as it was."""
    await taken.lock_family(tx, space_id=space_id)
    if await import_queries.lock_import(tx, import_id) is None:
        return
    now = await queries.now(tx)
    wanted = {(block.uid, block.starts_at): block for block in found}
    gone, kept = [], set()
    for event in await import_queries.events_of(tx, import_id):
        key = (event["uid"], event["starts_at"])
        block = wanted.get(key)
        is_same = block is not None and (block.ends_at, block.summary) == (event["ends_at"], event["summary"])
        if event["group_id"] is not None and (is_same or event["ends_at"] <= now):
            kept.add(key)
            continue
        if event["group_id"] is not None:
            await spaces.release(tx, group_id=event["group_id"])
        gone.append(key)
    new = []
    for key, block in wanted.items():
        if key not in kept and block.ends_at > now:
            new.append((block, None if block.problem else await _take(tx, space_id=space_id, block=block)))
    await import_queries.replace_events(tx, import_id, gone=gone, new=new)
    await import_queries.update_looked(tx, import_id, outcome="ok", message="")


async def _take(tx: Connection, *, space_id: UUID, block: Block) -> UUID | None:
    """Close the space for this time; None when something of ours is in the way."""
    try:
        return await spaces.occupy(
            tx, space_id=space_id, starts_at=block.starts_at, ends_at=block.ends_at, kind="closure", note=block.summary
        )
    except spaces.SlotTaken:
        return None
