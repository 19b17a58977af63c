# ruff: noqa: E501 - tables of made-up goods
"""An engine over a small town of documents."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from market.search.documents import Document, Label
from market.search.rules import Query
from market.search.schemas import NextOffer, SearchItem
from market.search.tantivy_engine import TantivyEngine
from tests.search.corpus import in_lots

TODAY = date(2026, 11, 25)  # a Wednesday
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LIUYUAN = Label("liuyuan", "柳园", "Willow Garden")
BAIHE = Label("baihe", "白河", "White River")
SPORT = Label("culture-sports", "文体", "Culture and sports")
CARE = Label("elder-care", "养老", "Elder care")


def offer(days_ahead: int, left: int = 5) -> NextOffer:
    return NextOffer(UUID(int=days_ahead + 1), NOON + timedelta(days=days_ahead), left)


def service(number: int, title: str, title_en: str | None = None, **facts: Any) -> Document:
    """A class in 柳园 for 80.00, next today."""
    facts = {
        "about": "小班教学，请提前预约。", "community": LIUYUAN, "community_path": ("east", "liuyuan"), "categories": (SPORT,),
        "partner": Label("qinghe-studio", "清和工作室", "Qinghe Studio"), "price_minor": 8000, "resident_price_minor": 6400,
        "latitude": 31.20, "longitude": 121.40, "next_offer": offer(0), "days": (TODAY,), "capacity": 10, "currency": "CNY",
        "created_at": NOON, "listing_kind": "class",
    } | facts  # fmt: skip
    return Document(kind="service", id=str(UUID(int=number)), title=title, title_en=title_en, **facts)


TOWN = [
    service(1, "瑜伽", "Yoga", categories=(SPORT, Label("yoga", "瑜伽", "Yoga"))),
    service(2, "社区瑜伽课程", "Yoga for beginners", categories=(SPORT, Label("yoga", "瑜伽", "Yoga")), price_minor=5000, days=(TODAY + timedelta(days=3),), next_offer=offer(3)),
    service(3, "书法入门", "Calligraphy class", price_minor=0, resident_price_minor=None),
    service(4, "舞蹈班", "Dance", about="课间有瑜伽放松。"),
    service(5, "助老送餐", "Meals for elders", categories=(CARE,), community=BAIHE, community_path=("west", "baihe"), price_minor=1500, latitude=31.30, longitude=121.50),
    service(6, "音乐会", "Concert", price_minor=30000, next_offer=offer(1), days=(TODAY + timedelta(days=1),), latitude=31.21),
    service(7, "空调维修", "Air conditioner repair", next_offer=None, days=(), price_minor=12000, capacity=1, latitude=None, longitude=None),
    replace(service(8, "多功能厅", "Function hall"), kind="space", next_offer=None, partner=None, equipment=("投影", "钢琴"), capacity=60, price_minor=4000, latitude=31.205),
    replace(service(9, "清和工作室", "Qinghe Studio"), kind="partner", next_offer=None, price_minor=None, resident_price_minor=None, days=(), capacity=None, categories=()),
]  # fmt: skip


async def filled(root: Path, documents: list[Document]) -> TantivyEngine:
    engine = TantivyEngine(root)
    await engine.rebuild(in_lots(documents))
    return engine


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[TantivyEngine]:
    """An engine that knows TOWN."""
    engine = await filled(tmp_path / "search", TOWN)
    yield engine
    await engine.aclose()


def items(cards: list[bytes]) -> list[SearchItem]:
    return [msgspec.json.decode(card, type=SearchItem) for card in cards]


Titles = Callable[..., Any]


@pytest.fixture
def titles(town: TantivyEngine) -> Titles:
    """`await titles("瑜伽", sort="price")`: the titles found in TOWN, in order."""

    async def find(text: str = "", **asked: Any) -> list[str]:
        hits = await town.search(Query(today=TODAY, text=text, **asked))
        assert len(hits.cards) == hits.total
        return [item.title for item in items(hits.cards)]

    return find
