"""The inbox: an authentic event is recorded and handled in one transaction, once, or parked until what it is about is known."""

from collections.abc import Awaitable, Callable
from typing import Literal
from uuid import UUID

import structlog

from market import jobs
from market.db import Connection, Database, Row
from market.money import Money
from market.payments import inbox_queries, queries, rules
from market.payments.gateway import Gateway, WebhookEvent
from market.payments.rules import DisputeUpdated, PaymentFact, RefundUpdated, SessionExpired, SessionPaid

log = structlog.get_logger(__name__)

FactHandler = Callable[[Connection, PaymentFact], Awaitable[None]]
Outcome = Literal["handled", "known", "parked"]

# What may follow what; everything else is an old message that came late.
REFUND_STEPS = {
    "asked": {"pending", "succeeded", "failed"},
    "pending": {"succeeded", "failed"},
    "succeeded": {"failed"},
    "failed": set[str](),
}


async def receive_webhook(
    db: Database, *, gateway: Gateway, body: bytes, signature: str | None, handle: FactHandler
) -> None:
    """Verify an event, record it once and hand what it means to `handle`, all in one transaction (M11).

    Returning means that the event is safe with us: handled, known, of no interest, or parked (M15). Raises BadWebhook (M16), or
    what `handle` raises, with nothing recorded: the provider sends it again."""
    event = gateway.verify_webhook(body, signature)
    claim = rules.read_event(event)
    await db.retrying(lambda tx: _record(tx, provider=gateway.provider, event=event, claim=claim, handle=handle))


async def _record(
    tx: Connection, *, provider: str, event: WebhookEvent, claim: rules.Claim, handle: FactHandler
) -> None:
    row = await inbox_queries.insert_event(
        tx, provider=provider, event_id=event.id, kind=event.type, payload=event.body, ids=rules.waits_for(claim)
    )
    if row is None:
        log.info("payment_event_repeated", provider_event=event.id, type=event.type)
        return
    if isinstance(claim, rules.Ignored):
        await inbox_queries.update_event(tx, row, outcome=f"ignored: {claim.why}", parked=False)
        log.info("payment_event_ignored", provider_event=event.id, type=event.type, why=claim.why)
        return
    outcome = await apply(tx, claim, handle=handle)
    if outcome != "handled":
        await inbox_queries.update_event(tx, row, outcome=outcome, parked=outcome == "parked")
        log.info("payment_event_" + outcome, provider_event=event.id, type=event.type)


async def replay_event(tx: Connection, event: UUID, *, handle: FactHandler) -> None:
    """Handle a parked event now, if it is still parked; it stays parked when what it waits for is still unknown."""
    row = await inbox_queries.lock_parked_event(tx, event)
    if row is None:
        return
    thing = row["payload"]["data"]["object"]
    claim = rules.read_event(WebhookEvent(row["event_id"], row["type"], thing, False, None, row["payload"]))
    outcome = await apply(tx, claim, handle=handle)
    if outcome != "parked":
        await inbox_queries.update_event(tx, event, outcome=outcome, parked=False)


async def apply(tx: Connection, claim: rules.Claim, *, handle: FactHandler) -> Outcome:
    """Bring our rows to what the provider says and tell `handle` each step forward, exactly once per step.

    Webhooks, the reconciler and answers to our own calls all come through here, in any order and any number."""
    match claim:
        case rules.PaidClaim():
            return await _paid(tx, claim, handle)
        case rules.ExpiredClaim():
            return await _expired(tx, claim, handle)
        case rules.RefundClaim():
            return await _refund(tx, claim, handle)
        case rules.RefundsClaim():
            return await _refunds(tx, claim)
        case rules.DisputeClaim():
            return await _dispute(tx, claim, handle)
        case rules.Ignored():
            return "known"


async def fail_session(tx: Connection, session_id: UUID, *, handle: FactHandler) -> None:
    """Give up a session that the provider never made."""
    row = await queries.update_session_closed(tx, session_id, status="failed")
    if row is not None:
        await handle(tx, SessionExpired(row["id"], row["order_id"], "never opened"))


async def fail_refund(tx: Connection, refund_id: UUID, *, reason: str, handle: FactHandler) -> None:
    """Note that the provider refused a refund for good."""
    row = await queries.lock_asked_refund(tx, refund_id)
    if row is None:
        return
    await queries.update_refund_status(tx, refund_id, status="failed", reason=reason)
    session = await queries.session(tx, row["session_id"])
    assert session is not None
    await handle(tx, _refund_fact(row, session, "failed", reason))


async def _paid(tx: Connection, claim: rules.PaidClaim, handle: FactHandler) -> Outcome:
    row = await queries.update_session_paid(
        tx,
        provider_session=claim.provider_session,
        payment_id=claim.payment_id,
        paid_minor=claim.amount_minor,
        paid_currency=claim.currency,
    )
    if row is None:
        known = await queries.session_by_provider_id(tx, claim.provider_session)
        return "parked" if known is None else "known"
    fact = SessionPaid(
        session_id=row["id"],
        order_id=row["order_id"],
        provider_session=claim.provider_session,
        payment_id=claim.payment_id,
        paid_minor=claim.amount_minor,
        paid_currency=claim.currency,
        expected=Money(row["amount_minor"], row["currency"]),
    )
    if not fact.as_expected:
        log.error("payment_differs", session=str(row["id"]), paid=claim.amount_minor, currency=claim.currency)
    await handle(tx, fact)
    for event in row["parked"]:
        await replay_event(tx, event, handle=handle)
    return "handled"


async def _expired(tx: Connection, claim: rules.ExpiredClaim, handle: FactHandler) -> Outcome:
    known = await queries.session_by_provider_id(tx, claim.provider_session)
    if known is None:
        return "parked"
    row = await queries.update_session_closed(tx, known["id"], status="expired")
    if row is None:
        return "known"
    await handle(tx, SessionExpired(row["id"], row["order_id"], claim.reason))
    return "handled"


async def _refund(tx: Connection, claim: rules.RefundClaim, handle: FactHandler) -> Outcome:
    session = await queries.session_by_payment(tx, claim.payment_id)
    if session is None:
        return "parked"
    await inbox_queries.lock_ids(tx, [claim.payment_id])
    row = await queries.lock_refund(tx, provider_refund=claim.provider_refund)
    own_id = own_uuid(claim.own_id)
    if row is None and own_id is not None:
        row = await queries.update_refund_adopted(
            tx,
            own_id,
            session_id=session["id"],
            provider_refund=claim.provider_refund,
            amount_minor=claim.amount_minor,
            currency=claim.currency,
        )
    if row is None:
        return await _foreign_refund(tx, claim, session, handle)
    if claim.status not in REFUND_STEPS[row["status"]]:
        return "known"
    await queries.update_refund_status(tx, row["id"], status=claim.status, reason=claim.reason)
    await handle(tx, _refund_fact(row, session, claim.status, claim.reason))
    return "handled"


async def _foreign_refund(tx: Connection, claim: rules.RefundClaim, session: Row, handle: FactHandler) -> Outcome:
    """A refund that somebody made in the provider's own pages: the books must follow (M34)."""
    row = await queries.insert_foreign_refund(
        tx,
        session_id=session["id"],
        order_id=session["order_id"],
        provider_refund=claim.provider_refund,
        amount_minor=claim.amount_minor,
        currency=claim.currency,
        status=claim.status,
    )
    if row is None:
        return "known"
    log.warning("refund_made_elsewhere", refund=str(row["id"]), order=str(row["order_id"]))
    await handle(tx, _refund_fact(row, session, claim.status, claim.reason, previous=""))
    return "handled"


async def _refunds(tx: Connection, claim: rules.RefundsClaim) -> Outcome:
    if await queries.session_by_payment(tx, claim.payment_id) is None:
        return "parked"
    await jobs.enqueue(tx, "payments.import_refunds", {"payment_id": claim.payment_id})
    return "handled"


async def _dispute(tx: Connection, claim: rules.DisputeClaim, handle: FactHandler) -> Outcome:
    session = await queries.session_by_payment(tx, claim.payment_id)
    if session is None:
        return "parked"
    await inbox_queries.lock_ids(tx, [claim.payment_id])
    row = await queries.lock_dispute(tx, claim.provider_dispute)
    previous = "" if row is None else str(row["status"])
    if previous in {"won", "lost"} or previous == claim.status:
        return "known"
    if row is None:
        dispute_id = await queries.insert_dispute(
            tx,
            session_id=session["id"],
            order_id=session["order_id"],
            provider_dispute=claim.provider_dispute,
            amount_minor=claim.amount_minor,
            currency=claim.currency,
            status=claim.status,
        )
    else:
        dispute_id = row["id"]
        await queries.update_dispute(tx, dispute_id, status=claim.status)
    await handle(
        tx,
        DisputeUpdated(
            dispute_id,
            session["id"],
            session["order_id"],
            claim.payment_id,
            Money(claim.amount_minor, claim.currency),
            claim.status,
            previous,
        ),
    )
    return "handled"


def _refund_fact(
    row: Row, session: Row, status: Literal["pending", "succeeded", "failed"], reason: str, previous: str | None = None
) -> RefundUpdated:
    return RefundUpdated(
        refund_id=row["id"],
        session_id=session["id"],
        order_id=session["order_id"],
        payment_id=session["provider_payment"],
        amount=Money(row["amount_minor"], row["currency"]),
        status=status,
        previous=row["status"] if previous is None else previous,
        ours=row["origin"] == "market",
        reason=reason,
    )


def own_uuid(value: str | None) -> UUID | None:
    """An id of ours that came back from the provider; None for what is none."""
    try:
        return UUID(value) if value else None
    except ValueError:
        return None
