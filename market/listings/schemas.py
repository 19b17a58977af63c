"""Categories, listings, offers, photos and reviews on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.media.schemas import Photo
from market.schemas import Amount, LongText, ShortText

ListingKind = Literal["class", "meal", "appointment", "voucher", "free"]
Price = Annotated[int, Meta(ge=0, le=100_000_000, description="minor units")]


class Category(msgspec.Struct):
    slug: str
    parent: str | None
    name: str
    name_en: str | None
    icon: str
    listings: int
    """Published listings in it and below."""


class PartnerLink(msgspec.Struct):
    slug: str
    name: str
    name_en: str | None


class Offer(msgspec.Struct):
    """One purchasable unit."""

    id: UUID
    listing_id: UUID
    kind: str
    starts_at: datetime | None
    ends_at: datetime | None
    price: Amount
    resident_price: Amount | None
    capacity: int
    left: int
    provider: str
    space_id: UUID | None
    space_name: str | None
    status: str
    space_name_en: str | None = None
    sale_ends_at: datetime | None = None
    """null = until ends_at"""


class SharePreview(msgspec.Struct):
    """Who gets what of the price a visitor pays."""

    to: str
    label: str
    label_en: str | None
    rate_bp: int
    rule_version: int | None


class Listing(msgspec.Struct):
    id: UUID
    kind: str
    status: str
    title: str
    title_en: str | None
    about: str
    about_en: str | None
    partner: PartnerLink
    community: str
    community_name: str
    community_name_en: str | None
    time_zone: str
    category: str
    category_name: str
    category_name_en: str | None
    price: Amount
    resident_price: Amount | None
    eligibility_group: str | None
    duration_min: int | None
    valid_days: int | None
    refund_until_h: int
    max_per_person: int | None
    address: str
    photos: list[Photo]
    next_offers: list[Offer]
    rating: float | None
    reviews: int
    shares: list[SharePreview]
    has_resident_price: bool = False
    """Takes part by its partner's choice; a community may also have residents' prices everywhere."""


class NewListing(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/partners/{p}/listings"""

    kind: ListingKind
    title: Annotated[str, Meta(min_length=1, max_length=120)]
    category: ShortText
    price: Price
    community: ShortText | None = None
    """Where it takes place; default the partner's."""
    title_en: Annotated[str, Meta(max_length=160)] | None = None
    about: LongText = ""
    about_en: LongText | None = None
    has_resident_price: bool = False
    eligibility_group: Annotated[str, Meta(max_length=40)] | None = None
    duration_min: Annotated[int, Meta(ge=1, le=1440)] | None = None
    valid_days: Annotated[int, Meta(ge=1, le=1095)] | None = None
    refund_until_h: Annotated[int, Meta(ge=0, le=720)] = 24
    max_per_person: Annotated[int, Meta(ge=1, le=1000)] | None = None
    address: ShortText = ""
    status: Literal["draft", "published"] = "draft"


class ChangedListing(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """PATCH /api/listings/{id}"""

    title: Annotated[str, Meta(min_length=1, max_length=120)] | msgspec.UnsetType = msgspec.UNSET
    title_en: Annotated[str, Meta(max_length=160)] | msgspec.UnsetType | None = msgspec.UNSET
    about: LongText | msgspec.UnsetType = msgspec.UNSET
    about_en: LongText | msgspec.UnsetType | None = msgspec.UNSET
    category: ShortText | msgspec.UnsetType = msgspec.UNSET
    price: Price | msgspec.UnsetType = msgspec.UNSET
    has_resident_price: bool | msgspec.UnsetType = msgspec.UNSET
    eligibility_group: Annotated[str, Meta(max_length=40)] | msgspec.UnsetType | None = msgspec.UNSET
    duration_min: Annotated[int, Meta(ge=1, le=1440)] | msgspec.UnsetType | None = msgspec.UNSET
    valid_days: Annotated[int, Meta(ge=1, le=1095)] | msgspec.UnsetType | None = msgspec.UNSET
    refund_until_h: Annotated[int, Meta(ge=0, le=720)] | msgspec.UnsetType = msgspec.UNSET
    max_per_person: Annotated[int, Meta(ge=1, le=1000)] | msgspec.UnsetType | None = msgspec.UNSET
    address: ShortText | msgspec.UnsetType = msgspec.UNSET
    status: Literal["draft", "published", "withdrawn"] | msgspec.UnsetType = msgspec.UNSET


class UsedEquipment(msgspec.Struct, forbid_unknown_fields=True):
    """So many pieces of equipment of the community."""

    id: UUID
    quantity: Annotated[int, Meta(ge=1, le=1000)] = 1


class NewOffer(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/listings/{id}/offers: one session, portion window, appointment slot or voucher batch."""

    capacity: Annotated[int, Meta(ge=1, le=100_000)]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    sale_ends_at: datetime | None = None
    price: Price | None = None
    provider: ShortText = ""
    space_id: UUID | None = None
    teacher_id: UUID | None = None
    """A teacher of the partner, who is nowhere else then; their name becomes the provider where none is given."""
    equipment: Annotated[list[UsedEquipment], Meta(max_length=20)] = []


class NewOffers(msgspec.Struct, forbid_unknown_fields=True):
    """All or none are published."""

    offers: Annotated[list[NewOffer], Meta(min_length=1, max_length=200)]


class ChangedOffer(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """PATCH /api/offers/{id}"""

    capacity: Annotated[int, Meta(ge=1, le=100_000)] | msgspec.UnsetType = msgspec.UNSET
    status: Literal["open", "cancelled"] | msgspec.UnsetType = msgspec.UNSET


class Review(msgspec.Struct):
    id: UUID
    stars: int
    text: str
    author: str
    """First character of the name only."""
    created_at: datetime


class NewReview(msgspec.Struct, forbid_unknown_fields=True):
    stars: Annotated[int, Meta(ge=1, le=5)]
    text: Annotated[str, Meta(max_length=2000)] = ""
