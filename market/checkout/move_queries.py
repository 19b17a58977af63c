"""SQL of bookings that move."""

from datetime import datetime
from typing import Any
from uuid import UUID

from market.db import Connection, Row


async def line_of(tx: Connection, *, order_id: UUID, line_id: UUID) -> Row | None:
    """One line of an order, with whether its code was used."""
    return await tx.fetchrow(
        "SELECT l.*, EXISTS (SELECT FROM vouchers v WHERE v.line_id = l.id AND v.status = 'redeemed') AS is_redeemed "
        "FROM order_lines l WHERE l.order_id = $1 AND l.id = $2",
        order_id,
        line_id,
    )


async def rooms_like(tx: Connection, *, space_id: UUID, people: int) -> list[Row]:
    """The space itself, then the open ones of the same kind, owner, community and currency with room for so many that can be had
    without asking anybody."""
    return await tx.fetch(
        "SELECT o.id AS space_id, o.name, o.name_en, o.capacity, o.who_may_book, o.community_id FROM spaces s JOIN spaces o "
        "ON o.community_id = s.community_id AND o.kind = s.kind AND o.currency = s.currency "
        "AND o.enterprise_id IS NOT DISTINCT FROM s.enterprise_id "
        "WHERE s.id = $1 AND (o.id = s.id OR (o.status = 'open' AND o.capacity >= $2 AND NOT o.needs_approval)) "
        "ORDER BY o.id <> s.id, abs(o.capacity - s.capacity), o.name, o.id LIMIT 50",
        space_id,
        people,
    )


async def update_line_moved(
    tx: Connection,
    *,
    line_id: UUID,
    space_id: UUID,
    group_id: UUID,
    title: str,
    title_en: str | None,
    starts_at: datetime,
    ends_at: datetime,
    refund_until: datetime,
    tariff: dict[str, Any] | None,
    cancellation: list[dict[str, int]] | None,
) -> None:
    """Where and when the booking is now; its reminder is sent anew."""
    await tx.execute(
        "UPDATE order_lines SET space_id = $2, occupancy_group = $3, title = $4, title_en = $5, starts_at = $6, ends_at = $7, "
        "refund_until = $8, tariff = $9, cancellation = $10, reminded_at = NULL WHERE id = $1",
        line_id,
        space_id,
        group_id,
        title,
        title_en,
        starts_at,
        ends_at,
        refund_until,
        tariff,
        cancellation,
    )


async def insert_move(
    tx: Connection,
    *,
    move_id: UUID,
    line: Row,
    space_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    returned_minor: int,
    moved_by: UUID,
) -> None:
    """Keep where the booking was."""
    await tx.execute(
        "INSERT INTO booking_moves (id, line_id, from_space, from_starts_at, from_ends_at, to_space, to_starts_at, to_ends_at, "
        "returned_minor, moved_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        move_id,
        line["id"],
        line["space_id"],
        line["starts_at"],
        line["ends_at"],
        space_id,
        starts_at,
        ends_at,
        returned_minor,
        moved_by,
    )


async def move_of(tx: Connection, *, move_id: UUID) -> Row | None:
    """A move with what its message tells: whose it is, and when and where the booking is now."""
    return await tx.fetchrow(
        "SELECT v.*, l.order_id, l.time_zone, s.name AS title, s.name_en AS title_en, o.person_id, c.desk_phone AS phone "
        "FROM booking_moves v JOIN order_lines l ON l.id = v.line_id JOIN orders o ON o.id = l.order_id "
        "JOIN spaces s ON s.id = v.to_space JOIN communities c ON c.id = s.community_id WHERE v.id = $1",
        move_id,
    )
