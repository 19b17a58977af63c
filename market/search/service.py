"""Searching, and keeping the index behind the database: changes in small batches, the passing of time, rebuilding."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import structlog
from msgspec import structs

from market import jobs
from market.db import Connection, Database
from market.errors import Unavailable
from market.schemas import Amount
from market.search import cursors, fallback, moment_queries, queries
from market.search.batches import Batches
from market.search.documents import DocumentSource, Key, Kind
from market.search.engine import EngineFault, Hits, Progress, SearchEngine
from market.search.meilisearch import MeilisearchEngine, Words
from market.search.reasons import reasons
from market.search.rules import DAY_PARTS, MAX_DEPTH, Query, asked_days
from market.search.schemas import FacetValue, Reason, SearchItem, Suggestion
from market.search.standby import WithStandby
from market.search.tantivy_engine import TantivyEngine
from market.search.understanding import Chip, Understood
from market.settings import Settings

log = structlog.get_logger(__name__)

# "Today" of the date filter for somebody of whom we know no place.
HOME_ZONE = ZoneInfo("Asia/Shanghai")
AGAIN_AFTER = timedelta(seconds=5)


class Change(msgspec.Struct, frozen=True):
    """Payload of the job `search.refresh`."""

    kind: Kind
    id: str


class Answer(msgspec.Struct):
    """schemas.SearchResult with the cards as they lie in the index."""

    items: list[msgspec.Raw]
    total: int
    facets: dict[str, list[FacetValue]]
    took_ms: float
    next_cursor: str | None
    degraded: bool
    understood: tuple[Chip, ...]
    relaxed: bool
    reasons: dict[str, list[Reason]]


@dataclass(frozen=True, slots=True)
class Encoded:
    """An answer ready to be sent, which engine gave it, and whether it is not the one that should have."""

    body: bytes
    engine: str
    is_degraded: bool


def make_engine(settings: Settings, *, words: Words | None = None) -> SearchEngine:
    """The engine the settings ask for: the embedded index, or a Meilisearch with the embedded index standing by."""
    embedded = TantivyEngine(settings.data_dir / "search")
    if not settings.meilisearch_url:
        return embedded
    remote = MeilisearchEngine(settings.meilisearch_url, settings.meilisearch_key.get_secret_value(), words=words)
    return WithStandby(remote, embedded)


def media_prefix(settings: Settings) -> str:
    """What stands before a picture's file name in its address."""
    return (settings.media_url.rstrip("/") or "/media") + "/"


def today() -> datetime:
    """The moment from which days are counted for a searcher."""
    return datetime.now(HOME_ZONE)


async def search(
    db: Database, *, engine: SearchEngine, understood: Understood, prefix: str = "/media/", explain: bool = False
) -> Encoded:
    """One page with facets; where nothing has all the words, what has all but one. From the database, simpler, when the
    engine cannot answer (F09)."""
    started = time.perf_counter()
    query = understood.query
    try:
        hits, query = await ask(engine, query)
        facets = hits.facets
    except EngineFault as fault:
        log.warning("search_degraded", reason=str(fault))
        hits = await fallback.search(db, query=query, prefix=prefix)
        facets = hits.facets
    cards = await _at_asked_time(db, hits.cards, query) if query.has_time else hits.cards
    end = query.offset + len(hits.cards)
    has_more = bool(hits.cards) and end < min(hits.total, MAX_DEPTH)
    answer = Answer(
        items=[msgspec.Raw(card) for card in cards],
        total=hits.total,
        facets=facets,
        took_ms=round((time.perf_counter() - started) * 1000, 2),
        next_cursor=cursors.encode(query, offset=end) if has_more else None,
        degraded=hits.is_standby,
        understood=understood.chips,
        relaxed=query.is_loose and hits.total > 0,
        reasons=_reasons(hits, query, understood.chips) if explain else {},
    )
    return Encoded(msgspec.json.encode(answer), hits.engine, hits.is_standby)


async def _at_asked_time(db: Database, cards: list[bytes], query: Query) -> list[bytes]:
    """The cards with the first session in the asked time, as the database has it now, in place of the very next one."""
    items = [msgspec.json.decode(card, type=SearchItem) for card in cards]
    listings = [UUID(item.id) for item in items if item.kind == "service"]
    if not listings:
        return cards
    hours = DAY_PARTS[query.day_part] if query.day_part else None
    async with db.read() as connection:
        found = await moment_queries.next_at(connection, listings=listings, days=asked_days(query), hours=hours)
    for item in items:
        if item.id in found and item.price is not None:
            item.next, price, resident = found[item.id]
            item.price = Amount(price, item.price.currency)
            item.resident_price = None if resident is None else Amount(resident, item.price.currency)
    return [msgspec.json.encode(item) for item in items]


def _reasons(hits: Hits, query: Query, chips: tuple[Chip, ...]) -> dict[str, list[Reason]]:
    items = (msgspec.json.decode(card, type=SearchItem) for card in hits.cards)
    return {item.id: reasons(item, query, chips) for item in items}


async def ask(engine: SearchEngine, query: Query) -> tuple[Hits, Query]:
    """The engine's answer and the query that it answers: where nothing has all the words, one for all but one of them."""
    hits = await engine.search(query)
    if hits.total or not _can_relax(query):
        return hits, query
    loose = structs.replace(query, is_loose=True)
    return await engine.search(loose), loose


def _can_relax(query: Query) -> bool:
    return sum(not word.is_weak for word in query.asked) > 1


async def suggest(db: Database, *, engine: SearchEngine, text: str) -> list[Suggestion]:
    """Completions while typing; from the database when the engine cannot answer."""
    try:
        return await engine.suggest(text)
    except EngineFault as fault:
        log.warning("search_degraded", reason=str(fault))
        return await fallback.suggest(db, text=text)


async def note_change(tx: Connection, *, kind: Kind, id: UUID | str) -> None:  # noqa: A002 - the field's name in the contract
    """Tell search that a listing ("service"), space or partner has changed, with the caller's transaction."""
    await jobs.enqueue(tx, "search.refresh", Change(kind, str(id)))


def note_change_sql(kind: Kind, *, id: str, source: str) -> str:  # noqa: A002 - the field's name in the contract
    """The same as part of a statement that changes something: for each row of `source`, whose `id` is this expression."""
    return jobs.enqueue_sql("search.refresh", payload=f"json_build_object('kind', '{kind}', 'id', {id})", source=source)


async def refresh(db: Database, *, batches: Batches, engine: SearchEngine, change: Change) -> None:
    """Bring the index up to date for one key, together with whatever else waits; returns when it is visible.

    A change during a rebuild is applied to the old index and noted again for the new one."""
    if await engine.is_rebuilding():
        async with db.transaction() as tx:
            await jobs.enqueue(tx, "search.refresh", change, delay=AGAIN_AFTER)
    try:
        await batches.add(Key(change.kind, change.id))
    except EngineFault as fault:
        raise Unavailable(f"The search index cannot be written: {fault}") from fault


async def apply(source: DocumentSource, *, engine: SearchEngine, keys: list[Key]) -> None:
    """Make the index say of these keys what the source says now."""
    found = await source.documents(keys)
    gone = set(keys) - {document.key for document in found}
    await engine.replace(found, deleted=sorted(gone))


async def refresh_due(source: DocumentSource, *, engine: SearchEngine) -> int:
    """Refresh what the passing of time has made wrong: sessions that began, a day that ended. Returns how many."""
    keys = await engine.due()
    if keys:
        await apply(source, engine=engine, keys=keys)
    return len(keys)


async def rebuild(
    db: Database, *, engine: SearchEngine, prefix: str = "/media/", progress: Progress | None = None
) -> int:
    """Build the index anew from the database and put it in place at once; returns the number of documents."""
    async with db.transaction() as tx:
        await queries.drop_waiting_refreshes(tx)
    return await engine.rebuild(queries.DatabaseSource(db, media_prefix=prefix).everything(), progress=progress)
