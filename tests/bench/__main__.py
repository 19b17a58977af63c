"""`make bench`: one command, one table. Every figure is a ratio to a yardstick measured on the same machine in the same run."""

import argparse
import asyncio
import random
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import asyncpg
import uvloop
from rich.console import Console
from rich.table import Table

from market.app import make_parts
from market.db import migrate
from market.embedded import EmbeddedPostgres
from market.people import service as people
from market.search import service as search
from market.settings import Settings
from seeds import loader
from seeds.clock import movable_clock
from tests.bench import books, data, load, machine, rooms, searching, usage
from tests.bench.load import Figures, get, post
from tests.bench.purchases import Shop, buy
from tests.bench.questions import mixed

PAGE_FACETS = "kind,category,community"  # what the search page asks to be counted
# Asked again and again, as on a page that everybody opens: answers may come from memory.
QUERIES = (
    "/api/search?q=瑜伽", "/api/search?q=yujia", "/api/search?q=书法&community=liuyuan", "/api/search?q=erhu&max_price=12000",
    "/api/search?q=taiji&sort=price", "/api/search?q=烘焙&free=false", "/api/search?q=piano&category=arts", "/api/search?q=推拿",
    "/api/search?q=空调维修&community=xiqiao", "/api/search?q=yj", "/api/search?q=晨间&kind=service", "/api/search?q=clean",
)  # fmt: skip
SEARCH = "search with facets and prices, every query new"
TPCB_S = 5
out = Console(width=150)


@dataclass
class Report:
    """The table as it grows; `unit` is requests per second of the yardstick."""

    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, what: str, figures: Figures, *, yardstick: str, unit: float, target: str = "") -> None:
        ratio = figures.per_second / unit if unit else 0.0
        self.rows.append(
            (what, f"{figures.per_second:,.0f}/s", f"{figures.percentile(0.5):.2f}", f"{figures.percentile(0.99):.2f}",
             f"{ratio:.4f} of {yardstick}", target, "failures: " + str(figures.failures) if figures.failures else "")
        )  # fmt: skip

    def note(self, what: str, value: str, target: str = "") -> None:
        self.rows.append((what, value, "", "", "", target, ""))

    def show(self) -> None:
        table = Table("what", "rate", "p50 ms", "p99 ms", "ratio", "target", "")
        for row in self.rows:
            table.add_row(*row)
        out.print(table)


def search_requests() -> list[bytes]:
    return [get(quote(f"{path}&facets={PAGE_FACETS}", safe="/?=&,:+")) for path in QUERIES]


def new_search_requests() -> list[bytes]:
    """Tens of thousands of searches of which no two are the same, in an order that jumps about: more than a run can ask."""
    words = [
        *data.WORDS.split(","),
        *data.ENGLISH.split(","),
        "yujia",
        "shufa",
        "taiji",
        "hongbei",
        "erhu",
        "yj",
        "sf",
        "clean",
    ]
    places = ("", "&community=liuyuan", "&community=xiqiao", "&community=baihe")
    paths = [
        f"/api/search?q={word}{place}&max_price={price}&facets={PAGE_FACETS}"
        for word in words
        for place in places
        for price in range(1_000, 21_000, 100)
    ]
    random.Random(7).shuffle(paths)
    return [get(quote(path, safe="/?=&,:+")) for path in paths]


def asked_search_requests(count: int = 30_000) -> list[bytes]:
    """Searches as neighbours ask them: three thousand questions, the n-th most popular one asked 1/n as often as the first."""
    paths = ["/api/search?" + urlencode({**question, "facets": PAGE_FACETS}) for question in mixed(3000)]
    rng = random.Random(11)
    rng.shuffle(paths)
    return [get(path) for path in rng.choices(paths, [1 / rank for rank in range(1, len(paths) + 1)], k=count)]


async def reads(report: Report, *, port: int, dsn: str, bare: float, label: str, seconds: float) -> dict[str, float]:
    """Search, listing, availability and quote; requests per second by name."""
    connection = await asyncpg.connect(dsn)
    listings = [
        str(row["id"])
        for row in await connection.fetch("SELECT id FROM listings WHERE status = 'published' ORDER BY id LIMIT 2000")
    ]
    spaces = [str(row["id"]) for row in await connection.fetch("SELECT id FROM spaces ORDER BY id")]
    offers = [
        str(row["id"]) for row in await connection.fetch("SELECT id FROM offers WHERE starts_at > now() LIMIT 500")
    ]
    await connection.close()
    quotes = [post("/api/quotes", b'{"lines":[{"offer_id":"%s","quantity":1}]}' % offer.encode()) for offer in offers]
    plan = (
        (SEARCH, new_search_requests(), ">= 0.10"),
        ("search, as neighbours ask", asked_search_requests(), ">= 0.10"),
        ("search, twelve queries over and over", search_requests(), ""),
        ("listing", [get(f"/api/listings/{each}") for each in listings], ">= 0.10"),
        (
            "availability of a week of one space",
            [get(f"/api/spaces/{each}/availability") for each in spaces],
            ">= 0.03",
        ),
        ("quote of one line", quotes, ""),
    )
    rates = {}
    for what, requests, target in plan:
        figures = await load.run(port, requests, clients=machine.CLIENTS, seconds=seconds)
        report.add(f"{what} ({label})", figures, yardstick="bare handler", unit=bare, target=target)
        rates[what] = figures.per_second
    return rates


async def main(
    *, sizes: list[int], engine_sizes: list[int], seconds: float, purchases: int, only_purchases: bool
) -> None:
    report = Report()
    with tempfile.TemporaryDirectory(prefix="market-bench-") as temporary:
        folder = Path(temporary)
        server = EmbeddedPostgres(folder / "pg")
        server.start()
        try:
            await _measure(
                report, server=server, folder=folder, sizes=sizes, seconds=seconds, purchases=purchases,
                only_purchases=only_purchases,
            )  # fmt: skip
        finally:
            server.stop()
    if not only_purchases:
        for what, value, target in await books.measured(seconds=seconds):
            report.note(what, value, target)
        for what, value, target in [*await rooms.measured(), *await usage.measured()]:
            report.note(what, value, target)
        for size in engine_sizes:
            # a fresh process each: what is measured is its own high-water mark
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
                for row in await asyncio.wrap_future(fresh.submit(searching.measured, size)):
                    report.note(*row)
    report.show()


async def _measure(
    report: Report,
    *,
    server: EmbeddedPostgres,
    folder: Path,
    sizes: list[int],
    seconds: float,
    purchases: int,
    only_purchases: bool,
) -> None:
    dsn = server.dsn()
    tpcb = machine.Tpcb(server)
    await migrate(dsn)
    provider_port, port = machine.free_port(), machine.free_port()
    settings = Settings(env="test", data_dir=folder, base_url=f"http://localhost:{port}", log_level="error")
    parts = make_parts(settings, dsn=dsn)
    async with parts.running(), movable_clock(dsn) as clock:
        async with clock.db.read() as connection:
            town = loader.Town(parts, now=await connection.fetchval("SELECT pg_catalog.now()"))
        await loader.found(town, clock)
        await clock.set(None)
        actor = town.neighbours["liuyuan"]
        tokens = [
            (
                await people.create_token(
                    parts.db, person_id=each.person_id, name="bench", scopes=["orders"], valid_days=1
                )
            )[1]
            for each in actor
        ]
    bare_port = machine.free_port()
    with machine.running(bare_port, *machine.granian("tests.bench.bare:app", bare_port, "--factory")):
        figures = await load.run(bare_port, [get("/bare")], clients=machine.CLIENTS, seconds=seconds)
    bare = figures.per_second
    report.add("bare Litestar handler", figures, yardstick="itself", unit=bare)
    rates: dict[int, dict[str, float]] = {}
    with machine.running(provider_port, *machine.granian("tests.bench.provider:app", provider_port)) as provider:
        for size in sizes:
            await _grow(report, parts, dsn=dsn, size=size)
            with machine.serve(port, folder, dsn, provider_port) as process:
                if not only_purchases:
                    rates[size] = await reads(report, port=port, dsn=dsn, bare=bare, label=f"{size:,}", seconds=seconds)
                if size == sizes[0]:
                    await _sell(
                        report,
                        process,
                        provider,
                        folder,
                        Shop(port, dsn, tokens, []),
                        provider_port=provider_port,
                        tpcb=tpcb,
                        purchases=purchases,
                    )
                report.note(
                    f"resident memory of the web processes ({size:,})",
                    f"{machine.resident_mb(process):.0f} MB",
                    "<= 250 MB",
                )
    selects = await machine.primary_key_selects(dsn, seconds=seconds)
    report.note("asyncpg SELECT by primary key", f"{selects:,.0f}/s = {selects / bare:.3f} of bare handler")
    if len(rates) > 1:
        report.note(
            f"cost of a search at {sizes[-1]:,} against {sizes[0]:,}",
            f"{rates[sizes[0]][SEARCH] / rates[sizes[-1]][SEARCH]:.2f}×",
            "<= 1.5×",
        )


async def _grow(report: Report, parts: Any, *, dsn: str, size: int) -> None:
    started = time.perf_counter()
    connection = await asyncpg.connect(dsn, command_timeout=600)
    await data.grow(connection, listings=size)
    await connection.execute("TRUNCATE pgqueuer")
    await connection.close()
    fresh = make_parts(parts.settings, dsn=dsn)
    async with fresh.running():
        count = await search.rebuild(fresh.db, engine=fresh.engine)
    report.note(
        f"{size:,} listings imported and indexed ({count:,} documents)",
        f"{time.perf_counter() - started:.1f} s",
        "10,000 in <= 20 s",
    )


async def _sell(
    report: Report,
    web: Any,
    provider: Any,
    folder: Path,
    shop: Shop,
    *,
    provider_port: int,
    tpcb: machine.Tpcb,
    purchases: int,
) -> None:
    connection = await asyncpg.connect(shop.dsn)
    rows = await connection.fetch(
        "SELECT o.id FROM offers o JOIN listings l ON l.id = o.listing_id WHERE o.starts_at > now() AND o.capacity = 1000 "
        "AND l.eligibility_group IS NULL AND l.price_minor > 0 LIMIT 400"
    )
    await connection.close()
    shop.offers = [str(row["id"]) for row in rows]
    postmaster = int((folder / "pg" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    with machine.work(folder, shop.dsn, provider_port) as worker:
        await buy(shop, clients=machine.CLIENTS, purchases=max(50, purchases // 10))
        alone, _ = await buy(shop, clients=1, purchases=max(50, purchases // 10))
        parties = {"web": web.pid, "worker": worker.pid, "PostgreSQL": postmaster, "provider": provider.pid}

        def cpu() -> dict[str, float]:
            return {name: machine.cpu_seconds(pid) for name, pid in parties.items()} | {
                "load generator": time.process_time()
            }

        # the yardstick before and after: a machine that others share changes its pace within a minute
        paces = [await asyncio.to_thread(tpcb.per_second, TPCB_S)]
        before = cpu()
        figures, rate = await buy(shop, clients=machine.CLIENTS, purchases=purchases)
        spent = {name: (seconds - before[name]) * 1000 / purchases for name, seconds in cpu().items()}
        paces.append(await asyncio.to_thread(tpcb.per_second, TPCB_S))
    tps = sum(paces) / len(paces)
    report.note("pgbench TPC-B, 16 clients, before and after", " and ".join(f"{pace:,.0f}/s" for pace in paces))
    report.note("CPU per purchase", ", ".join(f"{name} {ms:.1f} ms" for name, ms in spent.items()))
    report.note(
        "one purchase alone (order + webhook), p50 / p99",
        f"{alone.percentile(0.5):.1f} / {alone.percentile(0.99):.1f} ms",
        "<= 30 ms",
    )
    report.add("whole purchases, 16 clients, jobs done", figures, yardstick="TPC-B", unit=tps, target=">= 0.045")
    report.note("whole purchases against TPC-B", f"{rate / tps:.4f}", ">= 0.045")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", default="10000,100000", help="numbers of listings, comma separated")
    options.add_argument(
        "--engine-sizes", default="10000,100000,1000000", help="numbers of documents of the search engine alone"
    )
    options.add_argument("--seconds", type=float, default=8.0, help="length of each measurement")
    options.add_argument("--purchases", type=int, default=1500, help="purchases with 16 clients")
    options.add_argument(
        "--only-purchases", action="store_true", help="leave out search, listing, availability and quote"
    )
    given = options.parse_args()
    uvloop.run(
        main(
            sizes=[int(each) for each in given.sizes.split(",")],
            engine_sizes=[int(each) for each in given.engine_sizes.split(",")],
            seconds=given.seconds,
            purchases=given.purchases,
            only_purchases=given.only_purchases,
        )
    )
