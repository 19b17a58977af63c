"""HTTP of calendars to subscribe to."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from market.checkout import feeds
from market.checkout.feed_schemas import Feed, FeedOwner
from market.db import Database
from market.people.rules import Actor
from market.settings import Settings


@get("/api/calendar-feeds", operation_id="get_calendar_feed", summary="Whether there is a calendar to subscribe to")
async def get_calendar_feed(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    partner: FromQuery[str | None] = None,
    space_id: FromQuery[UUID | None] = None,
) -> Feed:
    """Mine, a partner's of mine, or a space's for its staff; never the address itself."""
    return await feeds.status(db, actor=actor, wish=FeedOwner(partner, space_id))


@post(
    "/api/calendar-feeds",
    operation_id="renew_calendar_feed",
    summary="Make an address to subscribe to",
    status_code=201,
)
async def renew_calendar_feed(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    data: JSONBody[FeedOwner],
) -> Feed:
    """Told once; an address made before leads nowhere from then on."""
    base = str(request.base_url).rstrip("/")
    return await feeds.renew(db, settings=settings, actor=actor, wish=data, base=base)


@delete("/api/calendar-feeds", operation_id="revoke_calendar_feed", summary="Let the address lead nowhere")
async def revoke_calendar_feed(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    partner: FromQuery[str | None] = None,
    space_id: FromQuery[UUID | None] = None,
) -> None:
    """Programs that subscribed get nothing more."""
    await feeds.revoke(db, actor=actor, wish=FeedOwner(partner, space_id))


@get(
    "/api/calendars/{token:str}/feed.ics",
    operation_id="read_calendar_feed",
    summary="A calendar, for who has its address",
    media_type="text/calendar",
)
async def read_calendar_feed(
    db: NamedDependency[Database], settings: NamedDependency[Settings], token: FromPath[str]
) -> Response[bytes]:
    """Nobody's name and no code; called-off events are marked."""
    body = await feeds.feed(db, settings=settings, token=token)
    headers = {"Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex"}
    return Response(body, media_type="text/calendar", headers=headers)


handlers = [get_calendar_feed, renew_calendar_feed, revoke_calendar_feed, read_calendar_feed]
