"""B03 with everything mixed: fifty racers, two hundred rounds, a hall and its rooms, buffers, classes, series, closures and leases.

Nobody gets what another has, and no deadlock is seen, as nobody tries again; without locks and constraint the same mix goes red."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from market.db import Connection, Database
from market.spaces import occupancy_queries, service
from market.spaces.service import SlotTaken
from tests.factories import make_community, make_space
from tests.spaces.test_spaces_races import OVERLAPS

RACERS, ROUNDS = 50, 200
DAY = (datetime.now(UTC) + timedelta(days=10)).replace(hour=0, minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)
KINDS = ("hold", "hold", "hold", "booking", "session", "series", "series", "closure", "lease", "move")


@dataclass(frozen=True)
class Wish:
    """What one racer wants of one round; a series wants the same hour of three days or nothing."""

    kind: str
    spaces: tuple[UUID, ...]
    starts: datetime
    hours: int


@pytest.fixture
async def wide(dsn: str) -> AsyncIterator[Database]:
    database = Database(dsn, pool_size=RACERS)
    await database.open()
    yield database
    await database.close()


async def build(db: Database) -> list[UUID]:
    """A hall with two rooms, one of them with a booth inside, and a kiosk; each with buffers of its own."""
    await make_community(db, time_zone="Etc/UTC")
    hall = await make_space(db, "厅", buffer_after_min=15)
    left = await make_space(db, "左", parent_id=hall, buffer_before_min=15)
    right = await make_space(db, "右", parent_id=hall, buffer_before_min=10, buffer_after_min=30)
    booth = await make_space(db, "间", parent_id=left)
    kiosk = await make_space(db, "亭", buffer_after_min=45)
    return [hall, left, right, booth, kiosk]


def wishes(spaces: list[UUID], *, seed: int, racers: int) -> list[Wish]:
    dice = random.Random(seed)
    day = DAY + timedelta(days=seed % 100)
    return [
        Wish(
            dice.choice(KINDS), tuple(dice.sample(spaces, 2)), day + HOUR * dice.randrange(8, 20), dice.randrange(1, 4)
        )
        for _ in range(racers)
    ]


async def claim(tx: Connection, wish: Wish) -> None:
    """In one transaction, as the services do it."""
    space, other = wish.spaces
    ends = wish.starts + HOUR * wish.hours
    until = datetime.now(UTC) + HOUR
    if wish.kind == "hold":
        await service.hold(tx, space_id=space, starts_at=wish.starts, ends_at=ends, held_until=until)
    elif wish.kind == "series":
        await service.lock(tx, space_ids=[space, other])
        for week, each in enumerate((space, other, space)):
            by = timedelta(days=200 * week)
            await service.hold(tx, space_id=each, starts_at=wish.starts + by, ends_at=ends + by, held_until=until)
    elif wish.kind == "move":
        await service.lock(tx, space_ids=[space, other])  # what is moved lies there already when others come
        group = await service.occupy(tx, space_id=space, starts_at=wish.starts, ends_at=ends, kind="booking")
        await service.move(tx, group_id=group, space_id=other, starts_at=wish.starts + HOUR, ends_at=ends + HOUR)
    elif wish.kind == "lease":
        midnight = wish.starts.replace(hour=0)
        await service.occupy(tx, space_id=space, starts_at=midnight, ends_at=midnight + timedelta(days=1), kind="lease")
    else:
        await service.occupy(tx, space_id=space, starts_at=wish.starts, ends_at=ends, kind=wish.kind)


async def run_round(db: Database, wanted: list[Wish]) -> list[str]:
    """All at once, nobody twice; the kinds that won. Anything but a clean refusal is raised."""

    async def one(wish: Wish) -> str | None:
        try:
            async with db.transaction() as tx:
                await claim(tx, wish)
        except SlotTaken:
            return None
        return wish.kind

    return [kind for kind in await asyncio.gather(*(one(wish) for wish in wanted)) if kind]


async def overlaps(db: Database) -> int:
    async with db.read() as tx:
        return int(await tx.fetchval(OVERLAPS))


async def test_B03_fifty_racers_and_two_hundred_rounds_of_everything_mixed(wide: Database) -> None:
    spaces = await build(wide)
    won: list[str] = []
    for seed in range(ROUNDS):
        winners = await run_round(wide, wishes(spaces, seed=seed, racers=RACERS))
        won += winners
        if seed % 50 == 49:
            assert await overlaps(wide) == 0
            async with wide.transaction() as tx:  # the next rounds race for the same days again
                await tx.execute("UPDATE occupancies SET status = 'released', held_until = NULL")
    assert set(won) == set(KINDS)
    assert len(won) > ROUNDS


async def test_B03_without_locks_and_constraint_the_same_mix_overlaps(
    wide: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    spaces = await build(wide)

    async def unlocked(tx: Connection, *, space_id: UUID) -> list[object]:
        found: list[object] = await tx.fetch(
            occupancy_queries.FAMILY + "SELECT s.* FROM spaces s WHERE s.id IN (SELECT id FROM family) ORDER BY s.id",
            space_id,
        )
        return found

    async def nothing(tx: Connection, *, space_ids: object) -> None:
        """No lock at all."""

    monkeypatch.setattr(occupancy_queries, "lock_family", unlocked)
    monkeypatch.setattr(occupancy_queries, "lock_families", nothing)
    async with wide.transaction() as tx:
        await tx.execute("ALTER TABLE occupancies DROP CONSTRAINT occupancies_no_overlap")
    for seed in range(10):
        try:
            await run_round(wide, wishes(spaces, seed=seed, racers=RACERS))
        except asyncpg.PostgresError:
            continue
        if await overlaps(wide):
            return
    pytest.fail("nothing overlapped without locks and constraint")
