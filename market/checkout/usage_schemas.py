"""Utilisation on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount
from market.spaces.schemas import WallTime
from market.spaces.tariff_schemas import Weekday


class UtilisationRow(msgspec.Struct):
    """Minutes; spaces/utilisation.py says what each is. `key` is an id, a slug, a kind, an hour, weekday (Monday 0) × 24 + hour, a day
    or a month, by the `by` parameter."""

    key: str
    label: str
    label_en: str | None
    open_min: int
    bookable_min: int
    booked_min: int
    used_min: int
    public_min: int
    cancelled_min: int
    no_show_min: int
    visits: int
    revenue: Amount
    revenue_per_hour: Amount
    """per open hour, rounded down"""
    revenue_per_m2: Amount | None
    """null where no area is known"""
    subsidy: Amount
    """what bookings cost less than their list price"""
    area_m2: float
    ratio: float
    """booked / open, 0 when never open"""
    public_ratio: float
    """public / booked, 0 when nothing was booked"""


class Utilisation(msgspec.Struct):
    """GET /api/communities/{c}/utilisation: days from `start` to `end`, not included."""

    start: date
    end: date
    by: str
    rows: list[UtilisationRow]
    total: UtilisationRow


class UseBehind(msgspec.Struct):
    """A booking, a session or a lease, and the minutes, visits, rent and subsidy it adds to the figure asked for."""

    id: UUID
    kind: str
    space_id: UUID
    space: str
    space_en: str | None
    title: str
    title_en: str | None
    starts_at: datetime
    ends_at: datetime
    order_id: UUID | None
    booked_min: int
    used_min: int
    public_min: int
    cancelled_min: int
    no_show_min: int
    visits: int
    revenue: Amount
    subsidy: Amount


class UsesBehind(msgspec.Struct):
    """The newest five hundred, and how many there are."""

    start: date
    end: date
    items: list[UseBehind]
    count: int
    booked_min: int


class IdleRate(msgspec.Struct):
    """What an offer would cost an hour: `off_peak` everybody, `free` residents."""

    offer: str
    rate: Amount


class IdleHours(msgspec.Struct):
    """Hours of a space that stood idle in the weeks looked at, and what may be offered for them."""

    space_id: UUID
    space: str
    space_en: str | None
    weekdays: list[int]
    opens: str
    closes: str
    open_min: int
    booked_min: int
    offers: list[IdleRate]


class IdleHoursFound(msgspec.Struct):
    start: date
    end: date
    items: list[IdleHours]


class NewIdleOffer(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/spaces/{id}/idle-offers: half the plain rate for everybody, or free for residents, in these hours from today on."""

    offer: Literal["off_peak", "free"]
    weekdays: Annotated[list[Weekday], Meta(min_length=1, max_length=7)]
    opens: WallTime
    closes: WallTime
