"""Filters, counts, order and pages mean what a naive computation over all documents says."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from market.search import cursors, fallback
from market.search.documents import KINDS, Label
from market.search.rules import SORTS, Query, date_choices, passes, price_band
from market.search.tantivy_engine import TantivyEngine
from tests.search.conftest import TODAY, TOWN, Titles, filled, items, service
from tests.search.corpus import make_documents

HERE = (31.2, 121.4)
CORPUS = make_documents(300, seed=7, today=TODAY)


def somewhere(slugs: list[str]) -> Any:
    return st.none() | st.sampled_from([*slugs, "nowhere"])


@st.composite
def queries(draw: Any) -> Query:
    first = draw(st.none() | st.integers(-3, 30))
    length = draw(st.none() | st.integers(0, 20))
    start = None if first is None else TODAY + timedelta(days=first)
    near = draw(st.none() | st.just(HERE))
    return Query(
        today=TODAY,
        kind=draw(st.none() | st.sampled_from(KINDS)),
        listing_kind=draw(st.none() | st.sampled_from(["class", "meal"])),
        partner=draw(somewhere([f"partner-{number}" for number in range(0, 400, 9)])),
        category=draw(somewhere(["root-0", "root-3", "leaf-0", "leaf-7"])),
        community=draw(somewhere(["c1", "c2", "street1", "district"])),
        max_price=draw(st.none() | st.integers(0, 31000)),
        free=draw(st.booleans()),
        day_from=start,
        day_to=None if length is None else (start or TODAY) + timedelta(days=length),
        people=draw(st.none() | st.integers(1, 70)),
        near=near,
        sort=draw(st.sampled_from(SORTS if near else [each for each in SORTS if each != "distance"])),
        limit=50,
    )


@pytest.fixture(scope="module")
def corpus_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corpus") / "search"


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries())
async def test_filters_and_counts_equal_a_naive_computation(corpus_root: Path, query: Query) -> None:
    engine = TantivyEngine(corpus_root)
    if not engine.generation:
        engine = await filled(corpus_root, CORPUS)
    hits = await engine.search(query)
    expected = [document for document in CORPUS if passes(document, query)]
    assert hits.total == len(expected)
    found = items(hits.cards)
    assert {item.id for item in found} <= {document.id for document in expected}
    assert len(found) == min(50, len(expected))
    assert hits.facets == fallback.facets(CORPUS, query)
    ranked = fallback.order(expected, query)
    if query.sort == "distance":
        wanted = [fallback.distance(document, query) or 0 for document in ranked[:50]]
        assert all(abs((item.distance_m or 0) - metres) <= 30 for item, metres in zip(found, wanted, strict=True))
    elif query.sort == "price":
        prices = [document.price_minor for document in ranked[:50]]
        assert [item.price.amount if item.price else None for item in found] == prices
    else:
        nexts = [document.next_offer.starts_at if document.next_offer else None for document in ranked[:50]]
        assert [item.next.starts_at if item.next else None for item in found] == nexts


async def test_a_kind_of_listing_and_a_partner_are_filters(tmp_path: Path) -> None:
    mine = Label("xingfu-canteen", "幸福食堂")
    goods = [
        service(1, "瑜伽"),
        service(2, "午餐", listing_kind="meal", partner=mine),
        service(3, "烘焙课", partner=mine),
    ]
    engine = await filled(tmp_path / "search", goods)

    async def found(**asked: Any) -> set[str]:
        hits = await engine.search(Query(today=TODAY, **asked))
        assert {document.title for document in goods if passes(document, Query(today=TODAY, **asked))} == {
            item.title for item in items(hits.cards)
        }
        return {item.title for item in items(hits.cards)}

    assert await found(listing_kind="meal") == {"午餐"}
    assert await found(partner="xingfu-canteen") == {"午餐", "烘焙课"}
    assert await found(partner="xingfu-canteen", listing_kind="class", text="烘焙") == {"烘焙课"}
    assert await found(partner="xingfu") == set()


async def test_counts_follow_the_text_too(town: TantivyEngine) -> None:
    hits = await town.search(Query(today=TODAY, text="瑜伽", category="yoga"))
    assert hits.total == 2
    counts = {facet: {each.value: each.count for each in values} for facet, values in hits.facets.items()}
    assert counts["category"] == {"culture-sports": 3, "yoga": 2}  # its own filter does not narrow it
    assert counts["kind"] == {"service": 2}
    assert counts["price"] == {"5000-10000": 2}
    assert counts["date"] == {"today": 1, "week": 2, "weekend": 1}
    assert hits.facets["category"][0].label == "文体"
    assert hits.facets["category"][0].label_en == "Culture and sports"


async def test_each_order_is_kept(titles: Titles) -> None:
    assert (await titles(sort="price"))[:3] == ["书法入门", "助老送餐", "多功能厅"]
    assert (await titles(sort="price"))[-1] == "清和工作室"
    assert (await titles(sort="next"))[-3:] != (await titles(sort="price"))[-3:]
    assert (await titles("瑜伽", sort="next")) == ["瑜伽", "舞蹈班", "社区瑜伽课程"]
    by_distance = await titles(sort="distance", near=HERE)
    assert by_distance[-3:] == ["音乐会", "助老送餐", "空调维修"]
    assert by_distance[-4] == "多功能厅"


async def test_a_card_shows_prices_next_session_and_distance(town: TantivyEngine) -> None:
    hits = await town.search(Query(today=TODAY, text="助老送餐", near=HERE))
    [item] = items(hits.cards)
    assert (item.price.amount, item.price.currency, item.resident_price.amount) == (1500, "CNY", 6400)
    assert item.next is not None and item.next.left == 5
    assert 14_000 < (item.distance_m or 0) < 15_000
    assert item.community_name_en == "White River" and item.partner_name_en == "Qinghe Studio"
    assert item.community == "baihe" and item.category == "elder-care" and item.partner == "qinghe-studio"


@pytest.mark.parametrize("sort", SORTS)
async def test_pages_are_disjoint_and_together_everything(tmp_path: Path, sort: Any) -> None:
    engine = await filled(tmp_path / "search", CORPUS)
    query = Query(today=TODAY, text="课" if sort == "relevance" else "", sort=sort, near=HERE, limit=17)
    seen: list[str] = []
    total = (await engine.search(query)).total
    while len(seen) < total:
        page = items((await engine.search(query.at(len(seen)))).cards)
        assert page
        seen += [item.id for item in page]
    assert len(seen) == len(set(seen)) == total > 50
    assert items((await engine.search(query)).cards)[0].id == seen[0]


def test_a_cursor_is_only_good_for_its_own_question() -> None:
    query = Query(today=TODAY, text="瑜伽")
    mark = cursors.encode(query, offset=20)
    assert cursors.decode(query, mark) == 20
    assert cursors.decode(structs.replace(query, text="书法"), mark) is None
    for wrong in (
        "",
        "%",
        "AAAA",
        "' OR 1=1",
        mark + "x",
        mark[:-1],
        "é",
        "MjAuMDAwMDAwMDA",
        cursors.encode(query, offset=9999),
    ):
        assert cursors.decode(query, wrong) is None


def test_the_weekend_is_the_next_one_or_what_is_left_of_it() -> None:
    days = [TODAY + timedelta(days=ahead) for ahead in range(7)]
    weekends = {day.weekday(): [each.weekday() for each in date_choices(day)["weekend"]] for day in days}
    assert weekends == {2: [5, 6], 3: [5, 6], 4: [5, 6], 5: [5, 6], 6: [6], 0: [5, 6], 1: [5, 6]}


@pytest.mark.parametrize("ahead", range(7))
async def test_date_counts_are_right_on_every_weekday(tmp_path: Path, ahead: int) -> None:
    engine = await filled(tmp_path / "search", CORPUS)
    query = Query(today=TODAY + timedelta(days=ahead), text="")
    assert (await engine.search(query)).facets["date"] == fallback.facets(CORPUS, query)["date"]


def test_price_bands_begin_where_the_one_below_ends() -> None:
    assert [price_band(price) for price in (0, 1999, 2000, 19999, 20000)] == [
        "0-2000", "0-2000", "2000-5000", "10000-20000", "20000-",
    ]  # fmt: skip


def test_free_means_a_price_of_nothing() -> None:
    query = Query(today=TODAY, free=True)
    assert [document.title for document in TOWN if passes(document, query)] == ["书法入门"]
    assert not passes(service(1, "x", price_minor=1), query)
