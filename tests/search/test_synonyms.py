"""Staff teach search which words mean the same."""

import asyncio
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.app import Parts
from market.db import Database
from market.search import service
from market.search.vocabulary import own_groups
from market.settings import Settings
from tests import factories
from tests.access_table import fresh_headers
from tests.search.goods import make_listing

Client = AsyncTestClient[Litestar]


@pytest.fixture
async def clerk(db: Database, parts: Parts, client: Client, settings: Settings) -> dict[str, str]:
    """Headers of a clerk in a town with one listing, indexed."""
    community = await factories.make_community(db, "liuyuan", name="柳园社区")
    await factories.make_partner(db, "qinghe", name="清和工作室")
    await make_listing(db, "八段锦晨练", category="qigong")
    await service.rebuild(db, engine=parts.engine)
    return await fresh_headers(db, settings, await factories.make_person(db, role=("clerk", community)))


async def titles(client: Client, text: str) -> list[str]:
    answer = await client.get("/api/search", params={"q": text})
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


async def add(client: Client, headers: dict[str, str], *words: str) -> Any:
    return await client.post("/api/search/synonyms", headers=headers, json={"words": list(words)})


async def test_a_word_that_staff_add_finds_what_it_means_within_two_seconds(
    client: Client, clerk: dict[str, str]
) -> None:
    assert await titles(client, "长寿操") == []
    answer = await add(client, clerk, "長壽操", "八段锦", " 八段锦 ")
    assert answer.status_code == 201
    assert answer.json()["words"] == ["八段锦", "长寿操"]
    deadline = asyncio.get_running_loop().time() + 2
    while await titles(client, "长寿操") != ["八段锦晨练"]:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.1)
    listed = (await client.get("/api/search/synonyms", headers=clerk)).json()["items"]
    assert listed[0] == answer.json() and len(listed) == 1 + len(own_groups())
    removed = await client.delete(f"/api/search/synonyms/{answer.json()['id']}", headers=clerk)
    assert removed.status_code == 204
    deadline = asyncio.get_running_loop().time() + 2
    while await titles(client, "长寿操"):
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.1)


async def test_a_group_of_the_program_is_switched_off_and_on_again(client: Client, clerk: dict[str, str]) -> None:
    group = str(own_groups()[0].id)

    async def is_on() -> bool:
        listed = (await client.get("/api/search/synonyms", headers=clerk)).json()["items"]
        return next(bool(each["is_on"]) for each in listed if each["id"] == group)

    assert await is_on()
    for _ in range(2):
        assert (await client.delete(f"/api/search/synonyms/{group}", headers=clerk)).status_code == 204
    assert not await is_on()
    for _ in range(2):
        assert (await client.put(f"/api/search/synonyms/{group}", headers=clerk)).status_code == 204
    assert await is_on()


@pytest.mark.parametrize(
    "words", [["瑜伽"], ["瑜伽", "瑜伽 "], ["瑜伽", "！？"], ["瑜伽", ""], ["瑜伽", "x" * 41], ["a\0", "b"]]
)
async def test_what_cannot_be_a_group_is_refused(client: Client, clerk: dict[str, str], words: list[str]) -> None:
    answer = await add(client, clerk, *words)
    assert answer.status_code in {400, 422}
    listed = (await client.get("/api/search/synonyms", headers=clerk)).json()["items"]
    assert all(each["is_own"] for each in listed)


async def test_a_group_that_is_there_is_not_added_twice(client: Client, clerk: dict[str, str]) -> None:
    assert (await add(client, clerk, "绿豆", "红豆")).status_code == 201
    assert (await add(client, clerk, "红豆", "绿豆")).status_code == 409


async def test_A01_only_staff_change_words(
    client: Client, clerk: dict[str, str], db: Database, settings: Settings
) -> None:
    resident = await fresh_headers(db, settings, await factories.make_person(db))
    assert (await add(client, resident, "绿豆", "红豆")).status_code == 403
    assert (await client.get("/api/search/synonyms", headers=resident)).status_code == 403
    missing = await client.delete("/api/search/synonyms/00000000-0000-7000-8000-000000000000", headers=clerk)
    assert missing.status_code == 404
