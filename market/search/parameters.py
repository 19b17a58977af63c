"""The query string of a search, read strictly: every value that cannot be used is named (I10, I11)."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from market.errors import InvalidInput
from market.search import cursors
from market.search.documents import KINDS, LISTING_KINDS
from market.search.rules import DAY_PARTS, FACETS, MAX_DAYS, PAGE, SORTS, Query
from market.search.understanding import CHIPS
from market.search.vocabulary import audiences
from market.text import text_fault

T = TypeVar("T")
MAX_TEXT = 200
MAX_PAGE = 50
MAX_PRICE = 10**12
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_NUMBER = re.compile(r"[0-9]{1,13}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WEEKDAYS = re.compile(r"[0-6](,[0-6]){0,6}", re.ASCII)
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,10})?", re.ASCII)


class _Bad(ValueError):
    """Carries what is wrong with a value."""


def read_query(values: Mapping[str, str | None], *, today: date) -> Query:
    """The search that the values ask for; raises InvalidInput naming every bad one. An empty value is as none."""
    faults: list[tuple[str, str]] = []

    def read(field: str, reader: Callable[[str], T], default: T) -> T:
        value = values.get(field)
        if value is None or value == "":
            return default
        try:
            return reader(value)
        except ValueError as fault:
            faults.append((field, str(fault)))
            return default

    query = Query(
        today=today,
        text=read("q", _text, ""),
        kind=read("kind", _one_of(*KINDS), None),
        listing_kind=read("listing_kind", _one_of(*LISTING_KINDS), None),
        partner=read("partner", _slug, None),
        category=read("category", _slug, None),
        community=read("community", _slug, None),
        max_price=read("max_price", _number(0, MAX_PRICE), None),
        free=read("free", _one_of("true", "false"), "false") == "true",
        day_from=read("from", _day, None),
        day_to=read("to", _day, None),
        weekdays=read("weekdays", _weekdays, frozenset()),
        day_part=read("time", _one_of(*DAY_PARTS), None),
        audience=read("audience", _one_of(*audiences()), None),
        home=read("home", _slug, None),
        resident=read("resident", _slug, None),
        people=read("people", _number(1, 100_000), None),
        near=read("near", _place, None),
        sort=read("sort", _one_of(*SORTS), "relevance"),  # type: ignore[arg-type]  # checked against SORTS here
        facets=read("facets", _facets, FACETS),
        limit=read("limit", _number(1, MAX_PAGE), None) or PAGE,
    )
    faults += _contradictions(query)
    offset = read("cursor", lambda value: _cursor(query, value), 0)
    if faults:
        raise InvalidInput(faults)
    return query if offset == 0 else query.at(offset)


def read_ignored(value: str | None) -> frozenset[str]:
    """Kinds of filters that are not to be read from the text; raises InvalidInput for any other word."""
    kinds = frozenset(filter(None, (value or "").split(",")))
    if kinds - set(CHIPS):
        raise InvalidInput([("ignore", "must be a list of " + ", ".join(CHIPS))])
    return kinds


def read_flag(field: str, value: str | None) -> bool:
    """Raises InvalidInput naming the field for anything but true and false."""
    if value not in {None, "", "true", "false"}:
        raise InvalidInput([(field, "must be one of true, false")])
    return value == "true"


def _contradictions(query: Query) -> list[tuple[str, str]]:
    found = []
    if query.sort == "distance" and query.near is None:
        found.append(("near", "is needed to sort by distance"))
    if (
        query.day_from is not None
        and query.day_to is not None
        and not 0 <= (query.day_to - query.day_from).days <= MAX_DAYS
    ):
        found.append(("to", f"must be 0 to {MAX_DAYS} days after from"))
    return found


def _text(value: str) -> str:
    if fault := text_fault(value, max_len=MAX_TEXT):
        raise _Bad(fault)
    return value.strip()


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise _Bad("is not a slug: letters a-z, digits and hyphens")
    return value


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in choices:
            raise _Bad("must be one of " + ", ".join(choices))
        return value

    return read


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not _NUMBER.fullmatch(value) or not low <= int(value) <= high:
            raise _Bad(f"must be a whole number from {low} to {high}")
        return int(value)

    return read


def _day(value: str) -> date:
    if not _DAY.fullmatch(value):
        raise _Bad("must be a day as YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError as wrong:
        raise _Bad("is not a day of the calendar") from wrong


def _facets(value: str) -> tuple[str, ...]:
    asked = value.split(",")
    if set(asked) - set(FACETS):
        raise _Bad("must be a list of " + ", ".join(FACETS))
    return tuple(facet for facet in FACETS if facet in asked)


def _weekdays(value: str) -> frozenset[int]:
    if not _WEEKDAYS.fullmatch(value):
        raise _Bad("must be numbers from 0 (Monday) to 6, separated by commas")
    return frozenset(map(int, value.split(",")))


def _place(value: str) -> tuple[float, float]:
    parts = value.split(",")
    if len(parts) != 2 or not all(_DEGREES.fullmatch(part) for part in parts):
        raise _Bad("must be latitude,longitude in degrees")
    latitude, longitude = map(float, parts)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise _Bad("must be a place on earth")
    return latitude, longitude


def _cursor(query: Query, value: str) -> int:
    offset = cursors.decode(query, value) if len(value) <= 64 else None
    if offset is None:
        raise _Bad("is not a mark given by this search")
    return offset
