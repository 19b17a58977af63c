"""All SQL of the daily reconciliation: compared days, bank statements, and cash counted at desks."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from market.db import Connection, Row


async def insert_reconciliation(
    tx: Connection, *, what: str, day: date, checked: int, differences: int, person_id: UUID | None
) -> None:
    await tx.execute(
        "INSERT INTO reconciliations (what, day, checked, differences, made_by) VALUES ($1, $2, $3, $4, $5)",
        what,
        day,
        checked,
        differences,
        person_id,
    )


async def reconciliations(tx: Connection, limit: int) -> list[Row]:
    """The newest comparisons."""
    return await tx.fetch(
        "SELECT r.*, p.name AS maker FROM reconciliations r LEFT JOIN persons p ON p.id = r.made_by ORDER BY r.id DESC LIMIT $1",
        limit,
    )


async def yesterday(tx: Connection) -> date:
    day: date = await tx.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date - 1")
    return day


async def insert_bank_lines(tx: Connection, *, lines: Sequence[dict[str, Any]], currency: str, person_id: UUID) -> int:
    """Add lines of a statement that are not known yet; returns how many are new."""
    rows = await tx.fetch(
        "INSERT INTO bank_lines (day, amount_minor, currency, reference, counter, nth, imported_by) "
        "SELECT l.day, l.amount, $2, l.reference, l.counter, l.nth, $3 FROM jsonb_to_recordset($1::jsonb) "
        "AS l(day date, amount bigint, reference text, counter text, nth int) ON CONFLICT DO NOTHING RETURNING id",
        list(lines),
        currency,
        person_id,
    )
    return len(rows)


MATCH_PAYOUTS = """
UPDATE bank_lines b SET payout_id = o.id FROM payouts o
WHERE b.payout_id IS NULL AND b.deposit_id IS NULL AND o.rail = 'bank' AND o.status = 'sent' AND o.currency = b.currency
  AND b.amount_minor = -o.amount_minor AND position('LL' || upper(right(replace(o.id::text, '-', ''), 10)) IN upper(b.reference)) > 0
  AND NOT EXISTS (SELECT FROM bank_lines x WHERE x.payout_id = o.id)
"""
# A deposit is known by its amount within a week of its day; two equal ones take the lines in turn.
MATCH_DEPOSITS = """
WITH open AS (
  SELECT d.id, d.amount_minor, d.currency, d.made_at::date AS day,
    row_number() OVER (PARTITION BY d.amount_minor, d.currency ORDER BY d.id) AS n
  FROM desk_deposits d WHERE NOT EXISTS (SELECT FROM bank_lines b WHERE b.deposit_id = d.id)
), free AS (
  SELECT b.id, b.amount_minor, b.currency, b.day, row_number() OVER (PARTITION BY b.amount_minor, b.currency ORDER BY b.day, b.id) AS n
  FROM bank_lines b WHERE b.payout_id IS NULL AND b.deposit_id IS NULL AND b.amount_minor > 0
)
UPDATE bank_lines b SET deposit_id = open.id FROM open JOIN free USING (amount_minor, currency, n)
WHERE b.id = free.id AND free.day BETWEEN open.day - 1 AND open.day + 7
"""


async def update_bank_matches(tx: Connection) -> None:
    """Tie statement lines to the payouts and deposits that they are."""
    await tx.execute(MATCH_PAYOUTS)
    await tx.execute(MATCH_DEPOSITS)


UNMATCHED = """
SELECT 'bank_extra' AS kind, b.id::text AS key, b.amount_minor, b.currency, b.day, b.reference, NULL::uuid AS community_id
FROM bank_lines b WHERE b.payout_id IS NULL AND b.deposit_id IS NULL AND b.day BETWEEN $1 AND $2
  AND NOT EXISTS (SELECT FROM provider_transactions t WHERE t.kind = 'payout' AND t.amount_minor = -b.amount_minor
                  AND t.currency = b.currency AND b.day BETWEEN t.made_at::date AND t.made_at::date + 7)
UNION ALL
SELECT 'bank_missing', o.id::text, -o.amount_minor, o.currency, r.confirmed_at::date,
  'LL' || upper(right(replace(o.id::text, '-', ''), 10)), r.community_id
FROM payouts o JOIN payout_runs r ON r.id = o.run_id
WHERE o.rail = 'bank' AND o.status = 'sent' AND r.confirmed_at::date BETWEEN $1 AND $2
  AND NOT EXISTS (SELECT FROM bank_lines b WHERE b.payout_id = o.id)
UNION ALL
SELECT 'bank_missing', d.id::text, d.amount_minor, d.currency, d.made_at::date, d.slip, d.community_id
FROM desk_deposits d WHERE d.made_at::date BETWEEN $1 AND $2 AND NOT EXISTS (SELECT FROM bank_lines b WHERE b.deposit_id = d.id)
ORDER BY 1, 5, 2
"""


async def unmatched(tx: Connection, *, first: date, last: date) -> list[Row]:
    """What only the statement, or only our books, knows about these days."""
    return await tx.fetch(UNMATCHED, first, last)


# Desks -----------------------------------------------------------------------------------------------------------------


async def desk_day(tx: Connection, *, community_id: UUID, person_id: UUID) -> Row:
    """A clerk's cash today at a desk: what was counted, and what was taken, given back and brought to the bank (minor units); `before`
    is what this clerk counted last, however many days ago."""
    row = await tx.fetchrow(
        "WITH place AS (SELECT (now() AT TIME ZONE time_zone)::date AS day, time_zone, currency FROM communities WHERE id = $1), "
        "span AS (SELECT day, currency, day::timestamp AT TIME ZONE time_zone AS starts FROM place) "
        "SELECT span.day, span.currency, span.starts, "
        "(SELECT counted_minor FROM desk_counts c WHERE c.community_id = $1 AND c.person_id = $2 AND c.day = span.day "
        " AND c.moment = 'opening') AS opening, "
        "(SELECT counted_minor FROM desk_counts c WHERE c.community_id = $1 AND c.person_id = $2 AND c.day = span.day "
        " AND c.moment = 'closing') AS closing, "
        "(SELECT counted_minor FROM desk_counts c WHERE c.community_id = $1 AND c.person_id = $2 "
        " ORDER BY c.made_at DESC, c.id DESC LIMIT 1) AS before, "
        "(SELECT coalesce(sum(amount_minor), 0) FROM desk_payments d WHERE d.community_id = $1 AND d.taken_by = $2 "
        " AND d.method = 'cash' AND d.taken_at >= span.starts)::bigint AS taken, "
        "(SELECT coalesce(sum(amount_minor), 0) FROM desk_refunds d WHERE d.community_id = $1 AND d.paid_by = $2 "
        " AND d.paid_at >= span.starts)::bigint AS given_back, "
        "(SELECT coalesce(sum(amount_minor), 0) FROM desk_deposits d WHERE d.community_id = $1 AND d.person_id = $2 "
        " AND d.made_at >= span.starts)::bigint AS deposited FROM span",
        community_id,
        person_id,
    )
    assert row is not None
    return row


async def lock_count(tx: Connection, *, community_id: UUID, person_id: UUID) -> UUID:
    """One count of a clerk's drawer at a time; returns the id that the count will have."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('desk_count:' || $1::text || $2::text, 0))",
        str(community_id),
        str(person_id),
    )
    count_id: UUID = await tx.fetchval("SELECT uuidv7()")
    return count_id


async def update_counted(
    tx: Connection, *, community_id: UUID, person_id: UUID, count_id: UUID, since: datetime
) -> int:
    """Put into this count what no count has in it yet; returns what came in less what went out of that after a moment (minor units).

    What commits only after this is in the next count, whenever it began."""
    sql = """
    WITH taken AS (
      UPDATE desk_payments SET counted_in = $3 WHERE community_id = $1 AND taken_by = $2 AND counted_in IS NULL AND taken_at <= now()
      RETURNING taken_at AS at, CASE method WHEN 'cash' THEN amount_minor ELSE 0 END AS minor
    ), back AS (
      UPDATE desk_refunds SET counted_in = $3 WHERE community_id = $1 AND paid_by = $2 AND counted_in IS NULL AND paid_at <= now()
      RETURNING paid_at AS at, -amount_minor AS minor
    ), banked AS (
      UPDATE desk_deposits SET counted_in = $3 WHERE community_id = $1 AND person_id = $2 AND counted_in IS NULL AND made_at <= now()
      RETURNING made_at AS at, -amount_minor AS minor
    )
    SELECT coalesce(sum(minor) FILTER (WHERE at > $4), 0)::bigint
      FROM (SELECT * FROM taken UNION ALL SELECT * FROM back UNION ALL SELECT * FROM banked) AS moved
    """
    return int(await tx.fetchval(sql, community_id, person_id, count_id, since))


async def lock_desk(tx: Connection, community_id: UUID) -> None:
    """Whoever brings cash of this desk to the bank waits for who does so at the same time."""
    await tx.execute("SELECT 1 FROM communities WHERE id = $1 FOR NO KEY UPDATE", community_id)


async def insert_count(
    tx: Connection,
    *,
    count_id: UUID,
    community_id: UUID,
    person_id: UUID,
    day: date,
    moment: str,
    counted_minor: int,
    expected_minor: int,
    currency: str,
) -> UUID | None:
    """A count; None when this clerk counted this moment of the day before."""
    row: UUID | None = await tx.fetchval(
        "INSERT INTO desk_counts (community_id, person_id, day, moment, counted_minor, expected_minor, currency, id) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (community_id, person_id, day, moment) DO NOTHING RETURNING id",
        community_id,
        person_id,
        day,
        moment,
        counted_minor,
        expected_minor,
        currency,
        count_id,
    )
    return row


async def insert_deposit(
    tx: Connection,
    *,
    deposit_id: UUID,
    community_id: UUID,
    person_id: UUID,
    amount_minor: int,
    currency: str,
    slip: str,
) -> None:
    await tx.execute(
        "INSERT INTO desk_deposits (id, community_id, person_id, amount_minor, currency, slip) VALUES ($1, $2, $3, $4, $5, $6)",
        deposit_id,
        community_id,
        person_id,
        amount_minor,
        currency,
        slip,
    )
