"""HTTP of the timeline of staff."""

from datetime import date
from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation

from market.checkout import timelines
from market.checkout.keys import Key
from market.checkout.timeline_schemas import BookedFor, BookingFor, Timeline
from market.db import Database
from market.payments.gateway import Gateway
from market.people.rules import Actor
from market.settings import Settings


@get("/api/communities/{community:str}/timeline", operation_id="get_timeline", summary="What takes which space when")
async def get_timeline(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    first: Annotated[date | None, QueryParameter(name="from", description="default today")] = None,
    days: FromQuery[int] = 1,
) -> Timeline:
    """For staff: at most fourteen days."""
    return await timelines.timeline(db, actor=actor, community=community, first=first, days=days)


@post("/api/communities/{community:str}/desk-bookings", operation_id="book_for", summary="Book a room for somebody")
async def book_for(
    db: NamedDependency[Database],
    gateway: NamedDependency[SkipValidation[Gateway]],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    data: JSONBody[BookingFor],
    key: Key,
) -> BookedFor:
    """At the buyer's price and by their rules; paid at the desk."""
    order = await timelines.book_for(
        db, gateway=gateway, settings=settings, actor=actor, community=community, key=key, new=data
    )
    return BookedFor(order.id, order.status, order.payable)


handlers = [get_timeline, book_for]
