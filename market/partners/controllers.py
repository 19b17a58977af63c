"""HTTP of partners."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from market.db import Database, Row
from market.partners import service
from market.partners.schemas import Member, NewMember, NewPartner, Partner
from market.people.rules import Actor
from market.schemas import Page


def _partner(row: Row) -> Partner:
    return Partner(**{name: row[name] for name in Partner.__struct_fields__})


def _members(rows: list[Row]) -> Page[Member]:
    return Page([Member(person_id=row["person_id"], name=row["name"], role=row["role"]) for row in rows])


@get("/api/partners", operation_id="list_partners", summary="Active partners")
async def list_partners(
    db: NamedDependency[Database], community: FromQuery[str | None] = None, cursor: FromQuery[str | None] = None
) -> Page[Partner]:
    """Of one community (slug or id) and all below it, or of all."""
    rows, following = await service.list_partners(db, community=community, cursor=cursor)
    return Page([_partner(row) for row in rows], following)


@get("/api/partners/{partner:str}", operation_id="get_partner", summary="One partner")
async def get_partner(db: NamedDependency[Database], partner: FromPath[str]) -> Partner:
    """By slug or id."""
    return _partner(await service.partner(db, key=partner))


@post("/api/partners", operation_id="create_partner", summary="Take a partner in", status_code=201)
async def create_partner(
    db: NamedDependency[Database], actor: NamedDependency[Actor], data: JSONBody[NewPartner]
) -> Partner:
    facts = {name: getattr(data, name) for name in data.__struct_fields__}
    return _partner(await service.take_in(db, actor=actor, facts=facts))


@get("/api/partners/{partner:str}/members", operation_id="list_members", summary="Members of my partner")
async def list_members(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str]
) -> Page[Member]:
    return _members(await service.list_members(db, actor=actor, key=partner))


@post(
    "/api/partners/{partner:str}/members",
    operation_id="add_member",
    summary="Add a member to my partner, or change their role",
    status_code=201,
)
async def add_member(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str], data: JSONBody[NewMember]
) -> Page[Member]:
    return _members(await service.add_member(db, actor=actor, key=partner, login=data.login, role=data.role))


handlers = [list_partners, get_partner, create_partner, list_members, add_member]
