"""Payments that a bank took back: the claim waits in suspense while the bank decides, then nobody or every share bears it (M14, M35, M36).

Service code of the checkout slice, split off by noun. While a dispute is open nothing of the order is given back or paid out."""

from uuid import UUID

from market.checkout import after_sale_queries, cases, donation_settling, entries, queries, unwinding
from market.db import Connection
from market.ledger import service as ledger
from market.payments.rules import DisputeUpdated


async def follow_dispute(tx: Connection, fact: DisputeUpdated) -> None:
    """A dispute was opened, won or lost; any order of the events ends the same.

    The opening is posted also when the end is the first we hear of it. What a lost dispute finds no share for (it went back before)
    stays as a claim in suspense, and its case stays open for a person."""
    reference: dict[str, object] = {"order_id": str(fact.order_id), "dispute_id": str(fact.dispute_id)}
    await ledger.post(
        tx,
        event_key=f"dispute_opened:{fact.dispute_id}",
        kind="dispute_opened",
        transfers=entries.dispute_opened(fact.amount),
        reference=reference,
    )
    key = f"dispute:{fact.dispute_id}"
    known = await queries.order(tx, fact.order_id)
    await cases.open_case(
        tx,
        key=key,
        kind="dispute",
        amount=fact.amount,
        order_id=fact.order_id if known else None,
        facts={"payment": fact.payment_id},
    )
    if fact.status == "won":
        await ledger.post(
            tx,
            event_key=f"dispute_closed:{fact.dispute_id}",
            kind="dispute_won",
            transfers=entries.dispute_won(fact.amount),
            reference=reference,
        )
        await cases.settle_case(tx, key=key, person_id=None, resolution="The bank gave the money back.")
    if fact.status == "lost" and await _bear(tx, fact, reference=reference):
        await cases.settle_case(tx, key=key, person_id=None, resolution="The bank kept the money; every share bore it.")


async def _bear(tx: Connection, fact: DisputeUpdated, *, reference: dict[str, object]) -> bool:
    """Every share bears its part of a lost dispute; False when some of it found no share."""
    order = await queries.lock_order(tx, fact.order_id)
    if order is None or order["paid_session_id"] != fact.session_id or order["currency"] != fact.amount.currency:
        return False  # parked money: the claim stays in suspense beside it and cancels it out
    lines = await unwinding.lines_to_unwind(tx, fact.order_id)
    parts, rest = unwinding.spread(lines, fact.amount)
    if not parts:
        return False
    transfers = [t for _, sold, part in parts for t in entries.dispute_lost(sold, part)]
    await ledger.post(
        tx,
        event_key=f"dispute_closed:{fact.dispute_id}",
        kind=donation_settling.event_kind("dispute_lost", lines),
        reference=reference,
        transfers=await unwinding.owing(tx, transfers),
    )
    await unwinding.write_back(tx, order=order, parts=parts)
    return rest == 0


async def is_disputed(tx: Connection, order_id: UUID) -> bool:
    """Whether a bank is deciding about a payment of this order now."""
    return await after_sale_queries.has_open_dispute(tx, order_id)
