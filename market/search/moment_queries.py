"""SQL of sessions in an asked time, as the database has them now."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from market.db import Connection
from market.search.rules import resident_price
from market.search.schemas import NextOffer

# The first offer of each listing that begins on one of the days and in the hours; null stands for any.
NEXT_AT = """
SELECT DISTINCT ON (o.listing_id) o.listing_id, o.id, o.starts_at, o.capacity - o.taken AS remaining,
  coalesce(o.price_minor, l.price_minor) AS price_minor, l.has_resident_price, c.policies
FROM offers o
JOIN listings l ON l.id = o.listing_id
JOIN communities c ON c.id = l.community_id
WHERE o.listing_id = ANY ($1::uuid[]) AND o.status = 'open' AND o.taken < o.capacity
  AND coalesce(o.sale_ends_at, o.ends_at, 'infinity') > now()
  AND ($2::date[] IS NULL OR (o.starts_at AT TIME ZONE c.time_zone)::date = ANY ($2))
  AND ($3::int IS NULL OR extract(hour FROM o.starts_at AT TIME ZONE c.time_zone) BETWEEN $3 AND $4 - 1)
ORDER BY o.listing_id, o.starts_at NULLS LAST, o.id
"""


async def next_at(
    tx: Connection, *, listings: Sequence[UUID], days: Sequence[date] | None, hours: tuple[int, int] | None
) -> dict[str, tuple[NextOffer, int, int | None]]:
    """By listing the first offer on one of the local days and within the local hours, with its price and the residents' price."""
    first, end = hours or (None, None)
    rows = await tx.fetch(NEXT_AT, list(listings), None if days is None else list(days), first, end)
    return {
        str(row["listing_id"]): (
            NextOffer(row["id"], row["starts_at"], row["remaining"]),
            row["price_minor"],
            resident_price(row["policies"], row["price_minor"], takes_part=row["has_resident_price"]),
        )
        for row in rows
    }
