"""What is searched for is counted without a person, and shown to staff only from several searches on."""

from datetime import date, timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from market.db import Database
from market.errors import TooManyRequests
from market.jobs import Worker
from market.search import service, statistics
from market.search.statistics import SHOWN_FROM, Source, countable
from tests.factories import make_community, make_person, sign_in

TODAY = date(2026, 11, 25)


def source(number: int = 1) -> Source:
    return Source(f"10.0.0.{number}", "secret")


async def search(db: Database, text: str, *, number: int = 1, total: int = 3, day: date = TODAY) -> None:
    await statistics.note_search(db, text=text, total=total, source=source(number), day=day)


async def shown(db: Database, days: int = 30) -> Any:
    return await statistics.statistics(db, today=TODAY, days=days)


@pytest.mark.parametrize(
    ("text", "query"),
    [(" 瑜伽 ", "瑜伽"), ("ＹＯＧＡ", "yoga"), ("瑜伽課", "瑜伽课"), ("a  b", "a b"), ("", None), ("！？", None), ("13800138000", None),
     ("打 138 0013 8000", None), ("li@example.test", None), ("微信 liwei88", None), ("长" * 41, None), ("x" * 200, None)],
)  # fmt: skip
def test_O08_what_may_tell_of_a_person_is_not_counted(text: str, query: str | None) -> None:
    assert countable(text) == query


async def test_a_query_is_named_only_when_several_searched_it(db: Database) -> None:
    for number in range(SHOWN_FROM - 1):
        await search(db, "二胡", number=number, total=0)
    assert (await shown(db)).top == [] and (await shown(db)).without_result == []
    await search(db, "二胡", number=99, total=0)
    found = await shown(db)
    assert [(each.query, each.searches, each.empties) for each in found.top] == [("二胡", SHOWN_FROM, SHOWN_FROM)]
    assert [each.query for each in found.without_result] == ["二胡"]
    assert found.searches == SHOWN_FROM


async def test_one_address_counts_once_a_day_however_often_it_asks(db: Database) -> None:
    for _ in range(10):
        await search(db, "瑜伽")
    await search(db, " 瑜伽", day=TODAY - timedelta(days=1))
    assert (await shown(db)).searches == 2
    assert (await shown(db, days=1)).searches == 1


async def test_no_address_stands_in_the_database(db: Database) -> None:
    await search(db, "瑜伽")
    await statistics.note_click(db, text="瑜伽", position=2, source=source(), day=TODAY)
    async with db.read() as connection:
        for table in ("search_days", "search_click_days", "rate_limits"):
            assert "10.0.0" not in str(await connection.fetch(f"SELECT t::text FROM {table} t"))
        columns = await connection.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_name LIKE 'search_%days'"
        )
    assert {row[0] for row in columns} == {"day", "query", "searches", "empties", "clicks", "position"}


async def test_clicks_are_counted_by_their_place_in_the_list(db: Database) -> None:
    for number in range(SHOWN_FROM):
        await search(db, "瑜伽", number=number)
        await statistics.note_click(db, text="瑜伽", position=1 + number % 2, source=source(number), day=TODAY)
    await statistics.note_click(db, text="13800138000", position=9, source=source(), day=TODAY)
    found = await shown(db)
    assert [(each.position, each.clicks) for each in found.positions] == [(1, 3), (2, 2)]
    assert found.top[0].clicks == SHOWN_FROM


async def test_one_address_cannot_flood_the_counts(db: Database) -> None:
    with pytest.raises(TooManyRequests):
        for number in range(statistics.PER_MINUTE + 1):
            await search(db, f"词{number}")


async def test_old_counts_are_swept_away(db: Database, worker: Worker) -> None:
    today = service.today().date()
    await search(db, "新", day=today)
    await search(db, "旧", day=today - timedelta(days=statistics.KEPT_DAYS + 1))
    await worker.tick("search.sweep")
    async with db.read() as connection:
        assert [row[0] for row in await connection.fetch("SELECT query FROM search_days")] == ["新"]


async def test_the_page_notes_and_staff_read(client: AsyncClient, db: Database) -> None:
    home = await make_community(db, "liuyuan")
    await make_person(db, "clerk@example.test", role=("clerk", home))
    await make_person(db, "li@example.test")
    assert (await client.post("/api/search/notes", json={"q": "瑜伽", "total": 0})).status_code == 202
    assert (await client.post("/api/search/clicks", json={"q": "瑜伽", "position": 1})).status_code == 202
    for path, body in (
        ("notes", {"q": "瑜伽", "total": -1}), ("notes", {"q": "x" * 201, "total": 1}), ("notes", {"q": "a", "total": 1, "person": "x"}),
        ("clicks", {"q": "瑜伽", "position": 0}), ("clicks", {"q": "瑜伽", "position": 51}),
    ):  # fmt: skip
        assert (await client.post(f"/api/search/{path}", json=body)).status_code in {400, 422}, body
    assert (await client.post("/api/search/notes", json={"q": "a\0b", "total": 1})).status_code < 500
    assert (await client.get("/api/search/statistics")).status_code == 401
    await sign_in(client, "li@example.test")
    assert (await client.get("/api/search/statistics")).status_code == 403
    await sign_in(client, "clerk@example.test")
    answer = await client.get("/api/search/statistics")
    assert answer.json()["searches"] == 1 and answer.json()["top"] == [] and answer.json()["shown_from"] == SHOWN_FROM
    assert answer.json()["positions"] == [{"position": 1, "clicks": 1}]
    for days in ("0", "181", "x"):
        assert (await client.get("/api/search/statistics", params={"days": days})).status_code in {400, 422}
