"""Payments over real sockets: two web processes, signed webhooks that arrive by themselves, and a provider that fails in every way."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest

from market.db import Database
from market.embedded import EmbeddedPostgres
from market.jobs import Context, Worker
from market.payments import service
from market.payments.gateway import GatewayRefused, GatewayUnavailable
from market.payments.stripe import StripeGateway
from market.settings import SANDBOX_STRIPE_KEY, SANDBOX_WEBHOOK_SECRET, Settings
from tests.payments.conftest import TOLD, Shop, signed

HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def web(postgres: EmbeddedPostgres) -> Iterator[tuple[str, str]]:
    """Two web processes over a database of their own: (its address, theirs)."""
    dsn = postgres.dsn("payments_web")
    asyncio.run(_in_postgres(postgres, "CREATE DATABASE payments_web TEMPLATE market"))
    port = free_port()
    address = f"http://{HOST}:{port}"
    environment = os.environ | {
        "MARKET_ENV": "test", "MARKET_DATABASE_URL": dsn, "MARKET_BASE_URL": address, "MARKET_SANDBOX_URL": address,
        "MARKET_LOG_LEVEL": "error",
    }  # fmt: skip
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--workers", "2", "--host", HOST, "--port", str(port),
               "--log-level", "warning", "--workers-kill-timeout", "5", "tests.payments.server:make_app"]  # fmt: skip
    server = subprocess.Popen(command, env=environment)
    try:
        _wait_for(address)
        yield dsn, address
        server.terminate()
        assert server.wait(30) in {0, -15}
    finally:
        server.kill()
        asyncio.run(_in_postgres(postgres, "DROP DATABASE payments_web WITH (FORCE)"))


async def _in_postgres(postgres: EmbeddedPostgres, sql: str) -> None:
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute(sql)
    await admin.close()


def _wait_for(address: str) -> None:
    end = time.monotonic() + 90
    while True:
        try:
            httpx.get(f"{address}/sandbox/stripe/v1/balance", trust_env=False)
        except httpx.TransportError:
            assert time.monotonic() < end, "the web processes did not start"
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def base(web: tuple[str, str]) -> str:
    return web[1]


@pytest.fixture
async def remote(web: tuple[str, str], settings: Settings) -> AsyncIterator[Shop]:
    """The shop with a gateway that goes through the network, with a short time limit."""
    dsn, base = web
    db = Database(dsn)
    await db.open()
    async with db.read() as connection:
        await connection.execute(
            "TRUNCATE webhook_inbox, payment_sessions, payment_refunds, payment_disputes, pgqueuer, sandbox.objects, sandbox.events, "
            "sandbox.idempotency; UPDATE sandbox.script SET plan = '{}'; DROP TABLE IF EXISTS told; " + TOLD
        )
    gateway = StripeGateway(
        api_key=SANDBOX_STRIPE_KEY,
        webhook_secrets=[SANDBOX_WEBHOOK_SECRET],
        base_address=f"{base}/sandbox/stripe",
        total_timeout_s=2,
    )
    yield Shop(db, gateway, settings, Worker(Context(db, settings)))
    await gateway.aclose()
    await db.close()


async def until(what: Any, *, seconds: float = 10) -> None:
    """Wait until `await what()` holds."""
    end = time.monotonic() + seconds
    while not await what():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


async def test_a_purchase_through_the_page_is_told_by_a_webhook(remote: Shop) -> None:
    session_id = await remote.open()
    url = (await remote.row(session_id))["checkout_url"]
    async with httpx.AsyncClient() as browser:
        page = await browser.get(url)
        assert "¥80.00" in page.text
        answer = await browser.post(url, data={"outcome": "declined"}, follow_redirects=True)
        assert "declined" in answer.text
        answer = await browser.post(url, data={"outcome": "paid"})
        assert (answer.status_code, answer.headers["location"]) == (303, "http://testserver.local/orders/1?paid")

    async def told() -> bool:
        return len(await remote.told("SessionPaid")) == 1

    await until(told, seconds=3)

    async def delivered() -> bool:
        return not await remote.value("SELECT count(*) FROM sandbox.events WHERE delivered_at IS NULL")

    await until(delivered)
    assert await remote.value("SELECT array_agg(DISTINCT answer) FROM sandbox.events") == [200]


async def test_M11_the_same_event_five_times_at_once_on_two_processes_counts_once(remote: Shop, base: str) -> None:
    await remote.script(drop=True)
    for number in range(1, 6):
        await remote.pay(await remote.open())
        body = msgspec.json.encode((await remote.events("checkout.session.completed"))[-1])

        async def post(body: bytes = body) -> int:
            async with httpx.AsyncClient() as client:  # a connection of its own, so that both processes get some
                answer = await client.post(
                    f"{base}/api/webhooks/stripe", content=body, headers={"Stripe-Signature": signed(body)}
                )
                return answer.status_code

        assert await asyncio.gather(*(post() for _ in range(5))) == [200] * 5
        assert len(await remote.told("SessionPaid")) == number


async def test_duplicated_delayed_reordered_and_forged_webhooks_end_in_one_payment(remote: Shop) -> None:
    await remote.script(duplicate=2, delay_s=0.1, reorder=True, forge=True)
    session_id = await remote.open()
    await remote.pay(session_id)

    async def delivered() -> bool:
        return not await remote.value("SELECT count(*) FROM sandbox.events WHERE delivered_at IS NULL")

    await until(delivered)
    (fact,) = await remote.told()
    assert fact["paid_minor"] == 8000
    assert await remote.value("SELECT array_agg(DISTINCT answer) FROM sandbox.events WHERE forged") == [400]
    assert await remote.value("SELECT count(*) FROM sandbox.events WHERE type = 'checkout.session.completed'") == 4
    assert await remote.value(
        "SELECT min(delivered_at) FILTER (WHERE type = 'payment_intent.succeeded') "
        "< min(delivered_at) FILTER (WHERE type = 'checkout.session.completed') FROM sandbox.events WHERE NOT forged"
    )


async def test_a_webhook_that_we_could_not_take_is_sent_again(remote: Shop) -> None:
    session_id = await remote.open()
    await remote.value("ALTER TABLE told RENAME TO hidden")
    await remote.pay(session_id)

    async def failed() -> bool:
        return bool(await remote.value("SELECT count(*) FROM sandbox.events WHERE answer = 500"))

    await until(failed)
    await remote.value("ALTER TABLE hidden RENAME TO told")

    async def told() -> bool:
        return len(await remote.told("SessionPaid")) == 1

    await until(told)


async def open_now(shop: Shop, session_id: UUID) -> str:
    return await service.open_session(shop.db, gateway=shop.gateway, session_id=session_id)


async def test_F08_a_provider_that_fails_makes_no_duplicate_and_costs_bounded_time(remote: Shop) -> None:
    faults = {
        "error": GatewayUnavailable, "error_after": GatewayUnavailable, "busy": GatewayUnavailable, "conflict": GatewayUnavailable,
        "slow": GatewayUnavailable, "slow_after": GatewayUnavailable, "cut": GatewayUnavailable, "garbage": GatewayUnavailable,
        "drip": GatewayUnavailable,
    }  # fmt: skip
    for number, (fault, expected) in enumerate(faults.items(), start=1):
        session_id = await remote.insert_session()
        await remote.script(api=[{"path": "checkout/sessions", "fault": fault, "seconds": 4.0}])
        started = time.monotonic()
        with pytest.raises(expected):
            await open_now(remote, session_id)
        assert time.monotonic() - started < 3, fault

        async def opened(session_id: UUID = session_id) -> bool:
            """The same call again, as soon as the first one is over at the provider."""
            try:
                return bool(await open_now(remote, session_id))
            except GatewayUnavailable:
                return False

        await until(opened)
        assert await remote.value("SELECT count(*) FROM sandbox.objects WHERE kind = 'checkout.session'") == number, (
            fault
        )


async def test_F08_a_call_that_is_refused_is_not_tried_again(remote: Shop) -> None:
    session_id = await remote.insert_session()
    await remote.script(api=[{"path": "checkout/sessions", "fault": "declined"}])
    with pytest.raises(GatewayRefused) as refused:
        await open_now(remote, session_id)
    assert refused.value.code == "card_declined"


async def test_F08_retry_after_is_passed_on(remote: Shop) -> None:
    session_id = await remote.insert_session()
    await remote.script(api=[{"path": "checkout/sessions", "fault": "busy"}])
    with pytest.raises(GatewayUnavailable) as busy:
        await open_now(remote, session_id)
    assert busy.value.retry_after_s == 2


async def test_nobody_at_the_address_is_unavailable() -> None:
    gateway = StripeGateway(
        api_key=SANDBOX_STRIPE_KEY,
        webhook_secrets=[SANDBOX_WEBHOOK_SECRET],
        base_address=f"http://{HOST}:{free_port()}",
    )
    with pytest.raises(GatewayUnavailable):
        await gateway.balance()
    await gateway.aclose()


async def test_opening_a_session_takes_milliseconds(remote: Shop) -> None:
    taken = []
    for _ in range(40):
        session_id = await remote.insert_session()
        started = time.perf_counter()
        await open_now(remote, session_id)
        taken.append(time.perf_counter() - started)
    assert sorted(taken)[len(taken) // 4] < 0.05, "a quarter of the calls is far below what a busy machine allows"
    print(f"open_session: {min(taken) * 1000:.1f} ms at best, {sorted(taken)[20] * 1000:.1f} ms median")
