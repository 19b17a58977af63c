"""Sign-up, sign-in, sessions and what a person may change."""

from httpx import AsyncClient

from market.db import Database
from tests.factories import PASSWORD, make_community, make_partner, make_person, sign_in

Client = AsyncClient


async def test_a_new_person_signs_up_and_is_signed_in(client: Client, db: Database) -> None:
    answer = await client.post(
        "/api/accounts", json={"login": " Li.Lei@Example.TEST ", "password": PASSWORD, "name": "李雷"}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["account"]["logins"] == ["li.lei@example.test"]
    me = (await client.get("/api/me")).json()
    assert me["account"] == answer.json()["account"]
    assert me["csrf_token"] == answer.json()["csrf_token"]
    assert "httponly" in answer.headers["set-cookie"].lower()


async def test_a_person_signs_in_and_out(client: Client, db: Database) -> None:
    community = await make_community(db)
    await make_person(db, "a@example.test", resident_of=community, group=("elder", community))
    await make_partner(db, "qinghe", owner_login="a@example.test")
    headers = await sign_in(client, "a@example.test")
    account = (await client.get("/api/me")).json()["account"]
    assert account["residencies"] == [{"community": "liuyuan", "community_name": "liuyuan", "status": "verified"}]
    assert account["partners"] == [{"partner": "qinghe", "partner_name": "qinghe", "role": "owner"}]
    assert account["groups"] == ["elder"]
    assert (await client.delete("/api/sessions/current")).status_code == 403
    assert (await client.delete("/api/sessions/current", headers=headers)).status_code == 200
    assert (await client.get("/api/me")).status_code == 401
