"""Of what matches alike, the near comes before the far: by a position, or by the searcher's community."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from market.search.documents import Label
from market.search.reasons import reasons
from market.search.rules import Query
from market.search.tantivy_engine import TantivyEngine
from tests.search.conftest import BAIHE, TODAY, filled, items, service

XIQIAO = Label("xiqiao", "溪桥", "Stream Bridge")
HERE = (31.2000, 121.4000)
ALIKE = [  # one title and price; degrees of latitude are about 111 km
    service(1, "剪纸", community=BAIHE, community_path=("baihe",), latitude=31.3000, longitude=121.4000),
    service(2, "剪纸", community=XIQIAO, community_path=("xiqiao",), latitude=31.2200, longitude=121.4000),
    service(3, "剪纸", community=XIQIAO, community_path=("xiqiao",), latitude=31.2050, longitude=121.4000),
    service(4, "剪纸", latitude=31.2001, longitude=121.4000),
]


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[TantivyEngine]:
    found = await filled(tmp_path / "search", ALIKE)
    yield found
    await found.aclose()


async def order(engine: TantivyEngine, query: Query) -> list[int]:
    return [int(item.id[-2:], 16) for item in items((await engine.search(query)).cards)]


async def test_home_comes_first_then_what_is_within_a_walk_then_within_a_ride_then_the_rest(
    engine: TantivyEngine,
) -> None:
    assert await order(engine, Query(today=TODAY, text="剪纸", home="liuyuan")) == [4, 3, 2, 1]


async def test_a_position_counts_more_than_the_middle_of_the_community(engine: TantivyEngine) -> None:
    query = Query(today=TODAY, text="剪纸", near=(31.3001, 121.4001))
    assert (await order(engine, query))[0] == 1


async def test_nearness_only_orders(engine: TantivyEngine) -> None:
    plain = Query(today=TODAY, text="剪纸")
    for query in (
        structs.replace(plain, home="liuyuan"),
        structs.replace(plain, near=HERE),
        structs.replace(plain, home="nowhere"),
    ):
        hits = await engine.search(query)
        assert hits.total == 4
        assert hits.facets == (await engine.search(plain)).facets


async def test_a_better_match_far_away_stays_before_a_worse_one_next_door(tmp_path: Path) -> None:
    far = service(1, "瑜伽", community=BAIHE, community_path=("baihe",), latitude=31.30, longitude=121.50)
    near = service(
        2,
        "舞蹈班",
        about="课间有瑜伽放松。",
        community=XIQIAO,
        community_path=("xiqiao",),
        latitude=31.2001,
        longitude=121.4,
    )
    engine = await filled(tmp_path / "search", [far, near])
    assert await order(engine, Query(today=TODAY, text="瑜伽", near=HERE)) == [1, 2]
    await engine.aclose()


async def test_the_reason_names_the_distance(engine: TantivyEngine) -> None:
    query = Query(today=TODAY, text="剪纸", near=HERE)
    by_id = {item.id[-1]: item for item in items((await engine.search(query)).cards)}
    told = {
        number: [each.label for each in reasons(item, query, ()) if each.kind == "near"]
        for number, item in by_id.items()
    }
    assert told == {"1": [], "2": [], "3": ["离您约600米"], "4": ["离您约100米"]}
