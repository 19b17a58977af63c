"""All SQL over the movements of our balance at the provider."""

from datetime import date, datetime

from market.db import Connection, Row
from market.payments.gateway import ProviderTransaction


async def newest(tx: Connection) -> datetime | None:
    at: datetime | None = await tx.fetchval("SELECT max(made_at) FROM provider_transactions")
    return at


async def insert_transaction(tx: Connection, *, provider: str, each: ProviderTransaction) -> bool:
    """Record a movement; False when it is known."""
    row = await tx.fetchval(
        "INSERT INTO provider_transactions (id, provider, kind, amount_minor, fee_minor, net_minor, currency, source, payment_id, own_id, "
        "made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING RETURNING id",
        each.id,
        provider,
        each.kind,
        each.amount_minor,
        each.fee_minor,
        each.net_minor,
        each.currency,
        each.source,
        each.payment_id,
        each.own_id,
        each.created_at,
    )
    return row is not None


async def session_of(tx: Connection, payment_id: str) -> Row | None:
    return await tx.fetchrow("SELECT id, order_id FROM payment_sessions WHERE provider_payment = $1", payment_id)


# What our rows say about a day, beside what the provider says about it. Ours that settled near midnight may be theirs of the next
# day, so a row of the other side is looked for in all time.
COMPARED = """
WITH theirs AS (
  SELECT id, CASE WHEN kind IN ('charge', 'payment') THEN 'payment' WHEN kind IN ('refund', 'payment_refund') THEN 'refund'
    WHEN kind = 'adjustment' AND amount_minor < 0 THEN 'dispute' WHEN kind = 'transfer' THEN 'transfer'
    WHEN kind = 'transfer_refund' THEN 'reversal' END AS what,
    CASE WHEN kind IN ('refund', 'payment_refund', 'transfer', 'transfer_refund', 'adjustment') THEN source ELSE payment_id END AS key,
    amount_minor, currency, made_at
  FROM provider_transactions WHERE kind IN ('charge', 'payment', 'refund', 'payment_refund', 'adjustment', 'transfer', 'transfer_refund')
    AND NOT (kind = 'adjustment' AND amount_minor > 0)
), ours AS (
  SELECT 'payment' AS what, provider_payment AS key, paid_minor AS amount_minor, paid_currency AS currency, settled_at AS at, order_id
  FROM payment_sessions WHERE status = 'paid'
  UNION ALL SELECT 'refund', provider_refund, -amount_minor, currency, coalesce(settled_at, created_at), order_id FROM payment_refunds
  WHERE provider_refund IS NOT NULL
  UNION ALL SELECT 'dispute', provider_dispute, -amount_minor, currency, created_at, order_id FROM payment_disputes
  UNION ALL SELECT 'transfer', provider_transfer, -amount_minor, currency, settled_at, NULL FROM payouts WHERE provider_transfer IS NOT NULL
  UNION ALL SELECT 'reversal', provider_reversal, amount_minor, currency, settled_at, NULL FROM payout_reversals WHERE status = 'done'
)
SELECT coalesce(o.what, t.what) AS what, coalesce(o.key, t.key) AS key, o.order_id, coalesce(o.currency, t.currency) AS currency,
  o.amount_minor AS ours, t.amount_minor AS theirs, t.id AS transaction
FROM ours o FULL JOIN theirs t ON t.what = o.what AND t.key = o.key
WHERE coalesce(t.made_at, o.at) >= $1::date AND coalesce(t.made_at, o.at) < $1::date + 1
ORDER BY 1, 2
"""


async def compared(tx: Connection, day: date) -> list[Row]:
    """Every movement of a day (UTC) that either side knows: `ours` and `theirs` are signed amounts, null where one does not know it."""
    return await tx.fetch(COMPARED, day)
