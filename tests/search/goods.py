"""Listings, offers and spaces put straight into the database, so that search is tested without the slices above it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from market.db import Database


async def make_category(db: Database, slug: str, name: str, *, parent: str | None = None) -> None:
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO categories (slug, name, name_en, parent_id) VALUES ($1, $2, $1, (SELECT id FROM categories WHERE slug = $3)) "
            "ON CONFLICT (slug) DO NOTHING",
            slug, name, parent,
        )  # fmt: skip


async def make_listing(
    db: Database, title: str, *, partner: str = "qinghe", category: str = "yoga", status: str = "published", price: int = 8000,
    about: str = "", kind: str = "class", resident_price: bool = False, offers: int = 1,
) -> UUID:  # fmt: skip
    """A listing with `offers` sessions from tomorrow on, five seats each."""
    await make_category(db, "sports", "文体")
    await make_category(db, category, "瑜伽" if category == "yoga" else category, parent="sports")
    async with db.transaction() as tx:
        listing: UUID = await tx.fetchval(
            "INSERT INTO listings (partner_id, community_id, category_id, kind, status, title, about, price_minor, has_resident_price) "
            "SELECT p.id, p.community_id, c.id, $3, $4, $5, $6, $7, $8 FROM partners p, categories c WHERE p.slug = $1 AND c.slug = $2 "
            "RETURNING id",
            partner, category, kind, status, title, about, price, resident_price,
        )  # fmt: skip
        for number in range(offers):
            await tx.execute(
                "INSERT INTO offers (listing_id, starts_at, ends_at, capacity) "
                "VALUES ($1, now() + $2 * interval '1 day', now() + $2 * interval '1 day' + interval '1 hour', 5)",
                listing, number + 1,
            )  # fmt: skip
    return listing


async def make_space(db: Database, name: str, *, community: str = "liuyuan", **facts: Any) -> UUID:
    values = {"rate_minor": 4000, "capacity": 30, "status": "open", "kind": "room"} | facts
    hours = [{"weekday": day, "opens": "08:00", "closes": "21:00"} for day in range(7)]
    async with db.transaction() as tx:
        space: UUID = await tx.fetchval(
            "INSERT INTO spaces (community_id, name, rate_minor, capacity, status, kind, hours, equipment) "
            "SELECT id, $2, $3, $4, $5, $6, $7, ARRAY['投影'] FROM communities WHERE slug = $1 RETURNING id",
            community, name, values["rate_minor"], values["capacity"], values["status"], values["kind"], hours,
        )  # fmt: skip
    return space


async def set_offers(db: Database, listing: UUID, *, starts_at: datetime | None = None, **changes: Any) -> None:
    """Change all offers of a listing; `starts_at` moves them there, one hour long."""
    async with db.transaction() as tx:
        if starts_at is not None:
            await tx.execute(
                "UPDATE offers SET starts_at = $2, ends_at = $3 WHERE listing_id = $1",
                listing,
                starts_at,
                starts_at + timedelta(hours=1),
            )
        for column, value in changes.items():
            await tx.execute(f"UPDATE offers SET {column} = $2 WHERE listing_id = $1", listing, value)
