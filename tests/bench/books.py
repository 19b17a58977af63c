"""Whether the books stay fast as they grow: sales posted per second and the fund page with a million transfers against ten thousand, and
one fund that gets its share of every sale against sixteen that take turns.

`python -m tests.bench.books` runs this part alone."""

import asyncio
import itertools
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from uuid import UUID

import asyncpg

from market.checkout.entries import SoldLine, SoldShare, sale_paid
from market.communities import service as communities
from market.db import Database, migrate
from market.embedded import EmbeddedPostgres
from market.funds import reading, service
from market.ledger import service as ledger
from tests import factories

CLIENTS = 16
SMALL, LARGE = 10_000, 1_000_000
PAGES = 300
_numbers = itertools.count()
Note = tuple[str, str, str]


@dataclass
class Books:
    """Sixteen communities with a development fund each, and a rule of 3 % for each."""

    db: Database
    funds: list[str]
    rules: dict[str, UUID]

    def sale(self, fund: str) -> SoldLine:
        return SoldLine(
            "瑜伽", "CNY", (SoldShare("partner:bench", 9700), SoldShare(f"fund:{fund}", 300, rule_id=self.rules[fund]))
        )

    async def post(self, funds: Sequence[str], *, seconds: float) -> float:
        """Sales per second of sixteen clients, each into the fund that is its turn; every sale is a transaction of its own."""
        end = time.perf_counter() + seconds
        done = 0

        async def client(number: int) -> None:
            nonlocal done
            fund = funds[number % len(funds)]
            while time.perf_counter() < end:
                async with self.db.transaction() as tx:
                    await ledger.post(
                        tx,
                        event_key=f"bench:{next(_numbers)}",
                        kind="sale_paid",
                        transfers=sale_paid([self.sale(fund)]),
                        reference={},
                    )
                done += 1

        await asyncio.gather(*(client(number) for number in range(CLIENTS)))
        return done / seconds

    async def page_p99_ms(self, fund: str) -> float:
        """The fund page's two questions, one reader at a time."""
        times = []
        for _ in range(PAGES):
            begun = time.perf_counter()
            await service.fund_detail(self.db, key=fund)
            await reading.entries_page(self.db, key=fund, since=None, until=None, kind=None, cursor=None)
            times.append((time.perf_counter() - begun) * 1000)
        return quantiles(times, n=100)[98]

    async def grow(self, upto: int) -> None:
        """Fill the books with sales of three months, as many transfers as wanted in all, and bring the sums up to date."""
        tx = await asyncpg.connect(self.db.dsn, command_timeout=600)
        async with tx.transaction():
            have = int(await tx.fetchval("SELECT count(*) FROM ledger_transfers"))
            await tx.execute("SET LOCAL session_replication_role = replica")
            await tx.execute(
                "CREATE TEMP TABLE grown ON COMMIT DROP AS SELECT uuidv7() AS id, now() - random() * interval '90 days' AS at, "
                "1 + (g % $2)::int AS turn FROM generate_series(1, $1) g",
                (upto - have) // 2,
                len(self.funds),
            )
            await tx.execute(
                "INSERT INTO ledger_events (id, event_key, kind, occurred_at, currency, transfer_count) "
                "SELECT id, 'grown:' || id, 'sale_paid', at, 'CNY', 2 FROM grown"
            )
            await tx.execute(
                "WITH account AS (SELECT code, id FROM ledger_accounts WHERE currency = 'CNY'), fund AS (SELECT f.slug, "
                "row_number() OVER (ORDER BY f.slug) AS turn, a.account_id, r.id AS rule_id FROM funds f "
                "JOIN fund_accounts a ON a.fund_id = f.id AND a.part = 'income' JOIN routing_rules r ON r.fund_id = f.id) "
                "INSERT INTO ledger_transfers (event_id, debit_id, credit_id, amount_minor, currency, rule_id, label, occurred_at) "
                "SELECT g.id, p.id, CASE WHEN side.is_fund THEN f.account_id ELSE s.id END, CASE WHEN side.is_fund THEN 300 ELSE 9700 END, "
                "'CNY', CASE WHEN side.is_fund THEN f.rule_id END, '瑜伽', g.at FROM grown g "
                "CROSS JOIN (VALUES (false), (true)) AS side(is_fund) "
                "JOIN fund f ON f.turn = g.turn JOIN account p ON p.code = 'provider:stripe' "
                "JOIN account s ON s.code = 'partner:bench:pending'"
            )
        await tx.execute("ANALYZE ledger_transfers, ledger_events")
        await tx.close()
        await service.roll_up(self.db)


async def _open(db: Database) -> Books:
    funds, rules = [], {}
    for number in range(CLIENTS):
        slug = f"bench{number}"
        await factories.make_community(db, slug)
        async with db.transaction() as tx:
            found = await communities.community_by_slug(tx, slug)
            await service.create_funds(tx, found)
            fund = f"{slug}-development"
            rules[fund] = await service.record_rule(
                tx, community_id=found.id, applies_to="service_turnover", fund_slug=fund, rate_bp=300, bearer="partner",
                effective_from=await tx.fetchval("SELECT now() - interval '100 days'"), approved_by="", minutes="",
            )  # fmt: skip
        funds.append(fund)
    return Books(db, funds, rules)


async def measured(*, seconds: float = 5.0, large: int = LARGE) -> list[Note]:
    """Rows of (what, value, target)."""
    with tempfile.TemporaryDirectory(prefix="market-books-") as folder:
        server = EmbeddedPostgres(Path(folder) / "pg")
        await asyncio.to_thread(server.start)
        try:
            await migrate(server.dsn())
            db = Database(server.dsn(), pool_size=CLIENTS + 2)
            await db.open()
            try:
                return await _measure(await _open(db), seconds=seconds, large=large)
            finally:
                await db.close()
        finally:
            await asyncio.to_thread(server.stop)


async def _measure(books: Books, *, seconds: float, large: int) -> list[Note]:
    await books.post(books.funds, seconds=seconds / 2)
    figures: dict[int, tuple[float, float]] = {}
    for size in (SMALL, large):
        await books.grow(size)
        await books.post(books.funds, seconds=seconds / 2)
        rate = await books.post(books.funds, seconds=seconds)
        await service.roll_up(books.db)
        figures[size] = rate, await books.page_p99_ms(books.funds[0])
    apart, together = 0.0, 0.0
    for _ in range(3):
        apart += await books.post(books.funds, seconds=seconds) / 3
        together += await books.post(books.funds[:1], seconds=seconds) / 3
    (rate, page), (rate_large, page_large) = figures[SMALL], figures[large]
    return [
        (f"sales posted with {SMALL:,} transfers in the books", f"{rate:,.0f}/s", ""),
        (f"with {large:,}", f"{rate_large:,.0f}/s = {rate_large / rate:.2f} of that", ">= 0.8"),
        (f"fund page with {SMALL:,} transfers, p99", f"{page:.1f} ms", ""),
        (f"with {large:,}, p99", f"{page_large:.1f} ms = {page_large / page:.2f}×", "<= 2×"),
        (f"{CLIENTS} sales at once into {CLIENTS} funds", f"{apart:,.0f}/s", ""),
        (f"{CLIENTS} sales at once into one fund", f"{together:,.0f}/s = {together / apart:.2f} of that", ">= 0.8"),
    ]


if __name__ == "__main__":
    for row in asyncio.run(measured()):
        print(*row, sep="   ")
