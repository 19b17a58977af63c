"""All SQL over what a person spent in a year, by the calendar on the wall of each place."""

from uuid import UUID

from market.db import Connection, Row

_MINE = (
    "WITH mine AS (SELECT l.*, o.currency, extract(month FROM o.paid_at AT TIME ZONE l.time_zone)::int AS month "
    "FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.person_id = $1 AND o.paid_at IS NOT NULL "
    "AND extract(year FROM o.paid_at AT TIME ZONE l.time_zone)::int = $2) "
)


async def years_of(tx: Connection, person_id: UUID) -> list[int]:
    """Years in which the person paid for something, newest first."""
    rows = await tx.fetch(
        "SELECT DISTINCT extract(year FROM o.paid_at AT TIME ZONE l.time_zone)::int AS year FROM orders o "
        "JOIN order_lines l ON l.order_id = o.id WHERE o.person_id = $1 AND o.paid_at IS NOT NULL ORDER BY year DESC",
        person_id,
    )
    return [row["year"] for row in rows]


async def totals(tx: Connection, person_id: UUID, year: int) -> list[Row]:
    """Per currency: orders, what was paid and what came back; what was saved counts only what was kept."""
    return await tx.fetch(
        _MINE + "SELECT currency, count(DISTINCT order_id)::int AS orders, sum(payable_minor)::bigint AS paid, "
        "sum(refunded_minor)::bigint AS refunded, coalesce(sum((SELECT sum((r ->> 'amount')::bigint) "
        "FROM jsonb_array_elements(reductions) r WHERE r ->> 'reason' = 'resident_price')) "
        "FILTER (WHERE refunded_at IS NULL), 0)::bigint AS saved FROM mine GROUP BY currency ORDER BY currency",
        person_id,
        year,
    )


async def months(tx: Connection, person_id: UUID, year: int) -> list[Row]:
    """Per currency and month: what was paid and not given back."""
    return await tx.fetch(
        _MINE + "SELECT currency, month, sum(payable_minor - refunded_minor)::bigint AS spent FROM mine "
        "GROUP BY currency, month ORDER BY currency, month",
        person_id,
        year,
    )


async def kinds(tx: Connection, person_id: UUID, year: int) -> list[Row]:
    """Per currency and kind of thing: how many lines were kept and what they cost."""
    return await tx.fetch(
        _MINE
        + "SELECT currency, item_kind AS kind, count(*)::int AS lines, sum(payable_minor - refunded_minor)::bigint AS spent "
        "FROM mine WHERE refunded_at IS NULL GROUP BY currency, item_kind ORDER BY currency, spent DESC, kind",
        person_id,
        year,
    )


async def receivers(tx: Connection, person_id: UUID, year: int) -> list[Row]:
    """Per currency and receiver: what they keep of it, the largest first."""
    return await tx.fetch(
        _MINE
        + "SELECT currency, s ->> 'to' AS receiver, max(s ->> 'label') AS label, max(s ->> 'label_en') AS label_en, "
        "sum((s ->> 'amount')::bigint - (s ->> 'refunded')::bigint)::bigint AS amount "
        "FROM mine CROSS JOIN LATERAL jsonb_array_elements(shares) s GROUP BY currency, receiver "
        "HAVING sum((s ->> 'amount')::bigint - (s ->> 'refunded')::bigint) <> 0 ORDER BY currency, amount DESC, receiver",
        person_id,
        year,
    )
