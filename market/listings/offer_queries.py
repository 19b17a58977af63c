"""All SQL about offers: what is on sale, claiming and returning units, what a partner makes and changes."""

from datetime import datetime
from uuid import UUID

from market.communities.rules import Policies
from market.db import Connection, Row
from market.listings.rules import OfferFacts, OfferForSale
from market.search.service import note_change_sql

# Whether the listing takes part in the residents' price, and by how much; as rules.resident_price() says (compared by a test).
TERMS = f"""
  CROSS JOIN LATERAL (SELECT
    l.has_resident_price OR coalesce((c.policies->>'resident_price_everywhere')::boolean, false) AS takes_part,
    coalesce((c.policies->>'resident_discount_bp')::int, {Policies().resident_discount_bp}) AS discount_bp) terms
"""


def amount_of(minor: str) -> str:
    """SQL that makes a schemas.Amount of an expression in minor units."""
    return f"json_build_object('amount', {minor}, 'currency', l.currency)"


def resident_amount_of(minor: str) -> str:
    """SQL that makes what a resident pays instead, or null."""
    return (
        f"CASE WHEN terms.takes_part AND {minor} > 0 AND terms.discount_bp > 0 "
        f"THEN {amount_of(f'{minor} - {minor} * terms.discount_bp / 10000')} END"
    )


ON_SALE = "o.status = 'open' AND coalesce(o.sale_ends_at, o.ends_at, 'infinity') > now()"
PRICE = "coalesce(o.price_minor, l.price_minor)"
OFFER = f"""
  json_build_object('id', o.id, 'listing_id', o.listing_id, 'kind', l.kind, 'starts_at', o.starts_at, 'ends_at', o.ends_at,
    'sale_ends_at', o.sale_ends_at, 'price', {amount_of(PRICE)}, 'resident_price', {resident_amount_of(PRICE)},
    'capacity', o.capacity, 'left', o.capacity - o.taken, 'provider', o.provider,
    'space_id', o.space_id, 'space_name', s.name, 'space_name_en', s.name_en, 'status', o.status)
"""
_OFFERS = f"""
SELECT o.id, {OFFER}::text AS body
FROM offers o JOIN listings l ON l.id = o.listing_id JOIN communities c ON c.id = l.community_id
  LEFT JOIN spaces s ON s.id = o.space_id {TERMS}
"""
_OFFERS_BETWEEN = f"""
{_OFFERS}
WHERE o.listing_id = $1 AND (o.starts_at IS NULL OR o.starts_at >= $2 AND o.starts_at < $3) AND ($4 OR o.status = 'open')
  AND ($5::uuid IS NULL OR (coalesce(o.starts_at, 'infinity'), o.id) >
    (SELECT coalesce(starts_at, 'infinity'), id FROM offers WHERE id = $5))
ORDER BY o.starts_at NULLS LAST, o.id LIMIT $6
"""
_OFFERS_BY_ID = f"{_OFFERS} WHERE o.id = ANY ($1) ORDER BY o.starts_at NULLS LAST, o.id"


_TAKE_UNITS = f"""
WITH took AS (
  UPDATE offers o SET taken = o.taken + $2 FROM listings l, partners p
  WHERE o.id = $1 AND l.id = o.listing_id AND p.id = l.partner_id AND l.status = 'published' AND p.status = 'active'
    AND {ON_SALE} AND o.taken + $2 <= o.capacity
  RETURNING o.listing_id
), told AS ({note_change_sql("service", id="listing_id", source="took")})
SELECT listing_id FROM took
"""


async def offers_between(
    tx: Connection,
    *,
    listing_id: UUID,
    begins: datetime,
    ends: datetime,
    with_cancelled: bool,
    after: UUID | None,
    limit: int,
) -> list[Row]:
    """Rows of id and JSON (schemas.Offer) of offers that start in [begins, ends) or have no time, in order of time."""
    return await tx.fetch(_OFFERS_BETWEEN, listing_id, begins, ends, with_cancelled, after, limit)


async def offers_by_id(tx: Connection, *, offer_ids: list[UUID]) -> list[Row]:
    """Rows of id and JSON in order of time."""
    return await tx.fetch(_OFFERS_BY_ID, offer_ids)


async def spaces_of_community(tx: Connection, *, community_id: UUID, space_ids: list[UUID]) -> set[UUID]:
    """Which of the spaces are open ones of this community."""
    rows = await tx.fetch(
        "SELECT id FROM spaces WHERE community_id = $1 AND status = 'open' AND id = ANY ($2)", community_id, space_ids
    )
    return {row["id"] for row in rows}


async def insert_offer(
    tx: Connection,
    *,
    listing_id: UUID,
    facts: OfferFacts,
    sale_ends_at: datetime | None,
    provider: str,
    occupancy_group: UUID | None,
) -> UUID:
    found: UUID = await tx.fetchval(
        """
        INSERT INTO offers (listing_id, starts_at, ends_at, sale_ends_at, price_minor, capacity, provider, space_id, occupancy_group)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id
        """,
        listing_id, facts.starts_at, facts.ends_at, sale_ends_at, facts.price_minor, facts.capacity, provider, facts.space_id,
        occupancy_group,
    )  # fmt: skip
    return found


async def lock_offer(tx: Connection, offer_id: UUID) -> Row | None:
    """The offer with its listing's partner, locked against sales and changes."""
    return await tx.fetchrow(
        "SELECT o.*, l.partner_id FROM offers o JOIN listings l ON l.id = o.listing_id WHERE o.id = $1 FOR NO KEY UPDATE OF o",
        offer_id,
    )


async def update_offer(tx: Connection, offer_id: UUID, *, capacity: int, status: str) -> None:
    await tx.execute("UPDATE offers SET capacity = $2, status = $3 WHERE id = $1", offer_id, capacity, status)


async def offers_for_sale(tx: Connection, offer_ids: list[UUID]) -> list[OfferForSale]:
    """The offers with all that a price and a sale depend on."""
    rows = await tx.fetch(
        f"""
        SELECT o.id AS offer_id, l.id AS listing_id, l.kind, l.status AS listing_status, o.status AS offer_status, l.title, l.title_en,
          p.id AS partner_id, p.slug AS partner_slug, p.name AS partner_name, p.name_en AS partner_name_en, p.status AS partner_status,
          c.id AS community_id, c.slug AS community_slug, c.time_zone,
          terms.discount_bp AS resident_discount_bp, terms.takes_part AS takes_resident_price,
          l.eligibility_group, {PRICE} AS unit_price_minor, l.currency, o.starts_at, o.ends_at, o.sale_ends_at,
          o.capacity, o.taken, l.refund_until_h, l.valid_days, l.max_per_person
        FROM offers o JOIN listings l ON l.id = o.listing_id JOIN partners p ON p.id = l.partner_id
          JOIN communities c ON c.id = l.community_id {TERMS}
        WHERE o.id = ANY ($1)
        """,
        offer_ids,
    )
    return [OfferForSale(**dict(row)) for row in rows]


async def take_units(tx: Connection, *, offer_id: UUID, quantity: int) -> UUID | None:
    """Claim units if the offer is on sale by the database's clock and has them, and tell search; the listing's id, else None (T7, T16)."""
    found: UUID | None = await tx.fetchval(_TAKE_UNITS, offer_id, quantity)
    return found


async def return_units(tx: Connection, *, offer_id: UUID, quantity: int) -> UUID | None:
    """Give units back; the listing's id, None when fewer are taken."""
    found: UUID | None = await tx.fetchval(
        "UPDATE offers SET taken = taken - $2 WHERE id = $1 AND taken >= $2 RETURNING listing_id", offer_id, quantity
    )
    return found


async def database_now(tx: Connection) -> datetime:
    found: datetime = await tx.fetchval("SELECT now()")
    return found
