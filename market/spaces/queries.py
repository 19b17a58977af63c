"""All SQL about spaces themselves; what occupies them is in occupancy_queries.py."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from market.db import Connection, Row
from market.spaces.exception_queries import EXCEPTIONS
from market.spaces.tariff_queries import LISTS

_SHOWN = """
    SELECT s.*, c.slug AS community, c.name AS community_name, c.name_en AS community_name_en, c.time_zone,
           (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'alt', p.alt, 'width', p.width, 'height', p.height,
                                                'variants', p.variants) ORDER BY p.position, p.id)
              FROM photos p WHERE p.space_id = s.id) AS photos
      FROM spaces s JOIN communities c ON c.id = s.community_id
"""


async def space(tx: Connection, *, space_id: UUID) -> Row | None:
    """One space as shown, with its community and photos."""
    return await tx.fetchrow(_SHOWN + " WHERE s.id = $1", space_id)


async def spaces(
    tx: Connection, *, community: str | None, kind: str | None, with_closed: bool, after: UUID | None, limit: int
) -> list[Row]:
    """Spaces of a community and all below it, oldest first."""
    return await tx.fetch(
        _SHOWN
        + """
         WHERE ($1::text IS NULL OR c.path @> ARRAY(SELECT id FROM communities WHERE slug = $1)
                                    AND EXISTS (SELECT 1 FROM communities WHERE slug = $1))
           AND ($2::text IS NULL OR s.kind = $2) AND ($3 OR s.status = 'open') AND ($4::uuid IS NULL OR s.id > $4)
         ORDER BY s.id LIMIT $5
        """,
        community,
        kind,
        with_closed,
        after,
        limit,
    )


async def space_for_hire(tx: Connection, *, space_id: UUID) -> Row | None:
    """What a price needs, and the database's clock."""
    return await tx.fetchrow(
        f"""
        SELECT s.*, {LISTS}, {EXCEPTIONS}, c.slug AS community_slug, c.time_zone, e.slug AS enterprise_slug, e.name AS enterprise_name,
               e.name_en AS enterprise_name_en, now() AS now
          FROM spaces s JOIN communities c ON c.id = s.community_id LEFT JOIN enterprises e ON e.id = s.enterprise_id
         WHERE s.id = $1
        """,
        space_id,
    )


async def enterprise_id(tx: Connection, *, slug: str, community: UUID) -> UUID | None:
    found: UUID | None = await tx.fetchval(
        "SELECT id FROM enterprises WHERE slug = $1 AND community_id = $2", slug, community
    )
    return found


async def insert_space(tx: Connection, *, values: Mapping[str, object]) -> UUID:
    """`values` by column name: names come from the service's own table, never from outside."""
    columns = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    found: UUID = await tx.fetchval(f"INSERT INTO spaces ({columns}) VALUES ({places}) RETURNING id", *values.values())
    return found


async def update_space(tx: Connection, *, space_id: UUID, values: Mapping[str, object]) -> None:
    """`values` by column name, as in insert_space()."""
    columns = ", ".join(f"{column} = ${number}" for number, column in enumerate(values, start=2))
    await tx.execute(f"UPDATE spaces SET {columns} WHERE id = $1", space_id, *values.values())


async def weeks_of(tx: Connection, *, community_id: UUID) -> list[Row]:
    """Hours and special days of every space of a community, as tariffs are made of."""
    return await tx.fetch(
        f"""
        SELECT s.id, s.hours, s.off_peak, s.rate_minor, s.granularity_min, c.time_zone, {EXCEPTIONS}
          FROM spaces s JOIN communities c ON c.id = s.community_id WHERE c.id = $1
        """,
        community_id,
    )


async def now(tx: Connection) -> datetime:
    """The database's clock."""
    found: datetime = await tx.fetchval("SELECT now()")
    return found


async def spaces_like(tx: Connection, *, space_id: UUID, people: int) -> list[UUID]:
    """Other open spaces of the same kind and community with room for so many, those of about its size first."""
    rows = await tx.fetch(
        "SELECT o.id FROM spaces s JOIN spaces o ON o.community_id = s.community_id AND o.kind = s.kind AND o.id <> s.id "
        "WHERE s.id = $1 AND o.status = 'open' AND o.capacity >= $2 ORDER BY abs(o.capacity - s.capacity), o.id LIMIT 40",
        space_id,
        people,
    )
    return [row["id"] for row in rows]
