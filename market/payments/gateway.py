"""What we ask of a payment provider: the calls, the values they carry, and how they may fail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol
from uuid import UUID

from market.errors import MarketError, Unavailable
from market.money import Money

SessionStatus = Literal["open", "processing", "paid", "expired"]
RefundStatus = Literal["pending", "succeeded", "failed"]


class GatewayUnavailable(Unavailable):
    """The provider did not answer, or not usefully: what happened there is unknown, the same call may be made again (F08)."""

    slug = "payment-provider-unavailable"
    title = "The payment provider does not answer"

    def __init__(self, why: str, retry_after_s: int = 5) -> None:
        super().__init__(
            "The payment provider does not answer at the moment. Please try again; you are not charged twice.",
            retry_after_s,
        )
        self.why = why


class GatewayRefused(MarketError):
    """The provider understood the call and refused it; `code` is its word for the reason."""

    status: ClassVar[int] = 409
    slug = "payment-refused"
    title = "The payment provider refused"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"The payment provider refused: {message}")
        self.code = code


class BadWebhook(MarketError):
    """A webhook that is not authentic, not recent, not readable or not for us (M16)."""

    status: ClassVar[int] = 400
    slug = "bad-webhook"
    title = "The webhook was refused"


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One line of the payment page: what it is, and its whole amount in minor units."""

    title: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """A hosted payment page we want. The same `session_id` must always come with the same other fields: it is the idempotency key."""

    session_id: UUID
    order_id: UUID
    amount: Money
    lines: tuple[ChargeLine, ...]
    success_url: str
    cancel_url: str
    expires_at: datetime

    def __post_init__(self) -> None:
        if sum(line.amount_minor for line in self.lines) != self.amount.minor:
            raise ValueError("the lines of a payment must sum to its amount")


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """The provider's id of the page and where the buyer finds it."""

    provider_session: str
    url: str


@dataclass(frozen=True, slots=True)
class SessionState:
    """A session as the provider tells it now; `amount_minor` and `currency` (upper case) are the provider's, unchecked."""

    provider_session: str
    status: SessionStatus
    payment_id: str | None
    amount_minor: int
    currency: str
    client_reference: str | None
    url: str | None
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class RefundState:
    """A refund as the provider tells it now; `own_id` is the row id that we sent along, None for one made elsewhere."""

    provider_refund: str
    status: RefundStatus
    payment_id: str | None
    amount_minor: int
    currency: str
    own_id: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProviderTransaction:
    """A movement of our balance at the provider: `net_minor` = `amount_minor` − `fee_minor`, all signed; currency in upper case.

    `payment_id` is the payment it belongs to, where it belongs to one; `own_id` the row id that we sent along, if any; `destination`
    where a transfer went, `transfer` what was taken back."""

    id: str
    kind: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    created_at: datetime
    source: str | None
    payment_id: str | None
    own_id: str | None
    destination: str | None = None
    transfer: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """An authentic event: `object` is what changed, `account` the connected account it belongs to (None = ours)."""

    id: str
    type: str
    object: dict[str, Any]
    livemode: bool
    account: str | None
    body: dict[str, Any]


class Gateway(Protocol):
    """A payment provider. Every call has a time limit and raises GatewayUnavailable or GatewayRefused, nothing else."""

    @property
    def provider(self) -> str:
        """Short name that rows carry, e.g. `stripe`."""
        ...

    async def open_session(self, request: SessionRequest) -> OpenedSession:
        """Make the payment page, once per `request.session_id` however often it is asked."""
        ...

    async def expire_session(self, provider_session: str) -> SessionState:
        """Make the page unpayable; answers with what the session is now, which is `paid` when the buyer was faster."""
        ...

    async def fetch_session(self, provider_session: str) -> SessionState: ...

    async def find_session(self, session_id: UUID, *, created_at: datetime) -> SessionState | None:
        """The session made for our row `session_id` at about `created_at`: recovery after a lost answer (M23)."""
        ...

    async def session_of_payment(self, payment_id: str) -> SessionState | None:
        """The session that a payment was made on, also one that we have forgotten (O02)."""
        ...

    async def refund(self, refund_id: UUID, *, payment_id: str, amount: Money) -> RefundState:
        """Pay `amount` back, once per `refund_id` however often it is asked."""
        ...

    async def fetch_refund(self, provider_refund: str) -> RefundState: ...

    async def find_refund(self, refund_id: UUID, *, payment_id: str) -> RefundState | None:
        """The refund made for our row `refund_id`: asked before any repeated call, as keys are forgotten after a day (M25)."""
        ...

    async def list_refunds(self, payment_id: str) -> list[RefundState]:
        """Every refund of a payment, also those made outside this program (M34)."""
        ...

    async def balance(self) -> dict[str, int]:
        """Minor units held for us by the provider, per currency (upper case)."""
        ...

    async def list_transactions(self, since: datetime) -> list[ProviderTransaction]:
        """Every movement of our balance since then, oldest first (fees, daily reconciliation)."""
        ...

    async def create_account(self, partner_id: UUID) -> str:
        """The id of an account that receives transfers for a partner, made once per `partner_id`."""
        ...

    async def account_link(self, account: str, *, back: str) -> str:
        """Where the partner gives the provider what it asks for; it returns to `back`."""
        ...

    async def account_ready(self, account: str) -> bool:
        """Whether the account can be paid."""
        ...

    async def transfer(self, payout_id: UUID, *, destination: str, amount: Money) -> str:
        """Send `amount` to an account, once per `payout_id`; the provider's id of the transfer."""
        ...

    async def find_transfer(self, payout_id: UUID) -> str | None:
        """The transfer made for our row, by its group: asked before any repeated call (M25)."""
        ...

    async def reverse_transfer(self, reversal_id: UUID, *, transfer: str, amount: Money) -> str:
        """Take part of a transfer back, once per `reversal_id`; refused when the account's balance is short."""
        ...

    async def find_reversal(self, reversal_id: UUID, *, transfer: str) -> str | None: ...

    def verify_webhook(self, body: bytes, signature: str | None) -> WebhookEvent:
        """Raises BadWebhook unless the body is signed for us, recent, and readable."""
        ...

    async def aclose(self) -> None: ...
