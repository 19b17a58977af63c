"""All SQL of yearly plans and of what was spent by purpose."""

from typing import Any
from uuid import UUID

from market.db import Connection, Row

SHOWN = """
SELECT p.id, p.fund_id, f.slug AS fund, f.name AS fund_name, f.name_en AS fund_name_en, f.currency, f.community_id, p.year, p.version,
       p.lines, p.note, p.entered_by AS author_id, a.name AS entered_by, p.entered_at, p.status, d.name AS decided_by, p.decided_at,
       p.answer
FROM fund_plans AS p JOIN funds AS f ON f.id = p.fund_id JOIN persons AS a ON a.id = p.entered_by
LEFT JOIN persons AS d ON d.id = p.decided_by
"""


async def lock_fund(tx: Connection, fund_id: UUID) -> None:
    """One new plan of a fund at a time."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('fund_plans:' || $1::text, 0))", str(fund_id))


async def insert_plan(
    tx: Connection, *, fund_id: UUID, year: int, lines: list[dict[str, Any]], note: str, entered_by: UUID
) -> UUID | None:
    """The next version; None while another one waits. The caller holds lock_fund."""
    found: UUID | None = await tx.fetchval(
        "INSERT INTO fund_plans (fund_id, year, lines, note, entered_by, version) SELECT $1, $2, $3, $4, $5, "
        "(SELECT coalesce(max(version), 0) + 1 FROM fund_plans WHERE fund_id = $1 AND year = $2) "
        "WHERE NOT EXISTS (SELECT FROM fund_plans WHERE fund_id = $1 AND year = $2 AND status = 'waiting') RETURNING id",
        fund_id, year, lines, note, entered_by,
    )  # fmt: skip
    return found


async def plan(tx: Connection, plan_id: UUID) -> Row | None:
    return await tx.fetchrow(SHOWN + "WHERE p.id = $1", plan_id)


async def lock_plan(tx: Connection, plan_id: UUID) -> Row | None:
    return await tx.fetchrow(SHOWN + "WHERE p.id = $1 FOR UPDATE OF p", plan_id)


async def plans(tx: Connection, community_id: UUID) -> list[Row]:
    """Every version of every fund of a community, the waiting ones first."""
    return await tx.fetch(
        SHOWN
        + "WHERE f.community_id = $1 ORDER BY p.status <> 'waiting', p.year DESC, f.slug DESC, p.version DESC LIMIT 100",
        community_id,
    )


async def confirmed(tx: Connection, *, fund_id: UUID, year: int) -> Row | None:
    """The newest confirmed version of a year."""
    return await tx.fetchrow(
        SHOWN + "WHERE p.fund_id = $1 AND p.year = $2 AND p.status = 'confirmed' ORDER BY p.version DESC LIMIT 1",
        fund_id,
        year,
    )


async def update_decided(tx: Connection, plan_id: UUID, *, status: str, by: UUID, answer: str) -> None:
    await tx.execute(
        "UPDATE fund_plans SET status = $2, decided_by = $3, decided_at = now(), answer = $4 WHERE id = $1",
        plan_id,
        status,
        by,
        answer,
    )


async def spent_by_purpose(
    tx: Connection, *, fund_id: UUID, since: str, until: str, time_zone: str
) -> list[Row]:  # fmt: skip
    """What was paid from month `since` to month `until` (YYYY-MM, both included) by purpose, help for families aside."""
    return await tx.fetch(
        "SELECT purpose, sum(amount_minor)::bigint AS minor, count(*) AS payments, coalesce(sum(people_helped), 0)::bigint AS helped "
        "FROM spending_requests WHERE fund_id = $1 AND kind = 'spending' AND paid_at IS NOT NULL "
        "AND to_char(paid_at AT TIME ZONE $4, 'YYYY-MM') BETWEEN $2 AND $3 GROUP BY purpose ORDER BY minor DESC, purpose",
        fund_id, since, until, time_zone,
    )  # fmt: skip
