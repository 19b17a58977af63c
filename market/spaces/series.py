"""The dates of a series (pure): a repeat rule over wall time in the space's zone, so that seven in the evening stays seven in the
evening when clocks are moved (B12, B13).

Understood of RFC 5545 are FREQ=DAILY|WEEKLY|MONTHLY with INTERVAL, BYDAY and one of COUNT and UNTIL; the rest is refused. A wall time
that the clock shows twice is its first showing; one that it skips is no date but a refusal. Each date lasts as long as the first."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, rrule

from market.spaces.rules import Terms

MAX_DATES = 52
LONGEST = timedelta(days=731)
MAX_INTERVAL = 12
FREQUENCIES: dict[str, Literal[1, 2, 3]] = {"DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY}
WEEKDAYS = {"MO": MO, "TU": TU, "WE": WE, "TH": TH, "FR": FR, "SA": SA, "SU": SU}
KNOWN = frozenset({"FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL"})
_DAY = re.compile(r"^(-1|[1-4])?(MO|TU|WE|TH|FR|SA|SU)$")
_UNTIL = re.compile(r"^[0-9]{8}(T[0-9]{6}Z)?$")


class BadRule(ValueError):
    """The message says what a repeat rule must be like."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A repeat rule that was understood; `days` are pairs of weekday and its number within the month (0 = each)."""

    frequency: str
    interval: int
    days: tuple[tuple[str, int], ...]
    count: int | None
    until: date | datetime | None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a series; `problem` is `no_such_time` where the clock skips it."""

    starts_at: datetime
    ends_at: datetime
    problem: str | None = None


def parse(text: str) -> Rule:
    """Raises BadRule unless the text is a rule of the kind described above."""
    parts: dict[str, str] = {}
    for part in text.removeprefix("RRULE:").split(";"):
        name, is_pair, value = part.partition("=")
        if not is_pair or name in parts:
            raise BadRule("must look like FREQ=WEEKLY;COUNT=10")
        parts[name] = value
    unknown = sorted(set(parts) - KNOWN)
    if unknown:
        raise BadRule(f"must not contain {unknown[0][:20]}")
    frequency = parts.get("FREQ", "")
    if frequency not in FREQUENCIES:
        raise BadRule("must repeat DAILY, WEEKLY or MONTHLY")
    if ("COUNT" in parts) == ("UNTIL" in parts):
        raise BadRule("must end, by either COUNT or UNTIL")
    return Rule(
        frequency,
        _number(parts.get("INTERVAL", "1"), "INTERVAL", MAX_INTERVAL),
        tuple(_weekday(each, frequency) for each in parts["BYDAY"].split(",")) if "BYDAY" in parts else (),
        _number(parts["COUNT"], "COUNT", MAX_DATES) if "COUNT" in parts else None,
        _until(parts["UNTIL"]) if "UNTIL" in parts else None,
    )


def _number(text: str, name: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= most):
        raise BadRule(f"{name} must be a number from 1 to {most}")
    return int(text)


def _weekday(text: str, frequency: str) -> tuple[str, int]:
    found = _DAY.match(text)
    if found is None or (found[1] is not None and frequency != "MONTHLY"):
        raise BadRule("BYDAY must name days like MO,TH, with a number (1MO, -1FR) only when it repeats MONTHLY")
    return found[2], int(found[1] or 0)


def _until(text: str) -> date | datetime:
    try:
        if not _UNTIL.match(text):
            raise ValueError(text)
        if len(text) == 8:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as fault:
        raise BadRule("UNTIL must be a day like 20270131, or a time like 20270131T120000Z") from fault


def occurrences(rule: Rule, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> list[Occurrence]:
    """The dates of the series in order, the first as asked. Raises BadRule when the first is no date of the rule, or when it has more
    than 52 dates, only one, or goes on for longer than two years."""
    first = starts_at.astimezone(zone).replace(tzinfo=None, fold=0)
    last = first + LONGEST
    dates = list(islice(_walls(rule, first, zone), MAX_DATES + 1))
    if not dates or dates[0] != first:
        raise BadRule("does not fall on the first date")
    if len(dates) > MAX_DATES:
        raise BadRule(f"must have at most {MAX_DATES} dates")
    if len(dates) < 2:
        raise BadRule("must have at least two dates")
    if dates[-1] > last:
        raise BadRule("must be over within two years")
    length = ends_at - starts_at
    if any(later - sooner < length for sooner, later in pairwise(dates)):
        raise BadRule("must not have dates that overlap")
    return [Occurrence(starts_at, ends_at), *(_on(wall, length, zone) for wall in dates[1:])]


def _walls(rule: Rule, first: datetime, zone: ZoneInfo) -> rrule:
    until = rule.until
    if isinstance(until, datetime):
        until = until.astimezone(zone).replace(tzinfo=None)
    elif until is not None:
        until = datetime.combine(until, time.max)
    return rrule(
        FREQUENCIES[rule.frequency],
        dtstart=first,
        interval=rule.interval,
        byweekday=[WEEKDAYS[day](number) if number else WEEKDAYS[day] for day, number in rule.days] or None,
        count=rule.count,
        until=until if rule.count is None else None,
    )


def _on(wall: datetime, length: timedelta, zone: ZoneInfo) -> Occurrence:
    local = wall.replace(tzinfo=zone)
    start = local.astimezone(UTC)
    is_shown = start.astimezone(zone).replace(tzinfo=None, fold=0) == wall
    return Occurrence(start, start + length, None if is_shown else "no_such_time")


def date_problem(terms: Terms, occurrence: Occurrence, *, now: datetime) -> str | None:
    """Why this date cannot be booked today, its hours and whether it is free apart: no_such_time, past, too_soon or too_far."""
    if occurrence.problem is not None:
        return occurrence.problem
    if occurrence.starts_at < now:
        return "past"
    if occurrence.starts_at < now + timedelta(seconds=terms.lead_s):
        return "too_soon"
    return "too_far" if occurrence.starts_at > now + timedelta(seconds=terms.horizon_s) else None
