"""Days on which other hours hold: exceptions of one space, holidays of a whole community; bookings that no longer fit stay (B19).

Service code of the spaces slice, split off by noun."""

from datetime import date, timedelta
from uuid import UUID

import msgspec

from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import InvalidInput, NotFound
from market.people import service as people
from market.people.rules import Actor
from market.spaces import exception_queries as days
from market.spaces import occupancy_queries as taken
from market.spaces import queries, register
from market.spaces.hours import band_faults, day_band
from market.spaces.tariff_schemas import NewSpecialDays
from market.text import clean_text

MAX_DAYS = 60
MAX_CONFLICTS = 200


async def special_days(db: Database, *, space_id: UUID) -> list[Row]:
    """Exceptions and holidays of a space that are not over; raises NotFound."""
    async with db.read() as connection:
        if await queries.space(connection, space_id=space_id) is None:
            raise NotFound("This space")
        return await days.exceptions(connection, space_id=space_id, community_id=None)


async def holidays(db: Database, *, community: str) -> list[Row]:
    """Holidays of a community and those above it; raises NotFound."""
    async with db.read() as connection:
        place = await communities.community_by_slug(connection, community)
        return await days.exceptions(connection, space_id=None, community_id=place.id)


async def add_special_days(db: Database, *, actor: Actor, space_id: UUID, new: NewSpecialDays) -> list[Row]:
    """Other hours, or none, on some days of one space; returns the bookings ahead that no longer fit. Raises InvalidInput, NotFound."""
    async with db.transaction() as tx:
        await taken.lock_family(tx, space_id=space_id)
        register.staffed(await queries.space(tx, space_id=space_id), actor)
        await insert(tx, new=new, by=actor.person_id, space_id=space_id)
        await _note(tx, actor, f"space:{space_id}", new)
        return await _misfits(tx, space_id)


async def add_holidays(db: Database, *, actor: Actor, community: str, new: NewSpecialDays) -> list[Row]:
    """The same for every space of a community and all below it."""
    async with db.transaction() as tx:
        place = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(place.id):
            raise NotFound("This community")
        await insert(tx, new=new, by=actor.person_id, community_id=place.id)
        await _note(tx, actor, f"community:{place.id}", new)
        found: list[Row] = []
        for space_id in await days.spaces_of_community(tx, community_id=place.id):
            found += await _misfits(tx, space_id)
            if len(found) >= MAX_CONFLICTS:
                break
        return found[:MAX_CONFLICTS]


async def insert(
    tx: Connection,
    *,
    new: NewSpecialDays,
    by: UUID | None = None,
    space_id: UUID | None = None,
    community_id: UUID | None = None,
) -> UUID:
    """Enter days; whether the caller may is decided by who calls. Raises InvalidInput by field."""
    last = new.last_day or new.first_day
    if not 2000 <= new.first_day.year <= 2200:
        raise InvalidInput([("first_day", "is not a year to plan for")])
    if last < new.first_day or last - new.first_day >= timedelta(days=MAX_DAYS):
        raise InvalidInput([("last_day", f"must be on or after the first day, within {MAX_DAYS} days")])
    bands = [day_band(date(2024, 1, 1), each.opens, each.closes) for each in new.hours]
    faults = [
        (f"hours.{index}.closes", "must not be the time of opening; leave the hours out for a closed day")
        for index, each in enumerate(new.hours)
        if each.opens == each.closes
    ]
    faults = faults or band_faults("hours", bands)
    if faults:
        raise InvalidInput(faults)
    return await days.insert_exception(
        tx,
        space_id=space_id,
        community_id=community_id,
        first_day=new.first_day,
        last_day=last,
        hours=msgspec.to_builtins(new.hours),
        reason=clean_text("reason", new.reason, max_len=200),
        reason_en=clean_text("reason_en", new.reason_en or "", max_len=200) or None,
        created_by=by,
    )


async def drop_special_days(db: Database, *, actor: Actor, space_id: UUID, exception_id: UUID) -> None:
    """Take an exception of a space back; holidays are the community's. Raises NotFound."""
    async with db.transaction() as tx:
        register.staffed(await queries.space(tx, space_id=space_id), actor)
        if not await days.delete_exception(tx, exception_id, space_id=space_id, community_id=None):
            raise NotFound("This day")


async def drop_holidays(db: Database, *, actor: Actor, community: str, exception_id: UUID) -> None:
    """Take a holiday of a community back. Raises NotFound."""
    async with db.transaction() as tx:
        place = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(place.id) or not await days.delete_exception(
            tx, exception_id, space_id=None, community_id=place.id
        ):
            raise NotFound("This day")


async def _misfits(tx: Connection, space_id: UUID) -> list[Row]:
    row = await queries.space_for_hire(tx, space_id=space_id)
    assert row is not None
    return register.misfits(row, await taken.bookings_ahead(tx, space_id=space_id))


async def _note(tx: Connection, actor: Actor, subject: str, new: NewSpecialDays) -> None:
    await people.audit(
        tx,
        person_id=actor.person_id,
        action="space.special_days",
        subject=subject,
        detail={"first_day": new.first_day.isoformat(), "last_day": (new.last_day or new.first_day).isoformat()},
    )
