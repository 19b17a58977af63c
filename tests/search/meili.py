"""A Meilisearch server for tests: one that is named, or one that is started; and bad ones."""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

WHY_NOT = "Meilisearch was not tested: no server answers at MARKET_MEILISEARCH_URL, and no program `meilisearch` is on the PATH"
MASTER_KEY = "a-master-key-for-tests-only"


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=1).json().get("status") == "available"
    except (httpx.HTTPError, ValueError):
        return False


def is_to_be_had() -> bool:
    """Whether there is a server to test against."""
    named = os.environ.get("MARKET_MEILISEARCH_URL", "").rstrip("/")
    return bool(named and _answers(named)) or shutil.which("meilisearch") is not None


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, str] | None]:
    """Address and key; None where there is no server to be had."""
    named = os.environ.get("MARKET_MEILISEARCH_URL", "").rstrip("/")
    if named and _answers(named):
        yield named, os.environ.get("MARKET_MEILISEARCH_KEY", "")
        return
    program = shutil.which("meilisearch")
    if program is None:
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    url = f"http://127.0.0.1:{port}"
    running = subprocess.Popen(
        [program, "--http-addr", f"127.0.0.1:{port}", "--master-key", MASTER_KEY, "--no-analytics", "--env", "development",
         "--db-path", str(folder / "data.ms"), "--max-indexing-memory", "200Mb", "--log-level", "WARN"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not _answers(url):
            assert running.poll() is None and time.monotonic() < deadline, "meilisearch did not start"
            time.sleep(0.1)
        yield url, MASTER_KEY
    finally:
        running.terminate()
        running.wait(10)


@asynccontextmanager
async def bad_server(how: str) -> AsyncIterator[str]:
    """A server that `refuses` (nobody listens), `hangs`, `drips` a byte now and then, answers `500`, `garbage` or `other` JSON."""
    bodies = {
        "500": b"HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\noops",
        "garbage": b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n\xff\xfe{{[[",
        "other": b'HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{"results":[]}',
        "no-http": b"220 smtp ready\r\n",
    }

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(65536):
                if how == "hangs":
                    await asyncio.sleep(60)
                elif how == "drips":
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
                    for _ in range(600):
                        writer.write(b" ")
                        await writer.drain()
                        await asyncio.sleep(0.1)
                else:
                    writer.write(bodies[how])
                    await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    if how == "refuses":
        listening.close()
        await listening.wait_closed()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        listening.close()
