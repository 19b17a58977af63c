"""SQL of partners and their members."""

from typing import Any
from uuid import UUID

from market.db import Connection, Row

_COLUMNS = """
  pt.id, pt.slug, pt.name, pt.name_en, pt.kind, pt.tier, pt.status, pt.about, pt.about_en, pt.phone, pt.address, pt.community_id,
  c.slug AS community, c.name AS community_name, c.name_en AS community_name_en, pt.latitude, pt.longitude, pt.created_at
  FROM partners pt JOIN communities c ON c.id = pt.community_id
"""


async def partners(tx: Connection, *, community: str | None, after: str, limit: int) -> list[Row]:
    """Active partners by slug, of one community (slug or id) and all below it, or of all."""
    return await tx.fetch(
        f"SELECT {_COLUMNS} WHERE pt.status = 'active' AND pt.slug > $2 AND ($1::text IS NULL OR EXISTS "
        "(SELECT 1 FROM communities top WHERE (top.slug = $1 OR top.id::text = $1) AND c.path @> ARRAY[top.id])) "
        "ORDER BY pt.slug LIMIT $3",
        community,
        after,
        limit,
    )


async def partner(tx: Connection, key: str) -> Row | None:
    """By slug or id."""
    return await tx.fetchrow(f"SELECT {_COLUMNS} WHERE pt.slug = $1 OR pt.id::text = $1", key)


async def insert_partner(
    tx: Connection, *, slug: str, community_id: UUID, name_skeleton: str, facts: dict[str, Any]
) -> UUID | None:
    """The new id, None when the slug or a look-alike name is taken."""
    found: UUID | None = await tx.fetchval(
        "INSERT INTO partners (slug, community_id, name_skeleton, kind, tier, name, name_en, about, about_en, phone, address, "
        "latitude, longitude) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING RETURNING id",
        slug,
        community_id,
        name_skeleton,
        facts["kind"],
        facts["tier"],
        facts["name"],
        facts["name_en"],
        facts["about"],
        facts["about_en"],
        facts["phone"],
        facts["address"],
        facts["latitude"],
        facts["longitude"],
    )
    return found


async def is_slug_taken(tx: Connection, slug: str) -> bool:
    return bool(await tx.fetchval("SELECT EXISTS (SELECT 1 FROM partners WHERE slug = $1)", slug))


async def person_id_by_login(tx: Connection, login: str) -> UUID | None:
    found: UUID | None = await tx.fetchval(
        "SELECT p.id FROM logins l JOIN persons p ON p.id = l.person_id WHERE l.login = $1 AND p.deleted_at IS NULL AND NOT p.is_disabled",
        login,
    )
    return found


async def upsert_member(tx: Connection, *, partner_id: UUID, person_id: UUID, role: str) -> None:
    await tx.execute(
        "INSERT INTO partner_members (partner_id, person_id, role) VALUES ($1, $2, $3) "
        "ON CONFLICT (partner_id, person_id) DO UPDATE SET role = excluded.role",
        partner_id,
        person_id,
        role,
    )


async def lock_partner(tx: Connection, partner_id: UUID) -> None:
    await tx.execute("SELECT 1 FROM partners WHERE id = $1 FOR UPDATE", partner_id)


async def members(tx: Connection, partner_id: UUID) -> list[Row]:
    return await tx.fetch(
        "SELECT pm.person_id, p.name, pm.role FROM partner_members pm JOIN persons p ON p.id = pm.person_id "
        "WHERE pm.partner_id = $1 ORDER BY pm.role, pm.added_at",
        partner_id,
    )
