"""From when to when somebody looks: dates or times as asked for in an address become a stretch of real time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from market.errors import InvalidInput
from market.spaces.hours import Stretch, midnight, seconds

HOUR_S = 3600
DAY_S = 86_400
MAX_WINDOW_DAYS = 35


def asked_moment(field: str, text: str) -> date | datetime:
    """A date, or an RFC 3339 time with offset; raises InvalidInput naming the field. A `+` that an address turned into a space is
    understood."""
    try:
        if len(text) == 10:
            asked: date | datetime = date.fromisoformat(text)
        else:
            asked = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError as fault:
        raise InvalidInput([(field, "must be a date or a time with offset, like 2026-12-01T09:00:00+08:00")]) from fault
    if isinstance(asked, datetime) and asked.utcoffset() is None:
        raise InvalidInput([(field, "needs an offset from UTC, for example +08:00")])
    if not 2000 <= asked.year <= 2200:
        raise InvalidInput([(field, "is not a year to look at")])
    return asked


def asked_window(
    low: date | datetime | None, high: date | datetime | None, *, now: int, zone: ZoneInfo, days: int, max_days: int
) -> Stretch:
    """The window in seconds. A date is its midnight at the wall, so `to` is not included, but the same date twice means that day;
    `days` long from now when nothing is asked. Raises InvalidInput naming `to`."""
    start = now if low is None else _at(low, zone)
    end = start + days * DAY_S if high is None else _at(high, zone)
    if start == end and not isinstance(high, datetime) and high is not None:
        end = midnight(high + timedelta(days=1), zone)
    if end <= start:
        raise InvalidInput([("to", "must be after the start")])
    if end - start > max_days * DAY_S + HOUR_S:  # an hour more on the day the clock goes back
        raise InvalidInput([("to", f"must be at most {max_days} days after the start")])
    return start, end


def _at(asked: date | datetime, zone: ZoneInfo) -> int:
    return seconds(asked) if isinstance(asked, datetime) else midnight(asked, zone)
