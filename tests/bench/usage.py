"""What five years of five hundred spaces cost to look at, of one month: the heat map and the ranking of the page of utilisation.

`python -m tests.bench.usage` runs this part alone."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from market.checkout import usage
from market.checkout.usage import Asked
from market.checkout.usage_queries import By
from market.db import Database, migrate
from market.embedded import EmbeddedPostgres
from tests import factories

COMMUNITIES, SPACES, YEARS = 10, 500, 5
KINDS = ("room", "room", "stall", "pitch")
LOOKS = 7
PAGES: dict[str, By] = {"heat map": "weekday_hour", "ranking": "space"}
Note = tuple[str, str, str]

FIRST_DAY = "UPDATE space_weeks SET first_day = (now() AT TIME ZONE 'Asia/Shanghai')::date - $1::int"
# Thirteen open hours a day, of which about half were booked.
HOURS = """
INSERT INTO space_hours (space_id, day, hour, is_leaf, open_s, bookable_s, booked_s, used_s, public_s, cancelled_s, no_show_s, visits,
                         revenue_minor)
SELECT s.id, d.day, h, true, 3600, 3600, b.booked, b.booked, CASE WHEN h < 10 THEN b.booked ELSE 0 END, 0, 0, b.booked / 600, b.booked
  FROM spaces s
 CROSS JOIN (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date - n AS day FROM generate_series(1, $1::int) AS n) d
 CROSS JOIN generate_series(8, 20) AS h
 CROSS JOIN LATERAL (SELECT ((s.space_no + h + extract(doy FROM d.day)::int) % 4) * 1200 AS booked) b
 WHERE s.community_id = $2
 ORDER BY s.id, d.day, h
"""
SUMS = "SELECT sum_space_hours($2, (now() AT TIME ZONE 'Asia/Shanghai')::date - $1::int, (now() AT TIME ZONE 'Asia/Shanghai')::date)"
COUNTED = (
    "INSERT INTO space_counts (community_id, counted_until) VALUES ($1, (now() AT TIME ZONE 'Asia/Shanghai')::date)"
)


async def grow(db: Database, *, spaces: int, days: int) -> None:
    """A street of so many spaces in ten communities, counted for so many days."""
    for number in range(COMMUNITIES):
        await factories.make_community(db, f"bench{number}")
    for number in range(spaces):
        place = f"bench{number % COMMUNITIES}"
        await factories.make_space(db, f"{number}", community=place, kind=KINDS[number % len(KINDS)])
    connection: Any = await asyncpg.connect(db.dsn, command_timeout=900)
    await connection.execute(FIRST_DAY, days)
    for row in await connection.fetch("SELECT DISTINCT community_id AS id FROM spaces"):
        await connection.execute(HOURS, days, row["id"])
        await connection.fetch(SUMS, days, row["id"])
        await connection.execute(COUNTED, row["id"])
    await connection.execute("VACUUM ANALYZE space_hours, space_months, space_kind_hours, spaces")
    await connection.close()


async def look_ms(db: Database, asked: Asked, by: By) -> float:
    """Milliseconds of one page, the middle of some."""
    times = []
    for _ in range(LOOKS):
        begun = time.perf_counter()
        async with db.read() as tx:
            rows: Sequence[Any] = await usage.figures(tx, asked, by, "total")
        times.append((time.perf_counter() - begun) * 1000)
        assert all(rows)
    return median(times)


async def measured(*, spaces: int = SPACES, years: int = YEARS) -> list[Note]:
    """Rows of (what, value, target)."""
    with tempfile.TemporaryDirectory(prefix="market-usage-") as folder:
        server = EmbeddedPostgres(Path(folder) / "pg", durable=False)
        await asyncio.to_thread(server.start)
        try:
            await migrate(server.dsn())
            db = Database(server.dsn(), pool_size=4)
            await db.open()
            try:
                await grow(db, spaces=spaces, days=years * 365 + 1)
                return await _measure(db, spaces=spaces, years=years)
            finally:
                await db.close()
        finally:
            await asyncio.to_thread(server.stop)


async def _measure(db: Database, *, spaces: int, years: int) -> list[Note]:
    async with db.read() as tx:
        street: UUID = await tx.fetchval("SELECT id FROM communities WHERE slug = 'street-one'")
        today: date = await tx.fetchval("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date")
    notes = []
    for page, by in PAGES.items():
        month, whole = [
            await look_ms(
                db, Asked(street, "street-one", ZoneInfo("Asia/Shanghai"), "CNY", today - timedelta(days), today), by
            )
            for days in (30, years * 365)
        ]
        notes.append(
            (
                f"{page} of {spaces} spaces: {years} years, of the last 30 days",
                f"{whole:.0f} ms / {month:.0f} ms = {whole / month:.1f}×",
                "<= 5×",
            )
        )
    return notes


if __name__ == "__main__":
    for row in asyncio.run(measured()):
        print(*row, sep="   ")
