"""Webhook chaos: events duplicated, shuffled, one in ten forged or stale, end in the same state as the same events told once in order.

`CHAOS_EVENTS` sizes it: `make soak` tells 5,000."""

import hashlib
import os
import random
import time
from typing import Any
from uuid import UUID

import msgspec
import pytest

from market.checkout import settlement
from market.checkout.schemas import Line
from market.payments import service as payments
from market.payments.gateway import BadWebhook
from market.payments.sandbox.courier import sign
from tests.checkout.test_refunds_in_part import PARTNER
from tests.checkout.town import Town

EVENTS = int(os.environ.get("CHAOS_EVENTS", "300"))
STORIES = ("paid", "refunded", "part", "won", "lost", "part and lost")
BOOKS = (*PARTNER, "provider:stripe", "suspense", "fund:liuyuan:development:income")


async def orders(town: Town, name: str, count: int) -> list[UUID]:
    """So many unpaid orders with a payment page each, copied from one that was placed."""
    first = await town.place(await town.buyer(), Line(offer_id=await town.offer(capacity=100_000)))
    async with town.db.transaction() as tx:
        ids = [
            row["id"]
            for row in await tx.fetch(
                "WITH made AS (INSERT INTO orders (person_id, status, pay_by, currency, payable_minor, hold_expires_at) "
                "SELECT person_id, status, pay_by, currency, payable_minor, now() + interval '1 day' FROM orders, generate_series(1, $2) "
                "WHERE id = $1 RETURNING id) SELECT id FROM made ORDER BY id",
                first.id,
                count,
            )
        ]
        columns = ("kind, item_kind, community_id, time_zone, seller, partner_id, listing_id, offer_id, title, starts_at, ends_at, "
                   "quantity, list_minor, payable_minor, reductions, shares, refund_until")  # fmt: skip
        await tx.execute(
            f"INSERT INTO order_lines (order_id, position, {columns}) SELECT n.id, 0, {columns} FROM order_lines, "
            "unnest($2::uuid[]) AS n(id) WHERE order_id = $1",
            first.id,
            ids,
        )
        offer = await tx.fetchval("SELECT offer_id FROM order_lines WHERE order_id = $1", first.id)
        await tx.execute("UPDATE offers SET taken = taken + $2 WHERE id = $1", offer, count)
        await tx.execute(
            "INSERT INTO payment_sessions (order_id, provider, provider_session, amount_minor, currency, request, status, expires_at) "
            "SELECT n.id, 'stripe', $2 || n.at, 10000, 'CNY', '{}', 'open', now() + interval '1 day' "
            "FROM unnest($1::uuid[]) WITH ORDINALITY AS n(id, at)",
            ids,
            f"cs_{name}_",
        )
    return ids


def told(name: str, count: int) -> list[dict[str, Any]]:
    """What the provider has to say about them, in order."""
    found = []
    for number in range(1, count + 1):
        story, payment = STORIES[number % len(STORIES)], f"pi_{name}_{number}"
        session = {"id": f"cs_{name}_{number}", "object": "checkout.session", "amount_total": 10_000, "currency": "cny",
                   "status": "complete", "payment_status": "paid", "payment_intent": payment}  # fmt: skip
        found.append(("checkout.session.completed", session))
        if story in {"refunded", "part", "part and lost"}:
            refund = {"id": f"re_{name}_{number}", "object": "refund", "amount": 10_000 if story == "refunded" else 3333, "currency": "cny",
                      "payment_intent": payment, "status": "pending", "metadata": {}}  # fmt: skip
            found += [("refund.created", refund), ("refund.updated", refund | {"status": "succeeded"})]
        if story in {"won", "lost", "part and lost"}:
            dispute = {"id": f"du_{name}_{number}", "object": "dispute", "amount": 10_000, "currency": "cny",
                       "payment_intent": payment, "status": "needs_response"}  # fmt: skip
            end = "won" if story == "won" else "lost"
            found += [("charge.dispute.created", dispute), ("charge.dispute.closed", dispute | {"status": end})]
    return [
        {"id": f"evt_{name}_{at}", "object": "event", "type": kind, "api_version": "x", "created": int(time.time()), "livemode": False,
         "pending_webhooks": 0, "request": None, "data": {"object": thing}}
        for at, (kind, thing) in enumerate(found)
    ]  # fmt: skip


async def state(town: Town, ids: list[UUID], before: list[int]) -> str:
    """A hash over every order as it stands, and over what moved in the books."""
    async with town.db.read() as tx:
        rows = await tx.fetch(
            "SELECT o.status, o.refunded_minor, l.refunded_minor AS line, l.shares, "
            "(SELECT count(*) FROM vouchers WHERE order_id = o.id) AS codes, "
            "(SELECT array_agg(status ORDER BY status) FROM payment_disputes d WHERE d.order_id = o.id) AS disputes "
            "FROM unnest($1::uuid[]) WITH ORDINALITY AS n(id, at) JOIN orders o ON o.id = n.id JOIN order_lines l ON l.order_id = o.id "
            "ORDER BY n.at",
            ids,
        )
    moved = [now - then for now, then in zip(await town.balances(*BOOKS), before, strict=True)]
    return hashlib.sha256(msgspec.json.encode([[list(map(str, row.values())) for row in rows], moved])).hexdigest()


async def receive(town: Town, event: dict[str, Any], *, secret: str | None = None, age: int = 0) -> None:
    body = msgspec.json.encode(event)
    key = secret or town.parts.settings.webhook_secrets[0]
    await payments.receive_webhook(
        town.db,
        gateway=town.parts.gateway,
        body=body,
        signature=sign(body, key, at=int(time.time()) - age),
        handle=settlement.handle,
    )


async def test_M11_M14_M15_M16_chaos_ends_as_order_does(town: Town) -> None:
    town.is_staged = True
    count = EVENTS * len(STORIES) // 18
    dice = random.Random(5)
    calm = await orders(town, "calm", count)
    before = await town.balances(*BOOKS)
    for event in told("calm", count):
        await receive(town, event)
    expected = await state(town, calm, before)

    wild = await orders(town, "wild", count)
    before = await town.balances(*BOOKS)
    events = told("wild", count)
    events += dice.choices(events, k=len(events) // 3)
    dice.shuffle(events)
    refused = 0
    for event in events:
        if dice.random() < 0.1:
            forged = {**event, "id": f"{event['id']}_f{refused}"}
            with pytest.raises(BadWebhook):
                await receive(town, forged, secret="whsec_of_a_thief", age=0) if refused % 2 else await receive(
                    town, forged, age=301
                )
            refused += 1
        await receive(town, event)
    await town.reconcile()
    assert refused > len(events) // 20
    assert await town.value("SELECT count(*) FROM webhook_inbox WHERE handled_at IS NULL") == 0
    assert await town.value("SELECT count(*) FROM webhook_inbox WHERE event_id LIKE '%\\_f%'") == 0
    assert await state(town, wild, before) == expected
