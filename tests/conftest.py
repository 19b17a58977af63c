"""One throw-away PostgreSQL per test run, one fresh migrated database per test."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market import jobs
from market.app import Parts, create_app, create_worker, make_parts
from market.db import Database, migrate
from market.embedded import EmbeddedPostgres
from market.settings import Settings

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A running server without durability, with a migrated template database."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("pg") / "pg", durable=False)
    server.start()
    asyncio.run(migrate(server.dsn()))
    yield server
    server.stop()


@pytest.fixture
async def dsn(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """Address of a fresh migrated database."""
    name = f"t{next(_numbers)}"
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE market STRATEGY FILE_COPY")
    await admin.close()
    yield postgres.dsn(name)
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
def settings(tmp_path: Path, dsn: str) -> Settings:
    return Settings(env="test", data_dir=tmp_path / "data", database_url=dsn, base_url="http://testserver.local", log_level="error")


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """An open database."""
    database = Database(dsn, pool_size=10)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def parts(settings: Settings) -> Parts:
    return make_parts(settings)


@pytest.fixture
def app(settings: Settings, parts: Parts) -> Litestar:
    return create_app(settings, parts=parts)


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[AsyncTestClient[Litestar]]:
    """A browser-like client of the app in this process (base address http://testserver.local)."""
    async with AsyncTestClient(app, base_url="http://testserver.local") as test_client:
        yield test_client


@pytest.fixture
def worker(parts: Parts, client: AsyncTestClient[Litestar]) -> jobs.Worker:
    """The job worker over the client's parts; call `await worker.drain()` to run what is queued."""
    return create_worker(parts)
