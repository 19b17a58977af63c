"""HTTP of what can be had instead."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from market.db import Database
from market.people.rules import Actor
from market.schemas import Amount
from market.spaces import alternatives
from market.spaces.alternative_schemas import Alternative, Alternatives, FirstFree
from market.spaces.hours import moment
from market.spaces.rules import SpaceForHire
from market.spaces.schemas import FreeSlot

Moment = Annotated[str, QueryParameter(description="time with offset", max_length=40)]


def _alternative(space: SpaceForHire) -> Alternative:
    return Alternative(
        space.space_id,
        space.name,
        space.name_en,
        space.starts_at,
        space.ends_at,
        Amount(space.payable_minor, space.currency),
        space.time_zone,
    )


@get("/api/spaces/{space_id:uuid}/first-free", operation_id="get_first_free", summary="The first free time of a space")
async def get_first_free(
    db: NamedDependency[Database], actor: NamedDependency[Actor | None], space_id: FromPath[UUID]
) -> FirstFree:
    """Of the shortest length that can be booked, at the caller's price; null when there is none as far as one can book."""
    cell, currency = await alternatives.first_free(db, actor=actor, space_id=space_id)
    if cell is None:
        return FirstFree(None)
    return FirstFree(
        FreeSlot(moment(cell.start), moment(cell.end), Amount(cell.payable, currency), Amount(cell.full, currency))
    )


@get(
    "/api/spaces/{space_id:uuid}/alternatives",
    operation_id="list_alternatives",
    summary="What can be had instead of a time that is taken",
)
async def list_alternatives(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor | None],
    space_id: FromPath[UUID],
    starts_at: Moment,
    ends_at: Moment,
    people: Annotated[int, QueryParameter(ge=1, le=10_000)] = 1,
) -> Alternatives:
    """The same space at the nearest other times, and other spaces of its kind in its community at the same time."""
    found = await alternatives.instead(
        db, actor=actor, space_id=space_id, starts_at=starts_at, ends_at=ends_at, people=people
    )
    return Alternatives(
        [_alternative(each) for each in found.same_space], [_alternative(each) for each in found.other_spaces]
    )


handlers = [get_first_free, list_alternatives]
