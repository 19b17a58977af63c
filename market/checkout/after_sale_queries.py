"""SQL of what comes after a sale: the locks of partner accounts, disputes of an order, lines sold in a community."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from market.db import Connection, Row


async def lock_partner_accounts(tx: Connection, codes: Sequence[str]) -> None:
    """Who counts what a partner has available takes this first; callers give the codes in order."""
    await tx.fetchval(
        "SELECT count(pg_advisory_xact_lock(hashtextextended(code, 71822))) FROM unnest($1::text[]) AS code",
        list(codes),
    )


async def has_open_dispute(tx: Connection, order_id: UUID) -> bool:
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM payment_disputes WHERE order_id = $1 AND status = 'open')", order_id
        )
    )


async def community_slug(tx: Connection, community_id: UUID) -> str:
    slug: str = await tx.fetchval("SELECT slug FROM communities WHERE id = $1", community_id)
    return slug


async def lines_of_community(
    tx: Connection, *, community_id: UUID, before: UUID | None, limit: int, order_id: UUID | None = None
) -> list[Row]:
    """A page of what was sold in a community, newest first, or what of one order in it and below it; nothing about the buyer."""
    return await tx.fetch(
        "SELECT l.*, shares_with_covers(l.id, l.shares) AS all_shares, o.status AS order_status, o.currency, v.redeemed, "
        "v.total FROM order_lines l JOIN orders o ON o.id = l.order_id "
        "CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE status = 'redeemed')::int AS redeemed, count(*)::int AS total "
        "FROM vouchers WHERE line_id = l.id) v "
        "WHERE (l.community_id = $1 OR $4::uuid IS NOT NULL AND EXISTS (SELECT FROM communities c WHERE c.id = l.community_id "
        "AND c.path @> ARRAY[$1::uuid])) AND o.paid_at IS NOT NULL AND ($2::uuid IS NULL OR l.id < $2) "
        "AND ($4::uuid IS NULL OR l.order_id = $4) ORDER BY l.id DESC LIMIT $3",
        community_id,
        before,
        limit,
        order_id,
    )


async def orders_with_ended_lines(tx: Connection, *, grace: timedelta, limit: int) -> list[Row]:
    """Paid orders (`id`) with the lines (`line_ids`) that are over and past their refund window and not done: sessions and bookings that
    ended, and open vouchers that nobody used until `grace` after their time (`kind` tells which)."""
    return await tx.fetch(
        "SELECT o.id, due.kind, array_agg(due.id) AS line_ids FROM (SELECT id, order_id, ends_at AS at, 'booking_ended' AS kind "
        "FROM order_lines WHERE ends_at <= now() AND earned_at IS NULL AND refunded_at IS NULL AND refund_until <= now() "
        "UNION ALL SELECT id, order_id, valid_until, 'voucher_expired' FROM order_lines "
        "WHERE valid_until + $2 <= now() AND ends_at IS NULL AND earned_at IS NULL AND refunded_at IS NULL) AS due "
        "JOIN orders o ON o.id = due.order_id WHERE o.status IN ('paid', 'completed', 'partly_refunded') "
        "GROUP BY o.id, due.kind ORDER BY min(due.at) LIMIT $1",
        limit,
        grace,
    )
