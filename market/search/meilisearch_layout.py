"""The Meilisearch index as code: its settings, how a document lies in it, and filters as typed, allow-listed expressions (T9, I11)."""

import re
from datetime import date
from typing import Any

from market.search.documents import Document, encoded_card
from market.search.labels import Labels
from market.search.rules import DAY_PARTS, Query, asked_days, day_range, facet_values
from market.search.tokens import is_han, normalise, runs, sounds, spoken, terms

FACETED = ("kind", "category", "community", "price", "free")
RANKS = {"service": 0, "space": 1, "partner": 2}  # what can be bought, then where, then who
NEVER = 2**53  # sorts behind every price and moment; numbers are doubles there
EVERYBODY = "all"
MAX_TERMS = 2000
# Stands before every text but the names: only what is called so, or whose name begins so, counts as exactly what was asked for.
START = "zqx"
MAX_TOTAL = 100_000  # hits that are counted exactly
SEARCHED = ("title", "title_en", "grams", "around", "sounds", "about", "about_en")
FILTERED = (
    *(f"facet_{facet}" for facet in FACETED), "area", "partner", "listing_kind", "audience", "days", "windows", "moments", "parts", "price",
    "resident_price", "capacity", "refresh_at",
)  # fmt: skip
SORTED = ("price", "next_at", "rank", "_geo")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

SORTS = {"price": "price:asc", "next": "next_at:asc"}


def settings(synonyms: dict[str, list[str]], dictionary: list[str]) -> dict[str, Any]:
    """Everything about the index that is not a document."""
    return {
        "searchableAttributes": list(SEARCHED),
        "displayedAttributes": ["key", "card", "title_shown", "latitude", "longitude"],
        "filterableAttributes": list(FILTERED),
        "sortableAttributes": list(SORTED),
        "rankingRules": ["sort", "words", "typo", "exactness", "rank:asc", "attribute", "proximity"],
        "localizedAttributes": [
            {"attributePatterns": ["title", "around", "about", "grams"], "locales": ["cmn", "eng"]},
            {"attributePatterns": ["title_en", "about_en", "sounds"], "locales": ["eng"]},
        ],
        "synonyms": synonyms,
        "dictionary": dictionary,
        "typoTolerance": {
            "minWordSizeForTypos": {"oneTypo": 4, "twoTypos": 20},
            "disableOnAttributes": ["sounds", "grams"],
        },
        "faceting": {"maxValuesPerFacet": 500},
        "pagination": {"maxTotalHits": MAX_TOTAL},
        "searchCutoffMs": 150,
    }


def document_id(kind: str, each: str) -> str:
    return f"{kind}-{each}"


def lay_out(document: Document) -> dict[str, Any]:
    """The document as it is stored; `card` is the encoded result card."""
    names = [name for name in (document.title, document.title_en) if name]
    labels = [document.community, *document.categories, *([document.partner] if document.partner else [])]
    around = [name for label in labels for name in (label.name, label.name_en) if name]
    around += [*document.equipment, *document.keywords]
    grams = dict.fromkeys(term for text in (*names, *around, document.about) if text for term in terms(text))
    starts_at = document.next_offer.starts_at if document.next_offer else None
    laid: dict[str, Any] = {
        "key": document_id(document.kind, document.id),
        "rank": RANKS[document.kind],
        "title": normalise(document.title),
        "title_en": normalise(document.title_en or ""),
        "title_shown": [document.title, document.title_en],
        "around": [START, *map(normalise, around)],
        "about": f"{START} {normalise(document.about)}",
        "about_en": f"{START} {normalise(document.about_en or '')}",
        "grams": " ".join([START, *list(grams)[:MAX_TERMS]]),
        "sounds": " ".join([START, *sorted({sound for name in (*names, *around) for sound in sounds(name)})]),
        "area": sorted({document.community.slug, *document.community_path}),
        "partner": document.partner.slug if document.partner else None,
        "listing_kind": document.listing_kind,
        "audience": sorted(document.audiences) or [EVERYBODY],
        "days": [day.toordinal() for day in document.days],
        "windows": _windows(document.days),
        "moments": sorted(_moment(day, part) for day, part in document.times),
        "parts": sorted({part for _, part in document.times}),
        "price": NEVER if document.price_minor is None else document.price_minor,
        "resident_price": document.resident_price_minor,
        "next_at": NEVER if starts_at is None else int(starts_at.timestamp()),
        "capacity": document.capacity,
        "refresh_at": NEVER if document.refresh_at is None else int(document.refresh_at.timestamp()),
        "latitude": document.latitude,
        "longitude": document.longitude,
        "card": encoded_card(document).decode(),
    }
    for facet in FACETED:
        laid[f"facet_{facet}"] = [value for own, value in facet_values(document) if own == facet]
    if document.latitude is not None and document.longitude is not None:
        laid["_geo"] = {"lat": document.latitude, "lng": document.longitude}
    return laid


def label_rows(labels: Labels) -> list[dict[str, Any]]:
    """Names of categories and communities, each one row."""
    return [
        {
            "key": f"{facet}-{slug}",
            "facet": facet,
            "slug": slug,
            "name": name,
            "name_en": name_en,
            "spoken": spoken(name),
        }
        for facet, slug, name, name_en in labels.rows()
    ]


def _moment(day: date, part: str) -> int:
    return day.toordinal() * 8 + list(DAY_PARTS).index(part)


def _is(attribute: str, value: str) -> str:
    """`attribute = "value"`; only slugs and fixed words come here, so nothing has to be escaped."""
    if attribute not in FILTERED or not _SLUG.fullmatch(value):
        raise ValueError(f"{attribute} cannot be filtered by this value")
    return f'{attribute} = "{value}"'


def _number(attribute: str, operator: str, value: int) -> str:
    if attribute not in FILTERED or operator not in {"<=", ">="}:
        raise ValueError(f"{attribute} cannot be compared")
    return f"{attribute} {operator} {int(value)}"


def _among(attribute: str, values: list[int]) -> str:
    if attribute not in FILTERED:
        raise ValueError(f"{attribute} cannot be filtered by")
    return f"{attribute} IN [{', '.join(str(int(value)) for value in values)}]"


def due_before(seconds: int) -> str:
    """Documents that time has made wrong."""
    return _number("refresh_at", "<=", seconds)


def filters(query: Query) -> list[str]:
    """The query's filters, all of which must hold."""
    asked = {"facet_kind": query.kind, "listing_kind": query.listing_kind, "partner": query.partner,
             "facet_category": query.category, "area": query.community}  # fmt: skip
    found = [_is(attribute, value) for attribute, value in asked.items() if value is not None]
    if query.free:
        found.append(_is("facet_free", "true"))
    if query.max_price is not None:
        found.append(_price(query, query.max_price))
    if query.people is not None:
        found.append(_number("capacity", ">=", query.people))
    if query.audience is not None:
        groups = [EVERYBODY, query.audience, *(["adult"] if query.audience == "elder" else [])]
        found.append("(" + " OR ".join(_is("audience", group) for group in groups) + ")")
    return found + _times(query)


def _price(query: Query, most: int) -> str:
    plain = _number("price", "<=", most)
    if query.resident is None:
        return plain
    mine = f"({_is('facet_community', query.resident)} AND {_number('resident_price', '<=', most)})"
    return f"({plain} OR {mine})"


def _times(query: Query) -> list[str]:
    days = asked_days(query)
    if query.day_part is not None:
        if days is None:
            return [_is("parts", query.day_part)]
        return [_among("moments", [_moment(day, query.day_part) for day in days])]
    if days is None:
        return []
    span = day_range(query)
    if span is not None and not query.weekdays and span[0] <= span[1]:
        return [f"days {span[0].toordinal()} TO {span[1].toordinal()}"]
    return [_among("days", [day.toordinal() for day in days])]


def _windows(days: tuple[date, ...]) -> list[str]:
    """Every day from which on a week contains one of `days`, and every weekend: so a week is one value that can be counted."""
    weeks = {f"week-{day.toordinal() - back}" for day in days for back in range(7)}
    weekends = {f"weekend-{day.toordinal() - (day.weekday() - 5)}" for day in days if day.weekday() >= 5}
    return sorted(weeks | weekends)


def date_value(choice: str, days: tuple[date, ...]) -> tuple[str, str]:
    """Attribute and value under which a choice of the date facet is counted."""
    first = days[0].toordinal()
    if choice == "week":
        return "windows", f"week-{first}"
    if choice == "weekend" and len(days) == 2:
        return "windows", f"weekend-{first}"
    return "days", str(first)


def words_of(query: Query) -> str:
    """What is searched for: the words that a hit must be about."""
    words = [word.text for word in query.asked if not word.is_weak] or [word.text for word in query.asked]
    return " ".join(run for word in words for run in runs(word))


def sound_of(query: Query, readings: dict[str, str]) -> str:
    """The words as they sound, by the usual reading of each character; empty where nothing is Chinese."""
    found = []
    for run in runs(words_of(query)):
        if not is_han(run):
            continue
        found.append("".join((readings.get(char) or " ").split(" ")[0] for char in run))
    return " ".join(filter(None, found))
