"""SQL of the needs board."""

from typing import Any
from uuid import UUID

from market.db import Connection, Row

# $1 is the reader, null for somebody without an account.
_COLUMNS = """
  n.id, n.title, n.about, n.status, n.for_community, n.supports, n.created_at, n.person_id, n.community_id, n.partner_id,
  n.partner_note, n.closed_as, n.closed_note, c.slug AS community, c.name AS community_name, c.name_en AS community_name_en,
  g.slug AS category, g.name AS category_name, g.name_en AS category_name_en,
  p.slug AS partner_slug, p.name AS partner_name, p.name_en AS partner_name_en,
  l.id AS listing_id, l.title AS listing_title, l.title_en AS listing_title_en,
  EXISTS (SELECT FROM need_supports s WHERE s.need_id = n.id AND s.person_id = $1) AS supported
  FROM needs n
  JOIN communities c ON c.id = n.community_id
  LEFT JOIN categories g ON g.id = n.category_id
  LEFT JOIN partners p ON p.id = n.partner_id
  LEFT JOIN listings l ON l.id = n.listing_id AND l.status = 'published'
"""
_SHOWN = "n.closed_as IS DISTINCT FROM 'removed'"
_WITHIN = (
    "($2::text IS NULL OR EXISTS "
    "(SELECT FROM communities top WHERE (top.slug = $2 OR top.id::text = $2) AND c.path @> ARRAY[top.id]))"
)


async def needs(
    tx: Connection,
    *,
    reader: UUID | None,
    community: str | None,
    statuses: list[str],
    after: tuple[int, UUID] | None,
    limit: int,
    mine: bool = False,
) -> list[Row]:
    """One page of the board, most supported first; of one community (slug or id) and all below it, or of all."""
    return await tx.fetch(
        f"SELECT {_COLUMNS} WHERE {_SHOWN} AND {_WITHIN} AND n.status = ANY ($3) "
        "AND ($4::int IS NULL OR (n.supports, n.id) < ($4, $5::uuid)) AND (NOT $7 OR n.person_id = $1) "
        "ORDER BY n.supports DESC, n.id DESC LIMIT $6",
        reader,
        community,
        statuses,
        after[0] if after else None,
        after[1] if after else None,
        limit,
        mine,
    )


async def needs_by_ids(tx: Connection, *, reader: UUID | None, ids: list[UUID]) -> list[Row]:
    return await tx.fetch(f"SELECT {_COLUMNS} WHERE {_SHOWN} AND n.id = ANY ($2)", reader, ids)


async def need(tx: Connection, *, reader: UUID | None, need_id: UUID) -> Row | None:
    """Also a removed one: who may see it is decided by the caller."""
    return await tx.fetchrow(f"SELECT {_COLUMNS} WHERE n.id = $2", reader, need_id)


async def waiting_titles(tx: Connection, *, community: str | None, limit: int) -> list[Row]:
    """Needs that nobody has answered yet, newest first, by id and title."""
    return await tx.fetch(
        "SELECT n.id, n.title FROM needs n JOIN communities c ON c.id = n.community_id "
        "WHERE n.status IN ('open', 'taken') AND ($1::text IS NULL OR c.slug = $1) ORDER BY n.id DESC LIMIT $2",
        community,
        limit,
    )


async def lock_need(tx: Connection, need_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT id, community_id, person_id, partner_id, status, closed_as, title FROM needs WHERE id = $1 FOR UPDATE",
        need_id,
    )


async def lock_person(tx: Connection, person_id: UUID) -> None:
    """One at a time counts and asks, so that nobody asks for more than they may."""
    await tx.execute("SELECT 1 FROM persons WHERE id = $1 FOR UPDATE", person_id)


async def lock_partner(tx: Connection, partner_id: UUID) -> None:
    await tx.execute("SELECT 1 FROM partners WHERE id = $1 FOR UPDATE", partner_id)


async def open_count(tx: Connection, person_id: UUID) -> int:
    """Own needs that wait; those of the community do not count."""
    return int(
        await tx.fetchval(
            "SELECT count(*) FROM needs WHERE person_id = $1 AND status = 'open' AND NOT for_community", person_id
        )
    )


async def taken_count(tx: Connection, partner_id: UUID) -> int:
    return int(await tx.fetchval("SELECT count(*) FROM needs WHERE partner_id = $1 AND status = 'taken'", partner_id))


async def category_id(tx: Connection, slug: str) -> UUID | None:
    found: UUID | None = await tx.fetchval("SELECT id FROM categories WHERE slug = $1", slug)
    return found


async def is_listing_of(tx: Connection, *, listing_id: UUID, partner_id: UUID) -> bool:
    """Whether the partner offers this now."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM listings WHERE id = $1 AND partner_id = $2 AND status = 'published')",
            listing_id,
            partner_id,
        )
    )


async def insert_need(tx: Connection, *, facts: dict[str, Any]) -> UUID | None:
    """The new id, None when the person waits for the same thing already."""
    found: UUID | None = await tx.fetchval(
        "INSERT INTO needs (community_id, category_id, person_id, for_community, title, about) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT DO NOTHING RETURNING id",
        facts["community_id"],
        facts["category_id"],
        facts["person_id"],
        facts["for_community"],
        facts["title"],
        facts["about"],
    )
    return found


async def insert_support(tx: Connection, *, need_id: UUID, person_id: UUID) -> None:
    """Counts only the first time."""
    await tx.execute(
        "WITH added AS (INSERT INTO need_supports (need_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1) "
        "UPDATE needs SET supports = supports + 1 WHERE id = $1 AND EXISTS (SELECT FROM added)",
        need_id,
        person_id,
    )


async def delete_support(tx: Connection, *, need_id: UUID, person_id: UUID) -> None:
    await tx.execute(
        "WITH gone AS (DELETE FROM need_supports WHERE need_id = $1 AND person_id = $2 RETURNING 1) "
        "UPDATE needs SET supports = supports - 1 WHERE id = $1 AND EXISTS (SELECT FROM gone)",
        need_id,
        person_id,
    )


async def update_taken(
    tx: Connection, need_id: UUID, *, status: str, partner_id: UUID, note: str, listing_id: UUID | None
) -> None:
    await tx.execute(
        "UPDATE needs SET status = $2, partner_id = $3, partner_note = CASE WHEN $4 = '' THEN partner_note ELSE $4 END, "
        "taken_at = coalesce(taken_at, now()), listing_id = $5, offered_at = CASE WHEN $5::uuid IS NULL THEN NULL ELSE now() END "
        "WHERE id = $1",
        need_id,
        status,
        partner_id,
        note,
        listing_id,
    )


async def update_released(tx: Connection, need_id: UUID) -> None:
    await tx.execute(
        "UPDATE needs SET status = 'open', partner_id = NULL, partner_note = '', taken_at = NULL WHERE id = $1", need_id
    )


async def update_closed(tx: Connection, need_id: UUID, *, closed_as: str, note: str, by: UUID) -> None:
    await tx.execute(
        "UPDATE needs SET status = 'closed', closed_as = $2, closed_note = $3, closed_by = $4, closed_at = now() WHERE id = $1",
        need_id,
        closed_as,
        note,
        by,
    )


async def update_broken_promises(tx: Connection, *, days: int) -> list[UUID]:
    """Needs that were taken so long ago without a listing are open again; their ids."""
    rows = await tx.fetch(
        "UPDATE needs SET status = 'open', partner_id = NULL, partner_note = '', taken_at = NULL "
        "WHERE status = 'taken' AND taken_at < now() - make_interval(days => $1) RETURNING id",
        days,
    )
    return [row["id"] for row in rows]


async def people_behind(tx: Connection, need_id: UUID) -> list[UUID]:
    """Who asked for it and who supports it."""
    rows = await tx.fetch(
        "SELECT person_id FROM needs WHERE id = $1 AND person_id IS NOT NULL UNION SELECT person_id FROM need_supports WHERE need_id = $1",
        need_id,
    )
    return [row["person_id"] for row in rows]
