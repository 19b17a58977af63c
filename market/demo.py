"""`market demo`: database, web and worker under one parent that stops all of them together."""

import asyncio
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from market import commands
from market.app import make_parts
from market.db import migrate
from market.operations import configure_logging
from market.settings import Settings

PASSWORD = "demo-town-2026"  # noqa: S105 - printed on purpose
FOLDERS = ("pg", "search", "media", "outbox")
READY_TIMEOUT_S = 60
STOP_TIMEOUT_S = 15
out = Console(highlight=False, soft_wrap=True)


def run(*, port: int, data_dir: Path, fresh: bool) -> int:
    """Run the demo until it is stopped; returns the exit code."""
    _require_free(port)
    with _only_one(data_dir):
        if fresh:
            for name in FOLDERS:
                shutil.rmtree(data_dir / name, ignore_errors=True)
        os.environ.setdefault("MARKET_BASE_URL", f"http://localhost:{port}")
        os.environ.setdefault("MARKET_SANDBOX_URL", f"http://127.0.0.1:{port}")
        os.environ["MARKET_DATA_DIR"] = str(data_dir)
        settings = Settings()
        stop = _catch_signals()
        server = commands.embedded(Settings(data_dir=data_dir))
        server.start(own=True)
        try:
            asyncio.run(_prepare(settings, server.dsn()))
            return _serve_until_stopped(stop, port=port, data_dir=data_dir)
        except KeyboardInterrupt:
            return 0
        finally:
            server.stop()


async def _prepare(settings: Settings, dsn: str) -> None:
    from seeds import loader

    await migrate(dsn)
    configure_logging(settings.model_copy(update={"log_level": "warning"}))  # the past that is played is no news
    parts = make_parts(settings, dsn=dsn)
    async with parts.running():
        try:
            if not await loader.is_loaded(parts.db):
                await loader.load(parts)
        except loader.HalfLoaded as fault:
            raise commands.CommandFailed(str(fault)) from fault


def _serve_until_stopped(stop: "_Stop", *, port: int, data_dir: Path) -> int:
    started = [
        _start("serve", "--port", str(port), "--data-dir", str(data_dir)),
        _start("worker", "--data-dir", str(data_dir)),
    ]
    code = 0
    try:
        if _wait_ready(port, started, stop):
            _greet(port)
        while not stop.asked:
            if any(child.poll() is not None for child in started):
                out.print("A part of the demo has ended; stopping the rest. Its log is above.")
                code = 1
                break
            time.sleep(0.2)
    finally:
        for child in started:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for child in started:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
    return code


class _Stop:
    asked = False


def _catch_signals() -> _Stop:
    stop = _Stop()

    def ask(*_: object) -> None:
        if stop.asked or not _serving:
            raise KeyboardInterrupt
        stop.asked = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return stop


_serving: list[int] = []


def _start(*args: str) -> "subprocess.Popen[bytes]":
    """A child in its own session (the terminal's Ctrl-C reaches only us) that dies with us even if we are killed."""
    environment = {**os.environ, "MARKET_LOG_LEVEL": os.environ.get("MARKET_LOG_LEVEL", "warning")}
    child = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "market", *args],
        start_new_session=True,
        preexec_fn=_die_with_parent,
        env=environment,
    )
    _serving.append(child.pid)
    return child


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as fault:
            raise commands.CommandFailed(f"port {port} is taken: choose another with --port") from fault


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        handle = (data_dir / ".lock").open("w")
    except OSError as fault:
        raise commands.CommandFailed(f"the data folder {data_dir} is not writable: {fault.strerror}") from fault
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            raise commands.CommandFailed(f"a demo already runs on {data_dir}") from fault
        yield


def _wait_ready(port: int, children: "list[subprocess.Popen[bytes]]", stop: _Stop) -> bool:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline and not stop.asked:
        if any(child.poll() is not None for child in children):
            return False
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def _greet(port: int) -> None:
    out.print(f"\nLinli Market is ready:  http://localhost:{port}\n")
    out.print(f"Demo logins, password {PASSWORD}:")
    for login, who in (
        ("resident@demo.test", "resident, verified in 柳园"),
        ("visitor@demo.test", "not verified anywhere"),
        ("elder@demo.test", "resident of 白河, group elder"),
        ("partner@demo.test", "owner of 清和工坊 (qinghe-studio)"),
        ("kitchen@demo.test", "owner of 幸福食堂 (xingfu-canteen)"),
        ("clerk@demo.test", "clerk of three communities"),
        ("director@demo.test", "director of three communities"),
        ("street@demo.test", "street supervisor"),
        ("operator@demo.test", "operator"),
    ):
        out.print(f"  {login:<22} {who}")
    out.print("\nMails and messages: /dev/outbox    Contract: /api/docs    Ctrl-C stops everything.\n")
