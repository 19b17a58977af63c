"""HTTP of teachers and equipment."""

from uuid import UUID

from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.db import Database, Row
from market.listings import resources
from market.listings.resource_schemas import ChangedResource, NewEquipment, NewTeacher, Resource
from market.people.rules import Actor
from market.schemas import Page


def _resource(row: Row) -> Resource:
    return Resource(**{name: row[name] for name in Resource.__struct_fields__})


@get("/api/communities/{community:str}/equipment", operation_id="list_equipment", summary="What sessions can use")
async def list_equipment(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> Page[Resource]:
    """For staff and for partners."""
    return Page([_resource(row) for row in await resources.equipment(db, actor=actor, community=community)])


@post("/api/communities/{community:str}/equipment", operation_id="add_equipment", summary="Enter equipment")
async def add_equipment(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str], data: JSONBody[NewEquipment]
) -> Resource:
    """By staff of the community."""
    return _resource(await resources.add_equipment(db, actor=actor, community=community, new=data))


@get("/api/partners/{partner:str}/teachers", operation_id="list_teachers", summary="Who teaches for a partner")
async def list_teachers(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str]
) -> Page[Resource]:
    """For its members."""
    return Page([_resource(row) for row in await resources.teachers(db, actor=actor, partner=partner)])


@post("/api/partners/{partner:str}/teachers", operation_id="add_teacher", summary="Enter a teacher")
async def add_teacher(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str], data: JSONBody[NewTeacher]
) -> Resource:
    """By a member of the partner."""
    return _resource(await resources.add_teacher(db, actor=actor, partner=partner, name=data.name))


@patch("/api/resources/{resource_id:uuid}", operation_id="change_resource", summary="Change teachers and equipment")
async def change_resource(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    resource_id: FromPath[UUID],
    data: JSONBody[ChangedResource],
) -> Resource:
    """Never fewer than are promised in sessions to come."""
    return _resource(await resources.change(db, actor=actor, resource_id=resource_id, changed=data))


handlers = [list_equipment, add_equipment, list_teachers, add_teacher, change_resource]
