"""Search answers on the wire."""

from datetime import datetime
from typing import Any
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


class FacetValue(msgspec.Struct):
    value: str
    label: str
    label_en: str | None
    count: int


class SearchResult(msgspec.Struct):
    items: list[SearchItem]
    total: int
    facets: dict[str, list[FacetValue]]
    took_ms: float
    next_cursor: str | None = None
    degraded: bool = False


class Suggestion(msgspec.Struct):
    text: str
    kind: str
    id: str | None


class Suggestions(msgspec.Struct):
    items: list[Suggestion]
