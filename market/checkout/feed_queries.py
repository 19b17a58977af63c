"""SQL of calendars to subscribe to: their secret addresses, and what stands in them."""

from typing import Literal
from uuid import UUID

from market.db import Connection, Row

Owner = Literal["person_id", "partner_id", "space_id"]


async def feed_of(tx: Connection, *, owner: Owner, owner_id: UUID) -> Row | None:
    return await tx.fetchrow(f"SELECT * FROM calendar_feeds WHERE {owner} = $1", owner_id)


async def replace_feed(tx: Connection, *, owner: Owner, owner_id: UUID, token_hash: bytes, created_by: UUID) -> Row:
    """The address from now on; the one before leads nowhere."""
    await tx.execute(f"DELETE FROM calendar_feeds WHERE {owner} = $1", owner_id)
    row = await tx.fetchrow(
        f"INSERT INTO calendar_feeds (token_hash, {owner}, created_by) VALUES ($1, $2, $3) RETURNING *",
        token_hash,
        owner_id,
        created_by,
    )
    assert row is not None
    return row


async def delete_feed(tx: Connection, *, owner: Owner, owner_id: UUID) -> None:
    await tx.execute(f"DELETE FROM calendar_feeds WHERE {owner} = $1", owner_id)


async def feed_by_token(tx: Connection, token_hash: bytes) -> Row | None:
    """A calendar whose maker still acts for its owner, with its name, zone, and the reader's language."""
    return await tx.fetchrow(
        """
        SELECT f.*, b.locale, now() AS now,
               coalesce((SELECT name FROM partners WHERE id = f.partner_id), (SELECT name FROM spaces WHERE id = f.space_id), b.name)
               AS owner_name
          FROM calendar_feeds f JOIN persons b ON b.id = f.created_by
         WHERE f.token_hash = $1 AND b.deleted_at IS NULL AND (
               f.person_id = b.id
               OR (f.partner_id IS NOT NULL AND EXISTS (
                   SELECT FROM partner_members m JOIN partners p ON p.id = m.partner_id
                    WHERE m.partner_id = f.partner_id AND m.person_id = b.id AND p.status <> 'exited'))
               OR (f.space_id IS NOT NULL AND EXISTS (
                   SELECT FROM spaces s JOIN communities c ON c.id = s.community_id JOIN roles r ON r.person_id = b.id
                    WHERE s.id = f.space_id AND r.revoked_at IS NULL AND (r.community_id IS NULL OR c.path @> ARRAY[r.community_id]))))
        """,
        token_hash,
    )


_PLACE = (
    "coalesce(nullif(s.address, ''), c.address) || CASE WHEN s.name IS NULL THEN '' ELSE ' ' || s.name END AS place"
)
_LINES = f"""
    SELECT l.id AS uid, l.title, l.title_en, l.starts_at, l.ends_at, l.time_zone, l.order_id, {_PLACE},
           CASE WHEN l.refunded_at IS NOT NULL OR o.status IN ('cancelled', 'expired', 'refunded') THEN 'CANCELLED'
                WHEN o.paid_at IS NULL THEN 'TENTATIVE' ELSE 'CONFIRMED' END AS state,
           (SELECT count(*) FROM booking_moves m WHERE m.line_id = l.id)::int
             + (l.refunded_at IS NOT NULL OR o.status IN ('cancelled', 'expired', 'refunded'))::int AS sequence,
           greatest(o.created_at, o.paid_at, l.refunded_at, (SELECT max(moved_at) FROM booking_moves m WHERE m.line_id = l.id))
           AS changed_at
      FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN communities c ON c.id = l.community_id
      LEFT JOIN offers f ON f.id = l.offer_id LEFT JOIN spaces s ON s.id = coalesce(l.space_id, f.space_id)
     WHERE l.starts_at IS NOT NULL AND l.ends_at > now() - interval '60 days'
"""
MOST = 2000


async def lines_of_person(tx: Connection, person_id: UUID) -> list[Row]:
    """What a person bought or what was bought for them, with a date; what was called off stays as called off."""
    return await tx.fetch(
        _LINES
        + " AND (o.person_id = $1 OR EXISTS (SELECT FROM order_guests g WHERE g.order_id = o.id AND g.person_id = $1)) "
        "ORDER BY l.starts_at LIMIT $2",
        person_id,
        MOST,
    )


async def lines_for_partner(tx: Connection, partner_id: UUID) -> list[Row]:
    """Rooms that are booked for a partner."""
    return await tx.fetch(_LINES + " AND l.renter_id = $1 ORDER BY l.starts_at LIMIT $2", partner_id, MOST)


async def offers_of_partner(tx: Connection, partner_id: UUID) -> list[Row]:
    """The dated offers of a partner with what is taken of each."""
    return await tx.fetch(
        f"""
        SELECT f.id AS uid, l.title, l.title_en, f.starts_at, f.ends_at, c.time_zone, {_PLACE}, f.taken, f.capacity,
               CASE WHEN f.status = 'open' THEN 'CONFIRMED' ELSE 'CANCELLED' END AS state, (f.status <> 'open')::int AS sequence,
               now() AS changed_at
          FROM offers f JOIN listings l ON l.id = f.listing_id JOIN communities c ON c.id = l.community_id
          LEFT JOIN spaces s ON s.id = f.space_id
         WHERE l.partner_id = $1 AND f.starts_at IS NOT NULL AND f.ends_at > now() - interval '60 days' AND l.status <> 'draft'
         ORDER BY f.starts_at LIMIT $2
        """,
        partner_id,
        MOST,
    )


async def occupancies_of_space(tx: Connection, space_id: UUID) -> list[Row]:
    """What takes a space, without anybody's name; bookings that were paid and called off stay as called off."""
    return await tx.fetch(
        f"""
        SELECT o.group_id AS uid, o.kind, coalesce(li.title, '') AS title, coalesce(li.title_en, '') AS title_en, o.note,
               o.starts_at, o.ends_at, c.time_zone, {_PLACE}, l.attendees,
               CASE o.status WHEN 'active' THEN 'CONFIRMED' WHEN 'held' THEN 'TENTATIVE' ELSE 'CANCELLED' END AS state,
               (o.status = 'released')::int AS sequence, now() AS changed_at
          FROM occupancies o JOIN spaces s ON s.id = o.space_id JOIN communities c ON c.id = s.community_id
          LEFT JOIN order_lines l ON l.occupancy_group = o.group_id LEFT JOIN orders r ON r.id = l.order_id
          LEFT JOIN offers f ON o.kind = 'session' AND f.occupancy_group = o.group_id LEFT JOIN listings li ON li.id = f.listing_id
         WHERE o.space_id = $1 AND o.ends_at > now() - interval '60 days'
           AND (o.status = 'active' OR (o.status = 'held' AND o.held_until > now())
                OR (o.status = 'released' AND (o.kind <> 'booking' OR r.paid_at IS NOT NULL)))
         ORDER BY o.starts_at LIMIT $2
        """,
        space_id,
        MOST,
    )
