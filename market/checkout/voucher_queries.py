"""All SQL over vouchers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from market.db import Connection, Row


async def vouchers_of(tx: Connection, order_ids: Sequence[UUID]) -> list[Row]:
    """With `freed_at` where nobody came and the rest of the booking was given to others."""
    return await tx.fetch(
        "SELECT v.*, (SELECT x.no_show_at FROM order_lines l JOIN occupancies x ON x.group_id = l.occupancy_group AND x.is_primary "
        "WHERE l.id = v.line_id) AS freed_at FROM vouchers v WHERE v.order_id = ANY($1) ORDER BY v.order_id, v.id",
        list(order_ids),
    )


async def voucher(tx: Connection, code: str) -> Row | None:
    """A voucher with its buyer, the title and times of its line, and the database's time."""
    return await tx.fetchrow(
        "SELECT v.*, o.person_id, l.title, l.title_en, l.quantity, l.starts_at, g.person_id AS guest_id, "
        "coalesce(g.name, '') AS guest_name, now() AS now FROM vouchers v JOIN orders o ON o.id = v.order_id "
        "JOIN order_lines l ON l.id = v.line_id LEFT JOIN order_guests g ON g.order_id = o.id WHERE v.code = $1",
        code,
    )


async def update_voucher_redeemed(tx: Connection, voucher_id: UUID, *, person_id: UUID | None) -> datetime | None:
    """Redeem an issued voucher; None when it no longer is one."""
    at: datetime | None = await tx.fetchval(
        "UPDATE vouchers SET status = 'redeemed', redeemed_at = now(), redeemed_by = $2 WHERE id = $1 AND status = 'issued' "
        "AND (valid_until IS NULL OR valid_until >= now()) RETURNING redeemed_at",
        voucher_id,
        person_id,
    )
    return at


async def update_vouchers_cancelled(tx: Connection, line_ids: Sequence[UUID]) -> None:
    await tx.execute(
        "UPDATE vouchers SET status = 'cancelled' WHERE line_id = ANY($1) AND status = 'issued'", list(line_ids)
    )
