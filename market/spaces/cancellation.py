"""What comes back when a booking is called off (pure): steps of time before the start, each with the share that comes back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

WHOLE_BP = 10_000
MAX_STEPS = 6


@dataclass(frozen=True, slots=True)
class Step:
    """Until `until_h` hours before the start, `back_bp` basis points of what was paid come back."""

    until_h: int
    back_bp: int


# A room, stall or site can be given back until a day before it starts.
USUAL = (Step(24, WHOLE_BP),)


def steps_of(stored: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The steps of a space, or of a line that was sold, the longest time first."""
    return tuple(sorted((Step(each["until_h"], each["back_bp"]) for each in stored), key=lambda step: -step.until_h))


def step_faults(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """What is wrong with the steps, by field: each time once, and never more back for calling off later."""
    faults = []
    ordered = sorted(range(len(steps)), key=lambda index: -steps[index].until_h)
    for before, after in pairwise(ordered):
        if steps[before].until_h == steps[after].until_h:
            faults.append((f"cancellation.{after}.until_h", "is named twice"))
        elif steps[after].back_bp > steps[before].back_bp:
            faults.append((f"cancellation.{after}.back_bp", "must not be more than for calling off earlier"))
    return faults


def refundable(steps: Sequence[Step], *, left_minor: int, starts_at: datetime, now: datetime) -> int:
    """Minor units of `left_minor` that come back for calling off at `now`, rounded down; 0 after the last step.

    The limit itself still counts (B17). Never below 0, never more than is left, never more the later it is."""
    for step in steps:
        if now <= starts_at - timedelta(hours=step.until_h):
            return left_minor * step.back_bp // WHOLE_BP
    return 0


def last_moment(steps: Sequence[Step], starts_at: datetime) -> datetime:
    """Until when anything comes back: the start of the time in which nothing does."""
    paying = [step.until_h for step in steps if step.back_bp]
    return starts_at - timedelta(hours=min(paying)) if paying else starts_at - timedelta(days=3650)
