"""SQL of the sales' part of the audit: one statement per promise, each returns a text per violation."""

from market.db import Connection

# What the provider must hold for us: what it took, less every refund that was not refused. The ledger moves when we decide.
CLEARING = """
WITH books AS (
  SELECT a.currency, sum(CASE WHEN t.debit_id = a.id THEN t.amount_minor ELSE -t.amount_minor END) AS minor
  FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.debit_id, t.credit_id) WHERE a.code = $1 GROUP BY a.currency
), provider AS (
  SELECT currency, sum(minor) AS minor FROM (
    SELECT paid_currency AS currency, paid_minor AS minor FROM payment_sessions WHERE status = 'paid'
    UNION ALL SELECT currency, -amount_minor FROM payment_refunds WHERE status <> 'failed') AS moves GROUP BY currency
)
SELECT format('%s: the books say %s, the payments %s', currency, coalesce(b.minor, 0), coalesce(p.minor, 0))
FROM books b FULL JOIN provider p USING (currency) WHERE coalesce(b.minor, 0) <> coalesce(p.minor, 0)
"""

PROMISES = {
    "slots-overlap": """
        SELECT format('occupancies %s and %s of space %s', one.id, two.id, one.space_id) FROM occupancies one JOIN occupancies two
          ON one.space_no = two.space_no AND one.id < two.id AND one.period && two.period
        WHERE one.status <> 'released' AND two.status <> 'released'""",
    "offer-miscounted": """
        SELECT format('offer %s counts %s taken, its orders hold %s', f.id, f.taken, coalesce(l.quantity, 0)) FROM offers f
        LEFT JOIN (SELECT offer_id, sum(quantity) AS quantity FROM order_lines JOIN orders o ON o.id = order_id
          WHERE refunded_at IS NULL AND offer_id IS NOT NULL
            AND o.status IN ('awaiting_approval', 'awaiting_payment', 'paid', 'completed', 'partly_refunded')
          GROUP BY offer_id) l ON l.offer_id = f.id
        WHERE f.taken <> coalesce(l.quantity, 0)""",
    "sale-not-posted": """
        SELECT format('order %s is %s without a sale in the books', o.id, o.status) FROM orders o
        WHERE o.paid_at IS NOT NULL AND NOT EXISTS (SELECT FROM ledger_events e WHERE e.event_key = 'sale:' || o.id)""",
    "refund-exceeds-payment": "SELECT format('order %s', id) FROM orders WHERE refunded_minor > payable_minor",
    "shares-do-not-add-up": """
        SELECT format('line %s: shares %s of %s', l.id, sum((s ->> 'amount')::bigint), l.payable_minor)
        FROM order_lines l CROSS JOIN LATERAL jsonb_array_elements(l.shares) s
        GROUP BY l.id HAVING sum((s ->> 'amount')::bigint) <> l.payable_minor""",
}


async def broken_promises(tx: Connection, *, provider_account: str) -> list[tuple[str, str]]:
    """Pairs of (check, what is wrong)."""
    found = [("clearing-differs", str(row[0])) for row in await tx.fetch(CLEARING, provider_account)]
    for check, statement in PROMISES.items():
        found += [(check, str(row[0])) for row in await tx.fetch(statement)]
    return found


async def unsettled(tx: Connection) -> int:
    """Payments and refunds whose end at the provider is not known yet."""
    return int(
        await tx.fetchval(
            "SELECT (SELECT count(*) FROM payment_sessions WHERE status IN ('opening', 'open')) "
            "+ (SELECT count(*) FROM payment_refunds WHERE status IN ('asked', 'pending'))"
        )
    )


async def held_by_provider(tx: Connection) -> dict[str, int]:
    """Minor units per currency that the settled rows say the provider holds."""
    rows = await tx.fetch(
        "SELECT currency, sum(minor)::bigint AS minor FROM ("
        "SELECT paid_currency AS currency, paid_minor AS minor FROM payment_sessions WHERE status = 'paid' "
        "UNION ALL SELECT currency, -amount_minor FROM payment_refunds WHERE status <> 'failed') AS moves GROUP BY currency"
    )
    return {row["currency"]: row["minor"] for row in rows}
