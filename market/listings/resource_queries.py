"""SQL of teachers and equipment, and of what is promised of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from market.db import Connection, Row

_RESOURCE = """
    SELECT r.*, c.slug AS community,
           (SELECT count(*) FROM resource_claims k WHERE k.resource_id = r.id AND NOT k.is_released AND upper(k.period) > now()) AS ahead
      FROM resources r JOIN communities c ON c.id = r.community_id
"""


async def equipment(tx: Connection, *, community: UUID) -> list[Row]:
    return await tx.fetch(
        _RESOURCE + "WHERE r.community_id = $1 AND r.kind = 'equipment' ORDER BY r.name, r.id", community
    )


async def teachers(tx: Connection, *, partner: UUID) -> list[Row]:
    return await tx.fetch(_RESOURCE + "WHERE r.partner_id = $1 ORDER BY r.name, r.id", partner)


async def resource(tx: Connection, resource_id: UUID) -> Row | None:
    return await tx.fetchrow(_RESOURCE + "WHERE r.id = $1", resource_id)


async def insert_resource(
    tx: Connection, *, kind: str, community: UUID, partner: UUID | None, name: str, quantity: int
) -> UUID | None:
    """None when there is one of this name."""
    found: UUID | None = await tx.fetchval(
        "INSERT INTO resources (kind, community_id, partner_id, name, quantity) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (community_id, partner_id, name) DO NOTHING RETURNING id",
        kind,
        community,
        partner,
        name,
        quantity,
    )
    return found


async def update_resource(tx: Connection, resource_id: UUID, *, quantity: int, is_active: bool) -> None:
    await tx.execute(
        "UPDATE resources SET quantity = $2, is_active = $3 WHERE id = $1", resource_id, quantity, is_active
    )


async def lock_resources(tx: Connection, resource_ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Locked in id order, whoever asks: nobody waits in a ring. By id."""
    rows = await tx.fetch(
        "SELECT * FROM resources WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", sorted(set(resource_ids))
    )
    return {row["id"]: row for row in rows}


async def claims_between(
    tx: Connection, *, resource_no: int, low: datetime, high: datetime | None
) -> list[tuple[datetime, datetime, int]]:
    """What is promised of it in the time, cut to it; without an end for all that is ahead."""
    rows = await tx.fetch(
        "SELECT lower(cut) AS low, upper(cut) AS high, quantity FROM ("
        "SELECT k.period * tstzrange($2, $3) AS cut, k.quantity FROM resource_claims k "
        "WHERE int8range(k.resource_no, k.resource_no, '[]') = int8range($1::bigint, $1::bigint, '[]') "
        "AND k.period && tstzrange($2, $3) AND NOT k.is_released) found WHERE NOT isempty(cut)",
        resource_no,
        low,
        high,
    )
    return [(row["low"], row["high"], row["quantity"]) for row in rows]


async def insert_claim(
    tx: Connection, *, resource: Row, offer_id: UUID, low: datetime, high: datetime, quantity: int
) -> None:
    await tx.execute(
        "INSERT INTO resource_claims (resource_id, resource_no, offer_id, period, quantity, is_sole) "
        "VALUES ($1, $2, $3, tstzrange($4, $5), $6, $7)",
        resource["id"],
        resource["resource_no"],
        offer_id,
        low,
        high,
        quantity,
        resource["quantity"] == 1,
    )


async def update_released(tx: Connection, *, offer_id: UUID) -> None:
    await tx.execute("UPDATE resource_claims SET is_released = true WHERE offer_id = $1", offer_id)


async def space_names(tx: Connection, space_ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await tx.fetch("SELECT id, name FROM spaces WHERE id = ANY($1)", list(space_ids))
    return {row["id"]: row["name"] for row in rows}


async def now(tx: Connection) -> datetime:
    found: datetime = await tx.fetchval("SELECT now()")
    return found
