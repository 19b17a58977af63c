"""All SQL over payment sessions, refunds and disputes; that of the webhook inbox is in inbox_queries."""

from typing import Any
from uuid import UUID

from market.db import Connection, Row


def insert_session_sql(parameter: str) -> str:
    """For a statement that also writes what is paid for: a row for each session in this JSON parameter, a list of dictionaries of
    the columns with `held_until` and `min_life_min`; returns `id` and `expires_at`."""
    return (
        "INSERT INTO payment_sessions (order_id, provider, amount_minor, currency, request, expires_at) "
        "SELECT s.order_id, s.provider, s.amount_minor, s.currency, s.request, "
        "greatest(s.held_until, now() + make_interval(mins => s.min_life_min)) "
        f"FROM jsonb_to_recordset({parameter}::jsonb) AS s (order_id uuid, provider text, amount_minor bigint, currency text, "
        "request jsonb, held_until timestamptz, min_life_min int) RETURNING id, expires_at"
    )


async def insert_session(tx: Connection, new: dict[str, Any]) -> UUID:
    """Write the row of a `service.new_session` in the caller's transaction."""
    row: UUID = await tx.fetchval(insert_session_sql("$1"), [new])
    return row


async def session(tx: Connection, session_id: UUID) -> Row | None:
    return await tx.fetchrow("SELECT *, now() - created_at AS age FROM payment_sessions WHERE id = $1", session_id)


async def sessions_of_order(tx: Connection, order_id: UUID) -> list[Row]:
    return await tx.fetch(
        "SELECT *, now() - created_at AS age FROM payment_sessions WHERE order_id = $1 ORDER BY id", order_id
    )


async def session_by_provider_id(tx: Connection, provider_session: str) -> Row | None:
    return await tx.fetchrow("SELECT * FROM payment_sessions WHERE provider_session = $1", provider_session)


async def session_by_payment(tx: Connection, payment_id: str) -> Row | None:
    return await tx.fetchrow("SELECT * FROM payment_sessions WHERE provider_payment = $1", payment_id)


def page_sql(session: str) -> str:
    """As a column: the address at which the session that this expression names can be paid now."""
    return f"(SELECT s.checkout_url FROM payment_sessions s WHERE s.id = {session} AND s.status = 'open')"


async def update_session_opened(tx: Connection, session_id: UUID, *, provider_session: str, url: str | None) -> bool:
    """Store what the provider answered, and have the events looked at that were faster (M15); False when the row has been settled
    meanwhile. A transaction of its own (migration 0013)."""
    is_stored: bool = await tx.fetchval("SELECT payment_session_opened($1, $2, $3)", session_id, provider_session, url)
    return is_stored


async def update_session_paid(
    tx: Connection, *, provider_session: str, payment_id: str, paid_minor: int, paid_currency: str
) -> Row | None:
    """Settle a session that is not paid yet and name the events that wait for its payment; None when there is none such.

    Money that arrives after we thought the session closed still counts: it must be kept or sent back, never lost."""
    return await tx.fetchrow(
        "UPDATE payment_sessions SET status = 'paid', provider_payment = $2, paid_minor = $3, paid_currency = $4, settled_at = now() "
        "WHERE provider_session = $1 AND status <> 'paid' RETURNING *, "
        "ARRAY(SELECT i.id FROM webhook_inbox i WHERE i.handled_at IS NULL AND i.waits_for = $2 ORDER BY i.id) AS parked",
        provider_session,
        payment_id,
        paid_minor,
        paid_currency,
    )


async def update_session_closed(tx: Connection, session_id: UUID, *, status: str) -> Row | None:
    """Settle an unpaid session as `expired` or `failed`; None when it is settled already."""
    return await tx.fetchrow(
        "UPDATE payment_sessions SET status = $2, settled_at = now() WHERE id = $1 AND status IN ('opening', 'open') RETURNING *",
        session_id,
        status,
    )


async def update_unsettled_looked_at(tx: Connection, *, min_age_s: int, limit: int) -> list[Row]:
    """Take sessions whose end we do not know, longest unseen first; a session is taken by one reconciler per `min_age_s`."""
    return await tx.fetch(
        "UPDATE payment_sessions SET looked_at = now() WHERE id IN (SELECT id FROM payment_sessions WHERE status IN ('opening', 'open') "
        "AND coalesce(looked_at, created_at) < now() - make_interval(secs => $1) "
        "ORDER BY coalesce(looked_at, created_at) LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED) RETURNING *, now() - created_at AS age",
        float(min_age_s),
        limit,
    )


async def lock_paid_session(tx: Connection, *, order_id: UUID, session_id: UUID | None) -> Row | None:
    """The paid session of an order (the named one, else the newest) with what is already on its way back."""
    row = await tx.fetchrow(
        "SELECT id FROM payment_sessions WHERE order_id = $1 AND status = 'paid' AND ($2::uuid IS NULL OR id = $2) "
        "ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE",
        order_id,
        session_id,
    )
    if row is None:
        return None
    return await tx.fetchrow(
        "SELECT s.*, coalesce((SELECT sum(amount_minor) FROM payment_refunds r WHERE r.session_id = s.id AND r.status <> 'failed'), 0)"
        "::bigint AS returned_minor FROM payment_sessions s WHERE s.id = $1",
        row["id"],
    )


async def insert_refund(
    tx: Connection, *, session_id: UUID, order_id: UUID, amount_minor: int, currency: str, reason: str
) -> UUID:
    row: UUID = await tx.fetchval(
        "INSERT INTO payment_refunds (session_id, order_id, amount_minor, currency, reason) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        session_id,
        order_id,
        amount_minor,
        currency,
        reason,
    )
    return row


async def insert_foreign_refund(
    tx: Connection,
    *,
    session_id: UUID,
    order_id: UUID,
    provider_refund: str,
    amount_minor: int,
    currency: str,
    status: str,
) -> Row | None:
    """A refund made at the provider; None when it is known."""
    return await tx.fetchrow(
        "INSERT INTO payment_refunds (session_id, order_id, origin, provider_refund, amount_minor, currency, status, settled_at) "
        "VALUES ($1, $2, 'provider', $3, $4, $5, $6, CASE WHEN $6 = 'pending' THEN NULL ELSE now() END) "
        "ON CONFLICT (provider_refund) DO NOTHING RETURNING *",
        session_id,
        order_id,
        provider_refund,
        amount_minor,
        currency,
        status,
    )


async def update_refund_tried(db: Connection, refund_id: UUID) -> Row | None:
    """The refund with its payment, as it was before this try, which is noted."""
    return await db.fetchrow(
        "WITH before AS (SELECT id, tried_at FROM payment_refunds WHERE id = $1) "
        "UPDATE payment_refunds r SET tried_at = now(), looked_at = now() FROM payment_sessions s, before b "
        "WHERE r.id = b.id AND s.id = r.session_id "
        "RETURNING r.*, s.provider_payment, b.tried_at AS tried_before",
        refund_id,
    )


async def refund_by_id(tx: Connection, refund_id: UUID) -> Row | None:
    return await tx.fetchrow("SELECT * FROM payment_refunds WHERE id = $1", refund_id)


async def lock_asked_refund(tx: Connection, refund_id: UUID) -> Row | None:
    """A refund of whose end nobody has told, locked."""
    return await tx.fetchrow(
        "SELECT * FROM payment_refunds WHERE id = $1 AND status = 'asked' FOR NO KEY UPDATE", refund_id
    )


async def failed_refunds(tx: Connection, order_id: UUID) -> list[Row]:
    return await tx.fetch(
        "SELECT * FROM payment_refunds WHERE order_id = $1 AND status = 'failed' AND repeated_at IS NULL ORDER BY id",
        order_id,
    )


async def update_refund_repeated(tx: Connection, refund_id: UUID, *, by: str) -> None:
    await tx.execute("UPDATE payment_refunds SET repeated_at = now(), repeated_by = $2 WHERE id = $1", refund_id, by)


async def lock_refund(tx: Connection, *, provider_refund: str) -> Row | None:
    return await tx.fetchrow(
        "SELECT * FROM payment_refunds WHERE provider_refund = $1 FOR NO KEY UPDATE", provider_refund
    )


async def update_refund_adopted(
    tx: Connection, refund_id: UUID, *, session_id: UUID, provider_refund: str, amount_minor: int, currency: str
) -> Row | None:
    """Tie the provider's refund to the row that asked for it, if row, payment and amount agree."""
    return await tx.fetchrow(
        "UPDATE payment_refunds SET provider_refund = $3 WHERE id = $1 AND session_id = $2 AND amount_minor = $4 AND currency = $5 "
        "AND provider_refund IS NULL AND origin = 'market' RETURNING *",
        refund_id,
        session_id,
        provider_refund,
        amount_minor,
        currency,
    )


async def update_refund_status(tx: Connection, refund_id: UUID, *, status: str, reason: str = "") -> None:
    await tx.execute(
        "UPDATE payment_refunds SET status = $2, reason = CASE WHEN $3 = '' THEN reason ELSE $3 END, "
        "settled_at = CASE WHEN $2 = 'pending' THEN NULL ELSE now() END WHERE id = $1",
        refund_id,
        status,
        reason,
    )


async def update_unfinished_looked_at(tx: Connection, *, min_age_s: int, limit: int) -> list[Row]:
    """Take refunds whose end we do not know; the older one is, the rarer it is looked at (a bank may take days)."""
    return await tx.fetch(
        "UPDATE payment_refunds SET looked_at = now() WHERE id IN (SELECT id FROM payment_refunds WHERE status IN ('asked', 'pending') "
        "AND coalesce(looked_at, created_at) < now() - greatest(make_interval(secs => $1), "
        "least((now() - created_at) / 20, interval '1 hour')) "
        "ORDER BY coalesce(looked_at, created_at) LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED) RETURNING *",
        float(min_age_s),
        limit,
    )


async def lock_dispute(tx: Connection, provider_dispute: str) -> Row | None:
    return await tx.fetchrow("SELECT * FROM payment_disputes WHERE provider_dispute = $1 FOR UPDATE", provider_dispute)


async def insert_dispute(
    tx: Connection,
    *,
    session_id: UUID,
    order_id: UUID,
    provider_dispute: str,
    amount_minor: int,
    currency: str,
    status: str,
) -> UUID:
    row: UUID = await tx.fetchval(
        "INSERT INTO payment_disputes (session_id, order_id, provider_dispute, amount_minor, currency, status, settled_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $6 = 'open' THEN NULL ELSE now() END) RETURNING id",
        session_id,
        order_id,
        provider_dispute,
        amount_minor,
        currency,
        status,
    )
    return row


async def update_dispute(tx: Connection, dispute_id: UUID, *, status: str) -> None:
    await tx.execute("UPDATE payment_disputes SET status = $2, settled_at = now() WHERE id = $1", dispute_id, status)
