"""SQL over bookings to which nobody came."""

from uuid import UUID

from market.db import Connection, Row


async def no_shows(tx: Connection, *, grace_min: int, limit: int) -> list[Row]:
    """Running bookings of spaces that free no-shows: nobody has checked in though they began `grace_min` minutes ago."""
    return await tx.fetch(
        "SELECT l.order_id, x.group_id FROM occupancies x JOIN spaces s ON s.id = x.space_id AND s.releases_no_shows "
        "JOIN order_lines l ON l.occupancy_group = x.group_id AND l.refunded_at IS NULL "
        "JOIN vouchers v ON v.line_id = l.id AND v.status = 'issued' "
        "WHERE x.kind = 'booking' AND x.status = 'active' AND x.is_primary AND x.no_show_at IS NULL "
        "AND x.starts_at <= now() - make_interval(mins => $1) AND x.ends_at > now() ORDER BY x.starts_at LIMIT $2",
        grace_min,
        limit,
    )


async def has_checked_in(tx: Connection, *, group_id: UUID) -> bool:
    """Whether the code of a booking was used, or is no longer one to use."""
    found: bool = await tx.fetchval(
        "SELECT NOT EXISTS (SELECT FROM vouchers v JOIN order_lines l ON l.id = v.line_id "
        "WHERE l.occupancy_group = $1 AND v.status = 'issued')",
        group_id,
    )
    return found
