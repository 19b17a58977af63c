"""The index follows the database: what may be found, how soon, and after a rebuild."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from market.app import Parts
from market.db import Database
from market.jobs import Worker
from market.search import queries, service
from market.search.batches import Batches
from market.search.documents import Key
from market.search.engine import SearchEngine
from market.search.rules import Query
from market.search.schemas import SearchItem
from tests import factories
from tests.search.goods import make_listing, make_space, set_offers


@pytest.fixture
async def engine(parts: Parts, db: Database) -> AsyncIterator[SearchEngine]:
    """An index over an empty town with one partner."""
    await factories.make_community(db, "liuyuan", name="柳园", latitude=31.2, longitude=121.4)
    await factories.make_partner(db, "qinghe", name="清和工作室")
    await service.rebuild(db, engine=parts.engine)
    yield parts.engine


async def found(engine: SearchEngine, text: str = "", **asked: Any) -> dict[str, SearchItem]:
    hits = await engine.search(Query(today=datetime.now(UTC).date(), text=text, limit=50, **asked))
    return {item.id: item for item in (msgspec.json.decode(card, type=SearchItem) for card in hits.cards)}


async def note(db: Database, *ids: UUID, kind: Any = "service") -> None:
    async with db.transaction() as tx:
        for each in ids:
            await service.note_change(tx, kind=kind, id=each)


async def test_only_what_can_be_bought_is_found(db: Database, engine: SearchEngine) -> None:
    """A03: drafts, the sold out, the past and the suspended are in no hit and in no count."""
    good = await make_listing(db, "瑜伽", resident_price=True, offers=3)
    await make_listing(db, "瑜伽草稿", status="draft")
    await make_listing(db, "瑜伽撤回", status="withdrawn")
    await make_listing(db, "瑜伽无场次", offers=0)
    await set_offers(db, await make_listing(db, "瑜伽满员"), taken=5)
    await set_offers(db, await make_listing(db, "瑜伽过期"), starts_at=datetime.now(UTC) - timedelta(hours=2))
    await set_offers(db, await make_listing(db, "瑜伽取消"), status="cancelled")
    await factories.make_partner(db, "gone", name="停业瑜伽馆")
    await make_listing(db, "瑜伽停业", partner="gone")
    async with db.transaction() as tx:
        await tx.execute("UPDATE partners SET status = 'suspended' WHERE slug = 'gone'")
    space = await make_space(db, "瑜伽房")
    await make_space(db, "瑜伽旧房", status="closed")
    await service.rebuild(db, engine=engine)
    hits = await engine.search(Query(today=datetime.now(UTC).date(), text="瑜伽"))
    assert hits.total == 2
    assert {each.value: each.count for each in hits.facets["kind"]} == {"service": 1, "space": 1}
    cards = await found(engine, "瑜伽")
    assert set(cards) == {str(good), str(space)}
    item = cards[str(good)]
    assert item.price and item.price.amount == 8000 and item.resident_price and item.resident_price.amount == 6400
    assert item.next and item.next.left == 5 and item.category == "yoga" and item.partner_name == "清和工作室"
    assert all("瑜伽" not in each.text or each.text in {"瑜伽", "瑜伽房"} for each in await engine.suggest("瑜伽"))


async def test_a_change_is_visible_within_two_seconds_through_the_job(
    db: Database, parts: Parts, engine: SearchEngine, worker: Worker
) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    try:
        await asyncio.sleep(0.5)
        for title in ("瑜伽", "书法"):
            listing = await make_listing(db, title)
            started = asyncio.get_running_loop().time()
            await note(db, listing)
            while str(listing) not in await found(engine, title):
                assert asyncio.get_running_loop().time() - started < 2
                await asyncio.sleep(0.02)
        await set_offers(db, listing, taken=5)
        started = asyncio.get_running_loop().time()
        await note(db, listing)
        while str(listing) in await found(engine):
            assert asyncio.get_running_loop().time() - started < 2
            await asyncio.sleep(0.02)
    finally:
        stop.set()
        await running


async def test_a_job_of_an_aborted_transaction_changes_nothing(
    db: Database, engine: SearchEngine, worker: Worker
) -> None:
    listing = await make_listing(db, "瑜伽")
    with pytest.raises(RuntimeError):
        async with db.transaction() as tx:
            await service.note_change(tx, kind="service", id=listing)
            raise RuntimeError
    assert await worker.drain() == 0
    assert str(listing) not in await found(engine)


async def test_a_rebuild_gives_the_same_as_following(db: Database, engine: SearchEngine, worker: Worker) -> None:
    listings = [await make_listing(db, f"瑜伽{number}班", price=1000 * number) for number in range(1, 8)]
    spaces = [await make_space(db, f"{number}号活动室") for number in range(3)]
    await note(db, *listings)
    await note(db, *spaces, kind="space")
    await worker.drain()
    await set_offers(db, listings[0], taken=5)
    async with db.transaction() as tx:
        await tx.execute("UPDATE listings SET title = '书法班' WHERE id = $1", listings[1])
        await tx.execute("UPDATE spaces SET status = 'closed' WHERE id = $1", spaces[0])
    await note(db, *listings[:2])
    await note(db, spaces[0], kind="space")
    await worker.drain()
    before, generation = await found(engine), engine.generation
    counts = (await engine.search(Query(today=datetime.now(UTC).date()))).facets
    assert await service.rebuild(db, engine=engine) == 9
    assert engine.generation != generation
    assert await found(engine) == before
    assert (await engine.search(Query(today=datetime.now(UTC).date()))).facets == counts
    assert before[str(listings[1])].title == "书法班"


async def test_what_changes_during_a_rebuild_is_in_the_new_index(
    db: Database, parts: Parts, engine: SearchEngine, worker: Worker
) -> None:
    """The rebuild has read the listing; it changes before the new index is put in place."""
    listing = await make_listing(db, "瑜伽")
    source = queries.DatabaseSource(db)

    async def interrupted() -> AsyncIterator[Any]:
        async for lot in source.everything():
            yield lot
        async with db.transaction() as tx:
            await tx.execute("UPDATE listings SET title = '书法' WHERE id = $1", listing)
            await service.note_change(tx, kind="service", id=listing)
        await worker.drain()

    await engine.rebuild(interrupted())
    async with db.transaction() as tx:
        await tx.execute("UPDATE pgqueuer SET execute_after = now()")
    assert await worker.drain() == 1
    assert (await found(engine))[str(listing)].title == "书法"


async def test_the_passing_of_time_takes_a_session_away(db: Database, engine: SearchEngine, worker: Worker) -> None:
    """The next session's sale ends, the one after it becomes the next; a listing without another one goes."""
    two, one = await make_listing(db, "瑜伽", offers=2), await make_listing(db, "书法", offers=1)
    await service.rebuild(db, engine=engine)
    async with db.transaction() as tx:
        await tx.execute(
            "UPDATE offers SET starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour' "
            "WHERE starts_at < now() + interval '36 hours'"
        )
    await make_due(db, engine, two, one)
    await worker.tick("search.keep_fresh")
    cards = await found(engine)
    assert str(one) not in cards
    upcoming = cards[str(two)].next
    assert upcoming is not None and upcoming.starts_at is not None and upcoming.starts_at > datetime.now(UTC)


async def make_due(db: Database, engine: SearchEngine, *listings: UUID) -> None:
    """Index the listings as if their sale had ended a moment ago, which waiting would do."""
    keys = [Key("service", str(each)) for each in listings]
    async with db.transaction() as tx:
        await tx.execute("UPDATE offers SET sale_ends_at = now() + interval '2 seconds', ends_at = now() + interval '1 day', "
                         "starts_at = now() WHERE ends_at < now()")  # fmt: skip
    await service.apply(queries.DatabaseSource(db), engine=engine, keys=keys)
    await asyncio.sleep(2.2)
    assert sorted(await engine.due()) == sorted(keys)


async def test_the_worker_builds_a_missing_index(db: Database, parts: Parts, worker: Worker) -> None:
    await factories.make_community(db, "liuyuan")
    await make_space(db, "大厅")
    assert parts.engine.generation == ""
    await worker.tick("search.keep_fresh")
    assert len(await found(parts.engine)) == 1


async def test_changes_that_arrive_together_are_written_together() -> None:
    written: list[list[Key]] = []

    async def write(keys: list[Key]) -> None:
        written.append(keys)
        await asyncio.sleep(0.01)
        if Key("service", "bad") in keys:
            raise ValueError("bad")

    batches = Batches(write)
    keys = [Key("service", str(number)) for number in range(50)]
    await asyncio.gather(*(batches.add(key) for key in keys + keys[:10]))
    assert written == [keys]
    await batches.add(keys[0])
    with pytest.raises(ValueError, match="bad"):
        await batches.add(Key("service", "bad"))
    await batches.add(keys[1])
    assert [len(each) for each in written] == [50, 1, 1, 1]
