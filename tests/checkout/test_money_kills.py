"""Kill -9 at every named step of a refund, a transfer and a reversal: begun anew, each happens once (M23–M26, M29)."""

import asyncio
import multiprocessing
import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any
from uuid import UUID

from market.app import make_parts
from market.checkout import payout_transfers, settlement
from market.payments import service as payments
from market.payments.sandbox.script import ApiFault, Plan
from market.payments.sandbox.service import set_plan
from market.settings import Settings
from tests.checkout.test_payouts import connected, earn, run
from tests.checkout.test_refunds_in_part import PARTNER, back
from tests.checkout.town import Town
from tests.checkout.victim import _die_with_parent

# Asleep before the provider does anything, and asleep after it did all, before our commit.
STEPS = ("slow", "slow_after")


@dataclass(frozen=True)
class Work:
    """What the process that is about to be killed does."""

    what: str
    row: UUID


def nursery(pipe: Connection, database_url: str, data_dir: str) -> None:
    """Build the parts once; for each work that comes, fork a process that does it, and answer with its id."""
    _die_with_parent()
    settings = Settings(env="test", database_url=database_url, data_dir=data_dir,
                        base_url="http://testserver.local", log_level="error")  # fmt: skip
    parts = make_parts(settings)
    while (work := pipe.recv()) is not None:
        pid = os.fork()
        if pid == 0:
            _die_with_parent()
            asyncio.run(_do(parts, work))
            os._exit(0)
        pipe.send(pid)
        os.waitpid(pid, 0)
        pipe.send("gone")


async def _do(parts: Any, work: Work) -> None:
    async with parts.running():
        await perform(parts.db, parts.gateway, work)


async def perform(db: Any, gateway: Any, work: Work) -> None:
    if work.what == "refund":
        await payments.perform_refund(db, gateway=gateway, handle=settlement.handle, refund_id=work.row)
    elif work.what == "transfer":
        await payout_transfers.perform_transfer(db, gateway=gateway, payout_id=work.row)
    else:
        await payout_transfers.perform_reversal(db, gateway=gateway, reversal_id=work.row)


async def test_F02_M24_M25_M29_a_kill_at_every_step_of_refund_transfer_and_reversal_moves_money_once(
    town: Town, tmp_path: Any
) -> None:
    spawn = multiprocessing.get_context("spawn")
    pipe, theirs = spawn.Pipe()
    home = spawn.Process(
        target=nursery, args=(theirs, town.parts.settings.database_url, str(tmp_path / "victim")), daemon=True
    )
    home.start()

    async def kill_at(step: Any, path: str, work: Work, table: str) -> None:
        done = "SELECT count(*) FROM sandbox.objects WHERE kind = $1"
        before = await town.value(done, table)
        await set_plan(town.db, Plan(api=[ApiFault(path=path, fault=step, seconds=30)]))
        pipe.send(work)
        victim = await asyncio.to_thread(pipe.recv)
        for _ in range(1500):
            if not await town.value("SELECT plan -> 'api' <> '[]' FROM sandbox.script"):
                break
            await asyncio.sleep(0.01)
        else:
            raise AssertionError("the process never asked the provider")
        for _ in range(1500 if step == "slow_after" else 1):
            if await town.value(done, table) > before:
                break
            await asyncio.sleep(0.01)
        os.kill(victim, signal.SIGKILL)
        assert await asyncio.to_thread(pipe.recv) == "gone"
        async with town.db.transaction() as tx:
            await tx.execute("DELETE FROM sandbox.idempotency")  # a day has passed
        for _ in range(2):
            await perform(town.db, town.parts.gateway, work)
        assert await town.value(done, table) == before + 1

    await connected(town)
    for turn, step in enumerate(STEPS, 1):
        (order,) = await earn(town)
        async with town.db.transaction() as tx:
            await tx.execute("UPDATE payout_runs SET due_on = due_on - 7")
        run_id = await run(town)
        payout = await town.value("SELECT id FROM payouts WHERE run_id = $1", run_id)
        await kill_at(step, "transfers", Work("transfer", payout), "transfer")
        assert await town.balances(*PARTNER, "partner:qinghe-studio:payout") == [0, 0, 0, 0]
        await back(town, await town.member(), order, 5000)
        refund = await town.value("SELECT id FROM payment_refunds ORDER BY id DESC LIMIT 1")
        reversal = await town.value("SELECT id FROM payout_reversals ORDER BY id DESC LIMIT 1")
        await kill_at(step, "refunds", Work("refund", refund), "refund")
        await kill_at(step, "reversals", Work("reversal", reversal), "transfer_reversal")
        assert await town.balances(*PARTNER, "provider:stripe") == [0, 0, 0, -150 * turn]
    pipe.send(None)
    await asyncio.to_thread(home.join, 10)
    await town.worker.drain()
