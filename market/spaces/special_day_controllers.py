"""HTTP of exceptions and holidays."""

from collections.abc import Sequence
from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.db import Database, Row
from market.people.rules import Actor
from market.schemas import Page
from market.spaces import special_days
from market.spaces.schemas import Occupancy
from market.spaces.tariff_schemas import DayHours, NewSpecialDays, SpecialDays, SpecialDaysEntered


def _page(rows: Sequence[Row]) -> Page[SpecialDays]:
    return Page(
        [
            SpecialDays(
                row["id"],
                row["first_day"],
                row["last_day"],
                [DayHours(**each) for each in row["hours"]],
                row["reason"],
                row["reason_en"],
                row["is_holiday"],
            )
            for row in rows
        ]
    )


def _entered(conflicts: Sequence[Row]) -> SpecialDaysEntered:
    fields = Occupancy.__struct_fields__
    return SpecialDaysEntered([Occupancy(**{name: row[name] for name in fields}) for row in conflicts])


@get("/api/spaces/{space_id:uuid}/special-days", operation_id="list_special_days", summary="Days with other hours")
async def list_special_days(db: NamedDependency[Database], space_id: FromPath[UUID]) -> Page[SpecialDays]:
    """Exceptions of the space and holidays of its community that are not over."""
    return _page(await special_days.special_days(db, space_id=space_id))


@post("/api/spaces/{space_id:uuid}/special-days", operation_id="add_special_days", summary="Other hours on some days")
async def add_special_days(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    space_id: FromPath[UUID],
    data: JSONBody[NewSpecialDays],
) -> SpecialDaysEntered:
    """Bookings that no longer fit stay and are listed."""
    return _entered(await special_days.add_special_days(db, actor=actor, space_id=space_id, new=data))


@delete(
    "/api/spaces/{space_id:uuid}/special-days/{exception_id:uuid}",
    operation_id="drop_special_days",
    summary="The usual hours again",
)
async def drop_special_days(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID], exception_id: FromPath[UUID]
) -> None:
    """Of the space's own days."""
    await special_days.drop_special_days(db, actor=actor, space_id=space_id, exception_id=exception_id)


@get("/api/communities/{community:str}/holidays", operation_id="list_holidays", summary="Holidays of a community")
async def list_holidays(db: NamedDependency[Database], community: FromPath[str]) -> Page[SpecialDays]:
    """Its own and those of the street and district above it."""
    return _page(await special_days.holidays(db, community=community))


@post("/api/communities/{community:str}/holidays", operation_id="add_holidays", summary="Holidays for every space")
async def add_holidays(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    data: JSONBody[NewSpecialDays],
) -> SpecialDaysEntered:
    """By staff of the community; bookings that no longer fit stay and are listed."""
    return _entered(await special_days.add_holidays(db, actor=actor, community=community, new=data))


@delete(
    "/api/communities/{community:str}/holidays/{exception_id:uuid}",
    operation_id="drop_holidays",
    summary="No holiday after all",
)
async def drop_holidays(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str], exception_id: FromPath[UUID]
) -> None:
    """Of the community's own holidays."""
    await special_days.drop_holidays(db, actor=actor, community=community, exception_id=exception_id)


handlers = [list_special_days, add_special_days, drop_special_days, list_holidays, add_holidays, drop_holidays]
