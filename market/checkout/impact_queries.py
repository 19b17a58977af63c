"""All SQL of the look back at what was sold in a month."""

from datetime import date
from uuid import UUID

from market.db import Connection, Row


async def month_before(tx: Connection, time_zone: str) -> date:
    """The first day of the last whole month in a zone, by the database's clock."""
    found: date = await tx.fetchval(
        "SELECT (date_trunc('month', now() AT TIME ZONE $1) - interval '1 month')::date", time_zone
    )
    return found


async def sold_in_month(tx: Connection, *, community_id: UUID, month: date, time_zone: str) -> list[Row]:
    """(item_kind, space_kind, kept_minor, sales) of the lines paid in the month that starts on `month`, subsidies added and refunds taken
    off."""
    return await tx.fetch(
        "SELECT l.item_kind, s.kind AS space_kind, "
        "l.payable_minor - l.refunded_minor + line_covered(l.id) AS kept_minor, count(*)::int AS sales "
        "FROM orders o JOIN order_lines l ON l.order_id = o.id LEFT JOIN spaces s ON s.id = l.space_id "
        "WHERE l.community_id = $1 AND l.item_kind <> 'donation' AND o.paid_at >= ($2::date::timestamp AT TIME ZONE $3) "
        "AND o.paid_at < (($2::date + interval '1 month') AT TIME ZONE $3) "
        "AND (l.payable_minor > l.refunded_minor OR line_covered(l.id) > 0) "
        "GROUP BY 1, 2, 3",
        community_id,
        month,
        time_zone,
    )
