"""Money that arrives: from a payment's fact to paid order, books, vouchers and jobs in one transaction, exactly once (design §5, M11, M12).

Service code of the checkout slice, split off by noun. `handle` is what payments calls with everything it learns: from webhooks, from
the reconciler and from our own calls, always in the transaction that records it."""

import secrets
from collections.abc import Sequence
from uuid import UUID

import structlog

from market import jobs
from market.checkout import (
    claims,
    covers,
    disputes,
    donation_settling,
    encoding,
    entries,
    fees,
    keys,
    pass_queries,
    queries,
    refund_facts,
    voucher_queries,
)
from market.checkout.schemas import DeskPayment, Order
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.ledger import service as ledger
from market.ledger.rules import Transfer
from market.money import EXPONENTS, Money
from market.payments import service as payments
from market.payments.gateway import Gateway
from market.payments.rules import BalanceMoved, DisputeUpdated, PaymentFact, RefundUpdated, SessionExpired, SessionPaid
from market.people import service as people
from market.people.rules import Actor
from market.text import clean_text

log = structlog.get_logger(__name__)

# Crockford's base 32: no I, L, O, U. Twelve characters are 60 bits, and asking is rate limited (A21).
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LEN = 12
# What is not redeemed at a door: a pass is used in later orders, a gift not at all.
WITHOUT_CODE = frozenset({"pass", "donation"})

LATE_NOTE = "Your payment arrived after the hold had ended and what you wanted was gone. You get all of it back."
TWICE_NOTE = "A second payment arrived for this order. You get all of it back."
DIFFERS_NOTE = "A payment arrived that is not the amount of this order. We are looking into it."


class NotWaiting(Conflict):
    slug = "not-waiting"
    title = "This order is not waiting to be paid"


async def reconcile(db: Database, *, gateway: Gateway) -> int:
    """Ask the provider about every payment whose end is unknown; returns how many were looked at (M23)."""
    done = await payments.reconcile(db, gateway=gateway, handle=handle, min_age_s=0)
    return done.sessions + done.refunds + done.parked


async def handle(tx: Connection, fact: PaymentFact) -> None:
    """Do what a payment's fact means for its order, in the transaction that records the fact."""
    match fact:
        case SessionPaid():
            await settle(tx, fact)
        case SessionExpired():
            pass  # the order waits on for another payment until its hold ends
        case RefundUpdated():
            await refund_facts.follow_refund(tx, fact)
        case DisputeUpdated():
            await disputes.follow_dispute(tx, fact)
        case BalanceMoved():
            await fees.follow_balance(tx, fact)


async def settle(tx: Connection, fact: SessionPaid) -> None:
    """Money arrived for an order. Pays the order; or parks what is not its price (M19); or, when the order ended and what it had is
    gone, or it was paid by another session, sends the money back whole (B08, B10). Told twice, it does nothing (M12)."""
    order = await queries.lock_order(tx, fact.order_id)
    if order is None or not fact.as_expected or fact.expected.minor != order["payable_minor"]:
        await _park(tx, fact, order=order)
        return
    if order["paid_session_id"] == fact.session_id:
        return
    if order["status"] not in {"awaiting_payment", "expired", "cancelled"}:
        await _return(tx, fact, note=TWICE_NOTE)
        return
    lines = await queries.lines_of(tx, [fact.order_id])
    is_waiting = order["status"] == "awaiting_payment"
    if not await claims.secure(tx, lines, again_for=None if is_waiting else order["person_id"]):
        await _return(tx, fact, note=LATE_NOTE)
        if is_waiting:
            await claims.give_up(tx, order["id"], lines)
            await queries.update_order_closed(tx, order["id"], status="expired", note=LATE_NOTE)
        return
    sold = [encoding.sold_line(line, currency=order["currency"]) for line in lines]
    await _fulfil(
        tx,
        order_id=order["id"],
        currency=order["currency"],
        lines=lines,
        kind=donation_settling.event_kind("sale_paid", lines),
        transfers=entries.sale_paid(sold),
        pay_by="card",
        session_id=fact.session_id,
    )


async def settle_free(tx: Connection, *, order_id: UUID, currency: str, lines: Sequence[Row]) -> None:
    """An order that costs nothing is paid as it is placed: no provider, but an event in the books and a row in the audit log (M44)."""
    if not await claims.secure(tx, lines):
        raise AssertionError("slots held in this transaction cannot be taken")
    sold = [encoding.sold_line(line, currency=currency) for line in lines]
    await _fulfil(
        tx,
        order_id=order_id,
        currency=currency,
        lines=lines,
        kind="free_order",
        transfers=entries.free_order(sold),
        pay_by="free",
        session_id=None,
    )


async def record_desk_payment(db: Database, *, actor: Actor, order_id: UUID, key: str, payment: DeskPayment) -> Order:
    """A clerk took cash or a slip for a desk order: it is paid at once, from the desk of its first line's community; the clerk hands
    out the codes.

    Only staff of the community of every line may (404 for others). Recorded again with the same facts it changes nothing.
    Raises NotWaiting, InvalidInput when the amount is not the price."""
    slip = clean_text("slip", payment.slip, max_len=200)
    keys.require_key(key)
    return await db.retrying(
        lambda tx: _record_desk_payment(tx, actor=actor, order_id=order_id, payment=payment, slip=slip)
    )


async def _record_desk_payment(
    tx: Connection, *, actor: Actor, order_id: UUID, payment: DeskPayment, slip: str
) -> Order:
    order = await queries.lock_order(tx, order_id)
    lines = await queries.lines_of(tx, [order_id])
    if order is None or not all(actor.is_staff_of(line["community_id"]) for line in lines):
        raise NotFound("This order")
    taken = await queries.desk_payment(tx, order_id)
    if taken is None:
        await _take_at_desk(tx, order=order, lines=lines, actor=actor, payment=payment, slip=slip)
    elif (taken["amount_minor"], taken["method"], taken["slip"]) != (payment.amount, payment.method, slip):
        raise NotWaiting("This order has been paid at the desk with other facts.")
    shown = await queries.order(tx, order_id)
    assert shown is not None
    return encoding.order(
        shown,
        lines=await queries.lines_of(tx, [order_id]),
        vouchers=await voucher_queries.vouchers_of(tx, [order_id]),
    )


async def _take_at_desk(
    tx: Connection, *, order: Row, lines: Sequence[Row], actor: Actor, payment: DeskPayment, slip: str
) -> None:
    if order["status"] != "awaiting_payment" or order["pay_by"] != "desk" or order["hold_expires_at"] <= order["now"]:
        raise NotWaiting("This order does not wait for a payment at the desk.")
    if payment.amount != order["payable_minor"]:
        raise InvalidInput([("amount", f"must be what is payable: {order['payable_minor']}")])
    if not await claims.secure(tx, lines):
        raise NotWaiting("What this order held is gone.")
    await queries.insert_desk_payment(
        tx,
        order_id=order["id"],
        community_id=lines[0]["community_id"],
        amount_minor=payment.amount,
        currency=order["currency"],
        method=payment.method,
        slip=slip,
        taken_by=actor.person_id,
    )
    desk = await queries.desk_payment(tx, order["id"])
    assert desk is not None
    sold = [encoding.sold_line(line, currency=order["currency"]) for line in lines]
    await _fulfil(
        tx,
        order_id=order["id"],
        currency=order["currency"],
        lines=lines,
        kind="desk_payment",
        pay_by="desk",
        session_id=None,
        transfers=entries.desk_payment(sold, community=desk["community_slug"]),
    )
    await people.audit(
        tx,
        person_id=actor.person_id,
        action="order.desk_payment",
        subject=f"order:{order['id']}",
        detail={"amount": payment.amount, "currency": order["currency"], "method": payment.method},
    )


async def _fulfil(
    tx: Connection,
    *,
    order_id: UUID,
    currency: str,
    lines: Sequence[Row],
    kind: str,
    transfers: list[Transfer],
    pay_by: str,
    session_id: UUID | None,
) -> None:
    """Post the sale; then mark the order paid, issue a voucher per line and have the receipt sent, in one statement."""
    fresh = await ledger.post(
        tx, event_key=f"sale:{order_id}", kind=kind, transfers=transfers, reference={"order_id": str(order_id)}
    )
    if not fresh:
        raise AssertionError(f"order {order_id} was sold before")
    await covers.pay(tx, currency=currency, lines=lines)
    await queries.update_order_paid(
        tx,
        order_id,
        session_id=session_id,
        pay_by=pay_by,
        vouchers=[(line["id"], voucher_code()) for line in lines if line["item_kind"] not in WITHOUT_CODE],
    )
    if donation_settling.is_donation(lines):
        await donation_settling.received(tx, order_id=order_id, lines=lines)
    if any(line["item_kind"] == "pass" for line in lines):
        await pass_queries.insert_passes(tx, order_id)


def voucher_code() -> str:
    """A new unguessable code: five bits of each random byte name a character."""
    return "".join(CODE_ALPHABET[byte & 31] for byte in secrets.token_bytes(CODE_LEN))


async def _park(tx: Connection, fact: SessionPaid, *, order: Row | None) -> None:
    """Keep money that is not the price apart, for a person to look at; the order is not fulfilled (M19)."""
    log.error(
        "payment_parked",
        order=str(fact.order_id),
        session=str(fact.session_id),
        paid=fact.paid_minor,
        currency=fact.paid_currency,
        expected=fact.expected.minor,
    )
    # Without an account in that currency the payment's row stands alone, and the audit names it.
    if fact.paid_currency in EXPONENTS:
        await _post_parked(tx, fact)
    if order is not None:
        await queries.update_order_note(tx, order["id"], DIFFERS_NOTE)


async def _return(tx: Connection, fact: SessionPaid, *, note: str) -> None:
    """Send a payment back whole: parked and returned in the books now, at the provider by a job."""
    amount = Money(fact.paid_minor, fact.paid_currency)
    await _post_parked(tx, fact)
    refund_id = await payments.ask_refund(
        tx, order_id=fact.order_id, amount=amount, reason="late", session_id=fact.session_id
    )
    await ledger.post(
        tx,
        event_key=f"refund:{refund_id}",
        kind="late_payment_returned",
        transfers=entries.late_payment_returned(amount),
        reference={"order_id": str(fact.order_id), "session_id": str(fact.session_id), "refund_id": str(refund_id)},
    )
    await queries.update_order_note(tx, fact.order_id, note)
    await jobs.enqueue(
        tx, "checkout.payment_returned", {"order_id": str(fact.order_id), "amount": amount.minor, "key": str(refund_id)}
    )
    log.warning("payment_returned", order=str(fact.order_id), session=str(fact.session_id))


async def _post_parked(tx: Connection, fact: SessionPaid) -> None:
    await ledger.post(
        tx,
        event_key=f"parked:{fact.session_id}",
        kind="late_payment_parked",
        transfers=entries.late_payment_parked(Money(fact.paid_minor, fact.paid_currency)),
        reference={"order_id": str(fact.order_id), "session_id": str(fact.session_id)},
    )
