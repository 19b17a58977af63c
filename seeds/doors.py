"""Who came in by the QR code at a door, and a calendar kept elsewhere that blocks a room."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from icalendar import Calendar, Event

from market.checkout import doors
from market.checkout.door_schemas import DoorVisit
from market.db import Database
from market.people.rules import Actor
from market.spaces import imports
from market.spaces.import_schemas import NewImport
from seeds import timetable
from seeds.clock import Clock

if TYPE_CHECKING:
    from seeds.loader import Town

SHARED = "xq-music"
# A name that nobody can own (RFC 2606): the loader brings the file itself, and the demo looks for it again only after a day.
ADDRESS = "https://school.example/music-room.ics"
LOOKED_AGAIN_MIN = 1440


@dataclass(frozen=True)
class Entrance:
    """A door, what its poster carries, and the code of who comes in."""

    space: UUID
    key: str
    code: str


async def keys(clock: Clock) -> dict[UUID, str]:
    """What the posters carry, by space."""
    async with clock.db.read() as connection:
        return {row["id"]: row["door_key"] for row in await connection.fetch("SELECT id, door_key FROM spaces")}


async def come(clock: Clock, who: Actor, entrance: Entrance, *, at: datetime, leaves: datetime | None) -> None:
    """Check in when the time begins, and out where somebody leaves before its end."""
    await clock.set(at)
    wish = DoorVisit("in", entrance.key, code=entrance.code)
    await doors.visit(clock.db, actor=who, address=str(who.person_id), space_id=entrance.space, wish=wish)
    if leaves is not None:
        await clock.set(leaves)
        wish = DoorVisit("out", entrance.key, code=entrance.code)
        await doors.visit(clock.db, actor=who, address=str(who.person_id), space_id=entrance.space, wish=wish)


async def calendar_from_elsewhere(town: "Town", db: Database) -> None:
    """The music room is shared with the school, which keeps its own calendar."""
    clerk, space_id = town.actors["clerk@demo.test"], town.spaces[SHARED]
    new = NewImport("河沿小学音乐排练", ADDRESS, every_min=LOOKED_AGAIN_MIN)
    row = await imports.add(db, actor=clerk, space_id=space_id, new=new)

    async def fetch(_: str) -> bytes:
        return _rehearsals(town.now)

    await imports.look_now(db, actor=clerk, space_id=space_id, import_id=row["id"], fetch=fetch)


def _rehearsals(now: datetime) -> bytes:
    """Every Wednesday afternoon of the next weeks, and one evening."""
    calendar = Calendar()
    calendar.add("prodid", "-//Heyan School//Calendar//EN")
    calendar.add("version", "2.0")
    day = (now + timedelta(days=1)).astimezone(timetable.ZONE).replace(minute=0, second=0, microsecond=0)
    day += timedelta(days=(2 - day.weekday()) % 7)
    for uid, start, hours, rule in (
        ("rehearsal", day.replace(hour=13), 2, {"freq": "weekly", "count": 8}),
        ("concert", (day + timedelta(days=9)).replace(hour=18), 3, None),
    ):
        event = Event()
        event.add("uid", f"{uid}@school.example")
        event.add("dtstamp", now)
        event.add("dtstart", start)
        event.add("dtend", start + timedelta(hours=hours))
        event.add("summary", "合唱团排练" if rule else "音乐会彩排")
        if rule:
            event.add("rrule", rule)
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
