"""What a provider's event means for our rows, and which changes of a session, refund or dispute are steps forward (pure)."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from market.money import Money
from market.payments.fields import id_of, text_of, whole_of
from market.payments.gateway import RefundState, SessionState, WebhookEvent

# --- facts: what checkout learns, always about our own rows -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionPaid:
    """Money arrived for a session of ours. `paid_minor` and `paid_currency` are what the provider took: compare them (M19)."""

    session_id: UUID
    order_id: UUID
    provider_session: str
    payment_id: str
    paid_minor: int
    paid_currency: str
    expected: Money

    @property
    def as_expected(self) -> bool:
        """Whether exactly the amount and currency of our row was paid."""
        return self.paid_minor == self.expected.minor and self.paid_currency == self.expected.currency


@dataclass(frozen=True, slots=True)
class SessionExpired:
    """The session can no longer be paid: it ran out, was closed, never came to be, or a slow payment failed (`reason`)."""

    session_id: UUID
    order_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class RefundUpdated:
    """A refund went from `previous` to `status`. `ours` is False for one made at the provider without us (M34): then it is new."""

    refund_id: UUID
    session_id: UUID
    order_id: UUID
    payment_id: str
    amount: Money
    status: Literal["pending", "succeeded", "failed"]
    previous: str
    ours: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DisputeUpdated:
    """The cardholder's bank took a payment back (`open`), then gave it back (`won`) or kept it (`lost`).

    `previous` is "" when this is the first we hear of it, also when that is already the end: events come in any order (M14)."""

    dispute_id: UUID
    session_id: UUID
    order_id: UUID
    payment_id: str
    amount: Money
    status: Literal["open", "won", "lost"]
    previous: str


@dataclass(frozen=True, slots=True)
class BalanceMoved:
    """The provider moved our balance by `amount_minor` − `fee_minor` (signed); of an order, where it belongs to one."""

    transaction_id: str
    kind: str
    amount_minor: int
    fee_minor: int
    currency: str
    session_id: UUID | None
    order_id: UUID | None


PaymentFact = SessionPaid | SessionExpired | RefundUpdated | DisputeUpdated | BalanceMoved

# --- claims: what the provider says, about its own ids, before we look at our rows -------------------------------------


@dataclass(frozen=True, slots=True)
class PaidClaim:
    provider_session: str
    payment_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class ExpiredClaim:
    provider_session: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefundClaim:
    """About one refund. `payment_id` ties it to a session of ours; `own_id` is believed only when row and amount agree."""

    provider_refund: str
    payment_id: str
    amount_minor: int
    currency: str
    status: Literal["pending", "succeeded", "failed"]
    own_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class RefundsClaim:
    """Something about the refunds of this payment changed: look at the provider."""

    payment_id: str


@dataclass(frozen=True, slots=True)
class DisputeClaim:
    provider_dispute: str
    payment_id: str
    amount_minor: int
    currency: str
    status: Literal["open", "won", "lost"]


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that changes nothing here, and why."""

    why: str


Claim = PaidClaim | ExpiredClaim | RefundClaim | RefundsClaim | DisputeClaim | Ignored

SESSION_EVENTS = {
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
}
REFUND_EVENTS = {"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}
DISPUTE_EVENTS = {
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
}


def read_event(event: WebhookEvent) -> Claim:
    """Read an authentic event. Raises BadWebhook when a field is missing that every such event has."""
    if event.account is not None:
        return Ignored("of a connected account that is not ours")
    thing = event.object
    if event.type in SESSION_EVENTS:
        return _read_session(event.type, thing)
    if event.type in REFUND_EVENTS:
        return claim_of_refund(read_refund(thing))
    if event.type == "charge.refunded":
        payment_id = id_of(thing, "payment_intent")
        return RefundsClaim(payment_id) if payment_id else Ignored("of a charge without a payment")
    if event.type in DISPUTE_EVENTS:
        return _read_dispute(thing)
    return Ignored("of a kind that decides nothing here")


def read_session(thing: dict[str, Any]) -> SessionState:
    """A checkout session object as the provider sends it."""
    metadata = thing.get("metadata")
    return SessionState(
        provider_session=text_of(thing, "id"),
        status=_session_status(thing),
        payment_id=id_of(thing, "payment_intent"),
        amount_minor=whole_of(thing, "amount_total"),
        currency=text_of(thing, "currency").upper(),
        client_reference=id_of(thing, "client_reference_id"),
        url=id_of(thing, "url"),
        order_id=id_of(metadata, "order_id") if isinstance(metadata, dict) else None,
    )


def read_refund(thing: dict[str, Any]) -> RefundState:
    """A refund object as the provider sends it."""
    status = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}.get(
        str(thing.get("status")), "pending"
    )
    metadata = thing.get("metadata")
    own_id = metadata.get("refund_id") if isinstance(metadata, dict) else None
    return RefundState(
        provider_refund=text_of(thing, "id"),
        status=status,  # type: ignore[arg-type]  # one of the three words above
        payment_id=id_of(thing, "payment_intent"),
        amount_minor=whole_of(thing, "amount"),
        currency=text_of(thing, "currency").upper(),
        own_id=own_id if isinstance(own_id, str) else None,
        reason=str(thing.get("failure_reason") or "")[:200],
    )


def claim_of_session(state: SessionState) -> Claim:
    """What a session's present state claims: the reconciler and the webhook go the same way from here."""
    if state.status == "paid":
        if state.payment_id is None:
            return Ignored("paid without a payment")
        return PaidClaim(state.provider_session, state.payment_id, state.amount_minor, state.currency)
    if state.status == "expired":
        return ExpiredClaim(state.provider_session, "expired")
    return Ignored(f"still {state.status}")


def claim_of_refund(state: RefundState) -> Claim:
    """What a refund's present state claims."""
    if state.payment_id is None:
        return Ignored("a refund without a payment")
    return RefundClaim(
        state.provider_refund,
        state.payment_id,
        state.amount_minor,
        state.currency,
        state.status,
        state.own_id,
        state.reason,
    )


def waits_for(claim: Claim) -> tuple[str, ...]:
    """The provider ids whose rows the claim touches, in locking order; the first is what a parked event waits for (M15)."""
    match claim:
        case PaidClaim():
            return (claim.provider_session, claim.payment_id)
        case ExpiredClaim():
            return (claim.provider_session,)
        case RefundClaim() | RefundsClaim() | DisputeClaim():
            return (claim.payment_id,)
    return ()


def _read_session(kind: str, thing: dict[str, Any]) -> Claim:
    if kind == "checkout.session.async_payment_failed":
        return ExpiredClaim(text_of(thing, "id"), "payment failed")
    return claim_of_session(read_session(thing))


def _session_status(thing: dict[str, Any]) -> Literal["open", "processing", "paid", "expired"]:
    if thing.get("payment_status") == "paid":
        return "paid"
    if thing.get("status") == "expired":
        return "expired"
    return "processing" if thing.get("status") == "complete" else "open"


def _read_dispute(thing: dict[str, Any]) -> Claim:
    payment_id = id_of(thing, "payment_intent")
    if payment_id is None:
        return Ignored("a dispute without a payment")
    told = text_of(thing, "status")
    status: Literal["open", "won", "lost"] = "open"
    if told in {"won", "warning_closed", "prevented"}:
        status = "won"
    elif told == "lost":
        status = "lost"
    return DisputeClaim(
        text_of(thing, "id"), payment_id, whole_of(thing, "amount"), text_of(thing, "currency").upper(), status
    )
