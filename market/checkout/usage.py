"""How spaces are used: days that are over are counted once into flat rows, what is open yet is counted when somebody asks.

Service code of the checkout slice, split off by noun; spaces/utilisation.py says what each figure is. A day is counted again for
some weeks after it is over, because people are checked in late, money is given back and the rent of a lease is known when its month is
over; then its rows stay as they are."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from market.checkout import usage_queries as kept
from market.checkout.usage_queries import By
from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import InvalidInput, NotFound
from market.money import decimal_text
from market.people.rules import Actor
from market.spaces.hours import Stretch, band, day_band, local_day, midnight, moment, seconds
from market.spaces.quoting import exceptions_from
from market.spaces.utilisation import Calendar, House, Measure, SpaceHour, Use
from market.spaces.windows import asked_moment

SETTLES_DAYS = 45
CHUNK_DAYS = 31
USUAL_DAYS = 28
MAX_DAYS = 5 * 366
MAX_BEHIND_DAYS = 400
MAX_AHEAD_DAYS = 400
PUBLIC = "public_benefit"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks at: days [first, end) of a community and all below it, or of one space or kind there."""

    community: UUID
    slug: str
    zone: ZoneInfo
    currency: str
    first: date
    end: date
    space: UUID | None = None
    kind: str | None = None


async def count_days(db: Database) -> int:
    """Count the days that are over in every community, those of the last weeks anew; returns how many days were counted."""
    async with db.read() as connection:
        due = [row for row in await kept.counted_communities(connection) if row["counted_until"] < row["today"]]
    counted = 0
    for row in due:
        while days := await db.retrying(lambda tx, row=row: _count_some(tx, row)):  # type: ignore[misc]  # a default freezes the loop's value
            counted += days
    return counted


async def _count_some(tx: Connection, row: Row) -> int:
    """The next days of one community, in one transaction: what is cut off is done again from here."""
    until = max(await kept.lock_count(tx, community=row["id"], first_day=row["first_day"]), row["first_day"])
    if until >= row["today"]:
        return 0
    # What this run has counted itself is not counted anew by it.
    settling = SETTLES_DAYS if until <= max(row["counted_until"], row["first_day"]) else 0
    first = max(row["first_day"], until - timedelta(days=settling))
    end = min(row["today"], until + timedelta(days=CHUNK_DAYS))
    rows = await _counted(tx, community=row["id"], zone=ZoneInfo(row["time_zone"]), first=first, end=end)
    await kept.replace_hours(tx, community=row["id"], first=first, end=end, rows=rows)
    done: timedelta = end - until
    return done.days


async def _counted(tx: Connection, *, community: UUID, zone: ZoneInfo, first: date, end: date) -> list[SpaceHour]:
    houses, found = await _houses(tx, community=community, zone=zone, first=first, end=end)
    uses = await _all_uses(tx, found, community=community, zone=zone, first=first, end=end)
    return [row for house in houses for row in house.hours(uses)]


async def _houses(
    tx: Connection, *, community: UUID, zone: ZoneInfo, first: date, end: date
) -> tuple[list[House], list[Row]]:
    """The calendars from `first` to `end`, one house for each stretch of days in which no space changed, and what was booked."""
    window = (midnight(first, zone), midnight(end, zone))
    weeks = await kept.weeks(tx, community=community, first=first, end=end)
    found = await kept.uses(tx, community=community, low=moment(window[0]), high=moment(window[1]))
    closures: dict[UUID, list[Stretch]] = {}
    for row in found:
        if row["kind"] == "closure":
            closures.setdefault(row["space_id"], []).append((seconds(row["starts_at"]), seconds(row["ends_at"])))
    cuts = sorted({first, *(row["first_day"] for row in weeks if row["first_day"] > first)})
    houses = []
    for day, until in zip(cuts, [*cuts[1:], end], strict=True):
        latest = {row["space_id"]: row for row in weeks if row["first_day"] <= day}
        calendars = [_calendar(row, zone, closures) for row in latest.values() if row["status"] == "open"]
        houses.append(House(calendars, (midnight(day, zone), midnight(until, zone))))
    return houses, [row for row in found if row["kind"] != "closure"]


async def _all_uses(
    tx: Connection, found: Sequence[Row], *, community: UUID, zone: ZoneInfo, first: date, end: date
) -> list[Use]:
    """What was booked, and the rent of the months of leases."""
    rents = await kept.rents(tx, community=community, first=first, end=end)
    return [_use(row) for row in found] + [_rent(row, zone) for row in rents]


def _rent(row: Row, zone: ZoneInfo) -> Use:
    start, end = midnight(row["first_day"], zone), midnight(row["until"] + timedelta(days=1), zone)
    return Use(row["occupancy_group"], row["space_id"], start, end, end, stands=False, revenue_minor=row["due_minor"])


def _calendar(row: Row, zone: ZoneInfo, closures: dict[UUID, list[Stretch]]) -> Calendar:
    week = tuple(band(weekday=at["weekday"], opens=at["opens"], closes=at["closes"]) for at in row["hours"])
    days = tuple(day_band(*each) for each in exceptions_from(row))
    return Calendar(row["space_id"], row["parent_id"], zone, week + days, tuple(closures.get(row["space_id"], ())))


def _use(row: Row) -> Use:
    """A lease is used; to a session came who redeemed a code for it, to a booking all for whom it was made once one has."""
    is_booking = row["kind"] == "booking"
    has_come = row["has_come"] if is_booking else row["kind"] == "lease" or row["came"] > 0
    return Use(
        use_id=row["group_id"],
        space_id=row["space_id"],
        start=seconds(row["starts_at"]),
        end=seconds(row["ends_at"]),
        until=seconds(row["meant_until"]),
        stands=row["stands"],
        is_given_back=not row["stands"],
        is_used=has_come,
        is_public=row["audience"] == PUBLIC if is_booking else row["listing_kind"] == "free",
        is_no_show=is_booking and row["stands"] and not has_come and (row["is_freed"] or row["is_over"]),
        before_s=row["kept_before"] // timedelta(seconds=1),
        after_s=row["kept_after"] // timedelta(seconds=1),
        visits=(row["attendees"] if is_booking else row["came"]) if has_come and row["stands"] else 0,
        revenue_minor=row["revenue_minor"] or 0,
        subsidy_minor=row["subsidy_minor"] or 0,
    )


async def asked(
    tx: Connection,
    *,
    actor: Actor,
    community: str,
    low: str | None,
    high: str | None,
    space: UUID | None = None,
    kind: str | None = None,
    max_days: int = MAX_DAYS,
) -> Asked:
    """Whole days, the last four weeks unless asked; staff of the community only. Raises NotFound, InvalidInput naming `from` or `to`."""
    place = await communities.community_by_slug(tx, community)
    if not actor.is_staff_of(place.id):
        raise NotFound("This community")
    zone = ZoneInfo(place.time_zone)
    today = local_day(seconds(await kept.now(tx)), zone)
    first, end = (_day(field, text, zone) for field, text in (("from", low), ("to", high)))
    if first is None:
        first = (end or today) - timedelta(days=USUAL_DAYS)
    if end is None:
        end = first + timedelta(days=USUAL_DAYS)
    if end == first:
        end += timedelta(days=1)
    if end < first:
        raise InvalidInput([("to", "must not be before the start")])
    if (end - first).days > max_days:
        raise InvalidInput([("to", f"must be at most {max_days} days after the start")])
    if (end - today).days > MAX_AHEAD_DAYS:
        raise InvalidInput([("to", f"must be at most {MAX_AHEAD_DAYS} days ahead")])
    return Asked(place.id, place.slug, zone, place.currency, first, end, space, kind)


def _day(field: str, text: str | None, zone: ZoneInfo) -> date | None:
    if text is None:
        return None
    found = asked_moment(field, text)
    return local_day(seconds(found), zone) if isinstance(found, datetime) else found


async def figures(tx: Connection, asked: Asked, *by: By) -> list[list[Row]]:
    """The sums of the window, grouped in each of these ways; days that are not counted yet are counted now."""
    fresh: list[SpaceHour] = []
    for row in await kept.counted_communities(tx, community=asked.community):
        first = max(asked.first, row["counted_until"])
        if first < asked.end:
            fresh += await _counted(
                tx, community=row["id"], zone=ZoneInfo(row["time_zone"]), first=first, end=asked.end
            )
    return [
        await kept.figures(
            tx,
            community=asked.community,
            by=each,
            first=asked.first,
            end=asked.end,
            fresh=fresh,
            space=asked.space,
            kind=asked.kind,
        )
        for each in by
    ]


def looking_back(asked: Asked, length: timedelta) -> Asked:
    """The same until the same end, but longer or shorter."""
    return replace(asked, first=asked.end - length)


async def hours_of_spaces(tx: Connection, asked: Asked) -> dict[UUID, dict[tuple[int, int], tuple[int, int]]]:
    """Open and booked seconds by weekday and hour, of every space by itself."""
    found: dict[UUID, dict[tuple[int, int], tuple[int, int]]] = {}
    (rows,) = await figures(tx, asked, "space_hour")
    for row in rows:
        space, _, at = row["key"].partition("/")
        found.setdefault(UUID(space), {})[divmod(int(at), 24)] = (row["open_s"], row["booked_s"])
    return found


@dataclass(frozen=True, slots=True)
class Behind:
    """One booking, session or lease and what it adds to the figures, in seconds and minor units."""

    row: Row
    space: Row
    sums: dict[Measure, int]


async def behind(tx: Connection, asked: Asked, *, weekday: int | None = None, hour: int | None = None) -> list[Behind]:
    """What stands behind the figures of the window, or of one hour or weekday in it, newest first: bookings that are still there."""
    names = {row["id"]: row for row in await kept.chosen_spaces(tx, community=asked.community, space=None, kind=None)}
    wanted = {
        row["id"] for row in await kept.chosen_spaces(tx, community=asked.community, space=asked.space, kind=asked.kind)
    }

    def keep(day: date, at: int) -> bool:
        return (weekday is None or day.weekday() == weekday) and (hour is None or at == hour)

    found: dict[UUID, Behind] = {}
    for place in await kept.counted_communities(tx, community=asked.community):
        houses, rows = await _houses(
            tx, community=place["id"], zone=ZoneInfo(place["time_zone"]), first=asked.first, end=asked.end
        )
        by_id = {row["group_id"]: row for row in rows}
        uses = await _all_uses(
            tx, rows, community=place["id"], zone=ZoneInfo(place["time_zone"]), first=asked.first, end=asked.end
        )
        for house in houses:
            targets = frozenset(wanted) if asked.space else house.leaves() & wanted
            for use_id, sums in house.behind(uses, targets=targets, keep=keep).items():
                before: dict[Measure, int] = found[use_id].sums if use_id in found else {}
                added = {measure: int(amount) + before.get(measure, 0) for measure, amount in sums.items()}
                found[use_id] = Behind(by_id[use_id], names[by_id[use_id]["space_id"]], {**before, **added})
    return sorted(found.values(), key=lambda each: (each.row["starts_at"], each.row["group_id"]), reverse=True)


CSV_COLUMNS = (
    ("open_hours", "open_s"),
    ("bookable_hours", "bookable_s"),
    ("booked_hours", "booked_s"),
    ("used_hours", "used_s"),
    ("public_benefit_hours", "public_s"),
    ("cancelled_hours", "cancelled_s"),
    ("no_show_hours", "no_show_s"),
)


def minutes(sums: Mapping[Measure, int], measure: Measure) -> int:
    """Whole minutes of one of the measures of time."""
    return sums.get(measure, 0) // 60


def table_csv(rows: Sequence[Row], asked: Asked, by: By) -> tuple[str, str]:
    """The figures as CSV, hours with two decimals, and the file's name."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [by, "name", *(name for name, _ in CSV_COLUMNS), "visits", "revenue", "subsidy", "currency", "area_m2"]
    )
    for row in rows:
        hours = [f"{row[column] / 3600:.2f}" for _, column in CSV_COLUMNS]
        money = [decimal_text(row[each], asked.currency) for each in ("revenue_minor", "subsidy_minor")]
        cells = [row["key"], _text(row["label"]), *hours, row["visits"], *money, asked.currency]
        writer.writerow([*cells, f"{row['area_dm2'] / 100:.2f}"])
    return "\ufeff" + out.getvalue(), f"utilisation-{asked.slug}-{by}-{asked.first}"


def _text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (I14)."""
    return "'" + cell if cell.lstrip()[:1] in tuple("=+-@\t\r＝＋－＠") and cell.strip() else cell
