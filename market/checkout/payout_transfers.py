"""Payouts through the card provider: transfers, what is taken back after a refund, and the partner's account there (M24, M25, M29, M30).

Service code of the checkout slice, split off by noun. Every call looks first whether an earlier try was done, as keys are forgotten."""

from uuid import UUID

import structlog

from market import jobs
from market.checkout import entries, payout_queries, payouts, reversal_queries
from market.db import Connection, Database, Row
from market.ledger import service as ledger
from market.money import Money
from market.payments import restores
from market.payments.gateway import Gateway, GatewayRefused, GatewayUnavailable

log = structlog.get_logger(__name__)
LOST_AFTER_S = 60
BATCH = 200


async def perform_transfer(db: Database, *, gateway: Gateway, payout_id: UUID) -> None:
    """Make the provider pay a payout, at most once however often this runs; refused, the money is available again.

    Raises GatewayUnavailable to be tried again."""
    await restores.require_caught_up(db)
    async with db.transaction() as tx:
        row = await payout_queries.update_payout_tried(tx, payout_id)
    if row is None:
        return
    amount = Money(row["amount_minor"], row["currency"])
    failure: str | None = None
    found = await gateway.find_transfer(payout_id) if row["tried_before"] is not None else None
    if found is None:
        try:
            found = await gateway.transfer(payout_id, destination=row["stripe_account"], amount=amount)
        except GatewayRefused as refusal:
            failure = refusal.code

    async def settle(tx: Connection) -> None:
        await payouts.settle(tx, row=row, failure=failure, provider_transfer=found)
        await payout_queries.update_run_finished(tx, row["run_id"])

    await db.retrying(settle)


async def take_back(tx: Connection, *, partner: str, amount: Money) -> None:
    """The partner owes `amount` after a refund: ask for it back from its newest transfers. Where there are none, or the partner's
    balance there is short, it stays owed and is netted from the next payouts. The caller holds the lock of the partner's accounts."""
    left = amount.minor
    for row in await reversal_queries.lock_reversible(tx, partner):
        part = min(left, row["amount_minor"] - row["reversed_minor"])
        if part <= 0 or row["currency"] != amount.currency:
            continue
        reversal_id = await reversal_queries.insert_reversal(
            tx, payout_id=row["id"], amount_minor=part, currency=row["currency"]
        )
        await jobs.enqueue(tx, "checkout.reverse_transfer", {"reversal_id": str(reversal_id)})
        left -= part


async def perform_reversal(db: Database, *, gateway: Gateway, reversal_id: UUID) -> None:
    """Make the provider take back part of a transfer, at most once. Raises GatewayUnavailable to be tried again."""
    await restores.require_caught_up(db)
    async with db.transaction() as tx:
        row = await reversal_queries.update_reversal_tried(tx, reversal_id)
    if row is None:
        return
    found = None
    if row["tried_before"] is not None:
        found = await gateway.find_reversal(reversal_id, transfer=row["provider_transfer"])
    if found is None:
        try:
            found = await gateway.reverse_transfer(
                reversal_id, transfer=row["provider_transfer"], amount=Money(row["amount_minor"], row["currency"])
            )
        except GatewayRefused as refusal:
            log.warning("transfer_not_reversed", reversal=str(reversal_id), why=refusal.code)
    await db.retrying(lambda tx: settle_reversal(tx, row=row, provider_reversal=found))


async def settle_reversal(tx: Connection, *, row: Row, provider_reversal: str | None) -> None:
    """A transfer has been taken back (None: it could not): the books follow, once. `row` carries the partner's slug as `partner`."""
    status = "refused" if provider_reversal is None else "done"
    if not await reversal_queries.update_reversal_settled(
        tx, row["id"], status=status, provider_reversal=provider_reversal
    ):
        return
    if provider_reversal is not None:
        await ledger.post(
            tx,
            event_key=f"transfer_reversed:{row['id']}",
            kind="transfer_reversed",
            transfers=entries.transfer_reversed(row["partner"], Money(row["amount_minor"], row["currency"])),
            reference={"payout_id": str(row["payout_id"])},
        )


async def resume(db: Database, *, gateway: Gateway, min_age_s: int = LOST_AFTER_S) -> int:
    """Go on with transfers and reversals whose end nobody has told: after a crash, or a provider that did not answer."""
    async with db.read() as tx:
        unpaid = await payout_queries.unsettled_payouts(tx, older_than_s=min_age_s, limit=BATCH)
        taking = await reversal_queries.unsettled_reversals(tx, older_than_s=min_age_s, limit=BATCH)
    for payout_id in unpaid:
        try:
            await perform_transfer(db, gateway=gateway, payout_id=payout_id)
        except GatewayUnavailable as fault:
            log.warning("payout_waits", payout=str(payout_id), why=fault.why)
    for reversal_id in taking:
        try:
            await perform_reversal(db, gateway=gateway, reversal_id=reversal_id)
        except GatewayUnavailable as fault:
            log.warning("reversal_waits", reversal=str(reversal_id), why=fault.why)
    return len(unpaid) + len(taking)
