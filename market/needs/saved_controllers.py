"""HTTP of saved searches."""

from typing import Any
from uuid import UUID

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.db import Database
from market.needs import saved
from market.needs.schemas import NewSavedSearch, SavedSearch
from market.people.rules import Actor
from market.schemas import Page


@get("/api/saved-searches", operation_id="list_saved_searches", summary="Searches that I keep")
async def list_saved_searches(db: NamedDependency[Database], actor: NamedDependency[Actor]) -> Page[SavedSearch]:
    return Page(await saved.mine(db, person_id=actor.person_id))


@post(
    "/api/saved-searches", operation_id="save_search", summary="Keep a search and hear of what is new", status_code=201
)
async def save_search(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    data: JSONBody[NewSavedSearch],
) -> SavedSearch:
    """One message for each new thing that matches from now on."""
    parts = request.app.state["parts"]
    return await saved.keep(db, engine=parts.engine, vocabulary=parts.vocabulary, person_id=actor.person_id, new=data)


@delete(
    "/api/saved-searches/{saved_id:uuid}", operation_id="drop_saved_search", summary="Forget a search", status_code=204
)
async def drop_saved_search(
    saved_id: FromPath[UUID], db: NamedDependency[Database], actor: NamedDependency[Actor]
) -> None:
    await saved.drop(db, person_id=actor.person_id, saved_id=saved_id)


handlers = [list_saved_searches, save_search, drop_saved_search]
