"""HTTP of the needs board."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from market.db import Database, Row
from market.errors import InvalidInput
from market.needs import service
from market.needs.rules import STATUSES
from market.needs.schemas import Need, NeedClosing, NeedListing, NeedOffer, NeedPartner, NewNeed
from market.people.rules import Actor
from market.schemas import Page

_PLAIN = set(Need.__struct_fields__) - {"partner", "listing", "mine", "acts"}
Status = Annotated[
    str | None, QueryParameter(description="open, taken, offered or closed; several by comma; empty = all but closed")
]
Like = Annotated[str | None, QueryParameter(description="waiting requests that say nearly the same, at most four")]


def _need(row: Row, actor: Actor | None) -> Need:
    partner = (
        NeedPartner(row["partner_slug"], row["partner_name"], row["partner_name_en"]) if row["partner_id"] else None
    )
    listing = (
        NeedListing(row["listing_id"], row["listing_title"], row["listing_title_en"]) if row["listing_id"] else None
    )
    return Need(
        **{name: row[name] for name in _PLAIN},
        partner=partner,
        listing=listing,
        mine=actor is not None and row["person_id"] == actor.person_id,
        acts=service.acts(actor, row),
    )


def _statuses(value: str | None) -> list[str]:
    wanted = [part for part in (value or "open,taken,offered").split(",") if part]
    if not set(wanted) <= set(STATUSES):
        raise InvalidInput([("status", "must be of " + ", ".join(STATUSES))])
    return wanted


@get("/api/needs", operation_id="list_needs", summary="What neighbours ask for")
async def list_needs(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor | None],
    community: FromQuery[str | None] = None,
    status: Status = None,
    like: Like = None,
    mine: FromQuery[bool] = False,
    cursor: FromQuery[str | None] = None,
) -> Page[Need]:
    """Most supported first; of one community (slug or id) and all below it, or of all."""
    if like is not None:
        return Page([_need(row, actor) for row in await service.alike(db, actor=actor, community=community, text=like)])
    rows, following = await service.board(
        db, actor=actor, community=community, statuses=_statuses(status), cursor=cursor, mine=mine
    )
    return Page([_need(row, actor) for row in rows], following)


@post("/api/needs", operation_id="ask_for", summary="Ask for something that is missing", status_code=201)
async def ask_for(db: NamedDependency[Database], actor: NamedDependency[Actor], data: JSONBody[NewNeed]) -> Need:
    return _need(await service.ask(db, actor=actor, new=data), actor)


@get("/api/needs/{need_id:uuid}", operation_id="get_need", summary="One request")
async def get_need(
    need_id: FromPath[UUID], db: NamedDependency[Database], actor: NamedDependency[Actor | None]
) -> Need:
    return _need(await service.need(db, actor=actor, need_id=need_id), actor)


@post("/api/needs/{need_id:uuid}/support", operation_id="support_need", summary="Say: I want this too", status_code=200)
async def support_need(need_id: FromPath[UUID], db: NamedDependency[Database], actor: NamedDependency[Actor]) -> Need:
    return _need(await service.support(db, actor=actor, need_id=need_id, on=True), actor)


@delete(
    "/api/needs/{need_id:uuid}/support", operation_id="unsupport_need", summary="Take my support back", status_code=200
)
async def unsupport_need(need_id: FromPath[UUID], db: NamedDependency[Database], actor: NamedDependency[Actor]) -> Need:
    return _need(await service.support(db, actor=actor, need_id=need_id, on=False), actor)


@post(
    "/api/needs/{need_id:uuid}/offer",
    operation_id="offer_for_need",
    summary="Take a request as a partner",
    status_code=200,
)
async def offer_for_need(
    need_id: FromPath[UUID], db: NamedDependency[Database], actor: NamedDependency[Actor], data: JSONBody[NeedOffer]
) -> Need:
    """With `listing_id` of a listing on sale it is answered; without, it is promised."""
    return _need(await service.offer(db, actor=actor, need_id=need_id, new=data), actor)


@post("/api/needs/{need_id:uuid}/release", operation_id="release_need", summary="Give a request back", status_code=200)
async def release_need(need_id: FromPath[UUID], db: NamedDependency[Database], actor: NamedDependency[Actor]) -> Need:
    return _need(await service.release(db, actor=actor, need_id=need_id), actor)


@post("/api/needs/{need_id:uuid}/close", operation_id="close_need", summary="Close a request", status_code=200)
async def close_need(
    need_id: FromPath[UUID], db: NamedDependency[Database], actor: NamedDependency[Actor], data: JSONBody[NeedClosing]
) -> Need:
    return _need(await service.close(db, actor=actor, need_id=need_id, new=data), actor)


handlers = [list_needs, ask_for, get_need, support_need, unsupport_need, offer_for_need, release_need, close_need]
