"""SQL of checking in and out at the door of a space."""

from uuid import UUID

from market.db import Connection, Row

# Bookings of a space ($1) or of what contains it: who has the hall comes in by the doors of its rooms.
_BOOKINGS = """
    WITH RECURSIVE up AS (
        SELECT id, parent_id FROM spaces WHERE id = $1
        UNION SELECT s.id, s.parent_id FROM spaces s JOIN up ON s.id = up.parent_id
    )
    SELECT l.id AS line_id, l.order_id, l.title, l.title_en, l.community_id, x.group_id, x.starts_at, x.ends_at, x.left_at,
           v.id AS voucher_id, v.status AS voucher_status, v.redeemed_at AS came_at, o.person_id, g.person_id AS guest_id, now() AS now
      FROM order_lines l JOIN occupancies x ON x.group_id = l.occupancy_group AND x.is_primary AND x.status = 'active'
      JOIN orders o ON o.id = l.order_id JOIN vouchers v ON v.line_id = l.id AND v.status <> 'cancelled'
      LEFT JOIN order_guests g ON g.order_id = o.id
     WHERE l.space_id IN (SELECT id FROM up) AND l.refunded_at IS NULL
"""


async def door(tx: Connection, *, space_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT s.id, s.name, s.name_en, s.door_key, s.community_id, c.time_zone, c.slug AS community, c.desk_phone FROM spaces s "
        "JOIN communities c ON c.id = s.community_id WHERE s.id = $1",
        space_id,
    )


async def bookings_at(tx: Connection, *, space_id: UUID, person_id: UUID) -> list[Row]:
    """What this person comes for: their own bookings and those made for them, that run, begin within half a day, or are just over."""
    return await tx.fetch(
        _BOOKINGS + " AND (o.person_id = $2 OR g.person_id = $2) AND x.starts_at < now() + interval '12 hours' "
        "AND l.ends_at > now() - interval '1 hour' ORDER BY x.starts_at, l.id LIMIT 10",
        space_id,
        person_id,
    )


async def booking_at(tx: Connection, *, space_id: UUID, line_id: UUID | None, code: str | None) -> Row | None:
    """One booking of this door, by its line or its code."""
    return await tx.fetchrow(
        _BOOKINGS + " AND ($2::uuid IS NULL OR l.id = $2) AND ($3::text IS NULL OR v.code = $3) LIMIT 1",
        space_id,
        line_id,
        code,
    )


async def update_door_key(tx: Connection, *, space_id: UUID) -> None:
    """A new key: posters printed before open nothing."""
    await tx.execute("UPDATE spaces SET door_key = replace(gen_random_uuid()::text, '-', '') WHERE id = $1", space_id)
