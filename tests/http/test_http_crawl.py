"""Every public address, asked by everybody and with everything: nothing changes, nothing breaks, nothing leaks."""

import json
from typing import Any

import pytest
from httpx import AsyncClient
from litestar import Litestar

from market.communities import service as communities
from market.db import Database
from market.funds import service as funds
from market.settings import Settings
from tests.access_table import CALLERS, PARAMETER, Route, call, fresh_headers, make_callers, routes
from tests.factories import make_listing, make_offer, make_space

# What the crawl may write: counters of limits, and what the sandbox notes about calls to itself.
BOOKKEEPING = {"rate_limits", "schema_migrations"}


async def _town(db: Database) -> dict[str, str]:
    """One of each thing, by the name of the path parameter that finds it."""
    space = await make_space(db, community="liuyuan")
    async with db.transaction() as tx:
        await funds.create_funds(tx, await communities.community_by_slug(tx, "liuyuan"))
    listing = await make_listing(db, "partner-a")
    await make_offer(db, listing)
    async with db.transaction() as tx:
        person = await tx.fetchval("SELECT person_id FROM logins WHERE login = 'resident@example.test'")
        order = await tx.fetchval(
            "INSERT INTO orders (person_id, status, pay_by, currency, payable_minor) "
            "VALUES ($1, 'awaiting_payment', 'desk', 'CNY', 100) RETURNING id",
            person,
        )
        need = await tx.fetchval(
            "INSERT INTO needs (community_id, person_id, title) "
            "SELECT id, $1, '二胡班' FROM communities WHERE slug = 'liuyuan' RETURNING id",
            person,
        )
    return {
        "need_id": str(need),
        "community": "liuyuan",
        "partner": "partner-a",
        "fund": "liuyuan-development",
        "space_id": str(space),
        "listing_id": str(listing),
        "order_id": str(order),
        "path": "listings",
        "name": "x",
    }


async def _snapshot(db: Database) -> dict[str, str]:
    async with db.read() as connection:
        tables = await connection.fetch(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'sandbox')"
        )
        return {
            row[1]: await connection.fetchval(
                f'SELECT coalesce(md5(string_agg(t::text, chr(10) ORDER BY t::text)), \'\') FROM "{row[0]}"."{row[1]}" t'
            )
            for row in tables
            if row[1] not in BOOKKEEPING
        }


async def test_A16_no_get_request_changes_anything(
    app: Litestar, client: AsyncClient, db: Database, settings: Settings
) -> None:
    people = await make_callers(db)
    known = await _town(db)
    headers = {caller: await fresh_headers(db, settings, people.get(caller)) for caller in CALLERS}
    before = await _snapshot(db)
    answered = 0
    for route in routes(app):
        if route.method == "GET":
            for caller in CALLERS:
                answer = await call(client, route, headers[caller], known)
                assert answer.status_code < 500, (route.path, caller, answer.text)
                answered += answer.status_code == 200
    after = await _snapshot(db)
    assert {table for table in before if before[table] != after[table]} == set()
    assert answered > 100


async def test_A05_no_public_answer_names_a_person_a_hash_or_a_key(
    app: Litestar, client: AsyncClient, db: Database
) -> None:
    await make_callers(db)
    known = await _town(db)
    for route in routes(app):
        if route.method != "GET" or route.row.roles:
            continue
        text = (await call(client, route, {}, known)).text
        for hidden in ("李雷", "韩梅梅", "@example.test", "argon2", "password_hash", "token_hash", "whsec_", "sk_test"):
            assert hidden not in text, (route.path, hidden)


async def test_O09_every_answer_carries_the_security_headers(app: Litestar, client: AsyncClient, db: Database) -> None:
    await make_callers(db)
    known = await _town(db)
    for route in routes(app):
        answer = await call(client, route, {}, known)
        assert answer.headers["x-content-type-options"] == "nosniff", route.path
        is_framed = route.operation == "embed_fund" and answer.status_code == 200
        assert answer.headers.get("x-frame-options") == (None if is_framed else "DENY"), route.path
        assert is_framed or "frame-ancestors 'none'" in answer.headers["content-security-policy"], route.path
        assert answer.headers["referrer-policy"] == "same-origin", route.path
        assert "content-security-policy" in answer.headers and "x-request-id" in answer.headers, route.path
        if route.operation == "site":
            assert answer.headers["content-type"] == "text/html; charset=utf-8", route.path
        elif answer.status_code >= 400 and not route.operation.startswith("sandbox"):
            assert answer.headers["content-type"] == "application/problem+json", route.path


HOSTILE = [
    "' OR 1=1 --",
    "'; DROP TABLE persons; --",
    '"',
    "`",
    "{}",
    "[]",
    "{{7*7}}",
    "${7*7}",
    "%",
    "_",
    "%%%",
    "\\",
    "\\\\",
    "*",
    "(",
    ")",
    "..",
    "../../etc/passwd",
    "\x00",
    "a\x00b",
    "\x1b[31m",
    "\r\nSet-Cookie: x=1",
    "\ud7ff\ue000",
    "\u202e",
    "𝒳" * 50,
    "x" * 5000,
    "-1",
    "0",
    "1e999",
    "NaN",
    "9" * 40,
    "null",
    "true",
    "<script>alert(1)</script>",
    'x" OR status != "published',
    "_geoRadius(1,1,1)",
    "2026-02-30",
    "9999-12-31",
    "0001-01-01T00:00:00Z",
    "infinity",
    "",
    " ",
]


def _string_parameters(route: Route) -> list[str]:
    parameters = route.handler.parsed_fn_signature.parameters
    taken = {found[1] for found in PARAMETER.finditer(route.path)}
    injected = {
        "db",
        "settings",
        "actor",
        "engine",
        "gateway",
        "request",
        "data",
        "courier",
        "state",
        "headers",
        "cookies",
        "scope",
    }
    return [name for name in parameters if name not in taken | injected]


async def test_I10_I11_hostile_text_in_any_parameter_is_literal_or_refused(
    app: Litestar, client: AsyncClient, db: Database, settings: Settings
) -> None:
    people = await make_callers(db)
    known = await _town(db)
    headers = await fresh_headers(db, settings, people["operator"])
    broken = []
    for route in routes(app):
        if route.method != "GET" or route.operation.startswith("sandbox"):
            continue
        sent = {"cookie": headers["cookie"]} if route.row.roles else {}
        for value in HOSTILE:
            tries: list[tuple[dict[str, str], dict[str, str]]] = [
                (known, {name: value}) for name in _string_parameters(route)
            ]
            if value and "\x00" not in value and ".." not in value:
                tries += [({**known, found[1]: _quoted(value)}, {}) for found in PARAMETER.finditer(route.path)]
            for path, query in tries:
                client.cookies.clear()
                answer = await client.get(route.address(path), params=query, headers=sent)
                if answer.status_code >= 500 or "set-cookie" in answer.headers:
                    broken.append(f"{route.path} {query or path} -> {answer.status_code}")
    assert broken == []
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM persons") > 5


def _quoted(value: str) -> str:
    from urllib.parse import quote

    return quote(value, safe="")


async def test_I10_a_wildcard_in_a_filter_is_a_letter_like_any_other(client: AsyncClient, db: Database) -> None:
    await make_callers(db)
    for value in ("%", "_", "liuyua_", "liuyuan%", "' OR '1'='1"):
        answer = await client.get("/api/partners", params={"community": value})
        assert answer.status_code < 500
        assert answer.json().get("items", []) == []
    assert len((await client.get("/api/partners", params={"community": "liuyuan"})).json()["items"]) == 1


async def test_unknown_addresses_and_methods_are_problem_documents(client: AsyncClient) -> None:
    expected: dict[tuple[str, str], int] = {
        ("GET", "/api/nothing"): 404,
        ("POST", "/api/nothing"): 404,
        ("DELETE", "/api/nothing/at/all"): 404,
        ("PUT", "/api/me"): 405,
        ("DELETE", "/api/communities"): 405,
        ("POST", "/api/communities/liuyuan"): 405,
        ("GET", "/api/listings/not-a-uuid"): 404,
        ("GET", "/api/communities/a/b/c/d"): 404,
        ("PATCH", "/health/live"): 405,
        ("GET", "/api"): 404,
        ("GET", "/api/../api/nothing"): 404,
    }
    for (method, path), status in expected.items():
        answer = await client.request(method, path)
        assert answer.status_code == status, (method, path, answer.status_code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        body: dict[str, Any] = answer.json()
        assert body["status"] == status and body["title"] and body["request_id"] == answer.headers["x-request-id"]
        if status == 405:
            assert "allow" in answer.headers


async def test_head_is_answered_as_get_without_a_body(client: AsyncClient, db: Database) -> None:
    got, head = await client.get("/api/communities"), await client.head("/api/communities")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("path", ["/api/me", "/api/tokens", "/api/me/export"])
async def test_personal_answers_are_not_kept_by_caches(
    client: AsyncClient, db: Database, settings: Settings, path: str
) -> None:
    people = await make_callers(db)
    answer = await client.get(path, headers=await fresh_headers(db, settings, people["resident"]))
    assert answer.status_code == 200
    assert answer.headers.get("cache-control") == "no-store"
    assert json.loads(answer.content)
