"""Which documents a query's filters let through, and under which facet values a document counts: the meaning every engine must keep."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import msgspec
from msgspec import structs

from market.money import share
from market.search.documents import Document

Sort = Literal["relevance", "price", "distance", "next"]
SORTS: tuple[Sort, ...] = ("relevance", "price", "distance", "next")
FACETS = ("kind", "category", "community", "price", "free", "date")

PAGE = 20
MAX_DEPTH = 2000  # hits that can be paged through; who wants more narrows the search
MAX_DAYS = 62  # longest date filter that is looked up day by day
PRICE_STEPS = (2_000, 5_000, 10_000, 20_000)  # minor units
DATES = ("today", "tomorrow", "week", "weekend")
# Hours of a day by local time, [from, below); a session at five counts as afternoon and as evening, as people say both.
DAY_PARTS = {"morning": (5, 12), "noon": (11, 14), "afternoon": (12, 18), "evening": (17, 24)}
# Of two things that match alike, what can be bought comes before where it might happen, and both before who offers it.
KIND_WORTH = {"service": 4.0, "space": 1.6, "partner": 1.0}
PRIOR_STARS, PRIOR_REVIEWS = 4.0, 5  # what nobody has reviewed counts as good, so that newcomers are seen
STAR_WORTH = 0.4
RINGS = (
    (1_000, 1.0),
    (3_000, 0.5),
)  # (within so many metres, what that is worth); the inner ring lies in the outer one
EARTH_M = 6_371_000


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that a hit is about, said in any of several ways, each normalised (tokens.normalise) and of one or more words.

    A weak word (课, 上门, class) is no reason to leave a hit out: it only lifts those that have it."""

    text: str
    same: tuple[str, ...] = ()
    is_weak: bool = False


# A text as it was read, and who asks: see Query.said.
Said = tuple[str, tuple[Word, ...] | None, bool, str | None, str | None, tuple[float, float] | None]


class Query(msgspec.Struct, frozen=True):
    """One search. `today` is the searcher's local day, from which the date facet counts.

    `text` is what was typed; `words` is what understanding.py has read in it beside the filters. A hit is about every word that
    is not weak, or with `is_loose` about one less. `audience` prefers what is for them and leaves out what is for others only.
    `home` prefers a community and what is near it, `near` what is near a position; `resident` is a community where the searcher
    pays the residents' price."""

    today: date
    text: str = ""
    words: tuple[Word, ...] | None = None  # None: nobody has read the text
    is_loose: bool = False
    kind: str | None = None
    listing_kind: str | None = None
    partner: str | None = None
    category: str | None = None
    community: str | None = None
    max_price: int | None = None
    free: bool = False
    day_from: date | None = None
    day_to: date | None = None
    weekdays: frozenset[int] = frozenset()  # Monday 0; empty = any
    day_part: str | None = None  # of DAY_PARTS
    audience: str | None = None
    people: int | None = None
    home: str | None = None
    resident: str | None = None
    near: tuple[float, float] | None = None
    sort: Sort = "relevance"
    facets: tuple[str, ...] = FACETS  # to be counted: each costs time
    offset: int = 0
    limit: int = PAGE

    @property
    def said(self) -> "Said":
        """All that decides what the text matches, without the filters."""
        return self.text, self.words, self.is_loose, self.audience, self.home, self.spot

    @property
    def spot(self) -> tuple[float, float] | None:
        """The searcher's position to about a hundred metres, so that neighbours share an answer."""
        return None if self.near is None else (round(self.near[0], 3), round(self.near[1], 3))

    @property
    def asked(self) -> tuple[Word, ...]:
        """The words to look for; the whole text as one where nobody has read it."""
        if self.words is not None:
            return self.words
        return (Word(self.text),) if self.text else ()

    @property
    def active(self) -> frozenset[str]:
        """The facets that are filtered by."""
        asked = {
            "kind": self.kind is not None,
            "category": self.category is not None,
            "community": self.community is not None,
            "price": self.max_price is not None,
            "free": self.free,
            "date": self.has_time,
        }
        return frozenset(name for name, is_asked in asked.items() if is_asked)

    @property
    def has_time(self) -> bool:
        """Whether only some moments will do."""
        return self.day_from is not None or self.day_to is not None or bool(self.weekdays) or self.day_part is not None

    def without(self, facet: str) -> "Query":
        """The same query without the filter of one facet: what that facet's counts are taken over."""
        match facet:
            case "kind":
                return structs.replace(self, kind=None)
            case "category":
                return structs.replace(self, category=None)
            case "community":
                return structs.replace(self, community=None)
            case "price":
                return structs.replace(self, max_price=None)
            case "free":
                return structs.replace(self, free=False)
            case _:
                return structs.replace(self, day_from=None, day_to=None, weekdays=frozenset(), day_part=None)

    def at(self, offset: int) -> "Query":
        """The same query from another hit on."""
        return structs.replace(self, offset=offset)

    def counted(self) -> "Query":
        """The query as far as totals and counts depend on it: no order, no page, no place."""
        return structs.replace(self, near=None, home=None, sort="relevance", offset=0, limit=PAGE)


def day_range(query: Query) -> tuple[date, date] | None:
    """First and last day of the date filter, both included; an open end reaches MAX_DAYS. None when any day will do."""
    if query.day_from is None and query.day_to is None:
        return None
    first = max(query.day_from or query.today, query.today)
    horizon = first.toordinal() + MAX_DAYS
    last = date.fromordinal(min(horizon, date.max.toordinal()))
    return first, min(query.day_to or last, last)


def asked_days(query: Query) -> tuple[date, ...] | None:
    """The days that will do, of the date filter and the weekdays together; None when any day will do."""
    days = day_range(query)
    if days is None:
        if not query.weekdays:
            return None
        days = query.today, query.today + timedelta(days=MAX_DAYS)
    ahead = (days[0] + timedelta(days=number) for number in range((days[1] - days[0]).days + 1))
    return tuple(day for day in ahead if not query.weekdays or day.weekday() in query.weekdays)


def day_parts(hour: int) -> tuple[str, ...]:
    """What people call this hour of the day."""
    return tuple(part for part, (begins, ends) in DAY_PARTS.items() if begins <= hour < ends)


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


def rating(document: Document) -> float:
    """Average stars as if five neighbours had given four before anybody else: one review moves little, many decide."""
    return (document.stars + PRIOR_STARS * PRIOR_REVIEWS) / (document.reviews + PRIOR_REVIEWS)


def worth(document: Document) -> float:
    """What a matching score is multiplied by, at least 1. What somebody pays us is no part of it."""
    return max(1.0, KIND_WORTH[document.kind] + STAR_WORTH * (rating(document) - PRIOR_STARS))


def suits(document: Document, audience: str) -> bool:
    """Whether something is for these people: made for them, or not made for others only. What is for adults suits elders."""
    groups = document.audiences
    return not groups or audience in groups or (audience == "elder" and "adult" in groups)


def resident_price(policies: Mapping[str, Any], price_minor: int, *, takes_part: bool) -> int | None:
    """What a verified resident pays (T3); None where the listing does not take part or has no price."""
    if price_minor == 0 or not (takes_part or policies.get("resident_price_everywhere")):
        return None
    return price_minor - share(price_minor, int(policies.get("resident_discount_bp", 2000)))


def takes_place(document: Document, query: Query) -> bool:
    """Whether something is left at a moment that will do."""
    days = asked_days(query)
    if query.day_part is None:
        return days is None or any(day in days for day in document.days)
    return any(part == query.day_part and (days is None or day in days) for day, part in document.times)


def affordable(document: Document, query: Query) -> bool:
    """Whether it costs the searcher no more than asked: a resident of its community pays the residents' price."""
    price = document.price_minor
    if query.resident == document.community.slug and document.resident_price_minor is not None:
        price = document.resident_price_minor
    return query.max_price is None or (price is not None and price <= query.max_price)


def passes(document: Document, query: Query) -> bool:
    """Whether the document passes every filter of the query; its text is not looked at."""
    return (
        (query.kind is None or document.kind == query.kind)
        and (query.listing_kind is None or document.listing_kind == query.listing_kind)
        and (query.partner is None or (document.partner is not None and document.partner.slug == query.partner))
        and (query.category is None or any(label.slug == query.category for label in document.categories))
        and (query.community is None or query.community in (document.community.slug, *document.community_path))
        and affordable(document, query)
        and (not query.free or document.is_free)
        and (query.people is None or (document.capacity is not None and document.capacity >= query.people))
        and (query.audience is None or suits(document, query.audience))
        and takes_place(document, query)
    )


def distance_m(here: tuple[float, float], there: tuple[float, float]) -> int:
    """Great-circle metres between two (latitude, longitude) pairs in degrees."""
    lat_a, lon_a, lat_b, lon_b = map(math.radians, (*here, *there))
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return round(2 * EARTH_M * math.asin(min(1.0, math.sqrt(half))))
