"""F09: Meilisearch that is down, slow or mad costs a searcher less than a moment; the embedded index or the database answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient

from market.app import Parts, create_app, make_parts
from market.db import Database
from market.search import meilisearch_layout as layout
from market.search import service
from market.search.engine import EngineFault
from market.search.meilisearch import MeilisearchEngine
from market.search.rules import Query
from market.search.standby import WithStandby
from market.search.tantivy_engine import TantivyEngine
from market.settings import Settings, UnsafeSettings
from tests import factories
from tests.conftest import started
from tests.search.conftest import TODAY, TOWN, items
from tests.search.corpus import in_lots
from tests.search.goods import make_listing
from tests.search.meili import bad_server

BAD = ["refuses", "hangs", "drips", "500", "garbage", "other", "no-http"]
WAIT_S = 0.3


@pytest.fixture(params=BAD)
async def bad(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    async with bad_server(request.param) as url:
        yield url


async def test_F09_the_embedded_index_answers_in_time_and_the_hits_say_so(bad: str, tmp_path: Path) -> None:
    embedded = TantivyEngine(tmp_path / "search")
    await embedded.rebuild(in_lots(TOWN))
    engine = WithStandby(MeilisearchEngine(bad, "key"), embedded)
    for _ in range(3):
        hits = await asyncio.wait_for(engine.search(Query(today=TODAY, text="瑜伽")), 2)
        assert hits.is_standby and items(hits.cards)[0].title == "瑜伽"
    assert (await engine.suggest("yuj"))[0].text == "瑜伽"
    await engine.aclose()


async def test_F09_a_server_that_does_not_answer_is_left_alone_for_a_while(bad: str) -> None:
    engine = MeilisearchEngine(bad, "key")
    with pytest.raises(EngineFault):
        await asyncio.wait_for(engine.search(Query(today=TODAY)), 2)
    started_at = asyncio.get_running_loop().time()
    for _ in range(50):
        with pytest.raises(EngineFault, match="a moment ago"):
            await engine.search(Query(today=TODAY))
    assert asyncio.get_running_loop().time() - started_at < WAIT_S
    await engine.aclose()


@pytest.fixture
def far(settings: Settings, bad: str) -> Settings:
    return settings.model_copy(update={"meilisearch_url": bad})


async def asked(settings: Settings, parts: Parts, path: str) -> Any:
    app = create_app(settings, parts=parts)
    transport = ASGITransport(app=app)
    async with started(app), AsyncClient(transport=transport, base_url="http://testserver.local") as client:
        return await client.get(path)


async def test_F09_over_http_the_database_answers_where_there_is_no_embedded_index(far: Settings, db: Database) -> None:
    await factories.make_community(db, "liuyuan", name="柳园")
    await factories.make_partner(db, "qinghe", name="清和工作室")
    listing = await make_listing(db, "瑜伽")
    answer = await asked(far, make_parts(far), "/api/search?q=瑜伽")
    assert answer.status_code == 200
    assert answer.headers["x-search-engine"] == "database" and answer.headers["x-search-degraded"] == "true"
    assert [item["id"] for item in answer.json()["items"]] == [str(listing)] and answer.json()["degraded"]


@pytest.mark.parametrize("how", ["refuses", "500", "garbage", "other"])
async def test_a_rebuild_and_a_change_reach_the_standby_and_the_fault_is_told(how: str, tmp_path: Path) -> None:
    """The job comes again, and the server is built anew when it is back."""
    embedded = TantivyEngine(tmp_path / "search")
    async with bad_server(how) as url:
        engine = WithStandby(MeilisearchEngine(url, "key"), embedded)
        with pytest.raises(EngineFault):
            await engine.rebuild(in_lots(TOWN))
        assert (await embedded.search(Query(today=TODAY, text="瑜伽"))).total > 0
        with pytest.raises(EngineFault):
            await engine.replace([TOWN[6]], deleted=[TOWN[0].key])
        left = await embedded.search(Query(today=TODAY, text="瑜伽"))
        assert "瑜伽" not in {item.title for item in items(left.cards)}
        assert engine.is_behind
        await engine.aclose()


def test_the_engine_is_chosen_by_the_settings(settings: Settings) -> None:
    assert isinstance(service.make_engine(settings), TantivyEngine)
    chosen = service.make_engine(settings.model_copy(update={"meilisearch_url": "http://search.example"}))
    assert isinstance(chosen, WithStandby)
    with pytest.raises(UnsafeSettings, match="MARKET_MEILISEARCH_KEY"):
        settings.model_copy(update={"env": "production", "meilisearch_url": "http://search.example"}).require_safe()


@pytest.mark.parametrize("value", ['x" OR "y', "a\\", "", "x" * 64, "Ä", "a b", "a'b"])
def test_T9_a_value_that_is_no_slug_never_becomes_a_filter(value: str) -> None:
    for field in ("kind", "category", "community", "partner", "listing_kind", "audience"):
        with pytest.raises(ValueError, match="cannot be filtered"):
            layout.filters(Query(today=TODAY, **{field: value}))


def test_T9_filters_are_typed_expressions_over_known_attributes() -> None:
    query = Query(
        today=TODAY,
        kind="service",
        community="liuyuan",
        max_price=5000,
        resident="liuyuan",
        people=3,
        audience="elder",
        free=True,
    )
    assert layout.filters(query) == [
        'facet_kind = "service"', 'area = "liuyuan"', 'facet_free = "true"',
        '(price <= 5000 OR (facet_community = "liuyuan" AND resident_price <= 5000))', "capacity >= 3",
        '(audience = "all" OR audience = "elder" OR audience = "adult")',
    ]  # fmt: skip
    day = TODAY.toordinal()
    assert layout.filters(Query(today=TODAY, day_from=TODAY, day_to=TODAY)) == [f"days {day} TO {day}"]
    assert layout.filters(Query(today=TODAY, day_part="noon")) == ['parts = "noon"']
