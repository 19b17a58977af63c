"""What residents type finds what they mean."""

from dataclasses import replace
from pathlib import Path

import pytest

from market.search.documents import Label
from market.search.rules import Query
from market.search.tantivy_engine import TantivyEngine
from market.search.tokens import runs, sounds, stem, terms
from tests.search.conftest import TODAY, Titles, filled, items, service

YOGA = ["瑜伽", "社区瑜伽课程", "舞蹈班"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("瑜伽", YOGA),
        ("瑜", YOGA),
        ("yujia", YOGA[:2]),
        ("yuj", YOGA[:2]),
        ("yj", YOGA[:2]),
        ("yu jia", YOGA[:2]),
        ("瑜珈", YOGA[:2]),
        ("ＹＯＧＡ", YOGA[:2]),
        ("yoga", YOGA[:2]),
        ("yoag", YOGA[:2]),
        ("ypga", YOGA[:2]),
        ("yog", YOGA[:2]),
        ("瑜伽課程", ["社区瑜伽课程"]),
        ("課程", ["社区瑜伽课程"]),
        ("yujiakecheng", ["社区瑜伽课程"]),
        ("yujiake", ["社区瑜伽课程"]),
        ("瑜伽 beginner", ["社区瑜伽课程"]),
        ("yoga for beginners", ["社区瑜伽课程"]),
        ("yoga瑜伽 社区", ["社区瑜伽课程"]),
        ("calli", ["书法入门"]),
        ("caligraphy", ["书法入门"]),
        ("CALLIGRAPHY classes", ["书法入门"]),
        ("shufa", ["书法入门"]),
        ("yinyuehui", ["音乐会"]),
        ("yyh", ["音乐会"]),
        ("送餐", ["助老送餐"]),
        ("baihe", ["助老送餐"]),
        ("white river", ["助老送餐"]),
        ("空调 维修", ["空调维修"]),
        ("repair air conditioners", ["空调维修"]),
        ("钢琴", ["多功能厅"]),
        ("gangqin", ["多功能厅"]),
        ("沒有這個東西", []),
        ("xyzzyx", []),
        ("瑜伽 钢琴", []),
    ],
)
async def test_what_is_typed_finds_what_is_meant(titles: Titles, typed: str, found: list[str]) -> None:
    assert sorted(await titles(typed)) == sorted(found)


async def test_an_exact_name_comes_before_a_word_and_a_word_before_the_text(titles: Titles) -> None:
    assert await titles("瑜伽") == YOGA
    assert (await titles("yoga"))[0] == "瑜伽"
    assert (await titles("清和工作室"))[0] == "清和工作室"


async def test_what_can_be_bought_comes_before_rooms_and_rooms_before_partners(tmp_path: Path) -> None:
    """However short the names of rooms and partners are: who types a word wants what it names."""
    place = {"next_offer": None, "resident_price_minor": None, "days": (), "listing_kind": None, "categories": ()}
    others = [service(100 + number, f"书法{number}期", categories=()) for number in range(60)]
    sellers = [Label(f"studio-{number}", f"工坊{number}") for number in range(4)]
    goods = [
        replace(service(1, "瑜伽室"), kind="space", partner=None, **place),
        replace(service(2, "瑜伽馆"), kind="partner", price_minor=None, **place),
        service(3, "周末上门一对一瑜伽私教课程（含垫子和茶水）", partner=sellers[0], categories=()),
        service(4, "春季社区瑜伽课程", partner=sellers[1], categories=()),
        *others,
    ]
    engine = await filled(tmp_path / "search", goods)
    hits = await engine.search(Query(today=TODAY, text="瑜伽"))
    assert [item.kind for item in items(hits.cards)] == ["service", "service", "space", "partner"]
    exact = await engine.search(Query(today=TODAY, text="瑜伽室"))
    assert items(exact.cards)[0].title == "瑜伽室"
    await engine.aclose()


async def test_a_short_beginning_finds_more_than_a_long_one(titles: Titles) -> None:
    assert set(await titles("y")) >= {"瑜伽", "社区瑜伽课程", "音乐会"}


async def test_suggestions_complete_categories_and_titles(town: TantivyEngine) -> None:
    found = await town.suggest("yuj")
    assert [(each.text, each.kind) for each in found] == [("瑜伽", "category"), ("社区瑜伽课程", "service")]
    assert await town.suggest("") == []
    assert await town.suggest("！！") == []


def test_text_is_folded_before_it_is_cut() -> None:
    assert runs("Café ＹＯＧＡ 瑜伽課 12") == ["cafe", "yoga", "瑜伽课", "12"]
    assert runs("﹏！？") == []
    assert list(terms("Yoga classes")) == ["yoga", "classes", "class"]
    assert [stem(word) for word in ("swimming", "cooking", "ladies", "bus", "yoga")] == [
        "swim",
        "cook",
        "lady",
        "bus",
        "yoga",
    ]


def test_sounds_follow_the_word_where_a_character_has_several() -> None:
    assert {"yinyue", "yinhang", "yy"} <= sounds("音乐银行")
    assert "yinle" not in sounds("音乐")
