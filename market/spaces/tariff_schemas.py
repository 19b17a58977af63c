"""Price lists and days with other hours on the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount, ShortText
from market.spaces.schemas import Occupancy, WallTime


class DayHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open from `opens` to `closes` on the day in question."""

    opens: WallTime
    closes: WallTime


class NewSpecialDays(msgspec.Struct, forbid_unknown_fields=True):
    """Other hours from `first_day` to `last_day` (default: that day); no hours = closed."""

    first_day: date
    last_day: date | None = None
    hours: Annotated[list[DayHours], Meta(max_length=10)] = []
    reason: ShortText = ""
    reason_en: ShortText | None = None


class SpecialDays(msgspec.Struct):
    """`is_holiday`: it is the community's, for all its spaces."""

    id: UUID
    first_day: date
    last_day: date
    hours: list[DayHours]
    reason: str
    reason_en: str | None
    is_holiday: bool


class SpecialDaysEntered(msgspec.Struct):
    """The bookings ahead that no longer fit: they stay (B19)."""

    conflicts: list[Occupancy] = []


Audience = Literal[
    "everybody", "resident", "low_fee", "public_benefit", "partner_basic", "partner_skill", "partner_startup"
]
Weekday = Annotated[int, Meta(ge=0, le=6)]


def _every_weekday() -> list[int]:
    return list(range(7))


class TariffRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`minor` units per `unit` on these weekdays (Monday 0). Hourly rates may be for a part of the day only: then they say whether
    that is peak or off-peak."""

    unit: Literal["hour", "half_day", "day", "week", "month", "fixed"]
    minor: Annotated[int, Meta(ge=0, le=100_000_000)]
    weekdays: Annotated[list[Weekday], Meta(min_length=1, max_length=7)] = msgspec.field(default_factory=_every_weekday)
    opens: WallTime | None = None
    closes: WallTime | None = None
    peak: Literal["", "peak", "off_peak"] = ""


class NewTariff(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/spaces/{id}/tariffs: what an audience pays from a day on; the list before it ends the day before."""

    audience: Audience
    rates: Annotated[list[TariffRate], Meta(min_length=1, max_length=40)]
    valid_from: date
    valid_until: date | None = None
    minimum_minor: Annotated[int, Meta(ge=0, le=100_000_000)] = 0
    deposit_minor: Annotated[int, Meta(ge=0, le=100_000_000)] = 0


class SpaceTariff(msgspec.Struct):
    """`valid_until` is the last day; null while it is open."""

    id: UUID
    audience: str
    rates: list[TariffRate]
    minimum: Amount
    deposit: Amount
    valid_from: date
    valid_until: date | None
