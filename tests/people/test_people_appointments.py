"""Who may make whom staff, and that a community is never without a director (A13, A23, A24)."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from market.db import Database
from market.errors import MarketError
from market.people import appointments
from market.people.rules import Actor, StaffRole
from tests.factories import PASSWORD, make_community, make_person, sign_in

STAFF = "/api/communities/liuyuan/staff"


async def town(db: Database) -> dict[str, UUID]:
    ids = {"liuyuan": await make_community(db, "liuyuan"), "baihe": await make_community(db, "baihe")}
    async with db.read() as tx:
        ids["street"] = await tx.fetchval("SELECT id FROM communities WHERE kind = 'street'")
    for login, role in (
        ("street", ("street", ids["street"])),
        ("director", ("director", ids["liuyuan"])),
        ("clerk", ("clerk", ids["liuyuan"])),
    ):
        await make_person(db, f"{login}@example.test", name=login, role=role)
    await make_person(db, "new@example.test", name="新同事")
    return ids


def appoint(client: httpx.AsyncClient, headers: dict[str, str], role: str = "clerk", **other: Any) -> Any:
    body = {"login": "new@example.test", "role": role, "password": PASSWORD} | other
    return client.post(STAFF, json=body, headers=headers)


def dismiss(client: httpx.AsyncClient, headers: dict[str, str], role_id: str, password: str = PASSWORD) -> Any:
    return client.post(f"{STAFF}/{role_id}/dismissal", json={"password": password}, headers=headers)


async def test_A23_a_director_appoints_and_dismisses_a_clerk_with_the_password_and_it_is_noted(
    client: httpx.AsyncClient, db: Database
) -> None:
    await town(db)
    headers = await sign_in(client, "director@example.test")
    assert (await appoint(client, headers, password="wrong")).status_code == 403
    made = await appoint(client, headers)
    assert made.status_code == 201, made.text
    assert [(each["role"], each["name"], each["is_own"]) for each in made.json()["items"]] == [
        ("director", "director", True), ("clerk", "clerk", True), ("clerk", "新同事", True), ("street", "street", False),
    ]  # fmt: skip
    new = next(each for each in made.json()["items"] if each["name"] == "新同事")
    headers_new = await sign_in(client, "new@example.test")
    assert headers_new and (await client.get(STAFF)).status_code == 200
    stale = client.cookies["session"]
    client.cookies.clear()
    headers = await sign_in(client, "director@example.test")
    assert (await dismiss(client, headers, new["id"], "wrong")).status_code == 403
    assert len((await dismiss(client, headers, new["id"])).json()["items"]) == 3
    assert (await dismiss(client, headers, new["id"])).status_code == 404
    client.cookies.clear()
    assert (await client.get("/api/me", headers={"cookie": f"session={stale}"})).status_code == 401
    async with db.read() as tx:
        noted = await tx.fetch("SELECT action FROM audit_log WHERE person_id IS NOT NULL ORDER BY id")
    assert [row["action"] for row in noted] == ["role.granted", "role.revoked"]


@pytest.mark.parametrize(
    ("who", "role", "status"),
    [
        ("clerk", "clerk", 403),
        ("director", "clerk", 201),
        ("director", "director", 403),
        ("director", "street", 403),
        ("street", "clerk", 201),
        ("street", "director", 201),
        ("street", "street", 403),
        ("operator", "street", 201),
        ("resident", "clerk", 403),
    ],
)
async def test_who_may_give_which_role(
    client: httpx.AsyncClient, db: Database, who: str, role: str, status: int
) -> None:
    await town(db)
    await make_person(db, "operator@example.test", role=("operator", None))
    await make_person(db, "resident@example.test")
    assert (await appoint(client, await sign_in(client, f"{who}@example.test"), role)).status_code == status


async def test_A02_another_communitys_staff_does_not_exist_for_a_director(
    client: httpx.AsyncClient, db: Database
) -> None:
    await town(db)
    headers = await sign_in(client, "director@example.test")
    assert (await client.get("/api/communities/baihe/staff")).status_code == 404
    body = {"login": "new@example.test", "role": "clerk", "password": PASSWORD}
    assert (await client.post("/api/communities/baihe/staff", json=body, headers=headers)).status_code == 404
    strange = await appoint(client, headers, login="nobody@example.test")
    assert (strange.status_code, [each["field"] for each in strange.json()["errors"]]) == (422, ["login"])


async def test_A24_the_last_director_stays_even_when_two_are_dismissed_at_once(
    client: httpx.AsyncClient, db: Database
) -> None:
    ids = await town(db)
    headers = await sign_in(client, "street@example.test")
    listed = (await client.get(STAFF)).json()["items"]
    refused = await dismiss(client, headers, listed[0]["id"])
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (409, "last-director")
    second = await appoint(client, headers, "director")
    directors = [each["id"] for each in second.json()["items"] if each["role"] == "director"]
    street = Actor(
        await make_person(db, "other@example.test"),
        roles=(StaffRole("street", ids["street"], frozenset({ids["street"], ids["liuyuan"]})),),
    )

    async def gone(role_id: str) -> bool:
        try:
            await appointments.dismiss(db, actor=street, community="liuyuan", role_id=UUID(role_id), password=PASSWORD)
        except MarketError:
            return False
        return True

    assert sorted(await asyncio.gather(*(gone(each) for each in directors))) == [False, True]


async def test_nobody_changes_their_own_role(client: httpx.AsyncClient, db: Database) -> None:
    await town(db)
    headers = await sign_in(client, "street@example.test")
    assert (await appoint(client, headers, login="street@example.test")).status_code == 403
