"""Starting and stopping what is measured, and the yardsticks of the machine."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from market.embedded import EmbeddedPostgres, binary
from tests.house.tree import ROOT

CLIENTS = 16


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(port: int | None, *command: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A program of ours until the block ends; waits until its port accepts connections."""
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env={**os.environ, **environment})
    try:
        deadline = time.monotonic() + 30
        while port is not None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command} did not start")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def granian(target: str, port: int, *flags: str) -> list[str]:
    """Command line of one Granian worker without access log."""
    options = [
        "--interface",
        "asgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--loop",
        "uvloop",
        "--log-level",
        "warning",
    ]
    return ["-m", "granian", *options, *flags, target]


def resident_mb(process: "subprocess.Popen[bytes]") -> float:
    """Resident memory of a process and all below it, shared pages counted once per process."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    return sum(each.memory_info().rss for each in family) / 1e6


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and all below it, those that ended included."""
    root = psutil.Process(pid)
    total = 0.0
    for each in [root, *root.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            total += times.user + times.system
            total += (times.children_user + times.children_system) if each.pid == pid else 0.0
    return total


class Tpcb:
    """pgbench's TPC-B with 16 clients, scale 10, on the server that is measured beside it."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        sockets = re.search(r"host=(.*)", server.dsn())
        assert sockets is not None
        self._common = ["-h", sockets.group(1).replace("%2F", "/"), "-U", "market", "pgbench"]
        subprocess.run([str(binary("createdb")), *self._common], check=True)
        subprocess.run([str(binary("pgbench")), "-i", "-q", "-s", "10", *self._common], check=True, capture_output=True)

    def per_second(self, seconds: int) -> float:
        """Transactions per second, now."""
        result = subprocess.run(
            [str(binary("pgbench")), "-c", str(CLIENTS), "-j", "2", "-T", str(seconds), *self._common],
            check=True,
            capture_output=True,
            text=True,
        )
        found = re.search(r"tps = ([0-9.]+)", result.stdout)
        assert found is not None
        return float(found.group(1))


async def primary_key_selects(dsn: str, *, seconds: float) -> float:
    """SELECTs of one row by primary key per second by asyncpg over 16 connections of one process."""
    pool: Any = await asyncpg.create_pool(dsn, min_size=CLIENTS, max_size=CLIENTS)
    ids = [row["id"] for row in await pool.fetch("SELECT id FROM listings LIMIT 1000")]
    done = 0
    deadline = time.perf_counter() + seconds

    async def client(number: int) -> None:
        nonlocal done
        async with pool.acquire() as connection:
            turn = number
            while time.perf_counter() < deadline:
                await connection.fetchrow("SELECT * FROM listings WHERE id = $1", ids[turn % len(ids)])
                turn += 1
                done += 1

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    await pool.close()
    return done / seconds


def serve(port: int, folder: Path, dsn: str, provider_port: int) -> Any:
    """The product's web process over `dsn`."""
    return running(
        port, "-m", "market", "serve", "--port", str(port), "--data-dir", str(folder),
        MARKET_ENV="test", MARKET_DATABASE_URL=dsn, MARKET_LOG_LEVEL="error", MARKET_BASE_URL=f"http://localhost:{port}",
        MARKET_SANDBOX_URL=f"http://127.0.0.1:{provider_port}", MARKET_POOL_SIZE="16",
    )  # fmt: skip


def work(folder: Path, dsn: str, provider_port: int) -> Any:
    """The product's worker over `dsn`."""
    return running(
        None, "-m", "market", "worker", "--data-dir", str(folder),
        MARKET_ENV="test", MARKET_DATABASE_URL=dsn, MARKET_LOG_LEVEL="error",
        MARKET_SANDBOX_URL=f"http://127.0.0.1:{provider_port}", MARKET_BASE_URL=f"http://127.0.0.1:{provider_port}",
    )  # fmt: skip
