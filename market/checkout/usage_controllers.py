"""HTTP of utilisation."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from market.checkout import idle_offers, usage
from market.checkout.usage_schemas import (
    IdleHours,
    IdleHoursFound,
    IdleRate,
    NewIdleOffer,
    UseBehind,
    UsesBehind,
    Utilisation,
    UtilisationRow,
)
from market.db import Database, Row
from market.people.rules import Actor
from market.schemas import Amount, Done
from market.spaces.schemas import SpaceKind

MOST_BEHIND = 500
From = Annotated[
    str | None, QueryParameter(name="from", description="date; default four weeks before the end", max_length=40)
]
To = Annotated[str | None, QueryParameter(name="to", description="date, not included; default today", max_length=40)]
By = Literal["space", "kind", "complex", "community", "hour", "weekday_hour", "day", "month"]
Weekday = Annotated[int | None, QueryParameter(ge=0, le=6, description="Monday 0")]
Hour = Annotated[int | None, QueryParameter(ge=0, le=23)]


def _ratio(part: int, whole: int) -> float:
    """Four decimals: a figure to look at, not to compute with."""
    return round(part / whole, 4) if whole else 0.0


def _row(row: Row, currency: str) -> UtilisationRow:
    revenue, open_s, area = row["revenue_minor"], row["open_s"], row["area_dm2"]
    minutes = {
        f"{name}_min": row[f"{name}_s"] // 60
        for name in ("open", "bookable", "booked", "used", "public", "cancelled", "no_show")
    }
    return UtilisationRow(
        key=row["key"],
        label=row["label"],
        label_en=row["label_en"],
        **minutes,
        visits=row["visits"],
        revenue=Amount(revenue, currency),
        revenue_per_hour=Amount(revenue * 3600 // open_s if open_s else 0, currency),
        revenue_per_m2=Amount(revenue * 100 // area, currency) if area else None,
        subsidy=Amount(row["subsidy_minor"], currency),
        area_m2=area / 100,
        ratio=_ratio(row["booked_s"], open_s),
        public_ratio=_ratio(row["public_s"], row["booked_s"]),
    )


EMPTY = {
    "key": "",
    "label": "",
    "label_en": None,
    "area_dm2": 0,
    "visits": 0,
    "revenue_minor": 0,
    "subsidy_minor": 0,
    **{f"{name}_s": 0 for name in ("open", "bookable", "booked", "used", "public", "cancelled", "no_show")},
}


@get(
    "/api/communities/{community:str}/utilisation",
    operation_id="get_utilisation",
    summary="What spaces did with their time, for staff",
)
async def get_utilisation(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    low: From = None,
    high: To = None,
    by: FromQuery[By] = "space",
    space: FromQuery[UUID | None] = None,
    kind: FromQuery[SpaceKind | None] = None,
) -> Utilisation:
    """The last 28 days unless asked, at most five years."""
    async with db.read() as tx:
        asked = await usage.asked(tx, actor=actor, community=community, low=low, high=high, space=space, kind=kind)
        rows, total = await usage.figures(tx, asked, by, "total")
    currency = asked.currency
    whole = _row(total[0] if total else EMPTY, currency)
    return Utilisation(asked.first, asked.end, by, [_row(row, currency) for row in rows], whole)


@get(
    "/api/communities/{community:str}/utilisation/file.csv",
    operation_id="get_utilisation_csv",
    summary="The same as CSV",
)
async def get_utilisation_csv(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    low: From = None,
    high: To = None,
    by: FromQuery[By] = "space",
    space: FromQuery[UUID | None] = None,
    kind: FromQuery[SpaceKind | None] = None,
) -> Response[str]:
    """One line per row; hours and amounts are numbers."""
    async with db.read() as tx:
        asked = await usage.asked(tx, actor=actor, community=community, low=low, high=high, space=space, kind=kind)
        (rows,) = await usage.figures(tx, asked, by)
    body, name = usage.table_csv(rows, asked, by)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(body, media_type="text/csv", headers=headers)


def _behind(each: usage.Behind, currency: str) -> UseBehind:
    row = each.row
    return UseBehind(
        id=row["group_id"],
        kind=row["kind"],
        space_id=row["space_id"],
        space=each.space["name"],
        space_en=each.space["name_en"],
        title=row["title"] or "",
        title_en=row["title_en"],
        starts_at=row["starts_at"],
        ends_at=row["meant_until"],
        order_id=row["order_id"],
        booked_min=usage.minutes(each.sums, "booked_s"),
        used_min=usage.minutes(each.sums, "used_s"),
        public_min=usage.minutes(each.sums, "public_s"),
        cancelled_min=usage.minutes(each.sums, "cancelled_s"),
        no_show_min=usage.minutes(each.sums, "no_show_s"),
        visits=each.sums.get("visits", 0),
        revenue=Amount(each.sums.get("revenue_minor", 0), currency),
        subsidy=Amount(each.sums.get("subsidy_minor", 0), currency),
    )


@get(
    "/api/communities/{community:str}/utilisation/uses",
    operation_id="list_uses_behind",
    summary="The bookings, sessions and leases behind a figure",
)
async def list_uses_behind(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    low: From = None,
    high: To = None,
    space: FromQuery[UUID | None] = None,
    kind: FromQuery[SpaceKind | None] = None,
    weekday: Weekday = None,
    hour: Hour = None,
) -> UsesBehind:
    """At most 400 days; those whose booking has been deleted since are counted in the figure and not listed here."""
    async with db.read() as tx:
        asked = await usage.asked(
            tx,
            actor=actor,
            community=community,
            low=low,
            high=high,
            space=space,
            kind=kind,
            max_days=usage.MAX_BEHIND_DAYS,
        )
        found = await usage.behind(tx, asked, weekday=weekday, hour=hour)
    return UsesBehind(
        asked.first,
        asked.end,
        [_behind(each, asked.currency) for each in found[:MOST_BEHIND]],
        len(found),
        sum(each.sums.get("booked_s", 0) for each in found) // 60,
    )


@get(
    "/api/communities/{community:str}/idle-hours",
    operation_id="list_idle_hours",
    summary="Hours in which spaces stood idle, with an offer for them",
)
async def list_idle_hours(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> IdleHoursFound:
    """Of the last eight weeks, the longest first, at most twenty; spaces/idle.py says what is idle."""
    found, asked = await idle_offers.proposals(db, actor=actor, community=community)
    return IdleHoursFound(
        asked.first,
        asked.end,
        [
            IdleHours(
                space_id=each.space["id"],
                space=each.space["name"],
                space_en=each.space["name_en"],
                weekdays=list(each.band.weekdays),
                opens=f"{each.band.opens:02}:00",
                closes=f"{each.band.closes:02}:00",
                open_min=each.band.open_s // 60,
                booked_min=each.band.booked_s // 60,
                offers=[IdleRate(offer, Amount(minor, each.space["currency"])) for offer, minor in each.rates.items()],
            )
            for each in found
        ],
    )


@post(
    "/api/spaces/{space_id:uuid}/idle-offers",
    operation_id="publish_idle_offer",
    summary="Offer idle hours at half the price, or free for residents",
)
async def publish_idle_offer(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID], data: JSONBody[NewIdleOffer]
) -> Done:
    """By staff of the community, from today on: a price list like any other."""
    await idle_offers.publish(db, actor=actor, space_id=space_id, new=data)
    return Done()


handlers = [get_utilisation, get_utilisation_csv, list_uses_behind, list_idle_hours, publish_idle_offer]
