"""How tantivy counts facets: the values of a column, and the overlapping choices of days in one pass."""

from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

from market.search.index import FACET_FIELDS, gap_number
from market.search.rules import date_choices

MAX_VALUES = 500  # of a facet
VALUES = {
    facet: {"terms": {"field": field, "size": MAX_VALUES, "segment_size": MAX_VALUES}}
    for facet, field in FACET_FIELDS.items()
}
ONE_DAY = timedelta(days=1)


def count_of(facet: str, today: date) -> dict[str, Any]:
    return _date_ranges(today) if facet == "date" else VALUES[facet]


@lru_cache(maxsize=4)
def _day_spans(today: date) -> dict[str, list[tuple[int, int]]]:
    """For each choice of the date facet the ranges [from, to) of `day_gap` in which every document of it has exactly one number."""
    return {
        value: [(gap_number(day, ahead + 1), gap_number(day + ONE_DAY, 0)) for ahead, day in enumerate(days)]
        for value, days in date_choices(today).items()
    }


@lru_cache(maxsize=4)
def _date_ranges(today: date) -> dict[str, Any]:
    """All choices of the date facet counted in one pass: the choices overlap, the pieces between their edges do not."""
    edges = sorted({edge for spans in _day_spans(today).values() for span in spans for edge in span})
    ranges = [{"from": low, "to": high} for low, high in pairwise(edges)]
    return {"range": {"field": "day_gap", "ranges": ranges}}


@lru_cache(maxsize=4)
def pieces_of(today: date) -> tuple[tuple[str, frozenset[int]], ...]:
    """For each choice of the date facet where its pieces among `_date_ranges` begin."""
    edges = [piece["from"] for piece in _date_ranges(today)["range"]["ranges"]]
    return tuple(
        (value, frozenset(edge for edge in edges for low, high in spans if low <= edge < high))
        for value, spans in _day_spans(today).items()
    )
