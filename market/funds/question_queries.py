"""All SQL of questions about entries of the public books."""

from uuid import UUID

from market.db import Connection, Row

# The reader sees the entry and both texts; who asked is never selected for the page.
SHOWN = """
SELECT q.id, q.fund_id, f.slug AS fund, f.name AS fund_name, f.name_en AS fund_name_en, f.community_id, q.transfer_id AS entry,
       t.label, t.occurred_at AS entry_at, t.currency,
       CASE WHEN EXISTS (SELECT FROM fund_accounts AS a WHERE a.fund_id = q.fund_id AND a.account_id = t.credit_id)
            THEN t.amount_minor ELSE -t.amount_minor END AS signed,
       fund_line_kind((SELECT r.applies_to FROM routing_rules AS r WHERE r.id = t.rule_id), e.kind, false) AS kind,
       q.question, q.asked_at, q.due_at, q.status, q.answer, q.answered_at,
       q.status = 'open' AND q.due_at < now() AS is_overdue
FROM fund_questions AS q JOIN funds AS f ON f.id = q.fund_id JOIN communities AS c ON c.id = f.community_id
JOIN ledger_transfers AS t ON t.id = q.transfer_id JOIN ledger_events AS e ON e.id = t.event_id
"""


async def questions(
    tx: Connection, *, fund: str | None, community: str | None, status: str | None, before: UUID | None, limit: int
) -> list[Row]:
    """Newest first; those that were removed only when asked for."""
    return await tx.fetch(
        SHOWN + "WHERE ($1::text IS NULL OR f.slug = $1) AND ($2::text IS NULL OR c.slug = $2) "
        "AND (q.status = $3 OR ($3::text IS NULL AND q.status <> 'removed')) AND ($4::uuid IS NULL OR q.id < $4) "
        "ORDER BY q.id DESC LIMIT $5",
        fund, community, status, before, limit,
    )  # fmt: skip


async def question(tx: Connection, question_id: UUID) -> Row | None:
    return await tx.fetchrow(SHOWN + "WHERE q.id = $1", question_id)


async def lock_question(tx: Connection, question_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT q.id, q.status, q.asked_by, f.community_id FROM fund_questions AS q JOIN funds AS f ON f.id = q.fund_id "
        "WHERE q.id = $1 FOR UPDATE OF q",
        question_id,
    )


async def is_public_entry(tx: Connection, *, fund_id: UUID, entry: int) -> bool:
    """Whether the transfer is a line of the fund's public book."""
    return bool(
        await tx.fetchval(
            "SELECT count(*) FILTER (WHERE a.fund_id = $1) = 1 FROM ledger_transfers AS t "
            "JOIN fund_accounts AS a ON a.account_id IN (t.debit_id, t.credit_id) WHERE t.id = $2",
            fund_id,
            entry,
        )
    )


async def insert_question(
    tx: Connection, *, fund_id: UUID, entry: int, asked_by: UUID, question: str, days: int
) -> UUID | None:
    """None when the person has an open question about this entry already."""
    found: UUID | None = await tx.fetchval(
        "INSERT INTO fund_questions (fund_id, transfer_id, asked_by, question, due_at) "
        "VALUES ($1, $2, $3, $4, now() + make_interval(days => $5)) ON CONFLICT DO NOTHING RETURNING id",
        fund_id, entry, asked_by, question, days,
    )  # fmt: skip
    return found


async def update_answered(tx: Connection, question_id: UUID, *, status: str, answer: str, by: UUID) -> None:
    await tx.execute(
        "UPDATE fund_questions SET status = $2, answer = $3, answered_by = $4, answered_at = now() WHERE id = $1",
        question_id,
        status,
        answer,
        by,
    )
