"""The needs board over HTTP: who asks, supports, takes, answers and closes."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from market.db import Database
from market.errors import MarketError
from market.jobs import Worker
from market.needs import service
from market.needs.rules import MAX_OPEN, MAX_TAKEN
from market.needs.schemas import NewNeed
from market.people.rules import Actor
from tests.factories import PASSWORD, community_id, make_community, make_listing, make_partner, make_person, sign_in

ASK = {"community": "liuyuan", "title": "周末二胡班", "about": "想给孩子找个班，周六下午最好。"}


@pytest.fixture
async def town(db: Database) -> dict[str, UUID]:
    """Two communities, two residents, a clerk in each, two partners."""
    home, other = await make_community(db, "liuyuan", name="柳园"), await make_community(db, "xiqiao")
    return {
        "li": await make_person(db, "li@example.test", name="李雷", resident_of=home),
        "han": await make_person(db, "han@example.test", name="韩梅梅", resident_of=home),
        "clerk": await make_person(db, "clerk@example.test", role=("clerk", home)),
        "stranger": await make_person(db, "stranger@example.test", role=("clerk", other)),
        "qinghe": await make_partner(db, "qinghe", name="清和工作室"),
        "other": await make_partner(db, "other", name="别家"),
    }


async def ask(client: AsyncClient, **change: Any) -> Any:
    headers = await sign_in(client, "li@example.test")
    answer = await client.post("/api/needs", json={**ASK, **change}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def act(
    client: AsyncClient, who: str, path: str, body: dict[str, Any] | None = None, method: str = "POST"
) -> Any:
    headers = await sign_in(client, f"{who}@example.test")
    return await client.request(method, path, json=body, headers=headers)


async def test_a_resident_asks_and_everybody_reads_it_without_a_name(
    client: AsyncClient, town: dict[str, UUID]
) -> None:
    made = await ask(client)
    assert made["status"] == "open" and made["mine"] and made["acts"] == ["close"]
    client.cookies.clear()
    listed = await client.get("/api/needs", params={"community": "liuyuan"})
    assert [each["title"] for each in listed.json()["items"]] == ["周末二胡班"]
    assert "李雷" not in listed.text and str(town["li"]) not in listed.text
    seen = (await client.get(f"/api/needs/{made['id']}")).json()
    assert (seen["mine"], seen["acts"], seen["community_name"]) == (False, [], "柳园")
    assert (await client.get("/api/needs", params={"community": "xiqiao"})).json()["items"] == []
    assert (await client.get("/api/needs", params={"community": "street-one"})).json()["items"] != []


@pytest.mark.parametrize(
    ("change", "field"),
    [({"title": " "}, "title"), ({"title": "x" * 81}, "title"), ({"title": "打 13800138000"}, "title"),
     ({"about": "微信 liwei88"}, "about"), ({"about": "a\x07b"}, "about"), ({"community": "street-one"}, "community"),
     ({"category": "nothing"}, "category"), ({"extra": 1}, None)],
)  # fmt: skip
async def test_a_request_that_cannot_be_used_is_named_and_changes_nothing(
    client: AsyncClient, db: Database, town: dict[str, UUID], change: dict[str, Any], field: str | None
) -> None:
    answer = await act(client, "li", "/api/needs", {**ASK, **change})
    assert answer.status_code in {400, 422}, answer.text
    if field:
        assert any(field in each["field"] for each in answer.json()["errors"])
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM needs") == 0


async def test_support_counts_each_neighbour_once_and_can_be_taken_back(
    client: AsyncClient, town: dict[str, UUID]
) -> None:
    path = f"/api/needs/{(await ask(client))['id']}/support"
    assert (await act(client, "li", path)).status_code == 403
    first = (await act(client, "han", path)).json()
    again = (await act(client, "han", path)).json()
    assert (first["supports"], again["supports"], again["supported"], again["acts"]) == (1, 1, True, ["unsupport"])
    back = (await act(client, "han", path, method="DELETE")).json()
    assert (back["supports"], back["supported"]) == (0, False)
    assert (await act(client, "han", path, method="DELETE")).json()["supports"] == 0
    client.cookies.clear()
    assert (await client.post(path)).status_code == 401


async def test_a_partner_takes_it_answers_it_with_a_listing_and_everybody_behind_it_hears_once(
    client: AsyncClient, db: Database, worker: Worker, town: dict[str, UUID]
) -> None:
    need = await ask(client)
    path = f"/api/needs/{need['id']}"
    await act(client, "han", f"{path}/support")
    taken = (await act(client, "qinghe", f"{path}/offer", {"partner": "qinghe", "note": "十二月开班"})).json()
    assert (taken["status"], taken["partner"]["slug"], taken["partner_note"]) == ("taken", "qinghe", "十二月开班")
    assert set(taken["acts"]) == {"support", "offer", "release"}
    assert (await act(client, "other", f"{path}/offer", {"partner": "other"})).status_code == 409
    listing = await make_listing(db, "qinghe", title="周末二胡班")
    draft = await make_listing(db, "qinghe", title="草稿", status="draft")
    foreign = await make_listing(db, "other", title="别家的")
    for wrong in (draft, foreign, town["li"]):
        answer = await act(client, "qinghe", f"{path}/offer", {"partner": "qinghe", "listing_id": str(wrong)})
        assert answer.status_code == 422
    done = (await act(client, "qinghe", f"{path}/offer", {"partner": "qinghe", "listing_id": str(listing)})).json()
    assert (done["status"], done["listing"]["title"], done["partner_note"]) == ("offered", "周末二胡班", "十二月开班")
    assert (await act(client, "han", f"{path}/support", method="DELETE")).status_code == 409
    async with db.transaction() as tx:
        await tx.execute("DELETE FROM pgqueuer WHERE entrypoint <> 'needs.tell'")
    await worker.drain()
    await worker.handle("needs.tell", b'{"need_id": "%s", "event": "offered"}' % need["id"].encode())
    async with db.read() as connection:
        told = await connection.fetch("SELECT person_id, body FROM messages")
    assert sorted(row["person_id"] for row in told) == sorted([town["li"], town["han"]])
    assert all("清和工作室 现在就提供" in row["body"] for row in told)


async def test_A02_only_a_member_takes_in_the_name_of_a_partner(client: AsyncClient, town: dict[str, UUID]) -> None:
    path = f"/api/needs/{(await ask(client))['id']}/offer"
    assert (await act(client, "other", path, {"partner": "qinghe"})).status_code == 404
    assert (await act(client, "li", path, {"partner": "qinghe"})).status_code == 403


async def test_a_promise_can_be_given_back_and_ends_by_itself(
    client: AsyncClient, db: Database, worker: Worker, town: dict[str, UUID]
) -> None:
    path = f"/api/needs/{(await ask(client))['id']}"
    await act(client, "qinghe", f"{path}/offer", {"partner": "qinghe"})
    assert (await act(client, "other", f"{path}/release")).status_code == 403
    assert (await act(client, "stranger", f"{path}/release")).status_code == 403
    assert (await act(client, "qinghe", f"{path}/release")).json()["status"] == "open"
    assert (await act(client, "qinghe", f"{path}/release")).status_code == 403
    await act(client, "other", f"{path}/offer", {"partner": "other"})
    async with db.transaction() as tx:
        await tx.execute("UPDATE needs SET taken_at = now() - interval '29 days'")
    await worker.tick("needs.sweep")
    assert (await client.get(path)).json()["status"] == "taken"
    async with db.transaction() as tx:
        await tx.execute("UPDATE needs SET taken_at = now() - interval '31 days'")
    await worker.tick("needs.sweep")
    assert (await client.get(path)).json()["status"] == "open"


async def test_its_author_and_staff_close_it_each_for_reasons_of_their_own(
    client: AsyncClient, town: dict[str, UUID]
) -> None:
    first, second = await ask(client), await ask(client, title="上门理发")
    path = f"/api/needs/{first['id']}/close"
    assert (await act(client, "han", path, {"closed_as": "solved"})).status_code == 403
    assert (await act(client, "stranger", path, {"closed_as": "removed"})).status_code == 403
    assert (await act(client, "li", path, {"closed_as": "removed"})).status_code == 422
    assert (await act(client, "li", path, {"closed_as": "withdrawn"})).json()["closed_as"] == "withdrawn"
    assert (await act(client, "li", path, {"closed_as": "withdrawn"})).status_code == 409
    assert (await client.get("/api/needs")).json()["items"][0]["id"] == second["id"]
    assert len((await client.get("/api/needs", params={"status": "closed"})).json()["items"]) == 1
    answer = await act(
        client, "clerk", f"/api/needs/{second['id']}/close", {"closed_as": "not_possible", "note": "场地不够"}
    )
    assert answer.json()["closed_note"] == "场地不够"


async def test_what_staff_removed_is_seen_by_its_author_and_staff_only(
    client: AsyncClient, db: Database, town: dict[str, UUID]
) -> None:
    need = await ask(client)
    path = f"/api/needs/{need['id']}"
    assert (await act(client, "clerk", f"{path}/close", {"closed_as": "removed", "note": "广告"})).status_code == 200
    assert (await client.get(path)).status_code == 200, "its clerk"
    await sign_in(client, "li@example.test")
    assert (await client.get(path)).json()["closed_note"] == "广告"
    await sign_in(client, "han@example.test")
    assert (await client.get(path)).status_code == 404
    client.cookies.clear()
    assert (await client.get(path)).status_code == 404
    assert (await client.get("/api/needs", params={"status": "closed"})).json()["items"] == []
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit_log WHERE action = 'need.removed'") == 1


async def test_only_staff_ask_in_the_name_of_their_community(client: AsyncClient, town: dict[str, UUID]) -> None:
    body = {**ASK, "for_community": True}
    assert (await act(client, "li", "/api/needs", body)).status_code == 403
    assert (await act(client, "stranger", "/api/needs", body)).status_code == 403
    made = await act(client, "clerk", "/api/needs", body)
    assert made.json()["for_community"] is True
    assert (await act(client, "clerk", f"/api/needs/{made.json()['id']}/support")).json()["supports"] == 1


async def test_the_same_wish_waits_once_and_a_person_has_few_wishes(client: AsyncClient, town: dict[str, UUID]) -> None:
    await ask(client)
    headers = await sign_in(client, "li@example.test")
    assert (await client.post("/api/needs", json=ASK, headers=headers)).status_code == 409
    for number in range(MAX_OPEN - 1):
        assert (
            await client.post("/api/needs", json={**ASK, "title": f"愿望{number}"}, headers=headers)
        ).status_code == 201
    refused = await client.post("/api/needs", json={**ASK, "title": "再来一个"}, headers=headers)
    assert refused.status_code == 409 and str(MAX_OPEN) in refused.json()["detail"]


async def test_many_at_once_do_not_get_past_the_limit_of_one_person(db: Database, town: dict[str, UUID]) -> None:
    actor = Actor(town["li"])

    async def one(number: int) -> int:
        try:
            await service.ask(db, actor=actor, new=NewNeed(community="liuyuan", title=f"愿望{number}"))
        except MarketError:
            return 0
        return 1

    assert sum(await asyncio.gather(*(one(number) for number in range(9)))) == MAX_OPEN


async def test_a_partner_promises_only_so_much_at_a_time(
    client: AsyncClient, db: Database, town: dict[str, UUID]
) -> None:
    home = await community_id(db, "liuyuan")
    async with db.transaction() as tx:
        rows = await tx.fetch(
            "INSERT INTO needs (community_id, title) SELECT $1, 'w' || n FROM generate_series(0, $2::int) n RETURNING id", home, MAX_TAKEN
        )  # fmt: skip
    answers = [await act(client, "qinghe", f"/api/needs/{row['id']}/offer", {"partner": "qinghe"}) for row in rows]
    assert [answer.status_code for answer in answers] == [200] * MAX_TAKEN + [409]


async def test_pages_follow_each_other_and_a_foreign_mark_is_refused(
    client: AsyncClient, db: Database, town: dict[str, UUID]
) -> None:
    home = await community_id(db, "liuyuan")
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO needs (community_id, title, supports) SELECT $1, 'w' || n, n % 3 FROM generate_series(1, 30) n",
            home,
        )
    first = (await client.get("/api/needs")).json()
    rest = (await client.get("/api/needs", params={"cursor": first["next_cursor"]})).json()
    seen = [each["id"] for each in first["items"] + rest["items"]]
    assert len(seen) == len(set(seen)) == 30 and rest["next_cursor"] is None
    assert [each["supports"] for each in first["items"] + rest["items"]] == sorted(
        (n % 3 for n in range(30)), reverse=True
    )
    for wrong in ("x", "1", "1.x", "-1." + seen[0], "9" * 30 + "." + seen[0], "²." + seen[0]):
        assert (await client.get("/api/needs", params={"cursor": wrong})).status_code == 422
    assert (await client.get("/api/needs", params={"status": "open,nothing"})).status_code == 422


async def test_before_asking_a_neighbour_sees_what_says_the_same(client: AsyncClient, town: dict[str, UUID]) -> None:
    await ask(client)
    await ask(client, title="上门理发")
    found = (await client.get("/api/needs", params={"community": "liuyuan", "like": "学二胡班"})).json()["items"]
    assert [each["title"] for each in found] == ["周末二胡班"]
    assert (await client.get("/api/needs", params={"community": "xiqiao", "like": "二胡班"})).json()["items"] == []


async def test_O07_a_wish_that_others_support_stays_without_its_author(
    client: AsyncClient, db: Database, town: dict[str, UUID]
) -> None:
    kept, gone = await ask(client), await ask(client, title="只有我想要")
    await act(client, "han", f"/api/needs/{kept['id']}/support")
    headers = await sign_in(client, "li@example.test")
    assert (await client.request("DELETE", "/api/me", json={"password": PASSWORD}, headers=headers)).status_code == 200
    client.cookies.clear()
    assert (await client.get(f"/api/needs/{gone['id']}")).status_code == 404
    left = (await client.get(f"/api/needs/{kept['id']}")).json()
    assert (left["title"], left["about"], left["supports"]) == ("周末二胡班", "", 1)
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM needs WHERE person_id IS NOT NULL") == 0
