"""Jobs of one kind that are done together: each at least once, a bad one keeps nobody waiting, one worker at a time."""

import asyncio
from typing import Any

import pytest

from market import jobs
from market.db import Database
from market.jobs import MAX_ATTEMPTS, Context, Worker
from market.settings import Settings

KIND = "test.lot"


class Lots:
    """A worker whose handler notes the lots it got and falls over a bad number."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db = db
        self.seen: list[list[int]] = []
        self.bad: set[int] = set()
        self.came = asyncio.Event()
        self.worker = Worker(Context(db, settings))
        self.worker.on_many(KIND, self._handle, dict[str, int])

    async def _handle(self, _: Context, payloads: list[dict[str, int]]) -> None:
        numbers = [each["n"] for each in payloads]
        if self.bad & set(numbers):
            raise ValueError("a bad number")
        self.seen.append(numbers)
        self.came.set()

    def numbers(self) -> list[int]:
        return sorted(number for lot in self.seen for number in lot)

    async def add(self, *numbers: int) -> None:
        async with self.db.transaction() as tx:
            for n in numbers:
                await jobs.enqueue(tx, KIND, {"n": n})

    async def value(self, query: str) -> Any:
        async with self.db.read() as connection:
            return await connection.fetchval(query)


@pytest.fixture
def lots(db: Database, settings: Settings) -> Lots:
    return Lots(db, settings)


async def test_what_waits_is_done_together_and_gone(lots: Lots) -> None:
    await lots.add(1, 2, 3)
    assert await lots.worker.run_lots(KIND) == 3
    assert [sorted(each) for each in lots.seen] == [[1, 2, 3]]
    assert await lots.value("SELECT count(*) FROM pgqueuer") == 0
    assert await lots.worker.run_lots(KIND) == 0


async def test_what_is_not_due_or_not_committed_waits(lots: Lots) -> None:
    async with lots.db.transaction() as tx:
        await jobs.enqueue(tx, KIND, {"n": 1})
        assert await lots.worker.run_lots(KIND) == 0
    await lots.add(2)
    await lots.value("UPDATE pgqueuer SET execute_after = now() + interval '1 hour' WHERE payload = '{\"n\":2}'")
    await lots.worker.run_lots(KIND)
    assert lots.seen == [[1]]


async def test_F16_a_bad_job_is_tried_again_later_and_keeps_nobody_waiting(lots: Lots) -> None:
    lots.bad = {2}
    await lots.add(1, 2, 3)
    await lots.worker.run_lots(KIND)
    assert lots.numbers() == [1, 3]
    assert await lots.value("SELECT attempts FROM pgqueuer WHERE execute_after > now()") == 1
    lots.bad = set()
    await lots.value("UPDATE pgqueuer SET execute_after = now()")
    await lots.worker.run_lots(KIND)
    assert lots.seen[-1] == [2]


async def test_F16_after_its_last_attempt_a_job_is_kept_as_failed(lots: Lots) -> None:
    lots.bad = {1}
    await lots.add(1)
    for _ in range(MAX_ATTEMPTS + 2):
        await lots.worker.run_lots(KIND)
        await lots.value("UPDATE pgqueuer SET execute_after = now()")
    assert await lots.value("SELECT status::text || attempts FROM pgqueuer") == f"failed{MAX_ATTEMPTS}"


async def test_F02_what_a_dead_worker_was_at_is_found_again_at_once(lots: Lots) -> None:
    await lots.add(1)

    async def die(*_: Any) -> None:
        raise asyncio.CancelledError

    lots.worker.on_many(KIND, die)
    with pytest.raises(asyncio.CancelledError):
        await lots.worker.run_lots(KIND)
    lots.worker.on_many(KIND, lots._handle, dict[str, int])
    assert await lots.worker.run_lots(KIND) == 1


async def test_F13_one_worker_at_a_time_does_lots_of_a_kind(lots: Lots) -> None:
    await lots.add(1)
    async with lots.db.lease() as other:
        await other.execute("SELECT pg_advisory_lock(71822, hashtext($1))", KIND)
        assert await lots.worker.run_lots(KIND) == 0
        await other.execute("SELECT pg_advisory_unlock(71822, hashtext($1))", KIND)
    assert await lots.worker.run_lots(KIND) == 1


async def test_a_running_worker_does_lots_beside_other_jobs(lots: Lots) -> None:
    alone: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def note(_: Context, payload: dict[str, int]) -> None:
        alone.set_result(payload["n"])

    lots.worker.on("test.alone", note)
    await lots.add(1, 2)
    async with lots.db.transaction() as tx:
        await jobs.enqueue(tx, "test.alone", {"n": 3})
    stop = asyncio.Event()
    running = asyncio.create_task(lots.worker.run(stop))
    async with asyncio.timeout(20):
        assert await alone == 3
        await lots.came.wait()
    stop.set()
    await running
    assert lots.numbers() == [1, 2]
