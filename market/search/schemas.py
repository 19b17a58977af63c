"""Search answers on the wire."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from market.schemas import Amount


class NextOffer(msgspec.Struct):
    offer_id: UUID
    starts_at: datetime | None
    left: int


class SearchItem(msgspec.Struct, omit_defaults=False):
    kind: str
    """service, space or partner"""
    id: str
    title: str
    title_en: str | None
    community: str
    community_name: str
    category: str | None
    price: Amount | None
    resident_price: Amount | None
    next: NextOffer | None
    partner: str | None = None
    partner_name: str | None = None
    partner_name_en: str | None = None
    listing_kind: str | None = None
    photo: dict[str, Any] | None = None
    capacity: int | None = None
    distance_m: int | None = None
    community_name_en: str | None = None
    rating: float | None = None
    """average stars of all reviews"""
    reviews: int = 0


class FacetValue(msgspec.Struct):
    value: str
    label: str
    label_en: str | None
    count: int


class UnderstoodFilter(msgspec.Struct):
    """A filter that was read from the text of the query; `ignore=<kind>` takes it back."""

    kind: str
    """category, community, audience, kind, free, price, people, date, weekday or time"""
    value: str
    label: str
    label_en: str
    text: str
    """the part of the text that says it"""


class Reason(msgspec.Struct):
    """Why something was found, in both languages."""

    kind: str
    """word, synonym, text, filter, home, near, price, free or rating"""
    label: str
    label_en: str


class SearchResult(msgspec.Struct):
    items: list[SearchItem]
    total: int
    facets: dict[str, list[FacetValue]]
    took_ms: float
    next_cursor: str | None = None
    degraded: bool = False
    understood: list[UnderstoodFilter] = []
    relaxed: bool = False
    """nothing has all the words, so these have all but one"""
    reasons: dict[str, list[Reason]] = {}
    """by id of the item; only with `explain=true`"""


class Suggestion(msgspec.Struct):
    text: str
    kind: str
    id: str | None
    text_en: str | None = None


class Suggestions(msgspec.Struct):
    items: list[Suggestion]


class SynonymGroup(msgspec.Struct):
    """Words that mean the same; `is_own` are part of the program and can only be switched off."""

    id: UUID
    words: list[str]
    is_own: bool = False
    is_on: bool = True


class SynonymGroups(msgspec.Struct):
    items: list[SynonymGroup]


class NewSynonymGroup(msgspec.Struct, forbid_unknown_fields=True):
    words: Annotated[list[Annotated[str, msgspec.Meta(max_length=200)]], msgspec.Meta(min_length=2, max_length=20)]


class SearchNote(msgspec.Struct, forbid_unknown_fields=True):
    """That somebody searched, and how much there was."""

    q: Annotated[str, msgspec.Meta(max_length=200)]
    total: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class ClickNote(msgspec.Struct, forbid_unknown_fields=True):
    q: Annotated[str, msgspec.Meta(max_length=200)]
    position: Annotated[int, msgspec.Meta(ge=1, le=50)]


class QueryCount(msgspec.Struct):
    query: str
    searches: int
    empties: int
    """of them without a result"""
    clicks: int


class PositionCount(msgspec.Struct):
    position: int
    clicks: int


class SearchStatistics(msgspec.Struct):
    """Counts without persons; a query is named only from `shown_from` searches on."""

    since: date
    searches: int
    shown_from: int
    top: list[QueryCount]
    without_result: list[QueryCount]
    positions: list[PositionCount]
