"""SQL of staff roles."""

from uuid import UUID

from market.db import Connection, Row


async def staff(tx: Connection, *, community_id: UUID) -> list[Row]:
    """Roles that reach a community: its own, and those of the street and district above it."""
    return await tx.fetch(
        "SELECT r.id, r.role, p.name, (SELECT l.login FROM logins l WHERE l.person_id = p.id ORDER BY l.kind = 'email' DESC, l.login "
        "LIMIT 1) AS login, c.slug AS community, c.name AS community_name, c.name_en AS community_name_en, r.granted_at, "
        "r.community_id = $1 AS is_own FROM roles r JOIN persons p ON p.id = r.person_id JOIN communities c ON c.id = r.community_id "
        "WHERE r.revoked_at IS NULL AND p.deleted_at IS NULL "
        "AND r.community_id = ANY ((SELECT path FROM communities WHERE id = $1)::uuid[]) "
        "ORDER BY r.community_id = $1 DESC, array_position(ARRAY['street', 'director', 'clerk'], r.role), r.granted_at, r.id",
        community_id,
    )


async def lock_staff(tx: Connection, *, community_id: UUID) -> None:
    """One change of a community's staff at a time: two directors cannot dismiss each other at once."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('staff:' || $1::text, 0))", str(community_id))


async def role(tx: Connection, *, role_id: UUID, community_id: UUID) -> Row | None:
    """A role held in this very community, with how many directors it has."""
    return await tx.fetchrow(
        "SELECT r.person_id, r.role, (SELECT count(*) FROM roles d JOIN persons p ON p.id = d.person_id WHERE d.community_id = $2 "
        "AND d.role = 'director' AND d.revoked_at IS NULL AND p.deleted_at IS NULL AND NOT p.is_disabled) AS directors "
        "FROM roles r WHERE r.id = $1 AND r.community_id = $2 AND r.revoked_at IS NULL",
        role_id,
        community_id,
    )


async def update_revoked(tx: Connection, *, role_id: UUID) -> None:
    await tx.execute("UPDATE roles SET revoked_at = now() WHERE id = $1", role_id)
