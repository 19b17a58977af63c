"""All SQL about calendars kept elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from market.db import Connection, Row
from market.spaces.import_rules import Block

_SHOWN = """
    SELECT i.*, (SELECT count(*) FROM space_import_events e WHERE e.import_id = i.id AND e.problem IS NULL AND e.ends_at > now())::int
           AS blocked,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('starts_at', e.starts_at, 'ends_at', e.ends_at, 'summary', e.summary,
                                                         'problem', e.problem) ORDER BY e.starts_at, e.uid), '[]')
              FROM (SELECT * FROM space_import_events e WHERE e.import_id = i.id AND e.problem IS NOT NULL AND e.ends_at > now()
                     ORDER BY e.starts_at, e.uid LIMIT 100) e) AS problems
      FROM space_imports i
"""


async def imports_of(tx: Connection, *, space_id: UUID) -> list[Row]:
    return await tx.fetch(_SHOWN + " WHERE i.space_id = $1 ORDER BY i.id", space_id)


async def shown(tx: Connection, import_id: UUID) -> Row | None:
    return await tx.fetchrow(_SHOWN + " WHERE i.id = $1", import_id)


async def insert_import(
    tx: Connection, *, space_id: UUID, name: str, url: str, every_min: int, created_by: UUID
) -> UUID | None:
    """None when the space has this address already."""
    found: UUID | None = await tx.fetchval(
        "INSERT INTO space_imports (space_id, name, url, every_min, created_by) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING "
        "RETURNING id",
        space_id,
        name,
        url,
        every_min,
        created_by,
    )
    return found


async def delete_import(tx: Connection, import_id: UUID) -> None:
    await tx.execute("DELETE FROM space_imports WHERE id = $1", import_id)


async def claim_due(tx: Connection, *, limit: int) -> list[Row]:
    """Imports that are due, each for one worker: whoever dies over one looks again at its next time."""
    return await tx.fetch(
        "UPDATE space_imports i SET next_at = now() + make_interval(mins => i.every_min) FROM communities c, spaces s WHERE i.id IN ("
        "SELECT id FROM space_imports WHERE next_at <= now() ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED) "
        "AND s.id = i.space_id AND c.id = s.community_id RETURNING i.id, i.space_id, i.url, c.time_zone",
        limit,
    )


async def claim(tx: Connection, import_id: UUID) -> Row | None:
    """One import, to be looked at now."""
    return await tx.fetchrow(
        "UPDATE space_imports i SET next_at = now() + make_interval(mins => i.every_min) FROM communities c, spaces s WHERE i.id = $1 "
        "AND s.id = i.space_id AND c.id = s.community_id RETURNING i.id, i.space_id, i.url, c.time_zone",
        import_id,
    )


async def lock_import(tx: Connection, import_id: UUID) -> Row | None:
    """An import, locked; the family of its space is locked before."""
    return await tx.fetchrow("SELECT * FROM space_imports WHERE id = $1 FOR UPDATE", import_id)


async def update_looked(tx: Connection, import_id: UUID, *, outcome: str, message: str) -> None:
    await tx.execute(
        "UPDATE space_imports SET looked_at = now(), outcome = $2, message = $3 WHERE id = $1",
        import_id,
        outcome,
        message,
    )


async def events_of(tx: Connection, import_id: UUID) -> list[Row]:
    """What is kept of an import, from the past the group of what was blocked."""
    return await tx.fetch("SELECT * FROM space_import_events WHERE import_id = $1", import_id)


async def is_imported(tx: Connection, group_id: UUID) -> bool:
    found: bool = await tx.fetchval("SELECT EXISTS (SELECT FROM space_import_events WHERE group_id = $1)", group_id)
    return found


async def replace_events(
    tx: Connection, import_id: UUID, *, gone: Sequence[tuple[str, datetime]], new: Sequence[tuple[Block, UUID | None]]
) -> None:
    """Keep what stands in the calendar now."""
    await tx.execute(
        "DELETE FROM space_import_events e USING unnest($2::text[], $3::timestamptz[]) AS g(uid, starts_at) "
        "WHERE e.import_id = $1 AND e.uid = g.uid AND e.starts_at = g.starts_at",
        import_id,
        [uid for uid, _ in gone],
        [at for _, at in gone],
    )
    await tx.executemany(
        "INSERT INTO space_import_events (import_id, uid, starts_at, ends_at, summary, group_id, problem) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            (
                import_id,
                block.uid,
                block.starts_at,
                block.ends_at,
                block.summary,
                group,
                block.problem or (None if group else "taken"),
            )
            for block, group in new
        ],
    )
