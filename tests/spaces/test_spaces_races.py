"""Many at once on real connections: nobody gets what another has, nobody sees a deadlock (B03), and the controls go red."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from market.db import Connection, Database
from market.spaces import service
from market.spaces.service import SlotTaken
from tests.factories import make_community, make_space

RACERS, ROUNDS = 50, 4
DAY = (datetime.now(UTC) + timedelta(days=10)).replace(hour=0, minute=0, second=0, microsecond=0)
OVERLAPS = """
    WITH RECURSIVE inside AS (
        SELECT id AS top, id FROM spaces
        UNION SELECT inside.top, s.id FROM spaces s JOIN inside ON s.parent_id = inside.id
    )
    SELECT count(*) FROM occupancies a JOIN inside ON inside.top = a.space_id
      JOIN occupancies b ON b.space_id = inside.id AND a.group_id <> b.group_id AND a.period && b.period
     WHERE a.is_primary AND b.is_primary AND a.status <> 'released' AND b.status <> 'released'
"""
Claim = Callable[[Connection, UUID, datetime, datetime], Awaitable[None]]


@pytest.fixture
async def wide(dsn: str) -> AsyncIterator[Database]:
    """A database with a connection for every racer."""
    database = Database(dsn, pool_size=RACERS)
    await database.open()
    yield database
    await database.close()


async def claim(tx: Connection, space_id: UUID, start: datetime, end: datetime) -> None:
    """As the shop does it."""
    await service.hold(
        tx, space_id=space_id, starts_at=start, ends_at=end, held_until=datetime.now(UTC) + timedelta(minutes=15)
    )


async def claim_without_lock(tx: Connection, space_id: UUID, start: datetime, end: datetime) -> None:
    """Look, then insert, with no lock in between: what must not be done."""
    if not await service.is_free(tx, space_id=space_id, starts_at=start, ends_at=end):
        raise SlotTaken
    await asyncio.sleep(0)
    await tx.execute(
        "INSERT INTO occupancies (group_id, space_id, space_no, period, starts_at, ends_at, kind, status) "
        "SELECT uuidv7(), id, space_no, tstzrange($2, $3), $2, $3, 'booking', 'active' FROM spaces WHERE id = $1",
        space_id,
        start,
        end,
    )


async def race(db: Database, how: Claim, wishes: list[tuple[UUID, datetime, datetime]]) -> tuple[int, list[float]]:
    """All wishes at once; (won, seconds each took). Anything but a clean refusal is raised."""
    gate = asyncio.Event()

    async def one(space_id: UUID, start: datetime, end: datetime) -> tuple[bool, float]:
        await gate.wait()
        begun = time.perf_counter()
        try:
            async with db.transaction() as tx:  # no retry: even one deadlock would be seen
                await how(tx, space_id, start, end)
        except SlotTaken:
            return False, time.perf_counter() - begun
        return True, time.perf_counter() - begun

    tasks = [asyncio.create_task(one(*wish)) for wish in wishes]
    await asyncio.sleep(0)
    gate.set()
    found = await asyncio.gather(*tasks)
    return sum(won for won, _ in found), [took for _, took in found]


def random_wishes(spaces: list[UUID], seed: int) -> list[tuple[UUID, datetime, datetime]]:
    dice = random.Random(seed)
    wishes = []
    for _ in range(RACERS):
        start = DAY + timedelta(minutes=30 * dice.randrange(0, 40))
        wishes.append((dice.choice(spaces), start, start + timedelta(minutes=30 * dice.randrange(1, 9))))
    return wishes


async def count(db: Database, query: str) -> int:
    async with db.read() as connection:
        return int(await connection.fetchval(query))


async def drop_constraint(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute("ALTER TABLE occupancies DROP CONSTRAINT occupancies_no_overlap")


async def hall_with_rooms(db: Database) -> list[UUID]:
    await make_community(db)
    hall = await make_space(db, "大厅", buffer_after_min=15)
    return [hall] + [await make_space(db, name, parent_id=hall) for name in ("左", "右")]


async def test_B03_random_overlapping_claims_never_overlap_and_never_deadlock(wide: Database) -> None:
    spaces = await hall_with_rooms(wide)
    took: list[float] = []
    for seed in range(ROUNDS):
        took += (await race(wide, claim, random_wishes(spaces, seed)))[1]
    assert await count(wide, OVERLAPS) == 0
    assert await count(wide, "SELECT count(*) FROM occupancies WHERE is_primary AND status = 'held'") > 3
    assert (
        sorted(took)[int(len(took) * 0.99)] < 5
    )  # a busy test machine; the deadlock this guards against costs a second each


async def test_B03_the_locks_alone_suffice_and_so_does_the_constraint_alone(wide: Database) -> None:
    """Two lines of defence: each is taken away once."""
    (hall, *_) = await hall_with_rooms(wide)
    await drop_constraint(wide)
    for seed in range(2):
        await race(wide, claim, random_wishes([hall], seed))
    assert await count(wide, OVERLAPS) == 0
    async with wide.transaction() as tx:
        await tx.execute("DELETE FROM occupancies")
        await tx.execute(
            "ALTER TABLE occupancies ADD CONSTRAINT occupancies_no_overlap EXCLUDE USING gist "
            "(int8range(space_no, space_no, '[]') WITH =, period WITH &&) WHERE (status <> 'released')"
        )
    wishes = [wish for wish in random_wishes([hall], 1) if wish[1] < DAY + timedelta(hours=12)][
        :8
    ]  # few: without locks they deadlock
    results = await asyncio.gather(*(race(wide, claim_without_lock, [wish]) for wish in wishes), return_exceptions=True)
    assert all(not isinstance(each, BaseException) or isinstance(each, asyncpg.PostgresError) for each in results)
    assert await count(wide, OVERLAPS) == 0


async def test_B03_control_without_lock_and_constraint_time_is_sold_twice(wide: Database) -> None:
    (hall, *_) = await hall_with_rooms(wide)
    await drop_constraint(wide)
    for seed in range(ROUNDS):
        await race(wide, claim_without_lock, random_wishes([hall], seed))
    assert await count(wide, OVERLAPS) > 0


async def test_B01_fifty_racers_for_one_room_hour_exactly_one_wins(wide: Database) -> None:
    await make_community(wide)
    for number in range(ROUNDS):
        room = await make_space(wide, f"房间 {number}")
        won, _ = await race(wide, claim, [(room, DAY, DAY + timedelta(hours=1))] * RACERS)
        assert won == 1
    assert await count(wide, OVERLAPS) == 0
    assert await count(wide, "SELECT count(*) FROM occupancies") == ROUNDS


async def test_racers_for_an_expired_hold_get_it_once(wide: Database) -> None:
    await make_community(wide)
    room = await make_space(wide)
    async with wide.transaction() as tx:
        over = await service.hold(
            tx, space_id=room, starts_at=DAY, ends_at=DAY + timedelta(hours=2), held_until=DAY - timedelta(days=30)
        )
    late = asyncio.create_task(wide.retrying(lambda tx: service.confirm(tx, group_id=over)))
    won, _ = await race(wide, claim, [(room, DAY, DAY + timedelta(hours=1))] * 20)
    assert won + int(await late) == 1
    assert await count(wide, OVERLAPS) == 0


async def test_two_carts_with_the_same_rooms_in_other_order_do_not_deadlock(wide: Database) -> None:
    rooms = await hall_with_rooms(wide)
    rooms = [*rooms[1:], await make_space(wide, "别处")]

    async def cart(order: list[UUID], number: int) -> None:
        start = DAY + timedelta(hours=number)
        async with wide.transaction() as tx:
            await service.lock(tx, space_ids=order)
            for space_id in order:
                await claim(tx, space_id, start, start + timedelta(hours=1))

    orders = [rooms, rooms[::-1]] * 6
    await asyncio.gather(*(cart(order, number) for number, order in enumerate(orders)))
    assert await count(wide, "SELECT count(*) FROM occupancies") == 3 * len(orders)
