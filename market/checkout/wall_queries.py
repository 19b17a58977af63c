"""All SQL of times that follow the clock of their place."""

from datetime import datetime
from uuid import UUID

from market.db import Connection, Row

# What the clock shows now at the stored moments; asked in this direction, because an hour of autumn that comes twice names two moments.
_SHOWS = "(t.starts_at AT TIME ZONE c.time_zone, t.ends_at AT TIME ZONE c.time_zone) IS DISTINCT FROM (t.wall_starts_at, t.wall_ends_at)"
_THEN = (
    "t.wall_starts_at AT TIME ZONE c.time_zone AS new_starts_at, t.wall_ends_at AT TIME ZONE c.time_zone AS new_ends_at"
)
# Those that move later begin with the last, those that move earlier with the first: so neighbours make way for one another.
_IN_TURN = "CASE WHEN t.wall_starts_at AT TIME ZONE c.time_zone > t.starts_at THEN -1 ELSE 1 END * extract(epoch FROM t.starts_at), t.id"


async def drifted_groups(tx: Connection) -> list[Row]:
    """What takes spaces in the future and is not when the clock shows what was promised, in the order in which it can move."""
    return await tx.fetch(
        f"SELECT t.group_id, t.starts_at, t.ends_at, {_THEN}, c.id AS community_id, c.currency, c.time_zone, s.name AS title, "
        "s.name_en AS title_en, (SELECT min(l.order_id::text)::uuid FROM order_lines l WHERE l.occupancy_group = t.group_id) AS order_id "
        "FROM occupancies t JOIN spaces s ON s.id = t.space_id JOIN communities c ON c.id = s.community_id "
        f"WHERE t.is_primary AND t.status <> 'released' AND t.starts_at > now() AND {_SHOWS} ORDER BY {_IN_TURN}"
    )


async def drifted_offers(tx: Connection) -> list[Row]:
    """The same of sessions that take no space."""
    return await tx.fetch(
        f"SELECT t.id, t.starts_at, t.ends_at, {_THEN}, c.id AS community_id, c.currency, c.time_zone, l.title, l.title_en, "
        "NULL::uuid AS order_id FROM offers t "
        "JOIN listings l ON l.id = t.listing_id JOIN communities c ON c.id = l.community_id "
        f"WHERE t.occupancy_group IS NULL AND t.status = 'open' AND t.starts_at > now() AND {_SHOWS} ORDER BY {_IN_TURN}"
    )


async def update_offers(
    tx: Connection, *, group_id: UUID | None, offer_id: UUID | None, starts_at: datetime, ends_at: datetime
) -> list[Row]:
    """Sessions at their new moment, the end of their sale and what they need (teachers, equipment) with them."""
    return await tx.fetch(
        "WITH old AS (SELECT id, starts_at, ends_at FROM offers WHERE id = $2 OR occupancy_group = $1 FOR UPDATE), "
        "claims AS (UPDATE resource_claims r SET period = tstzrange(lower(r.period) + ($3 - old.starts_at), "
        "upper(r.period) + ($4 - old.ends_at)) FROM old WHERE r.offer_id = old.id) "
        "UPDATE offers o SET starts_at = $3, ends_at = $4, sale_ends_at = o.sale_ends_at + ($3 - old.starts_at) FROM old "
        "WHERE o.id = old.id RETURNING o.id, o.listing_id",
        group_id,
        offer_id,
        starts_at,
        ends_at,
    )


async def update_lines(
    tx: Connection, *, group_id: UUID | None, offer_ids: list[UUID], starts_at: datetime, ends_at: datetime
) -> None:
    """What was bought of them; until when it may be given back moves along."""
    await tx.execute(
        "UPDATE order_lines SET refund_until = refund_until + ($3 - starts_at), starts_at = $3, ends_at = $4 "
        "WHERE (occupancy_group = $1 OR offer_id = ANY($2)) AND starts_at IS NOT NULL",
        group_id,
        offer_ids,
        starts_at,
        ends_at,
    )
