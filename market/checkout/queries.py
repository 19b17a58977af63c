"""All SQL over orders, their lines, desk payments and idempotency keys; vouchers are in voucher_queries.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from market import jobs
from market.db import Connection, Row
from market.payments.service import page_sql

# Orders whose lines count towards a limit per person: what is held or bought and not given back.
COUNTED = "('awaiting_approval', 'awaiting_payment', 'paid', 'completed', 'partly_refunded')"


# An order with the address of its payment page while it can be paid there, and the database's time.
_ORDER = (
    f"SELECT *, CASE WHEN status = 'awaiting_payment' THEN {page_sql('orders.session_id')} END AS checkout_url, "
    "now() AS now FROM orders"
)
_RECEIPT = jobs.enqueue_sql("checkout.receipt", payload="json_build_object('order_id', id)", source="paid")


async def database_now(tx: Connection) -> datetime:
    now: datetime = await tx.fetchval("SELECT now()")
    return now


async def units_bought(tx: Connection, *, person_id: UUID, listing_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Units of each listing that the person holds or bought, that were not given back and are not over."""
    rows = await tx.fetch(
        "SELECT l.listing_id, sum(l.quantity)::int AS units FROM order_lines l JOIN orders o ON o.id = l.order_id "
        f"WHERE l.listing_id = ANY($2) AND o.person_id = $1 AND o.status IN {COUNTED} AND l.refunded_at IS NULL "
        "AND (l.ends_at IS NULL OR l.ends_at > now()) GROUP BY l.listing_id",
        person_id,
        list(listing_ids),
    )
    return {row["listing_id"]: row["units"] for row in rows}


async def lock_limits(tx: Connection, *, person_id: UUID, listing_ids: Sequence[UUID]) -> None:
    """One cart of this person at a time may look how many of these listings it may have; callers give the ids in order."""
    await tx.fetchval(
        "SELECT count(pg_advisory_xact_lock(hashtextextended($1::uuid::text || id, 71821))) FROM unnest($2::uuid[]) AS id",
        person_id,
        list(listing_ids),
    )


async def order(tx: Connection, order_id: UUID) -> Row | None:
    return await tx.fetchrow(f"{_ORDER} WHERE id = $1", order_id)


async def orders(tx: Connection, order_ids: Sequence[UUID]) -> list[Row]:
    return await tx.fetch(f"{_ORDER} WHERE id = ANY($1) ORDER BY id", list(order_ids))


async def lock_order(tx: Connection, order_id: UUID) -> Row | None:
    """An order, locked: whatever changes an order takes this lock first."""
    return await tx.fetchrow(f"{_ORDER} WHERE id = $1 FOR NO KEY UPDATE", order_id)


async def lines_of(tx: Connection, order_ids: Sequence[UUID]) -> list[Row]:
    """The lines of orders in their order, `pass_value` with what is left of a pass that was bought."""
    return await tx.fetch(
        "SELECT l.*, s.value_minor AS pass_value FROM order_lines l LEFT JOIN passes s ON s.line_id = l.id "
        "WHERE l.order_id = ANY($1) ORDER BY l.order_id, l.position",
        list(order_ids),
    )


async def orders_of_person(tx: Connection, *, person_id: UUID, before: UUID | None, limit: int) -> list[Row]:
    """A page of a person's orders, newest first, each with its first title and next start."""
    return await tx.fetch(
        "SELECT o.*, f.title, f.title_en, f.lines, f.next_starts_at FROM orders o CROSS JOIN LATERAL (SELECT "
        "(array_agg(l.title ORDER BY l.position))[1] AS title, (array_agg(l.title_en ORDER BY l.position))[1] AS title_en, "
        "count(*)::int AS lines, min(l.starts_at) FILTER (WHERE l.ends_at > now() AND l.refunded_at IS NULL) AS next_starts_at "
        "FROM order_lines l WHERE l.order_id = o.id) f "
        "WHERE o.person_id = $1 AND ($2::uuid IS NULL OR o.id < $2) ORDER BY o.id DESC LIMIT $3",
        person_id,
        before,
        limit,
    )


async def lines_of_partner(tx: Connection, *, partner_id: UUID, before: UUID | None, limit: int) -> list[Row]:
    """A page of a partner's sold lines, newest first; nothing about the buyer."""
    return await tx.fetch(
        "SELECT l.*, shares_with_covers(l.id, l.shares) AS all_shares, o.status AS order_status, o.currency, v.redeemed, "
        "v.total FROM order_lines l JOIN orders o ON o.id = l.order_id "
        "CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE status = 'redeemed')::int AS redeemed, count(*)::int AS total "
        "FROM vouchers WHERE line_id = l.id) v "
        "WHERE l.partner_id = $1 AND o.paid_at IS NOT NULL AND ($2::uuid IS NULL OR l.id < $2) ORDER BY l.id DESC LIMIT $3",
        partner_id,
        before,
        limit,
    )


async def desk_orders(tx: Connection, *, community_id: UUID, before: UUID | None, limit: int) -> list[Row]:
    """Orders with a line in the community that wait for money at a desk, newest first."""
    return await tx.fetch(
        "SELECT o.*, p.name AS person_name, "
        "(SELECT l.title FROM order_lines l WHERE l.order_id = o.id AND l.community_id = $1 ORDER BY l.position LIMIT 1) AS title "
        "FROM orders o JOIN persons p ON p.id = o.person_id WHERE o.status = 'awaiting_payment' AND o.pay_by = 'desk' "
        "AND EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id AND l.community_id = $1) "
        "AND ($2::uuid IS NULL OR o.id < $2) ORDER BY o.id DESC LIMIT $3",
        community_id,
        before,
        limit,
    )


async def update_order_session(tx: Connection, order_id: UUID, *, session_id: UUID) -> None:
    """Tie an order to a new payment session, whose page is not known yet."""
    await tx.execute("UPDATE orders SET session_id = $2 WHERE id = $1", order_id, session_id)


async def update_order_closed(tx: Connection, order_id: UUID, *, status: str, note: str = "") -> None:
    """End an unpaid order (`expired` or `cancelled`)."""
    await tx.execute(
        "UPDATE orders SET status = $2, note = CASE WHEN $3 = '' THEN note ELSE $3 END, hold_expires_at = NULL WHERE id = $1",
        order_id,
        status,
        note,
    )


async def update_order_note(tx: Connection, order_id: UUID, note: str) -> None:
    await tx.execute("UPDATE orders SET note = $2 WHERE id = $1", order_id, note)


async def update_order_paid(
    tx: Connection, order_id: UUID, *, session_id: UUID | None, pay_by: str, vouchers: Sequence[tuple[UUID, str]]
) -> datetime:
    """Mark an order paid, issue its vouchers, pairs of line id and code, and have its receipt sent; returns when."""
    paid_at: datetime = await tx.fetchval(
        "WITH paid AS (UPDATE orders SET status = 'paid', paid_at = now(), paid_session_id = $2, pay_by = $3, "
        "hold_expires_at = NULL, note = '' WHERE id = $1 RETURNING id, paid_at), "
        f"told AS ({_RECEIPT}), "
        "issued AS (INSERT INTO vouchers (line_id, order_id, partner_id, community_id, code, valid_until) "
        "SELECT l.id, l.order_id, l.partner_id, l.community_id, v.code, l.valid_until "
        "FROM unnest($4::uuid[], $5::text[]) AS v(line_id, code) JOIN order_lines l ON l.id = v.line_id) SELECT paid_at FROM paid",
        order_id,
        session_id,
        pay_by,
        [line_id for line_id, _ in vouchers],
        [code for _, code in vouchers],
    )
    return paid_at


async def expired_orders(tx: Connection, *, limit: int) -> list[Row]:
    """Unpaid orders, and those that staff did not decide about, whose hold is over by the database's clock, oldest first."""
    return await tx.fetch(
        "SELECT id, status, pay_by FROM orders WHERE status IN ('awaiting_payment', 'awaiting_approval') AND hold_expires_at <= now() "
        "ORDER BY hold_expires_at LIMIT $1",
        limit,
    )


async def update_lines_refunded(tx: Connection, lines: Sequence[dict[str, Any]]) -> None:
    """Write what went back of each line: `line_id`, `amount` (added), `shares`, `is_whole` (the line is given back)."""
    await tx.execute(
        "UPDATE order_lines l SET refunded_minor = l.refunded_minor + r.amount, shares = r.shares, "
        "refunded_at = CASE WHEN r.is_whole THEN coalesce(l.refunded_at, now()) ELSE l.refunded_at END "
        "FROM jsonb_to_recordset($1::jsonb) AS r(line_id uuid, amount bigint, shares jsonb, is_whole boolean) WHERE l.id = r.line_id",
        list(lines),
    )


async def update_order_refunded(tx: Connection, order_id: UUID, *, amount: int, note: str = "") -> str:
    """Add to what went back and set the status by the lines: refunded when every line went back, else partly_refunded."""
    status: str = await tx.fetchval(
        "UPDATE orders o SET refunded_minor = refunded_minor + $2, note = CASE WHEN $3 = '' THEN note ELSE $3 END, "
        "status = CASE WHEN NOT EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id AND l.refunded_at IS NULL) THEN 'refunded' "
        "ELSE 'partly_refunded' END WHERE id = $1 RETURNING status",
        order_id,
        amount,
        note,
    )
    return status


async def update_line_earned(tx: Connection, line_id: UUID) -> None:
    await tx.execute("UPDATE order_lines SET earned_at = now() WHERE id = $1 AND earned_at IS NULL", line_id)


async def update_order_completed(tx: Connection, order_id: UUID) -> None:
    """Complete a paid order of which every line is done or given back."""
    await tx.execute(
        "UPDATE orders o SET status = 'completed' WHERE id = $1 AND status = 'paid' "
        "AND NOT EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id AND l.earned_at IS NULL AND l.refunded_at IS NULL)",
        order_id,
    )


async def insert_desk_payment(
    tx: Connection,
    *,
    order_id: UUID,
    community_id: UUID,
    amount_minor: int,
    currency: str,
    method: str,
    slip: str,
    taken_by: UUID,
) -> None:
    await tx.execute(
        "INSERT INTO desk_payments (order_id, community_id, amount_minor, currency, method, slip, taken_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        order_id,
        community_id,
        amount_minor,
        currency,
        method,
        slip,
        taken_by,
    )


async def desk_payment(tx: Connection, order_id: UUID) -> Row | None:
    """The money a clerk took for an order, with the slug of the desk's community."""
    return await tx.fetchrow(
        "SELECT d.*, c.slug AS community_slug FROM desk_payments d JOIN communities c ON c.id = d.community_id WHERE d.order_id = $1",
        order_id,
    )


async def savepoint(tx: Connection, name: str) -> None:
    await tx.execute(f"SAVEPOINT {name}")


async def rollback_to(tx: Connection, name: str) -> None:
    await tx.execute(f"ROLLBACK TO SAVEPOINT {name}")
