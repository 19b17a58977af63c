"""The search over HTTP: strict parameters, hostile text, and what happens without an index."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.app import Parts
from market.db import Database
from market.search import service
from market.settings import Settings
from tests import factories
from tests.search.goods import make_listing, make_space, set_offers

Client = AsyncTestClient[Litestar]

HOSTILE = [
    "' OR 1=1 --", '" OR ""="', "{}", "%", "_", "\\", "trailing\\", 'x" OR status != "published', "title:瑜伽", "*", "~1", "+瑜伽 -瑜伽",
    "_geoRadius(1,2,3)", "facet:k:service", "/.*/", "[a TO z]", "((((((((((" * 15, "瑜伽 AND NOT", "🧘‍♀️🧘", "𠮷", "\u202e瑜伽", "a" * 200,
    "瑜" * 200,
    "<script>alert(1)</script>", "${7*7}", "../../etc/passwd", "\u0301\u0301", "ﷺ", "ｙｏｇａ", "1e309", "-0", "ß" * 100, "ﬃ" * 100,
]  # fmt: skip


@pytest.fixture
async def town(db: Database, parts: Parts, client: Client) -> AsyncIterator[dict[str, str]]:
    """Two listings, a draft, a room and the partner, indexed."""
    await factories.make_community(db, "liuyuan", name="柳园")
    await factories.make_partner(db, "qinghe", name="清和工作室")
    ids = {
        "yoga": await make_listing(db, "瑜伽", offers=2),
        "ink": await make_listing(db, "书法", category="ink", price=0),
        "draft": await make_listing(db, "秘密草稿", status="draft", about="secretdraft"),
        "room": await make_space(db, "活动室"),
    }
    await service.rebuild(db, engine=parts.engine)
    yield {name: str(each) for name, each in ids.items()}


async def ask(client: Client, **parameters: Any) -> Any:
    answer = await client.get("/api/search", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_answer_has_the_agreed_shape(client: Client, town: dict[str, str]) -> None:
    answer = await client.get("/api/search", params={"q": "yujia"})
    assert answer.headers["cache-control"].startswith("public")
    assert answer.headers["x-search-engine"] == "index"
    assert "set-cookie" not in answer.headers
    body = answer.json()
    assert set(body) == {
        "items",
        "total",
        "facets",
        "took_ms",
        "next_cursor",
        "degraded",
        "understood",
        "relaxed",
        "reasons",
    }
    [item] = body["items"]
    assert item["id"] == town["yoga"] and item["price"] == {"amount": 8000, "currency": "CNY"}
    assert item["distance_m"] is None and item["next"]["left"] == 5
    assert set(body["facets"]) == {"kind", "category", "community", "price", "free", "date"}
    assert body["facets"]["community"] == [{"value": "liuyuan", "label": "柳园", "label_en": None, "count": 1}]


async def test_every_parameter_narrows(client: Client, town: dict[str, str]) -> None:
    assert (await ask(client))["total"] == 4
    assert (await ask(client, kind="space"))["items"][0]["id"] == town["room"]
    assert (await ask(client, category="sports", free="true"))["items"][0]["id"] == town["ink"]
    assert (await ask(client, max_price="5000", community="liuyuan"))["total"] == 2
    assert (await ask(client, people="6", kind="service"))["total"] == 0
    assert (await ask(client, **{"from": "2020-01-01", "to": "2020-01-02"}))["total"] == 0
    assert (await ask(client, q="", kind="", sort=""))["total"] == 4
    assert (await ask(client, near="31.2,121.4", sort="distance"))["total"] == 4


async def test_a_card_shows_the_first_session_in_the_asked_time_as_it_is_now(
    client: Client, db: Database, town: dict[str, str]
) -> None:
    """Sessions on two days: whoever asks for the second day sees that one, its own price, and after a sale what is left."""
    async with db.transaction() as tx:
        day, later = await tx.fetchrow(
            "UPDATE offers SET price_minor = 6500 WHERE id = (SELECT id FROM offers WHERE listing_id = $1 ORDER BY starts_at DESC LIMIT 1) "
            "RETURNING (starts_at AT TIME ZONE 'Asia/Shanghai')::date, id",
            UUID(town["yoga"]),
        )
    [item] = (await ask(client, q="瑜伽"))["items"]
    assert (item["price"]["amount"], item["next"]["offer_id"] == str(later)) == (8000, False)
    [item] = (await ask(client, **{"q": "瑜伽", "from": day.isoformat()}))["items"]
    assert (item["price"]["amount"], item["next"]["offer_id"], item["next"]["left"]) == (6500, str(later), 5)
    assert set(item) == set((await ask(client, q="瑜伽"))["items"][0])
    async with db.transaction() as tx:
        await tx.execute("UPDATE offers SET taken = 3 WHERE id = $1", later)
    [item] = (await ask(client, **{"q": "瑜伽", "from": day.isoformat()}))["items"]
    assert item["next"]["left"] == 2


async def test_a_card_shows_the_first_session_in_the_asked_part_of_the_day(
    client: Client, db: Database, parts: Parts, town: dict[str, str]
) -> None:
    """One session in the morning, one in the evening of the same day."""
    async with db.transaction() as tx:
        for offer, hour in zip(
            await tx.fetch("SELECT id FROM offers WHERE listing_id = $1", UUID(town["yoga"])), (9, 19), strict=True
        ):
            await tx.execute(
                "UPDATE offers SET starts_at = (current_date + 3 + make_interval(hours => $2)) AT TIME ZONE 'Asia/Shanghai', "
                "ends_at = (current_date + 3 + make_interval(hours => $2 + 1)) AT TIME ZONE 'Asia/Shanghai' WHERE id = $1",
                offer["id"],
                hour,
            )
    await service.rebuild(db, engine=parts.engine)
    for part, hour in (("morning", "01"), ("evening", "11")):
        [item] = (await ask(client, q="瑜伽", time=part))["items"]
        assert item["next"]["starts_at"][11:13] == hour  # the wall's hour is eight hours later


async def test_pages_follow_each_other(client: Client, town: dict[str, str]) -> None:
    first = await ask(client, limit="3", sort="price")
    rest = await ask(client, limit="3", sort="price", cursor=first["next_cursor"])
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (3, 1, None)
    assert len({item["id"] for item in first["items"] + rest["items"]}) == 4
    wrong = await client.get("/api/search", params={"limit": "3", "sort": "next", "cursor": first["next_cursor"]})
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "listing"), ("category", "A B"), ("category", "x" * 64), ("community", "' OR 1=1"), ("max_price", "-1"), ("max_price", "1e3"),
     ("max_price", "１２"), ("max_price", "9" * 30), ("free", "yes"), ("from", "2026-02-30"), ("from", "tomorrow"), ("to", "10000-01-01"),
     ("people", "0"), ("people", "NaN"), ("near", "91,0"), ("near", "1"), ("near", "nan,nan"), ("near", "1,2,3"), ("sort", "price; DROP"),
     ("cursor", "%%%"), ("cursor", "AAAA"), ("limit", "51"), ("limit", "0"), ("q", "x" * 201), ("q", "\0"), ("q", "a\x07b")],
)  # fmt: skip
async def test_a_value_that_cannot_be_used_is_named(client: Client, field: str, value: str) -> None:
    answer = await client.get("/api/search", params={field: value})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_contradictions_are_named(client: Client) -> None:
    reversed_days, too_long = {"from": "2026-12-02", "to": "2026-12-01"}, {"from": "2026-01-01", "to": "2026-12-31"}
    for parameters, field in (({"sort": "distance"}, "near"), (reversed_days, "to"), (too_long, "to")):
        answer = await client.get("/api/search", params=parameters)
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_I10_I11_hostile_text_is_literal_and_finds_no_draft(client: Client, town: dict[str, str]) -> None:
    for text in [*HOSTILE, "秘密草稿", "secretdraft"]:
        for path in ("/api/search", "/api/suggest"):
            answer = await client.get(path, params={"q": text})
            assert answer.status_code in {200, 422}, (text, answer.text)
            assert town["draft"] not in answer.text and "秘密" not in answer.text
    for parameter in ("sort", "cursor", "category", "kind", "community", "near", "from"):
        for text in HOSTILE:
            answer = await client.get("/api/search", params={parameter: text})
            assert answer.status_code == 422 or answer.json()["total"] == 0, (
                parameter,
                text,
            )  # "1e309" may name a category
    assert (await client.get("/api/search?q=%ff%fe")).status_code < 500
    assert (await client.get("/api/search?q=%ED%A0%80")).status_code < 500
    assert (await client.get("/api/search", params={"q": "x" * 60_000})).status_code in {413, 414, 422}


async def test_suggestions_over_http(client: Client, town: dict[str, str]) -> None:
    answer = await client.get("/api/suggest", params={"q": "yuj"})
    assert {"text": "瑜伽", "kind": "category", "id": "yoga", "text_en": "yoga"} in answer.json()["items"]
    assert (await client.get("/api/suggest")).json() == {"items": []}


def break_index(folder: Path, how: str) -> None:
    current = next(each for each in folder.glob("index-*") if (each / "meta.json").exists())
    if how == "missing":
        shutil.rmtree(folder)
    elif how == "pointer":
        (folder / "current.json").write_text("{")
    elif how == "meta":
        (current / "meta.json").write_text("not json")
    elif how == "garbage":
        for each in current.glob("*.*"):
            if each.suffix in {".idx", ".term", ".fast", ".store"}:
                each.write_bytes(b"\xff" * each.stat().st_size)
    elif how == "segments":
        for each in current.glob("*.term"):
            each.unlink()


@pytest.mark.parametrize("how", ["missing", "pointer", "meta", "garbage", "segments"])
async def test_F09_without_a_usable_index_search_falls_back_to_the_database(
    client: Client, town: dict[str, str], db: Database, parts: Parts, settings: Settings, how: str
) -> None:
    before = await ask(client, q="瑜伽")
    await parts.engine.aclose()
    break_index(settings.data_dir / "search", how)
    answer = await client.get("/api/search", params={"q": "瑜伽"})
    assert answer.status_code == 200
    assert answer.headers["x-search-engine"] == "database"
    body = answer.json()
    assert body["degraded"] is True
    assert [item["id"] for item in body["items"]] == [town["yoga"]]
    assert body["items"] == before["items"]
    assert (await ask(client, category="sports", free="true"))["items"][0]["id"] == town["ink"]
    assert (await ask(client, q="秘密"))["total"] == 0
    for text in HOSTILE:
        assert (await client.get("/api/search", params={"q": text})).status_code in {200, 422}
    assert (await client.get("/api/suggest", params={"q": "瑜"})).json()["items"][0]["text"] == "瑜伽"
    await set_offers(db, UUID(town["ink"]), taken=5)
    await service.rebuild(db, engine=parts.engine)
    healed = await client.get("/api/search")
    assert healed.headers["x-search-engine"] == "index"
    assert {item["id"] for item in healed.json()["items"]} >= {town["yoga"], town["room"]}
    assert town["ink"] not in healed.text


async def test_where_somebody_is_is_kept_by_no_cache(client: Client, town: dict[str, str]) -> None:
    here = await client.get("/api/search", params={"near": "31.2,121.4", "sort": "distance"})
    assert here.headers["cache-control"] == "no-store"
    assert (await client.get("/api/search")).headers["cache-control"].startswith("public")
