"""Jobs in the same database: enqueued in the transaction that caused them, run by the worker, retried, kept when they keep failing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import structlog
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.executors import DatabaseRetryEntrypointExecutor

from market.db import ACQUIRE_TIMEOUT_S, Connection, Database, Row
from market.errors import Unavailable
from market.settings import Settings

log = structlog.get_logger(__name__)

Handler = Callable[["Context", Any], Awaitable[None]]
LotHandler = Callable[["Context", list[Any]], Awaitable[None]]
Tick = Callable[["Context"], Awaitable[None]]
MAX_ATTEMPTS = 8
LOT = 200
LONGEST_PAUSE_S = 300
POLL = timedelta(milliseconds=250)
# The queue's own bookkeeping: a crash that loses the end of a job runs it again, which every handler bears. Its statements are few
# and large, so planning them anew each time would cost more than running them.
QUEUE_SESSION = {"synchronous_commit": "off", "plan_cache_mode": "force_generic_plan", "jit": "off"}


@dataclass
class Context:
    """What a job may use: `parts` holds what the composition root made (gateway, engine…) by name."""

    db: Database
    settings: Settings
    parts: dict[str, Any] = field(default_factory=dict)


async def enqueue(tx: Connection, entrypoint: str, payload: object, *, delay: timedelta | None = None) -> None:
    """Add a job to the caller's transaction: it exists if and only if that commits.

    One plain row: the library's own statement also serves lists, priorities and a log, and costs several times as much per sale."""
    await tx.execute(
        "INSERT INTO pgqueuer (priority, entrypoint, payload, headers, status, execute_after) "
        "VALUES (0, $1, $2, '{}', 'queued', now() + coalesce($3::interval, '0'))",
        entrypoint,
        msgspec.json.encode(payload),
        delay,
    )


def enqueue_sql(entrypoint: str, *, payload: str, source: str) -> str:
    """The same row as part of a statement that changes something: one job for each row of `source`, `payload` a JSON expression."""
    return (
        "INSERT INTO pgqueuer (priority, entrypoint, payload, headers, status, execute_after) "  # noqa: S608 - names of our own
        f"SELECT 0, '{entrypoint}', convert_to(({payload})::text, 'UTF8'), '{{}}', 'queued', now() FROM {source}"
    )


class Worker:
    """Registry of job handlers and the loop that runs them."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._handlers: dict[str, tuple[Handler, Any, int]] = {}
        self._lots: dict[str, tuple[LotHandler, Any]] = {}
        self._ticks: dict[str, tuple[str, Tick]] = {}

    def on(
        self, entrypoint: str, handler: Handler, payload_type: Any = dict[str, Any], *, concurrency: int = 0
    ) -> None:
        """Run `handler(context, payload)` for each job; at least once, so handlers are idempotent. The last to register counts."""
        self._lots.pop(entrypoint, None)
        self._handlers[entrypoint] = (handler, payload_type, concurrency)

    def on_many(self, entrypoint: str, handler: LotHandler, payload_type: Any = dict[str, Any]) -> None:
        """Run `handler(context, payloads)` for many jobs of one kind together: what every sale causes costs one transaction per lot.

        At least once, like `on`, and by one worker at a time. When a lot fails its jobs are run one by one, so that a bad one is
        tried again later, kept in the end, and keeps nobody else waiting."""
        self._handlers.pop(entrypoint, None)
        self._lots[entrypoint] = (handler, payload_type)

    def every(self, name: str, cron: str, tick: Tick) -> None:
        """Run `tick(context)` on a cron expression (a sixth field means seconds), by one worker at a time."""
        self._ticks[name] = (cron, tick)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what runs."""
        connection = await asyncpg.connect(
            self.context.db.dsn,
            timeout=ACQUIRE_TIMEOUT_S,
            server_settings={"application_name": "market-queue", **QUEUE_SESSION},
        )
        try:
            queuer = self._build(connection)
            running = asyncio.create_task(queuer.run(dequeue_timeout=POLL, batch_size=40, max_concurrent_tasks=100))
            stopping = asyncio.create_task(stop.wait())
            lots = [asyncio.create_task(self._run_lots(entrypoint, stop)) for entrypoint in self._lots]
            await asyncio.wait({running, stopping, *lots}, return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            queuer.shutdown.set()
            stopping.cancel()
            await asyncio.gather(running, *lots)
        finally:
            await connection.close(timeout=5)

    async def drain(self, *, limit: int = 10_000) -> int:
        """Run every job that is due, one by one in order, until none is left; for tests and the demo loader.

        A job that fails raises here instead of being tried again."""
        done = 0
        while done < limit:
            async with self.context.db.transaction() as tx:
                row = await tx.fetchrow(
                    "DELETE FROM pgqueuer WHERE id = (SELECT id FROM pgqueuer WHERE status = 'queued' AND execute_after <= now() "
                    "ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING entrypoint, payload"
                )
            if row is None:
                return done
            await self.handle(row["entrypoint"], row["payload"])
            done += 1
        return done

    async def handle(self, entrypoint: str, payload: bytes | None) -> None:
        """Decode the payload and call the handler."""
        if entrypoint in self._lots:
            await self._handle_lot(entrypoint, [payload])
            return
        handler, payload_type, _ = self._handlers[entrypoint]
        await handler(self.context, msgspec.json.decode(payload or b"{}", type=payload_type))

    async def _handle_lot(self, entrypoint: str, payloads: list[bytes | None]) -> None:
        handler, payload_type = self._lots[entrypoint]
        await handler(self.context, [msgspec.json.decode(each or b"{}", type=payload_type) for each in payloads])

    async def _run_lots(self, entrypoint: str, stop: asyncio.Event) -> None:
        """Look for jobs of this kind as often as the queue does, until `stop` is set."""
        while not stop.is_set():
            try:
                await self.run_lots(entrypoint, stop)
            except Unavailable as fault:
                log.warning("queue_unreachable", entrypoint=entrypoint, why=str(fault.__cause__ or fault))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL.total_seconds())

    async def run_lots(self, entrypoint: str, stop: asyncio.Event | None = None) -> int:
        """Do what is due of this kind, lot by lot; returns how many jobs. Nothing while another worker is at it.

        Nothing is locked but the kind: rows go when they are done, so what a crash interrupts is found again at once."""
        done = 0
        async with self.context.db.read() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock(71822, hashtext($1))", entrypoint):
                return 0
            try:
                while not (stop and stop.is_set()):
                    rows = await connection.fetch(
                        "SELECT id, payload, attempts FROM pgqueuer WHERE entrypoint = $1 AND status = 'queued' "
                        "AND execute_after <= now() ORDER BY execute_after LIMIT $2",
                        entrypoint,
                        LOT,
                    )
                    if not rows:
                        break
                    await self._run_lot(connection, entrypoint, rows)
                    done += len(rows)
            finally:
                await connection.fetchval("SELECT pg_advisory_unlock(71822, hashtext($1))", entrypoint)
        return done

    async def _run_lot(self, connection: Connection, entrypoint: str, rows: Sequence[Row]) -> None:
        try:
            await self._handle_lot(entrypoint, [row["payload"] for row in rows])
        except Exception:
            log.exception(
                "job_failed", entrypoint=entrypoint, jobs=len(rows), attempt=max(row["attempts"] for row in rows)
            )
            if len(rows) == 1:
                await self._put_off(connection, rows[0])
                return
            for row in rows:
                await self._run_lot(connection, entrypoint, [row])
            return
        await connection.fetchval(
            "WITH done AS (DELETE FROM pgqueuer WHERE id = ANY($1) RETURNING id) "
            "SELECT set_config('synchronous_commit', 'off', true) FROM (SELECT count(*) FROM done) AS counted",
            [row["id"] for row in rows],
        )

    async def _put_off(self, connection: Connection, row: Row) -> None:
        """Try again later, twice as late each time; after the last attempt the job is kept as failed."""
        await connection.execute(
            "UPDATE pgqueuer SET attempts = attempts + 1, updated = now(), execute_after = now() + make_interval(secs => $2), "
            "status = CASE WHEN attempts + 1 >= $3 THEN 'failed'::pgqueuer_status ELSE status END WHERE id = $1",
            row["id"],
            float(min(2 ** row["attempts"], LONGEST_PAUSE_S)),
            MAX_ATTEMPTS,
        )

    async def tick(self, name: str) -> None:
        """Run one scheduled job now."""
        await self._ticks[name][1](self.context)

    def _build(self, connection: Any) -> PgQueuer:
        queuer = PgQueuer(AsyncpgDriver(connection))
        for entrypoint, (_, _, concurrency) in self._handlers.items():
            self._add_entrypoint(queuer, entrypoint, concurrency)
        for name, (cron, tick) in self._ticks.items():
            self._add_schedule(queuer, name, cron, tick)
        return queuer

    def _add_entrypoint(self, queuer: PgQueuer, entrypoint: str, concurrency: int) -> None:
        async def run(job: Any) -> None:
            try:
                await self.handle(entrypoint, job.payload)
            except Exception:
                log.exception("job_failed", entrypoint=entrypoint, job_id=int(job.id), attempt=job.attempts)
                raise

        queuer.entrypoint(
            entrypoint,
            concurrency_limit=concurrency,
            on_failure="hold",
            executor_factory=lambda parameters: DatabaseRetryEntrypointExecutor(
                parameters=parameters, max_attempts=MAX_ATTEMPTS, initial_delay=timedelta(seconds=1)
            ),
        )(run)

    def _add_schedule(self, queuer: PgQueuer, name: str, cron: str, tick: Tick) -> None:
        async def run(_: Any) -> None:
            try:
                await tick(self.context)
            except Exception:
                log.exception("schedule_failed", schedule=name)
                raise

        queuer.schedule(name, cron)(run)
