"""HTTP of what somebody bought and is going to use."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from market.checkout import summaries, visits
from market.checkout.visit_schemas import RefundPreview, Visit, Year
from market.db import Database
from market.people.rules import Actor
from market.schemas import Page


@get("/api/me/vouchers", operation_id="list_my_vouchers", summary="My codes that can be used, soonest first")
async def list_my_vouchers(db: NamedDependency[Database], actor: NamedDependency[Actor]) -> Page[Visit]:
    """With where to go and when; those used in the last two weeks come last."""
    return await visits.my_visits(db, actor=actor)


@get(
    "/api/orders/{order_id:uuid}/refund-preview",
    operation_id="preview_refund",
    summary="What giving lines of an order back would pay back now",
)
async def preview_refund(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    order_id: FromPath[UUID],
    line_ids: Annotated[
        list[UUID] | None, QueryParameter(description="none named = all that can be given back")
    ] = None,
) -> RefundPreview:
    """By the same rule and sum as the refund itself; nothing changes."""
    return await visits.preview_refund(db, actor=actor, order_id=order_id, line_ids=line_ids or [])


@get(
    "/api/orders/{order_id:uuid}/calendar.ics",
    operation_id="get_order_calendar",
    summary="When and where to be for my order, as iCalendar",
)
async def get_order_calendar(
    db: NamedDependency[Database], actor: NamedDependency[Actor], order_id: FromPath[UUID]
) -> Response[bytes]:
    """For the buyer of a paid order with a date."""
    body = await visits.calendar(db, actor=actor, order_id=order_id)
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": 'attachment; filename="linli.ics"'}
    return Response(body, media_type="text/calendar", headers=headers)


@get("/api/me/years/{year:int}", operation_id="get_my_year", summary="What I spent in a year, and who got it")
async def get_my_year(db: NamedDependency[Database], actor: NamedDependency[Actor], year: FromPath[int]) -> Year:
    """By the calendar of each place; only the caller's own orders."""
    return await summaries.year(db, actor=actor, year=year)


handlers = [list_my_vouchers, preview_refund, get_order_calendar, get_my_year]
