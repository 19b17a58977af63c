"""All SQL over cases."""

from typing import Any
from uuid import UUID

from market.db import Connection, Row

# Whoever leads the community longest, else its street, else an operator.
FIRST_LEAD = """
SELECT r.person_id FROM roles r LEFT JOIN communities c ON c.id = $1::uuid
WHERE r.revoked_at IS NULL AND (r.role = 'operator' OR (r.role IN ('director', 'street') AND r.community_id = ANY (c.path)))
ORDER BY r.role = 'operator', r.role = 'street', r.granted_at, r.id LIMIT 1
"""


async def insert_case(
    tx: Connection,
    *,
    case_key: str,
    kind: str,
    community_id: UUID | None,
    order_id: UUID | None,
    amount_minor: int,
    currency: str,
    facts: dict[str, Any],
) -> UUID | None:
    """Open a case with an owner; None when the same finding has one already."""
    row: UUID | None = await tx.fetchval(
        "INSERT INTO cases (case_key, kind, community_id, order_id, amount_minor, currency, facts, owner_id) "
        f"VALUES ($2, $3, $1, $4, $5, $6, $7, ({FIRST_LEAD})) ON CONFLICT (case_key) DO NOTHING RETURNING id",
        community_id,
        case_key,
        kind,
        order_id,
        amount_minor,
        currency,
        facts,
    )
    return row


async def cases_of(
    tx: Connection, *, community_id: UUID, with_common: bool, status: str, before: UUID | None, limit: int
) -> list[Row]:
    """A page of a community's cases, newest first; `with_common` adds those of the whole installation."""
    return await tx.fetch(
        "SELECT k.*, p.name AS owner_name, r.name AS resolver_name FROM cases k LEFT JOIN persons p ON p.id = k.owner_id "
        "LEFT JOIN persons r ON r.id = k.resolved_by "
        "WHERE (k.community_id = $1 OR ($2 AND k.community_id IS NULL)) AND k.status = $3 AND ($4::uuid IS NULL OR k.id < $4) "
        "ORDER BY k.id DESC LIMIT $5",
        community_id,
        with_common,
        status,
        before,
        limit,
    )


async def lock_case(tx: Connection, case_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT k.*, p.name AS owner_name, NULL::text AS resolver_name FROM cases k LEFT JOIN persons p ON p.id = k.owner_id "
        "WHERE k.id = $1 FOR NO KEY UPDATE OF k",
        case_id,
    )


async def update_case_owner(tx: Connection, case_id: UUID, *, owner_id: UUID) -> None:
    await tx.execute("UPDATE cases SET owner_id = $2 WHERE id = $1", case_id, owner_id)


async def update_case_resolved(tx: Connection, case_id: UUID, *, person_id: UUID | None, resolution: str) -> None:
    await tx.execute(
        "UPDATE cases SET status = 'resolved', resolution = $3, resolved_at = now(), resolved_by = $2 WHERE id = $1 AND status = 'open'",
        case_id,
        person_id,
        resolution,
    )


async def update_case_resolved_by_key(
    tx: Connection, case_key: str, *, person_id: UUID | None, resolution: str
) -> None:
    await tx.execute(
        "UPDATE cases SET status = 'resolved', resolution = $3, resolved_at = now(), resolved_by = $2 "
        "WHERE case_key = $1 AND status = 'open'",
        case_key,
        person_id,
        resolution,
    )
