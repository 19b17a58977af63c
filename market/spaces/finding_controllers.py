"""HTTP of finding a free space."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from litestar.response.base import ASGIResponse

from market.answers import answers, encoded
from market.db import Database
from market.errors import InvalidInput
from market.people.rules import Actor
from market.schemas import Amount, Page
from market.spaces import finding
from market.spaces.finding_schemas import FreeSpace
from market.spaces.schemas import SpaceKind


def _shown(found: finding.Found) -> FreeSpace:
    row = found.row
    return FreeSpace(
        space_id=row["id"],
        kind=row["kind"],
        name=row["name"],
        name_en=row["name_en"],
        community=row["community_slug"],
        community_name=row["community_name"],
        community_name_en=row["community_name_en"],
        time_zone=row["time_zone"],
        capacity=row["capacity"],
        is_step_free=row["is_step_free"],
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        price=Amount(found.payable_minor, row["currency"]),
        list_price=Amount(found.list_minor, row["currency"]),
        distance_m=found.distance_m,
        needs_approval=row["needs_approval"],
    )


def _degrees(near: str | None) -> tuple[float, float] | None:
    if not near:
        return None
    try:
        latitude, longitude = map(float, near.split(","))
    except ValueError as fault:
        raise InvalidInput([("near", "must be latitude,longitude in degrees")]) from fault
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise InvalidInput([("near", "must be a place on earth")])
    return latitude, longitude


@get(
    "/api/free-spaces",
    operation_id="find_free_spaces",
    summary="Spaces that are free then, for so long and so many",
    responses=answers(Page[FreeSpace]),
)
async def find_free_spaces(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor | None],
    low: Annotated[datetime, QueryParameter(name="from", description="with offset")],
    high: Annotated[datetime, QueryParameter(name="to", description="with offset, at most seven days later")],
    minutes: Annotated[int, QueryParameter(ge=15, le=1440)],
    people: Annotated[int, QueryParameter(ge=1, le=10_000)] = 1,
    community: Annotated[str | None, QueryParameter(description="slug, with all below it", max_length=64)] = None,
    kind: FromQuery[SpaceKind | None] = None,
    near: Annotated[
        str | None, QueryParameter(description="latitude,longitude: the nearest first", max_length=60)
    ] = None,
    max_price: Annotated[
        int | None, QueryParameter(description="minor units for the whole booking", ge=0, le=10**12)
    ] = None,
) -> ASGIResponse:
    """The first time of each, over what is really free and at the caller's own price; at most thirty."""
    wish = finding.Wish(low, high, minutes, people, community or None, kind, _degrees(near), max_price)
    found = await finding.free_spaces(db, actor=actor, wish=wish)
    return encoded(msgspec.json.encode(Page([_shown(each) for each in found])))


handlers = [find_free_spaces]
