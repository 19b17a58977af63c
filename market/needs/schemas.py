"""Needs on the wire: nobody's name, because the board is public (O08)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import ShortText, Slug

Title = Annotated[str, Meta(max_length=80)]
About = Annotated[str, Meta(max_length=1000)]
ClosedAs = Literal["solved", "withdrawn", "not_possible", "removed"]


class NeedPartner(msgspec.Struct):
    slug: str
    name: str
    name_en: str | None


class NeedListing(msgspec.Struct):
    id: UUID
    title: str
    title_en: str | None


class Need(msgspec.Struct):
    """One request on the board."""

    id: UUID
    title: str
    about: str
    status: str
    """open, taken, offered or closed"""
    for_community: bool
    community: str
    community_name: str
    community_name_en: str | None
    category: str | None
    category_name: str | None
    category_name_en: str | None
    supports: int
    """Other neighbours who want it too."""
    created_at: datetime
    partner: NeedPartner | None
    partner_note: str
    listing: NeedListing | None
    closed_as: str | None
    closed_note: str
    mine: bool
    """Asked by who is reading."""
    supported: bool
    """Supported by who is reading."""
    acts: list[str]
    """What who is reading may do: support, unsupport, take, offer, release, close."""


class NewNeed(msgspec.Struct, forbid_unknown_fields=True):
    community: Slug
    title: Title
    about: About = ""
    category: Slug | None = None
    for_community: bool = False
    """Staff only: asked in the community's name."""


class NeedOffer(msgspec.Struct, forbid_unknown_fields=True):
    """A partner takes a need; with a listing of theirs it is answered."""

    partner: Slug
    note: ShortText = ""
    listing_id: UUID | None = None


class NeedClosing(msgspec.Struct, forbid_unknown_fields=True):
    closed_as: ClosedAs
    note: ShortText = ""


class NewSavedSearch(msgspec.Struct, forbid_unknown_fields=True):
    """Parameters of /api/search as they stand in an address; where the person is, order and page are not kept."""

    q: ShortText = ""
    kind: ShortText = ""
    listing_kind: ShortText = ""
    partner: ShortText = ""
    category: ShortText = ""
    community: ShortText = ""
    max_price: ShortText = ""
    free: ShortText = ""
    weekdays: ShortText = ""
    time: ShortText = ""
    audience: ShortText = ""
    people: ShortText = ""
    ignore: ShortText = ""


class SavedSearch(msgspec.Struct):
    id: UUID
    asked: dict[str, str]
    created_at: datetime
