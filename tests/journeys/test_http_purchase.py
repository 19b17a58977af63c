"""The whole loop through HTTP: sign up, quote, order, pay, hear the webhook, read the receipt and the fund page, redeem."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.communities import service as communities
from market.db import Database
from market.funds import service as funds
from market.people import service as people
from tests import factories
from tests.invariants import check_invariants, fund_balances

Client = AsyncTestClient[Litestar]


@pytest.fixture
async def town(db: Database) -> dict[str, Any]:
    """柳园 with a studio, 溪桥 with a room, their funds and rules."""
    places: dict[str, Any] = {slug: await factories.make_community(db, slug) for slug in ("liuyuan", "xiqiao")}
    for slug, fund, applies_to, rate_bp in (
        ("liuyuan", "liuyuan-development", "service_turnover", 300),
        ("xiqiao", "xiqiao-charity", "room_rent", 1000),
    ):
        async with db.transaction() as tx:
            await funds.create_funds(tx, await communities.community_by_slug(tx, slug))
            await funds.record_rule(
                tx, community_id=places[slug], applies_to=applies_to, fund_slug=fund, rate_bp=rate_bp, bearer="partner",
                effective_from=await tx.fetchval("SELECT now() - interval '1 hour'"), approved_by="assembly", minutes="",
            )  # fmt: skip
    await factories.make_enterprise(db, "xiqiao-enterprise", community="xiqiao")
    await factories.make_partner(db, "qinghe-studio", community="liuyuan")
    listing = await factories.make_listing(db, "qinghe-studio", title="晨间瑜伽", has_resident_price=True, price=10_000)
    places["offer"] = str(await factories.make_offer(db, listing, capacity=5, starts_in=timedelta(days=3)))
    places["room"] = str(
        await factories.make_space(db, "议事厅", community="xiqiao", enterprise="xiqiao-enterprise", capacity=20)
    )
    return places


async def sign_up(client: Client, login: str) -> dict[str, str]:
    """A newcomer; the headers of requests that change something."""
    answer = await client.post("/api/accounts", json={"login": login, "password": factories.PASSWORD, "name": "新邻居"})
    assert answer.status_code == 201, answer.text
    return {"X-CSRF-Token": answer.json()["csrf_token"]}


async def become_resident(db: Database, login: str, community_id: Any) -> None:
    async with db.transaction() as tx:
        person_id = await tx.fetchval("SELECT person_id FROM logins WHERE login = $1", login)
        await people.verify_residency(tx, person_id=person_id, community_id=community_id)


def room_line(town: dict[str, Any]) -> dict[str, Any]:
    starts = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=3)
    return {
        "space_id": town["room"], "starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat(), "attendees": 4,
    }  # fmt: skip


async def order_and_pay(
    client: Client, headers: dict[str, str], lines: list[dict[str, Any]], key: str
) -> dict[str, Any]:
    """From cart to paid, as a browser does it."""
    answer = await client.post("/api/orders", json={"lines": lines}, headers={**headers, "Idempotency-Key": key})
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert order["status"] == "awaiting_payment"
    page = await client.get(order["checkout_url"])
    assert page.status_code == 200
    paid = await client.post(order["checkout_url"], data={"outcome": "paid"}, follow_redirects=False)
    assert paid.status_code == 303
    return await wait_for(client, order["id"], "paid")


async def wait_for(client: Client, order_id: str, status: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(200):
        found = (await client.get(f"/api/orders/{order_id}")).json()
        if found["status"] == status:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {found}")


async def test_a_resident_buys_a_class_and_sees_each_cent_on_receipt_and_fund_page(
    client: Client, db: Database, town: dict[str, Any]
) -> None:
    headers = await sign_up(client, "newcomer@example.test")
    await become_resident(db, "newcomer@example.test", town["liuyuan"])
    quote = (await client.post("/api/quotes", json={"lines": [{"offer_id": town["offer"]}]}, headers=headers)).json()
    assert (quote["payable"]["amount"], quote["saved"]["amount"]) == (8000, 2000)
    assert {share["to"]: share["amount"]["amount"] for share in quote["shares"]} == {
        "partner:qinghe-studio": 7760, "fund:liuyuan-development": 240,
    }  # fmt: skip
    order = await order_and_pay(client, headers, [{"offer_id": town["offer"], "quantity": 1}], "journey-1")
    receipt = (await client.get(f"/api/orders/{order['id']}/receipt")).json()
    assert receipt["shares"] == quote["shares"]
    assert receipt["lines"][0]["shares"][1]["rule"]["rate_bp"] == 300
    fund = (await client.get("/api/funds/liuyuan-development")).json()
    assert fund["income"]["amount"] == 240 == (await fund_balances(db))["liuyuan-development"]
    entry = (await client.get("/api/funds/liuyuan-development/entries")).json()["items"][0]
    assert (entry["amount"]["amount"], entry["label"][:4]) == (240, "晨间瑜伽")
    code = order["vouchers"][0]["code"]
    qr = await client.get(f"/api/vouchers/{code}/qr.svg")
    assert (qr.status_code, qr.headers["content-type"].split(";")[0]) == (200, "image/svg+xml")
    partner = await factories.sign_in(client, "qinghe-studio@example.test")
    redeemed = await client.post(f"/api/vouchers/{code}/redeem", headers=partner)
    assert (redeemed.status_code, redeemed.json()["title"]) == (200, "晨间瑜伽")
    again = await client.post(f"/api/vouchers/{code}/redeem", headers=partner)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-redeemed")
    sold = (await client.get("/api/partners/qinghe-studio/orders")).json()["items"][0]
    assert (sold["partner_share"]["amount"], sold["vouchers_redeemed"]) == (7760, 1)
    assert (await client.get(f"/api/orders/{order['id']}")).status_code == 404
    await check_invariants(db)


async def test_a_visitor_pays_in_full_and_a_booked_room_feeds_the_charity_fund(
    client: Client, db: Database, town: dict[str, Any]
) -> None:
    headers = await sign_up(client, "visitor@example.test")
    order = await order_and_pay(client, headers, [{"offer_id": town["offer"]}, room_line(town)], "journey-2")
    assert order["payable"]["amount"] == 18_000
    assert (await client.get("/api/funds/liuyuan-development")).json()["income"]["amount"] == 300
    assert (await client.get("/api/funds/xiqiao-charity")).json()["income"]["amount"] == 800
    shares = {
        share["to"]: share["amount"]["amount"]
        for share in (await client.get(f"/api/orders/{order['id']}/receipt")).json()["shares"]
    }
    assert shares["enterprise:xiqiao-enterprise"] == 7200
    taken = await client.post(
        "/api/orders", json={"lines": [room_line(town)]}, headers={**headers, "Idempotency-Key": "journey-3"}
    )
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/slot-taken")
    back = await client.post(
        f"/api/orders/{order['id']}/refunds", json={}, headers={**headers, "Idempotency-Key": "back"}
    )
    assert (back.status_code, back.json()["status"], back.json()["refunded"]["amount"]) == (201, "refunded", 18_000)
    assert (await client.get("/api/funds/xiqiao-charity")).json()["income"]["amount"] == 0
    await check_invariants(db)


async def test_what_cannot_be_used_is_refused_and_never_a_fault_of_ours(
    client: Client, db: Database, town: dict[str, Any]
) -> None:
    headers = await sign_up(client, "mischief@example.test")
    keyed = {**headers, "Idempotency-Key": "k"}
    offer = town["offer"]
    bodies: list[Any] = [
        {}, {"lines": []}, {"lines": [{}]}, {"lines": [{"offer_id": "x"}]}, {"lines": [{"offer_id": offer, "quantity": 0}]},
        {"lines": [{"offer_id": offer, "quantity": -1}]}, {"lines": [{"offer_id": offer, "quantity": 2**63}]},
        {"lines": [{"offer_id": offer, "quantity": 0.1}]}, {"lines": [{"offer_id": offer, "quantity": "１２"}]},
        {"lines": [{"offer_id": offer, "price": 1}]}, {"lines": [{"offer_id": offer}], "payable": 1},
        {"lines": [{"offer_id": offer}], "expected_payable": 1}, {"lines": [{"offer_id": offer}] * 51},
        {"lines": [{"space_id": town["room"], "starts_at": "0001-01-01T00:00:00Z", "ends_at": "9999-12-31T23:59:59+14:00"}]},
        {"lines": [{"space_id": town["room"], "starts_at": "2026-01-01T00:00:00", "ends_at": "2026-01-01T01:00:00"}]},
        {"lines": [{"offer_id": offer}], "pay_by": "favour"},
    ]  # fmt: skip
    for body in bodies:
        for path in ("/api/orders", "/api/quotes"):
            answer = await client.post(path, json=body, headers=keyed)
            if path == "/api/quotes" and answer.status_code == 200:
                continue
            assert answer.status_code in {400, 409, 422}, (body, answer.text)
            assert answer.headers["content-type"].startswith("application/problem+json")
    missing = await client.post("/api/orders", json={"lines": [{"offer_id": offer}]}, headers=headers)
    assert missing.status_code in {400, 422}
    async with db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM orders") == 0
        assert await tx.fetchval("SELECT sum(taken) FROM offers") == 0
