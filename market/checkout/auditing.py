"""The audit of everything at once: books, funds, sales, slots, and the provider's own word."""

from collections.abc import Sequence

from market.checkout import audit_queries
from market.db import Connection, Database
from market.funds import sealing
from market.funds import service as funds
from market.ledger import chart
from market.ledger import service as ledger
from market.ledger.rules import Finding
from market.payments.gateway import Gateway, GatewayUnavailable


async def check_sales(tx: Connection) -> Sequence[Finding]:
    """What sales promise: the clearing account equals the payments, slots do not overlap, offers count what orders hold."""
    broken = await audit_queries.broken_promises(tx, provider_account=chart.provider_stripe())
    return [Finding(check, message) for check, message in broken]


async def check_provider(db: Database, *, gateway: Gateway) -> list[Finding]:
    """The sandbox's balance against ours, when no payment is under way. A real provider also takes fees and pays out: its balance is
    compared line by line in the daily reconciliation instead."""
    async with db.read() as connection:
        if await audit_queries.unsettled(connection):
            return []
        ours = await audit_queries.held_by_provider(connection)
    try:
        theirs = await gateway.balance()
    except GatewayUnavailable:
        return [Finding("provider-silent", "the provider did not say what it holds")]
    return [
        Finding(
            "provider-differs",
            f"{currency}: the provider holds {theirs.get(currency, 0)}, our rows say {ours.get(currency, 0)}",
        )
        for currency in sorted(ours.keys() | theirs.keys())
        if ours.get(currency, 0) != theirs.get(currency, 0)
    ]


async def audit(db: Database, *, gateway: Gateway | None) -> list[Finding]:
    """Everything that is wrong, named; an empty list is a clean audit. `gateway` None leaves the provider out."""
    found = await ledger.verify(db, also=[funds.check_funds, sealing.check_books, check_sales])
    if gateway is not None:
        found += await check_provider(db, gateway=gateway)
    return found
