"""Money that goes back: refunds we decide, refunds and disputes decided elsewhere; every share gives its exact part (M27, M28, M32–M35).

Service code of the checkout slice, split off by noun. The books move in the transaction that decides, the provider follows by a job."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
import structlog

from market import jobs
from market.checkout import claims, encoding, entries, keys, placing_queries, queries, reading, rules, voucher_queries
from market.checkout.schemas import NewRefund, Order
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.ledger import service as ledger
from market.money import Money
from market.payments import service as payments
from market.payments.rules import DisputeUpdated, RefundUpdated
from market.people import service as people
from market.people.rules import Actor
from market.text import clean_text

log = structlog.get_logger(__name__)

REFUNDABLE = frozenset({"paid", "completed", "partly_refunded"})
FAILED_NOTE = "The bank could not pay your refund. Please come to the desk: the money is yours."


class NotRefundable(Conflict):
    """Nothing of what was asked can be given back (any more)."""

    slug = "not-refundable"
    title = "This cannot be given back"


async def refund(db: Database, *, actor: Actor, order_id: UUID, key: str, wish: NewRefund) -> Order:
    """Give whole lines back: seats and slots are free again, vouchers void, every share unwound, the money on its way.

    The buyer within the refund rule; staff of the lines' community and members of their partner at any time before redemption. No line
    named means every line that this actor can still give back. The same key changes nothing again.
    Raises NotFound, NotRefundable, InvalidInput."""
    reason = clean_text("reason", wish.reason, max_len=200)
    keys.require_key(key)
    body_hash = sha256(order_id.bytes + msgspec.json.encode(wish)).digest()
    await db.retrying(
        lambda tx: _refund(tx, actor=actor, order_id=order_id, key=key, body_hash=body_hash, wish=wish, reason=reason)
    )
    return await reading.order_after_refund(db, actor=actor, order_id=order_id)


async def _refund(
    tx: Connection, *, actor: Actor, order_id: UUID, key: str, body_hash: bytes, wish: NewRefund, reason: str
) -> None:
    claimed = await placing_queries.insert_key(
        tx, person_id=actor.person_id, operation="refund", key=key, body_hash=body_hash
    )
    if claimed["result_id"] is None:
        await keys.used_for(tx, person_id=actor.person_id, operation="refund", key=key, body_hash=body_hash)
        return
    order = await queries.lock_order(tx, order_id)
    lines = await queries.lines_of(tx, [order_id])
    if order is None or not reading.may_see(actor, order, lines):
        raise NotFound("This order")
    chosen = await choose(tx, actor=actor, order=order, lines=lines, line_ids=wish.line_ids)
    await _give_back(tx, order=order, lines=chosen, reason=reason)
    await people.audit(
        tx,
        person_id=actor.person_id,
        action="order.refund",
        subject=f"order:{order_id}",
        detail={"lines": [str(line["id"]) for line in chosen], "reason": reason},
    )


async def choose(
    tx: Connection, *, actor: Actor, order: Row, lines: Sequence[Row], line_ids: Sequence[UUID]
) -> list[Row]:
    """The lines to give back; raises NotRefundable when one of those named cannot be, or none can."""
    if order["status"] not in REFUNDABLE:
        raise NotRefundable("This order has not been paid, or all of it was given back.")
    wanted = set(line_ids)
    if wanted - {line["id"] for line in lines}:
        raise InvalidInput([("line_ids", "names a line that is not in this order")])
    redeemed = {
        voucher["line_id"]
        for voucher in await voucher_queries.vouchers_of(tx, [order["id"]])
        if voucher["status"] == "redeemed"
    }
    own = order["person_id"] == actor.person_id
    able = [
        line
        for line in lines
        if (own or reading.acts_for(actor, line))
        and rules.may_refund(
            refund_until=line["refund_until"],
            is_redeemed=line["id"] in redeemed,
            is_refunded=line["refunded_at"] is not None,
            as_staff=reading.acts_for(actor, line),
            now=order["now"],
        )
    ]
    chosen = [line for line in able if line["id"] in wanted] if wanted else able
    if not chosen or (wanted and len(chosen) < len(wanted)):
        raise NotRefundable("It was redeemed or given back already, or the time for giving it back is over.")
    return chosen


def amount_back(order: Row, lines: Sequence[Row]) -> tuple[list[entries.SoldLine], int]:
    """What giving these lines back pays back, in minor units: the preview and the refund both ask here."""
    sold = [encoding.sold_line(line, currency=order["currency"]) for line in lines]
    return sold, sum(each.left for each in sold)


async def _give_back(tx: Connection, *, order: Row, lines: Sequence[Row], reason: str) -> None:
    """Unwind whole lines in the books, ask for the money, free what they held."""
    sold, amount = amount_back(order, lines)
    key = f"line:{lines[0]['id']}"
    if amount:
        money = Money(amount, order["currency"])
        desk = await queries.desk_payment(tx, order["id"]) if order["pay_by"] == "desk" else None
        refund_id = None
        if desk is None:
            refund_id = await payments.ask_refund(
                tx, order_id=order["id"], amount=money, reason="requested", session_id=order["paid_session_id"]
            )
            key = str(refund_id)
        await _post_refund(
            tx,
            order=order,
            parts=[(each, each.left) for each in sold],
            refund_id=refund_id,
            lines=lines,
            desk_community=desk["community_slug"] if desk else None,
        )
    await _write_back(
        tx, order=order, parts=[(line, each, each.left) for line, each in zip(lines, sold, strict=True)], note=reason
    )
    if amount:
        await jobs.enqueue(tx, "checkout.refunded", {"order_id": str(order["id"]), "amount": amount, "key": key})


async def _post_refund(
    tx: Connection,
    *,
    order: Row,
    parts: Sequence[tuple[entries.SoldLine, int]],
    refund_id: UUID | None,
    lines: Sequence[Row],
    desk_community: str | None,
) -> None:
    transfers = [
        transfer
        for sold, amount in parts
        if amount
        for transfer in entries.sale_refunded(sold, amount, desk_community=desk_community)
    ]
    # Cash has no refund row: the first line given back names the event, and a line is given back once.
    event_key = f"refund:{refund_id}" if refund_id else f"desk_refund:{lines[0]['id']}"
    await ledger.post(
        tx, event_key=event_key, kind="sale_refunded", transfers=transfers, reference={"order_id": str(order["id"])}
    )


async def _write_back(
    tx: Connection, *, order: Row, parts: Sequence[tuple[Row, entries.SoldLine, int]], note: str = ""
) -> None:
    """Write what went back of each line; a line of which nothing is left is void and what it held is free."""
    gone = [line for line, sold, amount in parts if amount == sold.left and line["refunded_at"] is None]
    rows: list[dict[str, Any]] = [
        {
            "line_id": line["id"],
            "amount": amount,
            "is_whole": amount == sold.left,
            "shares": encoding.refunded_shares(line, entries.after(sold, amount) if amount else sold),
        }
        for line, sold, amount in parts
    ]
    await queries.update_lines_refunded(tx, rows)
    await voucher_queries.update_vouchers_cancelled(tx, [line["id"] for line in gone])
    await claims.let_go(tx, gone, slots_after=order["now"])
    await queries.update_order_refunded(tx, order["id"], amount=sum(amount for _, _, amount in parts), note=note)


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
    log.error("refund_failed", order=str(fact.order_id), refund=str(fact.refund_id), reason=fact.reason)
    await ledger.post(
        tx,
        event_key=f"refund_failed:{fact.refund_id}",
        kind="refund_failed",
        transfers=entries.refund_failed(fact.amount),
        reference={"order_id": str(fact.order_id), "refund_id": str(fact.refund_id)},
    )
    await queries.update_order_note(tx, fact.order_id, FAILED_NOTE)


async def _follow_foreign(tx: Connection, order_id: UUID, *, session_id: UUID, amount: Money, event_key: str) -> None:
    """Money left the provider without us: unwind the order's lines in their order as far as they go; the rest was parked money."""
    order = await queries.lock_order(tx, order_id)
    reference: dict[str, object] = {"order_id": str(order_id), "session_id": str(session_id)}
    if order is None or order["paid_session_id"] != session_id or amount.currency != order["currency"]:
        await ledger.post(
            tx,
            event_key=event_key,
            kind="late_payment_returned",
            transfers=entries.late_payment_returned(amount),
            reference=reference,
        )
        return
    lines = await queries.lines_of(tx, [order_id])
    parts, rest = _spread(lines, amount)
    transfers = [t for _, sold, part in parts for t in entries.sale_refunded(sold, part)]
    if rest:
        transfers += entries.late_payment_returned(Money(rest, amount.currency))
    await ledger.post(tx, event_key=event_key, kind="sale_refunded", transfers=transfers, reference=reference)
    await _write_back(tx, order=order, parts=parts)


def _spread(lines: Sequence[Row], amount: Money) -> tuple[list[tuple[Row, entries.SoldLine, int]], int]:
    """Lay an amount over the lines, first to last, each as far as something is left; returns the parts and what found no place."""
    rest = amount.minor
    parts = []
    for line in lines:
        sold = encoding.sold_line(line, currency=amount.currency)
        part = min(rest, sold.left)
        if part:
            parts.append((line, sold, part))
            rest -= part
    return parts, rest


async def follow_dispute(tx: Connection, fact: DisputeUpdated) -> None:
    """A bank took a payment back: the claim stands in suspense until it is won, or lost and borne by every share (M35).

    The opening is posted also when the end is the first we hear of it, so that any order of events ends the same (M14)."""
    reference: dict[str, object] = {"order_id": str(fact.order_id), "dispute_id": str(fact.dispute_id)}
    await ledger.post(
        tx,
        event_key=f"dispute_opened:{fact.dispute_id}",
        kind="dispute_opened",
        transfers=entries.dispute_opened(fact.amount),
        reference=reference,
    )
    if fact.status == "won":
        await ledger.post(
            tx,
            event_key=f"dispute_closed:{fact.dispute_id}",
            kind="dispute_won",
            transfers=entries.dispute_won(fact.amount),
            reference=reference,
        )
    if fact.status != "lost":
        return
    order = await queries.lock_order(tx, fact.order_id)
    if order is None or order["paid_session_id"] != fact.session_id or order["currency"] != fact.amount.currency:
        return  # parked money: the claim stays in suspense beside it and cancels it out
    parts, _ = _spread(await queries.lines_of(tx, [fact.order_id]), fact.amount)
    if not parts:
        return
    await ledger.post(
        tx,
        event_key=f"dispute_closed:{fact.dispute_id}",
        kind="dispute_lost",
        reference=reference,
        transfers=[t for _, sold, part in parts for t in entries.dispute_lost(sold, part)],
    )
    await _write_back(tx, order=order, parts=parts)
