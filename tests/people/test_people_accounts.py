"""Sign-up, sign-in, sessions, tokens and what a person may change."""

import asyncio
import statistics
import time

import pytest
from httpx import AsyncClient

from market import limits
from market.db import Database
from market.errors import TooManyRequests
from market.people import queries, service, sessions
from market.people.rules import normal_login
from market.settings import Settings
from tests.factories import PASSWORD, make_community, make_partner, make_person, sign_in


async def test_a_new_person_signs_up_and_is_signed_in(client: AsyncClient, db: Database) -> None:
    answer = await client.post(
        "/api/accounts", json={"login": " Li.Lei@Example.TEST ", "password": PASSWORD, "name": "李雷"}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["account"]["logins"] == ["li.lei@example.test"]
    me = (await client.get("/api/me")).json()
    assert me["account"] == answer.json()["account"]
    assert me["csrf_token"] == answer.json()["csrf_token"]
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie


async def test_a_person_signs_in_and_out(client: AsyncClient, db: Database) -> None:
    community = await make_community(db)
    await make_person(db, "a@example.test", resident_of=community, group=("elder", community))
    await make_partner(db, "qinghe", owner_login="a@example.test")
    headers = await sign_in(client, "a@example.test")
    account = (await client.get("/api/me")).json()["account"]
    assert account["residencies"] == [{"community": "liuyuan", "community_name": "liuyuan", "status": "verified"}]
    assert account["partners"] == [{"partner": "qinghe", "partner_name": "qinghe", "role": "owner"}]
    assert account["groups"] == ["elder"]
    assert (await client.delete("/api/sessions/current")).status_code == 403
    stolen = client.cookies["session"]
    assert (await client.delete("/api/sessions/current", headers=headers)).status_code == 200
    assert "session" not in client.cookies
    assert (await client.get("/api/me", headers={"cookie": f"session={stolen}"})).status_code == 401


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("A.B@Example.Test", "a.b@example.test"),
        ("ａ@example.test", "a@example.test"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("138 0013 8000", "+8613800138000"),
        ("+86 138-0013-8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("(010) 6512-3456", "+861065123456"),
        ("+49 151 23456789", "+4915123456789"),
        ("12345", None),
        ("a@b", None),
        ("@example.test", None),
        ("a b@example.test", None),
        ("a@example.test\r\nBcc: x@example.test", None),
        ("a@" + "x" * 300 + ".test", None),
        ("", None),
    ],
)
def test_a_login_has_one_normal_form(raw: str, normal: str | None) -> None:
    found = normal_login(raw)
    assert (found.text if found else None) == normal


async def test_A13_a_session_planted_before_sign_in_is_worth_nothing(client: AsyncClient, db: Database) -> None:
    await make_person(db, "victim@example.test")
    await make_person(db, "thief@example.test")
    client.cookies.set("session", "chosen-by-the-attacker", domain="testserver.local")
    await sign_in(client, "victim@example.test")
    assert client.cookies["session"] != "chosen-by-the-attacker"
    first = client.cookies["session"]
    await sign_in(client, "victim@example.test")
    second = client.cookies["session"]
    assert first != second
    client.cookies.clear()
    for dead in ("chosen-by-the-attacker", first):
        assert (await client.get("/api/me", headers={"cookie": f"session={dead}"})).status_code == 401
    assert (await client.get("/api/me", headers={"cookie": f"session={second}"})).status_code == 200


async def test_A13_a_new_password_ends_every_other_session_and_renews_this_one(
    client: AsyncClient, db: Database
) -> None:
    await make_person(db, "a@example.test")
    await sign_in(client, "a@example.test")
    elsewhere = client.cookies["session"]
    client.cookies.clear()
    headers = await sign_in(client, "a@example.test")
    before = client.cookies["session"]
    change = {"password": "another word 2026", "current_password": PASSWORD}
    assert (
        await client.patch("/api/me", json={**change, "current_password": "wrong"}, headers=headers)
    ).status_code == 403
    answer = await client.patch("/api/me", json=change, headers=headers)
    assert answer.status_code == 200
    after = client.cookies["session"]
    assert after != before
    assert (await client.get("/api/me")).json()["csrf_token"] == answer.json()["csrf_token"] != headers["X-CSRF-Token"]
    client.cookies.clear()
    for dead in (elsewhere, before):
        assert (await client.get("/api/me", headers={"cookie": f"session={dead}"})).status_code == 401
    assert (
        await client.post("/api/sessions", json={"login": "a@example.test", "password": PASSWORD})
    ).status_code == 401


async def test_A13_a_role_given_ends_the_sessions_from_before(client: AsyncClient, db: Database) -> None:
    person = await make_person(db, "a@example.test")
    await sign_in(client, "a@example.test")
    async with db.transaction() as tx:
        await service.grant_role(tx, person_id=person, role="operator")
    assert (await client.get("/api/me")).status_code == 401
    await sign_in(client, "a@example.test")
    assert (await client.get("/api/me")).json()["account"]["roles"][0]["role"] == "operator"


async def test_A14_a_cookie_is_dead_after_sign_out_disabling_expiry_and_deletion(
    client: AsyncClient, db: Database
) -> None:
    for number, end in enumerate(
        (
            "UPDATE persons SET is_disabled = true WHERE id = $1",
            "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE person_id = $1",
            "UPDATE persons SET deleted_at = now() WHERE id = $1",
            "DELETE FROM sessions WHERE person_id = $1",
        )
    ):
        person = await make_person(db, f"p{number}@example.test")
        await sign_in(client, f"p{number}@example.test")
        assert (await client.get("/api/me")).status_code == 200
        async with db.transaction() as tx:
            await tx.execute(end, person)
        assert (await client.get("/api/me")).status_code == 401, end


async def test_a_session_slides_without_writing_on_every_request(client: AsyncClient, db: Database) -> None:
    await make_person(db, "a@example.test")
    await sign_in(client, "a@example.test")
    async with db.read() as connection:
        fresh = await connection.fetchrow("SELECT seen_at, expires_at, xmin::text FROM sessions")
        await client.get("/api/me")
        assert await connection.fetchrow("SELECT seen_at, expires_at, xmin::text FROM sessions") == fresh
        await connection.execute(
            "UPDATE sessions SET seen_at = now() - interval '2 hours', expires_at = now() + interval '1 day'"
        )
        await client.get("/api/me")
        assert await connection.fetchval("SELECT expires_at > now() + interval '13 days' FROM sessions")
        await connection.execute(
            "UPDATE sessions SET created_at = now() - interval '85 days', seen_at = now() - interval '2 hours'"
        )
        await client.get("/api/me")
        assert await connection.fetchval("SELECT expires_at < now() + interval '6 days' FROM sessions")


async def test_sessions_passwords_and_tokens_are_stored_only_as_hashes(client: AsyncClient, db: Database) -> None:
    await make_person(db, "a@example.test")
    headers = await sign_in(client, "a@example.test")
    secret = (await client.post("/api/tokens", json={"name": "till", "scopes": ["redeem"]}, headers=headers)).json()[
        "secret"
    ]
    async with db.read() as connection:
        stored = ""
        for table in ("persons", "sessions", "tokens", "rate_limits", "audit_log"):
            stored += str(await connection.fetch(f"SELECT t::text FROM {table} t"))
    for hidden in (PASSWORD, client.cookies["session"], secret, headers["X-CSRF-Token"]):
        assert hidden not in stored
    assert "$argon2id$" in stored
    assert len(client.cookies["session"]) >= 43 and len(secret) >= 43


@pytest.mark.parametrize(
    "extra", ["role", "is_admin", "partner_id", "balance", "email_verified", "commission", "id", "logins", "roles"]
)
async def test_A04_a_field_that_may_not_be_changed_is_refused(client: AsyncClient, db: Database, extra: str) -> None:
    await make_person(db, "a@example.test")
    headers = await sign_in(client, "a@example.test")
    before = (await client.get("/api/me")).json()
    answer = await client.patch("/api/me", json={"name": "新名字", extra: "operator"}, headers=headers)
    assert 400 <= answer.status_code < 500
    assert (await client.get("/api/me")).json() == before


async def test_a_person_changes_name_and_language(client: AsyncClient, db: Database) -> None:
    await make_person(db, "a@example.test")
    headers = await sign_in(client, "a@example.test")
    answer = await client.patch("/api/me", json={"name": "Anna", "locale": "en"}, headers=headers)
    assert answer.json()["account"]["name"] == "Anna" and answer.json()["account"]["locale"] == "en"
    assert (await client.patch("/api/me", json={"name": " "}, headers=headers)).status_code == 422
    assert (await client.patch("/api/me", json={"locale": "xx"}, headers=headers)).status_code in {400, 422}


async def test_A19_a_taken_login_gets_the_same_answer_at_sign_up_and_its_owner_a_message(
    client: AsyncClient, db: Database, settings: Settings
) -> None:
    await make_person(db, "owner@example.test")
    new = await client.post("/api/accounts", json={"login": "new@example.test", "password": PASSWORD, "name": "N"})
    client.cookies.clear()
    taken = await client.post("/api/accounts", json={"login": "Owner@example.test", "password": "x" * 12, "name": "N"})
    assert (taken.status_code, sorted(taken.headers)) == (new.status_code, sorted(new.headers))

    def shape(body: dict[str, object]) -> str:
        account = {**body["account"], "id": "", "logins": ""}
        return str({**body, "account": account, "csrf_token": len(str(body["csrf_token"]))})

    assert shape(taken.json()) == shape(new.json())
    assert (await client.get("/api/me")).status_code == 401
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM persons") == 2
        assert await connection.fetchval("SELECT count(*) FROM messages WHERE recipient = 'owner@example.test'") == 1


async def test_A19_an_unknown_login_gets_the_same_answer_as_a_wrong_password(client: AsyncClient, db: Database) -> None:
    await make_person(db, "known@example.test")
    known = await client.post("/api/sessions", json={"login": "known@example.test", "password": "wrong"})
    unknown = await client.post("/api/sessions", json={"login": "nobody@example.test", "password": "wrong"})
    nonsense = await client.post("/api/sessions", json={"login": "%%%", "password": "wrong"})
    assert known.status_code == unknown.status_code == nonsense.status_code == 401
    assert (
        {**known.json(), "request_id": ""}
        == {**unknown.json(), "request_id": ""}
        == {**nonsense.json(), "request_id": ""}
    )


async def test_A19_an_unknown_login_takes_as_long_as_a_wrong_password(db: Database) -> None:
    """Processor time of the whole process, so that other work on the machine does not count; both verify one argon2id hash."""
    await make_person(db, "known@example.test")
    spent: dict[str, list[float]] = {"known@example.test": [], "nobody@example.test": []}
    for number in range(24):
        for login, times in spent.items():
            started = time.process_time()
            with pytest.raises(service.WrongCredentials):
                await service.sign_in(
                    db,
                    login=login,
                    password="wrong",
                    address=f"10.0.{number}.1",
                    device=f"{number}",
                    user_agent="",
                    replaces=None,
                )
            times.append(time.process_time() - started)
    known, unknown = (statistics.median(times) for times in spent.values())
    assert abs(known - unknown) / known < 0.15, (known, unknown)


async def _guess(db: Database, login: str, address: str, password: str | None = None, device: str | None = None) -> str:
    try:
        await service.sign_in(
            db, login=login, password=password or "wrong", address=address, device=device, user_agent="", replaces=None
        )
    except service.WrongCredentials:
        return "wrong"
    except TooManyRequests:
        return "limited"
    return "in"


async def test_A20_the_eleventh_bad_sign_in_is_limited_per_login_and_per_address(db: Database) -> None:
    await make_person(db, "a@example.test")
    outcomes = [await _guess(db, "a@example.test", "10.0.0.1") for _ in range(12)]
    assert outcomes == ["wrong"] * 10 + ["limited"] * 2
    assert await _guess(db, "a@example.test", "10.0.0.1", PASSWORD) == "limited"
    spraying = [await _guess(db, f"p{number}@example.test", "10.0.0.2") for number in range(12)]
    assert spraying == ["wrong"] * 10 + ["limited"] * 2


async def test_A20_the_right_person_gets_in_from_elsewhere_and_from_a_browser_used_before(
    db: Database, settings: Settings
) -> None:
    await make_person(db, "a@example.test")
    for number in range(40):
        await _guess(db, "a@example.test", f"10.0.1.{number}")
    assert await _guess(db, "a@example.test", "10.0.2.1", PASSWORD) == "limited"
    cookie = sessions.device_cookie(settings, "a@example.test")
    device = sessions.known_device(settings, "A@example.test ", cookie)
    assert device is not None
    assert await _guess(db, "a@example.test", "10.0.2.1", PASSWORD, device) == "in"
    assert sessions.known_device(settings, "b@example.test", cookie) is None
    assert sessions.known_device(settings, "a@example.test", "x.y") is None
    async with db.transaction() as tx:
        await tx.execute("UPDATE rate_limits SET window_at = window_at - interval '5 minutes'")
    assert await _guess(db, "a@example.test", "10.0.2.1", PASSWORD) == "in"


async def test_A20_parallel_guesses_on_several_processes_learn_no_more(db: Database, dsn: str) -> None:
    await make_person(db, "a@example.test")
    other = Database(dsn, pool_size=5)
    await other.open()
    try:
        tries = [_guess(each, "a@example.test", "10.0.0.1") for each in (db, other) for _ in range(15)]
        outcomes = await asyncio.gather(*tries)
    finally:
        await other.close()
    assert outcomes.count("wrong") == 10
    assert outcomes.count("limited") == 20


async def test_T10_a_forged_forwarded_for_does_not_change_who_is_counted(client: AsyncClient, db: Database) -> None:
    statuses = []
    for number in range(12):
        answer = await client.post(
            "/api/sessions",
            json={"login": f"x{number}@example.test", "password": "wrong"},
            headers={"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"},
        )
        statuses.append(answer.status_code)
    assert statuses == [401] * 10 + [429] * 2
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "counted"),
    [
        ("198.51.100.1", "203.0.113.9", "", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9", "10.0.0.1", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", "10.0.0.1", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "10.0.0.1,10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", "", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "", "", "192.0.2.1"),
        ("10.0.0.1", "nonsense\x1b[31m" * 20, "10.0.0.1", ("nonsense\x1b[31m" * 20)[:60]),
        (None, "1.2.3.4", "", "local"),
    ],
)
def test_T10_only_a_trusted_proxy_names_the_caller(
    peer: str | None, forwarded: str, trusted: str, counted: str
) -> None:
    assert limits.caller_address(peer, {"x-forwarded-for": forwarded}, trusted) == counted


async def test_T10_a_limit_holds_across_processes(db: Database, dsn: str) -> None:
    other = Database(dsn, pool_size=5)
    await other.open()
    try:
        tries = [limits.hit(each, bucket="b", limit=20, window_s=3600) for each in (db, other) for _ in range(25)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
    finally:
        await other.close()
    assert sum(isinstance(each, TooManyRequests) for each in outcomes) == 30
    assert sum(each is None for each in outcomes) == 20


async def test_a_bearer_token_does_what_its_scopes_say_until_it_is_revoked(client: AsyncClient, db: Database) -> None:
    await make_person(db, "a@example.test")
    headers = await sign_in(client, "a@example.test")
    made = (await client.post("/api/tokens", json={"name": "till", "scopes": ["read"]}, headers=headers)).json()
    listed = (await client.get("/api/tokens")).json()["items"]
    assert [each["id"] for each in listed] == [made["token"]["id"]] and "secret" not in str(listed)
    cookie, bearer = client.cookies["session"], {"Authorization": f"Bearer {made['secret']}"}
    client.cookies.clear()
    assert (await client.get("/api/me", headers=bearer)).json()["csrf_token"] == ""
    assert (await client.get("/api/tokens", headers=bearer)).status_code == 403
    assert (await client.patch("/api/me", json={"name": "x"}, headers=bearer)).status_code == 403
    assert (await client.get("/api/me", headers={"Authorization": "Bearer lm_wrong"})).status_code == 401
    assert (await client.get("/api/me", headers={"Authorization": "Basic eDp5"})).status_code == 401
    client.cookies.set("session", cookie)
    await make_person(db, "other@example.test")
    address = f"/api/tokens/{made['token']['id']}"
    async with AsyncClient(transport=client._transport, base_url=client.base_url) as stranger:
        foreign = await sign_in(stranger, "other@example.test")
        assert (await stranger.delete(address, headers=foreign)).status_code == 404
    assert (await client.delete(address, headers=headers)).status_code == 200
    assert (await client.get("/api/me", headers=bearer)).status_code == 401


async def test_a_token_that_has_expired_is_dead(client: AsyncClient, db: Database) -> None:
    await make_person(db, "a@example.test")
    headers = await sign_in(client, "a@example.test")
    made = (
        await client.post("/api/tokens", json={"name": "till", "scopes": ["read"], "valid_days": 1}, headers=headers)
    ).json()
    async with db.transaction() as tx:
        await tx.execute("UPDATE tokens SET expires_at = now() - interval '1 second'")
    assert (await client.get("/api/me", headers={"Authorization": f"Bearer {made['secret']}"})).status_code == 401


async def test_what_nobody_needs_any_more_is_swept(db: Database, settings: Settings) -> None:
    from market.jobs import Context
    from market.people import tasks

    person = await make_person(db)
    await limits.hit(db, bucket="b", limit=5, window_s=60)
    async with db.transaction() as tx:
        await queries.insert_session(tx, token_hash=b"old", person_id=person, lifetime_days=-1, user_agent="")
        await queries.insert_session(tx, token_hash=b"new", person_id=person, lifetime_days=1, user_agent="")
        await tx.execute("UPDATE rate_limits SET window_at = now() - interval '2 days'")
        await tx.execute(
            "INSERT INTO idempotency_keys (owner, operation, key, body_hash, created_at) "
            "VALUES ('a', 'b', 'c', 'd', now() - interval '40 days')"
        )
    await tasks.sweep(Context(db, settings))
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM rate_limits") == 0
        assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == 0
        assert [row[0] for row in await connection.fetch("SELECT token_hash FROM sessions")] == [b"new"]
