"""The sandbox answers what the SDK's types promise; Stripe's own mock accepts every call that we make and answers no other fields."""

import inspect
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from types import NoneType, UnionType
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin
from uuid import UUID

import httpx
import pytest
import stripe

from market.money import Money
from market.payments.gateway import ChargeLine, GatewayUnavailable, SessionRequest
from market.payments.sandbox.objects import API_VERSION
from market.payments.stripe import StripeGateway
from market.settings import SANDBOX_STRIPE_KEY, SANDBOX_WEBHOOK_SECRET
from tests.payments.conftest import SHOP, STRIPE_MOCK, Shop

OURS = UUID(int=7)
# Answered by the mock's fixtures only where another feature is in use.
NOT_HERE = {
    "checkout.session": {"branding_settings", "collected_information", "customer_account", "name_collection", "origin_context",
                         "payment_method_configuration_details", "managed_payments", "optional_items", "presentment_details",
                         "tax_id_collection", "excluded_payment_method_types", "integration_identifier", "allowed_payment_method_types"},
    "balance": {"connect_reserved"},
    "refund": {"customer", "customer_account", "payment_method"},
}  # fmt: skip


class Wire(httpx.AsyncBaseTransport):
    """Passes requests on and keeps what was asked and answered."""

    def __init__(self, target: httpx.AsyncBaseTransport) -> None:
        self._target = target
        self.seen: list[tuple[httpx.Request, int, Any]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._target.handle_async_request(request)
        body = await answer.aread()
        response = httpx.Response(answer.status_code, headers={"content-type": "application/json"}, content=body)
        self.seen.append((request, response.status_code, response.json()))
        return response

    def objects(self) -> Iterator[dict[str, Any]]:
        for _, _, body in self.seen:
            yield from body["data"] if body.get("object") == "list" else [body]

    async def aclose(self) -> None:
        await self._target.aclose()


async def every_call(
    gateway: StripeGateway, *, session: str, payment: str, refund: str, tolerant: bool = False
) -> None:
    """Everything that the Gateway protocol can ask a provider."""
    request = SessionRequest(
        session_id=OURS, order_id=OURS, amount=Money(8000, "CNY"), lines=(ChargeLine("瑜伽 Yoga", 7000), ChargeLine("Room", 1000)),
        success_url=f"{SHOP}/ok", cancel_url=f"{SHOP}/no", expires_at=datetime.now(UTC) + timedelta(minutes=46),
    )  # fmt: skip
    calls = [
        lambda: gateway.open_session(request),
        lambda: gateway.fetch_session(session),
        lambda: gateway.find_session(OURS, created_at=datetime.now(UTC)),
        lambda: gateway.session_of_payment(payment),
        lambda: gateway.refund(OURS, payment_id=payment, amount=Money(100, "CNY")),
        lambda: gateway.fetch_refund(refund),
        lambda: gateway.find_refund(OURS, payment_id=payment),
        lambda: gateway.list_refunds(payment),
        gateway.balance,
        lambda: gateway.expire_session(session),
    ]  # fmt: skip
    for call in calls:
        # the mock's session is of another mode, without amount or address: what counts there is what goes over the wire
        with suppress(GatewayUnavailable) if tolerant else nullcontext():
            await call()


@pytest.fixture
async def sandbox_wire(shop: Shop, sandbox: httpx.AsyncBaseTransport) -> AsyncIterator[Wire]:
    """What went over the wire to the sandbox: every call of ours, and the objects behind them."""
    wire = Wire(sandbox)
    base = f"{SHOP}/sandbox/stripe"
    gateway = StripeGateway(
        api_key=SANDBOX_STRIPE_KEY, webhook_secrets=[SANDBOX_WEBHOOK_SECRET], base_address=base, transport=wire
    )
    row = await shop.row(await shop.paid())
    made = await shop.gateway.refund(UUID(int=1), payment_id=row["provider_payment"], amount=Money(100, "CNY"))
    still_open = (await shop.row(await shop.open()))["provider_session"]
    await every_call(gateway, session=still_open, payment=row["provider_payment"], refund=made.provider_refund)
    client = gateway._client.v1
    intent = await client.payment_intents.retrieve_async(row["provider_payment"])
    assert isinstance(intent.latest_charge, str)
    await client.charges.retrieve_async(intent.latest_charge)
    await client.balance_transactions.list_async()
    await client.checkout.sessions.retrieve_async(row["provider_session"])
    await client.checkout.sessions.line_items.list_async(row["provider_session"])
    yield wire
    await gateway.aclose()


async def test_every_call_of_ours_is_known_to_the_sandbox(sandbox_wire: Wire) -> None:
    assert {status for _, status, _ in sandbox_wire.seen} == {200}
    posts = [request for request, _, _ in sandbox_wire.seen if request.method == "POST"]
    keys = [request.headers["idempotency-key"].rsplit("-", 1)[0].split("-")[0] for request in posts]
    assert sorted(keys) == ["expire", "refund", "session"]
    assert all(request.headers["stripe-version"] == API_VERSION for request, _, _ in sandbox_wire.seen)
    assert not any("telemetry" in request.headers.get("x-stripe-client-user-agent", "") for request in posts)


KINDS = {
    "checkout.session": stripe.checkout.Session,
    "item": stripe.LineItem,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "balance_transaction": stripe.BalanceTransaction,
    "balance": stripe.Balance,
    "event": stripe.Event,
}


async def test_the_sandbox_answers_what_the_sdks_types_promise(sandbox_wire: Wire, shop: Shop) -> None:
    found = [*sandbox_wire.objects(), *await shop.events()]
    assert {each["object"] for each in found} == set(KINDS)
    faults = {fault for each in found for fault in mismatches(KINDS[each["object"]], each, each["object"])}
    assert sorted(faults) == []


def test_negative_control_a_wrong_object_is_noticed() -> None:
    wrong = {"object": "refund", "id": 7, "amount": "100", "created": 1, "currency": None, "invented": True}
    assert sorted(mismatches(stripe.Refund, wrong, "refund")) == [
        "refund.amount: '100' is not int", "refund.currency: missing", "refund.id: 7 is not str", "refund.invented: not Stripe's",
    ]  # fmt: skip


def mismatches(kind: type, value: dict[str, Any], at: str) -> Iterator[str]:
    """What differs between an object and the annotations of the SDK's class."""
    promised = {
        name: hint
        for base in reversed(kind.__mro__)
        for name, hint in inspect.get_annotations(base).items()
        if not name.startswith("_") and "ClassVar" not in str(hint)
    }
    for name in value.keys() - promised.keys():
        yield f"{at}.{name}: not Stripe's"
    for name, hint in promised.items():
        if NoneType not in get_args(hint) and value.get(name) is None and get_origin(hint) is not Union:
            yield f"{at}.{name}: missing"
        elif value.get(name) is not None:
            yield from _unfit(hint, value[name], f"{at}.{name}")


def _unfit(hint: Any, value: Any, at: str) -> Iterator[str]:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        problems = [list(_unfit(each, value, at)) for each in get_args(hint) if each is not NoneType]
        if all(problems):
            yield from problems[0]
    elif origin is Literal:
        if value not in get_args(hint):
            yield f"{at}: {value!r} is not one of {get_args(hint)}"
    elif origin is list:
        if not isinstance(value, list):
            yield f"{at}: {value!r} is not a list"
        else:
            for each in value:
                yield from _unfit(get_args(hint)[0], each, at + "[]")
    elif isinstance(hint, (str, ForwardRef)) or hint is Any or origin is not None:
        return
    elif isinstance(hint, type) and issubclass(hint, stripe.StripeObject):
        if not isinstance(value, dict):
            yield f"{at}: {value!r} is not an object"
        elif "__annotations__" in hint.__dict__:
            yield from mismatches(hint, value, at)
    elif isinstance(hint, type) and (not isinstance(value, hint) or (hint is int and isinstance(value, bool))):
        yield f"{at}: {value!r} is not {hint.__name__}"


@pytest.fixture
def stripe_mock(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Address of a running stripe-mock; None, and a line at the end of the run, where it is not installed."""
    program = shutil.which("stripe-mock")
    request.config.stash[STRIPE_MOCK] = program is not None
    if program is None:
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mock = subprocess.Popen(
        [program, "-http-addr", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
                break
            except httpx.TransportError:
                assert time.monotonic() < end, "stripe-mock did not start"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        mock.kill()
        mock.wait()


async def test_stripe_mock_accepts_every_call_of_ours_and_answers_the_same_fields(
    stripe_mock: str | None, sandbox_wire: Wire
) -> None:
    if stripe_mock is None:
        return  # said at the end of the run
    wire = Wire(httpx.AsyncHTTPTransport())
    gateway = StripeGateway(
        api_key="sk_test_123", webhook_secrets=[SANDBOX_WEBHOOK_SECRET], base_address=stripe_mock, transport=wire
    )
    await every_call(gateway, session="cs_test_1", payment="pi_1", refund="re_1", tolerant=True)
    await gateway.aclose()
    assert len(wire.seen) == 10
    assert [(request.url.path, body) for request, status, body in wire.seen if status != 200] == []
    theirs, here = fields(wire), fields(sandbox_wire)
    missing = {kind: names - here[kind] - NOT_HERE.get(kind, set()) for kind, names in theirs.items()}
    assert {kind: names for kind, names in missing.items() if names} == {}


def fields(wire: Wire) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in wire.objects():
        found.setdefault(each["object"], set()).update(each)
    return found
