"""Use cases around categories and listings, and the sale of offers that checkout drives."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from market.communities.service import community_by_slug
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.listings import offer_queries, queries
from market.listings.rules import ListingFacts, OfferForSale, listing_faults, status_fault, why_not_for_sale
from market.listings.schemas import Category, ChangedListing, NewListing
from market.media import service as media
from market.media.schemas import Photo
from market.media.storage import media_prefix
from market.partners.service import partner_by_slug
from market.people.rules import Actor
from market.search.service import note_change
from market.settings import Settings
from market.text import clean_text

PAGE = 50
TEXT_LENGTHS = {
    "title": 120,
    "title_en": 160,
    "about": 10_000,
    "about_en": 10_000,
    "address": 200,
    "eligibility_group": 40,
}
COLUMN_OF = {"price": "price_minor", "category": "category_id"}

__all__ = ["give_back", "offers_for_sale", "take", "why_not_for_sale"]


class SoldOut(Conflict):
    slug = "sold-out"
    title = "Sold out"

    def __init__(self, left: int = 0) -> None:
        super().__init__(f"Only {left} left." if left else "This is sold out.")


class NotForSale(Conflict):
    """`reason` is what rules.why_not_for_sale() says."""

    slug = "not-for-sale"
    title = "Not for sale"

    def __init__(self, reason: str = "not_for_sale") -> None:
        super().__init__("The sale of this has ended." if reason == "sale_ended" else "This is not for sale.")
        self.reason = reason


class PartnerNotActive(Conflict):
    def __init__(self) -> None:
        super().__init__("This partner is suspended or has left: nothing can be offered.")


# --- the sale, driven by checkout ---


async def offers_for_sale(tx: Connection, offer_ids: Iterable[UUID]) -> dict[UUID, OfferForSale]:
    """The offers that exist, on sale or not, in one statement; see rules.why_not_for_sale()."""
    return {offer.offer_id: offer for offer in await offer_queries.offers_for_sale(tx, sorted(set(offer_ids)))}


async def take(tx: Connection, *, offer_id: UUID, quantity: int) -> None:
    """Claim `quantity` units until the transaction's end decides; callers take in the order of offer ids.

    One conditional update, so no number of buyers gets more than there is (T7, T16). Raises SoldOut or NotForSale."""
    if quantity < 1:
        raise ValueError("quantity must be positive")
    listing_id = await offer_queries.take_units(tx, offer_id=offer_id, quantity=quantity)
    if listing_id is None:
        await _refuse_sale(tx, offer_id)


async def _refuse_sale(tx: Connection, offer_id: UUID) -> None:
    offer = (await offers_for_sale(tx, [offer_id])).get(offer_id)
    if offer is None:
        raise NotForSale
    reason = why_not_for_sale(offer, now=await offer_queries.database_now(tx))
    if reason in {None, "sold_out"}:
        raise SoldOut(offer.capacity - offer.taken)
    raise NotForSale(reason or "not_for_sale")


async def give_back(tx: Connection, *, offer_id: UUID, quantity: int) -> None:
    """Return units that were taken; asking for more than are taken is a fault of the caller and raises ValueError."""
    if quantity < 1:
        raise ValueError("quantity must be positive")
    listing_id = await offer_queries.return_units(tx, offer_id=offer_id, quantity=quantity)
    if listing_id is None:
        raise ValueError(f"offer {offer_id} has fewer than {quantity} units taken")
    await note_change(tx, kind="service", id=listing_id)


# --- what everybody sees ---


async def categories(db: Database) -> list[Category]:
    """The tree, parents before children."""
    async with db.read() as connection:
        return [Category(**dict(row)) for row in await queries.category_rows(connection)]


async def create_category(
    tx: Connection,
    *,
    slug: str,
    name: str,
    parent: str | None = None,
    name_en: str | None = None,
    icon: str = "",
    position: int = 0,
) -> UUID:
    """A category below `parent`, or the one of this slug brought up to date; for the demo loader and the operator."""
    parent_id = await _category(tx, parent) if parent else None
    return await queries.insert_category(
        tx, slug=slug, parent_id=parent_id, name=name, name_en=name_en, icon=icon, position=position
    )


async def listing(db: Database, *, settings: Settings, listing_id: UUID) -> bytes:
    """A published listing as JSON of schemas.Listing; raises NotFound. One statement and nothing else: a hot path."""
    async with db.read() as connection:
        found = await queries.public_listing(connection, listing_id=listing_id, media_prefix=media_prefix(settings))
    if found is None:
        raise NotFound("This listing")
    return found.encode()


# --- what members of the partner see and do ---


async def _own_partner(tx: Connection, *, actor: Actor, key: str) -> Row:
    """The actor's partner by slug or id; every other partner is not found."""
    partner = await partner_by_slug(tx, key)
    if not actor.is_member_of(partner["id"]):
        raise NotFound("This partner")
    return partner


async def lock_own_listing(tx: Connection, *, actor: Actor, listing_id: UUID) -> Row:
    """The row of a listing of the actor's partner, locked against other changes; every other listing is not found."""
    row = await queries.lock_listing(tx, listing_id)
    if row is None or not actor.is_member_of(row["partner_id"]):
        raise NotFound("This listing")
    return row


async def require_own_listing(tx: Connection, *, actor: Actor, partner: str, listing_id: UUID) -> None:
    """Raises NotFound unless the listing belongs to this partner and the actor to the partner."""
    own = await _own_partner(tx, actor=actor, key=partner)
    if not await queries.is_listing_of(tx, listing_id=listing_id, partner_id=own["id"]):
        raise NotFound("This listing")


async def own_listing(db: Database, *, actor: Actor, settings: Settings, partner: str, listing_id: UUID) -> bytes:
    """A listing of the actor's partner in whatever status, as JSON; raises NotFound."""
    async with db.read() as connection:
        own = await _own_partner(connection, actor=actor, key=partner)
        return await _encoded(connection, settings=settings, listing_id=listing_id, partner_id=own["id"])


async def own_listings(db: Database, *, actor: Actor, settings: Settings, partner: str, before: UUID | None) -> bytes:
    """A page of the partner's listings in whatever status, newest first, as JSON."""
    async with db.read() as connection:
        own = await _own_partner(connection, actor=actor, key=partner)
        rows = await queries.partner_listings(
            connection, partner_id=own["id"], before=before, limit=PAGE + 1, media_prefix=media_prefix(settings)
        )
    return encoded_page(rows, limit=PAGE)


def encoded_page(rows: list[Row], *, limit: int) -> bytes:
    """A page from rows of id and JSON body, of which one more than `limit` was asked for; the cursor is the last id shown."""
    cursor = str(rows[limit - 1]["id"]) if len(rows) > limit else None
    return b'{"items":[%b],"next_cursor":%b}' % (
        ",".join(row["body"] for row in rows[:limit]).encode(), msgspec.json.encode(cursor)
    )  # fmt: skip


async def _encoded(tx: Connection, *, settings: Settings, listing_id: UUID, partner_id: UUID) -> bytes:
    found = await queries.partner_listing(
        tx, listing_id=listing_id, partner_id=partner_id, media_prefix=media_prefix(settings)
    )
    if found is None:
        raise NotFound("This listing")
    return found.encode()


async def _category(tx: Connection, slug: str) -> UUID:
    found = await queries.category_id(tx, clean_text("category", slug, max_len=200))
    if found is None:
        raise InvalidInput([("category", "there is no such category")])
    return found


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    """The texts among the values, cleaned; an empty translation is none."""
    for name, max_len in TEXT_LENGTHS.items():
        if isinstance(values.get(name), str):
            values[name] = clean_text(name, values[name], max_len=max_len, min_len=1 if name == "title" else 0)
            if name in {"title_en", "about_en", "eligibility_group"}:
                values[name] = values[name] or None
    return {COLUMN_OF.get(name, name): value for name, value in values.items()}


def _require_sound(values: dict[str, Any]) -> None:
    facts = ListingFacts(**{name: values[name] for name in ListingFacts.__dataclass_fields__})
    if faults := listing_faults(facts):
        raise InvalidInput(faults)


async def create_listing(db: Database, *, actor: Actor, settings: Settings, partner: str, new: NewListing) -> bytes:
    """A listing of the actor's partner, as JSON; raises NotFound, InvalidInput, PartnerNotActive."""
    async with db.transaction() as tx:
        own = await _own_partner(tx, actor=actor, key=partner)
        if own["status"] != "active":
            raise PartnerNotActive
        values = _clean(msgspec.structs.asdict(new))
        _require_sound(values)
        values["category_id"] = await _category(tx, new.category)
        place = await _place(tx, new.community or str(own["community_id"]))
        values |= {"partner_id": own["id"], "community_id": place[0], "currency": place[1]}
        del values["community"]
        listing_id = await queries.insert_listing(tx, values)
        await note_change(tx, kind="service", id=listing_id)
        return await _encoded(tx, settings=settings, listing_id=listing_id, partner_id=own["id"])


async def _place(tx: Connection, key: str) -> tuple[UUID, str]:
    """Id and currency of the community where a listing takes place; a street or district is none."""
    try:
        place = await community_by_slug(tx, key)
    except NotFound:
        raise InvalidInput([("community", "there is no such community")]) from None
    if place.kind != "community":
        raise InvalidInput([("community", "must be a community, not a street or district")])
    return place.id, place.currency


async def change_listing(
    db: Database, *, actor: Actor, settings: Settings, listing_id: UUID, change: ChangedListing
) -> bytes:
    """Change what is given; orders made before keep their price and terms. Raises NotFound, InvalidInput, PartnerNotActive."""
    given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
    async with db.transaction() as tx:
        row = await lock_own_listing(tx, actor=actor, listing_id=listing_id)
        values = _clean(given)
        _require_sound(dict(row) | values)
        if "category_id" in values:
            values["category_id"] = await _category(tx, values["category_id"])
        if "status" in values:
            if fault := status_fault(row["status"], values["status"]):
                raise InvalidInput([fault])
            if values["status"] == "published" and row["partner_status"] != "active":
                raise PartnerNotActive
        await queries.update_listing(tx, listing_id, values)
        await note_change(tx, kind="service", id=listing_id)
        return await _encoded(tx, settings=settings, listing_id=listing_id, partner_id=row["partner_id"])


async def add_photo(
    db: Database, *, actor: Actor, settings: Settings, listing_id: UUID, data: bytes, alt: str
) -> Photo:
    """A photo of a listing of the actor's partner; raises NotFound before any work is done on the picture."""
    async with db.transaction() as tx:
        await lock_own_listing(tx, actor=actor, listing_id=listing_id)

    async def tell(tx: Connection) -> None:
        await note_change(tx, kind="service", id=listing_id)

    return await media.add_photo(db, settings=settings, data=data, alt=alt, listing_id=listing_id, then=tell)


async def delete_photo(db: Database, *, actor: Actor, settings: Settings, listing_id: UUID, photo_id: UUID) -> None:
    """Raises NotFound for a listing or photo that is not the partner's."""
    async with db.transaction() as tx:
        await lock_own_listing(tx, actor=actor, listing_id=listing_id)

    async def tell(tx: Connection) -> None:
        await note_change(tx, kind="service", id=listing_id)

    await media.delete_photo(db, settings=settings, photo_id=photo_id, listing_id=listing_id, then=tell)
