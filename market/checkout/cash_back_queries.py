"""All SQL of cash that waits at a desk for its buyer."""

from uuid import UUID

from market.db import Connection, Row

_SHOWN = """
SELECT d.id, d.order_id, d.amount_minor, d.currency, d.made_at, p.name AS person_name,
       (SELECT l.title FROM order_lines l WHERE l.order_id = o.id AND l.community_id = d.community_id ORDER BY l.position LIMIT 1) AS title
  FROM desk_refunds d JOIN orders o ON o.id = d.order_id JOIN persons p ON p.id = o.person_id
"""


async def insert_refund(
    tx: Connection, *, act_id: UUID, order_id: UUID, community_id: UUID, amount_minor: int, currency: str, paid_by: UUID | None
) -> None:  # fmt: skip
    """Cash to give back; without `paid_by` it waits at the desk."""
    await tx.execute(
        "INSERT INTO desk_refunds (id, order_id, community_id, amount_minor, currency, paid_by, paid_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $6::uuid IS NULL THEN NULL ELSE now() END)",
        act_id,
        order_id,
        community_id,
        amount_minor,
        currency,
        paid_by,
    )


async def waiting(tx: Connection, *, community_id: UUID, limit: int) -> list[Row]:
    """What waits at the desk, who has waited longest first."""
    return await tx.fetch(
        _SHOWN + " WHERE d.community_id = $1 AND d.paid_by IS NULL ORDER BY d.made_at, d.id LIMIT $2",
        community_id,
        limit,
    )


async def lock_refund(tx: Connection, *, refund_id: UUID, community_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT id, order_id, paid_by, amount_minor FROM desk_refunds WHERE id = $1 AND community_id = $2 FOR UPDATE",
        refund_id,
        community_id,
    )


async def update_paid(tx: Connection, refund_id: UUID, *, person_id: UUID) -> None:
    await tx.execute("UPDATE desk_refunds SET paid_by = $2, paid_at = now() WHERE id = $1", refund_id, person_id)
