"""What may happen to a need and when, and which needs say nearly the same: the board's decisions (mission T7, H4)."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Status = Literal["open", "taken", "offered", "closed"]
Act = Literal["take", "offer", "release", "close"]
STATUSES: tuple[Status, ...] = ("open", "taken", "offered", "closed")
CLOSED_BY_AUTHOR = ("solved", "withdrawn")
CLOSED_BY_STAFF = ("solved", "not_possible", "removed")

MAX_OPEN = 5  # needs of one person that wait at the same time
MAX_TAKEN = 5  # needs that one partner may have promised and not yet delivered
TAKEN_DAYS = 30  # then a promise without a listing is over
ALIKE_FROM = 0.34  # share of common pairs of characters from which two needs are shown as alike

_NEXT: dict[tuple[str, str], Status] = {
    ("open", "take"): "taken",
    ("open", "offer"): "offered",
    ("taken", "offer"): "offered",
    ("taken", "release"): "open",
    ("open", "close"): "closed",
    ("taken", "close"): "closed",
    ("offered", "close"): "closed",
}


def after(status: str, act: Act) -> Status | None:
    """The state a need is in after an act; None where the act is not possible."""
    return _NEXT.get((status, act))


@dataclass(frozen=True, slots=True)
class Title:
    """A need by its words."""

    id: str
    text: str


def _pairs(text: str) -> set[str]:
    letters = [char for char in text.casefold() if char.isalnum()]
    return {"".join(pair) for pair in itertools.pairwise(letters)} or set(letters)


def alikeness(one: str, other: str) -> float:
    """How much two short texts have in common, 0 to 1: the shorter one's pairs of characters that the longer one has too."""
    a, b = _pairs(one), _pairs(other)
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


def alike(text: str, titles: Sequence[Title], *, limit: int) -> list[str]:
    """Ids of what says nearly the same as `text`, nearest first."""
    rated = [(alikeness(text, title.text), title.id) for title in titles]
    return [found for rate, found in sorted(rated, reverse=True) if rate >= ALIKE_FROM][:limit]
