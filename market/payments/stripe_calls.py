"""Stripe's calls about our balance and the partners' accounts, and how its failures become ours."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NoReturn, TypeVar, cast
from uuid import UUID

import stripe
import structlog

from market.money import Money
from market.payments.gateway import BadWebhook, GatewayRefused, GatewayUnavailable, ProviderTransaction
from market.payments.transaction_rules import read_transaction

log = structlog.get_logger(__name__)
T = TypeVar("T")
PAGE, MAX_TRANSACTION_PAGES = 100, 200


class BalanceCalls:
    """The part of the Gateway protocol about balance transactions and Connect; the client is the gateway's."""

    _client: stripe.StripeClient

    async def list_transactions(self, since: datetime) -> list[ProviderTransaction]:
        found: list[ProviderTransaction] = []
        after: dict[str, Any] = {}
        for _ in range(MAX_TRANSACTION_PAGES):
            asked = {"created": {"gte": int(since.timestamp())}, "limit": PAGE, "expand": ["data.source"], **after}
            page = await _call(self._client.v1.balance_transactions.list_async(cast(Any, asked)))
            found += [_read(read_transaction, each) for each in page.data]
            if not page.has_more or not page.data:
                return found[::-1]
            after = {"starting_after": page.data[-1].id}
        raise GatewayUnavailable("too many transactions to look through")

    async def create_account(self, partner_id: UUID) -> str:
        account = await _call(
            self._client.v1.accounts.create_async(
                cast(
                    Any,
                    {
                        "type": "express",
                        "capabilities": {"transfers": {"requested": True}},
                        "metadata": {"partner_id": str(partner_id)},
                    },
                ),
                {"idempotency_key": f"account-{partner_id}"},
            )
        )
        return account.id

    async def account_link(self, account: str, *, back: str) -> str:
        link = await _call(
            self._client.v1.account_links.create_async(
                cast(
                    Any,
                    {"account": account, "refresh_url": back, "return_url": back, "type": "account_onboarding"},
                )
            )
        )
        return link.url

    async def account_ready(self, account: str) -> bool:
        found = await _call(self._client.v1.accounts.retrieve_async(account))
        return bool(found.payouts_enabled)

    async def transfer(self, payout_id: UUID, *, destination: str, amount: Money) -> str:
        made = await _call(
            self._client.v1.transfers.create_async(
                {
                    "amount": amount.minor,
                    "currency": amount.currency.lower(),
                    "destination": destination,
                    "transfer_group": f"payout-{payout_id}",
                    "metadata": {"payout_id": str(payout_id)},
                },
                {"idempotency_key": f"payout-{payout_id}"},
            )
        )
        return made.id

    async def find_transfer(self, payout_id: UUID) -> str | None:
        page = await _call(self._client.v1.transfers.list_async({"transfer_group": f"payout-{payout_id}", "limit": 1}))
        return page.data[0].id if page.data else None

    async def reverse_transfer(self, reversal_id: UUID, *, transfer: str, amount: Money) -> str:
        made = await _call(
            self._client.v1.transfers.reversals.create_async(
                transfer,
                {"amount": amount.minor, "metadata": {"reversal_id": str(reversal_id)}},
                {"idempotency_key": f"reversal-{reversal_id}"},
            )
        )
        return made.id

    async def find_reversal(self, reversal_id: UUID, *, transfer: str) -> str | None:
        page = await _call(self._client.v1.transfers.reversals.list_async(transfer, {"limit": PAGE}))
        for each in page.data:
            if (each.to_dict().get("metadata") or {}).get("reversal_id") == str(reversal_id):
                return each.id
        return None


async def _call(call: Awaitable[T]) -> T:
    """Await an SDK call and turn its failures into ours; what may hold personal data or keys stays out of the error."""
    try:
        return await call
    except stripe.StripeError as fault:
        _fail(fault)


def _fail(fault: stripe.StripeError) -> NoReturn:
    code = str(fault.code or type(fault).__name__)
    log.warning(
        "stripe_call_failed",
        kind=type(fault).__name__,
        code=code,
        status=fault.http_status,
        stripe_request=fault.request_id,
    )
    if isinstance(fault, stripe.IdempotencyError):
        raise GatewayRefused(code, "the same key came with another request") from None
    if isinstance(fault, (stripe.InvalidRequestError, stripe.CardError)):
        raise GatewayRefused(code, fault.user_message or code) from None
    retry_after = str(fault.headers.get("retry-after", "")) if fault.headers else ""
    wait_s = min(int(retry_after), 60) if retry_after.isascii() and retry_after.isdecimal() else 5
    raise GatewayUnavailable(f"{type(fault).__name__} {code}", wait_s) from None


def _read(reader: Callable[[dict[str, Any]], T], thing: Any) -> T:
    try:
        return reader(thing.to_dict())
    except BadWebhook as fault:
        raise GatewayUnavailable(f"an unreadable object: {fault}") from None
