"""HTTP of who is staff."""

from collections.abc import Sequence
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.db import Database, Row
from market.people import appointments
from market.people.rules import Actor
from market.people.schemas import Appointment, Dismissal, StaffMember
from market.schemas import Page


def _page(rows: Sequence[Row]) -> Page[StaffMember]:
    return Page([StaffMember(**dict(row)) for row in rows])


@get("/api/communities/{community:str}/staff", operation_id="list_staff", summary="Who is staff of a community")
async def list_staff(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> Page[StaffMember]:
    """For staff of the community; those of the street above it are named too."""
    return _page(await appointments.list_staff(db, actor=actor, community=community))


@post(
    "/api/communities/{community:str}/staff",
    operation_id="appoint_staff",
    summary="Give somebody a staff role",
    status_code=201,
)
async def appoint_staff(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str], data: JSONBody[Appointment]
) -> Page[StaffMember]:
    """Asks for the caller's password; the person has to sign in anew."""
    rows = await appointments.appoint(
        db, actor=actor, community=community, login=data.login, role=data.role, password=data.password
    )
    return _page(rows)


@post("/api/communities/{community:str}/staff/{role_id:uuid}/dismissal", operation_id="dismiss_staff", summary="Take a staff role back",
      status_code=200)  # fmt: skip
async def dismiss_staff(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    role_id: FromPath[UUID],
    data: JSONBody[Dismissal],
) -> Page[StaffMember]:
    """Asks for the caller's password; the last director stays."""
    return _page(
        await appointments.dismiss(db, actor=actor, community=community, role_id=role_id, password=data.password)
    )


handlers = [list_staff, appoint_staff, dismiss_staff]
