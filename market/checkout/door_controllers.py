"""HTTP of checking in and out at the door of a space."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from market import limits
from market.checkout import doors
from market.checkout.door_schemas import Door, DoorBooking, DoorVisit
from market.db import Database
from market.people.rules import Actor
from market.schemas import Done
from market.settings import Settings


def _address(request: Request[Any, Any, Any], settings: Settings) -> str:
    peer = request.client.host if request.client else None
    return limits.caller_address(peer, request.headers, settings.trusted_proxies)


@get("/api/doors/{space_id:uuid}", operation_id="get_door", summary="What I can do at this door now")
async def get_door(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor | None],
    space_id: FromPath[UUID],
    key: FromQuery[str] = "",
) -> Door:
    """With the key of its poster; the caller's own bookings of today where they are signed in."""
    return await doors.look(db, actor=actor, space_id=space_id, key=key)


@post("/api/doors/{space_id:uuid}/visits", operation_id="visit_door", summary="Check in or out", status_code=200)
async def visit_door(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor | None],
    space_id: FromPath[UUID],
    data: JSONBody[DoorVisit],
) -> DoorBooking:
    """One's own booking, or any by its code; checking out early ends it then and there."""
    return await doors.visit(db, actor=actor, address=_address(request, settings), space_id=space_id, wish=data)


@get(
    "/api/spaces/{space_id:uuid}/door-poster.pdf",
    operation_id="get_door_poster",
    summary="The poster for the door, printed",
    media_type="application/pdf",
)
async def get_door_poster(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    space_id: FromPath[UUID],
) -> Response[bytes]:
    """For staff: its QR code opens the page to check in."""
    base = str(request.base_url).rstrip("/")
    body, name = await doors.poster(db, settings=settings, actor=actor, space_id=space_id, base=base)
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-store"}
    return Response(body, media_type="application/pdf", headers=headers)


@post(
    "/api/spaces/{space_id:uuid}/door-key",
    operation_id="renew_door_key",
    summary="Let old posters open nothing",
    status_code=200,
)
async def renew_door_key(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID]
) -> Done:
    """Print and hang a new poster afterwards."""
    await doors.renew_key(db, actor=actor, space_id=space_id)
    return Done()


handlers = [get_door, visit_door, get_door_poster, renew_door_key]
