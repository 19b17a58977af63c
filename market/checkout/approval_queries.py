"""SQL of orders that staff agree to first."""

from datetime import datetime
from uuid import UUID

from market.db import Connection, Row

_REQUESTS = """
    SELECT o.id, o.person_id, o.approval, o.purpose, o.payable_minor, o.currency, o.created_at, o.hold_expires_at, o.decision_reason,
           o.decided_at, p.name AS person_name, d.name AS decider, l.lines
      FROM orders o JOIN persons p ON p.id = o.person_id LEFT JOIN persons d ON d.id = o.decided_by
     CROSS JOIN LATERAL (
           SELECT jsonb_agg(jsonb_build_object(
                      'space_id', l.space_id, 'title', l.title, 'title_en', l.title_en, 'starts_at', l.starts_at, 'ends_at', l.ends_at,
                      'time_zone', l.time_zone, 'attendees', l.attendees, 'for_partner', r.name) ORDER BY l.position) AS lines
             FROM order_lines l LEFT JOIN partners r ON r.id = l.renter_id WHERE l.order_id = o.id) l
     WHERE EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id AND l.community_id = $1)
"""


async def open_requests(tx: Connection, *, community_id: UUID, limit: int) -> list[Row]:
    """Requests of a community that wait for a decision, those that end soonest first."""
    return await tx.fetch(
        _REQUESTS + " AND o.status = 'awaiting_approval' ORDER BY o.hold_expires_at, o.id LIMIT $2", community_id, limit
    )


async def decided_requests(tx: Connection, *, community_id: UUID, limit: int) -> list[Row]:
    """Requests of a community that were decided or that nobody decided in time, newest first."""
    return await tx.fetch(
        _REQUESTS + " AND o.decided_at IS NOT NULL ORDER BY o.decided_at DESC, o.id LIMIT $2", community_id, limit
    )


async def update_order_asked(tx: Connection, order_id: UUID, *, purpose: str) -> None:
    """An order that has just been placed waits for staff."""
    await tx.execute(
        "UPDATE orders SET status = 'awaiting_approval', approval = 'asked', purpose = $2 WHERE id = $1",
        order_id,
        purpose,
    )


async def update_order_decided(
    tx: Connection, order_id: UUID, *, approval: str, reason: str = "", decided_by: UUID | None = None
) -> None:
    """Note what became of a request."""
    await tx.execute(
        "UPDATE orders SET approval = $2, decision_reason = $3, decided_by = $4, "
        "decided_at = CASE WHEN $2 = 'withdrawn' THEN NULL ELSE now() END WHERE id = $1",
        order_id,
        approval,
        reason,
        decided_by,
    )


async def update_order_payable(tx: Connection, order_id: UUID, *, hold_expires_at: datetime) -> None:
    """An approved order waits to be paid."""
    await tx.execute(
        "UPDATE orders SET status = 'awaiting_payment', hold_expires_at = $2 WHERE id = $1", order_id, hold_expires_at
    )


async def told_of(tx: Connection, order_id: UUID) -> Row | None:
    """What the message about a decision tells: the order, its first line and how many there are."""
    return await tx.fetchrow(
        "SELECT o.*, now() AS now, l.title, l.title_en, l.starts_at, l.ends_at, l.time_zone, c.desk_phone AS phone, "
        "(SELECT count(*) FROM order_lines x WHERE x.order_id = o.id)::int AS dates "
        "FROM orders o JOIN order_lines l ON l.order_id = o.id AND l.position = 0 JOIN communities c ON c.id = l.community_id "
        "WHERE o.id = $1",
        order_id,
    )
