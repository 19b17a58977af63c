"""HTTP of search: public, without a session, the same answer for everybody.

The parts are taken from the app's state: injecting three of them runs a task group per request, as dear as the search itself."""

from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.params import QueryParameter
from litestar.response.base import ASGIResponse

from market.answers import answers, encoded
from market.search import service
from market.search.parameters import MAX_TEXT, read_flag, read_ignored, read_query
from market.search.schemas import SearchResult, Suggestions
from market.search.understanding import understand
from market.text import clean_text

CACHE = "public, max-age=2"
Text = Annotated[str | None, QueryParameter(description="at most 200 characters")]


@get(
    "/api/search",
    operation_id="search",
    summary="Search services, spaces and partners",
    responses=answers(SearchResult),
)
async def search(
    *,
    request: Request[Any, Any, Any],
    q: Annotated[str | None, QueryParameter(description="Chinese, pinyin, initials or English; empty = browse")] = None,
    kind: Annotated[str | None, QueryParameter(description="service, space or partner")] = None,
    listing_kind: Annotated[str | None, QueryParameter(description="class, meal, appointment, voucher or free")] = None,
    partner: Annotated[str | None, QueryParameter(description="slug of the partner who offers it")] = None,
    category: Annotated[str | None, QueryParameter(description="slug of a category, top or below")] = None,
    community: Annotated[str | None, QueryParameter(description="slug of a community or of a street above it")] = None,
    max_price: Annotated[str | None, QueryParameter(description="minor units")] = None,
    free: Annotated[str | None, QueryParameter(description="true or false")] = None,
    from_: Annotated[str | None, QueryParameter(name="from", description="first day, YYYY-MM-DD")] = None,
    to: Annotated[str | None, QueryParameter(description="last day, YYYY-MM-DD")] = None,
    weekdays: Annotated[str | None, QueryParameter(description="0 (Monday) to 6, separated by commas")] = None,
    time: Annotated[str | None, QueryParameter(description="morning, noon, afternoon or evening")] = None,
    audience: Annotated[str | None, QueryParameter(description="elder, child or adult")] = None,
    ignore: Annotated[
        str | None, QueryParameter(description="kinds of `understood` not to be read from q, by commas")
    ] = None,
    explain: Annotated[str | None, QueryParameter(description="true: say of every item why it was found")] = None,
    home: Annotated[str | None, QueryParameter(description="slug of a community to prefer")] = None,
    resident: Annotated[
        str | None, QueryParameter(description="slug where the searcher pays the residents' price")
    ] = None,
    people: Annotated[str | None, QueryParameter(description="room for at least so many")] = None,
    near: Annotated[str | None, QueryParameter(description="latitude,longitude in degrees")] = None,
    sort: Annotated[str | None, QueryParameter(description="relevance, price, distance or next")] = None,
    facets: Annotated[str | None, QueryParameter(description="what to count, by commas; none = everything")] = None,
    cursor: Annotated[str | None, QueryParameter(description="next_cursor of the page before")] = None,
    limit: Annotated[str | None, QueryParameter(description="hits per page, 1 to 50")] = None,
) -> ASGIResponse:
    """Find what the neighbourhood offers."""
    asked = {"q": q, "kind": kind, "listing_kind": listing_kind, "partner": partner, "category": category, "community": community,
             "max_price": max_price, "free": free, "from": from_, "to": to, "weekdays": weekdays, "time": time,
             "audience": audience, "home": home, "resident": resident, "people": people, "near": near,
             "sort": sort, "facets": facets, "cursor": cursor, "limit": limit}  # fmt: skip
    query = read_query(asked, today=service.today().date())
    ignored, wants_reasons = read_ignored(ignore), read_flag("explain", explain)
    parts = request.app.state["parts"]
    understood = understand(query, await parts.vocabulary.lexicon(parts.db), ignore=ignored)
    found = await service.search(
        parts.db,
        engine=parts.engine,
        understood=understood,
        prefix=service.media_prefix(parts.settings),
        explain=wants_reasons,
    )
    private = {} if near is None else {"Cache-Control": "no-store"}  # a place is kept by nobody on the way
    degraded = "true" if found.is_degraded else "false"
    return encoded(
        found.body,
        headers={"Cache-Control": CACHE, "X-Search-Engine": found.engine, "X-Search-Degraded": degraded, **private},
    )


@get("/api/suggest", operation_id="suggest", summary="Complete what is being typed", responses=answers(Suggestions))
async def suggest(*, request: Request[Any, Any, Any], q: Text = None) -> ASGIResponse:
    """Categories and titles that begin like the text."""
    text = clean_text("q", q or "", max_len=MAX_TEXT)
    parts = request.app.state["parts"]
    items = await service.suggest(parts.db, engine=parts.engine, text=text)
    return encoded(msgspec.json.encode(Suggestions(items)), headers={"Cache-Control": CACHE})


handlers = [search, suggest]
