"""The counters of several machines: against a real Valkey or Redis where one is on the PATH, and against none at all."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from market import limits
from market.db import Database
from market.errors import TooManyRequests, Unavailable

SERVER = shutil.which("valkey-server") or shutil.which("redis-server")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[str]:
    """Address of a running server."""
    if SERVER is None:
        pytest.skip("neither valkey-server nor redis-server is installed: the shared counters were not run")
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        SERVER,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(tmp_path),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        await process.wait()


async def test_T10_a_limit_holds_across_machines(valkey: str, dsn: str) -> None:
    machines = [Database(dsn), Database(dsn)]
    for each in machines:
        limits.use(each, limits.ValkeyCounters(valkey))
    try:
        tries = [limits.hit(each, bucket="b", limit=20, window_s=3600) for each in machines for _ in range(25)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(each is None for each in outcomes) == 20
        assert sum(isinstance(each, TooManyRequests) for each in outcomes) == 30
        with pytest.raises(TooManyRequests) as full:
            await limits.check(machines[1], bucket="b", limit=20, window_s=3600)
        assert 0 < (full.value.retry_after_s or 0) <= 3600
        await limits.clear(machines[0], bucket="b", window_s=3600)
        await limits.check(machines[1], bucket="b", limit=20, window_s=3600)
    finally:
        for each in machines:
            await limits.aclose(each)


async def test_a_window_ends(valkey: str, dsn: str) -> None:
    db = Database(dsn)
    limits.use(db, limits.ValkeyCounters(valkey))
    try:
        for _ in range(2):
            for _ in range(3):
                await limits.hit(db, bucket="b", limit=1000, window_s=1)
            await asyncio.sleep(1.1)
        assert (await limits.counters(db).count("b", 1))[0] == 0
    finally:
        await limits.aclose(db)


async def test_without_an_answer_from_valkey_nobody_slips_past_the_limit(dsn: str) -> None:
    db = Database(dsn)
    limits.use(db, limits.ValkeyCounters(f"redis://127.0.0.1:{_free_port()}/0"))
    try:
        with pytest.raises(Unavailable):
            await limits.hit(db, bucket="b", limit=1, window_s=60)
    finally:
        await limits.aclose(db)
