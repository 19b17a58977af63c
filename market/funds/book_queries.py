"""SQL of the public books: single lines, newest first for the page and oldest first for the downloads."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from market.db import Connection, Row

SHOWN = """
SELECT t.id, t.occurred_at, t.signed, t.label, t.currency, t.is_internal, a.part, o.code AS other,
       fund_line_kind(r.applies_to, e.kind, t.is_internal) AS kind, t.rule_id, r.version AS rule_version, r.rate_bp,
       (SELECT s.id FROM ledger_seals AS s WHERE s.upto_id >= t.id ORDER BY s.upto_id LIMIT 1) AS seal, l.n, l.hash AS link
FROM page AS t
JOIN fund_accounts AS a ON a.account_id = t.account_id
LEFT JOIN fund_links AS l ON l.fund_id = a.fund_id AND l.transfer_id = t.id
JOIN ledger_accounts AS o ON o.id = t.other_id
JOIN ledger_events AS e ON e.id = t.event_id
LEFT JOIN routing_rules AS r ON r.id = t.rule_id
"""

# $1 the fund's accounts, $2 $3 the line after which the page starts, $4 $5 from and to, $6 kind, $7 rules of that kind, $8 limit.
# Each account is read backwards along its index for one page at most, on the credit and on the debit side, and merged.
NEWEST = (
    """
WITH page AS (
  SELECT s.*, false AS is_internal FROM unnest($1::bigint[]) AS own (id) CROSS JOIN LATERAL (
    (SELECT t.id, t.event_id, t.occurred_at, t.amount_minor AS signed, t.label, t.currency, t.rule_id, own.id AS account_id,
            t.debit_id AS other_id
     FROM ledger_transfers AS t
     WHERE t.credit_id = own.id AND (t.occurred_at, t.id) < ($2, $3) AND t.occurred_at >= $4 AND t.occurred_at < $5
       AND t.debit_id <> ALL ($1)
       AND ($6::text IS NULL OR t.rule_id = ANY ($7) OR (t.rule_id IS NULL AND
            (SELECT fund_line_kind(NULL, e.kind, false) FROM ledger_events AS e WHERE e.id = t.event_id) = $6))
     ORDER BY t.occurred_at DESC, t.id DESC LIMIT $8)
    UNION ALL
    (SELECT t.id, t.event_id, t.occurred_at, -t.amount_minor, t.label, t.currency, t.rule_id, own.id, t.credit_id
     FROM ledger_transfers AS t
     WHERE t.debit_id = own.id AND (t.occurred_at, t.id) < ($2, $3) AND t.occurred_at >= $4 AND t.occurred_at < $5
       AND t.credit_id <> ALL ($1)
       AND ($6::text IS NULL OR t.rule_id = ANY ($7) OR (t.rule_id IS NULL AND
            (SELECT fund_line_kind(NULL, e.kind, false) FROM ledger_events AS e WHERE e.id = t.event_id) = $6))
     ORDER BY t.occurred_at DESC, t.id DESC LIMIT $8)
  ) AS s
  ORDER BY s.occurred_at DESC, s.id DESC LIMIT $8
)
"""
    + SHOWN
    + "ORDER BY t.occurred_at DESC, t.id DESC"
)

# $1 the fund's accounts, $2 $3 the line after which to go on, $4 the highest id that is settled, $5 limit.
OLDEST = (
    """
WITH page AS (
  SELECT s.* FROM unnest($1::bigint[]) AS own (id) CROSS JOIN LATERAL (
    (SELECT t.id, t.event_id, t.occurred_at, t.amount_minor AS signed, t.label, t.currency, t.rule_id, own.id AS account_id,
            t.debit_id AS other_id, t.debit_id = ANY ($1) AS is_internal
     FROM ledger_transfers AS t
     WHERE t.credit_id = own.id AND (t.occurred_at, t.id) > ($2, $3) AND t.id <= $4
     ORDER BY t.occurred_at, t.id LIMIT $5)
    UNION ALL
    (SELECT t.id, t.event_id, t.occurred_at, -t.amount_minor, t.label, t.currency, t.rule_id, own.id, t.credit_id, false
     FROM ledger_transfers AS t
     WHERE t.debit_id = own.id AND (t.occurred_at, t.id) > ($2, $3) AND t.id <= $4 AND t.credit_id <> ALL ($1)
     ORDER BY t.occurred_at, t.id LIMIT $5)
  ) AS s
  ORDER BY s.occurred_at, s.id LIMIT $5
)
"""
    + SHOWN
    + "ORDER BY t.occurred_at, t.id"
)

# $1 the fund's accounts, $2 the highest id that is settled: everything after it.
TAIL = (
    """
WITH tail AS MATERIALIZED (SELECT * FROM ledger_transfers AS t WHERE t.id > $2),
page AS (
  SELECT t.id, t.event_id, t.occurred_at, t.amount_minor AS signed, t.label, t.currency, t.rule_id, t.credit_id AS account_id,
         t.debit_id AS other_id, t.debit_id = ANY ($1::bigint[]) AS is_internal
  FROM tail AS t WHERE t.credit_id = ANY ($1)
  UNION ALL
  SELECT t.id, t.event_id, t.occurred_at, -t.amount_minor, t.label, t.currency, t.rule_id, t.debit_id, t.credit_id, false
  FROM tail AS t WHERE t.debit_id = ANY ($1) AND t.credit_id <> ALL ($1)
)
"""
    + SHOWN
    + "ORDER BY t.occurred_at, t.id"
)


async def rules_of_kind(tx: Connection, *, fund_id: UUID, kind: str) -> list[UUID]:
    """Ids of every version of the fund's rules for one kind of income."""
    rows = await tx.fetch("SELECT id FROM routing_rules WHERE fund_id = $1 AND applies_to = $2", fund_id, kind)
    return [row["id"] for row in rows]


async def newest_lines(
    tx: Connection,
    *,
    accounts: Sequence[int],
    before: tuple[datetime, int],
    since: datetime,
    until: datetime,
    kind: str | None,
    rule_ids: Sequence[UUID],
    limit: int,
) -> list[Row]:
    return await tx.fetch(NEWEST, list(accounts), *before, since, until, kind, list(rule_ids), limit)


# The fund's lines of a period by kind, what came in and what went out apart; $1 the fund's accounts, $2 $3 from and to.
TOTALS = """
SELECT kind, sum(greatest(signed, 0))::bigint AS came_in, sum(greatest(-signed, 0))::bigint AS went_out, count(*) AS lines FROM (
  SELECT m.signed, fund_line_kind(r.applies_to, e.kind, false) AS kind FROM (
    SELECT t.event_id, t.rule_id, t.amount_minor AS signed FROM ledger_transfers AS t
    WHERE t.credit_id = ANY ($1) AND t.debit_id <> ALL ($1) AND t.occurred_at >= $2 AND t.occurred_at < $3
    UNION ALL
    SELECT t.event_id, t.rule_id, -t.amount_minor FROM ledger_transfers AS t
    WHERE t.debit_id = ANY ($1) AND t.credit_id <> ALL ($1) AND t.occurred_at >= $2 AND t.occurred_at < $3
  ) AS m JOIN ledger_events AS e ON e.id = m.event_id LEFT JOIN routing_rules AS r ON r.id = m.rule_id
) AS s GROUP BY kind
"""


async def totals(tx: Connection, *, accounts: Sequence[int], since: datetime, until: datetime) -> list[Row]:
    return await tx.fetch(TOTALS, list(accounts), since, until)


async def line(tx: Connection, *, accounts: Sequence[int], event_key: str) -> Row | None:
    """The line that an event made in a fund's books."""
    return await tx.fetchrow(
        "WITH page AS (SELECT t.id, t.event_id, t.occurred_at, t.amount_minor AS signed, t.label, t.currency, t.rule_id, "
        "t.credit_id AS account_id, t.debit_id AS other_id, false AS is_internal FROM ledger_transfers AS t "
        "JOIN ledger_events AS e ON e.id = t.event_id WHERE e.event_key = $2 AND t.credit_id = ANY ($1) LIMIT 1) "
        + SHOWN,
        list(accounts),
        event_key,
    )


async def oldest_lines(
    tx: Connection, *, accounts: Sequence[int], after: tuple[datetime, int], upto_id: int, limit: int
) -> list[Row]:
    return await tx.fetch(OLDEST, list(accounts), *after, upto_id, limit)


async def tail_lines(tx: Connection, *, accounts: Sequence[int], after_id: int) -> list[Row]:
    return await tx.fetch(TAIL, list(accounts), after_id)
