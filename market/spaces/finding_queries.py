"""SQL of finding a free space: what may do, with its hours, prices and everything that takes it in a window, in one statement."""

from datetime import datetime

from market.db import Connection, Row
from market.spaces.exception_queries import EXCEPTIONS
from market.spaces.occupancy_queries import IN_THE_WAY
from market.spaces.tariff_queries import LISTS

MOST = 1000


async def candidates(
    tx: Connection, *, community: str | None, kind: str | None, people: int, minutes: int, low: datetime, high: datetime
) -> list[Row]:
    """Open spaces for so many people that can be booked for so long, with the taken periods (buffers included) between, as seconds
    since the epoch. A space meets also what takes the spaces inside it."""
    return await tx.fetch(
        f"""
        WITH RECURSIVE chosen AS (
            SELECT s.id, s.space_no FROM spaces s JOIN communities c ON c.id = s.community_id
             WHERE s.status = 'open' AND s.capacity >= $3 AND $4 BETWEEN s.min_length_min AND s.max_length_min
               AND ($2::text IS NULL OR s.kind = $2)
               AND ($1::text IS NULL OR c.path @> ARRAY(SELECT id FROM communities WHERE slug = $1)
                                        AND EXISTS (SELECT FROM communities WHERE slug = $1))
             ORDER BY s.id LIMIT $7
        ), inside AS (
            SELECT id AS top, id, space_no FROM chosen
            UNION SELECT inside.top, s.id, s.space_no FROM spaces s JOIN inside ON s.parent_id = inside.id
        ), busy AS (
            SELECT inside.top, array_agg(floor(extract(epoch FROM lower(o.period)))::bigint) AS lows,
                   array_agg(ceil(extract(epoch FROM upper(o.period)))::bigint) AS highs
              FROM occupancies o JOIN inside ON inside.id = o.space_id
             WHERE o.status <> 'released' AND o.starts_at < $6 AND o.ends_at > $5 AND {IN_THE_WAY} GROUP BY inside.top
        )
        SELECT s.*, c.slug AS community_slug, c.name AS community_name, c.name_en AS community_name_en, c.time_zone,
               coalesce(s.latitude, c.latitude) AS place_latitude, coalesce(s.longitude, c.longitude) AS place_longitude,
               e.slug AS enterprise_slug, e.name AS enterprise_name, e.name_en AS enterprise_name_en, now() AS now,
               busy.lows, busy.highs, {LISTS}, {EXCEPTIONS}
          FROM chosen JOIN spaces s ON s.id = chosen.id JOIN communities c ON c.id = s.community_id
          LEFT JOIN enterprises e ON e.id = s.enterprise_id LEFT JOIN busy ON busy.top = s.id ORDER BY s.id
        """,
        community,
        kind,
        people,
        minutes,
        low,
        high,
        MOST,
    )
