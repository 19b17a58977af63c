"""Money on its way back: asked for in the caller's transaction, performed by a job, at most once at the provider."""

from uuid import UUID

from market import jobs
from market.db import Connection, Database, Row
from market.errors import Conflict
from market.money import Money
from market.payments import inbox, queries, restores, rules
from market.payments.gateway import Gateway, GatewayRefused
from market.payments.inbox import FactHandler


class NothingToRefund(Conflict):
    """No paid session, or more would go back than came in (M32)."""

    slug = "nothing-to-refund"
    title = "This cannot be paid back"


async def ask_refund(
    tx: Connection, *, order_id: UUID, amount: Money, reason: str = "", session_id: UUID | None = None
) -> UUID:
    """Ask for money to go back to the buyer: a row and a job in the caller's transaction (T5). Returns the refund's id.

    Of the named session, else the newest paid one of the order. Raises NothingToRefund when the sum of refunds would exceed what
    was paid; the session's lock makes that hold under concurrency (M32)."""
    row = await queries.lock_paid_session(tx, order_id=order_id, session_id=session_id)
    if row is None:
        raise NothingToRefund("No card payment of this order has arrived.")
    if amount.currency != row["paid_currency"] or not 0 < amount.minor <= row["paid_minor"] - row["returned_minor"]:
        raise NothingToRefund("More would be paid back than was paid.")
    refund_id = await queries.insert_refund(
        tx, session_id=row["id"], order_id=order_id, amount_minor=amount.minor, currency=amount.currency, reason=reason
    )
    await jobs.enqueue(tx, "payments.refund", {"refund_id": str(refund_id)})
    return refund_id


async def failed_refunds(tx: Connection, order_id: UUID) -> list[Row]:
    """Refunds of an order that the provider could not pay and nobody has paid since (M33)."""
    return await queries.failed_refunds(tx, order_id)


async def note_repeated(tx: Connection, refund_id: UUID, *, by: str) -> None:
    """A failed refund has been paid again: `card` (another refund) or `desk`."""
    await queries.update_refund_repeated(tx, refund_id, by=by)


async def perform_refund(db: Database, *, gateway: Gateway, handle: FactHandler, refund_id: UUID) -> None:
    """Make the provider pay back, at most once however often this runs (T5, M25). Raises GatewayUnavailable to be tried again."""
    await restores.require_caught_up(db)
    async with db.read() as connection:
        row = await queries.refund_by_id(connection, refund_id)
        if row is None or row["status"] != "asked":
            return
        row = await queries.update_refund_tried(connection, refund_id)
    assert row is not None
    amount = Money(row["amount_minor"], row["currency"])
    state = None
    if row["tried_before"] is not None:
        state = await gateway.find_refund(refund_id, payment_id=row["provider_payment"])
    if state is None:
        try:
            state = await gateway.refund(refund_id, payment_id=row["provider_payment"], amount=amount)
        except GatewayRefused as refusal:
            code = refusal.code
            await db.retrying(lambda tx: inbox.fail_refund(tx, refund_id, reason=code, handle=handle))
            return
    claim = rules.claim_of_refund(state)
    await db.retrying(lambda tx: inbox.apply(tx, claim, handle=handle))


async def import_refunds(db: Database, *, gateway: Gateway, handle: FactHandler, payment_id: str) -> None:
    """Learn every refund of a payment from the provider, also those made there without us (M34)."""
    for state in await gateway.list_refunds(payment_id):
        claim = rules.claim_of_refund(state)
        await db.retrying(lambda tx, claim=claim: inbox.apply(tx, claim, handle=handle))  # type: ignore[misc]  # bound in the loop on purpose
