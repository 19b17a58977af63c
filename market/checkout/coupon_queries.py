"""All SQL over coupons and where they were used."""

from typing import Any
from uuid import UUID

from market.db import Connection, Row

COUPONS = """
SELECT c.*, p.slug AS partner, s.slug AS pool, s.name AS pool_name, s.name_en AS pool_name_en, now() AS now FROM coupons c
LEFT JOIN partners p ON p.id = c.partner_id LEFT JOIN subsidy_pools s ON s.id = c.pool_id
"""


async def coupon(tx: Connection, *, code: str | None = None, coupon_id: UUID | None = None) -> Row | None:
    return await tx.fetchrow(COUPONS + "WHERE c.code = $1 OR c.id = $2", code, coupon_id)


async def lock_coupon(tx: Connection, code: str) -> None:
    """Nobody else uses this code until the transaction ends."""
    await tx.fetch("SELECT id FROM coupons WHERE code = $1 FOR NO KEY UPDATE", code)


async def used_by(tx: Connection, *, coupon_id: UUID, person_id: UUID) -> int:
    """How many orders of this person hold the code or were made with it."""
    return int(
        await tx.fetchval(
            "SELECT count(*) FROM coupon_uses WHERE coupon_id = $1 AND person_id = $2 AND is_held", coupon_id, person_id
        )
    )


async def coupons(tx: Connection, *, community_id: UUID | None = None, partner_id: UUID | None = None) -> list[Row]:
    """Those of a community or of a partner, newest first."""
    return await tx.fetch(
        COUPONS + "WHERE c.community_id = $1 OR c.partner_id = $2 ORDER BY c.id DESC LIMIT 200",
        community_id,
        partner_id,
    )


async def insert_coupon(tx: Connection, *, facts: dict[str, Any]) -> UUID | None:
    """The new coupon; None when the code is taken."""
    places = ", ".join(f"${number}" for number in range(1, len(facts) + 1))
    found: UUID | None = await tx.fetchval(
        f"INSERT INTO coupons ({', '.join(facts)}) VALUES ({places}) ON CONFLICT (code) DO NOTHING RETURNING id",
        *facts.values(),
    )
    return found


async def update_ended(tx: Connection, coupon_id: UUID) -> None:
    await tx.execute("UPDATE coupons SET status = 'ended' WHERE id = $1", coupon_id)


async def insert_use(tx: Connection, *, coupon_id: UUID, order_id: UUID, person_id: UUID, amount: int) -> bool:
    """Use the code once more for an order, if its limits in all and for the person allow; False: the caller must roll back."""
    return (
        await tx.fetchval(
            "WITH counted AS (UPDATE coupons SET used = used + 1 WHERE id = $1 AND status = 'open' AND used < max_total "
            "AND (SELECT count(*) FROM coupon_uses u WHERE u.coupon_id = $1 AND u.person_id = $3 AND u.is_held) < max_per_person "
            "RETURNING id) INSERT INTO coupon_uses (order_id, coupon_id, person_id, amount_minor) SELECT $2, id, $3, $4 FROM counted "
            "RETURNING order_id",
            coupon_id,
            order_id,
            person_id,
            amount,
        )
        is not None
    )


async def update_use_freed(tx: Connection, order_id: UUID) -> None:
    """The order no longer uses its code."""
    await tx.execute(
        "WITH freed AS (UPDATE coupon_uses SET is_held = false WHERE order_id = $1 AND is_held RETURNING coupon_id) "
        "UPDATE coupons c SET used = used - 1 FROM freed WHERE c.id = freed.coupon_id",
        order_id,
    )


async def update_use_held(tx: Connection, order_id: UUID) -> bool:
    """Use the code of an order once more that had ended; False when its limit is reached."""
    return bool(
        await tx.fetchval(
            "WITH again AS (UPDATE coupon_uses SET is_held = true WHERE order_id = $1 AND NOT is_held RETURNING coupon_id), "
            "counted AS (UPDATE coupons c SET used = used + 1 FROM again WHERE c.id = again.coupon_id AND c.used < c.max_total "
            "RETURNING c.id) SELECT (SELECT count(*) FROM again) = (SELECT count(*) FROM counted)",
            order_id,
        )
    )
