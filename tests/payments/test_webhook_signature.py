"""M16: what is not signed by the provider, for us, just now, and readable, is a 400 and leaves no row. M17: no such secret, no start."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import stripe
from pydantic import SecretStr

from market.payments import service
from market.payments.gateway import BadWebhook
from market.payments.stripe import StripeGateway, make_gateway
from market.settings import SANDBOX_WEBHOOK_SECRET, Settings, UnsafeSettings
from tests.payments.conftest import Shop, signed

OTHER = "whsec_" + "another" * 5
Case = Callable[[bytes], tuple[bytes, str | None]]


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def edited(body: bytes, **changes: Any) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(body) | changes)


def resigned(body: bytes) -> tuple[bytes, str]:
    return body, signed(body)


REFUSED: dict[str, Case] = {
    "wrong secret": lambda body: (body, signed(body, OTHER)),
    "tampered byte": lambda body: (body.replace(b"8000", b"8001", 1), signed(body)),
    "re-serialised JSON": lambda body: (msgspec.json.format(body, indent=2), signed(body)),
    "missing header": lambda body: (body, None),
    "empty header": lambda body: (body, ""),
    "no v1 signature": lambda body: (body, signed(body).replace("v1=", "v0=")),
    "two v1 signatures, both wrong": lambda body: (body, signed(body, OTHER) + ",v1=" + "0" * 64),
    "no timestamp": lambda body: (body, signed(body).split(",", 1)[1]),
    "two timestamps": lambda body: (body, f"t={now()}," + signed(body, at=now() - 999)),
    "timestamp in other digits": lambda body: (body, signed(body).replace("t=", "t=+")),
    "signature beyond ASCII": lambda body: (body, f"t={now()},v1=ä" + "0" * 63),
    "huge header": lambda body: (body, signed(body) + ",v1=" + "0" * 10_000),
    "301 s old": lambda body: (body, signed(body, at=now() - 301)),
    "a day in the future": lambda body: (body, signed(body, at=now() + 86_400)),
    "six minutes in the future": lambda body: (body, signed(body, at=now() + 360)),
    "bad UTF-8": lambda body: resigned(body.replace(b"CNY", b"\xff\xfe\xfd").replace(b"cny", b"\xff\xfe\xfd")),
    "signed non-JSON": lambda _: resigned(b"paid, honestly"),
    "signed empty body": lambda _: resigned(b""),
    "signed deep JSON": lambda _: resigned(b"[" * 100_000),
    "signed NaN": lambda _: resigned(b'{"object": "event", "amount": NaN}'),
    "signed list": lambda body: resigned(b"[" + body + b"]"),
    "thin event": lambda body: resigned(edited(body, object="v2.core.event")),
    "cloud envelope": lambda body: resigned(b'{"detail": ' + body + b"}"),
    "other mode": lambda body: resigned(edited(body, livemode=True)),
    "livemode as text": lambda body: resigned(edited(body, livemode="false")),
    "no livemode": lambda body: resigned(edited(body, livemode=None)),
    "no id": lambda body: resigned(edited(body, id=None)),
    "id with a line break": lambda body: resigned(edited(body, id="evt_1\nx")),
    "no object": lambda body: resigned(edited(body, data={})),
    "account that is a number": lambda body: resigned(edited(body, account=7)),
    "object without id": lambda body: resigned(edited(body, data={"object": {"payment_status": "paid"}})),
    "amount as text": lambda body: resigned(body.replace(b'"amount_total":8000', b'"amount_total":"8000"')),
    "amount beyond the database": lambda body: resigned(
        body.replace(b'"amount_total":8000', b'"amount_total":' + b"9" * 30)
    ),
}


@pytest.fixture
async def body(shop: Shop) -> bytes:
    """A real event of a paid session, not yet delivered."""
    await shop.pay(await shop.open())
    (event,) = await shop.events("checkout.session.completed")
    return msgspec.json.encode(event)


async def test_M16_a_bad_webhook_is_refused_and_leaves_no_row(shop: Shop, body: bytes) -> None:
    accepted = []
    for name, case in REFUSED.items():
        sent, signature = case(body)
        try:
            await service.receive_webhook(
                shop.db, gateway=shop.gateway, body=sent, signature=signature, handle=shop.handle
            )
        except BadWebhook:
            continue
        accepted.append(name)
    assert accepted == []
    assert await shop.value("SELECT count(*) FROM webhook_inbox") == 0
    assert await shop.told() == []
    await service.receive_webhook(shop.db, gateway=shop.gateway, body=body, signature=signed(body), handle=shop.handle)
    assert len(await shop.told()) == 1, "the event itself is good"


async def test_M16_a_good_webhook_is_accepted(shop: Shop, body: bytes) -> None:
    headers = {
        "just now": signed(body),
        "290 s old": signed(body, at=now() - 290),
        "our clock is 5 s behind": signed(body, at=now() + 5),
        "rotation pair": signed(body, OTHER).replace("v1=", "v1=" + signed(body).split("v1=")[1] + ",v1="),
        "with a v0": signed(body) + ",v0=" + "0" * 64,
    }
    for header in headers.values():
        await service.receive_webhook(shop.db, gateway=shop.gateway, body=body, signature=header, handle=shop.handle)
    assert len(await shop.told()) == 1


async def test_M16_during_rotation_both_secrets_are_accepted(shop: Shop, body: bytes) -> None:
    gateway = StripeGateway(api_key="sk_test_x", webhook_secrets=[OTHER, SANDBOX_WEBHOOK_SECRET])
    assert gateway.verify_webhook(body, signed(body, OTHER)).type == "checkout.session.completed"
    assert gateway.verify_webhook(body, signed(body)).type == "checkout.session.completed"
    await gateway.aclose()


async def test_M16_negative_control_the_sdk_alone_lets_the_future_and_garbage_pass(body: bytes) -> None:
    client = stripe.StripeClient("sk_test_x")
    assert client.construct_event(body, signed(body, at=now() + 86_400), SANDBOX_WEBHOOK_SECRET).id
    with pytest.raises(ValueError, match="Expecting value"):
        client.construct_event(b"paid", signed(b"paid"), SANDBOX_WEBHOOK_SECRET)


async def test_the_sdk_signs_as_the_sandbox_does(body: bytes) -> None:
    theirs = stripe.WebhookSignature.generate_signature_header(body.decode(), SANDBOX_WEBHOOK_SECRET, now() - 7)
    assert theirs == signed(body, at=now() - 7)


async def test_nul_and_personal_data_do_not_reach_the_database(shop: Shop, body: bytes) -> None:
    event = msgspec.json.decode(body)
    event["data"]["object"] |= {
        "customer_details": {"email": "li@example.test", "name": "Li\x00 Lei"},
        "locale": "zh\x00",
    }
    await shop.receive(event)
    stored = await shop.value("SELECT payload::text FROM webhook_inbox")
    assert "example.test" not in stored
    assert "Lei" not in stored
    assert len(await shop.told()) == 1


def production(**changes: Any) -> Settings:
    safe: dict[str, Any] = {
        "env": "production", "secret_key": SecretStr("x" * 40), "tender_key": SecretStr("t" * 40),
        "stripe_secret_key": SecretStr("sk_live_x"),
        "stripe_webhook_secret": SecretStr("whsec_" + "x" * 30), "base_url": "https://market.example.org",
        "database_url": "postgresql://db/market",
    }  # fmt: skip
    return Settings(**(safe | changes))


@pytest.mark.parametrize("secret", ["", " , ", "whsec_short", SANDBOX_WEBHOOK_SECRET, "whsec_" + "x" * 30 + ",short"])
def test_M17_an_empty_or_known_webhook_secret_does_not_start(secret: str) -> None:
    production().require_safe()
    with pytest.raises(UnsafeSettings, match="MARKET_STRIPE_WEBHOOK_SECRET"):
        production(stripe_webhook_secret=SecretStr(secret)).require_safe()


def test_M17_production_has_no_sandbox() -> None:
    without_key = production(stripe_secret_key=SecretStr(""))
    with pytest.raises(UnsafeSettings, match="MARKET_STRIPE_SECRET_KEY"):
        without_key.require_safe()
    with pytest.raises(UnsafeSettings, match="sandbox"):
        make_gateway(without_key)


def test_M17_a_real_key_without_a_webhook_secret_makes_no_gateway_anywhere() -> None:
    with pytest.raises(UnsafeSettings, match="MARKET_STRIPE_WEBHOOK_SECRET"):
        make_gateway(Settings(env="demo", stripe_secret_key=SecretStr("sk_test_real")))
