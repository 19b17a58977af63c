"""Whether these books are older than what the provider did: after a restore nothing is sent to it until they have caught up (O02).

A repeated call is safe only while its key is known, and a restored database has forgotten the rows that the keys came from: what was paid
out after the backup would be paid out again under a new key. So it is learned first, and only then money moves."""

from uuid import UUID

import structlog

from market.db import Connection, Database, Row
from market.payments import inbox, restore_queries, rules
from market.payments.gateway import Gateway, GatewayUnavailable, ProviderTransaction
from market.payments.inbox import FactHandler

log = structlog.get_logger(__name__)

CHARGES = frozenset({"charge", "payment"})
REFUNDS = frozenset({"refund", "payment_refund"})
WAIT_S = 30


class CatchingUp(GatewayUnavailable):
    """The data was restored, and what the provider did meanwhile is not known yet."""

    def __init__(self) -> None:
        super().__init__("the books have been restored and are catching up", WAIT_S)


async def is_behind(tx: Connection) -> bool:
    """Whether the provider may know of money that the books do not."""
    row = await restore_queries.newest(tx)
    return row is not None and (not row["is_here"] or row["caught_up_at"] is None)


async def require_caught_up(db: Database) -> None:
    """Before money is sent on its way; raises CatchingUp."""
    async with db.read() as tx:
        if await is_behind(tx):
            raise CatchingUp


async def notice(tx: Connection) -> Row | None:
    """The restore that has to be caught up with, or that was noticed within a day: pages opened before it can still be paid. Else None."""
    await restore_queries.lock_notices(tx)
    row = await restore_queries.newest(tx)
    if row is None:
        await restore_queries.insert_beginning(tx)
        return None
    if not row["is_here"]:
        log.warning("restore_noticed", was=row["database_id"])
        return await restore_queries.insert_restore(tx)
    is_watched = row["caught_up_at"] is None or (row["is_fresh"] and row["caught_up_at"] > row["noticed_at"])
    return row if is_watched else None


async def caught_up(tx: Connection, restore_id: UUID) -> bool:
    """What the provider did is known: money may move again. False when it was known before."""
    return await restore_queries.update_caught_up(tx, restore_id)


async def find_payments(
    db: Database, *, gateway: Gateway, handle: FactHandler, moved: list[ProviderTransaction]
) -> list[str]:
    """Learn payments that only the provider knows, as from a webhook: the session is written again under the id that we once sent along.

    Returns the payments found. A payment without such an id is none of ours: the daily comparison names it."""
    asked = [each.payment_id for each in moved if each.kind in CHARGES and each.payment_id is not None]
    async with db.read() as tx:
        unknown = await restore_queries.unknown_payments(tx, asked)
    found = []
    for payment_id in unknown:
        state = await gateway.session_of_payment(payment_id)
        session_id, order_id = (
            (inbox.own_uuid(state.client_reference), inbox.own_uuid(state.order_id)) if state else (None, None)
        )
        if state is None or state.status != "paid" or session_id is None or order_id is None:
            continue
        async with db.transaction() as tx:
            await restore_queries.insert_found_session(
                tx, session_id=session_id, order_id=order_id, provider=gateway.provider, state=state
            )
        claim = rules.claim_of_session(state)
        await db.retrying(lambda tx, claim=claim: inbox.apply(tx, claim, handle=handle))  # type: ignore[misc]  # bound in the loop on purpose
        log.warning("payment_found", session=str(session_id), order=str(order_id))
        found.append(payment_id)
    return found


async def payments_with_unknown_refunds(db: Database, moved: list[ProviderTransaction]) -> list[str]:
    """Payments of which the provider has paid something back that we do not know."""
    asked = [
        (each.source, each.payment_id) for each in moved if each.kind in REFUNDS and each.source and each.payment_id
    ]
    async with db.read() as tx:
        return await restore_queries.unknown_refunds(tx, asked)
