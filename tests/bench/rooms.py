"""What finding a free room costs, of a plain search: CPU of the web process and of PostgreSQL for a request, both in one run over one town.

`python -m tests.bench.rooms` runs this part alone."""

import asyncio
import json
import random
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import asyncpg

from market.app import make_parts
from market.db import migrate
from market.embedded import EmbeddedPostgres
from market.search import service as search
from market.settings import Settings
from seeds import loader
from seeds.clock import movable_clock
from tests.bench import data, load, machine
from tests.bench.questions import mixed

SPACES, LISTINGS = 500, 10_000
ZONE_H = 8
Note = tuple[str, str, str]


def wishes(count: int, *, places: Sequence[tuple[float, float]], seed: int = 3) -> list[bytes]:
    """Different wishes as the page asks them: a day of the next two weeks or a part of it, how long, for how many; a third of them
    near a place, a third with a most price."""
    rng = random.Random(seed)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=ZONE_H)
    found = []
    for number in range(count):
        low, high = rng.choice([(0, 24), (6, 12), (12, 18), (18, 24)])
        day = today + timedelta(days=rng.randrange(2, 14))
        asked: dict[str, object] = {
            "from": (day + timedelta(hours=low)).isoformat(),
            "to": (day + timedelta(hours=high)).isoformat(),
            "minutes": rng.choice([60, 60, 90, 120]),
            "people": rng.randrange(1, 12),
            "kind": "room",
        }
        if number % 3 == 0:
            latitude, longitude = rng.choice(places)
            asked["near"] = f"{latitude},{longitude}"
        if number % 3 == 1:
            asked["max_price"] = rng.randrange(20, 200) * 100
        found.append(load.get("/api/free-spaces?" + urlencode(asked)))
    return found


async def cpu_of(port: int, requests: Sequence[bytes], *, web: int, postgres: int) -> tuple[float, float]:
    """Milliseconds of CPU of the web process and of PostgreSQL for one request, after each process is warm."""
    channel = load.Channel(port)
    warm = len(requests) // 4
    for request in requests[:warm]:
        await channel.send(request)
    before = machine.cpu_seconds(web), machine.cpu_seconds(postgres)
    for request in requests[warm:]:
        status, body = await channel.send(request)
        assert status == 200, body
    after = machine.cpu_seconds(web), machine.cpu_seconds(postgres)
    await channel.close()
    web_ms, postgres_ms = ((b - a) * 1000 / (len(requests) - warm) for a, b in zip(before, after, strict=True))
    return web_ms, postgres_ms


async def measured(*, count: int = 2000) -> list[Note]:
    """Rows of (what, value, target)."""
    with tempfile.TemporaryDirectory(prefix="market-rooms-") as temporary:
        folder = Path(temporary)
        server = EmbeddedPostgres(folder / "pg")
        await asyncio.to_thread(server.start)
        try:
            await _town(folder, server.dsn())
            return await _measure(folder, server.dsn(), count=count)
        finally:
            await asyncio.to_thread(server.stop)


async def _town(folder: Path, dsn: str) -> None:
    await migrate(dsn)
    parts = make_parts(Settings(env="test", data_dir=folder, log_level="error"), dsn=dsn)
    async with parts.running(), movable_clock(dsn) as clock:
        async with clock.db.read() as connection:
            town = loader.Town(parts, now=await connection.fetchval("SELECT pg_catalog.now()"))
        await loader.found(town, clock)
    connection = await asyncpg.connect(dsn, command_timeout=600)
    await data.grow(connection, listings=LISTINGS)
    await data.grow_spaces(connection, spaces=SPACES)
    await connection.execute("TRUNCATE pgqueuer")
    await connection.close()
    fresh = make_parts(parts.settings, dsn=dsn)
    async with fresh.running():
        await search.rebuild(fresh.db, engine=fresh.engine)


async def _measure(folder: Path, dsn: str, *, count: int) -> list[Note]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT latitude, longitude FROM communities WHERE latitude IS NOT NULL")
    await connection.close()
    port = machine.free_port()
    postmaster = int((folder / "pg" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    plain = [load.get(quote("/api/search?" + urlencode(each), safe="/?=&,:+%")) for each in mixed(count)]
    rooms = wishes(count, places=[(row["latitude"], row["longitude"]) for row in rows])
    with machine.serve(port, folder, dsn, port) as web:
        channel = load.Channel(port)
        _, body = await channel.send(rooms[0])
        await channel.close()
        search_web, search_pg = await cpu_of(port, plain, web=web.pid, postgres=postmaster)
        rooms_web, rooms_pg = await cpu_of(port, rooms, web=web.pid, postgres=postmaster)
    whole = (rooms_web + rooms_pg) / (search_web + search_pg)
    return [
        ("CPU of a plain search, no question twice: web + PostgreSQL", f"{search_web:.2f} + {search_pg:.2f} ms", ""),
        (
            f"free rooms of {SPACES}, {len(json.loads(body)['items'])} found: web + PostgreSQL",
            f"{rooms_web:.2f} + {rooms_pg:.2f} ms",
            "",
        ),
        ("free rooms, of a plain search (both together)", f"{whole:.1f}×", "<= 3×"),
    ]


if __name__ == "__main__":
    for row in asyncio.run(measured()):
        print(*row, sep="   ")
