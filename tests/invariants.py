"""What must hold after every test and journey, in plain SQL and independent of the program's own code (quality.md, INV)."""

from market.db import Database

# Each statement returns one text per violation.
INVARIANTS = {
    "per currency all balances sum to zero": """
        SELECT format('%s: %s', currency, sum(minor)) FROM (
          SELECT a.currency, t.amount_minor AS minor FROM ledger_transfers t JOIN ledger_accounts a ON a.id = t.credit_id
          UNION ALL
          SELECT a.currency, -t.amount_minor FROM ledger_transfers t JOIN ledger_accounts a ON a.id = t.debit_id
        ) AS postings GROUP BY currency HAVING sum(minor) <> 0""",
    "no event without its transfers": """
        SELECT event_key FROM ledger_events e
        WHERE transfer_count <> (SELECT count(*) FROM ledger_transfers t WHERE t.event_id = e.id)""",
    "no transfer without its event": """
        SELECT t.id::text FROM ledger_transfers t LEFT JOIN ledger_events e ON e.id = t.event_id WHERE e.id IS NULL""",
    "no two active occupancies of a space overlap": """
        SELECT format('%s and %s', one.id, two.id) FROM occupancies one JOIN occupancies two
          ON one.space_id = two.space_id AND one.id < two.id AND one.period && two.period
        WHERE one.status <> 'released' AND two.status <> 'released'""",
    "an offer has taken exactly what live orders hold": """
        SELECT format('offer %s says %s, its orders %s', f.id, f.taken, coalesce(sum(l.quantity), 0))
        FROM offers f LEFT JOIN (order_lines l JOIN orders o ON o.id = l.order_id
          AND o.status IN ('awaiting_approval', 'awaiting_payment', 'paid', 'completed', 'partly_refunded')
          AND NOT (o.status = 'partly_refunded' AND l.refunded_minor = l.payable_minor AND l.payable_minor > 0)) ON l.offer_id = f.id
        GROUP BY f.id HAVING f.taken <> coalesce(sum(l.quantity), 0)""",
    "nothing is sold beyond its capacity": "SELECT id::text FROM offers WHERE taken > capacity",
    "no fund has spent more than was released": """
        SELECT format('%s: %s', a.code, sum(CASE WHEN t.credit_id = a.id THEN t.amount_minor ELSE -t.amount_minor END))
        FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.credit_id, t.debit_id)
        WHERE a.code LIKE 'fund:%:spendable' OR a.code LIKE 'fund:%:reserved'
        GROUP BY a.id HAVING sum(CASE WHEN t.credit_id = a.id THEN t.amount_minor ELSE -t.amount_minor END) < 0""",
    "no order gave back more than was paid": "SELECT id::text FROM orders WHERE refunded_minor > payable_minor",
}

# What the fund page adds up, summed again without rollups, account by account code.
PUBLIC_BALANCES = """
    SELECT f.slug, coalesce(sum(CASE WHEN t.credit_id = a.id THEN t.amount_minor ELSE -t.amount_minor END), 0)::bigint AS balance
    FROM funds f JOIN communities c ON c.id = f.community_id
    LEFT JOIN ledger_accounts a ON a.code LIKE 'fund:' || c.slug || ':' || f.kind || ':%' AND a.currency = f.currency
    LEFT JOIN ledger_transfers t ON a.id IN (t.credit_id, t.debit_id)
    GROUP BY f.slug
"""


async def fund_balances(db: Database) -> dict[str, int]:
    """Balance of every fund by slug in minor units, by plain SQL."""
    async with db.read() as connection:
        return {row["slug"]: row["balance"] for row in await connection.fetch(PUBLIC_BALANCES)}


async def check_invariants(db: Database) -> None:
    """Fails with every violation; also compares the public balance of each fund with the ledger."""
    from market.funds import service as funds
    from market.funds.rules import part_balance

    broken = []
    async with db.transaction() as tx:
        await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for name, statement in INVARIANTS.items():
            broken += [f"{name}: {row[0]}" for row in await tx.fetch(statement)]
    public = {row["slug"]: part_balance(sums) for row, sums in await funds.list_funds(db, community=None)}
    plain = await fund_balances(db)
    if public != plain:
        broken.append(f"a public page differs from the ledger: {public} instead of {plain}")
    assert not broken, "\n".join(broken)
