"""Stripe behind the Gateway protocol: the only file that knows the SDK, its errors, its time limits and its signature."""

import asyncio
import re
import time
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar, cast
from urllib.request import getproxies
from uuid import UUID, uuid4

import httpx
import stripe
import structlog

from market.money import Money
from market.payments import calls, rules
from market.payments.gateway import (
    BadWebhook,
    GatewayRefused,
    GatewayUnavailable,
    OpenedSession,
    RefundState,
    SessionRequest,
    SessionState,
    WebhookEvent,
)
from market.payments.stripe_calls import PAGE, BalanceCalls, _call, _read
from market.payments.webhooks import read_body
from market.payments.wire import Wire, WireFault
from market.settings import SANDBOX_STRIPE_KEY, Settings, UnsafeSettings

log = structlog.get_logger(__name__)
T = TypeVar("T")
CONNECT_TIMEOUT_S, TOTAL_TIMEOUT_S = 3.0, 10.0
TOLERANCE_S = 300
CLOCK_SKEW_S = 30  # how far another clock may run before ours; the SDK accepts any future (T4)
MAX_ANSWER_BYTES, MAX_PAGES = 8 * 1024 * 1024, 10
SIGNATURE = re.compile(r"t=\d{1,12}(,[A-Za-z][A-Za-z0-9_]{0,15}=[0-9A-Za-z]{1,200}){1,20}", re.ASCII)
LEAST_SECRET_LEN = 16
# else the SDK writes an identifier into the home folder and tells the provider about this machine
stripe.enable_telemetry = False


class Transport(stripe.HTTPClient):
    """HTTP for the SDK: one pool that we close, hard time limits, bounded answers, no retry behind our back (T5).

    Straight to the provider by `wire`; the general client is for what it alone can: a proxy from the environment, another transport."""

    name = "market"

    def __init__(self, *, total_s: float, transport: httpx.AsyncBaseTransport | None, trust_env: bool) -> None:
        super().__init__()
        self._total_s = total_s
        self._wire = Wire(connect_s=CONNECT_TIMEOUT_S, make_tls=httpx.create_ssl_context)
        self._http: httpx.AsyncClient | None = None
        if transport is not None or (trust_env and getproxies()):
            self._http = httpx.AsyncClient(
                timeout=httpx.Timeout(total_s, connect=CONNECT_TIMEOUT_S),
                limits=httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=30),
                transport=transport,
                trust_env=trust_env,
                follow_redirects=False,
            )

    def sleep_async(self, secs: float) -> Awaitable[None]:
        return asyncio.sleep(secs)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            # the whole is limited, not the pause between two bytes: a slow drip would never end (F08)
            async with asyncio.timeout(self._total_s):
                status, found, body = await self._exchange(method, url, headers or {}, post_data)
            body.decode("utf-8", "strict")  # the SDK's log line would fall over it
        except (httpx.HTTPError, WireFault, OSError, UnicodeError) as fault:  # TimeoutError is an OSError
            raise _disconnected(type(fault).__name__) from None
        else:
            return body, status, found

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any
    ) -> tuple[int, Mapping[str, str], bytes]:
        if self._http is None:
            content = post_data.encode() if isinstance(post_data, str) else post_data or b""
            status, found, body = await self._wire.request(method, url, headers, content, max_bytes=MAX_ANSWER_BYTES)
            return status, httpx.Headers(found), body
        async with self._http.stream(method, url, headers=headers, content=post_data) as answer:
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MAX_ANSWER_BYTES:
                    raise WireFault("answer too large")
            return answer.status_code, answer.headers, body

    async def close_async(self) -> None:
        await self._wire.aclose()
        if self._http is not None:
            await self._http.aclose()


class StripeGateway(BalanceCalls):
    """The Gateway protocol over Stripe's API, or over anything that speaks it at `base_address` (the sandbox, stripe-mock)."""

    provider = "stripe"

    def __init__(
        self,
        *,
        api_key: str,
        webhook_secrets: list[str],
        base_address: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        total_timeout_s: float = TOTAL_TIMEOUT_S,
    ) -> None:
        if not webhook_secrets or any(len(secret) < LEAST_SECRET_LEN for secret in webhook_secrets):
            raise UnsafeSettings("MARKET_STRIPE_WEBHOOK_SECRET must be set")
        self._secrets = webhook_secrets
        self._livemode = api_key.startswith(("sk_live_", "rk_live_"))
        self._transport = Transport(total_s=total_timeout_s, transport=transport, trust_env=base_address is None)
        self._client = stripe.StripeClient(
            api_key,
            http_client=self._transport,
            max_network_retries=0,
            base_addresses={"api": base_address} if base_address else {},
        )

    async def open_session(self, request: SessionRequest) -> OpenedSession:
        # as a raw request: of the sixty fields of the answer two are read, and making objects of all costs more than the call
        answer = await _call(
            self._client.raw_request_async("post", "/v1/checkout/sessions", **calls.new_checkout_session(request))
        )
        session: Any = answer.data if isinstance(answer.data, dict) else {}
        identity, url = session.get("id"), session.get("url")
        if isinstance(identity, str) and isinstance(url, str) and identity and url:
            return OpenedSession(identity, url)
        raise GatewayUnavailable("a session without an address")

    async def expire_session(self, provider_session: str) -> SessionState:
        try:
            # a key per call: closing twice moves nothing, while a kept key would meet its twin, and repeat a fault for a day
            closing = self._client.v1.checkout.sessions.expire_async(
                provider_session, options={"idempotency_key": f"expire-{uuid4()}"}
            )
            session = await _call(closing)
        except GatewayRefused:
            # paid, expired or unknown there: its present state decides
            return await self.fetch_session(provider_session)
        return _read(rules.read_session, session)

    async def fetch_session(self, provider_session: str) -> SessionState:
        return _read(
            rules.read_session, await _call(self._client.v1.checkout.sessions.retrieve_async(provider_session))
        )

    async def find_session(self, session_id: UUID, *, created_at: datetime) -> SessionState | None:
        # there is no filter by client_reference_id: look through what was made since the row was written
        since = int(created_at.timestamp()) - TOLERANCE_S
        after: dict[str, Any] = {}
        for _ in range(MAX_PAGES):
            page = await _call(
                self._client.v1.checkout.sessions.list_async(
                    cast(Any, {"created": {"gte": since}, "limit": PAGE, **after})
                )
            )
            for session in page.data:
                if session.client_reference_id == str(session_id):
                    return _read(rules.read_session, session)
            if not page.has_more or not page.data:
                return None
            after = {"starting_after": page.data[-1].id}
        raise GatewayUnavailable("too many sessions to look through")

    async def session_of_payment(self, payment_id: str) -> SessionState | None:
        page = await _call(self._client.v1.checkout.sessions.list_async({"payment_intent": payment_id, "limit": 1}))
        return _read(rules.read_session, page.data[0]) if page.data else None

    async def refund(self, refund_id: UUID, *, payment_id: str, amount: Money) -> RefundState:
        refund = await _call(
            self._client.v1.refunds.create_async(
                {
                    "payment_intent": payment_id,
                    "amount": amount.minor,
                    "reason": "requested_by_customer",
                    "metadata": {"refund_id": str(refund_id)},
                },
                {"idempotency_key": f"refund-{refund_id}"},
            )
        )
        return _read(rules.read_refund, refund)

    async def fetch_refund(self, provider_refund: str) -> RefundState:
        return _read(rules.read_refund, await _call(self._client.v1.refunds.retrieve_async(provider_refund)))

    async def find_refund(self, refund_id: UUID, *, payment_id: str) -> RefundState | None:
        for state in await self.list_refunds(payment_id):
            if state.own_id == str(refund_id):
                return state
        return None

    async def list_refunds(self, payment_id: str) -> list[RefundState]:
        found: list[RefundState] = []
        after: dict[str, Any] = {}
        for _ in range(MAX_PAGES):
            page = await _call(
                self._client.v1.refunds.list_async(cast(Any, {"payment_intent": payment_id, "limit": PAGE, **after}))
            )
            found += [_read(rules.read_refund, refund) for refund in page.data]
            if not page.has_more or not page.data:
                return found
            after = {"starting_after": page.data[-1].id}
        raise GatewayUnavailable("too many refunds to look through")

    async def balance(self) -> dict[str, int]:
        balance = await _call(self._client.v1.balance.retrieve_async())
        parts: list[Any] = [*balance.available, *balance.pending]
        held: dict[str, int] = {}
        for part in parts:
            currency = part.currency.upper()
            held[currency] = held.get(currency, 0) + part.amount
        return held

    def verify_webhook(self, body: bytes, signature: str | None) -> WebhookEvent:
        return read_body(_authentic(body, signature, self._secrets), livemode=self._livemode)

    async def aclose(self) -> None:
        await self._transport.close_async()


def make_gateway(settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> StripeGateway:
    """The gateway that the settings ask for; `transport` replaces the network (tests, demo loader). Raises UnsafeSettings (M17)."""
    if settings.sandbox:
        if settings.production:
            raise UnsafeSettings("MARKET_STRIPE_SECRET_KEY must be set: the payment sandbox is not for production")
        base = (settings.sandbox_url or settings.base_url or "http://127.0.0.1:8000").rstrip("/") + "/sandbox/stripe"
        return StripeGateway(
            api_key=SANDBOX_STRIPE_KEY, webhook_secrets=settings.webhook_secrets, base_address=base, transport=transport
        )
    return StripeGateway(
        api_key=settings.stripe_secret_key.get_secret_value(),
        webhook_secrets=settings.webhook_secrets,
        transport=transport,
    )


def _disconnected(why: str) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(why, code=why, should_retry=False)  # type: ignore[no-untyped-call]  # the SDK's error is untyped


def _authentic(body: bytes, signature: str | None, secrets: list[str]) -> str:
    """The body as text, if one of our secrets signed it within the last five minutes. The SDK alone lets much of T4 pass."""
    if not signature or len(signature) > 4096 or not SIGNATURE.fullmatch(signature):
        raise BadWebhook("The signature header is missing or cannot be read.")
    try:
        text = body.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise BadWebhook("The body is not UTF-8.") from None
    if not any(_signed(text, signature, secret) for secret in secrets):
        raise BadWebhook("The signature does not fit, or is too old.")
    if int(signature.split(",", 1)[0].removeprefix("t=")) > time.time() + CLOCK_SKEW_S:
        raise BadWebhook("The signature is from the future.")
    return text


def _signed(text: str, signature: str, secret: str) -> bool:
    with suppress(stripe.SignatureVerificationError):
        return bool(stripe.WebhookSignature.verify_header(text, signature, secret, TOLERANCE_S))
    return False
