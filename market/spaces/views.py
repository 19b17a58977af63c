"""What is read of spaces: lists, availability and the busy calendar."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from icalendar import Calendar as Feed
from icalendar import Event

from market.communities import service as communities
from market.db import Database, Row
from market.errors import InvalidInput, NotFound
from market.people.rules import Actor
from market.spaces import occupancy_queries as taken
from market.spaces import queries
from market.spaces.hours import DAY_MIN, Stretch, merged, moment, seconds
from market.spaces.pricing import priced_cells
from market.spaces.quoting import lists_from, renter_of, tariff_from, terms_from
from market.spaces.rules import Cell, free_cells, taken_cells
from market.spaces.windows import MAX_WINDOW_DAYS, asked_moment, asked_window

PAGE = 50
ONE_DAY = timedelta(minutes=DAY_MIN)


async def space(db: Database, *, space_id: UUID) -> Row:
    """One space as shown, in one statement; raises NotFound."""
    async with db.read() as connection:
        row = await queries.space(connection, space_id=space_id)
    if row is None:
        raise NotFound("This space")
    return row


async def spaces(
    db: Database, *, community: str | None, kind: str | None, with_closed: bool, cursor: str | None
) -> tuple[list[Row], str | None]:
    """A page of spaces of a community and all below it (default: everywhere), and the cursor of the next."""
    try:
        after = UUID(cursor) if cursor else None
    except ValueError as fault:
        raise InvalidInput([("cursor", "is none of ours")]) from fault
    async with db.read() as connection:
        slug = (await communities.community_by_slug(connection, community)).slug if community else None
        rows = await queries.spaces(
            connection, community=slug, kind=kind, with_closed=with_closed, after=after, limit=PAGE + 1
        )
    return rows[:PAGE], str(rows[PAGE - 1]["id"]) if len(rows) > PAGE else None


async def availability(
    db: Database, *, actor: Actor | None, space_id: UUID, low: str | None, high: str | None, partner: str | None = None
) -> tuple[list[Cell], list[Stretch], str, str]:
    """(free cells, taken stretches, zone, currency) in the window, by the database's clock, in one statement; priced for
    the actor, or for a partner they act for.

    A closed space has neither. Raises InvalidInput naming `from` or `to`, NotFound."""
    asked = (asked_moment("from", low) if low else None, asked_moment("to", high) if high else None)
    first, last = (
        each if isinstance(each, datetime) or each is None else datetime(each.year, each.month, each.day, tzinfo=UTC)
        for each in asked
    )
    now = datetime.now(UTC)  # only bounds what is read; what is free is decided by the database's clock
    start = first or now  # the margins cover zones, buffers and the default of a week
    async with db.read() as connection:
        row = await taken.availability(
            connection,
            space_id=space_id,
            low=start - 3 * ONE_DAY,
            high=min(last or start, start + MAX_WINDOW_DAYS * ONE_DAY) + 10 * ONE_DAY,
        )
        renter = await renter_of(connection, actor=actor, partner=partner)
    if row is None:
        raise NotFound("This space")
    tariff, clock = tariff_from(row), seconds(row["now"])
    window = asked_window(*asked, now=clock, zone=tariff.zone, days=7, max_days=MAX_WINDOW_DAYS)
    if row["status"] != "open":
        return [], [], row["time_zone"], row["currency"]
    periods = merged(zip(row["lows"] or (), row["highs"] or (), strict=True))
    cells = free_cells(tariff, terms_from(row), periods, window=window, now=clock)
    return (
        priced_cells(tariff, lists_from(row), cells, audiences=renter.audiences(row["community_id"])),
        taken_cells(tariff, periods, window=window),
        row["time_zone"],
        row["currency"],
    )


async def busy_calendar(db: Database, *, space_id: UUID) -> bytes:
    """An iCalendar feed of when the space is taken, a month back and half a year ahead; nobody's name. Raises NotFound."""
    async with db.read() as connection:
        row = await queries.space_for_hire(connection, space_id=space_id)
        if row is None:
            raise NotFound("This space")
        now: datetime = row["now"]
        found = await taken.availability(
            connection, space_id=space_id, low=now - 30 * ONE_DAY, high=now + 180 * ONE_DAY
        )
    assert found is not None
    feed = Feed()
    feed.add("prodid", "-//Linli Market//Spaces//EN")
    feed.add("version", "2.0")
    feed.add("x-wr-calname", row["name"])
    feed.add("x-wr-timezone", row["time_zone"])
    for start, end in merged(zip(found["lows"] or (), found["highs"] or (), strict=True)):
        event = Event()
        event.add("uid", f"{space_id}-{start}")
        event.add("dtstamp", now)
        event.add("dtstart", moment(start))
        event.add("dtend", moment(end))
        event.add("summary", "占用 Busy")
        event.add("class", "PUBLIC")
        event.add("transp", "OPAQUE")
        feed.add_component(event)
    return bytes(feed.to_ical())
