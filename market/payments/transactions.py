"""Movements of our balance at the provider, learned from its list, each once: fees are booked as they were, days can be compared."""

from datetime import UTC, datetime, timedelta

from market.db import Connection, Database
from market.payments import transaction_queries
from market.payments.gateway import Gateway, ProviderTransaction
from market.payments.inbox import FactHandler
from market.payments.rules import BalanceMoved

# The list is read again from before the newest known movement: what was made late under an earlier second is not missed.
OVERLAP = timedelta(hours=1)
FIRST = datetime(2020, 1, 1, tzinfo=UTC)


async def import_transactions(db: Database, *, gateway: Gateway, handle: FactHandler) -> int:
    """Learn every movement not known yet and tell `handle` each, once, in the transaction that records it; returns how many.

    Raises GatewayUnavailable."""
    async with db.read() as tx:
        newest = await transaction_queries.newest(tx)
    found = await gateway.list_transactions(newest - OVERLAP if newest else FIRST)
    fresh = 0
    for each in found:
        fresh += await db.retrying(lambda tx, each=each: _learn(tx, gateway.provider, each, handle))  # type: ignore[misc]  # bound in the loop on purpose
    return fresh


async def _learn(tx: Connection, provider: str, each: ProviderTransaction, handle: FactHandler) -> bool:
    if not await transaction_queries.insert_transaction(tx, provider=provider, each=each):
        return False
    session = await transaction_queries.session_of(tx, each.payment_id) if each.payment_id else None
    await handle(
        tx,
        BalanceMoved(
            transaction_id=each.id,
            kind=each.kind,
            amount_minor=each.amount_minor,
            fee_minor=each.fee_minor,
            currency=each.currency,
            session_id=session["id"] if session else None,
            order_id=session["order_id"] if session else None,
        ),
    )
    return True
