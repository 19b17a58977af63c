"""Giving over HTTP, as a browser does it: who may, what is refused and names its field, and what everybody may read."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests import factories
from tests.checkout.town import Town

FUND = "/api/funds/liuyuan-charity"


@pytest.fixture
async def headers(client: httpx.AsyncClient, town: Town) -> AsyncIterator[dict[str, str]]:
    """What a signed-in neighbour sends with a change."""
    await factories.make_person(town.db, "giver@http.test", name="赵明")
    yield await factories.sign_in(client, "giver@http.test")


async def post(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], body: Any, key: str = ""
) -> httpx.Response:
    return await client.post(path, json=body, headers=headers | {"Idempotency-Key": key or uuid4().hex})


async def test_a_gift_from_the_tap_to_the_public_page(
    client: httpx.AsyncClient, town: Town, headers: dict[str, str]
) -> None:
    terms = (await client.get(f"{FUND}/giving")).json()["terms"]
    assert (terms["least"], terms["most"]) == (
        {"amount": 100, "currency": "CNY"},
        {"amount": 5_000_000, "currency": "CNY"},
    )
    body = {"amount": terms["suggested"][0]["amount"], "is_named": True, "message": "加油"}
    made = await post(client, f"{FUND}/gifts", headers, body, key="tap")
    assert made.status_code == 201, made.text
    again = await post(client, f"{FUND}/gifts", headers, body, key="tap")
    assert again.json()["id"] == made.json()["id"]
    assert made.json()["checkout_url"]
    assert (await client.get(f"{FUND}/giving")).json()["recent"] == [], "it is not paid yet"
    await client.post(made.json()["checkout_url"], data={"outcome": "paid"}, follow_redirects=False)
    await town.reconcile()
    (shown,) = (await client.get(f"{FUND}/giving")).json()["recent"]
    assert (shown["giver"], shown["message"], shown["amount"]["amount"]) == ("赵明", "加油", 1000)
    assert "person" not in str(shown)
    mine = (await client.get("/api/me/giving")).json()
    assert [it["amount"]["amount"] for it in mine["gifts"]] == [1000]
    assert mine["this_year"] == [{"amount": 1000, "currency": "CNY"}]
    (line,) = (await client.get(f"{FUND}/entries")).json()["items"]
    assert (line["kind"], line["label"], line["amount"]["amount"]) == ("donation", "网上捐款", 1000)
    assert "赵明" not in (await client.get(f"{FUND}/books.csv")).text
    receipt = (await client.get(f"/api/orders/{made.json()['id']}/receipt")).json()
    assert [(it["to"], it["amount"]["amount"]) for it in receipt["shares"]] == [("fund:liuyuan-charity", 1000)]


@pytest.mark.parametrize(
    "amount", [-1, 0, 99, 5_000_001, 2**31, 2**63, 1e30, "1e3", 0.1, "１２", None, True, [], {"amount": 100}]
)
async def test_M06_an_amount_that_is_none_is_refused_and_nothing_is_stored(
    client: httpx.AsyncClient, town: Town, headers: dict[str, str], amount: Any
) -> None:
    for path, more in ((f"{FUND}/gifts", {}), (f"{FUND}/standing-gifts", {"day": 5})):
        answer = await post(client, path, headers, {"amount": amount} | more)
        assert 400 <= answer.status_code < 500, answer.text
        assert any("amount" in each["field"] for each in answer.json()["errors"]), answer.text
    assert await town.value("SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM standing_gifts)") == 0


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("gifts", {"amount": 100, "fund": "xiqiao-charity"}, "fund"),  # M08: what a client adds is not ignored silently
        ("gifts", {"amount": 100, "campaign_id": "x"}, "campaign_id"),
        ("gifts", {"amount": 100, "message": "长" * 201}, "message"),
        ("gifts", {"amount": 100, "message": "打我电话 13800138000"}, "message"),
        ("standing-gifts", {"amount": 100, "day": 29}, "day"),
        ("standing-gifts", {"amount": 100, "day": 0}, "day"),
        ("standing-gifts", {"amount": 100, "day": 5, "ends_on": "2020-01-01"}, "ends_on"),
        ("standing-gifts", {"amount": 100, "day": 5, "starts_on": "2999-01-01"}, "starts_on"),
    ],
)
async def test_input_that_cannot_be_used_names_its_field(
    client: httpx.AsyncClient, town: Town, headers: dict[str, str], path: str, body: dict[str, Any], field: str
) -> None:
    answer = await post(client, f"{FUND}/{path}", headers, body)
    assert answer.status_code in {400, 422}, answer.text
    assert field in answer.text
    assert await town.value("SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM standing_gifts)") == 0


async def test_who_is_not_signed_in_may_look_and_not_give(client: httpx.AsyncClient, town: Town) -> None:
    assert (await client.get(f"{FUND}/giving")).status_code == 200
    assert (await client.get("/api/funds/nothing/giving")).status_code == 404
    for path in (f"{FUND}/gifts", f"{FUND}/standing-gifts"):
        assert (await post(client, path, {}, {"amount": 100, "day": 5})).status_code in {401, 403}
    assert (await client.get(f"{FUND}/online-gifts")).status_code in {401, 403}


async def test_a_monthly_gift_is_started_listed_and_stopped_and_its_words_are_in_the_export(
    client: httpx.AsyncClient, town: Town, headers: dict[str, str]
) -> None:
    made = (
        await post(client, f"{FUND}/standing-gifts", headers, {"amount": 2000, "day": 28, "purpose": "助学"})
    ).json()["items"][0]
    assert (made["status"], made["day"], made["purpose"], made["months"]) == ("active", 28, "助学", [])
    assert made["next_on"].endswith("-28")
    exported = (await client.get("/api/me/export")).json()
    assert [it["amount_minor"] for it in exported["standing_gifts"]] == [2000]
    stopped = await client.post(f"/api/standing-gifts/{made['id']}/stop", headers=headers)
    assert stopped.json()["items"][0]["status"] == "stopped"
    assert stopped.json()["items"][0]["next_on"] is None
