"""F01: a server process is killed at fifty random moments of checkout; nothing is lost, nothing happens twice."""

import asyncio
import multiprocessing
import os
import random
import signal
from pathlib import Path

import pytest

from market.checkout.schemas import Line
from market.people import service as people
from tests.checkout.town import Town
from tests.checkout.victim import Traffic, nursery

KILLS = 50
BUYERS = 15


@pytest.mark.slow
async def test_F01_M23_M24_fifty_kills_lose_no_order_and_double_none(town: Town, tmp_path: Path) -> None:
    buyers = [await town.buyer() for _ in range(BUYERS)]
    offer = await town.offer(capacity=100_000)
    member = await town.member()
    async with town.db.transaction() as tx:
        await tx.execute("INSERT INTO partner_members VALUES ($1, $2, 'staff')", town.partner, member.person_id)
    scopes = ["orders", "redeem"]
    tokens = [
        (await people.create_token(town.db, person_id=actor.person_id, name="kill", scopes=scopes, valid_days=1))[1]
        for actor in [*buyers, member]
    ]
    spawn = multiprocessing.get_context("spawn")
    pipe, their_end = spawn.Pipe()
    traffic = Traffic(town.parts.settings.database_url, str(tmp_path / "victim"), tokens[:-1], tokens[-1], offer)
    home = spawn.Process(target=nursery, args=(their_end, traffic), daemon=True)
    home.start()
    dice = random.Random(11)
    for number in range(KILLS):
        before = await town.value("SELECT count(*) FROM idempotency_keys")
        pipe.send(number * 3)
        victim = await asyncio.to_thread(pipe.recv)
        await _busy(town, before)
        await asyncio.sleep(dice.uniform(0, 0.15))
        os.kill(victim, signal.SIGKILL)
        assert await asyncio.to_thread(pipe.recv) == "gone"
    pipe.send(None)
    await asyncio.to_thread(home.join, 10)
    await _recover(town)
    assert await town.value("SELECT count(*) FROM orders") > KILLS
    assert (
        await town.value(
            "SELECT count(*) FROM orders o WHERE NOT EXISTS (SELECT FROM idempotency_keys k WHERE k.result_id = o.id)"
        )
        == 0
    )
    assert await town.value("SELECT count(*) FROM idempotency_keys k WHERE operation = 'place_order' AND NOT EXISTS "
                            "(SELECT FROM orders o WHERE o.id = k.result_id)") == 0  # fmt: skip
    unpaid_but_taken = await town.value(
        "SELECT count(*) FROM payment_sessions s JOIN orders o ON o.id = s.order_id WHERE s.status = 'paid' "
        "AND o.paid_session_id IS DISTINCT FROM s.id AND NOT EXISTS (SELECT FROM payment_refunds r WHERE r.session_id = s.id)"
    )
    assert unpaid_but_taken == 0
    assert await town.value("SELECT count(*) FROM orders WHERE status = 'awaiting_payment'") == 0
    assert (
        await town.value(
            "SELECT count(*) FROM (SELECT line_id FROM vouchers GROUP BY line_id HAVING count(*) > 1) twice"
        )
        == 0
    )


async def _busy(town: Town, before: int) -> None:
    """Wait until the process has begun to take orders."""
    for _ in range(3000):
        if await town.value("SELECT count(*) FROM idempotency_keys") > before:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the process does not start")


async def _recover(town: Town) -> None:
    """What the worker does within a minute: reconcile, replay, expire; time is moved instead of waited for."""
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE payment_sessions SET created_at = created_at - interval '2 minutes', looked_at = NULL")
    for _ in range(3):
        await town.hear()
        await town.reconcile()
        await town.worker.drain()
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE orders SET hold_expires_at = hold_expires_at - interval '1 hour' WHERE status = 'awaiting_payment'"
        )
    await town.expire()
    await town.buy(await town.buyer(), Line(offer_id=await town.offer()))
