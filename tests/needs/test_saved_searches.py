"""A kept search tells of each new thing once, and of nothing that was there before."""

import shutil
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from market.app import Parts
from market.db import Database
from market.jobs import Worker
from market.needs.saved import MAX_SAVED, TOLD_AT_ONCE
from market.search import service
from market.settings import Settings
from tests.factories import PASSWORD, make_community, make_listing, make_offer, make_partner, make_person, sign_in


@pytest.fixture
async def town(db: Database, parts: Parts, client: AsyncClient) -> AsyncIterator[dict[str, UUID]]:
    """One class in the index, and two residents."""
    home = await make_community(db, "liuyuan", name="柳园")
    await make_partner(db, "qinghe", name="清和工坊")
    people = {
        "li": await make_person(db, "li@example.test", name="李雷", resident_of=home),
        "han": await make_person(db, "han@example.test", name="韩梅梅"),
    }
    await listed(db, parts, "瑜伽")
    yield people


async def listed(db: Database, parts: Parts, *titles: str) -> None:
    """New listings that can be bought and are in the index."""
    for title in titles:
        await make_offer(db, await make_listing(db, title=title, category="misc"))
    await service.rebuild(db, engine=parts.engine)


async def keep(client: AsyncClient, who: str = "li", **asked: str) -> Any:
    headers = await sign_in(client, f"{who}@example.test")
    return await client.post("/api/saved-searches", json=asked, headers=headers)


async def told(db: Database) -> list[str]:
    async with db.read() as connection:
        rows = await connection.fetch("SELECT subject FROM messages ORDER BY id")
        return [row["subject"] for row in rows]


async def test_what_is_new_is_told_once_and_what_was_there_never(
    client: AsyncClient, db: Database, parts: Parts, worker: Worker, town: dict[str, UUID]
) -> None:
    assert (await keep(client, q="瑜伽")).status_code == 201
    await worker.tick("needs.look")
    assert await told(db) == []
    await listed(db, parts, "晚间瑜伽", "书法班")
    for _ in range(3):
        await worker.tick("needs.look")
    assert await told(db) == ["您关注的“瑜伽”有新内容：晚间瑜伽"]
    async with db.read() as connection:
        body = await connection.fetchval("SELECT body FROM messages")
    assert "柳园新上架了“晚间瑜伽”" in body and "/account" in body


async def test_something_that_went_and_came_back_is_not_told_again(
    client: AsyncClient, db: Database, parts: Parts, worker: Worker, town: dict[str, UUID]
) -> None:
    await keep(client, q="瑜伽")
    for taken in (10, 0):
        async with db.transaction() as tx:
            await tx.execute("UPDATE offers SET taken = $1", taken)
        await service.rebuild(db, engine=parts.engine)
        await worker.tick("needs.look")
    assert await told(db) == []


async def test_filters_count_and_each_person_hears_of_their_own(
    client: AsyncClient, db: Database, parts: Parts, worker: Worker, town: dict[str, UUID]
) -> None:
    await keep(client, "li", q="瑜伽", free="true")
    await keep(client, "han", kind="service", community="liuyuan")
    await listed(db, parts, "晨间瑜伽")
    await worker.tick("needs.look")
    async with db.read() as connection:
        rows = await connection.fetch("SELECT person_id, subject FROM messages")
    assert [(row["person_id"], row["subject"]) for row in rows] == [(town["han"], "您关注的搜索有新内容：晨间瑜伽")]


async def test_many_new_things_are_told_a_few_at_a_time_and_all_of_them(
    client: AsyncClient, db: Database, parts: Parts, worker: Worker, town: dict[str, UUID]
) -> None:
    await keep(client, q="瑜伽")
    await listed(db, parts, *(f"瑜伽{number}班" for number in range(TOLD_AT_ONCE + 2)))
    await worker.tick("needs.look")
    assert len(await told(db)) == TOLD_AT_ONCE
    await worker.tick("needs.look")
    assert len(set(await told(db))) == TOLD_AT_ONCE + 2


async def test_F09_without_an_index_nothing_is_told_and_nothing_is_lost(
    client: AsyncClient, db: Database, parts: Parts, worker: Worker, settings: Settings, town: dict[str, UUID]
) -> None:
    await keep(client, q="瑜伽")
    await listed(db, parts, "晚间瑜伽")
    await parts.engine.aclose()
    shutil.move(settings.data_dir / "search", settings.data_dir / "away")
    await worker.tick("needs.look")
    assert await told(db) == []
    shutil.move(settings.data_dir / "away", settings.data_dir / "search")
    await worker.tick("needs.look")
    assert len(await told(db)) == 1


@pytest.mark.parametrize(
    "asked",
    [{}, {"q": ""}, {"q": "x" * 201}, {"kind": "listing"}, {"max_price": "-1"}, {"near": "31.2,121.4"}, {"ignore": "nothing"},
     {"q": "a\x07"}],
)  # fmt: skip
async def test_what_is_no_search_is_refused_and_no_place_is_kept(
    client: AsyncClient, db: Database, town: dict[str, UUID], asked: dict[str, str]
) -> None:
    assert (await keep(client, **asked)).status_code in {400, 422}
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM saved_searches") == 0


async def test_A02_a_search_is_listed_and_forgotten_only_by_whose_it_is(
    client: AsyncClient, town: dict[str, UUID]
) -> None:
    saved = (await keep(client, q="瑜伽", max_price="5000")).json()
    assert saved["asked"] == {"q": "瑜伽", "max_price": "5000"}
    headers = await sign_in(client, "han@example.test")
    assert (await client.get("/api/saved-searches")).json()["items"] == []
    path = f"/api/saved-searches/{saved['id']}"
    assert (await client.delete(path, headers=headers)).status_code == 404
    headers = await sign_in(client, "li@example.test")
    assert [each["id"] for each in (await client.get("/api/saved-searches")).json()["items"]] == [saved["id"]]
    assert (await client.delete(path, headers=headers)).status_code == 204
    assert (await client.delete(path, headers=headers)).status_code == 404
    client.cookies.clear()
    assert (await client.get("/api/saved-searches")).status_code == 401


async def test_a_person_keeps_few_searches_and_each_once(client: AsyncClient, town: dict[str, UUID]) -> None:
    assert [(await keep(client, q="瑜伽")).status_code for _ in range(2)] == [201, 409]
    headers = await sign_in(client, "li@example.test")
    for number in range(MAX_SAVED - 1):
        assert (await client.post("/api/saved-searches", json={"q": f"词{number}"}, headers=headers)).status_code == 201
    refused = await client.post("/api/saved-searches", json={"q": "再来"}, headers=headers)
    assert refused.status_code == 409 and refused.json()["type"].endswith("too-many-saved")


async def test_O07_kept_searches_go_with_the_account(client: AsyncClient, db: Database, town: dict[str, UUID]) -> None:
    await keep(client, q="瑜伽")
    headers = await sign_in(client, "li@example.test")
    exported = (await client.get("/api/me/export")).json()
    assert exported["saved_searches"][0]["asked"] == {"q": "瑜伽"}
    assert (await client.request("DELETE", "/api/me", json={"password": PASSWORD}, headers=headers)).status_code == 200
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM saved_searches") == 0
        assert await connection.fetchval("SELECT count(*) FROM saved_search_matches") == 0
