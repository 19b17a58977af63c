"""Saved searches: a person keeps a search and hears once of each new thing that matches it."""

from uuid import UUID

import msgspec
import structlog
from msgspec import structs

from market import limits
from market.db import Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.needs import saved_queries as queries
from market.needs.schemas import NewSavedSearch, SavedSearch
from market.notify import service as notify
from market.search import service as search
from market.search.engine import EngineFault, SearchEngine
from market.search.parameters import read_ignored, read_query
from market.search.rules import Query
from market.search.schemas import SearchItem
from market.search.understanding import understand
from market.search.vocabulary import Vocabulary
from market.settings import Settings

log = structlog.get_logger(__name__)

MAX_SAVED = 20  # of one person
LOOKED_AT = 200  # matches of a search that are told apart
TOLD_AT_ONCE = 5  # of one search in one look; the rest is told in the next ones
A_LOOK = 300  # saved searches looked at in one go
PAGE = 50


class SavedAlready(Conflict):
    slug = "saved-already"

    def __init__(self) -> None:
        super().__init__("You keep this search already.")


class TooManySaved(Conflict):
    slug = "too-many-saved"

    def __init__(self) -> None:
        super().__init__(f"You keep {MAX_SAVED} searches: remove one first.")


def _asked(new: NewSavedSearch) -> dict[str, str]:
    """What is kept of a search: no place of the person, no order, no page; raises InvalidInput for a search of nothing."""
    asked = {name: value for name, value in msgspec.structs.asdict(new).items() if value}
    if not asked:
        raise InvalidInput([("q", "needs words or at least one filter")])
    return asked


async def _query(db: Database, vocabulary: Vocabulary, asked: dict[str, str]) -> Query:
    """The search as it is asked today; raises InvalidInput."""
    ignored = read_ignored(asked.get("ignore"))
    query = read_query({name: value for name, value in asked.items() if name != "ignore"}, today=search.today().date())
    return understand(query, await vocabulary.lexicon(db), ignore=ignored).query


async def _found(engine: SearchEngine, query: Query) -> dict[queries.Found, SearchItem]:
    """What matches now, newest pages first up to LOOKED_AT; raises EngineFault."""
    found: dict[queries.Found, SearchItem] = {}
    for offset in range(0, LOOKED_AT, PAGE):
        hits = await engine.search(structs.replace(query, offset=offset, limit=PAGE))
        for card in hits.cards:
            item = msgspec.json.decode(card, type=SearchItem)
            found[(item.kind, UUID(item.id))] = item
        if offset + PAGE >= hits.total:
            break
    return found


async def mine(db: Database, *, person_id: UUID) -> list[SavedSearch]:
    """The searches that the person keeps, newest first."""
    async with db.read() as connection:
        return [_shown(row) for row in await queries.saved_of(connection, person_id)]


def _shown(row: Row) -> SavedSearch:
    return SavedSearch(row["id"], queries.parameters(row), row["created_at"])


async def keep(
    db: Database, *, engine: SearchEngine, vocabulary: Vocabulary, person_id: UUID, new: NewSavedSearch
) -> SavedSearch:
    """Keep a search; what matches today is known already and not told. Raises InvalidInput, SavedAlready, TooManySaved.

    While the index does not answer nothing is known of today, so the first look tells what it finds."""
    await limits.hit(db, bucket=limits.bucket("saved", str(person_id)), limit=60, window_s=3600)
    asked = _asked(new)
    query = await _query(db, vocabulary, asked)
    try:
        known = list(await _found(engine, query))
    except EngineFault as fault:
        log.warning("search_degraded", reason=str(fault))
        known = []
    async with db.transaction() as tx:
        if await queries.lock_person(tx, person_id) >= MAX_SAVED:
            raise TooManySaved
        row = await queries.insert_saved(tx, person_id=person_id, asked=asked)
        if row is None:
            raise SavedAlready
        await queries.insert_matches(tx, saved_id=row["id"], found=known)
    return _shown(row)


async def drop(db: Database, *, person_id: UUID, saved_id: UUID) -> None:
    """Forget a search; one of somebody else is not found."""
    async with db.transaction() as tx:
        if not await queries.delete_saved(tx, saved_id=saved_id, person_id=person_id):
            raise NotFound("This search")


async def look(db: Database, *, engine: SearchEngine, vocabulary: Vocabulary, settings: Settings) -> int:
    """Look whether something new matches, and tell it; returns how many messages that made.

    Nothing is told while the index does not answer: the next look finds it."""
    async with db.read() as connection:
        rows = await queries.longest_waiting(connection, limit=A_LOOK)
    told = 0
    for row in rows:
        try:
            found = await _found(engine, await _query(db, vocabulary, queries.parameters(row)))
        except EngineFault as fault:
            log.warning("saved_searches_wait", reason=str(fault))
            return told
        except InvalidInput:  # a filter of then that is none today
            found = {}
        told += await _tell(db, settings=settings, row=row, found=found)
    return told


async def _tell(db: Database, *, settings: Settings, row: Row, found: dict[queries.Found, SearchItem]) -> int:
    async with db.transaction() as tx:
        if not await queries.lock_saved(tx, row["id"]):
            return 0
        known = await queries.known_matches(tx, saved_id=row["id"])
        new = [each for each in found if each not in known][:TOLD_AT_ONCE]
        for kind, each in await queries.insert_matches(tx, saved_id=row["id"], found=new):
            item = found[(kind, each)]
            await notify.send(
                tx,
                person_id=row["person_id"],
                template="saved_search_match",
                dedupe_key=f"saved:{row['id']}:{kind}:{each}",
                context={
                    "query": queries.parameters(row).get("q", ""),
                    "title": item.title,
                    "title_en": item.title_en,
                    "community": item.community_name,
                    "community_en": item.community_name_en,
                    "url": _address(settings, item),
                    "account_url": f"{settings.base_url}/account" if settings.base_url else "",
                },
            )
    return len(new)


def _address(settings: Settings, item: SearchItem) -> str:
    paths = {"service": "listings", "space": "spaces", "partner": "partners"}
    return f"{settings.base_url}/{paths[item.kind]}/{item.id}" if settings.base_url else ""
