"""A fund's yearly plan beside what was really spent (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from market.errors import InvalidInput

# Help for families is one line of its own: by purpose it could tell of too few of them (O08).
RELIEF = "relief"
RELIEF_LABEL = ("困难家庭救助", "Help for families")
MAX_AMOUNT = 10**13


@dataclass(frozen=True, slots=True)
class PlanLine:
    """Minor units of one purpose; `planned` None: the plan does not name it."""

    purpose: str
    planned: int | None
    spent: int


def check_plan(lines: Sequence[tuple[str, int]], purposes: Iterable[str]) -> None:
    """Raises InvalidInput for a purpose that is none of the fund's, stands twice, or an amount that cannot be."""
    allowed = {*purposes, RELIEF}
    named = [purpose for purpose, _ in lines]
    for number, (purpose, amount) in enumerate(lines):
        if purpose not in allowed:
            raise InvalidInput([(f"lines.{number}.purpose", "is not among the purposes of this fund")])
        if not 0 <= amount <= MAX_AMOUNT:
            raise InvalidInput([(f"lines.{number}.amount", "must be 0 or more")])
    if not lines or len(named) != len(set(named)):
        raise InvalidInput([("lines", "must name each purpose once")])
    if not any(amount for _, amount in lines):
        raise InvalidInput([("lines", "must plan something")])


def beside(planned: Sequence[tuple[str, int]], spent: Mapping[str, int]) -> list[PlanLine]:
    """The plan in its order, each purpose beside what was spent on it; then what was spent without being planned."""
    found = [PlanLine(purpose, amount, spent.get(purpose, 0)) for purpose, amount in planned]
    known = {purpose for purpose, _ in planned}
    return found + [PlanLine(purpose, None, spent[purpose]) for purpose in sorted(spent) if purpose not in known]
