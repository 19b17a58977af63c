"""What a request must look like: origin, content type, and JSON that everybody reads alike."""

import gzip
import json
from uuid import UUID

import pytest
from httpx import AsyncClient

from market.db import Database
from market.intake import MAX_JSON, Unreadable, check_json
from market.people.sessions import csrf_token_of
from market.settings import Settings
from tests.factories import PASSWORD, make_person, sign_in

ACCOUNT = {"login": "a@example.test", "password": PASSWORD, "name": "A"}

# name -> a body that is not JSON as everybody understands it
HOSTILE: dict[str, bytes] = {
    "invalid UTF-8": b'{"login": "\xff\xfe", "password": "x", "name": "y"}',
    "overlong UTF-8": b'{"login": "\xc0\xaf", "password": "x", "name": "y"}',
    "UTF-8 surrogate": b'{"login": "\xed\xa0\x80", "password": "x", "name": "y"}',
    "UTF-16": json.dumps(ACCOUNT).encode("utf-16"),
    "UTF-16-BE": json.dumps(ACCOUNT).encode("utf-16-be"),
    "UTF-32": json.dumps(ACCOUNT).encode("utf-32"),
    "BOM": b"\xef\xbb\xbf" + json.dumps(ACCOUNT).encode(),
    "100k deep lists": b"[" * 100_000 + b"]" * 100_000,
    "100k deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "100k deep in a field": b'{"login":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "unfinished deep": b"[" * 100_000,
    "900 deep": b'{"login":' + b"[" * 900 + b"]" * 900 + b"}",
    "10 MB": b'{"login": "' + b"x" * (10 * 1024 * 1024) + b'"}',
    "just too large": b'{"login": "' + b"x" * MAX_JSON + b'"}',
    "100k keys": b"{" + b",".join(b'"k%d":1' % number for number in range(70_000)) + b"}",
    "5000 digits": b'{"login": ' + b"9" * 5000 + b"}",
    "2^63": b'{"login": 9223372036854775808}',
    "1e400": b'{"login": 1e400}',
    "NaN": b'{"login": NaN}',
    "Infinity": b'{"login": -Infinity}',
    "NUL": b'{"login": "a\\u0000@example.test", "password": "xxxxxxxxxxxx", "name": "y"}',
    "raw NUL": b'{"login": "a\x00", "password": "xxxxxxxxxxxx", "name": "y"}',
    "NUL in a key": b'{"lo\\u0000gin": "a"}',
    "lone surrogate": b'{"login": "a@example.test", "password": "xxxxxxxxxxxx", "name": "\\ud800"}',
    "swapped surrogates": b'{"login": "a@example.test", "password": "xxxxxxxxxxxx", "name": "\\udc00\\ud800"}',
    "duplicate key": b'{"login": "a@example.test", "login": "b@example.test", "password": "xxxxxxxxxxxx", "name": "y"}',
    "duplicate by escape": b'{"name": "a", "n\\u0061me": "b"}',
    "nothing": b"",
    "blank": b"   ",
    "not an object": b'"login"',
    "a list": b"[]",
    "null": b"null",
    "single quotes": b"{'login': 'a'}",
    "trailing comma": b'{"login": "a",}',
    "two documents": b"{}{}",
    "comment": b'{/**/"login": "a"}',
    "truncated": b'{"login": "a',
}
ROUTES = [
    ("POST", "/api/accounts"),
    ("POST", "/api/sessions"),
    ("POST", "/api/quotes"),
    ("PATCH", "/api/me"),
    ("POST", "/api/orders"),
    ("POST", "/api/tokens"),
]


async def test_I07_T2_hostile_json_is_a_clean_refusal_and_stores_nothing(client: AsyncClient, db: Database) -> None:
    await make_person(db, "me@example.test")
    headers = await sign_in(client, "me@example.test")
    sent = {**headers, "Content-Type": "application/json", "Idempotency-Key": "k1234567890abcdef"}
    for name, body in HOSTILE.items():
        for method, path in ROUTES:
            answer = await client.request(method, path, content=body, headers=sent)
            assert 400 <= answer.status_code < 500, (name, path, answer.status_code)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM persons") == 1
        assert await connection.fetchval("SELECT count(*) FROM orders") == 0


async def test_a_missing_header_and_a_bad_end_of_time_are_named_as_the_caller_knows_them(
    client: AsyncClient, db: Database
) -> None:
    await make_person(db, "me@example.test")
    headers = await sign_in(client, "me@example.test")
    answer = await client.post("/api/orders", json={"lines": [{"offer_id": str(UUID(int=1))}]}, headers=headers)
    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        [{"field": "Idempotency-Key", "message": "is missing"}],
    )
    for name in ("from", "to"):
        answer = await client.get(f"/api/funds/x/entries?{name}=yesterday")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, name)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"a": "\xe4\xbd\xa0\xe5\xa5\xbd", "b": [1, 2.5, -0, true, null]}',
        b'{"a": "\\ud83d\\ude00"}',
        b'{"a": "\\\\u0000"}',
        b' {"a":{"a":{"a":1}}} ',
    ],
)
def test_ordinary_json_passes(body: bytes) -> None:
    check_json(body)


def test_the_reason_never_repeats_the_input() -> None:
    for body in HOSTILE.values():
        try:
            check_json(body)
        except Unreadable as refusal:
            assert len(str(refusal)) < 100
            assert "example.test" not in str(refusal) and "xxxx" not in str(refusal)


async def test_I08_compressed_bodies_are_refused(client: AsyncClient) -> None:
    bomb = gzip.compress(b'{"login": "' + b"x" * 50_000_000 + b'"}')
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP"):
        for path in ("/api/accounts", "/api/sessions", "/api/quotes", "/api/webhooks/stripe"):
            answer = await client.post(
                path, content=bomb, headers={"Content-Type": "application/json", "Content-Encoding": encoding}
            )
            assert answer.status_code == 415, (path, encoding, answer.status_code)


CROSS_SITE: dict[str, dict[str, str]] = {
    "foreign origin": {"Origin": "https://evil.example"},
    "null origin": {"Origin": "null"},
    "empty origin": {"Origin": ""},
    "origin that begins like ours": {"Origin": "http://testserver.local.evil.example"},
    "origin with our name as user": {"Origin": "http://testserver.local@evil.example"},
    "origin on another port": {"Origin": "http://testserver.local:8081"},
    "broken origin": {"Origin": "http://["},
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
}


async def test_A15_a_request_from_another_site_is_refused_even_with_the_right_token(
    client: AsyncClient, db: Database
) -> None:
    await make_person(db, "a@example.test")
    headers = await sign_in(client, "a@example.test")
    for name, foreign in CROSS_SITE.items():
        for method, path, body in (
            ("PATCH", "/api/me", {"name": "x"}),
            ("POST", "/api/sessions", {"login": "a@example.test", "password": PASSWORD}),
            ("POST", "/api/accounts", {**ACCOUNT, "login": "new@example.test"}),
            ("POST", "/api/quotes", {"lines": []}),
            ("DELETE", "/api/sessions/current", None),
        ):
            answer = await client.request(method, path, json=body, headers={**headers, **foreign})
            assert answer.status_code == 403, (name, path, answer.text)
    assert (await client.get("/api/me")).json()["account"]["name"] == "王小明"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "text/plain; application/json",
    ],
)
async def test_A15_what_a_form_can_send_is_refused(client: AsyncClient, db: Database, content_type: str) -> None:
    await make_person(db, "a@example.test")
    headers = await sign_in(client, "a@example.test")
    body = json.dumps({"name": "x", "login": "b@example.test", "password": PASSWORD}).encode()
    for sent in ({}, headers):
        for method, path in (("PATCH", "/api/me"), ("POST", "/api/accounts"), ("POST", "/api/sessions")):
            answer = await client.request(method, path, content=body, headers={**sent, "Content-Type": content_type})
            assert answer.status_code == 403, (path, answer.text)
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM persons") == 1


async def test_A15_a_body_without_any_content_type_is_refused(client: AsyncClient) -> None:
    request = client.build_request("POST", "/api/accounts", content=json.dumps(ACCOUNT).encode())
    assert "content-type" not in request.headers
    assert (await client.send(request)).status_code == 403


@pytest.mark.parametrize(
    "content_type", ["application/xml", "application/msgpack", "application/json; charset=utf-16", "application/jsonx"]
)
async def test_a_content_type_that_no_form_can_send_is_not_accepted_either(
    client: AsyncClient, content_type: str
) -> None:
    answer = await client.post(
        "/api/accounts", content=json.dumps(ACCOUNT).encode(), headers={"Content-Type": content_type}
    )
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
)
async def test_json_is_accepted_however_its_type_is_written(client: AsyncClient, content_type: str) -> None:
    answer = await client.post(
        "/api/accounts", content=json.dumps(ACCOUNT).encode(), headers={"Content-Type": content_type}
    )
    assert answer.status_code == 201


async def test_A15_method_override_has_no_effect(client: AsyncClient, db: Database, settings: Settings) -> None:
    await make_person(db, "a@example.test")
    headers = await sign_in(client, "a@example.test")
    override = {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE", "X-Method-Override": "DELETE"}
    assert (await client.get("/api/me?_method=DELETE", headers={**headers, **override})).status_code == 200
    answer = await client.post(
        "/api/me?_method=DELETE", json={"password": PASSWORD, "_method": "DELETE"}, headers={**headers, **override}
    )
    assert answer.status_code == 405
    assert csrf_token_of(settings, client.cookies["session"]) == headers["X-CSRF-Token"]
    assert (await client.get("/api/me")).status_code == 200


async def test_A15_a_get_request_changes_nothing_even_with_a_body(client: AsyncClient, db: Database) -> None:
    answer = await client.request("GET", "/api/accounts", json=ACCOUNT)
    assert answer.status_code in {404, 405}
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM persons") == 0


async def test_A15_our_own_pages_and_programs_without_a_browser_pass(client: AsyncClient, db: Database) -> None:
    same: list[dict[str, str]] = [
        {},
        {"Origin": "http://testserver.local", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "HTTP://TESTSERVER.local"},
        {"Sec-Fetch-Site": "none"},
    ]
    for number, headers in enumerate(same):
        answer = await client.post(
            "/api/accounts", json={**ACCOUNT, "login": f"p{number}@example.test"}, headers=headers
        )
        assert answer.status_code == 201, answer.text


async def test_I06_broken_multipart_is_a_clean_refusal(client: AsyncClient, db: Database) -> None:
    from uuid import uuid4

    from tests.factories import make_community, make_partner

    await make_community(db)
    await make_partner(db, "qinghe", owner_login="owner@example.test")
    headers = await sign_in(client, "owner@example.test")
    address = f"/api/listings/{uuid4()}/photos"
    part = b'--x\r\ncontent-disposition: form-data; name="f%d"\r\n\r\n1\r\n'
    bodies: dict[str, tuple[str, bytes]] = {
        "missing boundary": ("multipart/form-data", b"--x\r\n\r\n--x--"),
        "10 000 parts": (
            "multipart/form-data; boundary=x",
            b"".join(part % number for number in range(10_000)) + b"--x--",
        ),
        "endless preamble": ("multipart/form-data; boundary=x", b"y" * 3_000_000),
        "never ends": ("multipart/form-data; boundary=x", part % 1),
        "no disposition": ("multipart/form-data; boundary=x", b"--x\r\n\r\n1\r\n--x--"),
        "13 MB": (
            "multipart/form-data; boundary=x",
            b'--x\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\n' + b"1" * 13_000_000,
        ),
        "hostile boundary": ("multipart/form-data; boundary=" + "y" * 5000, b"--x"),
        "nothing": ("multipart/form-data; boundary=x", b""),
    }
    for name, (content_type, body) in bodies.items():
        answer = await client.post(address, content=body, headers={**headers, "Content-Type": content_type})
        assert 400 <= answer.status_code < 500, (name, answer.status_code, answer.text)


@pytest.mark.parametrize("host", ["evil.example", "testserver.local:1@evil.example", "[::1", ""])
async def test_I17_a_forged_host_is_not_repeated_and_changes_nothing(
    client: AsyncClient, db: Database, host: str
) -> None:
    forged = {
        "Host": host,
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Original-URL": "/api/me",
        "X-Rewrite-URL": "/api/me",
    }
    answer = await client.get("/api/communities", headers=forged)
    assert answer.status_code in {200, 400}
    assert "evil" not in answer.text and "evil" not in str(answer.headers)
    answer = await client.post("/api/accounts", json=ACCOUNT, headers=forged)
    assert answer.status_code in {201, 400}
    assert "evil" not in answer.text and "evil" not in str(answer.headers)


@pytest.mark.parametrize("quantity", ["1", "1e0", 1.0, True, [1], None])
async def test_M06_a_number_must_be_written_as_one_and_the_field_is_named(
    client: AsyncClient, quantity: object
) -> None:
    line = {"offer_id": "01a20000-0000-7000-8000-000000000000", "quantity": quantity}
    answer = await client.post("/api/quotes", json={"lines": [line]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "lines[0].quantity"
