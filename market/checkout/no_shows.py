"""Bookings to which nobody came: where the space says so, the rest is free for others a quarter of an hour after the start.

Service code of the checkout slice, split off by noun. The money stays where it is: the time was kept for the buyer."""

from uuid import UUID

from market.checkout import no_show_queries, queries
from market.db import Connection, Database
from market.spaces import service as spaces

GRACE_MIN = 15
BATCH = 200


async def free_no_shows(db: Database) -> int:
    """Free the rest of every running booking that nobody has checked in to, by the database's clock; returns how many."""
    async with db.read() as tx:
        due = await no_show_queries.no_shows(tx, grace_min=GRACE_MIN, limit=BATCH)
    freed = 0
    for row in due:
        freed += await db.retrying(lambda tx, row=row: _free(tx, order_id=row["order_id"], group_id=row["group_id"]))  # type: ignore[misc]  # bound in the loop on purpose
    return freed


async def _free(tx: Connection, *, order_id: UUID, group_id: UUID) -> bool:
    """One of them, unless somebody has come meanwhile: checking in takes the same lock."""
    await queries.lock_order(tx, order_id)
    if await no_show_queries.has_checked_in(tx, group_id=group_id):
        return False
    return await spaces.end_early(tx, group_id=group_id)
