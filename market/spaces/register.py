"""The asset register: staff enter and change spaces, close them, and see what takes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.media import service as media
from market.media.schemas import Photo
from market.people.rules import Actor
from market.search import service as search
from market.settings import Settings
from market.spaces import import_queries, queries, quoting, service
from market.spaces import occupancy_queries as taken
from market.spaces.cancellation import Step, step_faults
from market.spaces.hours import Band, band, is_inside, merged, open_stretches, seconds
from market.spaces.rules import DAY_S, LONGEST_DAYS, period_faults
from market.spaces.schemas import CancellationStep, ChangedSpace, Hours, MovedClosure, NewClosure, NewSpace, OffPeak
from market.spaces.tariff_checks import tariff_faults
from market.text import clean_text

TEXTS = {
    "name": (120, 1),
    "name_en": (200, 0),
    "about": (10_000, 0),
    "about_en": (10_000, 0),
    "address": (200, 0),
    "floor": (20, 0),
}
COLUMNS = {"rate": "rate_minor"}
MAX_LISTED = 1000


class NotReleasable(Conflict):
    """A paid booking, a class session or a lease ends where it was made, so that its money is settled."""

    def __init__(self) -> None:
        super().__init__("Bookings, classes and leases are ended where they were made, so that their money is settled.")


class FromAnotherCalendar(Conflict):
    """What stands in a calendar kept elsewhere is moved there: moved here it would be blocked twice."""

    slug = "from-another-calendar"

    def __init__(self) -> None:
        super().__init__("This time comes from another calendar; change it there.")


def staffed(row: Row | None, actor: Actor, *roles: str) -> Row:
    """The row, when the actor is staff of its community; else it does not exist for the actor."""
    if row is None or not actor.is_staff_of(row["community_id"], *roles):
        raise NotFound("This space")
    return row


def _bands(hours: Sequence[Hours], off_peak: Sequence[OffPeak]) -> tuple[list[Band], list[Band]]:
    return (
        [band(weekday=each.weekday, opens=each.opens, closes=each.closes) for each in hours],
        [
            band(weekday=each.weekday, opens=each.opens, closes=each.closes, rate_minor=each.rate_minor)
            for each in off_peak
        ],
    )


def hour_faults(hours: Sequence[Hours], off_peak: Sequence[OffPeak], rate_minor: int) -> list[tuple[str, str]]:
    """What is wrong with hours and bands, field by field."""
    return tariff_faults(*_bands(hours, off_peak), rate_minor)


def _require_tariff(hours: Sequence[Hours], off_peak: Sequence[OffPeak], rate_minor: int) -> None:
    faults = hour_faults(hours, off_peak, rate_minor)
    if faults:
        raise InvalidInput(faults)


def _require_lengths(granularity_min: int, min_length_min: int, max_length_min: int) -> None:
    if max_length_min < min_length_min:
        raise InvalidInput([("max_length_min", "must not be below the shortest length")])
    if min_length_min % granularity_min:
        raise InvalidInput([("min_length_min", f"must be a multiple of {granularity_min} minutes")])


def _require_steps(steps: Sequence[CancellationStep]) -> None:
    faults = step_faults([Step(each.until_h, each.back_bp) for each in steps])
    if faults:
        raise InvalidInput(faults)


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    """Field values as column values: texts cleaned, lists of bands as plain values."""
    found: dict[str, Any] = {}
    for field, value in values.items():
        if field in TEXTS and value is not None:
            most, least = TEXTS[field]
            found[field] = clean_text(field, value, max_len=most, min_len=least)
        elif field == "equipment":
            found[field] = [
                clean_text(f"equipment.{index}", each, max_len=60, min_len=1) for index, each in enumerate(value)
            ]
        elif field in {"hours", "off_peak", "cancellation"}:
            found[field] = msgspec.to_builtins(value)
        elif field == "area_m2":
            found["area_dm2"] = None if value is None else max(1, round(value * 100))
        else:
            found[COLUMNS.get(field, field)] = value
    return found


async def add_space(tx: Connection, *, new: NewSpace) -> UUID:
    """Enter a space; what already takes a hall also takes a room that is added to it. Raises InvalidInput, NotFound.

    Whether the caller may is decided by who calls."""
    _require_tariff(new.hours, new.off_peak, new.rate)
    _require_lengths(new.granularity_min, new.min_length_min, new.max_length_min)
    _require_steps(new.cancellation)
    community = await communities.community_by_slug(tx, new.community)
    values = {
        name: getattr(new, name) for name in NewSpace.__struct_fields__ if name not in {"community", "enterprise"}
    }
    columns = _columns(values) | {"community_id": community.id, "currency": community.currency}
    if new.enterprise is not None:
        columns["enterprise_id"] = await queries.enterprise_id(
            tx, slug=clean_text("enterprise", new.enterprise, max_len=200), community=community.id
        )
        if columns["enterprise_id"] is None:
            raise InvalidInput([("enterprise", "is no enterprise of this community")])
    if new.parent_id is not None:
        family = await taken.lock_family(tx, space_id=new.parent_id)
        if not any(each["id"] == new.parent_id and each["community_id"] == community.id for each in family):
            raise InvalidInput([("parent_id", "is no space of this community")])
    space_id = await queries.insert_space(tx, values=columns)
    if new.parent_id is not None:
        await taken.insert_blocks_of_ancestors(tx, space_id=space_id)
    await search.note_change(tx, kind="space", id=space_id)
    return space_id


async def create_space(db: Database, *, actor: Actor, new: NewSpace) -> Row:
    """Enter a space in a community the actor is staff of; the row as shown. Raises InvalidInput by field, NotFound."""
    async with db.transaction() as tx:
        try:
            community = await communities.community_by_slug(tx, new.community)
        except NotFound as unknown:
            raise InvalidInput([("community", "is unknown")]) from unknown
        if not actor.is_staff_of(community.id):
            raise NotFound("This community")
        space_id = await add_space(tx, new=new)
        return staffed(await queries.space(tx, space_id=space_id), actor)


async def change_space(db: Database, *, actor: Actor, space_id: UUID, changed: ChangedSpace) -> tuple[Row, list[Row]]:
    """Change a space; the row as shown, and the bookings ahead that no longer fit it: they stay, staff talk to people (B19)."""
    values = {
        name: value for name in ChangedSpace.__struct_fields__ if (value := getattr(changed, name)) is not msgspec.UNSET
    }
    async with db.transaction() as tx:
        await taken.lock_family(tx, space_id=space_id)
        row = staffed(await queries.space(tx, space_id=space_id), actor)
        hours = values.get("hours", [Hours(**each) for each in row["hours"]])
        off_peak = values.get("off_peak", [OffPeak(**each) for each in row["off_peak"]])
        _require_tariff(hours, off_peak, values.get("rate", row["rate_minor"]))
        lengths = ("granularity_min", "min_length_min", "max_length_min")
        _require_lengths(*(values.get(name, row[name]) for name in lengths))
        _require_steps(values.get("cancellation", ()))
        if values:
            await queries.update_space(tx, space_id=space_id, values=_columns(values))
            await search.note_change(tx, kind="space", id=space_id)
        row = staffed(await queries.space(tx, space_id=space_id), actor)
        ahead = await taken.bookings_ahead(tx, space_id=space_id)
        hired = await queries.space_for_hire(tx, space_id=space_id)
    return row, misfits(hired, ahead)


def misfits(row: Row, ahead: Sequence[Row]) -> list[Row]:
    """The bookings ahead that a space of space_for_hire() no longer fits."""
    if not ahead or row["status"] == "closed":
        return list(ahead)
    tariff = quoting.tariff_from(row)
    spans = [(seconds(each["starts_at"]), seconds(each["ends_at"])) for each in ahead]
    days = merged((start - DAY_S, end + DAY_S) for start, end in spans)
    hours = merged(stretch for window in days for stretch in open_stretches(tariff.week, tariff.zone, window))
    return [each for each, (start, end) in zip(ahead, spans, strict=True) if not is_inside(hours, start, end)]


async def close(db: Database, *, actor: Actor, space_id: UUID, new: NewClosure) -> Row:
    """Close a space for a time; the row. Raises SlotTaken when something is booked then."""
    return await _block(
        db,
        actor=actor,
        space_id=space_id,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        kind="closure",
        note=clean_text("reason", new.reason, max_len=200, min_len=1),
    )


async def _block(
    db: Database, *, actor: Actor, space_id: UUID, starts_at: datetime, ends_at: datetime, kind: service.Kind, note: str
) -> Row:
    async def work(tx: Connection) -> Row:
        staffed(await queries.space(tx, space_id=space_id), actor)
        faults = period_faults(
            starts_at, ends_at, now=await queries.now(tx), longest=timedelta(days=LONGEST_DAYS[kind])
        )
        if faults:
            raise InvalidInput(faults)
        group_id = await service.occupy(
            tx, space_id=space_id, starts_at=starts_at, ends_at=ends_at, kind=kind, note=note
        )
        return await taken.primary(tx, group_id=group_id)

    return await db.retrying(work)


async def occupancies(
    db: Database, *, actor: Actor, space_id: UUID, low: datetime | None, high: datetime | None
) -> list[Row]:
    """What takes a space between (default: from a day ago, for sixty days), for its staff; at most a thousand."""
    async with db.read() as connection:
        staffed(await queries.space(connection, space_id=space_id), actor)
        now = await queries.now(connection)
        low, high = low or now - timedelta(days=1), high or (low or now) + timedelta(days=60)
        faults = [
            (field, "needs an offset from UTC")
            for field, value in (("from", low), ("to", high))
            if value.utcoffset() is None
        ]
        if not faults and not timedelta(0) < high - low <= timedelta(days=400):
            faults = [("to", "must be after the start, by at most 400 days")]
        if faults:
            raise InvalidInput(faults)
        return await taken.occupancies(connection, space_id=space_id, low=low, high=high, limit=MAX_LISTED)


async def release(db: Database, *, actor: Actor, space_id: UUID, occupancy_id: UUID) -> None:
    """End a closure early. Raises NotFound, NotReleasable for bookings, sessions and leases."""
    async with db.transaction() as tx:
        staffed(await queries.space(tx, space_id=space_id), actor)
        row = await taken.occupancy(tx, occupancy_id=occupancy_id, space_id=space_id)
        if row is None:
            raise NotFound("This entry")
        if row["kind"] != "closure":
            raise NotReleasable
        await service.release(tx, group_id=row["group_id"])


async def move_closure(db: Database, *, actor: Actor, space_id: UUID, occupancy_id: UUID, wish: MovedClosure) -> Row:
    """Move or stretch a closure, perhaps to another space of the actor's; the old one stays when the new one cannot be had. The row.

    Raises SlotTaken, InvalidInput, NotFound, NotReleasable, FromAnotherCalendar."""

    async def work(tx: Connection) -> Row:
        staffed(await queries.space(tx, space_id=space_id), actor)
        target = wish.space_id or space_id
        staffed(await queries.space(tx, space_id=target), actor)
        row = await taken.occupancy(tx, occupancy_id=occupancy_id, space_id=space_id)
        if row is None:
            raise NotFound("This entry")
        if row["kind"] != "closure":
            raise NotReleasable
        if await import_queries.is_imported(tx, row["group_id"]):
            raise FromAnotherCalendar
        longest = timedelta(days=LONGEST_DAYS["closure"])
        faults = period_faults(wish.starts_at, wish.ends_at, now=await queries.now(tx), longest=longest)
        if faults:
            raise InvalidInput(faults)
        group_id = await service.move(
            tx,
            group_id=row["group_id"],
            space_id=target,
            starts_at=wish.starts_at,
            ends_at=wish.ends_at,
            kind="closure",
        )
        return await taken.primary(tx, group_id=group_id)

    return await db.retrying(work)


async def add_photo(db: Database, *, settings: Settings, actor: Actor, space_id: UUID, data: bytes, alt: str) -> Photo:
    """Append a picture. Raises what media.service.add_photo raises, NotFound."""
    async with db.read() as connection:
        staffed(await queries.space(connection, space_id=space_id), actor)

    async def then(tx: Connection) -> None:
        await search.note_change(tx, kind="space", id=space_id)

    return await media.add_photo(db, settings=settings, data=data, alt=alt, space_id=space_id, then=then)
