"""What a calendar kept elsewhere blocks here (pure): its events and the dates of its series, within bounds.

A rule of a series is understood where it can be worked through in bounded time; the rest is named, never dropped in silence."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Calendar

MAX_EVENTS = 2000
MAX_BLOCKS = 2000
# So many dates of series are looked at in one file, those that are long past included.
MAX_STEPS = 50_000
EARLIEST_YEAR = 2000
LONGEST = timedelta(days=31)
# With these a rule comes to a date soon, or to its end; with others it may search for ages.
PARTS_OF = {
    "DAILY": {"BYDAY"},
    "WEEKLY": {"BYDAY", "WKST"},
    "MONTHLY": {"BYDAY", "BYMONTHDAY", "BYSETPOS"},
    "YEARLY": {"BYMONTH", "BYMONTHDAY", "BYDAY"},
}
LONGEST_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
ALWAYS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}


class NotACalendar(ValueError):
    """The file cannot be read as a calendar, or holds more than is read."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of time that something elsewhere takes; `problem` says why it cannot be taken here."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    problem: str | None = None


def blocks(file: bytes, *, zone: ZoneInfo, low: datetime, high: datetime) -> list[Block]:
    """What the calendar takes between, each stretch once, in order of time. Raises NotACalendar."""
    try:
        calendar: Any = Calendar.from_ical(file)
    except (ValueError, IndexError, KeyError, RecursionError) as fault:
        raise NotACalendar("The file is no calendar.") from fault
    if calendar.name != "VCALENDAR":
        raise NotACalendar("The file is no calendar.")
    events: list[Any] = list(calendar.walk("VEVENT"))
    if len(events) > MAX_EVENTS:
        raise NotACalendar(f"The calendar holds more than {MAX_EVENTS} events.")
    moved: dict[str, set[datetime]] = {}
    for event in events:
        if event.get("recurrence-id") is not None:
            moved.setdefault(str(event.get("uid", "")), set()).add(_moment(event["recurrence-id"].dt, zone))
    steps = [MAX_STEPS]
    found: dict[tuple[str, datetime], Block] = {}
    for event in events:
        for block in _of_event(event, zone=zone, low=low, high=high, moved=moved, steps=steps):
            found[block.uid, block.starts_at] = block
        if len(found) > MAX_BLOCKS:
            raise NotACalendar(f"The calendar takes more than {MAX_BLOCKS} stretches of time.")
    return sorted(found.values(), key=lambda block: (block.starts_at, block.uid))


def _of_event(
    event: Any, *, zone: ZoneInfo, low: datetime, high: datetime, moved: dict[str, set[datetime]], steps: list[int]
) -> Iterator[Block]:
    if str(event.get("status", "")).upper() == "CANCELLED" or str(event.get("transp", "")).upper() == "TRANSPARENT":
        return
    uid, summary = str(event.get("uid", ""))[:255], " ".join(str(event.get("summary", "")).split())[:120]
    try:
        starts_at, ends_at = _moment(event["dtstart"].dt, zone), _end(event, zone)
    except (KeyError, AttributeError, TypeError, ValueError, OverflowError):
        yield Block(uid, low, low + timedelta(hours=1), summary, "not_understood")
        return
    if ends_at <= starts_at:
        return
    whole = Block(uid, starts_at, ends_at, summary)
    is_rule = event.get("recurrence-id") is None and event.get("rrule") is not None
    if not is_rule and event.get("rdate") is None:
        if starts_at < high and ends_at > low:
            yield whole if ends_at - starts_at <= LONGEST else replace(whole, problem="too_long")
        return
    dates = _dates(event, zone=zone, low=low - (ends_at - starts_at), high=high, steps=steps)
    if dates is None or ends_at - starts_at > LONGEST:
        shown = max(starts_at, low)
        yield Block(uid, shown, shown + timedelta(hours=1), summary, "not_understood")
        return
    gone = moved.get(uid, set()) | set(_exceptions(event, zone))
    for date_at in dates:
        if date_at not in gone:
            yield Block(uid, date_at, date_at + (ends_at - starts_at), summary)


def _dates(event: Any, *, zone: ZoneInfo, low: datetime, high: datetime, steps: list[int]) -> list[datetime] | None:
    """The starts of a series between; None where its rule is not one of those that are understood."""
    rule, start = event.get("rrule"), event["dtstart"].dt
    if isinstance(rule, list) or event.get("rdate") is not None:
        return None
    parts = {str(name).upper(): value for name, value in rule.items()}
    frequency = str((parts.get("FREQ") or [""])[0]).upper()
    if not _is_understood(frequency, parts) or _moment(start, zone).year < EARLIEST_YEAR:
        return None
    text = rule.to_ical().decode()
    own, wall = _wall(start, zone)
    if "UNTIL" in parts:
        until = _moment(parts["UNTIL"][0], zone) if isinstance(parts["UNTIL"][0], datetime) else None
        last = until.astimezone(own).replace(tzinfo=None) if until else datetime.combine(parts["UNTIL"][0], time.max)
        text = ";".join(
            [
                *(each for each in text.split(";") if not each.upper().startswith("UNTIL=")),
                f"UNTIL={last:%Y%m%dT%H%M%S}",
            ]
        )
    found = []
    try:
        for each in rrulestr(text, dtstart=wall):
            steps[0] -= 1
            if steps[0] < 0:
                raise NotACalendar("The series of this calendar have too many dates.")
            at = each.replace(tzinfo=own).astimezone(UTC)
            if at >= high:
                break
            if at > low:
                found.append(at)
    except (ValueError, TypeError, OverflowError) as fault:
        if isinstance(fault, NotACalendar):
            raise
        return None
    return found


def _is_understood(frequency: str, parts: dict[str, Any]) -> bool:
    """Whether the search for the dates of this rule comes to one soon, or to its end: some day has to exist that it names."""
    if frequency not in PARTS_OF or set(parts) - ALWAYS - PARTS_OF[frequency] or {"COUNT", "UNTIL"} <= set(parts):
        return False
    days = [abs(int(day)) for day in parts.get("BYMONTHDAY", ())]
    months = [int(month) for month in parts.get("BYMONTH", ())]
    if days and "BYSETPOS" in parts:
        return False
    return not (days and months) or any(day <= LONGEST_MONTH.get(month, 31) for day in days for month in months)


def _wall(start: date | datetime, zone: ZoneInfo) -> tuple[tzinfo, datetime]:
    """In which zone the series keeps its wall time, and the first date at that wall."""
    if not isinstance(start, datetime):
        return zone, datetime.combine(start, time())
    own = start.tzinfo or zone
    return own, start.replace(tzinfo=None)


def _moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    """A moment in UTC; a day begins at midnight at the wall of the place, and a time without a zone is read there."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _end(event: Any, zone: ZoneInfo) -> datetime:
    start = event["dtstart"].dt
    if event.get("dtend") is not None:
        return _moment(event["dtend"].dt, zone)
    if event.get("duration") is not None:
        return _moment(start, zone) + event["duration"].dt  # type: ignore[no-any-return]  # the library types nothing here
    return _moment(start, zone) + (timedelta(0) if isinstance(start, datetime) else timedelta(days=1))


def _exceptions(event: Any, zone: ZoneInfo) -> Iterator[datetime]:
    listed = event.get("exdate")
    for each in listed if isinstance(listed, list) else [listed] if listed is not None else []:
        for date_at in each.dts:
            yield _moment(date_at.dt, zone)
