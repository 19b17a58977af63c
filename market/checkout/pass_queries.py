"""All SQL over passes: what is sold as one, what is left of each, and taking and returning units."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from market.db import Connection, Row

PASSES = """
SELECT s.*, l.title, l.title_en, p.slug AS partner, p.name AS partner_name, p.name_en AS partner_name_en,
       s.valid_until > now() AS is_valid,
       ARRAY(SELECT jsonb_build_object('id', o.id, 'title', o.title, 'title_en', o.title_en) FROM listings o
             WHERE o.id = ANY (s.listing_ids) ORDER BY o.title) AS pays_for
FROM passes s JOIN order_lines l ON l.id = s.line_id JOIN partners p ON p.id = s.partner_id
"""


async def units_of(tx: Connection, listing_ids: Collection[UUID]) -> dict[UUID, int]:
    """Which of these listings are passes, with their units."""
    rows = await tx.fetch("SELECT listing_id, units FROM pass_kinds WHERE listing_id = ANY ($1)", list(listing_ids))
    return {row["listing_id"]: row["units"] for row in rows}


async def kinds(tx: Connection, partner_id: UUID) -> list[Row]:
    """What a partner sells as passes, with how many were sold and how many units are still owed."""
    return await tx.fetch(
        "SELECT k.*, l.title, l.title_en, l.price_minor, l.currency, l.valid_days, l.status, "
        "ARRAY(SELECT jsonb_build_object('id', o.id, 'title', o.title, 'title_en', o.title_en) FROM listings o "
        "WHERE o.id = ANY (k.listing_ids) ORDER BY o.title) AS pays_for, n.sold, n.units_owed, n.owed_minor "
        "FROM pass_kinds k JOIN listings l ON l.id = k.listing_id CROSS JOIN LATERAL (SELECT count(*)::int AS sold, "
        "coalesce(sum(s.units_left), 0)::int AS units_owed, coalesce(sum(s.value_minor), 0)::bigint AS owed_minor "
        "FROM passes s JOIN order_lines o ON o.id = s.line_id WHERE o.listing_id = k.listing_id) n "
        "WHERE k.partner_id = $1 ORDER BY l.title, k.listing_id",
        partner_id,
    )


async def lock_own_listings(tx: Connection, *, partner_id: UUID, listing_ids: Sequence[UUID]) -> list[Row]:
    """Those of the listings that the partner has."""
    return await tx.fetch(
        "SELECT id, kind, price_minor, valid_days FROM listings WHERE partner_id = $1 AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE",
        partner_id,
        list(listing_ids),
    )


async def upsert_kind(tx: Connection, *, facts: dict[str, Any]) -> None:
    """Say what a listing is as a pass; what was sold before stays as it was announced."""
    await tx.execute(
        "INSERT INTO pass_kinds (listing_id, partner_id, units, listing_ids, leftover, created_by) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (listing_id) DO UPDATE SET units = excluded.units, listing_ids = excluded.listing_ids, leftover = excluded.leftover",
        *(facts[name] for name in ("listing_id", "partner_id", "units", "listing_ids", "leftover", "created_by")),
    )


async def insert_passes(tx: Connection, order_id: UUID) -> None:
    """The passes that an order which has just been paid bought."""
    await tx.execute(
        "INSERT INTO passes (line_id, order_id, person_id, partner_id, listing_ids, leftover, units, units_left, value_minor, currency, "
        "valid_until) SELECT l.id, o.id, o.person_id, k.partner_id, k.listing_ids, k.leftover, k.units * l.quantity, "
        "k.units * l.quantity, l.payable_minor, o.currency, coalesce(l.valid_until, now() + interval '1 year') "
        "FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN pass_kinds k ON k.listing_id = l.listing_id "
        "WHERE o.id = $1 AND l.item_kind = 'pass'",
        order_id,
    )


async def passes(
    tx: Connection,
    *,
    person_id: UUID,
    listing_ids: Collection[UUID] | None = None,
    pass_ids: Collection[UUID] | None = None,
) -> list[Row]:
    """A person's passes, newest first: all, those that can pay for one of these listings now, or these."""
    return await tx.fetch(
        PASSES
        + "WHERE s.person_id = $1 AND ($2::uuid[] IS NULL OR (s.listing_ids && $2 AND s.units_left > 0 AND s.valid_until > now())) "
        "AND ($3::uuid[] IS NULL OR s.id = ANY ($3)) ORDER BY s.valid_until, s.id",
        person_id,
        None if listing_ids is None else list(listing_ids),
        None if pass_ids is None else list(pass_ids),
    )


async def lock_passes(tx: Connection, pass_ids: Collection[UUID]) -> None:
    """Nobody else uses these until the transaction ends."""
    await tx.fetch("SELECT id FROM passes WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE", list(pass_ids))


async def lock_passes_of(tx: Connection, order_id: UUID) -> None:
    """Nobody uses the passes that an order bought until the transaction ends."""
    await tx.fetch("SELECT id FROM passes WHERE order_id = $1 ORDER BY id FOR NO KEY UPDATE", order_id)


async def take(tx: Connection, *, pass_id: UUID, units: int, amount: int) -> bool:
    """Take units that are worth `amount` together; False when the pass has not so many, or not for that."""
    return (
        await tx.fetchval(
            "UPDATE passes SET units_left = units_left - $2, value_minor = value_minor - $3 WHERE id = $1 AND valid_until > now() AND "
            "(units_left > $2 AND value_minor - $3 >= units_left - $2 OR units_left = $2 AND value_minor = $3) RETURNING id",
            pass_id,
            units,
            amount,
        )
        is not None
    )


async def update_returned(tx: Connection, *, pass_id: UUID, units: int, amount: int) -> None:
    """Units that were taken are back, worth what they were."""
    await tx.execute(
        "UPDATE passes SET units_left = units_left + $2, value_minor = value_minor + $3 WHERE id = $1",
        pass_id,
        units,
        amount,
    )


async def update_refunded(tx: Connection, *, line_id: UUID, amount: int, is_whole: bool) -> None:
    """Money of a pass went back: what is left is worth that much less, nothing when it was given back whole."""
    await tx.execute(
        "UPDATE passes SET value_minor = n.value, units_left = least(units_left, n.value) FROM (SELECT CASE WHEN $3 THEN 0 "
        "ELSE greatest(0, value_minor - $2) END AS value FROM passes WHERE line_id = $1) n WHERE line_id = $1",
        line_id,
        amount,
        is_whole,
    )


async def ended(tx: Connection, *, limit: int) -> list[Row]:
    """Passes whose time is over while something is left."""
    return await tx.fetch(
        "SELECT id, order_id FROM passes WHERE units_left > 0 AND valid_until <= now() ORDER BY valid_until LIMIT $1",
        limit,
    )


async def lock_ended(tx: Connection, pass_id: UUID) -> Row | None:
    """A pass that is over with something left, locked, with what its sharing depends on."""
    return await tx.fetchrow(
        "SELECT s.*, l.title, l.community_id, p.slug AS partner, p.name AS partner_name, p.name_en AS partner_name_en FROM passes s "
        "JOIN order_lines l ON l.id = s.line_id JOIN partners p ON p.id = s.partner_id "
        "WHERE s.id = $1 AND s.units_left > 0 AND s.valid_until <= now() FOR NO KEY UPDATE OF s",
        pass_id,
    )


async def update_expired(tx: Connection, pass_id: UUID) -> None:
    await tx.execute(
        "UPDATE passes SET units_left = 0, value_minor = 0, expiries = expiries + 1 WHERE id = $1", pass_id
    )
