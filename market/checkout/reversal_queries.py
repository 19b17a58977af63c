"""All SQL over transfers that are taken back."""

from collections.abc import Sequence
from uuid import UUID

from market.db import Connection, Row


async def lock_reversible(tx: Connection, partner_slug: str) -> list[Row]:
    """Transfers of a partner of which something has not been taken back, newest first, locked."""
    return await tx.fetch(
        "SELECT o.* FROM payouts o JOIN partners p ON p.id = o.partner_id WHERE p.slug = $1 AND o.rail = 'connect' AND o.status = 'sent' "
        "AND o.reversed_minor < o.amount_minor ORDER BY o.id DESC FOR NO KEY UPDATE OF o",
        partner_slug,
    )


async def insert_reversal(tx: Connection, *, payout_id: UUID, amount_minor: int, currency: str) -> UUID:
    """Ask to take back part of a transfer; what is asked for counts as taken back until it is refused."""
    row: UUID = await tx.fetchval(
        "WITH taken AS (UPDATE payouts SET reversed_minor = reversed_minor + $2 WHERE id = $1) "
        "INSERT INTO payout_reversals (payout_id, amount_minor, currency) VALUES ($1, $2, $3) RETURNING id",
        payout_id,
        amount_minor,
        currency,
    )
    return row


async def update_reversal_tried(tx: Connection, reversal_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "WITH before AS (SELECT id, tried_at FROM payout_reversals WHERE id = $1) UPDATE payout_reversals v SET tried_at = now() "
        "FROM before b, payouts o, partners p WHERE v.id = b.id AND o.id = v.payout_id AND p.id = o.partner_id AND v.status = 'asked' "
        "RETURNING v.*, o.provider_transfer, p.slug AS partner, b.tried_at AS tried_before",
        reversal_id,
    )


async def update_reversal_settled(
    tx: Connection, reversal_id: UUID, *, status: str, provider_reversal: str | None = None
) -> bool:
    """Settle a reversal; one that was refused is free to be taken back another time. False when it is settled already."""
    row = await tx.fetchval(
        "WITH settled AS (UPDATE payout_reversals SET status = $2, provider_reversal = $3, settled_at = now() "
        "WHERE id = $1 AND status = 'asked' RETURNING payout_id, amount_minor), "
        "freed AS (UPDATE payouts o SET reversed_minor = reversed_minor - s.amount_minor FROM settled s "
        "WHERE o.id = s.payout_id AND $2 = 'refused') SELECT payout_id FROM settled",
        reversal_id,
        status,
        provider_reversal,
    )
    return row is not None


async def unsettled_reversals(tx: Connection, *, older_than_s: int, limit: int) -> Sequence[UUID]:
    rows = await tx.fetch(
        "SELECT id FROM payout_reversals WHERE status = 'asked' AND coalesce(tried_at, created_at) < now() - make_interval(secs => $1) "
        "ORDER BY created_at LIMIT $2",
        float(older_than_s),
        limit,
    )
    return [row["id"] for row in rows]


async def reversing(tx: Connection, partner_slug: str) -> int:
    """What is being taken back from a partner just now (minor units): it is owed, but not to be asked for twice."""
    return int(
        await tx.fetchval(
            "SELECT coalesce(sum(v.amount_minor), 0) FROM payout_reversals v JOIN payouts o ON o.id = v.payout_id "
            "JOIN partners p ON p.id = o.partner_id WHERE p.slug = $1 AND v.status = 'asked'",
            partner_slug,
        )
    )
