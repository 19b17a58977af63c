"""What the provider says about refunds: ours that failed (M33), and those made there without us (M34).

Service code of the checkout slice, split off by noun."""

from typing import Any
from uuid import UUID

import structlog

from market.checkout import cases, donation_settling, entries, queries, refunds, unwinding
from market.db import Connection
from market.ledger import service as ledger
from market.money import Money
from market.payments.rules import RefundUpdated

log = structlog.get_logger(__name__)


async def follow_refund(tx: Connection, fact: RefundUpdated) -> None:
    """A refund moved on. Ours: its money has left the books when we asked, so only a failure means something (M33).
    Made at the provider without us: the books follow as if we had decided it (M34)."""
    if fact.status == "failed":
        if fact.previous != "" or fact.ours:
            await _refund_failed(tx, fact)
        return
    if not fact.ours and fact.previous == "":
        await _follow_foreign(
            tx, fact.order_id, session_id=fact.session_id, amount=fact.amount, event_key=f"refund:{fact.refund_id}"
        )


async def _refund_failed(tx: Connection, fact: RefundUpdated) -> None:
    """The provider still has the money, which is the buyer's: it waits in suspense, and somebody has to see to it."""
    log.error("refund_failed", order=str(fact.order_id), refund=str(fact.refund_id), reason=fact.reason)
    await ledger.post(
        tx,
        event_key=f"refund_failed:{fact.refund_id}",
        kind="refund_failed",
        transfers=entries.refund_failed(fact.amount),
        reference={"order_id": str(fact.order_id), "refund_id": str(fact.refund_id)},
    )
    known = await queries.order(tx, fact.order_id)
    await cases.open_case(
        tx,
        key=f"refund_failed:{fact.refund_id}",
        kind="refund_failed",
        amount=fact.amount,
        order_id=fact.order_id if known else None,
        facts={"refund": str(fact.refund_id), "reason": fact.reason},
    )
    await queries.update_order_note(tx, fact.order_id, refunds.FAILED_NOTE)


async def _follow_foreign(tx: Connection, order_id: UUID, *, session_id: UUID, amount: Money, event_key: str) -> None:
    """Money left the provider without us: unwind the order's lines in their order as far as they go; the rest was parked money."""
    order = await queries.lock_order(tx, order_id)
    reference: dict[str, Any] = {"order_id": str(order_id), "session_id": str(session_id)}
    if order is None or order["paid_session_id"] != session_id or amount.currency != order["currency"]:
        await ledger.post(
            tx,
            event_key=event_key,
            kind="late_payment_returned",
            transfers=entries.late_payment_returned(amount),
            reference=reference,
        )
        return
    lines = await unwinding.lines_to_unwind(tx, order_id)
    parts, rest = unwinding.spread(lines, amount)
    transfers = await unwinding.owing(tx, [t for _, sold, part in parts for t in entries.sale_refunded(sold, part)])
    if rest:
        transfers += entries.late_payment_returned(Money(rest, amount.currency))
    kind = donation_settling.event_kind("sale_refunded", lines)
    await ledger.post(tx, event_key=event_key, kind=kind, transfers=transfers, reference=reference)
    await unwinding.write_back(tx, order=order, parts=parts)
