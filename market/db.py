"""Connections with time limits, transactions, bounded retry, and the linear list of migrations."""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import asyncpg
import msgspec

from market.errors import Conflict, Unavailable

Row = Any  # asyncpg.Record: a mapping by column name
T = TypeVar("T")

ACQUIRE_TIMEOUT_S = 5.0
STATEMENT_TIMEOUT_MS = 10_000
LOCK_TIMEOUT_MS = 5_000
IDLE_IN_TRANSACTION_MS = 15_000
ATTEMPTS = 4

# deadlock, serialization failure, exclusion violation: worth another try because the other side has finished by then
RETRIED = (
    asyncpg.exceptions.DeadlockDetectedError,
    asyncpg.exceptions.SerializationError,
    asyncpg.exceptions.ExclusionViolationError,
)
# the server is gone, restarting, out of connections or out of time: nothing was committed, the caller may come again
UNREACHABLE = (
    asyncpg.exceptions.PostgresConnectionError,
    asyncpg.exceptions.CannotConnectNowError,
    asyncpg.exceptions.TooManyConnectionsError,
    asyncpg.exceptions.AdminShutdownError,
    asyncpg.exceptions.CrashShutdownError,
    asyncpg.exceptions.QueryCanceledError,
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.exceptions.DiskFullError,
    asyncpg.exceptions.InterfaceError,
    ConnectionError,
    TimeoutError,
)

# As a column of RETURNING: this transaction's commit does not wait for the disk. Only for what can be asked for again after a crash.
UNHURRIED = "set_config('synchronous_commit', 'off', true)"

MIGRATIONS = Path(__file__).parent / "migrations"


class Connection(Protocol):
    """What queries may use of a database connection (an asyncpg connection inside a transaction or for one read)."""

    async def fetch(self, query: str, *args: object) -> list[Row]: ...

    async def fetchrow(self, query: str, *args: object) -> Row | None: ...

    async def fetchval(self, query: str, *args: object) -> Any: ...

    async def execute(self, query: str, *args: object) -> str: ...

    async def executemany(self, command: str, args: Iterable[Sequence[object]]) -> None: ...

    async def copy_records_to_table(
        self, table_name: str, *, records: Iterable[Sequence[object]], columns: Sequence[str]
    ) -> str: ...


class DatabaseTooNew(RuntimeError):
    """The database was migrated by a newer version of this program."""


async def _prepare(connection: Any) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind,
            schema="pg_catalog",
            # text is taken as JSON already (the job queue passes it so); everything else is encoded
            encoder=lambda value: value if isinstance(value, str) else msgspec.json.encode(value).decode(),
            decoder=msgspec.json.decode,
        )


async def _keep_session(_: Any) -> None:
    """Saves a round trip per use: whoever takes a connection leaves no session state behind (an open transaction is rolled back
    before this), so nothing has to be reset; who needs such state uses lease() and undoes it."""


class Database:
    """A pool of connections to one PostgreSQL."""

    def __init__(self, dsn: str, *, pool_size: int = 10) -> None:
        self.dsn = dsn
        self._size = pool_size
        self._pool: Any = None

    async def open(self) -> None:
        """Open the pool; raises Unavailable when the server does not answer in time."""
        try:
            self._pool = await asyncpg.create_pool(
                self.dsn,
                min_size=1,
                max_size=self._size,
                timeout=ACQUIRE_TIMEOUT_S,
                command_timeout=STATEMENT_TIMEOUT_MS // 1000 + 2,
                max_inactive_connection_lifetime=300,
                init=_prepare,
                reset=_keep_session,
                server_settings={
                    "application_name": "market",
                    "timezone": "UTC",
                    "jit": "off",
                    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                    "lock_timeout": str(LOCK_TIMEOUT_MS),
                    "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
                },
            )
        except (OSError, *UNREACHABLE) as fault:
            raise Unavailable("The database does not answer.") from fault

    async def close(self) -> None:
        """Wait for running statements for five seconds, then cut."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        try:
            await asyncio.wait_for(pool.close(), 5)
        except TimeoutError:
            pool.terminate()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """One connection without a transaction: each statement stands for itself."""
        try:
            async with self._pool.acquire(timeout=ACQUIRE_TIMEOUT_S) as connection:
                yield connection
        except UNREACHABLE as fault:
            raise Unavailable from fault

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One READ COMMITTED transaction: commits at the end, rolls back on any exception."""
        async with self.read() as connection, connection.transaction():  # type: ignore[attr-defined]
            yield connection

    async def retrying(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work` in a transaction, again up to 4 times on a deadlock, serialization failure or lost exclusion race (design §4).

        Raises Conflict when all of them are lost."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self.transaction() as tx:
                    return await work(tx)
            except RETRIED as fault:
                if attempt == ATTEMPTS:
                    raise Conflict("Too many people want this at the same moment. Please try again.") from fault
                await asyncio.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311 - jitter, not a secret
        raise AssertionError("unreachable")

    def lease(self) -> Any:
        """A pooled connection outside any transaction for LISTEN or advisory locks; use as `async with db.lease() as c`."""
        return self._pool.acquire(timeout=ACQUIRE_TIMEOUT_S)


def migration_files() -> list[Path]:
    """All migrations in order; the number is the version."""
    return sorted(path for path in MIGRATIONS.iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", path.name))


def latest_version() -> int:
    return int(migration_files()[-1].name[:4])


async def migrate(dsn: str) -> list[str]:
    """Apply what is missing, each migration in one transaction, under an advisory lock; returns the names applied.

    Raises DatabaseTooNew when the database knows a migration that this program does not."""
    connection = await asyncpg.connect(dsn, timeout=ACQUIRE_TIMEOUT_S)
    try:
        await connection.execute("SELECT pg_advisory_lock(718202601)")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations "
            "(version int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        done = {row["version"] for row in await connection.fetch("SELECT version FROM schema_migrations")}
        if done and max(done) > latest_version():
            raise DatabaseTooNew(
                f"The database has schema version {max(done)}, this program knows up to {latest_version()}: install the newer program."
            )
        applied = []
        for path in migration_files():
            version = int(path.name[:4])
            if version in done:
                continue
            async with connection.transaction():
                await connection.execute(path.read_text(encoding="utf-8"))
                await connection.execute(
                    "INSERT INTO schema_migrations (version, name) VALUES ($1, $2)", version, path.stem
                )
            applied.append(path.stem)
        return applied
    finally:
        await connection.close(timeout=5)


async def schema_version(db: Database) -> int:
    """The newest applied migration, 0 for an empty database."""
    async with db.read() as connection:
        if await connection.fetchval("SELECT to_regclass('schema_migrations') IS NULL"):
            return 0
        return int(await connection.fetchval("SELECT coalesce(max(version), 0) FROM schema_migrations"))
