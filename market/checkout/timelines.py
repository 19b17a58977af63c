"""The timeline of staff: what takes the spaces of a community, and booking one for somebody at the desk.

Service code of the checkout slice, split off by noun. Moves go through `moves`, closures through the register of spaces."""

from datetime import date

from market.checkout import service, timeline_queries
from market.checkout.schemas import Line, NewOrder, Order
from market.checkout.timeline_schemas import BookingFor, OpenTime, Timeline, TimelineEntry, TimelineSpace
from market.communities import service as communities
from market.db import Database
from market.errors import InvalidInput, NotFound
from market.payments.gateway import Gateway
from market.people import service as people
from market.people import sessions
from market.people.rules import Actor
from market.settings import Settings
from market.spaces import queries as space_queries
from market.spaces import quoting

MOST_DAYS = 14
MOST_SPACES = 500


async def timeline(db: Database, *, actor: Actor, community: str, first: date | None, days: int) -> Timeline:
    """Some days of a community on its wall, for its staff. Raises InvalidInput, NotFound."""
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput([("days", f"must be from 1 to {MOST_DAYS}")])
    if first is not None and not 2000 <= first.year <= 2200:
        raise InvalidInput([("from", "is out of range")])
    async with db.read() as tx:
        place = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(place.id):
            raise NotFound("This community")
        low, high = await timeline_queries.window(tx, first=first, days=days, zone=place.time_zone)
        spaces = await timeline_queries.spaces_of(tx, community=place.id, limit=MOST_SPACES)
        opens = await quoting.open_hours(tx, community_id=place.id, low=low, high=high)
        entries = await timeline_queries.entries_between(tx, community=place.id, low=low, high=high)
    return Timeline(
        place.time_zone,
        low,
        high,
        [TimelineSpace(**dict(row), opens=[OpenTime(*each) for each in opens[row["id"]]]) for row in spaces],
        [TimelineEntry(**dict(row)) for row in entries],
    )


async def book_for(
    db: Database, *, gateway: Gateway, settings: Settings, actor: Actor, community: str, key: str, new: BookingFor
) -> Order:
    """Book a room of the community for somebody with an account, at their price and by their rules; they pay at the desk.

    Raises what placing an order raises, InvalidInput naming `login`, NotFound."""
    async with db.read() as tx:
        place = await communities.community_by_slug(tx, community)
        space = await space_queries.space(tx, space_id=new.space_id)
        if not actor.is_staff_of(place.id) or space is None or space["community_id"] != place.id:
            raise NotFound("This space")
        buyer = await sessions.actor_named(tx, login=new.login)
    if buyer is None:
        raise InvalidInput([("login", "is unknown")])
    line = Line(space_id=new.space_id, starts_at=new.starts_at, ends_at=new.ends_at, attendees=new.attendees)
    order = await service.place_order(
        db,
        gateway=gateway,
        settings=settings,
        actor=buyer,
        key=f"desk {key}",
        wish=NewOrder(lines=[line], pay_by="desk"),
    )
    async with db.transaction() as tx:
        await people.audit(tx, person_id=actor.person_id, action="order.booked_for", subject=f"order:{order.id}")
    return order
