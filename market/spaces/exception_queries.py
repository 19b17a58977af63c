"""All SQL over days on which other hours hold: of one space, or of a community and all below it."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from market.db import Connection, Row

# As a column of a query over spaces `s` and their communities `c`: those that are not long over, a space's own after its community's.
EXCEPTIONS = """(SELECT jsonb_agg(jsonb_build_object('first_day', x.first_day, 'last_day', x.last_day, 'hours', x.hours)
                                ORDER BY x.space_id IS NOT NULL, x.created_at)
              FROM space_exceptions x
             WHERE (x.space_id = s.id OR x.community_id = ANY(c.path)) AND x.last_day >= now()::date - 400) AS exceptions"""


async def exceptions(tx: Connection, *, space_id: UUID | None, community_id: UUID | None) -> list[Row]:
    """Days to come of a space, with those of its communities; or of a community and those above it."""
    return await tx.fetch(
        "SELECT x.*, x.community_id IS NOT NULL AS is_holiday FROM space_exceptions x "
        "WHERE x.last_day >= now()::date - 1 AND (x.space_id = $1 OR x.community_id = ANY("
        "SELECT unnest(c.path) FROM communities c WHERE c.id = $2 OR c.id = (SELECT community_id FROM spaces WHERE id = $1))) "
        "ORDER BY x.first_day, x.id",
        space_id,
        community_id,
    )


async def insert_exception(
    tx: Connection,
    *,
    space_id: UUID | None,
    community_id: UUID | None,
    first_day: date,
    last_day: date,
    hours: Sequence[dict[str, Any]],
    reason: str,
    reason_en: str | None,
    created_by: UUID | None,
) -> UUID:
    found: UUID = await tx.fetchval(
        "INSERT INTO space_exceptions (space_id, community_id, first_day, last_day, hours, reason, reason_en, created_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        space_id,
        community_id,
        first_day,
        last_day,
        list(hours),
        reason,
        reason_en,
        created_by,
    )
    return found


async def delete_exception(
    tx: Connection, exception_id: UUID, *, space_id: UUID | None, community_id: UUID | None
) -> bool:
    """Take one back; False when there is no such day of this space or community."""
    found: bool = await tx.fetchval(
        "WITH gone AS (DELETE FROM space_exceptions WHERE id = $1 AND (space_id = $2 OR community_id = $3) RETURNING id) "
        "SELECT EXISTS (SELECT FROM gone)",
        exception_id,
        space_id,
        community_id,
    )
    return found


async def spaces_of_community(tx: Connection, *, community_id: UUID) -> list[UUID]:
    """The spaces of a community and all below it."""
    rows = await tx.fetch(
        "SELECT s.id FROM spaces s JOIN communities c ON c.id = s.community_id WHERE c.path @> ARRAY[$1::uuid] ORDER BY s.id",
        community_id,
    )
    return [row["id"] for row in rows]
