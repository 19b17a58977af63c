"""All SQL over visits: what was bought and is about to be used, and where."""

from collections.abc import Sequence
from uuid import UUID

from market.db import Connection, Row

# Where a line takes place today: the booked room, the room of the session, else the address of the listing, the seller, the community.
_PLACE = (
    "c.slug AS community, c.name AS community_name, c.name_en AS community_name_en, c.desk_phone AS phone, "
    "c.address AS desk_address, coalesce(s.name, '') AS room, s.name_en AS room_en, coalesce(s.floor, '') AS floor, "
    "coalesce(nullif(s.address, ''), nullif(li.address, ''), nullif(p.address, ''), c.address) AS address"
)
_PLACED = (
    "JOIN communities c ON c.id = l.community_id LEFT JOIN offers f ON f.id = l.offer_id "
    "LEFT JOIN spaces s ON s.id = coalesce(l.space_id, f.space_id) LEFT JOIN listings li ON li.id = l.listing_id "
    "LEFT JOIN partners p ON p.id = l.partner_id"
)


async def places_of(tx: Connection, order_id: UUID) -> list[Row]:
    """The place of each line of an order, with its `line_id`, and the order's `status` and `session_id`."""
    return await tx.fetch(
        f"SELECT l.id AS line_id, o.status, o.session_id, {_PLACE} FROM orders o JOIN order_lines l ON l.order_id = o.id {_PLACED} "
        "WHERE o.id = $1",
        order_id,
    )


async def visits_of(tx: Connection, person_id: UUID, *, limit: int) -> list[Row]:
    """Codes that a person bought, or that were bought for them, that can still be used, soonest first; then those used lately."""
    return await tx.fetch(
        "SELECT v.code, v.status, v.order_id, v.valid_until, v.redeemed_at, l.title, l.title_en, l.item_kind AS kind, l.quantity, "
        f"l.seller, l.seller_en, l.listing_id, l.starts_at, l.ends_at, l.time_zone, {_PLACE}, "
        "CASE WHEN o.person_id = $1 THEN g.name END AS guest_name, CASE WHEN o.person_id <> $1 THEN b.name END AS bought_by "
        "FROM (SELECT id FROM orders WHERE person_id = $1 UNION SELECT order_id FROM order_guests WHERE person_id = $1) mine "
        "JOIN orders o ON o.id = mine.id JOIN persons b ON b.id = o.person_id LEFT JOIN order_guests g ON g.order_id = o.id "
        f"JOIN vouchers v ON v.order_id = o.id JOIN order_lines l ON l.id = v.line_id {_PLACED} "
        "WHERE (v.status = 'issued' AND (l.ends_at IS NULL OR l.ends_at > now() - interval '6 hours') "
        "AND (v.valid_until IS NULL OR v.valid_until >= now()) "
        "AND NOT EXISTS (SELECT FROM occupancies x WHERE x.group_id = l.occupancy_group AND x.no_show_at IS NOT NULL)) "
        "OR (v.status = 'redeemed' AND v.redeemed_at > now() - interval '14 days') "
        "ORDER BY v.status = 'redeemed', v.redeemed_at DESC, l.starts_at NULLS LAST, v.id LIMIT $2",
        person_id,
        limit,
    )


async def lines_to_remind(tx: Connection, *, limit: int) -> list[Row]:
    """Paid lines that start within two days and were not reminded of, locked; with who comes, where it is not the buyer."""
    return await tx.fetch(
        "SELECT l.id, l.order_id, l.title, l.title_en, l.starts_at, l.ends_at, l.time_zone, o.person_id, o.paid_at, now() AS now, "
        "g.name AS guest_name, g.phone AS guest_phone, g.person_id AS guest_id, b.locale, "
        f"coalesce(gp.wants_reminders, false) AS guest_wants, {_PLACE} "
        "FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN persons b ON b.id = o.person_id "
        f"LEFT JOIN order_guests g ON g.order_id = o.id LEFT JOIN persons gp ON gp.id = g.person_id {_PLACED} "
        "WHERE l.reminded_at IS NULL AND l.refunded_at IS NULL AND l.starts_at > now() AND l.starts_at < now() + interval '2 days' "
        "AND o.status IN ('paid', 'completed', 'partly_refunded') AND b.wants_reminders "
        "ORDER BY l.starts_at LIMIT $1 FOR NO KEY UPDATE OF l SKIP LOCKED",
        limit,
    )


async def guest_codes(tx: Connection, order_ids: Sequence[UUID]) -> list[Row]:
    """The open codes of orders for which somebody else comes than its buyer, with both and with what, when and where."""
    return await tx.fetch(
        "SELECT v.code, l.title, l.title_en, l.starts_at, l.ends_at, l.time_zone, o.person_id, b.name AS buyer, b.locale, "
        f"g.name AS guest_name, g.phone AS guest_phone, g.person_id AS guest_id, {_PLACE} "
        "FROM order_guests g JOIN orders o ON o.id = g.order_id JOIN persons b ON b.id = o.person_id "
        f"JOIN vouchers v ON v.order_id = o.id JOIN order_lines l ON l.id = v.line_id {_PLACED} "
        "WHERE g.order_id = ANY($1) AND v.status = 'issued' ORDER BY g.order_id, l.position",
        list(order_ids),
    )


async def update_lines_reminded(tx: Connection, line_ids: Sequence[UUID]) -> None:
    await tx.execute("UPDATE order_lines SET reminded_at = now() WHERE id = ANY($1)", list(line_ids))
