"""A server process that is about to be killed: the whole app, with traffic of its own, until the end comes.

Each buyer goes on from the key where the last process died, as a browser would that never got an answer."""

import asyncio
import ctypes
import itertools
import os
import signal
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from uuid import UUID

import httpx
from litestar import Litestar

from market.app import Parts, create_app, make_parts
from market.db import Database
from market.payments.sandbox import payments as sandbox
from market.payments.sandbox.in_process import transport_to
from market.settings import Settings


@dataclass(frozen=True)
class Traffic:
    """What the process needs to know; plain values, as they go to another process."""

    database_url: str
    data_dir: str
    tokens: list[str]
    redeemer: str
    offer: UUID


def _die_with_parent() -> None:
    """A test that fails or is stopped leaves no process behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def nursery(pipe: Connection, traffic: Traffic) -> None:
    """Build the app once; for each first key that comes through the pipe, fork a server and answer with its process id."""
    settings = Settings(
        env="test", database_url=traffic.database_url, data_dir=traffic.data_dir, base_url="http://testserver.local",
        log_level="error", pool_size=6,
    )  # fmt: skip
    _die_with_parent()
    parts = make_parts(settings)
    app = create_app(settings, parts=parts)
    while (first_key := pipe.recv()) is not None:
        pid = os.fork()
        if pid == 0:
            _die_with_parent()
            asyncio.run(_live(app, parts, traffic, first_key))
            os._exit(0)
        pipe.send(pid)
        os.waitpid(pid, 0)
        pipe.send("gone")


async def _live(app: Litestar, parts: Parts, traffic: Traffic, first_key: int) -> None:
    """Serve and buy until killed."""
    async with (
        app.lifespan(),
        httpx.AsyncClient(transport=transport_to(app), base_url="http://testserver.local", timeout=30) as http,
    ):
        await asyncio.gather(
            *(_buy(http, parts.db, traffic, number, first_key) for number in _at_the_till(traffic, first_key))
        )


def _at_the_till(traffic: Traffic, first_key: int) -> list[int]:
    """Who buys in this life: four in turn, so that nobody dies so often before paying that his unpaid orders reach the limit."""
    return [(first_key + turn) % len(traffic.tokens) for turn in range(4)]


async def _buy(http: httpx.AsyncClient, db: Database, traffic: Traffic, number: int, first_key: int) -> None:
    headers = {"Authorization": f"Bearer {traffic.tokens[number]}"}
    for step in itertools.count(first_key):
        key = {**headers, "Idempotency-Key": f"step-{step}"}
        lines = [{"offer_id": str(traffic.offer)}]
        answer = await http.post("/api/orders", json={"lines": lines}, headers=key)
        if answer.status_code != 201 or answer.json()["checkout_url"] is None:
            await asyncio.sleep(0.01)
            continue
        order = answer.json()
        if step % 4 != 3:
            await sandbox.choose(db, order["checkout_url"].rsplit("/", 1)[1], "paid")
        if step % 4 == 0:
            await http.post(f"/api/orders/{order['id']}/refunds", json={}, headers=key)
        elif step % 4 == 1:
            found = (await http.get(f"/api/orders/{order['id']}", headers=headers)).json()
            for voucher in found["vouchers"]:
                await http.post(
                    f"/api/vouchers/{voucher['code']}/redeem", headers={"Authorization": f"Bearer {traffic.redeemer}"}
                )
        elif step % 4 == 3:
            await http.post(f"/api/orders/{order['id']}/cancel", headers=headers)
