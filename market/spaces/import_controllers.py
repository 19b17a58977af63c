"""HTTP of calendars kept elsewhere that block time of a space."""

from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.db import Database, Row
from market.people.rules import Actor
from market.schemas import Page
from market.spaces import imports
from market.spaces.fetching import fetch
from market.spaces.import_schemas import Import, ImportProblem, NewImport


def _import(row: Row) -> Import:
    same = {field: row[field] for field in Import.__struct_fields__ if field != "problems"}
    return Import(**same, problems=msgspec.convert(row["problems"], list[ImportProblem]))


@get(
    "/api/spaces/{space_id:uuid}/imports",
    operation_id="list_imports",
    summary="Calendars kept elsewhere that block a space",
)
async def list_imports(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID]
) -> Page[Import]:
    """With what came of the last look, and the events that could not be taken."""
    return Page([_import(row) for row in await imports.imports(db, actor=actor, space_id=space_id)])


@post("/api/spaces/{space_id:uuid}/imports", operation_id="add_import", summary="Let a calendar block a space")
async def add_import(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID], data: JSONBody[NewImport]
) -> Import:
    """An iCalendar address on the public internet; looked at within a minute and then again and again."""
    return _import(await imports.add(db, actor=actor, space_id=space_id, new=data))


@post(
    "/api/spaces/{space_id:uuid}/imports/{import_id:uuid}/look",
    operation_id="look_at_import",
    summary="Look at a calendar now",
    status_code=200,
)
async def look_at_import(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID], import_id: FromPath[UUID]
) -> Import:
    """Answers with what came of it."""
    return _import(await imports.look_now(db, actor=actor, space_id=space_id, import_id=import_id, fetch=fetch))


@delete("/api/spaces/{space_id:uuid}/imports/{import_id:uuid}", operation_id="drop_import", summary="Forget a calendar")
async def drop_import(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID], import_id: FromPath[UUID]
) -> None:
    """What it blocks is free again."""
    await imports.drop(db, actor=actor, space_id=space_id, import_id=import_id)


handlers = [list_imports, add_import, look_at_import, drop_import]
