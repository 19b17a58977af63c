"""O02: the books come back from a backup that is older than what the provider did since; they catch up, and nothing is paid twice."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from market.checkout import gaps, payout_transfers, payouts, refunds, settlement
from market.checkout.schemas import Line, LineAmount, NewRefund
from market.embedded import binary
from market.payments import restores
from market.payments import service as payments
from market.payments.gateway import GatewayUnavailable
from market.payments.sandbox import payments as sandbox
from market.payments.sandbox.script import ApiFault, Plan
from market.payments.sandbox.service import set_plan
from tests.checkout.test_payouts import connected, due_again, earn
from tests.checkout.test_refunds_in_part import back
from tests.checkout.town import Town


class Backup:
    """All tables of the market as they are now; the provider's own memory is not among them."""

    def __init__(self, town: Town, file: Path) -> None:
        self.town, self.file = town, file

    async def take(self) -> None:
        await gaps.close_gaps(self.town.db, gateway=self.town.parts.gateway, handle=settlement.handle)
        await self._run(
            "pg_dump", "--format=custom", "--data-only", "--schema=public", f"--file={self.file}", self.town.db.dsn
        )

    async def restore(self) -> None:
        """Put them back; the database is another one than the one that was saved."""
        async with self.town.db.transaction() as tx:
            tables = await tx.fetch(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'"
            )
            await tx.execute("SET LOCAL session_replication_role = replica")
            await tx.execute("TRUNCATE " + ", ".join(row[0] for row in tables))
        await self._run(
            "pg_restore", "--data-only", "--disable-triggers", f"--dbname={self.town.db.dsn}", str(self.file)
        )
        async with self.town.db.transaction() as tx:
            await tx.execute("UPDATE restores SET database_id = 'the one that burned'")

    async def _run(self, program: str, *args: str) -> None:
        await asyncio.to_thread(subprocess.run, [str(binary(program)), *args], check=True, capture_output=True)


@pytest.fixture
async def backup(town: Town, tmp_path: Path) -> AsyncIterator[Backup]:
    yield Backup(town, tmp_path / "market.dump")


async def catch_up(town: Town) -> bool:
    return await gaps.close_gaps(town.db, gateway=town.parts.gateway, handle=settlement.handle)


async def at_provider(town: Town, kind: str) -> list[int]:
    """Amounts of all objects of a kind that the provider ever made."""
    async with town.db.read() as tx:
        rows = await tx.fetch(
            "SELECT (body ->> 'amount')::bigint FROM sandbox.objects WHERE kind = $1 ORDER BY 1", kind
        )
    return [row[0] for row in rows]


async def kinds(town: Town) -> list[tuple[str, int]]:
    async with town.db.read() as tx:
        return [
            tuple(row) for row in await tx.fetch("SELECT kind, amount_minor FROM cases ORDER BY kind, amount_minor")
        ]


async def same_balance(town: Town) -> bool:
    held = (await town.parts.gateway.balance()).get("CNY", 0)
    return held == -(await town.balances("provider:stripe"))[0]


async def test_O02_what_was_paid_after_the_backup_settles_its_order_or_goes_back_to_the_buyer_once(
    town: Town, backup: Backup
) -> None:
    buyer = await town.buyer()
    waiting = await town.place(buyer, Line(offer_id=await town.offer()))
    offer = await town.offer()
    await backup.take()
    assert await town.pay(waiting) == "paid"
    lost = await town.buy(buyer, Line(offer_id=offer))
    part = await town.buy(buyer, Line(offer_id=offer, quantity=2))
    await refunds.refund(
        town.db, actor=await town.member(), order_id=part.id, key="k" * 16,
        wish=NewRefund(amounts=[LineAmount(part.lines[0].id, 3000)]),
    )  # fmt: skip
    await town.worker.drain()
    await town.hear()
    assert await at_provider(town, "refund") == [3000]

    await backup.restore()
    assert not await same_balance(town), "the books are older than the provider"
    assert await catch_up(town)
    assert (await town.order(buyer, waiting.id)).status == "paid", "its order is still there: it is settled"
    await town.worker.drain()
    await town.hear()
    assert await at_provider(town, "refund") == [3000, 10_000, 17_000], (
        "what has gone back already does not go back again"
    )
    assert await kinds(town) == [("payment_lost", 10_000), ("payment_lost", 17_000), ("restored", 0)]
    assert await same_balance(town)
    assert await town.balances("suspense") == [0]
    assert lost.payable.amount == 10_000

    for _ in range(3):
        await catch_up(town)
        await town.worker.drain()
    assert await at_provider(town, "refund") == [3000, 10_000, 17_000]
    assert len(await kinds(town)) == 3


async def test_O02_a_refund_made_after_the_backup_is_followed_and_not_made_again(town: Town, backup: Backup) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    asked = await town.buy(buyer, Line(offer_id=await town.offer()))
    await town.worker.drain()
    await town.refund(buyer, asked.id)
    await backup.take()
    await town.worker.drain()
    await town.refund(buyer, order.id)
    await town.worker.drain()
    await town.hear()
    assert await at_provider(town, "refund") == [10_000, 10_000]
    await forget_keys(town)

    await backup.restore()
    refund_id = await town.value("SELECT id FROM payment_refunds WHERE status = 'asked'")
    with pytest.raises(restores.CatchingUp):
        await payments.perform_refund(
            town.db, gateway=town.parts.gateway, handle=settlement.handle, refund_id=refund_id
        )
    await catch_up(town)
    await town.worker.drain()
    await town.hear()
    assert await at_provider(town, "refund") == [10_000, 10_000]
    assert [(await town.order(buyer, each.id)).status for each in (order, asked)] == ["refunded", "refunded"]
    assert await kinds(town) == [("restored", 0)]
    assert await same_balance(town)


async def test_O02_transfers_made_after_the_backup_are_written_again_and_never_sent_twice(
    town: Town, backup: Backup
) -> None:
    orders = await earn(town, 2)
    await connected(town)
    await backup.take()
    await payouts.run_due(town.db)
    await town.worker.drain()
    assert await at_provider(town, "transfer") == [19_400]
    await back(town, await town.member(), orders[0], 10_000)
    await town.worker.drain()
    await town.hear()
    taken_back = await at_provider(town, "transfer_reversal")
    assert taken_back == [9700]
    before = await town.balances("partner:qinghe-studio:available", "partner:qinghe-studio:owed", "provider:stripe")
    await forget_keys(town)

    await backup.restore()
    assert await payouts.run_due(town.db) == 0, "nobody is paid before it is known who was"
    await town.worker.drain()
    await catch_up(town)
    assert (
        await town.balances("partner:qinghe-studio:available", "partner:qinghe-studio:owed", "provider:stripe")
        == before
    )
    for _ in range(2):
        await payouts.run_due(town.db)
        await payout_transfers.resume(town.db, gateway=town.parts.gateway, min_age_s=0)
        await due_again(town)
        await catch_up(town)
        await town.worker.drain()
    assert await at_provider(town, "transfer") == [19_400]
    assert await at_provider(town, "transfer_reversal") == taken_back
    assert await kinds(town) == [("restored", 0)]
    assert await same_balance(town)


async def test_O02_a_payout_that_the_backup_had_asked_for_is_settled_by_the_transfer_that_was_made(
    town: Town, backup: Backup
) -> None:
    await earn(town)
    await connected(town)
    await payouts.run_due(town.db)
    await backup.take()
    await town.worker.drain()
    await forget_keys(town)
    await backup.restore()
    with pytest.raises(restores.CatchingUp):
        await town.worker.drain()
    await payout_transfers.resume(town.db, gateway=town.parts.gateway, min_age_s=0)
    assert await town.value("SELECT status FROM payouts") == "asked", "waits"
    await catch_up(town)
    await payout_transfers.resume(town.db, gateway=town.parts.gateway, min_age_s=0)
    assert await town.value("SELECT status FROM payouts") == "sent"
    assert await at_provider(town, "transfer") == [9700]
    assert await same_balance(town)


async def test_O02_without_catching_up_first_a_partner_would_be_paid_twice(town: Town, backup: Backup) -> None:
    """The negative control: with the wait taken away the same restore ends in a second transfer."""
    town.is_staged = True
    await earn(town)
    await connected(town)
    await town.buy(await town.buyer(), Line(offer_id=await town.offer()))
    await backup.take()
    await payouts.run_due(town.db)
    await town.worker.drain()
    await backup.restore()
    async with town.db.transaction() as tx:
        await tx.execute("DELETE FROM restores")
    await payouts.run_due(town.db)
    await town.worker.drain()
    assert len(await at_provider(town, "transfer")) == 2


async def test_O02_while_the_provider_does_not_answer_the_books_stay_behind_and_money_waits(
    town: Town, backup: Backup
) -> None:
    await earn(town)
    await connected(town)
    await backup.take()
    await backup.restore()
    await set_plan(town.db, Plan(api=[ApiFault(path="balance_transactions", fault="error")]))
    with pytest.raises(GatewayUnavailable):
        await catch_up(town)
    assert await payouts.run_due(town.db) == 0
    assert await catch_up(town)
    assert await payouts.run_due(town.db) > 0


async def test_O02_a_page_opened_after_the_backup_and_paid_after_the_restore_is_found_too(
    town: Town, backup: Backup
) -> None:
    buyer, offer = await town.buyer(), await town.offer()
    await backup.take()
    order = await town.place(buyer, Line(offer_id=offer))
    session = await town.value("SELECT provider_session FROM payment_sessions WHERE order_id = $1", order.id)
    await backup.restore()
    await catch_up(town)
    await sandbox.choose(town.db, session, "paid")
    await town.hear()
    await catch_up(town)
    await town.worker.drain()
    await town.hear()
    assert await at_provider(town, "refund") == [10_000]
    assert await same_balance(town)


async def forget_keys(town: Town) -> None:
    """A day later the provider has forgotten every idempotency key (T5)."""
    async with town.db.transaction() as tx:
        await tx.execute("DELETE FROM sandbox.idempotency")
