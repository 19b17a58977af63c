"""SQL of the district > street > community tree and its enterprises."""

from datetime import date
from typing import Any
from uuid import UUID

from market.db import Connection, Row

_COLUMNS = """
  c.id, c.slug, c.kind, c.parent_id, parent.slug AS parent, c.path, c.name, c.name_en, c.about, c.about_en, c.time_zone, c.currency,
  c.latitude, c.longitude, c.desk_phone, c.address, c.policies
  FROM communities c LEFT JOIN communities parent ON parent.id = c.parent_id
"""


async def communities(tx: Connection) -> list[Row]:
    """The whole tree, parents before children."""
    return await tx.fetch(f"SELECT {_COLUMNS} ORDER BY cardinality(c.path), c.slug")


async def community(tx: Connection, key: str) -> Row | None:
    """By slug or id."""
    return await tx.fetchrow(f"SELECT {_COLUMNS} WHERE c.slug = $1 OR c.id::text = $1", key)


async def insert_community(
    tx: Connection, *, slug: str, kind: str, parent_id: UUID | None, facts: dict[str, Any], policies: dict[str, Any]
) -> UUID | None:
    """The new id, None when the slug is taken."""
    found: UUID | None = await tx.fetchval(
        """
        INSERT INTO communities (id, slug, kind, parent_id, path, name, name_en, about, about_en, time_zone, currency, latitude, longitude,
                                 desk_phone, address, policies)
        SELECT new.id, $1, $2, $3, coalesce((SELECT path FROM communities WHERE id = $3), '{}') || new.id,
               $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
        FROM (SELECT uuidv7() AS id) new ON CONFLICT (slug) DO NOTHING RETURNING id
        """,
        slug,
        kind,
        parent_id,
        facts["name"],
        facts["name_en"],
        facts["about"],
        facts["about_en"],
        facts["time_zone"],
        facts["currency"],
        facts["latitude"],
        facts["longitude"],
        facts["desk_phone"],
        facts["address"],
        policies,
    )
    return found


async def children(tx: Connection, community_id: UUID) -> list[str]:
    return [
        row["slug"]
        for row in await tx.fetch("SELECT slug FROM communities WHERE parent_id = $1 ORDER BY slug", community_id)
    ]


async def enterprises(tx: Connection, community_id: UUID) -> list[Row]:
    return await tx.fetch(
        "SELECT id, slug, name, name_en, scope, founded_on FROM enterprises WHERE community_id = $1 ORDER BY slug",
        community_id,
    )


async def insert_enterprise(
    tx: Connection,
    *,
    slug: str,
    community_id: UUID,
    name: str,
    name_en: str | None,
    scope: str,
    founded_on: date | None,
) -> UUID | None:
    """The new id, None when the slug is taken."""
    found: UUID | None = await tx.fetchval(
        "INSERT INTO enterprises (slug, community_id, name, name_en, scope, founded_on) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (slug) DO NOTHING RETURNING id",
        slug,
        community_id,
        name,
        name_en,
        scope,
        founded_on,
    )
    return found
