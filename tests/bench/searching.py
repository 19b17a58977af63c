"""Search: engine time, index size and speed, growth, and how soon a change is seen while others search."""

import argparse
import asyncio
import gc
import resource
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path

from market.search import service
from market.search.documents import Document
from market.search.parameters import read_query
from market.search.rules import Query
from market.search.tantivy_engine import TantivyEngine
from market.search.understanding import understand
from market.search.vocabulary import Facts, make_lexicon
from tests.bench.questions import mixed
from tests.search.corpus import PLACES, documents, make_documents

QUESTIONS = 3000
LOT = 500
CHANGES = 30


def percentile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def read_all(today: date) -> list[Query]:
    """Different queries, read as the web process reads them, with the facets that the page shows."""
    places = tuple((f"c{number}", name, f"Community {number}") for number, name in enumerate(PLACES))
    lexicon = make_lexicon(Facts(places))
    asked = (read_query({**each, "facets": "kind,category,community"}, today=today) for each in mixed(QUESTIONS))
    return [understand(query, lexicon).query for query in asked]


async def indexer(root: Path, size: int) -> tuple[float, float]:
    """Seconds and megabytes that building an index of `size` documents costs; the making of the documents is not counted."""
    making = 0.0

    async def lots() -> AsyncIterator[list[Document]]:
        nonlocal making
        made = documents(size)
        while True:
            begun = time.perf_counter()
            lot = list(islice(made, LOT))
            making += time.perf_counter() - begun
            if not lot:
                return
            yield lot

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    engine = TantivyEngine(root)
    await engine.rebuild(lots())
    await engine.aclose()
    spent = time.perf_counter() - started - making
    return spent, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e3


async def engine_times(root: Path) -> list[float]:
    """Milliseconds of one core that the engine takes for each question, none asked twice."""
    engine = TantivyEngine(root)
    questions = read_all(date.today())  # noqa: DTZ011 - the day of the machine that is measured - the corpus counts from the same day
    await service.ask(engine, questions[0])
    gc.collect()
    gc.freeze()  # as the web process does
    spent = []
    for query in questions[1:]:
        started = time.thread_time()
        hits, _ = await service.ask(engine, query)
        assert len(hits.facets) == 3
        spent.append((time.thread_time() - started) * 1000)
    await engine.aclose()
    return spent


async def seen_after(root: Path) -> list[float]:
    """Seconds until another process's reader would see a change, while questions are asked without a pause."""
    writer, reader = TantivyEngine(root), TantivyEngine(root)
    questions = read_all(date.today())  # noqa: DTZ011 - any day will do, the questions are only to keep the reader busy
    [document] = make_documents(1, seed=99)
    waits = []
    for number in range(CHANGES):
        fresh = Document(
            **{name: getattr(document, name) for name in Document.__slots__} | {"title": f"新开课{number}号"}
        )
        started = time.perf_counter()
        await writer.replace([fresh])
        turn = number
        while (await reader.search(Query(today=questions[0].today, text=fresh.title, limit=1))).total == 0:
            await service.ask(reader, questions[turn := (turn + 1) % len(questions)])
            await asyncio.sleep(0)
        waits.append(time.perf_counter() - started)
    await writer.aclose()
    await reader.aclose()
    return waits


def measured(size: int) -> list[tuple[str, str, str]]:
    """(what, value, target) of an index of this size."""
    root = Path(tempfile.mkdtemp(prefix="linli-search-bench-"))
    try:
        seconds, megabytes = asyncio.run(indexer(root, size))
        spent = asyncio.run(engine_times(root))
        waits = asyncio.run(seen_after(root))
    finally:
        shutil.rmtree(root, ignore_errors=True)
    figures = " / ".join(f"{percentile(spent, part / 100):.2f}" for part in (50, 90, 99))
    return [
        (f"{size:,} documents indexed", f"{seconds:.1f} s with {megabytes:.0f} MB", "100,000: <= 60 s, <= 400 MB"),
        (
            f"engine, {len(spent)} different questions with facets, p50 / p90 / p99 ({size:,})",
            f"{figures} ms",
            "p99 <= 5 ms",
        ),
        (f"a change is seen, p50 / most ({size:,})", f"{percentile(waits, 0.5):.2f} / {max(waits):.2f} s", "<= 2 s"),
    ]


def main(sizes: Sequence[int]) -> None:
    """Print the figures for each size."""
    for size in sizes:
        for what, value, target in measured(size):
            print(f"{what}: {value}  ({target})")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", default="10000,100000,1000000", help="numbers of documents")
    main([int(each) for each in options.parse_args().sizes.split(",")])
