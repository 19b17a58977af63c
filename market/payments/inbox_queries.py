"""All SQL over the webhook inbox, and the locks under which events and our own rows meet."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from market.db import Connection, Row

# Two transactions that speak of the same provider id take turns, so that an event cannot slip between "our row has that id"
# and "events that wait for it" (M15). The first of two ids is always a session, so the order is the same for all.
LOCK_IDS = "SELECT count(pg_advisory_xact_lock(hashtextextended(id, 71820))) FROM unnest({}::text[]) AS id"


async def insert_event(
    tx: Connection, *, provider: str, event_id: str, kind: str, payload: dict[str, Any], ids: Sequence[str]
) -> UUID | None:
    """Record an event as handled, under the locks of the ids it speaks of; None when it was recorded before (M11)."""
    row: UUID | None = await tx.fetchval(
        f"WITH locked AS MATERIALIZED ({LOCK_IDS.format('$5')}) "
        "INSERT INTO webhook_inbox (provider, event_id, type, payload, waits_for, handled_at, outcome) "
        "SELECT $1, $2, $3, $4, ($5::text[])[1], now(), 'handled' FROM locked "
        "ON CONFLICT (provider, event_id) DO NOTHING RETURNING id",
        provider,
        event_id,
        kind,
        payload,
        list(ids),
    )
    return row


async def update_event(tx: Connection, event: UUID, *, outcome: str, parked: bool) -> None:
    await tx.execute(
        "UPDATE webhook_inbox SET outcome = $2, handled_at = CASE WHEN $3 THEN NULL ELSE now() END WHERE id = $1",
        event,
        outcome,
        parked,
    )


async def lock_parked_event(tx: Connection, event: UUID) -> Row | None:
    """A parked event, unless someone else has it."""
    return await tx.fetchrow(
        "SELECT id, event_id, type, payload FROM webhook_inbox WHERE id = $1 AND handled_at IS NULL FOR UPDATE SKIP LOCKED",
        event,
    )


async def lock_ids(tx: Connection, ids: Sequence[str]) -> None:
    await tx.fetchval(LOCK_IDS.format("$1"), list(ids))


async def parked_events(tx: Connection, ids: Sequence[str]) -> list[UUID]:
    """Parked events that wait for one of these provider ids, oldest first."""
    rows = await tx.fetch(
        "SELECT id FROM webhook_inbox WHERE handled_at IS NULL AND waits_for = ANY($1) ORDER BY id", list(ids)
    )
    return [row["id"] for row in rows]


async def answerable_events(tx: Connection, limit: int) -> list[UUID]:
    """Parked events whose session or payment we know by now."""
    rows = await tx.fetch(
        "SELECT id FROM webhook_inbox i WHERE handled_at IS NULL AND (EXISTS (SELECT FROM payment_sessions s "
        "WHERE s.provider_session = i.waits_for) OR EXISTS (SELECT FROM payment_sessions s WHERE s.provider_payment = i.waits_for)) "
        "ORDER BY id LIMIT $1",
        limit,
    )
    return [row["id"] for row in rows]


async def update_hopeless_events(tx: Connection) -> int:
    """Close what waited a week: it is of another program on the same provider account. Returns how many."""
    rows = await tx.fetch(
        "UPDATE webhook_inbox SET handled_at = now(), outcome = 'ignored: about nothing of ours' "
        "WHERE handled_at IS NULL AND received_at < now() - interval '7 days' RETURNING id"
    )
    return len(rows)
