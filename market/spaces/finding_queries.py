"""SQL of finding a free space: all that is open with its hours and prices, and what of it is taken in a window."""

from datetime import datetime

from market.db import Connection, Row
from market.spaces.exception_queries import EXCEPTIONS
from market.spaces.occupancy_queries import IN_THE_WAY
from market.spaces.tariff_queries import LISTS

# Another number after every change of a space, a price list, a special day or a community.
STAMP = "(SELECT coalesce(sum(changed_by::text::numeric), 0)::text FROM space_changes)"


async def open_spaces(tx: Connection) -> tuple[str, list[Row]]:
    """The stamp of what was read, and every open space in the order of ids, with the slugs of its communities from the top."""
    rows = await tx.fetch(
        f"""
        SELECT v.stamp, s.*, c.slug AS community_slug, c.name AS community_name, c.name_en AS community_name_en, c.time_zone,
               (SELECT array_agg(a.slug) FROM communities a WHERE a.id = ANY(c.path)) AS community_path,
               coalesce(s.latitude, c.latitude) AS place_latitude, coalesce(s.longitude, c.longitude) AS place_longitude,
               {LISTS}, {EXCEPTIONS}
          FROM (SELECT {STAMP} AS stamp) v
          LEFT JOIN (spaces s JOIN communities c ON c.id = s.community_id) ON s.status = 'open' ORDER BY s.id
        """
    )
    return rows[0]["stamp"], [row for row in rows if row["id"] is not None]


async def parents(tx: Connection) -> list[Row]:
    """Number of every space that is inside another, and the id of that one."""
    return await tx.fetch("SELECT id, space_no, parent_id FROM spaces WHERE parent_id IS NOT NULL")


async def taken(tx: Connection, *, low: datetime, high: datetime) -> Row:
    """All that is taken between, buffers included: numbers of spaces, and beginnings and ends in seconds since the epoch side by side.
    With it the moment and the stamp, so that one statement says whether what is in memory still holds."""
    row = await tx.fetchrow(
        f"""
        SELECT now() AS now, {STAMP} AS stamp, coalesce(array_agg(o.space_no), '{{}}') AS numbers,
               coalesce(array_agg(floor(date_part('epoch', lower(o.period)))::bigint), '{{}}') AS lows,
               coalesce(array_agg(ceil(date_part('epoch', upper(o.period)))::bigint), '{{}}') AS highs
          FROM (SELECT o.space_no, o.period FROM occupancies o
                 WHERE o.status <> 'released' AND o.period && tstzrange($1, $2) AND {IN_THE_WAY} ORDER BY o.space_no) o
        """,
        low,
        high,
    )
    assert row is not None  # without GROUP BY there is always one
    return row
