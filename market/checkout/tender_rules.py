"""How bids of a tender are put in order (pure; T1): by criteria and weights that were announced before, in whole numbers only.

A criterion gives its whole weight to the best there can be and a part of it, exactly in proportion, to less. Scores are compared as
integers over one common denominator, so that no rounding ever decides; what is shown is rounded down to hundredths of a point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Literal

from market.money import BASIS

CriterionKind = Literal["price", "number", "committee"]
TieRule = Literal["price", "earliest"]
COMMITTEE_MOST = 100
Fault = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Criterion:
    """`price`: the rent a month, the highest bid is full. `number`: what the bidder states, full at `most`. `committee`: 0 to 100 points
    that the committee gives after the opening. `weight_bp` of all criteria together are 10000, shown as 100 points."""

    key: str
    kind: CriterionKind
    weight_bp: int
    most: int = COMMITTEE_MOST


@dataclass(frozen=True, slots=True)
class Opened:
    """A bid as it was opened; `number` counts in the order in which bids came in."""

    number: int
    base_minor: int
    answers: Mapping[str, int] = field(default_factory=dict)
    points: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ranked:
    """`score` of `out_of` is exact; `parts` are hundredths of a point for each criterion, rounded down, as is `shown` for all."""

    number: int
    place: int
    score: int
    out_of: int
    shown: int
    parts: Mapping[str, int]


def criteria_faults(criteria: Sequence[Criterion]) -> list[Fault]:
    """What is wrong with announced criteria, by field."""
    faults = []
    if sum(each.weight_bp for each in criteria) != BASIS:
        faults.append(("criteria", "weights must make 100 % together"))
    if [each.kind for each in criteria].count("price") != 1:
        faults.append(("criteria", "exactly one must be the price"))
    if len({each.key for each in criteria}) != len(criteria):
        faults.append(("criteria", "each needs a key of its own"))
    return faults


def answer_faults(criteria: Sequence[Criterion], answers: Mapping[str, int]) -> list[Fault]:
    """What is wrong with the numbers of a bid: each stated criterion has one from 0 to its most, and there are no others."""
    asked = {each.key: each.most for each in criteria if each.kind == "number"}
    faults = [(f"answers.{key}", "is not asked for") for key in sorted(set(answers) - set(asked))]
    for key, most in asked.items():
        if key not in answers:
            faults.append((f"answers.{key}", "is missing"))
        elif not 0 <= answers[key] <= most:
            faults.append((f"answers.{key}", f"must be from 0 to {most}"))
    return faults


def points_missing(criteria: Sequence[Criterion], bids: Sequence[Opened]) -> bool:
    """Whether the committee still has to give points to a bid."""
    asked = {each.key for each in criteria if each.kind == "committee"}
    return any(asked - set(bid.points) for bid in bids)


def ranking(criteria: Sequence[Criterion], bids: Sequence[Opened], *, tie_rule: TieRule) -> list[Ranked]:
    """The bids from first to last. A tie goes to the higher price and then to the earlier bid, or to the earlier bid at once, as
    announced; no two bids have the same place. Points that are not given yet count as none."""
    best = max((bid.base_minor for bid in bids), default=0)
    wholes = {each.key: _whole(each, best) for each in criteria}
    common = prod(wholes.values())
    scored = []
    for bid in bids:
        reached = {each.key: each.weight_bp * min(_reached(each, bid), wholes[each.key]) for each in criteria}
        score = sum(units * (common // wholes[key]) for key, units in reached.items())
        parts = {key: units // wholes[key] for key, units in reached.items()}
        scored.append((bid, score, parts))
    by_price = tie_rule == "price"
    scored.sort(key=lambda each: (-each[1], -each[0].base_minor if by_price else 0, each[0].number))
    return [
        Ranked(bid.number, place, score, common * BASIS, score // common, parts)
        for place, (bid, score, parts) in enumerate(scored, start=1)
    ]


def _whole(criterion: Criterion, best: int) -> int:
    if criterion.kind == "price":
        return max(best, 1)
    return COMMITTEE_MOST if criterion.kind == "committee" else criterion.most


def _reached(criterion: Criterion, bid: Opened) -> int:
    if criterion.kind == "price":
        return bid.base_minor
    return (bid.points if criterion.kind == "committee" else bid.answers).get(criterion.key, 0)
