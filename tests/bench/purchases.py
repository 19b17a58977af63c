"""Whole purchases: order request, signed webhook, settlement, ledger, voucher, and every job done."""

import asyncio
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from market.payments.sandbox import objects
from market.settings import Settings
from tests.bench.load import Channel, Figures, post

SECRET = Settings(env="test").webhook_secrets[0].encode()


@dataclass
class Shop:
    """What a run buys, with which tokens."""

    port: int
    dsn: str
    tokens: list[str]
    offers: list[str]


async def buy(shop: Shop, *, clients: int, purchases: int) -> tuple[Figures, float]:
    """Latencies of single purchases (order and webhook), and purchases per second until the last job is done."""
    figures = Figures()
    left = iter(range(purchases))
    started = time.perf_counter()

    async def client(number: int) -> None:
        channel = Channel(shop.port)
        for turn in left:
            begun = time.perf_counter()
            await _one(
                channel, shop, token=shop.tokens[number % len(shop.tokens)], offer=shop.offers[turn % len(shop.offers)]
            )
            figures.latencies_ms.append((time.perf_counter() - begun) * 1000)
        await channel.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    await _jobs_done(shop.dsn)
    figures.seconds = time.perf_counter() - started
    return figures, purchases / figures.seconds


async def _one(channel: Channel, shop: Shop, *, token: str, offer: str) -> None:
    body = msgspec.json.encode({"lines": [{"offer_id": offer, "quantity": 1}], "pay_by": "card"})
    headers = [("Authorization", f"Bearer {token}"), ("Idempotency-Key", secrets.token_hex(12))]
    status, answer = await channel.send(post("/api/orders", body, headers))
    if status != 201:
        raise RuntimeError(f"order refused: {status} {answer[:300]!r}")
    order = msgspec.json.decode(answer)
    status, answer = await channel.send(_webhook(order))
    if status != 200:
        raise RuntimeError(f"webhook refused: {status} {answer[:300]!r}")


def _webhook(order: dict[str, Any]) -> bytes:
    """The provider's message that the order's session is paid."""
    now, identity = int(time.time()), order["checkout_url"].rsplit("/", 1)[1]
    session = objects.checkout_session(
        identity=identity, now=now, url="", amount=order["payable"]["amount"], currency="cny", expires_at=now + 1800,
        success_url="", cancel_url=None, client_reference_id=None, metadata={}, locale=None, intent_metadata={},
    ) | {"status": "complete", "payment_status": "paid", "payment_intent": "pi_" + secrets.token_hex(12)}  # fmt: skip
    event = objects.event(
        identity="evt_" + secrets.token_hex(12), kind="checkout.session.completed", now=now, thing=session
    )
    body = msgspec.json.encode(event)
    signature = hmac.new(SECRET, f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return post("/api/webhooks/stripe", body, [("Stripe-Signature", f"t={now},v1={signature}")])


async def _jobs_done(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        deadline = time.monotonic() + 120
        while await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pgqueuer WHERE execute_after <= now() AND status <> 'failed')"
        ):
            if time.monotonic() > deadline:
                raise RuntimeError("the worker does not keep up")
            await asyncio.sleep(0.05)
    finally:
        await connection.close()
