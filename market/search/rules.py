"""Which documents a query's filters let through, and under which facet values a document counts: the meaning every engine must keep."""

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from market.search.documents import Document

Sort = Literal["relevance", "price", "distance", "next"]
SORTS: tuple[Sort, ...] = ("relevance", "price", "distance", "next")
FACETS = ("kind", "category", "community", "price", "free", "date")

PAGE = 20
MAX_DEPTH = 2000  # hits that can be paged through; who wants more narrows the search
MAX_DAYS = 62  # longest date filter that is looked up day by day
PRICE_STEPS = (2_000, 5_000, 10_000, 20_000)  # minor units
DATES = ("today", "tomorrow", "week", "weekend")
EARTH_M = 6_371_000


@dataclass(frozen=True, slots=True)
class Query:
    """One search. `today` is the searcher's local day, from which the date facet counts."""

    today: date
    text: str = ""
    kind: str | None = None
    listing_kind: str | None = None
    partner: str | None = None
    category: str | None = None
    community: str | None = None
    max_price: int | None = None
    free: bool = False
    day_from: date | None = None
    day_to: date | None = None
    people: int | None = None
    near: tuple[float, float] | None = None
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = PAGE

    @property
    def active(self) -> frozenset[str]:
        """The facets that are filtered by."""
        asked = {
            "kind": self.kind is not None,
            "category": self.category is not None,
            "community": self.community is not None,
            "price": self.max_price is not None,
            "free": self.free,
            "date": self.day_from is not None or self.day_to is not None,
        }
        return frozenset(name for name, is_asked in asked.items() if is_asked)

    def without(self, facet: str) -> "Query":
        """The same query without the filter of one facet: what that facet's counts are taken over."""
        match facet:
            case "kind":
                return replace(self, kind=None)
            case "category":
                return replace(self, category=None)
            case "community":
                return replace(self, community=None)
            case "price":
                return replace(self, max_price=None)
            case "free":
                return replace(self, free=False)
            case _:
                return replace(self, day_from=None, day_to=None)

    def at(self, offset: int) -> "Query":
        """The same query from another hit on."""
        return replace(self, offset=offset)

    def counted(self) -> "Query":
        """The query as far as totals and counts depend on it: no order, no page, no place."""
        return replace(self, near=None, sort="relevance", offset=0, limit=PAGE)


def day_range(query: Query) -> tuple[date, date] | None:
    """First and last day of the date filter, both included; an open end reaches MAX_DAYS."""
    if query.day_from is None and query.day_to is None:
        return None
    first = max(query.day_from or query.today, query.today)
    horizon = first.toordinal() + MAX_DAYS
    last = date.fromordinal(min(horizon, date.max.toordinal()))
    return first, min(query.day_to or last, last)


def date_choices(today: date) -> dict[str, tuple[date, ...]]:
    """The days behind each value of the date facet: week = today and the six days after, weekend = what is left of the next one."""
    week = tuple(today + timedelta(days=ahead) for ahead in range(7))
    weekend = tuple(day for day in week if day.weekday() >= 5)
    if today.weekday() == 6:
        weekend = (today,)
    return {"today": week[:1], "tomorrow": week[1:2], "week": week, "weekend": weekend}


def price_band(price_minor: int) -> str:
    """The value of the price facet, `<from>-<below>` in minor units."""
    low = 0
    for step in PRICE_STEPS:
        if price_minor < step:
            return f"{low}-{step}"
        low = step
    return f"{low}-"


def facet_values(document: Document) -> list[tuple[str, str]]:
    """(facet, value) pairs a document counts under; dates are left out, they depend on the day of asking."""
    values = [("kind", document.kind), ("community", document.community.slug)]
    values += [("category", slug) for slug in dict.fromkeys(label.slug for label in document.categories)]
    if document.price_minor is not None:
        values.append(("price", price_band(document.price_minor)))
    if document.is_free:
        values.append(("free", "true"))
    return values


def passes(document: Document, query: Query) -> bool:
    """Whether the document passes every filter of the query; its text is not looked at."""
    price = document.price_minor
    days = day_range(query)
    return (
        (query.kind is None or document.kind == query.kind)
        and (query.listing_kind is None or document.listing_kind == query.listing_kind)
        and (query.partner is None or (document.partner is not None and document.partner.slug == query.partner))
        and (query.category is None or any(label.slug == query.category for label in document.categories))
        and (query.community is None or query.community in (document.community.slug, *document.community_path))
        and (query.max_price is None or (price is not None and price <= query.max_price))
        and (not query.free or document.is_free)
        and (query.people is None or (document.capacity is not None and document.capacity >= query.people))
        and (days is None or any(days[0] <= day <= days[1] for day in document.days))
    )


def distance_m(here: tuple[float, float], there: tuple[float, float]) -> int:
    """Great-circle metres between two (latitude, longitude) pairs in degrees."""
    lat_a, lon_a, lat_b, lon_b = map(math.radians, (*here, *there))
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return round(2 * EARTH_M * math.asin(min(1.0, math.sqrt(half))))
