"""A forgotten password: the same answer for everybody, a code that works once, and every session ended (A17-A19)."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from market.db import Database
from market.jobs import Worker
from market.notify import delivery
from market.people import recovery
from market.settings import Settings
from tests.factories import PASSWORD, make_person, sign_in

NEW = "a quite new word 2026"
ASK, CONFIRM = "/api/password-resets", "/api/password-resets/confirmation"


async def ask(client: httpx.AsyncClient, worker: Worker, settings: Settings, login: str, **headers: str) -> list[str]:
    """The codes that the outbox holds for this login after asking, newest first."""
    answer = await client.post(ASK, json={"login": login}, headers=headers)
    assert (answer.status_code, answer.json()) == (202, {"ok": True})
    await worker.drain()
    letters = delivery.outbox(settings.data_dir / "outbox")
    return [found[1] for each in letters if each.recipient == login and (found := re.search(r"(\d{8})", each.body))]


def confirm(client: httpx.AsyncClient, login: str, code: str, password: str = NEW) -> Any:
    return client.post(CONFIRM, json={"login": login, "code": code, "password": password})


async def test_A18_a_code_sets_a_new_password_once_and_ends_every_session(
    client: httpx.AsyncClient, worker: Worker, settings: Settings, db: Database
) -> None:
    await make_person(db, "a@example.test")
    await sign_in(client, "a@example.test")
    stolen = client.cookies["session"]
    client.cookies.clear()
    [code] = await ask(client, worker, settings, "a@example.test")
    answer = await confirm(client, "A@example.test", f"{code[:4]} {code[4:]}")
    assert answer.status_code == 201, answer.text
    assert (await client.get("/api/me")).json()["account"]["logins"] == ["a@example.test"]
    client.cookies.clear()
    assert (await client.get("/api/me", headers={"cookie": f"session={stolen}"})).status_code == 401
    again = await confirm(client, "a@example.test", code)
    assert (again.status_code, [each["field"] for each in again.json()["errors"]]) == (422, ["code"])
    assert (
        await client.post("/api/sessions", json={"login": "a@example.test", "password": PASSWORD})
    ).status_code == 401
    await sign_in(client, "a@example.test", NEW)


async def test_A18_a_newer_code_a_changed_password_and_half_an_hour_end_a_code(
    client: httpx.AsyncClient, worker: Worker, settings: Settings, db: Database
) -> None:
    await make_person(db, "a@example.test")
    [first] = await ask(client, worker, settings, "a@example.test")
    codes = await ask(client, worker, settings, "a@example.test")
    [second] = [each for each in codes if each != first]
    assert (await confirm(client, "a@example.test", first)).status_code == 422
    headers = await sign_in(client, "a@example.test")
    change = {"password": NEW, "current_password": PASSWORD}
    assert (await client.patch("/api/me", json=change, headers=headers)).status_code == 200
    client.cookies.clear()
    assert (await confirm(client, "a@example.test", second, "yet another word")).status_code == 422
    third = next(each for each in await ask(client, worker, settings, "a@example.test") if each not in codes)
    async with db.transaction() as tx:
        await tx.execute("UPDATE password_resets SET expires_at = now()")
    assert (await confirm(client, "a@example.test", third, "yet another word")).status_code == 422


async def test_A18_five_wrong_guesses_end_a_code(
    client: httpx.AsyncClient, worker: Worker, settings: Settings, db: Database
) -> None:
    await make_person(db, "a@example.test")
    [code] = await ask(client, worker, settings, "a@example.test")
    wrong = "00000000" if code != "00000000" else "11111111"
    answers = await asyncio.gather(*(confirm(client, "a@example.test", wrong) for _ in range(recovery.MAX_ATTEMPTS)))
    assert {each.status_code for each in answers} == {422}
    assert (await confirm(client, "a@example.test", code)).status_code == 422


async def test_A18_the_code_is_nowhere_in_the_database_once_it_was_sent(
    client: httpx.AsyncClient, worker: Worker, settings: Settings, db: Database
) -> None:
    await make_person(db, "a@example.test")
    [code] = await ask(client, worker, settings, "a@example.test")
    async with db.read() as tx:
        stored = [
            await tx.fetchval(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            for table in ("password_resets", "messages", "pgqueuer", "rate_limits", "audit_log")
        ]
    assert stored[0] and stored[1]
    assert code not in str(stored)


async def test_A19_an_unknown_login_gets_the_same_answers_and_no_message(
    client: httpx.AsyncClient, worker: Worker, settings: Settings, db: Database
) -> None:
    await make_person(db, "a@example.test")
    known = await client.post(ASK, json={"login": "a@example.test"})
    unknown = await client.post(ASK, json={"login": "nobody@example.test"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    await worker.drain()
    assert [each.recipient for each in delivery.outbox(settings.data_dir / "outbox")] == ["a@example.test"]
    wrong = [
        (await confirm(client, login, "12345678")).json() for login in ("a@example.test", "nobody@example.test", "%%")
    ]
    assert len({str(each | {"request_id": ""}) for each in wrong}) == 1


async def test_A17_the_link_is_the_configured_address_whatever_the_request_says(
    client: httpx.AsyncClient, worker: Worker, settings: Settings, db: Database
) -> None:
    await make_person(db, "a@example.test")
    await ask(client, worker, settings, "a@example.test", **{"Host": "evil.test", "X-Forwarded-Host": "evil.test"})
    body = delivery.outbox(settings.data_dir / "outbox")[0].body
    assert f"{settings.base_url}/reset" in body and "evil" not in body


async def test_a_code_goes_to_the_login_that_was_named(
    client: httpx.AsyncClient, worker: Worker, settings: Settings, db: Database
) -> None:
    person = await make_person(db, "a@example.test")
    async with db.transaction() as tx:
        await tx.execute("INSERT INTO logins (login, kind, person_id) VALUES ('+8613800138000', 'phone', $1)", person)
    assert len(await ask(client, worker, settings, "+8613800138000")) == 1
    assert {each.channel for each in delivery.outbox(settings.data_dir / "outbox")} == {"sms"}


async def test_A21_asking_is_limited_for_each_login(client: httpx.AsyncClient, db: Database) -> None:
    answers = [(await client.post(ASK, json={"login": "a@example.test"})).status_code for _ in range(6)]
    assert answers == [202] * 5 + [429]
    assert (await client.post(ASK, json={"login": "b@example.test"})).status_code == 202


@pytest.mark.parametrize(
    ("body", "field"),
    [({"login": "nonsense"}, "login"), ({"login": "a@example.test", "code": "1", "password": "short"}, "password")],
)
async def test_bad_input_names_its_field(client: httpx.AsyncClient, body: dict[str, str], field: str) -> None:
    answer = await client.post(CONFIRM if "code" in body else ASK, json=body)
    assert answer.status_code in {400, 422}
    assert [each["field"] for each in answer.json()["errors"]] == [field]
