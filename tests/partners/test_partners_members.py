"""Partners are taken in by those who lead a community; their members are their own business."""

from typing import Any

import pytest
from httpx import AsyncClient

from market.db import Database
from tests.factories import make_community, make_partner, make_person, sign_in

NEW: dict[str, Any] = {
    "slug": "qinghe-studio",
    "name": "清河工作室",
    "community": "liuyuan",
    "kind": "business",
    "owner_login": "owner@example.test",
}


async def _director(client: AsyncClient, db: Database) -> dict[str, str]:
    community = await make_community(db, "liuyuan")
    await make_community(db, "xiqiao")
    await make_person(db, "owner@example.test")
    await make_person(db, "director@example.test", role=("director", community))
    return await sign_in(client, "director@example.test")


async def test_a_director_takes_a_partner_in(client: AsyncClient, db: Database) -> None:
    headers = await _director(client, db)
    answer = await client.post("/api/partners", json=NEW, headers=headers)
    assert answer.status_code == 201, answer.text
    by_slug = (await client.get("/api/partners/qinghe-studio")).json()
    assert by_slug == answer.json() == (await client.get(f"/api/partners/{by_slug['id']}")).json()
    assert by_slug["community"] == "liuyuan" and by_slug["tier"] == "basic" and by_slug["status"] == "active"
    async with db.read() as connection:
        assert (
            await connection.fetchval(
                "SELECT count(*) FROM audit_log WHERE action = 'partner.created' AND person_id IS NOT NULL"
            )
            == 1
        )
        assert await connection.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'search.refresh'") == 1
    await sign_in(client, "owner@example.test")
    assert (await client.get("/api/me")).json()["account"]["partners"][0] == {
        "partner": "qinghe-studio",
        "partner_name": "清河工作室",
        "role": "owner",
    }


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"community": "xiqiao"}, 404),
        ({"community": "nowhere"}, 404),
        ({"owner_login": "nobody@example.test"}, 422),
        ({"owner_login": "%%"}, 422),
        ({"slug": "Bad Slug"}, 422),
        ({"name": "\u200b\u200b"}, 422),
        ({"name": ""}, 422),
        ({"kind": "bank"}, 422),
        ({"commission_bp": 0}, 422),
        ({"latitude": 91.0}, 422),
    ],
)
async def test_what_cannot_be_used_is_refused_and_nothing_is_stored(
    client: AsyncClient, db: Database, change: dict[str, Any], status: int
) -> None:
    headers = await _director(client, db)
    answer = await client.post("/api/partners", json={**NEW, **change}, headers=headers)
    assert answer.status_code in ({status, 400} if status == 422 else {status}), answer.text
    assert (await client.get("/api/partners")).json()["items"] == []


@pytest.mark.parametrize(
    "name", ["清河工作室", "清河 工作室", "清河\u200b工作室", "清河工\u202e作室", "清河工作室\u00a0"]
)
async def test_I09_no_two_partners_have_names_that_look_alike(client: AsyncClient, db: Database, name: str) -> None:
    headers = await _director(client, db)
    assert (await client.post("/api/partners", json=NEW, headers=headers)).status_code == 201
    again = await client.post("/api/partners", json={**NEW, "slug": "other", "name": name}, headers=headers)
    assert again.status_code == 409, again.text
    assert (await client.post("/api/partners", json={**NEW, "name": "别的"}, headers=headers)).status_code == 409


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cafe Linli", "ＣＡＦＥ　ｌｉｎｌｉ"),
        ("Cafe", "CAFE"),
        ("Studio 8", "Studio ⑧"),
        ("Cafe", "\u0421\u0430f\u0435"),
        ("Alpha", "\u0391lpha"),
    ],
)
async def test_I09_width_case_and_compatibility_forms_are_one_name(
    client: AsyncClient, db: Database, one: str, other: str
) -> None:
    headers = await _director(client, db)
    assert (await client.post("/api/partners", json={**NEW, "name": one}, headers=headers)).status_code == 201
    assert (
        await client.post("/api/partners", json={**NEW, "slug": "other", "name": other}, headers=headers)
    ).status_code == 409


async def test_an_owner_adds_members_and_staff_cannot(client: AsyncClient, db: Database) -> None:
    await make_community(db)
    await make_partner(db, "qinghe", owner_login="owner@example.test")
    await make_person(db, "staff@example.test", name="小张")
    headers = await sign_in(client, "owner@example.test")
    members = "/api/partners/qinghe/members"
    answer = await client.post(members, json={"login": "staff@example.test", "role": "staff"}, headers=headers)
    assert answer.status_code == 201
    assert [(each["name"], each["role"]) for each in answer.json()["items"]] == [("王小明", "owner"), ("小张", "staff")]
    assert (
        await client.post(members, json={"login": "nobody@example.test", "role": "staff"}, headers=headers)
    ).status_code == 422
    assert (
        await client.post(members, json={"login": "owner@example.test", "role": "staff"}, headers=headers)
    ).status_code == 409
    headers = await sign_in(client, "staff@example.test")
    assert (await client.get(members)).status_code == 200
    assert (
        await client.post(members, json={"login": "staff@example.test", "role": "owner"}, headers=headers)
    ).status_code == 403


async def test_A02_members_of_another_partner_find_nothing(client: AsyncClient, db: Database) -> None:
    await make_community(db)
    mine = await make_partner(db, "mine")
    other = await make_partner(db, "other")
    headers = await sign_in(client, "mine@example.test")
    unknown = await client.get("/api/partners/unknown/members")
    for key in ("other", str(other)):
        foreign = await client.get(f"/api/partners/{key}/members")
        assert foreign.status_code == 404
        assert {**foreign.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}
        added = await client.post(
            f"/api/partners/{key}/members", json={"login": "mine@example.test", "role": "owner"}, headers=headers
        )
        assert added.status_code == 404
    assert (await client.get(f"/api/partners/{mine}/members")).status_code == 200
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM partner_members") == 2


async def test_A03_the_public_list_shows_active_partners_and_no_one_s_contact_login(
    client: AsyncClient, db: Database
) -> None:
    await make_community(db, "liuyuan")
    await make_community(db, "baihe", street="street-two")
    for slug, home in (("one", "liuyuan"), ("two", "baihe"), ("gone", "liuyuan")):
        await make_partner(db, slug, community=home)
    async with db.transaction() as tx:
        await tx.execute("UPDATE partners SET status = 'exited' WHERE slug = 'gone'")

    async def slugs(query: str = "") -> list[str]:
        answer = await client.get(f"/api/partners{query}")
        assert "example.test" not in answer.text
        return [each["slug"] for each in answer.json()["items"]]

    assert await slugs() == ["one", "two"]
    assert await slugs("?community=liuyuan") == ["one"]
    assert await slugs("?community=street-two") == ["two"]
    assert await slugs("?community=district-one") == ["one", "two"]
    assert await slugs("?community=nowhere") == []
    assert await slugs("?cursor=one") == ["two"]
