"""All SQL about categories, listings and reviews. What readers see is built as JSON by the database, in one statement."""

from typing import Any
from uuid import UUID

from market.db import Connection, Row
from market.listings.offer_queries import OFFER, ON_SALE, TERMS, amount_of, resident_amount_of

NEXT_OFFERS = 6
_LISTING = f"""
  json_build_object(
    'id', l.id, 'kind', l.kind, 'status', l.status, 'title', l.title, 'title_en', l.title_en, 'about', l.about, 'about_en', l.about_en,
    'partner', json_build_object('slug', p.slug, 'name', p.name, 'name_en', p.name_en),
    'community', c.slug, 'community_name', c.name, 'community_name_en', c.name_en, 'time_zone', c.time_zone,
    'category', g.slug, 'category_name', g.name, 'category_name_en', g.name_en,
    'price', {amount_of("l.price_minor")}, 'resident_price', {resident_amount_of("l.price_minor")},
    'has_resident_price', l.has_resident_price,
    'eligibility_group', l.eligibility_group, 'duration_min', l.duration_min, 'valid_days', l.valid_days,
    'refund_until_h', l.refund_until_h, 'max_per_person', l.max_per_person, 'address', l.address,
    'photos', pictures.items, 'next_offers', ahead.items, 'rating', opinion.rating, 'reviews', opinion.reviews,
    'shares', array_to_json(json_build_object('to', 'partner:' || p.slug, 'label', p.name, 'label_en', p.name_en,
      'rate_bp', 10000 - routed.rate_bp, 'rule_version', NULL) || routed.parts))
"""
# A photo's variants are stored with the name of a file; here it becomes an address with the prefix $1.
_LISTINGS = f"""
FROM listings l
  JOIN partners p ON p.id = l.partner_id
  JOIN communities c ON c.id = l.community_id
  JOIN categories g ON g.id = l.category_id
  {TERMS}
  CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object('id', f.id, 'alt', f.alt, 'width', f.width, 'height', f.height,
      'variants', replace(f.variants::text, '"file": "', '"url": "' || $1::text)::json) ORDER BY f.position, f.id), '[]') AS items
    FROM photos f WHERE f.listing_id = l.id) pictures
  CROSS JOIN LATERAL (
    SELECT coalesce(json_agg({OFFER} ORDER BY o.starts_at NULLS LAST, o.id), '[]') AS items
    FROM (SELECT * FROM offers o WHERE o.listing_id = l.id AND {ON_SALE} ORDER BY o.starts_at NULLS LAST, o.id LIMIT {NEXT_OFFERS}) o
      LEFT JOIN spaces s ON s.id = o.space_id) ahead
  CROSS JOIN LATERAL (
    SELECT count(*) AS reviews, round(avg(stars), 2)::float8 AS rating FROM reviews WHERE listing_id = l.id) opinion
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(r.rate_bp), 0) AS rate_bp, coalesce(array_agg(json_build_object('to', 'fund:' || r.slug, 'label', r.name,
      'label_en', r.name_en, 'rate_bp', r.rate_bp, 'rule_version', r.version) ORDER BY r.slug), '{{}}') AS parts
    FROM (SELECT DISTINCT ON (r.fund_id) r.rate_bp, r.version, f.slug, f.name, f.name_en
          FROM routing_rules r JOIN funds f ON f.id = r.fund_id
          WHERE r.community_id = l.community_id AND r.applies_to = 'service_turnover' AND r.effective_from <= now()
          ORDER BY r.fund_id, r.version DESC) r
    WHERE r.rate_bp > 0) routed
"""
_PUBLIC_LISTING = (
    f"SELECT {_LISTING}::text {_LISTINGS} WHERE l.id = $2 AND l.status = 'published' AND p.status = 'active'"
)
_PARTNER_LISTING = f"SELECT {_LISTING}::text {_LISTINGS} WHERE l.id = $2 AND l.partner_id = $3"
_PARTNER_LISTINGS = (
    f"SELECT l.id, {_LISTING}::text AS body {_LISTINGS} WHERE l.partner_id = $2 AND ($3::uuid IS NULL OR l.id < $3) "
    "ORDER BY l.id DESC LIMIT $4"
)


async def category_rows(tx: Connection) -> list[Row]:
    """All categories, parents first, each with the number of published listings of active partners in it and below."""
    return await tx.fetch(
        """
        WITH RECURSIVE above AS (
          SELECT id, id AS ancestor_id FROM categories
          UNION ALL
          SELECT above.id, c.parent_id FROM above JOIN categories c ON c.id = above.ancestor_id WHERE c.parent_id IS NOT NULL
        ), here AS (
          SELECT l.category_id, count(*) AS n FROM listings l JOIN partners p ON p.id = l.partner_id AND p.status = 'active'
          WHERE l.status = 'published' GROUP BY l.category_id
        ), below AS (
          SELECT above.ancestor_id, sum(here.n)::int AS n FROM above JOIN here ON here.category_id = above.id GROUP BY above.ancestor_id
        )
        SELECT c.slug, parent.slug AS parent, c.name, c.name_en, c.icon, coalesce(below.n, 0) AS listings
        FROM categories c LEFT JOIN categories parent ON parent.id = c.parent_id LEFT JOIN below ON below.ancestor_id = c.id
        ORDER BY c.parent_id IS NOT NULL, parent.position, parent.slug, c.position, c.slug
        """
    )


async def category_id(tx: Connection, slug: str) -> UUID | None:
    found: UUID | None = await tx.fetchval("SELECT id FROM categories WHERE slug = $1", slug)
    return found


async def insert_category(
    tx: Connection, *, slug: str, parent_id: UUID | None, name: str, name_en: str | None, icon: str, position: int
) -> UUID:
    """A new category, or the one of this slug brought up to date."""
    found: UUID = await tx.fetchval(
        """
        INSERT INTO categories (slug, parent_id, name, name_en, icon, position) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (slug) DO UPDATE SET parent_id = excluded.parent_id, name = excluded.name, name_en = excluded.name_en,
          icon = excluded.icon, position = excluded.position
        RETURNING id
        """,
        slug, parent_id, name, name_en, icon, position,
    )  # fmt: skip
    return found


async def public_listing(tx: Connection, *, listing_id: UUID, media_prefix: str) -> str | None:
    """A published listing as JSON (schemas.Listing); None when there is none for the public."""
    found: str | None = await tx.fetchval(_PUBLIC_LISTING, media_prefix, listing_id)
    return found


async def partner_listing(tx: Connection, *, listing_id: UUID, partner_id: UUID, media_prefix: str) -> str | None:
    """A listing of the partner in whatever status, as JSON."""
    found: str | None = await tx.fetchval(_PARTNER_LISTING, media_prefix, listing_id, partner_id)
    return found


async def partner_listings(
    tx: Connection, *, partner_id: UUID, before: UUID | None, limit: int, media_prefix: str
) -> list[Row]:
    """Rows of id and JSON, newest first."""
    return await tx.fetch(_PARTNER_LISTINGS, media_prefix, partner_id, before, limit)


async def is_public(tx: Connection, listing_id: UUID) -> bool:
    """Whether everybody may see the listing."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT 1 FROM listings l JOIN partners p ON p.id = l.partner_id "
            "WHERE l.id = $1 AND l.status = 'published' AND p.status = 'active')",
            listing_id,
        )
    )


async def is_listing_of(tx: Connection, *, listing_id: UUID, partner_id: UUID) -> bool:
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT 1 FROM listings WHERE id = $1 AND partner_id = $2)", listing_id, partner_id
        )
    )


async def insert_listing(tx: Connection, values: dict[str, Any]) -> UUID:
    """A new listing; the keys of `values` are column names given by the service."""
    columns = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    found: UUID = await tx.fetchval(
        f"INSERT INTO listings ({columns}) VALUES ({places}) RETURNING id", *values.values()
    )
    return found


async def update_listing(tx: Connection, listing_id: UUID, values: dict[str, Any]) -> None:
    """Change columns; the keys of `values` are column names given by the service."""
    changes = "".join(f", {column} = ${number}" for number, column in enumerate(values, start=2))
    await tx.execute(f"UPDATE listings SET updated_at = now(){changes} WHERE id = $1", listing_id, *values.values())


async def lock_listing(tx: Connection, listing_id: UUID) -> Row | None:
    """The listing with its partner's status, locked against other changes of it; sales go on."""
    return await tx.fetchrow(
        "SELECT l.*, p.status AS partner_status, c.time_zone, now() AS now FROM listings l "
        "JOIN partners p ON p.id = l.partner_id JOIN communities c ON c.id = l.community_id "
        "WHERE l.id = $1 FOR NO KEY UPDATE OF l",
        listing_id,
    )


async def reviews(tx: Connection, *, listing_id: UUID, before: UUID | None, limit: int) -> list[Row]:
    """Newest first; of the author only the first character of the name leaves the database."""
    return await tx.fetch(
        """
        SELECT r.id, r.stars, r.text, left(n.name, 1) AS author, r.created_at FROM reviews r JOIN persons n ON n.id = r.person_id
        WHERE r.listing_id = $1 AND ($2::uuid IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3
        """,
        listing_id, before, limit,
    )  # fmt: skip


async def has_bought(tx: Connection, *, listing_id: UUID, person_id: UUID) -> bool:
    """Whether the person has paid for something of this listing and not got all of it back."""
    return bool(
        await tx.fetchval(
            """
            SELECT EXISTS (SELECT 1 FROM orders o JOIN order_lines n ON n.order_id = o.id
              WHERE o.person_id = $2 AND n.listing_id = $1 AND o.status IN ('paid', 'completed', 'partly_refunded')
                AND (n.refunded_minor < n.payable_minor OR n.payable_minor = 0))
            """,
            listing_id, person_id,
        )
    )  # fmt: skip


async def upsert_review(tx: Connection, *, listing_id: UUID, person_id: UUID, stars: int, text: str) -> Row:
    """A person's review of a listing; writing again replaces it."""
    return await tx.fetchrow(
        """
        INSERT INTO reviews AS r (listing_id, person_id, stars, text) VALUES ($1, $2, $3, $4)
        ON CONFLICT (listing_id, person_id) DO UPDATE SET stars = excluded.stars, text = excluded.text
        RETURNING r.id, r.stars, r.text, (SELECT left(name, 1) FROM persons WHERE id = r.person_id) AS author, r.created_at
        """,
        listing_id, person_id, stars, text,
    )  # fmt: skip
