"""SQL of links between somebody who buys and somebody who comes."""

from uuid import UUID

from market.db import Connection, Row


async def insert_link(tx: Connection, *, buyer_id: UUID, login: str, name: str) -> UUID | None:
    """The new invitation, None when one to this login is open."""
    found: UUID | None = await tx.fetchval(
        "INSERT INTO family_links (buyer_id, invited_login, name) VALUES ($1, $2, $3) "
        "ON CONFLICT (buyer_id, invited_login) WHERE status IN ('invited', 'accepted') DO NOTHING RETURNING id",
        buyer_id,
        login,
        name,
    )
    return found


async def open_links(tx: Connection, buyer_id: UUID) -> int:
    found: int = await tx.fetchval(
        "SELECT count(*) FROM family_links WHERE buyer_id = $1 AND status IN ('invited', 'accepted')", buyer_id
    )
    return found


async def is_own_login(tx: Connection, *, person_id: UUID, login: str) -> bool:
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM logins WHERE person_id = $1 AND login = $2)", person_id, login
    )
    return found


async def links_of(tx: Connection, person_id: UUID) -> list[Row]:
    """Links that the person asked for (`role` buyer) or that somebody asked them for (`role` member), newest first.

    A buyer sees the name they chose, never the other's account; who is asked sees the buyer's name."""
    return await tx.fetch(
        "SELECT f.id, 'buyer' AS role, f.name, f.status, f.created_at FROM family_links f "
        "WHERE f.buyer_id = $1 AND f.status <> 'ended' "
        "UNION ALL SELECT f.id, 'member', b.name, f.status, f.created_at FROM family_links f JOIN persons b ON b.id = f.buyer_id "
        "WHERE (f.status = 'accepted' AND f.member_id = $1) OR (f.status = 'invited' "
        "AND f.invited_login IN (SELECT login FROM logins WHERE person_id = $1)) ORDER BY created_at DESC",
        person_id,
    )


async def lock_link(tx: Connection, link_id: UUID, *, person_id: UUID) -> Row | None:
    """A link with `is_buyer` and `is_invited` (by login) of this person; None where it is none of theirs."""
    return await tx.fetchrow(
        "SELECT f.*, f.buyer_id = $2 AS is_buyer, f.invited_login IN (SELECT login FROM logins WHERE person_id = $2) AS is_invited "
        "FROM family_links f WHERE f.id = $1 AND (f.buyer_id = $2 OR f.member_id = $2 "
        "OR f.invited_login IN (SELECT login FROM logins WHERE person_id = $2)) FOR UPDATE",
        link_id,
        person_id,
    )


async def update_link(tx: Connection, link_id: UUID, *, status: str, member_id: UUID | None) -> None:
    """Decide or end a link; an ended one forgets the login."""
    await tx.execute(
        "UPDATE family_links SET status = $2, member_id = $3, decided_at = now(), "
        "invited_login = CASE WHEN $2 = 'accepted' THEN invited_login ELSE '' END WHERE id = $1",
        link_id,
        status,
        member_id,
    )


async def member(tx: Connection, *, buyer_id: UUID, link_id: UUID) -> Row | None:
    """Who agreed that this buyer buys for them, with what their prices depend on."""
    return await tx.fetchrow(
        "SELECT p.id AS person_id, f.name, "
        "ARRAY(SELECT community_id FROM residencies WHERE person_id = p.id AND status = 'verified') AS resident_of, "
        'ARRAY(SELECT DISTINCT "group" FROM group_members WHERE person_id = p.id) AS groups '
        "FROM family_links f JOIN persons p ON p.id = f.member_id "
        "WHERE f.id = $1 AND f.buyer_id = $2 AND f.status = 'accepted' AND NOT p.is_disabled AND p.deleted_at IS NULL",
        link_id,
        buyer_id,
    )
