"""What search knows about a service, a space or a partner, and what of it is shown on a result card."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from market.schemas import Amount
from market.search.schemas import NextOffer, SearchItem

Kind = Literal["service", "space", "partner"]
KINDS: tuple[Kind, ...] = ("service", "space", "partner")
LISTING_KINDS = ("class", "meal", "appointment", "voucher", "free")


class Key(NamedTuple):
    """Names one document."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class Label:
    """A slug and its names."""

    slug: str
    name: str
    name_en: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One findable thing; everything in it is public."""

    kind: Kind
    id: str
    title: str
    community: Label
    currency: str
    created_at: datetime
    title_en: str | None = None
    about: str = ""
    about_en: str | None = None
    community_path: tuple[str, ...] = ()  # slugs of the communities above and of itself
    categories: tuple[Label, ...] = ()  # root first, leaf last
    partner: Label | None = None
    listing_kind: str | None = None
    equipment: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    price_minor: int | None = None  # null for partners
    resident_price_minor: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    next_offer: NextOffer | None = None
    days: tuple[date, ...] = ()  # local days with something left
    times: frozenset[tuple[date, str]] = frozenset()  # (local day, part of rules.DAY_PARTS) with something left
    audiences: frozenset[str] = frozenset()  # whom it is made for; empty = everybody
    capacity: int | None = None  # people at once
    stars: int = 0  # of all reviews together
    reviews: int = 0
    photo: dict[str, Any] | None = field(default=None, hash=False)
    refresh_at: datetime | None = None  # when the passing of time makes this document wrong

    @property
    def key(self) -> Key:
        return Key(self.kind, self.id)

    @property
    def is_free(self) -> bool:
        return self.price_minor == 0


class DocumentSource(Protocol):
    """Where documents come from; the database is the truth, the index only follows."""

    async def documents(self, keys: Sequence[Key]) -> list[Document]:
        """The documents of these keys; a key that must not be found (any more) has none."""
        ...

    def everything(self) -> AsyncIterator[list[Document]]:
        """All documents, in lots."""
        ...


def card(document: Document) -> SearchItem:
    """The result card of a document; the distance depends on who asks and is added later."""

    def amount(minor: int | None) -> Amount | None:
        return None if minor is None else Amount(minor, document.currency)

    return SearchItem(
        kind=document.kind,
        id=document.id,
        title=document.title,
        title_en=document.title_en,
        community=document.community.slug,
        community_name=document.community.name,
        community_name_en=document.community.name_en,
        category=document.categories[-1].slug if document.categories else None,
        price=amount(document.price_minor),
        resident_price=amount(document.resident_price_minor),
        next=document.next_offer,
        partner=document.partner.slug if document.partner else None,
        partner_name=document.partner.name if document.partner else None,
        partner_name_en=document.partner.name_en if document.partner else None,
        listing_kind=document.listing_kind,
        photo=document.photo,
        capacity=document.capacity,
        rating=round(document.stars / document.reviews, 2) if document.reviews else None,
        reviews=document.reviews,
    )


_NO_DISTANCE = b',"distance_m":null}'


def encoded_card(document: Document) -> bytes:
    """The card as a JSON object whose distance, its last field, is null: see with_distance()."""
    fields = {name: value for name, value in msgspec.structs.asdict(card(document)).items() if name != "distance_m"}
    return msgspec.json.encode({**fields, "distance_m": None})


def with_distance(encoded: bytes, metres: int | None) -> bytes:
    """The encoded card with its distance."""
    return encoded if metres is None else b'%s,"distance_m":%d}' % (encoded.removesuffix(_NO_DISTANCE), metres)
