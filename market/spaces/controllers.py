"""HTTP of spaces."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter

from market.db import Database, Row
from market.media.schemas import Photo
from market.media.service import photo_from_row
from market.people.rules import Actor
from market.schemas import Amount, Page
from market.settings import Settings
from market.spaces import register, views
from market.spaces.hours import moment
from market.spaces.schemas import (
    Availability,
    CancellationStep,
    ChangedSpace,
    FreeSlot,
    Hours,
    MovedClosure,
    NewClosure,
    NewSpace,
    Occupancy,
    OffPeak,
    Space,
    SpaceAfterChange,
    SpaceKind,
    SpacePhoto,
    TakenSlot,
)

From = Annotated[
    str | None, QueryParameter(name="from", description="date, or time with offset; default now", max_length=40)
]
To = Annotated[
    str | None, QueryParameter(name="to", description="date (not included) or time with offset", max_length=40)
]
SameFields = (
    "id",
    "kind",
    "name",
    "name_en",
    "about",
    "about_en",
    "community",
    "community_name",
    "community_name_en",
    "time_zone",
    "parent_id",
    "address",
    "floor",
    "capacity",
    "is_step_free",
    "equipment",
    "latitude",
    "longitude",
    "granularity_min",
    "min_length_min",
    "max_length_min",
    "lead_min",
    "horizon_days",
    "buffer_before_min",
    "buffer_after_min",
    "who_may_book",
    "max_open_bookings",
    "releases_no_shows",
    "needs_approval",
    "approval_hours",
    "status",
    "house_rules",
    "house_rules_en",
    "contact",
    "complex_size",
)


def _fields(row: Row, settings: Settings) -> dict[str, object]:
    return {name: row[name] for name in SameFields} | {
        "area_m2": None if row["area_dm2"] is None else row["area_dm2"] / 100,
        "hours": [Hours(**each) for each in row["hours"]],
        "cancellation": [CancellationStep(**each) for each in row["cancellation"]],
        "off_peak": [OffPeak(**each) for each in row["off_peak"]],
        "rate": Amount(row["rate_minor"], row["currency"]),
        "photos": [photo_from_row({**each, "id": UUID(each["id"])}, settings=settings) for each in row["photos"] or []],
    }


def _space(row: Row, settings: Settings) -> Space:
    return Space(**_fields(row, settings))  # type: ignore[arg-type]  # a row's columns are untyped


def _occupancy(row: Row) -> Occupancy:
    return Occupancy(**{name: row[name] for name in Occupancy.__struct_fields__})


@get("/api/spaces", operation_id="list_spaces", summary="Spaces of a community and all below it")
async def list_spaces(
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    community: FromQuery[str | None] = None,
    kind: FromQuery[SpaceKind | None] = None,
    with_closed: FromQuery[bool] = False,
    cursor: FromQuery[str | None] = None,
) -> Page[Space]:
    """Open ones; closed ones too with `with_closed`."""
    rows, after = await views.spaces(db, community=community, kind=kind, with_closed=with_closed, cursor=cursor)
    return Page([_space(row, settings) for row in rows], after)


@get("/api/spaces/{space_id:uuid}", operation_id="get_space", summary="One space")
async def get_space(
    db: NamedDependency[Database], settings: NamedDependency[Settings], space_id: FromPath[UUID]
) -> Space:
    """With hours, tariff, terms and photos."""
    return _space(await views.space(db, space_id=space_id), settings)


@get(
    "/api/spaces/{space_id:uuid}/availability",
    operation_id="get_availability",
    summary="When a space is free, and for how much",
)
async def get_availability(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor | None],
    space_id: FromPath[UUID],
    low: From = None,
    high: To = None,
    for_partner: FromQuery[str | None] = None,
) -> Availability:
    """Seven days from now unless asked, at most 35; the same date twice means that day. Prices are the caller's own."""
    free, taken, zone, currency = await views.availability(
        db, actor=actor, space_id=space_id, low=low, high=high, partner=for_partner
    )
    return Availability(
        free=[
            FreeSlot(moment(start), moment(end), Amount(minor, currency), Amount(full, currency))
            for start, end, minor, full in free
        ],
        taken=[TakenSlot(moment(start), moment(end)) for start, end in taken],
        time_zone=zone,
    )


@get(
    "/api/spaces/{space_id:uuid}/calendar.ics",
    operation_id="get_space_calendar",
    summary="When a space is taken, as iCalendar",
)
async def get_space_calendar(db: NamedDependency[Database], space_id: FromPath[UUID]) -> Response[bytes]:
    """Only that it is taken, never by whom."""
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(await views.busy_calendar(db, space_id=space_id), media_type="text/calendar", headers=headers)


@post("/api/spaces", operation_id="create_space", summary="Enter a space")
async def create_space(
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    data: JSONBody[NewSpace],
) -> Space:
    """By staff of the community."""
    return _space(await register.create_space(db, actor=actor, new=data), settings)


@patch("/api/spaces/{space_id:uuid}", operation_id="change_space", summary="Change a space")
async def change_space(
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    space_id: FromPath[UUID],
    data: JSONBody[ChangedSpace],
) -> SpaceAfterChange:
    """Bookings that no longer fit stay and are listed as conflicts."""
    row, conflicts = await register.change_space(db, actor=actor, space_id=space_id, changed=data)
    return SpaceAfterChange(**_fields(row, settings), conflicts=[_occupancy(each) for each in conflicts])  # type: ignore[arg-type]  # a row's columns are untyped


@post("/api/spaces/{space_id:uuid}/photos", operation_id="add_space_photo", summary="Add a photo")
async def add_space_photo(
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    space_id: FromPath[UUID],
    data: MultipartBody[SpacePhoto],
) -> Photo:
    """JPEG, PNG or WebP."""
    content = await data.file.read()
    return await register.add_photo(db, settings=settings, actor=actor, space_id=space_id, data=content, alt=data.alt)


@get(
    "/api/spaces/{space_id:uuid}/occupancies", operation_id="list_occupancies", summary="What takes a space, for staff"
)
async def list_occupancies(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    space_id: FromPath[UUID],
    low: Annotated[datetime | None, QueryParameter(name="from")] = None,
    high: Annotated[datetime | None, QueryParameter(name="to")] = None,
) -> Page[Occupancy]:
    """From a day ago for sixty days unless asked."""
    return Page(
        [_occupancy(row) for row in await register.occupancies(db, actor=actor, space_id=space_id, low=low, high=high)]
    )


@post("/api/spaces/{space_id:uuid}/closures", operation_id="create_closure", summary="Close a space for a time")
async def create_closure(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID], data: JSONBody[NewClosure]
) -> Occupancy:
    """Refused while something is booked then."""
    return _occupancy(await register.close(db, actor=actor, space_id=space_id, new=data))


@post(
    "/api/spaces/{space_id:uuid}/occupancies/{occupancy_id:uuid}/move",
    operation_id="move_closure",
    summary="Move or stretch a closure",
    status_code=200,
)
async def move_closure(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    space_id: FromPath[UUID],
    occupancy_id: FromPath[UUID],
    data: JSONBody[MovedClosure],
) -> Occupancy:
    """The old time stays closed when the new one is taken."""
    return _occupancy(
        await register.move_closure(db, actor=actor, space_id=space_id, occupancy_id=occupancy_id, wish=data)
    )


@delete(
    "/api/spaces/{space_id:uuid}/occupancies/{occupancy_id:uuid}",
    operation_id="release_occupancy",
    summary="End a closure or lease",
)
async def release_occupancy(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID], occupancy_id: FromPath[UUID]
) -> None:
    """Bookings are cancelled through their order."""
    await register.release(db, actor=actor, space_id=space_id, occupancy_id=occupancy_id)


handlers = [
    list_spaces,
    get_space,
    get_availability,
    get_space_calendar,
    create_space,
    change_space,
    add_space_photo,
    list_occupancies,
    create_closure,
    move_closure,
    release_occupancy,
]
