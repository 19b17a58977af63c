"""Turns the short notes of the data files ("tue,sat 09:30 75 12") into opening hours and dated offers."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
from rich.progress import Progress

from market.listings import offers
from market.listings.schemas import NewOffer
from market.spaces import service as spaces
from seeds.clock import Clock

if TYPE_CHECKING:
    from seeds.loader import Town

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BATCH = 200
# Not all partners were there from the beginning: two services of three began when the town was half as old.
LATER = 2


def decoded(body: bytes) -> Any:
    """An answer that a service has written as JSON."""
    return msgspec.json.decode(body)


def weekdays(text: str) -> list[int]:
    """ "mon-fri" or "tue,sat" as numbers, Monday 0."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(DAYS.index(first), DAYS.index(last or first) + 1)
    return found


def hours(text: str) -> list[tuple[int, str, str]]:
    """ "mon-sun 08:00-21:00" as (weekday, opens, closes)."""
    days, span = text.split()
    opens, closes = span.split("-")
    return [(day, opens, closes) for day in weekdays(days)]


def off_peak(text: str | None) -> list[tuple[tuple[int, str, str], str]]:
    """ "mon-fri 12:00-17:00 36" as bands with the rate in yuan."""
    if text is None:
        return []
    days, span, rate = text.split()
    return [(band, rate) for band in hours(f"{days} {span}")]


def duration(service: dict[str, Any]) -> int | None:
    """Minutes of one unit of a service, None for a voucher or a meal."""
    if "when" not in service or service["kind"] == "meal":
        return None
    parts = service["when"].split(";")[0].split()
    return int(parts[2])


def dated(service: dict[str, Any], first: date, last: date) -> Iterator[tuple[datetime, datetime, int]]:
    """Start, end and places of every unit from `first` to `last`."""
    for note in service["when"].split(";"):
        days, start, length, *places = note.split()
        wanted = set(weekdays(days))
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            if day.weekday() not in wanted:
                continue
            begins, _, until = start.partition("-")
            at = datetime.combine(day, time.fromisoformat(begins), ZONE)
            step = timedelta(minutes=int(length))
            if not until:
                yield at, at + step, int(places[0])
                continue
            end = datetime.combine(day, time.fromisoformat(until), ZONE)
            while at + step <= end:
                yield at, at + step, 1
                at += max(step, timedelta(minutes=120))


async def publish(town: "Town", clock: Clock, progress: Progress, *, past_weeks: int, ahead_weeks: int) -> None:
    """Offers of every service from the town's first week on, published at its beginning."""
    await clock.set(town.weeks_ago(past_weeks) - timedelta(days=1))
    today = town.now.astimezone(ZONE).date()
    task = progress.add_task("offers", total=len(town.services))
    for number, (slug, service) in enumerate(town.services.items()):
        weeks = past_weeks if number % 3 == 0 else past_weeks // LATER
        new = list(_offers(town, service, today - timedelta(weeks=weeks), today + timedelta(weeks=ahead_weeks)))
        for at in range(0, len(new), BATCH):
            await offers.create_offers(
                clock.db,
                actor=town.owners[service["by"]],
                occupier=spaces,
                listing_id=town.listings[slug],
                new=new[at : at + BATCH],
            )
        progress.advance(task)


def _offers(town: "Town", service: dict[str, Any], first: date, last: date) -> Iterator[NewOffer]:
    if "when" not in service:
        yield NewOffer(capacity=service["stock"])
        return
    for starts_at, ends_at, places in dated(service, first, last):
        yield NewOffer(
            capacity=places,
            starts_at=starts_at,
            ends_at=ends_at,
            space_id=town.spaces[service["space"]] if "space" in service else None,
        )
