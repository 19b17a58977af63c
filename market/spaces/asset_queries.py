"""SQL of the asset register."""

from uuid import UUID

from market.db import Connection, Row

_ASSET = """
    SELECT s.*, c.slug AS community, p.register_no AS parent, p.name AS parent_name,
           CASE WHEN s.status = 'closed' THEN 'closed' WHEN s.is_idle THEN 'idle' ELSE 'in_use' END AS state,
           s.area_dm2 / 100.0::float8 AS area_m2, s.rate_minor AS rate
      FROM spaces s JOIN communities c ON c.id = s.community_id LEFT JOIN spaces p ON p.id = s.parent_id
"""


async def asset(tx: Connection, *, space_id: UUID) -> Row | None:
    return await tx.fetchrow(_ASSET + "WHERE s.id = $1", space_id)


async def assets(tx: Connection, *, community: UUID, limit: int) -> list[Row]:
    """Of a community and all below it, by number, those without one last."""
    return await tx.fetch(
        _ASSET + "WHERE c.path @> ARRAY[$1::uuid] ORDER BY c.slug, s.register_no NULLS LAST, s.id LIMIT $2",
        community,
        limit,
    )


async def lock_register(tx: Connection, *, community: UUID) -> None:
    """One change of the register by file at a time."""
    await tx.execute("SELECT FROM communities WHERE id = $1 FOR NO KEY UPDATE", community)


async def own_assets(tx: Connection, *, community: UUID) -> dict[str, Row]:
    """The spaces of this very community that have a number, by it."""
    rows = await tx.fetch(_ASSET + "WHERE s.community_id = $1 AND s.register_no IS NOT NULL", community)
    return {row["register_no"]: row for row in rows}


async def is_number_taken(tx: Connection, *, community: UUID, register_no: str, but: UUID) -> bool:
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM spaces WHERE community_id = $1 AND register_no = $2 AND id <> $3)",
        community,
        register_no,
        but,
    )
    return found
