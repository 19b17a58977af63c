"""All SQL of proposed versions of routing rules."""

from datetime import datetime
from uuid import UUID

from market.db import Connection, Row

_DRAFTS = """
    SELECT d.id, d.community_id, d.applies_to, d.fund_id, f.slug AS fund, f.name AS fund_name, f.name_en AS fund_name_en,
           d.rate_bp, d.bearer, d.effective_from, d.reason, d.proposed_by AS proposer_id, p.name AS proposed_by, d.proposed_at,
           d.status, q.name AS decided_by, d.decided_at, d.answer, d.rule_id,
           coalesce((SELECT r.rate_bp FROM routing_rules r WHERE r.community_id = d.community_id AND r.applies_to = d.applies_to
                        AND r.fund_id = d.fund_id AND r.effective_from <= now()
                      ORDER BY r.effective_from DESC, r.version DESC LIMIT 1), 0) AS rate_now_bp
      FROM rule_drafts d JOIN funds f ON f.id = d.fund_id JOIN persons p ON p.id = d.proposed_by
      LEFT JOIN persons q ON q.id = d.decided_by
"""


async def drafts(tx: Connection, *, community_id: UUID, limit: int) -> list[Row]:
    """The newest proposals of a community, waiting ones first."""
    return await tx.fetch(
        _DRAFTS + "WHERE d.community_id = $1 ORDER BY d.status <> 'waiting', d.id DESC LIMIT $2", community_id, limit
    )


async def draft(tx: Connection, draft_id: UUID) -> Row | None:
    return await tx.fetchrow(_DRAFTS + "WHERE d.id = $1", draft_id)


async def lock_draft(tx: Connection, draft_id: UUID) -> Row | None:
    """A proposal that nobody else decides meanwhile."""
    return await tx.fetchrow(_DRAFTS + "WHERE d.id = $1 FOR UPDATE OF d", draft_id)


async def insert_draft(
    tx: Connection,
    *,
    community_id: UUID,
    applies_to: str,
    fund_id: UUID,
    rate_bp: int,
    bearer: str,
    effective_from: datetime,
    reason: str,
    proposed_by: UUID,
) -> UUID:
    found: UUID = await tx.fetchval(
        "INSERT INTO rule_drafts (community_id, applies_to, fund_id, rate_bp, bearer, effective_from, reason, proposed_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        community_id, applies_to, fund_id, rate_bp, bearer, effective_from, reason, proposed_by,
    )  # fmt: skip
    return found


async def update_draft(
    tx: Connection, draft_id: UUID, *, status: str, decided_by: UUID, answer: str, rule_id: UUID | None
) -> None:
    await tx.execute(
        "UPDATE rule_drafts SET status = $2, decided_by = $3, decided_at = now(), answer = $4, rule_id = $5 WHERE id = $1",
        draft_id,
        status,
        decided_by,
        answer,
        rule_id,
    )
