"""All SQL over monthly gifts."""

from datetime import date
from uuid import UUID

from market.db import Connection, Row

_TODAY = "(now() AT TIME ZONE c.time_zone)::date"
_STANDING = f"""
SELECT s.*, f.slug AS fund, f.name AS fund_name, f.name_en AS fund_name_en, c.time_zone, now() AS now, {_TODAY} AS today,
       EXISTS (SELECT FROM donations AS d WHERE d.standing_id = s.id AND d.month = date_trunc('month', {_TODAY})::date) AS is_asked
FROM standing_gifts AS s JOIN funds AS f ON f.id = s.fund_id JOIN communities AS c ON c.id = f.community_id
"""


async def insert_standing(
    tx: Connection, *, standing_id: UUID, person_id: UUID, fund_id: UUID, amount_minor: int, currency: str, purpose: str | None,
    is_named: bool, day: int, starts_on: date, ends_on: date | None,
) -> None:  # fmt: skip
    await tx.execute(
        "INSERT INTO standing_gifts (id, person_id, fund_id, amount_minor, currency, purpose, is_named, day, starts_on, ends_on) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        standing_id, person_id, fund_id, amount_minor, currency, purpose, is_named, day, starts_on, ends_on,
    )  # fmt: skip


async def count_active(tx: Connection, person_id: UUID) -> int:
    return int(
        await tx.fetchval("SELECT count(*) FROM standing_gifts WHERE person_id = $1 AND status = 'active'", person_id)
    )


async def standing(tx: Connection, standing_id: UUID) -> Row | None:
    return await tx.fetchrow(f"{_STANDING} WHERE s.id = $1", standing_id)


async def lock_standing(tx: Connection, standing_id: UUID) -> Row | None:
    """A monthly gift with `is_asked` of this month; whoever asks for it or stops it takes this lock first."""
    await tx.execute("SELECT FROM standing_gifts WHERE id = $1 FOR UPDATE", standing_id)
    return await standing(tx, standing_id)


async def standing_of_person(tx: Connection, person_id: UUID) -> list[Row]:
    """Those that go on first."""
    return await tx.fetch(
        f"{_STANDING} WHERE s.person_id = $1 ORDER BY s.status <> 'active', s.id DESC LIMIT 50", person_id
    )


async def months_of(tx: Connection, standing_ids: list[UUID]) -> list[Row]:
    """What became of each month, newest first."""
    return await tx.fetch(
        "SELECT d.standing_id, d.month, d.order_id, o.status, o.paid_at, o.hold_expires_at FROM donations AS d "
        "JOIN orders AS o ON o.id = d.order_id WHERE d.standing_id = ANY($1) ORDER BY d.month DESC",
        standing_ids,
    )


async def due(tx: Connection, *, from_hour: int, limit: int) -> list[UUID]:
    """Monthly gifts whose day has come in this month and that nobody was asked for yet, after `from_hour` at their place."""
    rows = await tx.fetch(
        f"SELECT id FROM ({_STANDING} WHERE s.status = 'active' AND extract(day FROM {_TODAY}) >= s.day "
        "AND extract(hour FROM now() AT TIME ZONE c.time_zone) >= $1) AS s WHERE NOT is_asked "
        "AND make_date(extract(year FROM today)::int, extract(month FROM today)::int, day) BETWEEN starts_on AND coalesce(ends_on, today) "
        "ORDER BY id LIMIT $2",
        from_hour,
        limit,
    )
    return [row["id"] for row in rows]


async def insert_id(tx: Connection) -> UUID:
    """An id for a new order."""
    found: UUID = await tx.fetchval("SELECT uuidv7()")
    return found


async def update_month(tx: Connection, *, order_id: UUID, standing_id: UUID, month: date) -> None:
    """Say of a donation whose month it is."""
    await tx.execute(
        "UPDATE donations SET standing_id = $2, month = $3 WHERE order_id = $1", order_id, standing_id, month
    )


async def update_stopped(tx: Connection, standing_id: UUID, *, status: str) -> None:
    await tx.execute(
        "UPDATE standing_gifts SET status = $2, stopped_at = now() WHERE id = $1 AND status = 'active'",
        standing_id,
        status,
    )


async def update_over(tx: Connection) -> None:
    """End those whose last day has passed at their place."""
    await tx.execute(
        "UPDATE standing_gifts AS s SET status = 'ended', stopped_at = now() FROM funds AS f "
        "JOIN communities AS c ON c.id = f.community_id "
        f"WHERE f.id = s.fund_id AND s.status = 'active' AND s.ends_on < {_TODAY}"
    )


async def open_orders(tx: Connection, standing_id: UUID) -> list[UUID]:
    """Orders of a monthly gift that wait to be paid."""
    rows = await tx.fetch(
        "SELECT o.id FROM donations AS d JOIN orders AS o ON o.id = d.order_id "
        "WHERE d.standing_id = $1 AND o.status = 'awaiting_payment' ORDER BY o.id",
        standing_id,
    )
    return [row["id"] for row in rows]


async def active_sum(tx: Connection, fund_id: UUID) -> Row:
    """How many monthly gifts of a fund go on, and what they come to (minor units)."""
    row = await tx.fetchrow(
        "SELECT count(s.id)::int AS gifts, coalesce(sum(s.amount_minor), 0)::bigint AS minor, f.currency FROM funds AS f "
        "LEFT JOIN standing_gifts AS s ON s.fund_id = f.id AND s.status = 'active' WHERE f.id = $1 GROUP BY f.currency",
        fund_id,
    )
    assert row is not None
    return row
