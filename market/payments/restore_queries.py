"""All SQL about which database this is, and about payments that the books have lost."""

from typing import Any
from uuid import UUID

from market.db import Connection, Row
from market.payments.gateway import SessionState

# A restore makes another cluster, another history (timeline) of the same, or another database.
IDENTITY = (
    "(SELECT concat_ws(':', s.system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), d.oid) "
    "FROM pg_control_system() s, pg_database d WHERE d.datname = current_database())"
)


async def lock_notices(tx: Connection) -> None:
    """One at a time notices that the data was restored."""
    await tx.execute("SELECT pg_advisory_xact_lock(718202657)")


async def newest(tx: Connection) -> Row | None:
    """The newest restore, or the beginning: whether it is about this database, and whether it was within a day."""
    return await tx.fetchrow(
        f"SELECT *, database_id = {IDENTITY} AS is_here, noticed_at > now() - interval '1 day' AS is_fresh FROM restores "
        "ORDER BY id DESC LIMIT 1"
    )


async def insert_beginning(tx: Connection) -> None:
    """A database that was never restored."""
    await tx.execute(f"INSERT INTO restores (database_id, caught_up_at) VALUES ({IDENTITY}, now())")


async def insert_restore(tx: Connection) -> Row:
    """This database holds what another one knew."""
    row = await tx.fetchrow(
        "INSERT INTO restores (database_id, since) VALUES "
        f"({IDENTITY}, (SELECT max(made_at) FROM provider_transactions)) RETURNING *"
    )
    assert row is not None
    return row


async def update_caught_up(tx: Connection, restore_id: UUID) -> bool:
    """False when it was before."""
    return bool(
        await tx.fetchval(
            "UPDATE restores SET caught_up_at = now() WHERE id = $1 AND caught_up_at IS NULL RETURNING true", restore_id
        )
    )


async def unknown_payments(tx: Connection, payment_ids: list[str]) -> list[str]:
    rows = await tx.fetch(
        "SELECT DISTINCT p FROM unnest($1::text[]) p WHERE NOT EXISTS (SELECT FROM payment_sessions WHERE provider_payment = p) ORDER BY p",
        payment_ids,
    )
    return [row["p"] for row in rows]


async def unknown_refunds(tx: Connection, refunds: list[tuple[str, str]]) -> list[str]:
    """The payments, of those named beside a refund, of which the refund is not known."""
    rows = await tx.fetch(
        "SELECT DISTINCT t.payment FROM unnest($1::text[], $2::text[]) t(refund, payment) "
        "WHERE NOT EXISTS (SELECT FROM payment_refunds WHERE provider_refund = t.refund) ORDER BY 1",
        [refund for refund, _ in refunds],
        [payment for _, payment in refunds],
    )
    return [row["payment"] for row in rows]


async def insert_found_session(
    tx: Connection, *, session_id: UUID, order_id: UUID, provider: str, state: SessionState
) -> bool:
    """Write a session again from what the provider says of it; False when it is known."""
    found: Any = await tx.fetchval(
        "INSERT INTO payment_sessions (id, order_id, provider, provider_session, amount_minor, currency, request, status, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, '{}', 'open', now()) ON CONFLICT DO NOTHING RETURNING id",
        session_id, order_id, provider, state.provider_session, state.amount_minor, state.currency,
    )  # fmt: skip
    return found is not None


async def found_paid(tx: Connection, payment_id: str) -> Row | None:
    """A paid session with what of it is on its way back or returned, locked."""
    row = await tx.fetchrow(
        "SELECT id FROM payment_sessions WHERE provider_payment = $1 AND status = 'paid' FOR NO KEY UPDATE", payment_id
    )
    if row is None:
        return None
    return await tx.fetchrow(
        "SELECT s.*, coalesce((SELECT sum(amount_minor) FROM payment_refunds r WHERE r.session_id = s.id AND r.status <> 'failed'), 0)"
        "::bigint AS returned_minor FROM payment_sessions s WHERE s.id = $1",
        row["id"],
    )
