"""What every engine must give alike: the same suite over the embedded index and over Meilisearch, where there is one."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from market.search import fallback
from market.search.documents import Key
from market.search.engine import EngineFault, SearchEngine
from market.search.meilisearch import MeilisearchEngine
from market.search.rules import Query, Word, passes
from market.search.tantivy_engine import TantivyEngine
from tests.search.conftest import TODAY, TOWN, items, service
from tests.search.corpus import in_lots, make_documents
from tests.search.meili import WHY_NOT, is_to_be_had, server

HERE = (31.2, 121.4)
CORPUS = make_documents(150, seed=7, today=TODAY)
ENGINES = ("tantivy", "meilisearch") if is_to_be_had() else ("tantivy",)


@pytest.fixture(scope="module")
def meilisearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str] | None]:
    with server(tmp_path_factory.mktemp("meili")) as found:
        yield found


@pytest.fixture(params=ENGINES)
async def engine(
    request: pytest.FixtureRequest, tmp_path: Path, meilisearch: tuple[str, str] | None
) -> AsyncIterator[SearchEngine]:
    """An empty engine of each make."""
    if request.param == "tantivy":
        embedded = TantivyEngine(tmp_path / "search")
        yield embedded
        await embedded.aclose()
        return
    assert meilisearch is not None
    remote = MeilisearchEngine(*meilisearch, index=f"test-{uuid4().hex[:12]}")
    await remote.sounds_ready()
    yield remote
    await remote.drop()
    await remote.aclose()


def test_it_is_said_when_only_the_embedded_engine_was_tested() -> None:
    if "meilisearch" not in ENGINES:
        pytest.skip(WHY_NOT)


async def titles(engine: SearchEngine, text: str = "", **asked: object) -> list[str]:
    hits = await engine.search(Query(today=TODAY, text=text, **asked))
    assert len(hits.cards) == hits.total
    return [item.title for item in items(hits.cards)]


async def test_an_engine_without_an_index_says_so(engine: SearchEngine) -> None:
    assert await engine.needs_rebuild()
    with pytest.raises(EngineFault):
        await engine.search(Query(today=TODAY))
    with pytest.raises(EngineFault):
        await engine.replace(TOWN[:1])


async def test_the_words_of_neighbours_find_the_same_first(engine: SearchEngine) -> None:
    await engine.rebuild(in_lots(TOWN))
    assert not await engine.needs_rebuild()
    for text in ("瑜伽", "瑜珈", "yujia", "yj", "yoga", "Yoga", "ＹＯＧＡ"):
        assert (await titles(engine, text))[:1] == ["瑜伽"], text
    for text, first in (("書法", "书法入门"), ("shufa", "书法入门"), ("caligraphy", "书法入门"), ("送餐", "助老送餐"),
                        ("repair", "空调维修"),
                        ("钢琴", "多功能厅"), ("清和工作室", "清和工作室")):  # fmt: skip
        found = await titles(engine, text)
        assert first in found[:3], (text, found)
    assert set(await titles(engine, "瑜伽")) >= {"瑜伽", "社区瑜伽课程", "舞蹈班"}
    assert set(await titles(engine, "伽")) >= {"瑜伽", "社区瑜伽课程"}
    # a part of a partner's name finds the partner and all that it sells; which of them stands first is the engine's own ranking
    assert set(await titles(engine, "工作室")) >= {"清和工作室", "瑜伽", "社区瑜伽课程"}
    assert await titles(engine, "蟋蟀") == []
    both = (Word("瑜伽"), Word("蟋蟀"))
    assert (await engine.search(Query(today=TODAY, text="瑜伽 蟋蟀", words=both))).total == 0
    assert (await engine.search(Query(today=TODAY, text="瑜伽 蟋蟀", words=both, is_loose=True))).total > 0


QUERIES = [
    Query(today=TODAY), Query(today=TODAY, kind="space"), Query(today=TODAY, kind="partner"), Query(today=TODAY, category="root-3"),
    Query(today=TODAY, category="leaf-7", community="street1"), Query(today=TODAY, community="c2"), Query(today=TODAY, community="nowhere"),
    Query(today=TODAY, max_price=3000), Query(today=TODAY, free=True), Query(today=TODAY, people=20),
    Query(today=TODAY, partner="partner-9"),
    Query(today=TODAY, day_from=TODAY, day_to=TODAY), Query(today=TODAY, day_from=TODAY + timedelta(days=5)),
    Query(today=TODAY, day_to=TODAY + timedelta(days=3), max_price=9000), Query(today=TODAY, weekdays=frozenset({5, 6})),
    Query(today=TODAY, weekdays=frozenset({2}), free=True), Query(today=TODAY, day_part="morning"), Query(today=TODAY, listing_kind="meal"),
    Query(today=TODAY, day_part="evening", weekdays=frozenset({5})), Query(today=TODAY, audience="elder"),
    Query(today=TODAY, audience="child"),
    Query(today=TODAY, max_price=3000, resident="c3"),
]  # fmt: skip


async def test_filters_and_counts_equal_a_naive_computation(engine: SearchEngine) -> None:
    await engine.rebuild(in_lots(CORPUS))
    for query in QUERIES:
        hits = await engine.search(structs.replace(query, limit=50))
        expected = [document for document in CORPUS if passes(document, query)]
        assert hits.total == len(expected), query
        assert {item.id for item in items(hits.cards)} <= {document.id for document in expected}
        assert hits.facets == fallback.facets(CORPUS, query), query


async def test_orders_and_pages(engine: SearchEngine) -> None:
    await engine.rebuild(in_lots(CORPUS))
    cheap = items((await engine.search(Query(today=TODAY, sort="price", limit=50))).cards)
    wanted = [document.price_minor for document in fallback.order(CORPUS, Query(today=TODAY, sort="price"))[:50]]
    assert [item.price.amount if item.price else None for item in cheap] == wanted
    near = items((await engine.search(Query(today=TODAY, sort="distance", near=HERE, limit=50))).cards)
    metres = [item.distance_m or 0 for item in near]
    assert all(later >= earlier - 30 for earlier, later in pairwise(metres))
    for sort in ("price", "next", "distance"):
        seen: list[str] = []
        query = Query(today=TODAY, sort=sort, near=HERE, limit=17)
        while True:
            page = items((await engine.search(query.at(len(seen)))).cards)
            seen += [item.id for item in page]
            if len(page) < 17:
                break
        assert len(seen) == len(set(seen)) == len(CORPUS), sort


async def test_a_change_is_visible_when_it_returns_and_a_rebuild_replaces_everything(engine: SearchEngine) -> None:
    await engine.rebuild(in_lots(TOWN))
    await engine.replace([replace(TOWN[0], title="晨间书法")], deleted=[Key("service", str(UUID(int=2)))])
    assert await titles(engine, "晨间书法") == ["晨间书法"]
    assert "社区瑜伽课程" not in await titles(engine, "瑜伽")
    await engine.replace([service(77, "新来的课")], deleted=[])
    assert "新来的课" in await titles(engine)
    assert await engine.rebuild(in_lots(TOWN[:3])) == 3
    assert sorted(await titles(engine)) == sorted(document.title for document in TOWN[:3])
    assert not await engine.is_rebuilding()


async def test_suggestions_are_categories_that_begin_so_and_titles_that_match(engine: SearchEngine) -> None:
    await engine.rebuild(in_lots(TOWN))
    found = await engine.suggest("yuj")
    assert (found[0].text, found[0].kind, found[0].id) == ("瑜伽", "category", "yoga")
    assert "社区瑜伽课程" in {each.text for each in found}
    assert all(each.id for each in found)
    assert await engine.suggest("！！") == []


async def test_I11_hostile_text_is_literal(engine: SearchEngine) -> None:
    await engine.rebuild(in_lots(TOWN))
    for text in ('x" OR status != "published', "trailing\\", "_geoRadius(1,2,3)", "((((" * 40, "' OR 1=1 --", "瑜" * 200, '"', '""瑜伽"',
                 "-瑜伽", "NOT 瑜伽", "🧘‍♀️", "\u202e瑜伽", "ﬃ" * 100, "a AND b OR c"):  # fmt: skip
        hits = await engine.search(Query(today=TODAY, text=text))
        assert hits.total <= len(TOWN)
        await engine.suggest(text)


async def test_time_makes_documents_due(engine: SearchEngine) -> None:
    long_ago = TOWN[0].created_at - timedelta(days=400)
    await engine.rebuild(in_lots([replace(TOWN[0], refresh_at=long_ago), TOWN[1]]))
    assert await engine.due() == [TOWN[0].key]
