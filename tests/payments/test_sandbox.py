"""The sandbox itself: idempotency as Stripe documents it, errors, lists, the page, and misbehaviour on demand."""

import asyncio
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.payments.sandbox import form, pages, queries
from market.payments.sandbox.payments import sweep
from market.payments.sandbox.script import ApiFault, Plan
from market.settings import SANDBOX_STRIPE_KEY
from tests.payments.conftest import SHOP, Shop

API = f"{SHOP}/sandbox/stripe/v1"


@pytest.fixture
def api(sandbox: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=sandbox, headers={"Authorization": f"Bearer {SANDBOX_STRIPE_KEY}"})


def wish(**changes: str) -> dict[str, str]:
    """A checkout session as the SDK asks for it."""
    return {
        "mode": "payment", "success_url": "https://a.test/ok", "cancel_url": "https://a.test/no", "line_items[0][quantity]": "2",
        "line_items[0][price_data][currency]": "cny", "line_items[0][price_data][unit_amount]": "4000",
        "line_items[0][price_data][product_data][name]": "瑜伽 & <b>", "metadata[a]": "1",
    } | changes  # fmt: skip


async def create(api: httpx.AsyncClient, *, key: str = "k", **changes: str) -> httpx.Response:
    return await api.post(f"{API}/checkout/sessions", data=wish(**changes), headers={"Idempotency-Key": key})


def test_forms_are_read_as_the_sdk_nests_them() -> None:
    text = urlencode({"a[0][b]": "1", "a[1][b]": "2", "c[d]": "x&=y", "e[]": "z", "f": ""})
    assert form.parse(text) == {"a": [{"b": "1"}, {"b": "2"}], "c": {"d": "x&=y"}, "e": ["z"], "f": ""}


@pytest.mark.parametrize(
    "text", ["a=1&a[b]=2", "a[b]=2&a=1", "a[[=1", "a" + "[b]" * 20 + "=1", "a=%ff", "a=%00", "&".join(["a=1"] * 3000)]
)
def test_forms_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(form.UnreadableForm):
        form.parse(text)


async def test_the_same_key_and_parameters_give_the_stored_answer(shop: Shop, api: httpx.AsyncClient) -> None:
    first, second = await create(api), await create(api)
    assert first.status_code == 200
    assert second.content == first.content
    assert ("idempotent-replayed" in first.headers, second.headers["idempotent-replayed"]) == (False, "true")
    assert await shop.value("SELECT count(*) FROM sandbox.objects WHERE kind = 'checkout.session'") == 1


async def test_the_same_key_with_other_parameters_is_an_idempotency_error(shop: Shop, api: httpx.AsyncClient) -> None:
    await create(api)
    other = await create(api, success_url="https://b.test/")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


async def test_the_same_key_at_the_same_time_is_a_conflict_and_one_effect(shop: Shop, api: httpx.AsyncClient) -> None:
    async with shop.db.transaction() as tx:
        await queries.call_state(tx, "k")  # another call is under way
        busy = await create(api)
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "idempotency_key_in_use")
    answers = await asyncio.gather(*(create(api) for _ in range(6)))
    assert {each.status_code for each in answers} <= {200, 409}
    assert await shop.value("SELECT count(*) FROM sandbox.objects WHERE kind = 'checkout.session'") == 1


async def test_a_call_that_failed_validation_does_not_use_up_its_key_and_one_that_failed_later_does(
    shop: Shop, api: httpx.AsyncClient
) -> None:
    assert (await create(api, mode="")).status_code == 400
    assert (await create(api)).status_code == 200
    row = await shop.row(await shop.paid())
    too_much = {"payment_intent": row["provider_payment"], "amount": "9000"}
    answers = [await api.post(f"{API}/refunds", data=too_much, headers={"Idempotency-Key": "r"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [400, 400]
    assert answers[1].headers["idempotent-replayed"] == "true"


async def test_refused_calls_have_stripes_shape(api: httpx.AsyncClient, shop: Shop) -> None:
    cases: list[tuple[dict[str, str], str]] = [
        ({"mode": "subscription"}, "mode"), ({"line_items[0][quantity]": "0"}, "line_items[0]"),
        ({"line_items[0][price_data][unit_amount]": "-1"}, "line_items[0]"),
        ({"line_items[0][price_data][unit_amount]": "1.5"}, "unit_amount"),
        ({"line_items[0][price_data][currency]": "xxx"}, "line_items[0][price_data][currency]"),
        ({"success_url": "javascript:alert(1)"}, "success_url"), ({"expires_at": "1"}, "expires_at"),
        ({"expires_at": "99999999999"}, "expires_at"), ({"metadata[a]": "x" * 501}, "metadata"),
    ]  # fmt: skip
    for changes, param in cases:
        answer = await create(api, **changes)
        assert answer.status_code == 400, changes
        assert answer.json()["error"]["param"] == param, changes
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert answer.headers["request-id"].startswith("req_")
    assert (await api.get(f"{API}/checkout/sessions/cs_none")).status_code == 404
    assert (await api.get(f"{API}/nothing/here")).status_code == 404
    assert (await api.get(f"{API}/balance", headers={"Authorization": "Bearer sk_test_other"})).status_code == 401
    assert (await api.post(f"{API}/refunds", content=b"a=%ff")).status_code == 400


async def test_lists_are_newest_first_in_pages_and_filtered(shop: Shop, api: httpx.AsyncClient) -> None:
    made = [(await create(api, key=f"k{number}")).json()["id"] for number in range(5)]

    async def ids(**params: Any) -> tuple[list[str], bool]:
        body = (await api.get(f"{API}/checkout/sessions", params=params)).json()
        return [each["id"] for each in body["data"]], body["has_more"]

    newest = made[::-1]
    assert await ids() == (newest, False)
    assert await ids(limit=2) == (newest[:2], True)
    assert await ids(limit=2, starting_after=newest[1]) == (newest[2:4], True)
    assert await ids(limit=2, starting_after=newest[3]) == (newest[4:], False)
    assert await ids(limit=2, ending_before=newest[3]) == (newest[1:3], True)
    assert await ids(status="complete") == ([], False)
    assert await ids(**{"created[gte]": 1}) == (newest, False)
    assert await ids(**{"created[lt]": 1000}) == ([], False)
    assert (await api.get(f"{API}/checkout/sessions", params={"limit": 101})).status_code == 400


async def test_a_payment_leaves_intent_charge_and_balance_that_agree(shop: Shop, api: httpx.AsyncClient) -> None:
    row = await shop.row(await shop.paid())
    intent = (await api.get(f"{API}/payment_intents/{row['provider_payment']}")).json()
    charge = (await api.get(f"{API}/charges/{intent['latest_charge']}")).json()
    (booked,) = (await api.get(f"{API}/balance_transactions")).json()["data"]
    assert (intent["amount_received"], charge["amount_captured"], booked["net"]) == (8000, 8000, 8000)
    assert (booked["source"], charge["balance_transaction"]) == (charge["id"], booked["id"])
    assert await shop.gateway.balance() == {"CNY": 8000}


async def test_no_more_goes_back_than_came(shop: Shop, api: httpx.AsyncClient) -> None:
    row = await shop.row(await shop.paid())

    async def refund(number: int) -> int:
        data = {"payment_intent": row["provider_payment"], "amount": "3000"}
        return (await api.post(f"{API}/refunds", data=data, headers={"Idempotency-Key": f"r{number}"})).status_code

    assert sorted(await asyncio.gather(*(refund(number) for number in range(5)))) == [200, 200, 400, 400, 400]
    assert await shop.gateway.balance() == {"CNY": 2000}


async def test_a_session_past_its_time_ends_by_itself(shop: Shop) -> None:
    session_id = await shop.open()
    await shop.value(
        "UPDATE sandbox.objects SET body = jsonb_set(body, '{expires_at}', '1') WHERE kind = 'checkout.session'"
    )
    await sweep(shop.db)
    assert await shop.choose(session_id, "paid") == "expired"
    await shop.deliver()
    assert [fact["reason"] for fact in await shop.told()] == ["expired"]


def test_a_scripted_fault_is_used_up() -> None:
    plan = Plan(api=[ApiFault("refunds", "error", times=2), ApiFault("refunds", "cut"), ApiFault("balance", "error")])
    seen = []
    while (fault := plan.next_fault("refunds")) is not None:
        seen.append(fault.fault)
        plan = plan.without_one(fault)
    assert seen == ["error", "error", "cut"]
    assert plan.next_fault("balance") is not None


def test_amounts_on_the_page_are_exact() -> None:
    cases = {
        (8000, "cny"): "¥80.00",
        (5, "cny"): "¥0.05",
        (501, "jpy"): "¥501",
        (1234567, "usd"): "$12,345.67",
        (1230, "kwd"): "1.230 KWD",
    }
    assert {key: pages.amount_text(*key) for key in cases} == cases


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


async def test_the_page_is_a_plain_form_that_shows_what_is_paid_and_that_it_is_practice(
    client: AsyncTestClient[Litestar], shop: Shop
) -> None:
    session_id = await shop.open()
    url = (await shop.row(session_id))["checkout_url"]
    page = await client.get(url)
    assert page.status_code == 200
    assert "script" not in {tag for tag, _ in Page(page.text).tags}
    assert [attrs.get("value") for tag, attrs in Page(page.text).tags if tag == "button"] == [
        "paid",
        "declined",
        "abandoned",
    ]
    assert all(text in page.text for text in ("¥80.00", "瑜伽 Yoga × 2", "¥79.99", "练习用钱", "Practice money"))
    assert "default-src 'none'" in page.headers["content-security-policy"]
    declined = await client.post(url, data={"outcome": "declined"}, follow_redirects=False)
    assert declined.status_code == 303
    assert 'role="alert"' in (await client.get(declined.headers["location"])).text
    assert (await client.post(url, data={"outcome": "free"})).status_code == 422
    assert (
        await client.post(url, content=b"\xff", headers={"content-type": "application/x-www-form-urlencoded"})
    ).status_code == 422
    left = await client.post(url, data={"outcome": "abandoned"}, follow_redirects=False)
    assert (left.status_code, left.headers["location"]) == (303, f"{SHOP}/orders/1")
    assert (await client.get("/sandbox/pay/cs_none")).status_code == 404


async def test_titles_and_addresses_cannot_break_out_of_the_page(shop: Shop, api: httpx.AsyncClient) -> None:
    made = (await create(api, cancel_url='https://a.test/"><script>x</script>')).json()
    page = (await api.get(made["url"])).text
    assert "<b>" not in page
    assert "<script" not in page
    assert "瑜伽 &amp; &lt;b&gt;" in page
    policy = pages.content_policy({"success_url": "https://a.test;script-src *", "cancel_url": "https://b.test/x"})
    assert "script-src" not in policy
    assert "https://b.test" in policy


async def test_the_webhook_route_of_the_whole_app_refuses_what_is_not_signed(
    client: AsyncTestClient[Litestar], shop: Shop
) -> None:
    for content in (b"{}", b"\xff", b"", b"[" * 50_000):
        answer = await client.post("/api/webhooks/stripe", content=content, headers={"Stripe-Signature": "t=1,v1=00"})
        assert answer.status_code == 400
    assert (await client.post("/api/webhooks/stripe", content=b"x" * (600 * 1024))).status_code == 413


async def test_the_script_is_set_over_http(client: AsyncTestClient[Litestar], shop: Shop) -> None:
    answer = await client.put("/sandbox/script", json={"duplicate": 2, "api": [{"path": "refunds", "fault": "cut"}]})
    assert (answer.status_code, answer.json()["duplicate"]) == (200, 2)
    assert (await client.put("/sandbox/script", json={"explode": True})).status_code in {400, 422}
