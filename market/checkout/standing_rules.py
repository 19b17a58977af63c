"""On which day a monthly gift falls due, and for which month it is asked (pure)."""

from datetime import date, timedelta
from typing import Literal

# The letter has to be read first; well over before the next month's gift.
TO_PAY = timedelta(days=7)
LATEST_DAY = 28


def due_month(today: date, *, day: int, starts_on: date, ends_on: date | None) -> date | None:
    """The first of the month whose gift is due by `today`, None when this month's is not, or is out of its time.

    Only ever the month that `today` is in: what a standstill missed is not asked for later, so nobody is asked twice in a month."""
    due = today.replace(day=day)
    if today < due or due < starts_on or (ends_on is not None and due > ends_on):
        return None
    return today.replace(day=1)


def next_due(today: date, *, day: int, starts_on: date, ends_on: date | None, is_asked: bool) -> date | None:
    """When the gift is asked for next, None when that was the last time. `is_asked`: this month's was asked for by now."""
    due = _in_next_month(today, day) if is_asked else today.replace(day=day)
    while due < starts_on:
        due = _in_next_month(due, day)
    return due if ends_on is None or due <= ends_on else None


def _in_next_month(of: date, day: int) -> date:
    return (of.replace(day=1) + timedelta(days=32)).replace(day=day)


def state_of(order_status: str, *, is_paid: bool) -> Literal["paid", "open", "missed"]:
    """What became of a month's gift: `paid`, `open` while it can be paid, else `missed`."""
    if is_paid:
        return "paid"
    return "open" if order_status == "awaiting_payment" else "missed"
