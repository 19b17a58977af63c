"""I10, I11, A03: whatever is typed is answered or refused, in bounds, and nobody's drafts or private data come out."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.app import Parts
from market.db import Database
from market.errors import InvalidInput
from market.search import service
from market.search.engine import SearchEngine
from market.search.parameters import read_query
from market.search.reading import MAX_PIECES
from market.search.schemas import SearchItem
from market.search.understanding import understand
from market.search.vocabulary import make_lexicon
from tests import factories
from tests.search.conftest import filled
from tests.search.goods import make_listing
from tests.search.hostile import texts
from tests.search.relevance.town import TODAY, documents, facts

Client = AsyncTestClient[Litestar]
ROUND = 20_000
SECRETS = [
    "秘密草稿",
    "mimicaogao",
    "mmcg",
    "secretdraft",
    "secretdraf",
    "secret draft",
    "李雷",
    "lilei",
    "13800138000",
    "resident@example.test",
]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[SearchEngine]:
    engine = await filled(tmp_path / "search", documents())
    yield engine
    await engine.aclose()


async def test_I10_I11_twenty_thousand_hostile_queries_are_answered_or_refused(town: SearchEngine) -> None:
    lexicon, known = make_lexicon(facts()), {document.id for document in documents()}
    outcomes: Counter[str] = Counter()
    for text in texts(ROUND):
        try:
            query = read_query({"q": text, "limit": "3", "facets": "kind"}, today=TODAY)
        except InvalidInput as refused:
            assert [field for field, _ in refused.fields] == ["q"]
            outcomes["refused"] += 1
            continue
        understood = understand(query, lexicon)
        assert len(understood.query.asked) <= MAX_PIECES
        hits, _ = await service.ask(town, understood.query)
        assert {msgspec.json.decode(card, type=SearchItem).id for card in hits.cards} <= known
        assert sum(each.count for each in hits.facets["kind"]) == hits.total <= len(known)
        outcomes["found" if hits.total else "nothing"] += 1
    assert min(outcomes["refused"], outcomes["found"], outcomes["nothing"]) > ROUND // 50


async def test_A03_hostile_requests_bring_no_draft_and_no_private_data(
    client: Client, db: Database, parts: Parts
) -> None:
    community = await factories.make_community(db, "liuyuan", name="柳园社区")
    await factories.make_partner(db, "qinghe", name="清和工作室", owner_login="resident@example.test")
    await factories.make_person(db, "13800138000", name="李雷", resident_of=community)
    await make_listing(db, "瑜伽")
    draft = str(await make_listing(db, "秘密草稿", status="draft", about="secretdraft"))
    await service.rebuild(db, engine=parts.engine)
    open_text = (await client.get("/api/search")).text
    assert draft not in open_text and '"total":2' in open_text
    for text in itertools.chain(SECRETS, texts(400, seed=12)):
        sendable = text.encode("utf-8", "replace").decode()[:3000]
        for path in ("/api/search", "/api/suggest"):
            answer = await client.get(
                path, params={"q": sendable, "explain": "true"} if "search" in path else {"q": sendable}
            )
            assert answer.status_code in {200, 414, 422}, (path, sendable)
            assert draft not in answer.text
            if answer.status_code == 200:
                shown = answer.json()
                names = [item.get("title") or item.get("text") for item in shown["items"]]
                assert not {"秘密草稿", "李雷"} & set(names)
                assert shown.get("total", 0) <= 2
