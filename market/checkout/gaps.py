"""Catching up with the card provider after the books were restored to an earlier moment (O02).

Service code of the checkout slice, split off by noun. What the provider did since the backup is learned from its list, in the order in
which it can be understood: payments, transfers, refunds, what was taken back. A payment whose order is lost goes back to its buyer, less
what has gone back already. Until all is known nothing is sent to the provider (payments/restores.py), so nothing is paid twice. What cannot
be understood is a case, as on any day."""

from datetime import timedelta
from uuid import UUID, uuid5

import structlog

from market.checkout import (
    after_sale_queries,
    cases,
    entries,
    gap_queries,
    payout_queries,
    payout_transfers,
    payouts,
    reconciling,
    reversal_queries,
)
from market.checkout.payout_rules import last_due
from market.db import Connection, Database, Row
from market.ledger import chart
from market.ledger import service as ledger
from market.money import EXPONENTS, Money
from market.payments import inbox, restore_queries, restores, transactions
from market.payments import service as payments
from market.payments.gateway import Gateway, ProviderTransaction
from market.payments.inbox import FactHandler

log = structlog.get_logger(__name__)

# Under which a transfer that carries no id of ours gets one: the same each time.
FOUND = UUID("6f3a4a5e-6c0f-5c58-9f0b-2d9b0d4a7c11")
OVERLAP = timedelta(hours=1)
MOST_DAYS = 60


async def close_gaps(db: Database, *, gateway: Gateway, handle: FactHandler) -> bool:
    """Learn what the provider did while the books did not look, if they were restored; returns whether there was anything to do.

    Done again it changes nothing, so that it may be cut off anywhere. Raises GatewayUnavailable: money waits until it comes through."""
    async with db.transaction() as tx:
        restore = await restores.notice(tx)
    if restore is None:
        return False
    since = (restore["since"] or transactions.FIRST) - OVERLAP
    await payments.reconcile(db, gateway=gateway, handle=handle, min_age_s=0)
    moved = await gateway.list_transactions(since)
    found = await restores.find_payments(db, gateway=gateway, handle=handle, moved=moved)
    for each in moved:
        if each.kind == "transfer":
            await db.retrying(lambda tx, each=each: _find_transfer(tx, each))  # type: ignore[misc]  # bound in the loop on purpose
    for payment_id in await restores.payments_with_unknown_refunds(db, moved):
        await payments.import_refunds(db, gateway=gateway, handle=handle, payment_id=payment_id)
    for each in moved:
        if each.kind == "transfer_refund":
            await db.retrying(lambda tx, each=each: _find_reversal(tx, each))  # type: ignore[misc]  # bound in the loop on purpose
    for each in moved:
        if each.kind in restores.CHARGES and each.payment_id is not None:
            await db.retrying(lambda tx, each=each: _give_back(tx, each))  # type: ignore[misc]  # bound in the loop on purpose
    await _compare(db, gateway=gateway, handle=handle, restore=restore)
    async with db.transaction() as tx:
        if await restores.caught_up(tx, restore["id"]):
            await _tell(tx, restore, payments_found=len(found))
    return True


async def _compare(db: Database, *, gateway: Gateway, handle: FactHandler, restore: Row) -> None:
    """What is left differs for a reason that a person must find: every day since the backup is compared."""
    async with db.read() as tx:
        days = await gap_queries.days_since(tx, restore["since"] or restore["noticed_at"], MOST_DAYS)
    for day in days:
        await reconciling.compare_provider(db, gateway=gateway, handle=handle, day=day)


async def _tell(tx: Connection, restore: Row, *, payments_found: int) -> None:
    """What people did since the backup only people know: files taken to the bank, cash taken and handed out at desks."""
    since = restore["since"]
    await cases.open_case(
        tx,
        key=f"restored:{restore['id']}",
        kind="restored",
        amount=Money(0, "CNY"),
        facts={"day": "" if since is None else since.date().isoformat(), "found": str(payments_found)},
    )
    log.warning("restore_caught_up", restore=str(restore["id"]), payments=payments_found)


async def _give_back(tx: Connection, each: ProviderTransaction) -> None:
    """A payment whose order is lost waits in suspense: what of it has not gone back goes back to its buyer, once."""
    assert each.payment_id is not None
    session = await restore_queries.found_paid(tx, each.payment_id)
    if session is None or await gap_queries.is_order_known(tx, session["order_id"]):
        return
    left = Money(session["paid_minor"] - session["returned_minor"], session["paid_currency"])
    if left.minor <= 0 or left.currency not in EXPONENTS:
        return
    ids = {"order_id": str(session["order_id"]), "session_id": str(session["id"])}
    refund_id = await payments.ask_refund(
        tx, order_id=session["order_id"], amount=left, reason="late", session_id=session["id"]
    )
    await ledger.post(
        tx, event_key=f"refund:{refund_id}", kind="late_payment_returned", transfers=entries.late_payment_returned(left),
        reference={**ids, "refund_id": str(refund_id)},
    )  # fmt: skip
    await cases.open_case(
        tx, key=f"payment_lost:{session['id']}", kind="payment_lost", amount=left,
        facts={"payment": each.payment_id, "day": each.created_at.date().isoformat()},
    )  # fmt: skip


async def _find_transfer(tx: Connection, each: ProviderTransaction) -> None:
    """A payout that the provider made: the row that asked for it is settled, or written again under the id it had."""
    if each.source is None or await gap_queries.is_transfer_known(tx, each.source):
        return
    own_id = inbox.own_uuid(each.own_id)
    row = await gap_queries.asked_payout(tx, own_id) if own_id is not None else None
    if row is None:
        row = await _written_again(tx, each, own_id or uuid5(FOUND, each.source))
    if row is None:
        log.warning("transfer_not_understood", transfer=each.source)
        return
    await payouts.settle(tx, row=row, failure=None, provider_transfer=each.source)
    await payout_queries.update_run_finished(tx, row["run_id"])


async def _written_again(tx: Connection, each: ProviderTransaction, payout_id: UUID) -> Row | None:
    """The lost payout; what the partner no longer has, as its sale was lost too, it owes."""
    partner = await gap_queries.paid_partner(tx, each.destination or "", each.created_at)
    if partner is None or each.currency not in EXPONENTS:
        return None
    amount, available = Money(-each.amount_minor, each.currency), chart.partner_available(partner["slug"])
    due_on = last_due(await payouts.policy_of(tx, partner["community_id"]), partner["day"])
    run_id = await gap_queries.run_of(tx, community_id=partner["community_id"], due_on=due_on, currency=amount.currency)
    if not await gap_queries.insert_found_payout(
        tx, payout_id=payout_id, run_id=run_id, partner_id=partner["id"], amount_minor=amount.minor, currency=amount.currency,
        account=each.destination or "",
    ):  # fmt: skip
        return None
    await after_sale_queries.lock_partner_accounts(tx, [available])
    has = await ledger.balances(tx, [available], amount.currency)
    started = entries.payout_started(partner["slug"], paid=amount, netted=Money(0, amount.currency))
    await ledger.post(
        tx, event_key=f"payout:{payout_id}", kind="payout_started", transfers=entries.with_owed(started, has),
        reference={"payout_id": str(payout_id)},
    )  # fmt: skip
    return await gap_queries.asked_payout(tx, payout_id)


async def _find_reversal(tx: Connection, each: ProviderTransaction) -> None:
    """What the provider took back from a partner: the row that asked for it is settled, or written again."""
    if each.source is None or each.transfer is None or await gap_queries.is_reversal_known(tx, each.source):
        return
    row = await gap_queries.reversal_for(
        tx, own_id=inbox.own_uuid(each.own_id), provider_transfer=each.transfer, amount_minor=each.amount_minor
    )
    if row is None:
        payout = await gap_queries.reversible(tx, each.transfer)
        if payout is None or payout["left_minor"] < each.amount_minor:
            log.warning("reversal_not_understood", reversal=each.source)
            return
        await reversal_queries.insert_reversal(
            tx, payout_id=payout["id"], amount_minor=each.amount_minor, currency=payout["currency"]
        )
        row = await gap_queries.reversal_for(
            tx, own_id=None, provider_transfer=each.transfer, amount_minor=each.amount_minor
        )
    assert row is not None
    await payout_transfers.settle_reversal(tx, row=row, provider_reversal=each.source)
