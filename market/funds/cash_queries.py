"""All SQL of what funds pay in cash at a desk, for the counts of that desk."""

from datetime import datetime
from uuid import UUID

from market.db import Connection


async def paid_in_cash(tx: Connection, *, community_id: UUID, person_id: UUID, since: datetime) -> int:
    """What somebody paid for a community's funds out of its desk's cash after a moment (minor units)."""
    sql = (
        "SELECT coalesce(sum(r.amount_minor), 0) FROM spending_requests r JOIN funds f ON f.id = r.fund_id "
        "WHERE f.community_id = $1 AND r.paid_by = $2 AND r.paid_from = 'desk' AND r.paid_at > $3"
    )
    return int(await tx.fetchval(sql, community_id, person_id, since))


async def update_counted(
    tx: Connection, *, community_id: UUID, person_id: UUID, count_id: UUID, since: datetime
) -> int:  # fmt: skip
    """Put what was paid in cash and is in no count of the desk into this one; returns what of it is later than a moment (minor units)."""
    sql = (
        "WITH paid AS (UPDATE spending_requests r SET counted_in = $3 FROM funds f WHERE f.id = r.fund_id AND f.community_id = $1 "
        "AND r.paid_by = $2 AND r.paid_from = 'desk' AND r.counted_in IS NULL AND r.paid_at <= now() RETURNING r.paid_at, r.amount_minor) "
        "SELECT coalesce(sum(amount_minor) FILTER (WHERE paid_at > $4), 0) FROM paid"
    )
    return int(await tx.fetchval(sql, community_id, person_id, count_id, since))
