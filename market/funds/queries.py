"""All SQL of funds, their rules and their public books."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from market.db import Connection, Row
from market.funds.rules import RoutingRule, Sum
from market.ledger.rules import Finding

FUND_ROWS = """
SELECT f.id, f.slug, f.kind, f.name, f.name_en, f.about, f.about_en, f.custodian, f.purposes, f.currency, f.community_id,
       c.slug AS community, c.name AS community_name, c.name_en AS community_name_en, c.time_zone,
       to_char(now() AT TIME ZONE c.time_zone, 'YYYY-MM') AS this_month, (now() AT TIME ZONE c.time_zone)::date AS today
FROM funds AS f JOIN communities AS c ON c.id = f.community_id
"""


async def fund(tx: Connection, *, slug: str | None = None, fund_id: UUID | None = None) -> Row | None:
    return await tx.fetchrow(FUND_ROWS + "WHERE f.slug = $1 OR f.id = $2", slug, fund_id)


async def funds(tx: Connection, *, community: str | None) -> list[Row]:
    """The funds of one community, or of all."""
    return await tx.fetch(FUND_ROWS + "WHERE $1::text IS NULL OR c.slug = $1 ORDER BY c.slug, f.kind DESC", community)


async def insert_fund(
    tx: Connection, *, community_id: UUID, slug: str, kind: str, currency: str, charter: dict[str, Any]
) -> UUID | None:
    found: UUID | None = await tx.fetchval(
        "INSERT INTO funds (slug, community_id, kind, name, name_en, about, about_en, custodian, purposes, currency) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING id",
        slug, community_id, kind, charter["name"], charter["name_en"], charter["about"], charter["about_en"], charter["custodian"],
        charter["purposes"], currency,
    )  # fmt: skip
    return found


async def insert_fund_accounts(tx: Connection, *, fund_id: UUID, accounts: dict[str, int]) -> None:
    """`accounts`: ledger account id by part."""
    await tx.execute(
        "INSERT INTO fund_accounts (fund_id, part, account_id) SELECT $1, * FROM unnest($2::text[], $3::bigint[])",
        fund_id,
        list(accounts),
        list(accounts.values()),
    )


async def accounts(tx: Connection, fund_id: UUID) -> list[int]:
    return [
        row["account_id"] for row in await tx.fetch("SELECT account_id FROM fund_accounts WHERE fund_id = $1", fund_id)
    ]


# Rules ---------------------------------------------------------------------------------------------------------------------------


async def rules_in_force(
    tx: Connection, *, community_ids: Sequence[UUID], at: datetime | None
) -> list[tuple[UUID, RoutingRule]]:
    """(community, rule) of the newest version of each rule that had taken effect, without those that were set to nothing."""
    rows = await tx.fetch(
        "SELECT * FROM (SELECT DISTINCT ON (r.community_id, r.applies_to, r.fund_id) r.id, r.version, r.applies_to, r.rate_bp, r.bearer, "
        "r.community_id, f.slug, f.name, f.name_en FROM routing_rules AS r JOIN funds AS f ON f.id = r.fund_id "
        "WHERE r.community_id = ANY ($1) AND r.effective_from <= coalesce($2, now()) "
        "ORDER BY r.community_id, r.applies_to, r.fund_id, r.effective_from DESC, r.version DESC) AS n "
        "WHERE rate_bp > 0 ORDER BY slug DESC",
        list(community_ids),
        at,
    )
    return [
        (
            row["community_id"],
            RoutingRule(
                row["id"],
                row["version"],
                row["applies_to"],
                row["slug"],
                row["name"],
                row["name_en"],
                row["rate_bp"],
                row["bearer"],
            ),
        )
        for row in rows
    ]


async def terms_in_force(tx: Connection, *, community_ids: Sequence[UUID]) -> list[Row]:
    """Each community with its policies, once per rule in force now (`rule_id` null: none), in the order of the funds."""
    return await tx.fetch(
        "SELECT c.id AS community_id, c.policies, "
        "EXISTS (SELECT FROM subsidy_pools p WHERE p.community_id = c.id AND p.status = 'open') AS has_pools, n.* "
        "FROM communities AS c LEFT JOIN LATERAL ("
        "SELECT DISTINCT ON (r.applies_to, r.fund_id) r.id AS rule_id, r.version, r.applies_to, r.rate_bp, r.bearer, "
        "f.slug, f.name, f.name_en FROM routing_rules AS r JOIN funds AS f ON f.id = r.fund_id "
        "WHERE r.community_id = c.id AND r.effective_from <= now() "
        "ORDER BY r.applies_to, r.fund_id, r.effective_from DESC, r.version DESC) AS n ON n.rate_bp > 0 "
        "WHERE c.id = ANY ($1) ORDER BY n.slug DESC",
        list(community_ids),
    )


async def rules(tx: Connection, *, community_id: UUID | None = None, fund_id: UUID | None = None) -> list[Row]:
    """Every version of the rules of a community or of a fund, newest first, with whether it is in force."""
    return await tx.fetch(
        "SELECT r.id, r.applies_to, f.slug AS fund, f.name AS fund_name, r.version, r.rate_bp, r.bearer, r.effective_from, "
        "r.approved_by, r.proposed_by, r.decided_on, r.minutes, "
        "r.id = (SELECT n.id FROM routing_rules AS n WHERE n.community_id = r.community_id "
        "AND n.applies_to = r.applies_to AND n.fund_id = r.fund_id AND n.effective_from <= now() "
        "ORDER BY n.effective_from DESC, n.version DESC LIMIT 1) IS TRUE AS in_force "
        "FROM routing_rules AS r JOIN funds AS f ON f.id = r.fund_id WHERE r.community_id = $1 OR r.fund_id = $2 "
        "ORDER BY r.applies_to, f.slug DESC, r.effective_from DESC, r.version DESC",
        community_id,
        fund_id,
    )


async def lock_community_rules(tx: Connection, community_id: UUID) -> None:
    """One new version at a time per community."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('routing_rules:' || $1::text, 0))", str(community_id)
    )


async def rates_at(
    tx: Connection, *, community_id: UUID, applies_to: str, without_fund: UUID, since: datetime
) -> list[Row]:
    """Rates of the other funds that stand at `since` or come later: what a new rate has to fit beside."""
    return await tx.fetch(
        "SELECT fund_id, max(rate_bp) AS rate_bp FROM routing_rules AS r WHERE community_id = $1 AND applies_to = $2 AND fund_id <> $3 "
        "AND (effective_from > $4 OR id = (SELECT n.id FROM routing_rules AS n WHERE n.community_id = r.community_id "
        "AND n.applies_to = r.applies_to AND n.fund_id = r.fund_id AND n.effective_from <= $4 "
        "ORDER BY n.effective_from DESC, n.version DESC LIMIT 1)) GROUP BY fund_id",
        community_id,
        applies_to,
        without_fund,
        since,
    )


async def insert_rule(
    tx: Connection,
    *,
    community_id: UUID,
    applies_to: str,
    fund_id: UUID,
    rate_bp: int,
    bearer: str,
    effective_from: datetime,
    approved_by: str,
    minutes: str,
    proposed_by: str,
    decided_on: date | None,
) -> UUID:
    """The next version; the caller holds lock_community_rules."""
    found: UUID = await tx.fetchval(
        "INSERT INTO routing_rules (community_id, applies_to, fund_id, rate_bp, bearer, effective_from, approved_by, minutes, "
        "proposed_by, decided_on, version) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, coalesce(max(version), 0) + 1 "
        "FROM routing_rules WHERE community_id = $1 AND applies_to = $2 AND fund_id = $3 RETURNING id",
        community_id, applies_to, fund_id, rate_bp, bearer, effective_from, approved_by, minutes, proposed_by, decided_on,
    )  # fmt: skip
    return found


async def database_now(tx: Connection) -> datetime:
    found: datetime = await tx.fetchval("SELECT now()")
    return found


async def insert_scheme(
    tx: Connection, *, community_id: UUID, name: str, parts: list[dict[str, object]], effective_from: datetime | None, approved_by: str,
    minutes: str, reserve_rate_bp: int, reserve_cap: int,
) -> UUID:  # fmt: skip
    """The next version of a community's distribution scheme."""
    found: UUID = await tx.fetchval(
        "INSERT INTO distribution_schemes (community_id, name, parts, effective_from, approved_by, minutes, reserve_rate_bp, "
        "reserve_cap_minor, version) SELECT $1, $2, $3, coalesce($4, now()), $5, $6, $7, $8, coalesce(max(version), 0) + 1 "
        "FROM distribution_schemes "
        "WHERE community_id = $1 RETURNING id",
        community_id, name, parts, effective_from, approved_by, minutes, reserve_rate_bp, reserve_cap,
    )  # fmt: skip
    return found


async def schemes(tx: Connection, community_id: UUID) -> list[Row]:
    return await tx.fetch(
        "SELECT id, version, name, parts, effective_from, approved_by, minutes FROM distribution_schemes WHERE community_id = $1 "
        "ORDER BY version DESC",
        community_id,
    )


# Sums ----------------------------------------------------------------------------------------------------------------------------

MAX_ID = 2**63 - 1


async def sums(tx: Connection, fund_ids: Sequence[UUID]) -> dict[UUID, list[Sum]]:
    """All that a fund's page adds up, in one statement and so of one moment (M43): rollups and what came after."""
    rows = await tx.fetch(
        "SELECT fund_id, part, month, kind, sum(amount_minor)::bigint AS amount, sum(lines)::bigint AS lines FROM ("
        "SELECT fund_id, part, month, kind, amount_minor, lines FROM fund_rollups WHERE fund_id = ANY ($1) UNION ALL "
        "SELECT fund_id, part, month, kind, amount_minor, 1 FROM fund_lines((SELECT upto_id FROM fund_rollup_mark), $2) "
        "WHERE fund_id = ANY ($1)) AS s GROUP BY fund_id, part, month, kind",
        list(fund_ids),
        MAX_ID,
    )
    found: dict[UUID, list[Sum]] = {each: [] for each in fund_ids}
    for row in rows:
        found[row["fund_id"]].append(Sum(row["part"], row["month"], row["kind"], row["amount"], row["lines"]))
    return found


async def lock_mark(tx: Connection) -> int:
    return int(await tx.fetchval("SELECT upto_id FROM fund_rollup_mark FOR UPDATE"))


async def mark(tx: Connection) -> int:
    return int(await tx.fetchval("SELECT upto_id FROM fund_rollup_mark"))


async def update_rollups(tx: Connection, *, after_id: int, upto_id: int) -> None:
    """Add the lines of (after_id, upto_id] and move the mark."""
    await tx.execute(
        "INSERT INTO fund_rollups AS r (fund_id, part, month, kind, amount_minor, lines) "
        "SELECT fund_id, part, month, kind, sum(amount_minor), count(*) FROM fund_lines($1, $2) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4 "
        "ON CONFLICT (fund_id, part, month, kind) DO UPDATE SET amount_minor = r.amount_minor + excluded.amount_minor, "
        "lines = r.lines + excluded.lines",
        after_id,
        upto_id,
    )
    await tx.execute("UPDATE fund_rollup_mark SET upto_id = $1", upto_id)


AUDIT = {
    "fund-rollup-wrong": """
        WITH summed AS (SELECT fund_id, part, month, kind, sum(amount_minor) AS amount, count(*) AS lines
                        FROM fund_lines(0, (SELECT upto_id FROM fund_rollup_mark)) GROUP BY 1, 2, 3, 4)
        SELECT format('fund %s, %s, %s, %s: the rollup says %s in %s lines, the books %s in %s',
                      f.slug, part, month, coalesce(r.kind, s.kind),
                      coalesce(r.amount_minor, 0), coalesce(r.lines, 0), coalesce(s.amount, 0), coalesce(s.lines, 0))
        FROM summed AS s FULL JOIN fund_rollups AS r USING (fund_id, part, month, kind) JOIN funds AS f ON f.id = fund_id
        WHERE coalesce(r.amount_minor, 0) <> coalesce(s.amount, 0) OR coalesce(r.lines, 0) <> coalesce(s.lines, 0)
        ORDER BY f.slug, part, month, coalesce(r.kind, s.kind)""",
    "fund-without-account": """
        SELECT format('%s is on no public page', a.code) FROM ledger_accounts AS a
        WHERE a.code LIKE 'fund:%' AND NOT EXISTS (SELECT FROM fund_accounts AS x WHERE x.account_id = a.id) ORDER BY a.code""",
}


async def findings(tx: Connection, statements: dict[str, str]) -> list[Finding]:
    """What the statements find, each row under its statement's name."""
    return [Finding(check, row[0]) for check, statement in statements.items() for row in await tx.fetch(statement)]
