"""SQL over how many open bookings one person has of a space (B07)."""

from collections.abc import Sequence
from uuid import UUID

from market.checkout.queries import COUNTED
from market.db import Connection


async def open_bookings(tx: Connection, *, person_id: UUID, space_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Bookings of each space that the person holds or paid for, that were not given back and are not over."""
    rows = await tx.fetch(
        "SELECT l.space_id, count(*)::int AS bookings FROM order_lines l JOIN orders o ON o.id = l.order_id "
        f"WHERE o.person_id = $1 AND l.space_id = ANY($2) AND o.status IN {COUNTED} AND l.refunded_at IS NULL AND l.ends_at > now() "
        "GROUP BY l.space_id",
        person_id,
        list(space_ids),
    )
    return {row["space_id"]: row["bookings"] for row in rows}
