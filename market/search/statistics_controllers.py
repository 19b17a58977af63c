"""HTTP of what is searched for: notes of the search page without a person, and the counts for staff."""

from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from market.db import Database
from market.errors import InvalidInput
from market.limits import caller_address
from market.schemas import Done
from market.search import service, statistics
from market.search.schemas import ClickNote, SearchNote, SearchStatistics
from market.settings import Settings

MAX_DAYS = 180


def _source(request: Request[Any, Any, Any], settings: Settings) -> statistics.Source:
    peer = request.client.host if request.client else None
    return statistics.Source(
        caller_address(peer, request.headers, settings.trusted_proxies), settings.secret_key.get_secret_value()
    )


@post("/api/search/notes", operation_id="note_search", summary="Count a search", status_code=202)
async def note_search(
    request: Request[Any, Any, Any],
    data: JSONBody[SearchNote],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Done:
    """Without a person, by the day; what looks like a contact is not counted."""
    await statistics.note_search(
        db, text=data.q, total=data.total, source=_source(request, settings), day=service.today().date()
    )
    return Done()


@post("/api/search/clicks", operation_id="note_click", summary="Count a chosen result", status_code=202)
async def note_click(
    request: Request[Any, Any, Any],
    data: JSONBody[ClickNote],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Done:
    """Which place of the list it had, not what it was."""
    await statistics.note_click(
        db, text=data.q, position=data.position, source=_source(request, settings), day=service.today().date()
    )
    return Done()


@get("/api/search/statistics", operation_id="search_statistics", summary="What is searched for")
async def search_statistics(db: NamedDependency[Database], days: FromQuery[int] = 30) -> SearchStatistics:
    """Only queries that were searched by several."""
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInput([("days", f"must be 1 to {MAX_DAYS}")])
    return await statistics.statistics(db, today=service.today().date(), days=days)


handlers = [note_search, note_click, search_statistics]
