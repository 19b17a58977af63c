"""How much of a resource is promised at once (pure)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from market.listings.schemas import NewOffer

Fault = tuple[str, str]


def peak(claims: Iterable[tuple[datetime, datetime, int]]) -> int:
    """The most that these claims (start, end, quantity) need at one moment; one that ends when another starts needs nothing then."""
    changes = [(at, change) for low, high, quantity in claims for at, change in ((low, quantity), (high, -quantity))]
    most = running = 0
    for _, change in sorted(changes):
        running += change
        most = max(most, running)
    return most


def resource_faults(new: Sequence[NewOffer]) -> list[Fault]:
    """What is wrong with the teachers and equipment that offers name, by field."""
    faults = []
    for index, each in enumerate(new):
        needs_time = each.starts_at is None or each.ends_at is None
        if each.teacher_id is not None and needs_time:
            faults.append((f"offers[{index}].teacher_id", "only what has a time takes a teacher"))
        if each.equipment and needs_time:
            faults.append((f"offers[{index}].equipment", "only what has a time takes equipment"))
        if len({item.id for item in each.equipment}) != len(each.equipment):
            faults.append((f"offers[{index}].equipment", "each must be named once"))
    return faults
