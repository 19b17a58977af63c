"""SQL of placing an order: the client's key, and the order with its lines and payment session in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from market.db import Connection, Row
from market.payments.service import insert_session_sql


async def insert_key(tx: Connection, *, person_id: UUID, operation: str, key: str, body_hash: bytes) -> Row:
    """Claim a key; waits for whoever claims it now. `result_id` to make (null: used before), database `now`, `unpaid` orders."""
    row = await tx.fetchrow(
        "WITH claimed AS (INSERT INTO idempotency_keys (owner, operation, key, body_hash, result_id) VALUES ($1::uuid::text, $2, $3, $4, "
        "uuidv7()) ON CONFLICT DO NOTHING RETURNING result_id) SELECT (SELECT result_id FROM claimed) AS result_id, now() AS now, "
        "(SELECT count(*) FROM orders WHERE person_id = $1 AND status IN ('awaiting_payment', 'awaiting_approval')) AS unpaid",
        person_id,
        operation,
        key,
        body_hash,
    )
    assert row is not None
    return row


async def used_key(tx: Connection, *, person_id: UUID, operation: str, key: str) -> Row:
    """What a used idempotency key was used for."""
    row = await tx.fetchrow(
        "SELECT body_hash, result_id FROM idempotency_keys WHERE owner = $1::uuid::text AND operation = $2 AND key = $3",
        person_id,
        operation,
        key,
    )
    assert row is not None
    return row


async def insert_order(
    tx: Connection,
    *,
    order_id: UUID,
    person_id: UUID,
    pay_by: str,
    currency: str,
    payable_minor: int,
    hold_expires_at: datetime,
    session: dict[str, Any] | None,
    lines: Sequence[dict[str, Any]],
) -> list[Row]:
    """Insert an unpaid order with its frozen lines and its payment session, if it has one; returns the lines in their order, each
    with `session_id` and `session_expires_at`."""
    return await tx.fetch(
        f"WITH session AS ({insert_session_sql('$8')}), "
        "made AS (INSERT INTO orders (id, person_id, status, pay_by, currency, payable_minor, hold_expires_at, session_id) "
        "VALUES ($1, $2, 'awaiting_payment', $3, $4, $5, $6, (SELECT id FROM session)) RETURNING id), "
        "lines AS (INSERT INTO order_lines (order_id, position, kind, item_kind, community_id, time_zone, seller, seller_en, partner_id, "
        "listing_id, offer_id, space_id, occupancy_group, title, title_en, starts_at, ends_at, attendees, quantity, list_minor, "
        "payable_minor, reductions, shares, refund_until, valid_until, tariff, renter_id, cancellation, repeat) "
        "SELECT made.id, l.* FROM made, jsonb_to_recordset($7::jsonb) AS l(position int, kind text, item_kind text, community_id uuid, "
        "time_zone text, seller text, seller_en text, partner_id uuid, listing_id uuid, offer_id uuid, space_id uuid, "
        "occupancy_group uuid, title text, title_en text, starts_at timestamptz, ends_at timestamptz, attendees int, quantity int, "
        "list_minor bigint, payable_minor bigint, reductions jsonb, shares jsonb, refund_until timestamptz, valid_until timestamptz, "
        "tariff jsonb, renter_id uuid, cancellation jsonb, repeat text) RETURNING *) "
        "SELECT lines.*, session.id AS session_id, session.expires_at AS session_expires_at "
        "FROM lines LEFT JOIN session ON true ORDER BY position",
        order_id,
        person_id,
        pay_by,
        currency,
        payable_minor,
        hold_expires_at,
        list(lines),
        [session] if session else [],
    )


async def insert_refused_dates(tx: Connection, *, order_id: UUID, refused: Sequence[dict[str, Any]]) -> None:
    """Keep the dates of a series that could not be had."""
    await tx.execute(
        "INSERT INTO refused_dates (order_id, space_id, starts_at, ends_at, reason) SELECT $1, r.* FROM jsonb_to_recordset($2::jsonb) "
        "AS r(space_id uuid, starts_at timestamptz, ends_at timestamptz, reason text) ON CONFLICT DO NOTHING",
        order_id,
        list(refused),
    )


async def refused_dates(tx: Connection, *, order_id: UUID) -> list[Row]:
    """In order of time."""
    return await tx.fetch("SELECT * FROM refused_dates WHERE order_id = $1 ORDER BY starts_at, space_id", order_id)
