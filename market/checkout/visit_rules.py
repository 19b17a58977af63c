"""When somebody is reminded of what they bought (pure)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

# Nobody's telephone rings at night: reminders leave between these hours at the place itself.
EARLIEST_H, LATEST_H = 9, 20
LAST_NOTICE = timedelta(hours=1)


def reminder_is_due(*, starts_at: datetime, paid_at: datetime, now: datetime, zone: str) -> bool:
    """From nine in the morning of the day before (wall time of the place) until an hour before the start, by day only.

    Who bought later than that has just read the same in the receipt and is left alone."""
    local = ZoneInfo(zone)
    day_before = starts_at.astimezone(local).date() - timedelta(days=1)
    first = datetime.combine(day_before, time(EARLIEST_H), tzinfo=local)
    by_day = EARLIEST_H <= now.astimezone(local).hour < LATEST_H
    return paid_at < first <= now <= starts_at - LAST_NOTICE and by_day
