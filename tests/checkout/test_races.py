"""Fifty people want the same thing at the same moment, on two real server processes; and the same without our care, to see the race."""

import asyncio
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from market.checkout import claims, queries
from market.checkout.schemas import Line
from market.db import Database
from market.errors import Conflict
from market.people import service as people
from market.spaces import service as spaces
from market.spaces import taking
from tests import factories
from tests.checkout.town import Town
from tests.house.tree import ROOT

BUYERS = 50


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(town: Town, port: int, folder: Path) -> "subprocess.Popen[bytes]":
    """One `market serve` over the town's database."""
    env = {
        **os.environ,
        "MARKET_ENV": "test",
        "MARKET_DATABASE_URL": town.parts.settings.database_url,
        "MARKET_LOG_LEVEL": "error",
        "MARKET_BASE_URL": f"http://127.0.0.1:{port}",
        "MARKET_POOL_SIZE": "8",
    }
    command = [sys.executable, "-m", "market", "serve", "--port", str(port), "--data-dir", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
async def servers(town: Town, tmp_path: Path) -> AsyncIterator[list[str]]:
    """Two server processes; their addresses."""
    ports = [free_port(), free_port()]
    running = [start_server(town, port, tmp_path / f"data{port}") for port in ports]
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    try:
        await asyncio.gather(*(_ready(address) for address in addresses))
        yield addresses
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(15)


async def _ready(address: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for _ in range(300):
            try:
                if (await http.get(f"{address}/health/live")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
    raise AssertionError(f"{address} does not start")


async def tokens(town: Town) -> list[str]:
    """Fifty buyers' bearer tokens."""
    made = []
    for _ in range(BUYERS):
        buyer = await town.buyer()
        made.append(
            (
                await people.create_token(
                    town.db, person_id=buyer.person_id, name="race", scopes=["orders"], valid_days=1
                )
            )[1]
        )
    return made


async def race(servers: list[str], buyers: list[str], line: dict[str, Any]) -> Counter[str]:
    """Everybody places an order for `line` at once, half of them on each server; counts status and problem."""
    limits = httpx.Limits(max_connections=BUYERS)
    async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as http:

        async def buy(number: int, token: str) -> str:
            answer = await http.post(
                f"{servers[number % len(servers)]}/api/orders", json={"lines": [line]},
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"race-{number}-{sorted(line)[0]}"},
            )  # fmt: skip
            return f"{answer.status_code} {answer.json().get('type', '')}".strip()

        return Counter(await asyncio.gather(*(buy(number, token) for number, token in enumerate(buyers))))


@pytest.mark.slow
async def test_B01_T16_of_fifty_buyers_on_two_servers_one_gets_the_seat_and_one_the_room(
    town: Town, servers: list[str]
) -> None:
    buyers = await tokens(town)
    offer = await town.offer(capacity=1)
    assert await race(servers, buyers, {"offer_id": str(offer)}) == {"201": 1, "409 /problems/sold-out": BUYERS - 1}
    assert await town.taken(offer) == 1
    hour = town.hour()
    assert hour.starts_at is not None and hour.ends_at is not None
    line = {"space_id": str(town.room), "starts_at": hour.starts_at.isoformat(), "ends_at": hour.ends_at.isoformat()}
    assert await race(servers, buyers, line) == {"201": 1, "409 /problems/slot-taken": BUYERS - 1}
    assert await town.value("SELECT count(*) FROM occupancies WHERE status <> 'released'") == 1
    assert await town.value("SELECT count(*) FROM orders") == 2


async def test_B02_counting_before_selling_oversells_so_the_race_is_real(town: Town) -> None:
    """The negative control: what take() does, done as count-then-insert."""
    offer = await town.offer(capacity=1)
    async with town.db.transaction() as tx:
        await tx.execute("CREATE TABLE naive_sales (offer_id uuid)")
    meet = asyncio.Barrier(8)

    async def buy() -> bool:
        async with town.db.transaction() as tx:
            sold = await tx.fetchval("SELECT count(*) FROM naive_sales WHERE offer_id = $1", offer)
            await meet.wait()
            if sold >= await tx.fetchval("SELECT capacity FROM offers WHERE id = $1", offer):
                return False
            await tx.execute("INSERT INTO naive_sales VALUES ($1)", offer)
            return True

    assert sum(await asyncio.gather(*(buy() for _ in range(8)))) > 1


async def test_B01_the_same_race_with_our_take_sells_one(town: Town) -> None:
    offer = await town.offer(capacity=1)
    buyers = [await town.buyer() for _ in range(20)]
    done = await asyncio.gather(*(town.place(buyer, Line(offer_id=offer)) for buyer in buyers), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in done) == 1
    assert {getattr(each, "status", None) for each in done if isinstance(each, BaseException)} == {409}


async def test_carts_that_want_the_same_things_in_another_order_do_not_deadlock(town: Town) -> None:
    offers = [await town.offer(capacity=3) for _ in range(3)]
    hours = [town.hour(days=day) for day in (2, 3)]
    buyers = [await town.buyer() for _ in range(16)]
    carts = [
        [*(Line(offer_id=offer) for offer in offers), *hours][:: 1 if number % 2 else -1]
        for number in range(len(buyers))
    ]
    done = await asyncio.gather(
        *(town.place(buyer, *cart) for buyer, cart in zip(buyers, carts, strict=True)), return_exceptions=True
    )
    assert sum(not isinstance(each, BaseException) for each in done) == 1
    assert {getattr(each, "slug", repr(each)) for each in done if isinstance(each, BaseException)} == {"slot-taken"}
    assert [await town.taken(offer) for offer in offers] == [1, 1, 1]


@pytest.mark.parametrize("step", ["secure", "let_go"])
async def test_paying_or_ending_an_order_locks_its_rooms_in_the_order_that_buyers_do(
    town: Town, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The groups of the slots sort the other way round than the rooms: whoever went by them would meet the buyers head on."""
    falling = iter(range(100, 0, -1))
    monkeypatch.setattr(taking, "uuid4", lambda: UUID(int=next(falling)))
    rooms = sorted(
        [town.room, await factories.make_space(town.db, "排练厅", community="xiqiao", enterprise="xiqiao-enterprise")]
    )
    order = await town.place(await town.buyer(), *(town.hour(space=room) for room in rooms))

    async def act() -> None:
        async with town.db.transaction() as tx:
            lines = await queries.lines_of(tx, [order.id])
            if step == "secure":
                assert await claims.secure(tx, lines)
            else:
                await claims.let_go(tx, lines)
                raise Undone

    async with town.db.transaction() as tx:
        await spaces.lock(tx, space_ids=rooms[:1])
        acting = asyncio.create_task(act())
        await asyncio.sleep(0.3)
        await spaces.lock(tx, space_ids=rooms)
    try:
        await acting
    except Undone:
        assert step == "let_go"


class Undone(Exception):
    """The test takes its own step back."""


async def test_a_race_lost_four_times_is_a_conflict_and_no_fault(db: Database) -> None:
    tries = 0

    async def collide(tx: Any) -> None:
        nonlocal tries
        tries += 1
        await tx.execute("DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$")

    with pytest.raises(Conflict):
        await db.retrying(collide)
    assert tries == 4
