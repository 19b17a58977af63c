"""One throw-away PostgreSQL per test run, one fresh migrated database per test."""

import asyncio
import inspect
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import asyncpg
import httpx
import pytest
from litestar import Litestar
from pydantic import SecretStr

from market import jobs
from market.app import Parts, bind, create_worker, make_parts, wire
from market.db import Database, migrate
from market.embedded import EmbeddedPostgres
from market.settings import Settings

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, readable by nobody else
ROOM_BYTES = 2 * 2**30
_numbers = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a demo town run in one process: one town is looked at page by page, in another one people act."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("looks" if item.path.stem == "test_every_page" else "browser"))
            if inspect.iscoroutinefunction(getattr(item, "function", None)):  # the loop of the browser, started once
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A running server without durability, with a migrated template database; in memory where there is room: every test copies the
    template, and a copy on a disk takes ten times as long."""
    in_memory = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    folder = Path(tempfile.mkdtemp(prefix="market-tests-", dir=MEMORY)) if in_memory else tmp_path_factory.mktemp("pg")
    server = EmbeddedPostgres(folder / "pg", durable=False)
    server.start()
    try:
        asyncio.run(migrate(server.dsn()))
        yield server
    finally:
        server.stop()
        if in_memory:
            shutil.rmtree(folder)


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
    return Settings(
        env="test",
        data_dir=tmp_path / "data",
        database_url=dsn,
        base_url="http://testserver.local",
        log_level="error",
        meilisearch_key=SecretStr(""),
        meilisearch_url="",  # a server in the environment is for the tests of the engines alone
    )


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


@cache
def wired(*, sandbox: bool, debug: bool) -> Litestar:
    """The routes, wired once per process: it takes longer than most tests. Nothing of a test stays in them but what `bind` renews."""
    return wire(sandbox=sandbox, debug=debug)


@pytest.fixture
def app(settings: Settings, parts: Parts) -> Litestar:
    """The app of this test's parts, with the state of none before."""
    settings.require_safe()
    return bind(wired(sandbox=settings.sandbox, debug=settings.debug), parts)


@asynccontextmanager
async def started(app: Litestar) -> AsyncIterator[None]:
    """The app between start and shutdown, in this event loop and in one task of its own, as a server would run it."""
    ready, done = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            ready.set()
            await done.wait()

    life = asyncio.create_task(live())
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({life, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        if not life.done():
            yield
    finally:
        done.set()
        await life


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser-like client of the app in this event loop (base address http://testserver.local); requests run side by side.

    Litestar's own test client runs the app in another thread, one request at a time: its pool could not be shared."""
    transport = httpx.ASGITransport(app=app)
    async with started(app), httpx.AsyncClient(transport=transport, base_url="http://testserver.local") as test_client:
        yield test_client


@pytest.fixture
def worker(parts: Parts, client: httpx.AsyncClient) -> jobs.Worker:
    """The job worker over the client's parts; call `await worker.drain()` to run what is queued."""
    return create_worker(parts)
