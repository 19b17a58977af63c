"""SQL of the timeline of staff."""

from datetime import date, datetime
from uuid import UUID

from market.db import Connection, Row


async def window(tx: Connection, *, first: date | None, days: int, zone: str) -> tuple[datetime, datetime]:
    """So many days on the wall of this zone, from a day or from today."""
    row = await tx.fetchrow(
        "SELECT d::timestamp AT TIME ZONE $3 AS low, (d + $2::int)::timestamp AT TIME ZONE $3 AS high "
        "FROM (SELECT coalesce($1::date, (now() AT TIME ZONE $3)::date) AS d) found",
        first,
        days,
        zone,
    )
    assert row is not None
    return row["low"], row["high"]


async def spaces_of(tx: Connection, *, community: UUID, limit: int) -> list[Row]:
    """What contains others comes before what is in it."""
    return await tx.fetch(
        "SELECT s.id, s.name, s.name_en, s.kind, s.parent_id, s.capacity, s.status FROM spaces s LEFT JOIN spaces p ON p.id = s.parent_id "
        "WHERE s.community_id = $1 ORDER BY coalesce(p.space_no, s.space_no), s.parent_id IS NOT NULL, s.space_no LIMIT $2",
        community,
        limit,
    )


async def entries_between(tx: Connection, *, community: UUID, low: datetime, high: datetime) -> list[Row]:
    """What takes spaces of the community between, holds that are over left out, with whose it is."""
    return await tx.fetch(
        """
        SELECT o.id, o.space_id, o.kind, o.status, o.starts_at, o.ends_at, o.is_primary AS is_own,
               coalesce(nullif(b.name, ''), li.title, lp.name, o.note) AS label, coalesce(li.title_en, lp.name_en) AS label_en,
               o.is_primary AND o.status = 'active' AND o.starts_at > now() AND (l.id IS NOT NULL OR o.kind = 'closure'
                 AND NOT EXISTS (SELECT FROM space_import_events e WHERE e.group_id = o.group_id)) AS is_movable,
               l.order_id, l.id AS line_id
          FROM spaces s JOIN occupancies o ON o.space_id = s.id AND o.status <> 'released' AND o.period && tstzrange($2, $3)
                                              AND (o.status = 'active' OR o.held_until > now())
          LEFT JOIN order_lines l ON o.kind = 'booking' AND l.occupancy_group = o.group_id
          LEFT JOIN orders r ON r.id = l.order_id LEFT JOIN persons b ON b.id = r.person_id
          LEFT JOIN offers f ON o.kind = 'session' AND f.occupancy_group = o.group_id LEFT JOIN listings li ON li.id = f.listing_id
          LEFT JOIN leases e ON o.kind = 'lease' AND e.occupancy_group = o.group_id LEFT JOIN partners lp ON lp.id = e.partner_id
         WHERE s.community_id = $1 ORDER BY o.starts_at, o.id LIMIT 5000
        """,
        community,
        low,
        high,
    )
