"""nDCG@10 and success@1 of a list of queries with graded answers.

A query that nothing answers is right when nothing is found; one that was relaxed counts as finding."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

DEPTH = 10
QUERIES = Path(__file__).parent / "queries.tsv"


@dataclass(frozen=True)
class Asked:
    """What a resident types, and what answers it: 3 = just that, 2 = good, 1 = of some use."""

    kind: str
    is_held: bool
    text: str
    grades: dict[str, int]


@dataclass(frozen=True)
class Score:
    """How well a query was answered; `found` are the names of the first hits."""

    asked: Asked
    ndcg: float
    success: bool
    found: tuple[str, ...]


def queries() -> list[Asked]:
    """The whole set, in the order of the file."""
    rows = [line.split("\t") for line in QUERIES.read_text(encoding="utf-8").splitlines()[1:]]
    return [Asked(kind, which == "held", text, _grades(answers)) for kind, which, text, answers in rows]


def _grades(answers: str) -> dict[str, int]:
    return {name: int(grade) for name, grade in (each.split(":") for each in answers.split())}


def _gain(grades: Iterable[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def score(asked: Asked, found: Sequence[str]) -> Score:
    """`found` are names of hits, best first. Success: the first hit is a good one, or as good as any."""
    if not asked.grades:
        return Score(asked, float(not found), not found, tuple(found))
    best = sorted(asked.grades.values(), reverse=True)[:DEPTH]
    gain = _gain(asked.grades.get(name, 0) for name in found[:DEPTH])
    is_good = bool(found) and asked.grades.get(found[0], 0) >= min(2, best[0])
    return Score(asked, gain / _gain(best), is_good, tuple(found))


def mean(values: Iterable[float]) -> float:
    """Zero for none."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0
