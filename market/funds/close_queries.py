"""All SQL of monthly closes and of what enterprises spend."""

from typing import Any
from uuid import UUID

from market.db import Connection, Row

CLOSES = """
SELECT p.*, c.slug AS community, c.name AS community_name, c.name_en AS community_name_en, c.time_zone, c.currency, a.name AS prepared_name,
       s.name AS signed_name, r.name AS reopened_name
FROM period_closes AS p JOIN communities AS c ON c.id = p.community_id
LEFT JOIN persons AS a ON a.id = p.prepared_by LEFT JOIN persons AS s ON s.id = p.signed_by LEFT JOIN persons AS r ON r.id = p.reopened_by
"""


async def lock_community(tx: Connection, community_id: UUID) -> None:
    """One close of a community at a time, and nothing dated back into it meanwhile (M40; refuse_locked_month takes the same lock)."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('close:' || $1::text, 0))", str(community_id))


async def this_month(tx: Connection, time_zone: str) -> str:
    return str(await tx.fetchval("SELECT to_char(now() AT TIME ZONE $1, 'YYYY-MM')", time_zone))


async def close(tx: Connection, close_id: UUID) -> Row | None:
    return await tx.fetchrow(CLOSES + "WHERE p.id = $1", close_id)


async def closes(tx: Connection, community_id: UUID) -> list[Row]:
    """Every close of a community, the newest month first."""
    return await tx.fetch(CLOSES + "WHERE p.community_id = $1 ORDER BY p.month DESC, p.prepared_at DESC", community_id)


async def live_close(tx: Connection, *, community_id: UUID, month: str) -> Row | None:
    """The close of a month that was not reopened."""
    return await tx.fetchrow(
        CLOSES + "WHERE p.community_id = $1 AND p.month = $2 AND p.status <> 'reopened'", community_id, month
    )


async def insert_close(
    tx: Connection, *, community_id: UUID, month: str, figures: dict[str, Any], person_id: UUID | None
) -> UUID:
    found: UUID = await tx.fetchval(
        "INSERT INTO period_closes (community_id, month, figures, prepared_by) VALUES ($1, $2, $3, $4) RETURNING id",
        community_id,
        month,
        figures,
        person_id,
    )
    return found


async def update_prepared(tx: Connection, close_id: UUID, *, figures: dict[str, Any], person_id: UUID | None) -> None:
    await tx.execute(
        "UPDATE period_closes SET figures = $2, prepared_by = $3, prepared_at = now() WHERE id = $1",
        close_id,
        figures,
        person_id,
    )


async def update_signed(tx: Connection, close_id: UUID, *, person_id: UUID) -> None:
    await tx.execute(
        "UPDATE period_closes SET status = 'closed', signed_by = $2, signed_at = now() WHERE id = $1",
        close_id,
        person_id,
    )


async def update_reopened(tx: Connection, close_id: UUID, *, person_id: UUID, reason: str) -> None:
    await tx.execute(
        "UPDATE period_closes SET status = 'reopened', reopened_by = $2, reopened_at = now(), reopen_reason = $3 WHERE id = $1",
        close_id,
        person_id,
        reason,
    )


async def enterprise(tx: Connection, slug: str) -> Row | None:
    return await tx.fetchrow(
        "SELECT e.id, e.slug, e.name, e.name_en, e.community_id, c.slug AS community, c.currency, c.time_zone, "
        "(now() AT TIME ZONE c.time_zone)::date AS today FROM enterprises AS e JOIN communities AS c ON c.id = e.community_id "
        "WHERE e.slug = $1",
        slug,
    )


async def enterprises(tx: Connection, community_id: UUID) -> list[Row]:
    return await tx.fetch(
        "SELECT slug, name, name_en FROM enterprises WHERE community_id = $1 ORDER BY slug", community_id
    )


async def scheme_in_force(tx: Connection, *, community_id: UUID, month: str, time_zone: str) -> Row | None:
    """The newest version that had taken effect by the end of the month."""
    return await tx.fetchrow(
        "SELECT id, version, name, parts, reserve_rate_bp, reserve_cap_minor FROM distribution_schemes WHERE community_id = $1 "
        "AND effective_from < (to_date($2, 'YYYY-MM') + interval '1 month') AT TIME ZONE $3 "
        "ORDER BY effective_from DESC, version DESC LIMIT 1",
        community_id,
        month,
        time_zone,
    )


async def trial_balance(tx: Connection, *, community_id: UUID, month: str, time_zone: str) -> list[Row]:
    """Of each account of the community: what it stood at before the month, what moved in it, and of that what closes did themselves
    (credit minus debit, minor units)."""
    return await tx.fetch(
        """
        WITH span AS (SELECT to_date($2, 'YYYY-MM')::timestamp AT TIME ZONE $3 AS since,
                             (to_date($2, 'YYYY-MM') + interval '1 month') AT TIME ZONE $3 AS until),
        own AS (SELECT id, code FROM ledger_accounts WHERE account_community(code) = $1),
        moved AS (
          SELECT own.id, t.occurred_at, t.amount_minor AS credit, 0::bigint AS debit, t.event_id
          FROM own JOIN ledger_transfers AS t ON t.credit_id = own.id WHERE t.occurred_at < (SELECT until FROM span)
          UNION ALL
          SELECT own.id, t.occurred_at, 0, t.amount_minor, t.event_id
          FROM own JOIN ledger_transfers AS t ON t.debit_id = own.id WHERE t.occurred_at < (SELECT until FROM span)
        )
        SELECT own.code, coalesce(sum(m.credit - m.debit) FILTER (WHERE m.occurred_at < s.since), 0)::bigint AS opening,
               coalesce(sum(m.debit) FILTER (WHERE m.occurred_at >= s.since), 0)::bigint AS debit,
               coalesce(sum(m.credit) FILTER (WHERE m.occurred_at >= s.since), 0)::bigint AS credit,
               coalesce(sum(m.credit - m.debit) FILTER (WHERE m.occurred_at >= s.since AND e.kind LIKE 'period%'), 0)::bigint AS by_closes,
               coalesce(sum(m.credit - m.debit), 0)::bigint AS closing
        FROM own CROSS JOIN span AS s LEFT JOIN moved AS m ON m.id = own.id LEFT JOIN ledger_events AS e ON e.id = m.event_id
        GROUP BY own.code, s.since ORDER BY own.code
        """,
        community_id,
        month,
        time_zone,
    )


async def open_papers(tx: Connection, *, community_id: UUID, month: str, time_zone: str) -> int:
    """Payments of the month of which nobody has said yet what came of them."""
    return int(
        await tx.fetchval(
            "SELECT count(*) FROM spending_requests AS r JOIN funds AS f ON f.id = r.fund_id WHERE f.community_id = $1 "
            "AND r.status = 'paid' AND r.kind = 'spending' AND to_char(r.paid_at AT TIME ZONE $3, 'YYYY-MM') = $2",
            community_id,
            month,
            time_zone,
        )
    )


async def people_helped(tx: Connection, *, community_id: UUID, month: str, time_zone: str) -> int:
    """How many people the payments of a month helped, relief aside."""
    return int(
        await tx.fetchval(
            "SELECT coalesce(sum(r.people_helped), 0) FROM spending_requests AS r JOIN funds AS f ON f.id = r.fund_id "
            "WHERE f.community_id = $1 AND r.kind = 'spending' AND to_char(r.paid_at AT TIME ZONE $3, 'YYYY-MM') = $2",
            community_id,
            month,
            time_zone,
        )
    )


AUDIT = {
    "close-without-entry": """
        SELECT format('the close of %s for %s names %s and no entry does', c.slug, p.month, e.value ->> 'slug')
        FROM period_closes AS p JOIN communities AS c ON c.id = p.community_id
        CROSS JOIN LATERAL jsonb_array_elements(p.figures -> 'enterprises') AS e (value)
        WHERE p.status <> 'prepared' AND NOT EXISTS (
          SELECT FROM ledger_events AS l WHERE l.event_key = 'close:' || p.id || ':' || (e.value ->> 'slug'))
        ORDER BY c.slug, p.month""",
    "dated-into-closed-month": """
        SELECT format('transfer %s was dated into %s, which %s had closed', t.id, p.month, c.slug)
        FROM period_closes AS p JOIN communities AS c ON c.id = p.community_id
        JOIN ledger_accounts AS a ON account_community(a.code) = p.community_id
        JOIN ledger_transfers AS t ON a.id IN (t.credit_id, t.debit_id)
         AND t.occurred_at >= to_date(p.month, 'YYYY-MM')::timestamp AT TIME ZONE c.time_zone
         AND t.occurred_at < (to_date(p.month, 'YYYY-MM') + interval '1 month') AT TIME ZONE c.time_zone
        WHERE p.status = 'closed' AND t.id > (p.figures ->> 'upto_id')::bigint ORDER BY t.id""",
}


async def newest_transfer(tx: Connection) -> int:
    return int(await tx.fetchval("SELECT coalesce(max(id), 0) FROM ledger_transfers"))
