"""What the town searches for, without anybody in it: counts by day and query, and clicks by position.

No person, session or address is stored with a query. A query counts once a day for one address: a hash of address, query and
day under the installation's secret stands among the counters of the rate limits until the day after. What is long, looks like
a phone number, an address of mail or another contact is not counted. Staff see only queries searched by several (O08)."""

from dataclasses import dataclass
from datetime import date, timedelta

from market import limits
from market.db import Database
from market.search import statistics_queries as queries
from market.search.schemas import PositionCount, QueryCount, SearchStatistics
from market.search.tokens import normalise, runs
from market.text import holds_contact

LONGEST = 40  # characters; a longer text may tell of its author
SHOWN_FROM = 5  # searches of a query (k-anonymity)
SHOWN = 50
KEPT_DAYS = 180
PER_MINUTE = 60  # notes of one address
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Source:
    """Where a note comes from; used to count, never stored in clear."""

    address: str
    secret: str


def countable(text: str) -> str | None:
    """The query as it is counted, None for one that is not: empty, long, or with something by which a person could be reached."""
    found = " ".join(normalise(text).split())
    is_fit = 0 < len(found) <= LONGEST and bool(runs(found)) and not holds_contact(found)
    return found if is_fit else None


async def note_search(db: Database, *, text: str, total: int, source: Source, day: date) -> None:
    """Count a search of today, once per address."""
    query = countable(text)
    if query is None or not await _is_first(db, source, "search", query, day):
        return
    async with db.transaction() as tx:
        await queries.insert_search(tx, day=day, query=query, empties=int(total == 0))


async def note_click(db: Database, *, text: str, position: int, source: Source, day: date) -> None:
    """Count which place of the list was chosen; the query too, when it was counted today."""
    query = countable(text)
    if query is None or not await _is_first(db, source, f"click {position}", query, day):
        return
    async with db.transaction() as tx:
        await queries.insert_click(tx, day=day, query=query, position=position)


async def _is_first(db: Database, source: Source, what: str, query: str, day: date) -> bool:
    await limits.hit(db, bucket=limits.bucket("note", source.secret, source.address), limit=PER_MINUTE, window_s=60)
    bucket = limits.bucket("noted", source.secret, source.address, what, query, day.isoformat())
    hits, _ = await limits.counters(db).add(bucket, DAY_S)
    return hits == 1


async def statistics(db: Database, *, today: date, days: int) -> SearchStatistics:
    """The last `days` days: most searched, searched without result, clicks by position."""
    since = today - timedelta(days=days - 1)
    async with db.read() as connection:
        top = await queries.top(connection, since=since, least=SHOWN_FROM, limit=SHOWN)
        empty = await queries.without_result(connection, since=since, least=SHOWN_FROM, limit=SHOWN)
        positions = await queries.clicks_by_position(connection, since=since)
        searches = await queries.search_count(connection, since=since)
    return SearchStatistics(
        since=since,
        searches=searches,
        shown_from=SHOWN_FROM,
        top=[QueryCount(**dict(row)) for row in top],
        without_result=[QueryCount(**dict(row)) for row in empty],
        positions=[PositionCount(**dict(row)) for row in positions],
    )


async def sweep(db: Database, *, today: date) -> None:
    """Old counts go."""
    async with db.transaction() as tx:
        await queries.delete_before(tx, day=today - timedelta(days=KEPT_DAYS))
