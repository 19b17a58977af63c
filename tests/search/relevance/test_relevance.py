"""What residents ask is answered: over the whole set, in every class of query, and on the fifth that nobody tunes for."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from market.search import service
from market.search.engine import SearchEngine
from market.search.rules import Query
from market.search.schemas import SearchItem
from market.search.understanding import understand
from market.search.vocabulary import make_lexicon
from tests.search.conftest import filled
from tests.search.relevance.measure import DEPTH, Asked, Score, mean, queries, score
from tests.search.relevance.town import TODAY, documents, facts, name_id

RATCHET = Path(__file__).parent / "reached.json"
SLACK = 0.01  # the town's data may grow by a service that fits a query by accident


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SearchEngine]:
    engine = await filled(tmp_path / "search", documents())
    yield engine
    await engine.aclose()


async def answered(engine: SearchEngine, asked: Sequence[Asked]) -> list[Score]:
    """Each query asked as the page asks it: read with the lexicon, relaxed where nothing has all its words."""
    names = {name_id(name): name for name in _all_names()}
    lexicon = make_lexicon(facts())
    scores = []
    for each in asked:
        understood = understand(Query(today=TODAY, text=each.text, limit=DEPTH), lexicon)
        hits, _ = await service.ask(engine, understood.query)
        found = [names.get(msgspec.json.decode(card, type=SearchItem).id, "?") for card in hits.cards]
        scores.append(score(each, found))
    return scores


def _all_names() -> set[str]:
    return {name for each in queries() for name in each.grades}


def figures(scores: Sequence[Score]) -> dict[str, float]:
    return {
        "ndcg": round(mean(each.ndcg for each in scores), 4),
        "success": round(mean(each.success for each in scores), 4),
    }


def report(scores: Sequence[Score]) -> dict[str, dict[str, float]]:
    """Figures of all, of the held fifth, and of every class."""
    classes = dict.fromkeys(each.asked.kind for each in scores)
    parts = {"all": scores, "tuned": [each for each in scores if not each.asked.is_held]}
    parts["held out"] = [each for each in scores if each.asked.is_held]
    parts |= {kind: [each for each in scores if each.asked.kind == kind] for kind in classes}
    return {name: figures(part) for name, part in parts.items()}


async def test_what_residents_ask_is_answered(engine: SearchEngine, capsys: pytest.CaptureFixture[str]) -> None:
    scores = await answered(engine, queries())
    reached = report(scores)
    with capsys.disabled():
        print()
        for name, figure in reached.items():
            print(f"  relevance {name:<12} nDCG@10 {figure['ndcg']:.3f}  success@1 {figure['success']:.3f}")
    assert reached["all"]["ndcg"] >= 0.90 and reached["all"]["success"] >= 0.85
    poor = {name: figure for name, figure in reached.items() if figure["ndcg"] < 0.75}
    assert poor == {}
    before: dict[str, dict[str, float]] = json.loads(RATCHET.read_text(encoding="utf-8"))
    worse = {
        name: (figure, reached[name])
        for name, figure in before.items()
        if any(reached[name][key] < value - SLACK for key, value in figure.items())
    }
    assert worse == {}, "relevance may only go up; see tests/search/relevance/reached.json"


def test_the_set_is_large_enough_and_names_only_what_the_town_has() -> None:
    asked = queries()
    assert len(asked) >= 250 and len({each.text for each in asked}) == len(asked)
    assert 0.18 <= mean(each.is_held for each in asked) <= 0.22
    ids = {document.id for document in documents()}
    assert {name for name in _all_names() if name_id(name) not in ids} == set()


def test_a_wrong_order_and_a_missing_answer_cost_points() -> None:
    asked = Asked("words", is_held=False, text="x", grades={"a": 3, "b": 1})
    assert score(asked, ["a", "b"]).ndcg == 1.0
    assert score(asked, ["b", "a"]).ndcg < 0.8 and not score(asked, ["b", "a"]).success
    assert score(asked, []).ndcg == 0.0
    nothing = Asked("none", is_held=False, text="x", grades={})
    assert score(nothing, []).ndcg == 1.0 and score(nothing, ["a"]).ndcg == 0.0
