"""All SQL of the ledger."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from market.db import Connection, Row
from market.ledger.rules import Finding, SealedRow, Transfer
from market.money import Money

# The account ids are looked up inside the statement, not kept in the process: an id seen in a transaction that is rolled back
# later must not be believed by the next one. Nothing is inserted while an account is missing or the key is taken.
INSERT_EVENT = """
WITH wanted AS MATERIALIZED (
  SELECT t.n, t.amount, t.rule_id, t.label,
         (SELECT id FROM ledger_accounts WHERE code = t.debit AND currency = $6) AS debit_id,
         (SELECT id FROM ledger_accounts WHERE code = t.credit AND currency = $6) AS credit_id
  FROM unnest($7::text[], $8::text[], $9::bigint[], $10::uuid[], $11::text[]) WITH ORDINALITY
       AS t (debit, credit, amount, rule_id, label, n)
), event AS (
  INSERT INTO ledger_events (event_key, kind, occurred_at, reverses, reference, currency, transfer_count)
  SELECT $1, $2, coalesce($3, now()), $4, $5, $6, cardinality($7::text[])
  WHERE NOT EXISTS (SELECT FROM wanted WHERE debit_id IS NULL OR credit_id IS NULL)
  ON CONFLICT (event_key) DO NOTHING
  RETURNING id, occurred_at
), moved AS (
  INSERT INTO ledger_transfers (event_id, debit_id, credit_id, amount_minor, currency, rule_id, label, occurred_at)
  SELECT event.id, w.debit_id, w.credit_id, w.amount, $6, w.rule_id, w.label, event.occurred_at
  FROM event CROSS JOIN wanted AS w ORDER BY w.n
)
SELECT id FROM event
"""


async def insert_event(
    tx: Connection,
    *,
    event_key: str,
    kind: str,
    occurred_at: datetime | None,
    reverses: UUID | None,
    reference: dict[str, object],
    transfers: Sequence[Transfer],
) -> UUID | None:
    """Event and transfers in one round trip; None when the key is taken or an account does not exist yet."""
    found: UUID | None = await tx.fetchval(
        INSERT_EVENT,
        event_key,
        kind,
        occurred_at,
        reverses,
        reference,
        transfers[0].amount.currency if transfers else None,
        [t.debit for t in transfers],
        [t.credit for t in transfers],
        [t.amount.minor for t in transfers],
        [t.rule_id for t in transfers],
        [t.label for t in transfers],
    )
    return found


async def insert_accounts(tx: Connection, *, codes: Sequence[str], currency: str) -> None:
    """Open what does not exist, in the order of the codes so that two transactions never wait for each other in a circle."""
    await tx.execute(
        "INSERT INTO ledger_accounts (code, currency) SELECT code, $2 FROM unnest($1::text[]) AS code ORDER BY code "
        "ON CONFLICT (code, currency) DO NOTHING",
        sorted(set(codes)),
        currency,
    )


async def account_ids(tx: Connection, *, codes: Sequence[str], currency: str) -> dict[str, int]:
    rows = await tx.fetch(
        "SELECT code, id FROM ledger_accounts WHERE code = ANY ($1) AND currency = $2", list(codes), currency
    )
    return {row["code"]: row["id"] for row in rows}


async def event_by_key(tx: Connection, event_key: str) -> Row | None:
    return await tx.fetchrow("SELECT id, kind, reverses FROM ledger_events WHERE event_key = $1", event_key)


async def transfers_of(tx: Connection, event_id: UUID) -> list[Transfer]:
    """The transfers of an event in the order they were posted."""
    rows = await tx.fetch(
        "SELECT d.code AS debit, c.code AS credit, t.amount_minor, t.currency, t.rule_id, t.label FROM ledger_transfers AS t "
        "JOIN ledger_accounts AS d ON d.id = t.debit_id JOIN ledger_accounts AS c ON c.id = t.credit_id "
        "WHERE t.event_id = $1 ORDER BY t.id",
        event_id,
    )
    return [
        Transfer(row["debit"], row["credit"], Money(row["amount_minor"], row["currency"]), row["rule_id"], row["label"])
        for row in rows
    ]


async def lock_reversible(tx: Connection, event_id: UUID) -> Row | None:
    """Lock an event against a second reversal at the same time; its sum and what was reversed of it."""
    if not await tx.fetchval("SELECT true FROM ledger_events WHERE id = $1 FOR NO KEY UPDATE", event_id):
        return None
    return await tx.fetchrow(
        "SELECT e.reverses, e.currency, "
        "(SELECT coalesce(sum(amount_minor), 0) FROM ledger_transfers WHERE event_id = e.id)::bigint AS whole, "
        "(SELECT coalesce(sum(t.amount_minor), 0) FROM ledger_events AS r JOIN ledger_transfers AS t ON t.event_id = r.id "
        " WHERE r.reverses = e.id)::bigint AS reversed FROM ledger_events AS e WHERE e.id = $1",
        event_id,
    )


async def balances(tx: Connection, *, codes: Sequence[str], currency: str) -> dict[str, int]:
    """Credit minus debit of each existing account: its rollup and what came after, in one snapshot."""
    rows = await tx.fetch(
        "WITH a AS (SELECT id, code FROM ledger_accounts WHERE code = ANY ($1) AND currency = $2), "
        # The tail is read once, by the primary key, whatever the planner believes about an account's share of it.
        "tail AS MATERIALIZED (SELECT debit_id, credit_id, amount_minor FROM ledger_transfers "
        "WHERE id > (SELECT upto_id FROM ledger_rollup_mark)), "
        "moved AS (SELECT s.account_id, sum(s.minor) AS minor FROM tail CROSS JOIN LATERAL "
        "(VALUES (credit_id, amount_minor), (debit_id, -amount_minor)) AS s (account_id, minor) "
        "WHERE s.account_id IN (SELECT id FROM a) GROUP BY s.account_id) "
        "SELECT a.code, (coalesce(r.credit_minor - r.debit_minor, 0) + coalesce(m.minor, 0))::bigint AS minor "
        "FROM a LEFT JOIN ledger_rollups AS r ON r.account_id = a.id LEFT JOIN moved AS m ON m.account_id = a.id",
        list(codes),
        currency,
    )
    return {row["code"]: row["minor"] for row in rows}


async def newest_transfer(tx: Connection) -> tuple[int, str]:
    """The highest transfer id in sight, and the first transaction id not given out yet."""
    row = await tx.fetchrow(
        "SELECT (SELECT coalesce(max(id), 0) FROM ledger_transfers) AS id, pg_snapshot_xmax(pg_current_snapshot())::text AS xmax"
    )
    assert row is not None
    return row["id"], row["xmax"]


async def all_ended_before(tx: Connection, xmax: str) -> bool:
    """Whether every transaction with an id below `xmax` has ended."""
    return bool(await tx.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8", xmax))


async def lock_mark(tx: Connection) -> int:
    return int(await tx.fetchval("SELECT upto_id FROM ledger_rollup_mark FOR UPDATE"))


async def mark(tx: Connection) -> int:
    return int(await tx.fetchval("SELECT upto_id FROM ledger_rollup_mark"))


async def update_rollups(tx: Connection, *, after_id: int, upto_id: int) -> None:
    """Add the transfers of (after_id, upto_id] to the rollups and move the mark."""
    await tx.execute(
        "INSERT INTO ledger_rollups AS r (account_id, debit_minor, credit_minor) "
        "SELECT account_id, sum(debit), sum(credit) FROM ledger_transfers AS t "
        "CROSS JOIN LATERAL (VALUES (t.debit_id, t.amount_minor, 0), (t.credit_id, 0, t.amount_minor)) AS s (account_id, debit, credit) "
        "WHERE t.id > $1 AND t.id <= $2 GROUP BY account_id ORDER BY account_id "
        "ON CONFLICT (account_id) DO UPDATE SET debit_minor = r.debit_minor + excluded.debit_minor, "
        "credit_minor = r.credit_minor + excluded.credit_minor",
        after_id,
        upto_id,
    )
    await tx.execute("UPDATE ledger_rollup_mark SET upto_id = $1", upto_id)


# Seals ---------------------------------------------------------------------------------------------------------------------------

SEALED_ROWS = """
SELECT t.id, t.event_id, e.event_key, e.kind, e.reverses, e.reference, d.code AS debit, c.code AS credit, t.amount_minor, t.currency,
       t.rule_id, t.label, t.occurred_at
FROM ledger_transfers AS t LEFT JOIN ledger_events AS e ON e.id = t.event_id
LEFT JOIN ledger_accounts AS d ON d.id = t.debit_id LEFT JOIN ledger_accounts AS c ON c.id = t.credit_id
WHERE t.id > $1 AND t.id <= $2 ORDER BY t.id LIMIT $3
"""


async def sealed_rows(tx: Connection, *, after_id: int, upto_id: int, limit: int) -> list[SealedRow]:
    """Transfers with all that is hashed of them, in the order of their ids."""
    return [SealedRow(**dict(row)) for row in await tx.fetch(SEALED_ROWS, after_id, upto_id, limit)]


async def lock_seals(tx: Connection) -> None:
    """One sealer at a time."""
    await tx.execute("SELECT pg_advisory_xact_lock(718202602)")


async def last_seal(tx: Connection) -> Row | None:
    return await tx.fetchrow("SELECT id, upto_id, head FROM ledger_seals ORDER BY id DESC LIMIT 1")


async def insert_links(tx: Connection, *, ids: Sequence[int], hashes: Sequence[bytes]) -> None:
    await tx.execute(
        "INSERT INTO ledger_links (transfer_id, hash) SELECT * FROM unnest($1::bigint[], $2::bytea[])", ids, hashes
    )


async def insert_seal(tx: Connection, *, from_id: int, upto_id: int, count: int, head: bytes) -> None:
    await tx.execute(
        "INSERT INTO ledger_seals (from_id, upto_id, count, head) VALUES ($1, $2, $3, $4)",
        from_id,
        upto_id,
        count,
        head,
    )


async def seals(tx: Connection, *, before_id: int | None, limit: int) -> list[Row]:
    """Seals, newest first."""
    return await tx.fetch(
        "SELECT id, from_id, upto_id, count, head, sealed_at FROM ledger_seals WHERE $1::bigint IS NULL OR id < $1 "
        "ORDER BY id DESC LIMIT $2",
        before_id,
        limit,
    )


async def all_seals(tx: Connection) -> list[Row]:
    return await tx.fetch("SELECT id, from_id, upto_id, count, head FROM ledger_seals ORDER BY id")


async def links(tx: Connection, *, after_id: int, upto_id: int, limit: int) -> dict[int, bytes]:
    rows = await tx.fetch(
        "SELECT transfer_id, hash FROM ledger_links WHERE transfer_id > $1 AND transfer_id <= $2 ORDER BY transfer_id LIMIT $3",
        after_id,
        upto_id,
        limit,
    )
    return {row["transfer_id"]: row["hash"] for row in rows}


# Audit ---------------------------------------------------------------------------------------------------------------------------

# Each statement returns the message of what is wrong, row by row; the first column is all that is read.
AUDIT: dict[str, str] = {
    "event-incomplete": """
        SELECT format('event %s (%s) says %s transfers and has %s', e.id, e.event_key, e.transfer_count, count(t.id))
        FROM ledger_events AS e LEFT JOIN ledger_transfers AS t ON t.event_id = e.id
        GROUP BY e.id HAVING count(t.id) <> e.transfer_count ORDER BY e.id""",
    "transfer-without-event": """
        SELECT format('transfer %s belongs to no event (%s)', t.id, t.event_id) FROM ledger_transfers AS t
        WHERE NOT EXISTS (SELECT FROM ledger_events AS e WHERE e.id = t.event_id) ORDER BY t.id""",
    "transfer-malformed": """
        SELECT format('transfer %s moves %s %s between accounts of %s and %s in an event of %s',
                      t.id, t.amount_minor, t.currency, coalesce(d.currency, 'nothing'), coalesce(c.currency, 'nothing'),
                      coalesce(e.currency, 'nothing'))
        FROM ledger_transfers AS t LEFT JOIN ledger_accounts AS d ON d.id = t.debit_id
        LEFT JOIN ledger_accounts AS c ON c.id = t.credit_id LEFT JOIN ledger_events AS e ON e.id = t.event_id
        WHERE t.amount_minor <= 0 OR t.debit_id = t.credit_id OR d.currency IS DISTINCT FROM t.currency
           OR c.currency IS DISTINCT FROM t.currency OR (e.id IS NOT NULL AND e.currency IS DISTINCT FROM t.currency) ORDER BY t.id""",
    "rollup-wrong": """
        WITH summed AS (
          SELECT s.account_id, sum(s.debit) AS debit, sum(s.credit) AS credit
          FROM ledger_transfers AS t
          CROSS JOIN LATERAL (VALUES (t.debit_id, t.amount_minor, 0), (t.credit_id, 0, t.amount_minor)) AS s (account_id, debit, credit)
          WHERE t.id <= (SELECT upto_id FROM ledger_rollup_mark) GROUP BY s.account_id
        )
        SELECT format('the rollup of %s says debit %s credit %s, its transfers sum to %s and %s', coalesce(a.code, account_id::text),
                      coalesce(r.debit_minor, 0), coalesce(r.credit_minor, 0), coalesce(s.debit, 0), coalesce(s.credit, 0))
        FROM summed AS s FULL JOIN ledger_rollups AS r USING (account_id) LEFT JOIN ledger_accounts AS a ON a.id = account_id
        WHERE coalesce(r.debit_minor, 0) <> coalesce(s.debit, 0) OR coalesce(r.credit_minor, 0) <> coalesce(s.credit, 0)
        ORDER BY a.code""",
    "currency-unbalanced": """
        SELECT format('the balances in %s sum to %s, not to zero', a.currency, sum(r.credit_minor - r.debit_minor))
        FROM ledger_rollups AS r JOIN ledger_accounts AS a ON a.id = r.account_id
        GROUP BY a.currency HAVING sum(r.credit_minor - r.debit_minor) <> 0 ORDER BY a.currency""",
    "reversed-too-much": """
        SELECT format('event %s (%s) was reversed for %s of %s', e.id, e.event_key, r.minor,
                      (SELECT coalesce(sum(amount_minor), 0) FROM ledger_transfers WHERE event_id = e.id))
        FROM (SELECT x.reverses AS id, sum(t.amount_minor) AS minor FROM ledger_events AS x
              JOIN ledger_transfers AS t ON t.event_id = x.id WHERE x.reverses IS NOT NULL GROUP BY x.reverses) AS r
        JOIN ledger_events AS e ON e.id = r.id
        WHERE e.reverses IS NOT NULL OR r.minor > (SELECT coalesce(sum(amount_minor), 0) FROM ledger_transfers WHERE event_id = e.id)
        ORDER BY e.id""",
    "fund-overspent": """
        SELECT format('%s stands at %s', a.code, sum(s.minor))
        FROM ledger_accounts AS a CROSS JOIN LATERAL (
          SELECT sum(amount_minor) AS minor FROM ledger_transfers WHERE credit_id = a.id
          UNION ALL SELECT -sum(amount_minor) FROM ledger_transfers WHERE debit_id = a.id) AS s
        WHERE a.code LIKE 'fund:%:spendable' OR a.code LIKE 'fund:%:reserved'
        GROUP BY a.id HAVING sum(s.minor) < 0 ORDER BY a.code""",
}


async def begin_snapshot(tx: Connection) -> None:
    """Make the transaction, of which this is the first statement, read one moment of the database, for as long as it takes."""
    await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    await tx.execute("SET LOCAL statement_timeout = 0")


async def findings(tx: Connection) -> list[Finding]:
    """What the statements of AUDIT find."""
    found = []
    for check, statement in AUDIT.items():
        found += [Finding(check, row[0]) for row in await tx.fetch(statement)]
    return found
