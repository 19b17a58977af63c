"""HTTP of the people somebody buys for."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.db import Database
from market.people import family
from market.people.rules import Actor
from market.people.schemas import FamilyDecision, FamilyLink, NewFamilyLink
from market.schemas import Done, Page
from market.settings import Settings


@get("/api/me/family", operation_id="list_family", summary="Whom I buy for, and who buys for me")
async def list_family(db: NamedDependency[Database], actor: NamedDependency[Actor]) -> Page[FamilyLink]:
    """Open invitations too."""
    return Page([FamilyLink(**dict(row)) for row in await family.links(db, actor=actor)])


@post(
    "/api/me/family", operation_id="invite_family", summary="Ask somebody whether I may buy for them", status_code=201
)
async def invite_family(
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    data: JSONBody[NewFamilyLink],
) -> Done:
    """The answer does not tell whether there is such an account."""
    await family.invite(db, settings=settings, actor=actor, login=data.login, name=data.name)
    return Done()


@post(
    "/api/me/family/{link_id:uuid}/decision",
    operation_id="decide_family",
    summary="Agree or not that somebody buys for me",
    status_code=200,
)
async def decide_family(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    link_id: FromPath[UUID],
    data: JSONBody[FamilyDecision],
) -> Done:
    """Only by the person who was asked."""
    await family.decide(db, actor=actor, link_id=link_id, accepted=data.accepted)
    return Done()


@delete("/api/me/family/{link_id:uuid}", operation_id="end_family", summary="End such a link", status_code=200)
async def end_family(db: NamedDependency[Database], actor: NamedDependency[Actor], link_id: FromPath[UUID]) -> Done:
    """By either side; what was bought stays bought."""
    await family.end(db, actor=actor, link_id=link_id)
    return Done()


handlers = [list_family, invite_family, decide_family, end_family]
