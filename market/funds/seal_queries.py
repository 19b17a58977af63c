"""All SQL of the chains of the public books and of their published heads."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from market.db import Connection, Row

# $1 $2 after and up to which transfer: the lines that the public books show, in the order of their transfers.
LINES = """
WITH moved AS MATERIALIZED (SELECT * FROM ledger_transfers AS t WHERE t.id > $1 AND t.id <= $2)
SELECT a.fund_id, t.id, t.occurred_at, s.signed, t.label, t.currency, fund_line_kind(r.applies_to, e.kind, false) AS kind,
       t.rule_id, r.version AS rule_version, r.rate_bp,
       (SELECT x.id FROM ledger_seals AS x WHERE x.upto_id >= t.id ORDER BY x.upto_id LIMIT 1) AS seal
FROM moved AS t
CROSS JOIN LATERAL (VALUES (t.credit_id, t.debit_id, t.amount_minor), (t.debit_id, t.credit_id, -t.amount_minor))
           AS s (account_id, other_id, signed)
JOIN fund_accounts AS a ON a.account_id = s.account_id
JOIN ledger_events AS e ON e.id = t.event_id
LEFT JOIN routing_rules AS r ON r.id = t.rule_id
WHERE NOT EXISTS (SELECT FROM fund_accounts AS o WHERE o.account_id = s.other_id AND o.fund_id = a.fund_id)
ORDER BY t.id
"""


async def lines(tx: Connection, *, after_id: int, upto_id: int) -> list[Row]:
    return await tx.fetch(LINES, after_id, upto_id)


async def lock_mark(tx: Connection) -> int:
    return int(await tx.fetchval("SELECT upto_id FROM fund_link_mark FOR UPDATE"))


async def mark(tx: Connection) -> int:
    return int(await tx.fetchval("SELECT upto_id FROM fund_link_mark"))


async def update_mark(tx: Connection, upto_id: int) -> None:
    await tx.execute("UPDATE fund_link_mark SET upto_id = $1", upto_id)


async def step_end(tx: Connection, *, after_id: int, limit: int) -> int:
    """The last of the next `limit` transfers that the ledger has sealed; `after_id` when there is none."""
    found = await tx.fetchval(
        "SELECT max(transfer_id) FROM (SELECT transfer_id FROM ledger_links WHERE transfer_id > $1 "
        "AND transfer_id <= (SELECT max(upto_id) FROM ledger_seals) ORDER BY transfer_id LIMIT $2) AS s",
        after_id,
        limit,
    )
    return int(found or after_id)


async def ends(tx: Connection) -> list[Row]:
    """Each fund's last link (null: none yet) with the day it is there."""
    return await tx.fetch(
        "SELECT f.id, f.slug, (now() AT TIME ZONE c.time_zone)::date AS today, l.n, l.hash FROM funds AS f "
        "JOIN communities AS c ON c.id = f.community_id LEFT JOIN LATERAL "
        "(SELECT n, hash FROM fund_links WHERE fund_id = f.id ORDER BY n DESC LIMIT 1) AS l ON true ORDER BY f.slug"
    )


async def insert_links(tx: Connection, rows: Sequence[tuple[UUID, int, int, bytes]]) -> None:
    """(fund, number, transfer, link)"""
    await tx.execute(
        "INSERT INTO fund_links (fund_id, n, transfer_id, hash) SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bytea[])",
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def stored(tx: Connection, *, after_id: int, upto_id: int) -> list[Row]:
    return await tx.fetch(
        "SELECT fund_id, n, transfer_id, hash FROM fund_links WHERE transfer_id > $1 AND transfer_id <= $2 ORDER BY transfer_id",
        after_id,
        upto_id,
    )


async def insert_heads(tx: Connection) -> int:
    """Today's head of every book that has none yet and whose end is not published; how many."""
    return len(
        await tx.fetch(
            "INSERT INTO fund_heads (fund_id, day, n, head) SELECT f.id, (now() AT TIME ZONE c.time_zone)::date, l.n, l.hash "
            "FROM funds AS f JOIN communities AS c ON c.id = f.community_id JOIN LATERAL "
            "(SELECT n, hash FROM fund_links WHERE fund_id = f.id ORDER BY n DESC LIMIT 1) AS l ON true "
            "WHERE l.n > coalesce((SELECT max(h.n) FROM fund_heads AS h WHERE h.fund_id = f.id), 0) "
            "ON CONFLICT DO NOTHING RETURNING n"
        )
    )


async def heads(tx: Connection, fund_id: UUID, *, limit: int | None = None) -> list[Row]:
    """Published heads of a fund, newest first."""
    return await tx.fetch(
        "SELECT day, n, head, published_at FROM fund_heads WHERE fund_id = $1 ORDER BY n DESC LIMIT $2", fund_id, limit
    )


async def wrong_heads(tx: Connection) -> list[tuple[str, date, int]]:
    """(fund, day, line) of published heads that are not the link of their line."""
    rows = await tx.fetch(
        "SELECT f.slug, h.day, h.n FROM fund_heads AS h JOIN funds AS f ON f.id = h.fund_id "
        "LEFT JOIN fund_links AS l ON l.fund_id = h.fund_id AND l.n = h.n WHERE l.hash IS DISTINCT FROM h.head ORDER BY f.slug, h.n"
    )
    return [(row["slug"], row["day"], row["n"]) for row in rows]
