"""HTTP of waiting for a time of a space."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.db import Database, Row
from market.people.rules import Actor
from market.schemas import Page
from market.spaces import waiting
from market.spaces.wait_schemas import NewWait, Wait


def _wait(row: Row) -> Wait:
    return Wait(**{field: row[field] for field in Wait.__struct_fields__})


@post("/api/spaces/{space_id:uuid}/waits", operation_id="join_waits", summary="Wait for a time that is taken")
async def join_waits(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID], data: JSONBody[NewWait]
) -> Wait:
    """When it is freed the first who waits is offered it for half an hour; the same time again is the same wait."""
    return _wait(await waiting.join(db, actor=actor, space_id=space_id, new=data))


@get("/api/me/waits", operation_id="list_my_waits", summary="What I wait for")
async def list_my_waits(db: NamedDependency[Database], actor: NamedDependency[Actor]) -> Page[Wait]:
    """Soonest first; offers that passed are shown for a day."""
    return Page([_wait(row) for row in await waiting.mine(db, actor=actor)])


@delete("/api/waits/{wait_id:uuid}", operation_id="leave_waits", summary="Wait no longer")
async def leave_waits(db: NamedDependency[Database], actor: NamedDependency[Actor], wait_id: FromPath[UUID]) -> None:
    """What was offered goes to the next."""
    await waiting.leave(db, actor=actor, wait_id=wait_id)


handlers = [join_waits, list_my_waits, leave_waits]
