"""Until when what an order claimed is kept for it (pure)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

# The buyer of a desk order has to walk to the desk.
DESK_HOLD = timedelta(days=1)
# Who may pay after an approval has a quarter of an hour at the least, however soon it begins.
LEAST_TO_PAY_MIN = 15


def hold_until(pay_by: str, *, now: datetime, minutes: Sequence[int], starts: Sequence[datetime]) -> datetime:
    """Until when an unpaid order keeps what it claimed: the shortest of its communities' holds; at a desk a day, yet no longer than
    until the first of it starts."""
    least = now + timedelta(minutes=min(minutes))
    return max(least, min([now + DESK_HOLD, *starts])) if pay_by == "desk" else least


def decide_by(*, now: datetime, hours: Sequence[int], starts: Sequence[datetime]) -> datetime:
    """Until when staff may decide: the shortest time of the spaces that are asked for, at the latest when the first of it starts."""
    return min([now + timedelta(hours=min(hours)), *starts])
