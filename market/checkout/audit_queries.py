"""SQL of the sales' part of the audit: one statement per promise, each returns a text per violation."""

from market.checkout import donation_queries
from market.checkout.queries import COUNTED
from market.db import Connection

# What the provider must hold for us: what it took, less every refund that was not refused and every payment that a bank took back.
# The ledger moves when we decide, or when we are told.
MOVES = """
SELECT currency, sum(minor)::bigint AS minor FROM (
  SELECT paid_currency AS currency, paid_minor AS minor FROM payment_sessions WHERE status = 'paid'
  UNION ALL SELECT currency, -amount_minor FROM payment_refunds WHERE status <> 'failed'
  UNION ALL SELECT currency, -amount_minor FROM payment_disputes WHERE status <> 'won'
  UNION ALL SELECT currency, -fee_minor FROM provider_transactions
  UNION ALL SELECT currency, amount_minor FROM provider_transactions WHERE kind = 'payout'
  UNION ALL SELECT currency, -amount_minor FROM payouts WHERE rail = 'connect' AND status = 'sent'
  UNION ALL SELECT currency, amount_minor FROM payout_reversals WHERE status = 'done') AS moves GROUP BY currency
"""
CLEARING = f"""
WITH books AS (
  SELECT a.currency, sum(CASE WHEN t.debit_id = a.id THEN t.amount_minor ELSE -t.amount_minor END) AS minor
  FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.debit_id, t.credit_id) WHERE a.code = $1 GROUP BY a.currency
), provider AS ({MOVES})
SELECT format('%s: the books say %s, the payments %s', currency, coalesce(b.minor, 0), coalesce(p.minor, 0))
FROM books b FULL JOIN provider p USING (currency) WHERE coalesce(b.minor, 0) <> coalesce(p.minor, 0)
"""

PROMISES = {
    "slots-overlap": """
        SELECT format('occupancies %s and %s of space %s', one.id, two.id, one.space_id) FROM occupancies one JOIN occupancies two
          ON one.space_no = two.space_no AND one.id < two.id AND one.period && two.period
        WHERE one.status <> 'released' AND two.status <> 'released'""",
    "offer-miscounted": f"""
        SELECT format('offer %s counts %s taken, its orders hold %s', f.id, f.taken, coalesce(l.quantity, 0)) FROM offers f
        LEFT JOIN (SELECT offer_id, sum(quantity) AS quantity FROM order_lines JOIN orders o ON o.id = order_id
          WHERE refunded_at IS NULL AND offer_id IS NOT NULL
            AND o.status IN {COUNTED}
          GROUP BY offer_id) l ON l.offer_id = f.id
        WHERE f.taken <> coalesce(l.quantity, 0)""",
    "sale-not-posted": """
        SELECT format('order %s is %s without a sale in the books', o.id, o.status) FROM orders o
        WHERE o.paid_at IS NOT NULL AND NOT EXISTS (SELECT FROM ledger_events e WHERE e.event_key = 'sale:' || o.id)""",
    "refund-exceeds-payment": "SELECT format('order %s', id) FROM orders WHERE refunded_minor > payable_minor",
    "sale-differs": """
        SELECT format('order %s costs %s, the books sold it for %s', o.id, o.payable_minor, t.minor)
        FROM orders o JOIN ledger_events e ON e.event_key = 'sale:' || o.id CROSS JOIN LATERAL (
          SELECT coalesce(sum(amount_minor), 0) AS minor FROM ledger_transfers WHERE event_id = e.id) t
        WHERE t.minor <> o.payable_minor""",
    "shares-do-not-add-up": """
        SELECT format('line %s: shares %s of %s', l.id, s.minor, l.payable_minor) FROM order_lines l CROSS JOIN LATERAL (
          SELECT coalesce(sum((s ->> 'amount')::bigint), 0) AS minor FROM jsonb_array_elements(l.shares) s) s
        WHERE s.minor <> l.payable_minor""",
    "refunds-do-not-add-up": """
        SELECT format('order %s gave back %s, its lines %s, their shares %s', o.id, o.refunded_minor, r.lines, r.shares)
        FROM orders o CROSS JOIN LATERAL (
          SELECT coalesce(sum(l.refunded_minor), 0) AS lines, coalesce(sum(s.minor), 0) AS shares FROM order_lines l CROSS JOIN LATERAL (
            SELECT sum((s ->> 'refunded')::bigint) AS minor FROM jsonb_array_elements(l.shares) s) s
          WHERE l.order_id = o.id) r
        WHERE o.refunded_minor <> r.lines OR r.lines <> r.shares""",
    "partner-account-negative": """
        SELECT format('%s stands at %s', a.code, sum(s.minor)) FROM ledger_accounts a CROSS JOIN LATERAL (
          SELECT sum(amount_minor) AS minor FROM ledger_transfers WHERE credit_id = a.id
          UNION ALL SELECT -sum(amount_minor) FROM ledger_transfers WHERE debit_id = a.id) s
        WHERE a.code ~ '^partner:.*:(pending|available|payout)$' GROUP BY a.id HAVING sum(s.minor) < 0""",
    "partner-owed-positive": """
        SELECT format('%s stands at %s', a.code, sum(s.minor)) FROM ledger_accounts a CROSS JOIN LATERAL (
          SELECT sum(amount_minor) AS minor FROM ledger_transfers WHERE credit_id = a.id
          UNION ALL SELECT -sum(amount_minor) FROM ledger_transfers WHERE debit_id = a.id) s
        WHERE a.code ~ '^partner:.*:owed$' GROUP BY a.id HAVING sum(s.minor) > 0""",
    "pending-differs": """
        WITH books AS (SELECT split_part(a.code, ':', 2) AS slug, a.currency, sum(CASE WHEN t.credit_id = a.id THEN t.amount_minor
            ELSE -t.amount_minor END) AS minor FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.credit_id, t.debit_id)
          WHERE a.code ~ '^partner:.*:pending$' GROUP BY 1, 2
        ), sold AS (SELECT p.slug, o.currency, sum((s ->> 'amount')::bigint - (s ->> 'refunded')::bigint) AS minor
          FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN partners p ON p.id = l.partner_id
          CROSS JOIN LATERAL (SELECT jsonb_array_elements(l.shares) UNION ALL
            SELECT jsonb_array_elements(k.shares) FROM line_covers k WHERE k.line_id = l.id) AS a(s)
          WHERE o.paid_at IS NOT NULL AND l.earned_at IS NULL AND s ->> 'to' LIKE 'partner:%' GROUP BY 1, 2)
        SELECT format('%s: the books say %s pending, its unserved lines %s', slug, coalesce(b.minor, 0), coalesce(s.minor, 0))
        FROM books b FULL JOIN sold s USING (slug, currency) WHERE coalesce(b.minor, 0) <> coalesce(s.minor, 0)""",
    "cover-differs": """
        SELECT format('pool %s: the books have %s, its orders leave %s', p.slug, coalesce(b.minor, 0),
          p.filled_minor - coalesce(k.minor, 0))
        FROM subsidy_pools p LEFT JOIN LATERAL (
          SELECT sum(CASE WHEN t.credit_id = a.id THEN t.amount_minor ELSE -t.amount_minor END) AS minor
          FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.credit_id, t.debit_id) WHERE a.code = 'subsidy:' || p.slug) b ON true
        LEFT JOIN LATERAL (SELECT sum(c.amount_minor - c.returned_minor) AS minor FROM line_covers c JOIN orders o ON o.id = c.order_id
          WHERE c.pool_id = p.id AND o.paid_at IS NOT NULL) k ON true
        WHERE coalesce(b.minor, 0) <> p.filled_minor - coalesce(k.minor, 0)""",
    "pool-taken-differs": """
        SELECT format('pool %s counts %s taken, its orders hold %s', p.slug, p.taken_minor, coalesce(k.minor, 0)) FROM subsidy_pools p
        LEFT JOIN LATERAL (SELECT sum(amount_minor - returned_minor) AS minor FROM line_covers c WHERE c.pool_id = p.id AND c.is_held) k
          ON true WHERE p.taken_minor <> coalesce(k.minor, 0)""",
    "deferred-differs": """
        SELECT format('%s: the books owe %s for passes, the passes are worth %s', slug, coalesce(b.minor, 0), coalesce(p.minor, 0)) FROM (
          SELECT split_part(a.code, ':', 2) AS slug, a.currency,
            sum(CASE WHEN t.credit_id = a.id THEN t.amount_minor ELSE -t.amount_minor END) AS minor
          FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.credit_id, t.debit_id)
          WHERE a.code ~ '^partner:.*:deferred$' GROUP BY 1, 2
        ) b FULL JOIN (SELECT n.slug, s.currency, sum(s.value_minor + coalesce(w.minor, 0)) AS minor FROM passes s
          JOIN partners n ON n.id = s.partner_id LEFT JOIN LATERAL (SELECT sum(c.amount_minor) AS minor FROM line_covers c
            JOIN orders o ON o.id = c.order_id WHERE c.pass_id = s.id AND c.is_held AND o.paid_at IS NULL) w ON true
          GROUP BY 1, 2) p USING (slug, currency) WHERE coalesce(b.minor, 0) <> coalesce(p.minor, 0)""",
    "cover-shares-do-not-add-up": """
        SELECT format('cover %s of line %s', c.source, c.line_id) FROM line_covers c CROSS JOIN LATERAL (
          SELECT coalesce(sum((s ->> 'amount')::bigint), 0) AS minor, coalesce(sum((s ->> 'refunded')::bigint), 0) AS back
          FROM jsonb_array_elements(c.shares) s) s
        WHERE s.minor <> c.amount_minor OR s.back <> c.returned_minor""",
    "payout-not-posted": """
        SELECT format('payout %s is %s, the books do not say so', p.id, p.status) FROM payouts p
        WHERE NOT EXISTS (SELECT FROM ledger_events e WHERE e.event_key = 'payout:' || p.id)
           OR (p.status <> 'asked'
             AND NOT EXISTS (SELECT FROM ledger_events e WHERE e.event_key = 'payout_' || p.status || ':' || p.id))""",
    "payout-differs": """
        SELECT format('%s: %s on the way in the books, %s in payouts', slug, coalesce(b.minor, 0), coalesce(p.minor, 0)) FROM (
          SELECT split_part(a.code, ':', 2) AS slug, sum(CASE WHEN t.credit_id = a.id THEN t.amount_minor ELSE -t.amount_minor END) AS minor
          FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.credit_id, t.debit_id)
          WHERE a.code ~ '^partner:.*:payout$' GROUP BY 1
        ) b FULL JOIN (SELECT n.slug, sum(o.amount_minor) AS minor FROM payouts o JOIN partners n ON n.id = o.partner_id
          WHERE o.status = 'asked' GROUP BY 1) p USING (slug) WHERE coalesce(b.minor, 0) <> coalesce(p.minor, 0)""",
    "one-person-confirmed": "SELECT format('payout run %s', id) FROM payout_runs WHERE confirmed_by = exported_by",
    "refund-without-books": """
        SELECT format('refund %s of order %s', r.id, r.order_id) FROM payment_refunds r
        WHERE r.status <> 'failed' AND NOT EXISTS (SELECT FROM ledger_events e WHERE e.event_key = 'refund:' || r.id)""",
    "failed-refund-forgotten": """
        SELECT format('refund %s of order %s', r.id, r.order_id) FROM payment_refunds r
        WHERE r.status = 'failed' AND r.repeated_at IS NULL
          AND NOT EXISTS (SELECT FROM cases k WHERE k.case_key = 'refund_failed:' || r.id)""",
    "fee-not-posted": """
        SELECT format('fee of %s', t.id) FROM provider_transactions t
        WHERE t.fee_minor <> 0 AND NOT EXISTS (SELECT FROM ledger_events e WHERE e.event_key = 'provider_fee:' || t.id)""",
}


async def broken_promises(tx: Connection, *, provider_account: str) -> list[tuple[str, str]]:
    """Pairs of (check, what is wrong)."""
    found = [("clearing-differs", str(row[0])) for row in await tx.fetch(CLEARING, provider_account)]
    for check, statement in (PROMISES | donation_queries.PROMISES).items():
        found += [(check, str(row[0])) for row in await tx.fetch(statement)]
    return found


async def unsettled(tx: Connection) -> int:
    """Payments and refunds whose end at the provider is not known yet."""
    return int(
        await tx.fetchval(
            "SELECT (SELECT count(*) FROM payment_sessions WHERE status IN ('opening', 'open')) "
            "+ (SELECT count(*) FROM payment_refunds WHERE status IN ('asked', 'pending')) "
            "+ (SELECT count(*) FROM payouts WHERE rail = 'connect' AND status = 'asked') "
            "+ (SELECT count(*) FROM payout_reversals WHERE status = 'asked')"
        )
    )


async def held_by_provider(tx: Connection) -> dict[str, int]:
    """Minor units per currency that the settled rows say the provider holds."""
    return {row["currency"]: row["minor"] for row in await tx.fetch(MOVES)}
