"""SQL of partners' statements."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from market.db import Connection, Row


async def months_of(tx: Connection, slug: str) -> list[str]:
    """Months since a partner's money first moved, newest first, as YYYY-MM in the zone of its community."""
    rows = await tx.fetch(
        "WITH first AS (SELECT min(t.occurred_at) AS at FROM ledger_accounts a JOIN ledger_transfers t ON t.credit_id = a.id "
        "WHERE a.code = 'partner:' || $1 || ':pending'), "
        "zone AS (SELECT c.time_zone AS name FROM partners p JOIN communities c ON c.id = p.community_id WHERE p.slug = $1) "
        "SELECT to_char(m, 'YYYY-MM') AS month FROM first, zone, generate_series(date_trunc('month', first.at AT TIME ZONE zone.name), "
        "now() AT TIME ZONE zone.name, interval '1 month') AS m WHERE first.at IS NOT NULL ORDER BY m DESC LIMIT 36",
        slug,
    )
    return [row["month"] for row in rows]


async def month_bounds(tx: Connection, *, community_id: UUID, month: str) -> Row | None:
    """Start and end of a month in a community's zone."""
    return await tx.fetchrow(
        "SELECT to_timestamp($2, 'YYYY-MM')::timestamp AT TIME ZONE time_zone AS starts, "
        "(to_timestamp($2, 'YYYY-MM')::timestamp + interval '1 month') AT TIME ZONE time_zone AS ends, time_zone, currency "
        "FROM communities WHERE id = $1",
        community_id,
        month,
    )


async def sales(tx: Connection, *, partner_id: UUID, starts: datetime, ends: datetime) -> list[Row]:
    """Lines of the partner whose order was paid in that time, in order; `shares` also of what others paid, `covered_minor`,
    of it `pass_minor` by passes."""
    return await tx.fetch(
        "SELECT l.title, l.title_en, l.quantity, l.list_minor, l.payable_minor, shares_with_covers(l.id, l.shares) AS shares, o.paid_at, "
        "(SELECT coalesce(sum(amount_minor), 0)::bigint FROM line_covers k WHERE k.line_id = l.id) AS covered_minor, "
        "(SELECT coalesce(sum(amount_minor), 0)::bigint FROM line_covers k WHERE k.line_id = l.id AND k.source LIKE 'pass:%') "
        "AS pass_minor "
        "FROM order_lines l "
        "JOIN orders o ON o.id = l.order_id WHERE l.partner_id = $1 AND l.item_kind <> 'pass' "
        "AND o.paid_at >= $2 AND o.paid_at < $3 ORDER BY o.paid_at, l.id",
        partner_id,
        starts,
        ends,
    )


MOVED = """
WITH own AS (SELECT id FROM ledger_accounts WHERE code = ANY ($1) AND currency = $2),
lines AS (
  SELECT t.event_id, t.occurred_at, t.label, t.amount_minor AS minor FROM ledger_transfers t
  WHERE t.credit_id IN (SELECT id FROM own) AND t.occurred_at < $3
  UNION ALL
  SELECT t.event_id, t.occurred_at, t.label, -t.amount_minor FROM ledger_transfers t
  WHERE t.debit_id IN (SELECT id FROM own) AND t.occurred_at < $3
)
"""


async def balance_before(tx: Connection, *, codes: Sequence[str], currency: str, at: datetime) -> int:
    """What all these accounts held together at a moment (minor units)."""
    return int(
        await tx.fetchval(f"{MOVED} SELECT coalesce(sum(minor), 0)::bigint FROM lines", list(codes), currency, at)
    )


async def movements(
    tx: Connection, *, codes: Sequence[str], currency: str, starts: datetime, ends: datetime
) -> list[Row]:
    """What changed the sum of these accounts in that time: one row per event that did, signed."""
    return await tx.fetch(
        f"{MOVED} SELECT e.kind, l.occurred_at AS at, max(l.label) AS label, sum(l.minor)::bigint AS minor FROM lines l "
        "JOIN ledger_events e ON e.id = l.event_id WHERE l.occurred_at >= $4 GROUP BY e.id, e.kind, l.occurred_at "
        "HAVING sum(l.minor) <> 0 ORDER BY l.occurred_at, e.id",
        list(codes),
        currency,
        ends,
        starts,
    )
