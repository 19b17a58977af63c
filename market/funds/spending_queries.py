"""All SQL of charters, spending requests and what was decided about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from market.db import Connection, Row

REQUESTS = """
SELECT r.*, f.slug AS fund, f.name AS fund_name, f.name_en AS fund_name_en, f.community_id, c.slug AS community, c.time_zone,
       p.name AS author_name, s.slug AS pool, now() AS now,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'alt', h.alt, 'width', h.width, 'height', h.height,
                'variants', h.variants, 'paper', h.paper) ORDER BY h.position, h.id), '[]')
        FROM photos AS h WHERE h.spending_id = r.id) AS photos
FROM spending_requests AS r JOIN funds AS f ON f.id = r.fund_id JOIN communities AS c ON c.id = f.community_id
JOIN persons AS p ON p.id = r.author_id
LEFT JOIN subsidy_pools AS s ON s.id = r.pool_id
"""

# Of each request: the sum of all live requests for the same payee that were made within $2 days before or after it, itself included.
TOGETHER = """
SELECT r.id, (SELECT coalesce(sum(o.amount_minor), 0) FROM spending_requests AS o JOIN funds AS g ON g.id = o.fund_id
              WHERE g.community_id = f.community_id AND o.kind <> 'release' AND o.status NOT IN ('refused', 'withdrawn')
                AND o.payee_keys && r.payee_keys AND o.currency = r.currency
                AND o.created_at BETWEEN r.created_at - make_interval(days => $2) AND r.created_at + make_interval(days => $2))::bigint
       AS minor
FROM spending_requests AS r JOIN funds AS f ON f.id = r.fund_id WHERE r.id = ANY ($1) AND r.kind <> 'release'
"""

# Whoever decided, and whether the person still holds the role over the fund's community.
DECISIONS = """
SELECT d.request_id, d.revision, d.person_id, p.name, d.role, d.verdict, d.note, d.decided_at,
       NOT p.is_disabled AND p.deleted_at IS NULL AND EXISTS (
         SELECT FROM roles AS o WHERE o.person_id = d.person_id AND o.role = d.role AND o.revoked_at IS NULL
           AND c.path @> ARRAY[o.community_id]) AS holds_role
FROM spending_decisions AS d JOIN spending_requests AS r ON r.id = d.request_id JOIN persons AS p ON p.id = d.person_id
JOIN funds AS f ON f.id = r.fund_id JOIN communities AS c ON c.id = f.community_id
WHERE d.request_id = ANY ($1) ORDER BY d.decided_at, d.person_id
"""


# Charters ------------------------------------------------------------------------------------------------------------------------


async def charter_in_force(tx: Connection, fund_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT charter, version FROM fund_charters WHERE fund_id = $1 AND effective_from <= now() ORDER BY version DESC LIMIT 1",
        fund_id,
    )


async def charters(tx: Connection, fund_id: UUID) -> list[Row]:
    return await tx.fetch(
        "SELECT version, charter, effective_from, approved_by, minutes FROM fund_charters WHERE fund_id = $1 ORDER BY version DESC",
        fund_id,
    )


async def insert_charter(
    tx: Connection, *, fund_id: UUID, charter: dict[str, Any], approved_by: str, minutes: str
) -> int:
    """The next version; the caller holds the lock on the fund."""
    return int(
        await tx.fetchval(
            "INSERT INTO fund_charters (fund_id, version, charter, approved_by, minutes) "
            "SELECT $1, coalesce(max(version), 0) + 1, $2, $3, $4 FROM fund_charters WHERE fund_id = $1 RETURNING version",
            fund_id,
            charter,
            approved_by,
            minutes,
        )
    )


async def lock_fund(tx: Connection, fund_id: UUID) -> None:
    """Nobody else sets aside, pays or releases money of this fund until the transaction ends (A10)."""
    await tx.execute("SELECT FROM funds WHERE id = $1 FOR NO KEY UPDATE", fund_id)


# Requests ------------------------------------------------------------------------------------------------------------------------


async def request(tx: Connection, request_id: UUID) -> Row | None:
    return await tx.fetchrow(REQUESTS + "WHERE r.id = $1", request_id)


async def lock_request(tx: Connection, request_id: UUID) -> None:
    """One decision, edit or payment of a request at a time."""
    await tx.execute("SELECT FROM spending_requests WHERE id = $1 FOR NO KEY UPDATE", request_id)


async def request_by_key(tx: Connection, request_key: str) -> UUID | None:
    found: UUID | None = await tx.fetchval("SELECT id FROM spending_requests WHERE request_key = $1", request_key)
    return found


async def requests_of_community(tx: Connection, *, community_id: UUID, sees_relief_of: UUID | None) -> list[Row]:
    """Newest first; relief cases of `sees_relief_of` alone, or all of them where it is None."""
    return await tx.fetch(
        REQUESTS + "WHERE f.community_id = $1 AND (r.kind <> 'relief' OR $2::uuid IS NULL OR r.author_id = $2) "
        "ORDER BY r.created_at DESC, r.id DESC LIMIT 500",
        community_id,
        sees_relief_of,
    )


async def public_requests(tx: Connection, *, fund_id: UUID, limit: int) -> list[Row]:
    """Everything of a fund but relief and what was refused or withdrawn, newest first."""
    return await tx.fetch(
        REQUESTS + "WHERE r.fund_id = $1 AND r.kind <> 'relief' AND r.status NOT IN ('refused', 'withdrawn') "
        "ORDER BY coalesce(r.paid_at, r.created_at) DESC, r.id DESC LIMIT $2",
        fund_id,
        limit,
    )


async def together(tx: Connection, *, request_ids: Sequence[UUID], days: int) -> dict[UUID, int]:
    """What each request comes to with all that belongs to it (minor units)."""
    return {row["id"]: row["minor"] for row in await tx.fetch(TOGETHER, list(request_ids), days)}


async def decisions(tx: Connection, request_ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """All that was said, on every revision, oldest first."""
    found: dict[UUID, list[Row]] = {each: [] for each in request_ids}
    for row in await tx.fetch(DECISIONS, list(request_ids)):
        found[row["request_id"]].append(row)
    return found


CONTENT = (
    "purpose",
    "title",
    "about",
    "amount_minor",
    "payee_kind",
    "payee_name",
    "payee_account",
    "payee_keys",
    "quotes",
    "pool_id",
)


async def insert_request(
    tx: Connection, *, fund_id: UUID, kind: str, author_id: UUID, request_key: str, currency: str, content: dict[str, Any]
) -> UUID | None:  # fmt: skip
    """The new id; None when the key was used before."""
    found: UUID | None = await tx.fetchval(
        f"INSERT INTO spending_requests (fund_id, kind, author_id, request_key, currency, {', '.join(CONTENT)}) "
        f"VALUES ({', '.join(f'${number}' for number in range(1, len(CONTENT) + 6))}) "
        "ON CONFLICT (request_key) DO NOTHING RETURNING id",
        fund_id,
        kind,
        author_id,
        request_key,
        currency,
        *(content[name] for name in CONTENT),
    )
    return found


async def update_content(tx: Connection, request_id: UUID, *, content: dict[str, Any]) -> None:
    """A new revision, of which nothing has been decided yet (A08)."""
    sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(CONTENT, 2))
    await tx.execute(
        f"UPDATE spending_requests SET {sets}, revision = revision + 1, announced_until = NULL, updated_at = now() WHERE id = $1",
        request_id,
        *(content[name] for name in CONTENT),
    )


async def insert_decision(
    tx: Connection, *, request_id: UUID, revision: int, person_id: UUID, role: str, verdict: str, note: str
) -> bool:
    """False when the person has spoken on this revision before."""
    done = await tx.execute(
        "INSERT INTO spending_decisions (request_id, revision, person_id, role, verdict, note) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT DO NOTHING",
        request_id,
        revision,
        person_id,
        role,
        verdict,
        note,
    )
    return done == "INSERT 0 1"


async def update_status(tx: Connection, request_id: UUID, status: str) -> None:
    await tx.execute("UPDATE spending_requests SET status = $2, updated_at = now() WHERE id = $1", request_id, status)


async def update_announced(tx: Connection, request_id: UUID, until: datetime) -> None:
    await tx.execute(
        "UPDATE spending_requests SET announced_until = $2, updated_at = now() WHERE id = $1", request_id, until
    )


async def update_reserved(tx: Connection, request_id: UUID, *, is_reserved: bool, earmarked: int) -> None:
    """`earmarked`: how much of the money was given for the purpose of the request."""
    await tx.execute(
        "UPDATE spending_requests SET is_reserved = $2, earmarked_minor = $3, updated_at = now() WHERE id = $1",
        request_id,
        is_reserved,
        earmarked,
    )


async def update_paid(
    tx: Connection, request_id: UUID, *, person_id: UUID, paid_from: str, note: str, status: str
) -> None:
    await tx.execute(
        "UPDATE spending_requests SET status = $5, paid_at = now(), paid_by = $2, paid_from = $3, payment_note = $4, "
        "is_reserved = false, updated_at = now() WHERE id = $1",
        request_id,
        person_id,
        paid_from,
        note,
        status,
    )


async def update_outcome(tx: Connection, request_id: UUID, *, people_helped: int, outcome: str) -> None:
    await tx.execute(
        "UPDATE spending_requests SET status = 'settled', people_helped = $2, outcome = $3, outcome_at = now(), updated_at = now() "
        "WHERE id = $1",
        request_id,
        people_helped,
        outcome,
    )


async def paid_this_month(tx: Connection, *, fund_id: UUID, time_zone: str) -> int:
    """What left the fund since the first of the month at the community's wall, releases aside (minor units)."""
    sql = (
        "SELECT coalesce(sum(amount_minor), 0) FROM spending_requests WHERE fund_id = $1 AND kind <> 'release' "
        "AND paid_at >= date_trunc('month', now() AT TIME ZONE $2) AT TIME ZONE $2"
    )
    return int(await tx.fetchval(sql, fund_id, time_zone))


# Relief --------------------------------------------------------------------------------------------------------------------------


async def undisclosed_relief(tx: Connection, fund_id: UUID) -> list[Row]:
    """Relief that was paid and stands in no public sum yet; the caller holds the lock on the fund."""
    return await tx.fetch(
        "SELECT id, amount_minor, payee_keys[1] AS family FROM spending_requests "
        "WHERE fund_id = $1 AND kind = 'relief' AND paid_at IS NOT NULL AND NOT is_disclosed ORDER BY paid_at, id",
        fund_id,
    )


async def update_disclosed(tx: Connection, request_ids: Sequence[UUID]) -> None:
    await tx.execute("UPDATE spending_requests SET is_disclosed = true WHERE id = ANY ($1)", list(request_ids))


async def relief_sums(tx: Connection, fund_id: UUID) -> Row:
    """Families and sum of all relief that is public."""
    return await tx.fetchrow(
        "SELECT count(DISTINCT payee_keys[1]) AS families, coalesce(sum(amount_minor), 0)::bigint AS minor, "
        "coalesce(sum(people_helped), 0)::bigint AS people FROM spending_requests "
        "WHERE fund_id = $1 AND kind = 'relief' AND is_disclosed",
        fund_id,
    )


AUDIT = {
    "reserved-wrong": """
        SELECT format('%s has %s reserved, its requests %s', f.slug, coalesce(held.minor, 0), coalesce(asked.minor, 0))
        FROM funds AS f
        LEFT JOIN LATERAL (
          SELECT sum(CASE WHEN t.credit_id = a.account_id THEN t.amount_minor ELSE -t.amount_minor END) AS minor
          FROM fund_accounts AS a JOIN ledger_transfers AS t ON a.account_id IN (t.credit_id, t.debit_id)
          WHERE a.fund_id = f.id AND a.part = 'reserved') AS held ON true
        LEFT JOIN LATERAL (
          SELECT sum(r.amount_minor) AS minor FROM spending_requests AS r
          WHERE r.fund_id = f.id AND (r.is_reserved OR (r.kind = 'relief' AND r.paid_at IS NOT NULL AND NOT r.is_disclosed))) AS asked
          ON true
        WHERE coalesce(held.minor, 0) <> coalesce(asked.minor, 0) ORDER BY f.slug""",
    "spending-without-entry": """
        SELECT format('request %s says it was paid and no entry does', r.id) FROM spending_requests AS r
        WHERE r.paid_at IS NOT NULL AND NOT EXISTS (
          SELECT FROM ledger_events AS e WHERE e.event_key = 'spending:' || r.id || ':paid') ORDER BY r.id""",
    "spending-without-consent": """
        SELECT format('request %s was paid and nobody but its author consented', r.id) FROM spending_requests AS r
        WHERE r.paid_at IS NOT NULL AND NOT EXISTS (
          SELECT FROM spending_decisions AS d WHERE d.request_id = r.id AND d.revision = r.revision AND d.verdict = 'approve'
            AND d.person_id <> r.author_id) ORDER BY r.id""",
}
