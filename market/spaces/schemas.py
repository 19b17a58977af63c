"""Spaces, availability and utilisation on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile
from msgspec import Meta

from market.media.schemas import Photo
from market.schemas import Amount, LongText, ShortText

SpaceKind = Literal["room", "stall", "pitch", "shop", "kiosk", "ad_site", "parking", "complex"]
WallTime = Annotated[
    str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", description="HH:MM in the community's zone")
]
Rate = Annotated[int, Meta(ge=0, le=100_000_000, description="minor units per hour")]


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open on `weekday` (Monday 0) from `opens` to `closes`."""

    weekday: Annotated[int, Meta(ge=0, le=6)]
    opens: WallTime
    closes: WallTime


class OffPeak(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cheaper band; whole granules inside it cost `rate_minor` per hour."""

    weekday: Annotated[int, Meta(ge=0, le=6)]
    opens: WallTime
    closes: WallTime
    rate_minor: Rate


class Space(msgspec.Struct):
    id: UUID
    kind: str
    name: str
    name_en: str | None
    about: str
    about_en: str | None
    community: str
    community_name: str
    community_name_en: str | None
    time_zone: str
    parent_id: UUID | None
    address: str
    floor: str
    area_m2: float | None
    capacity: int
    is_step_free: bool
    equipment: list[str]
    latitude: float | None
    longitude: float | None
    hours: list[Hours]
    rate: Amount
    off_peak: list[OffPeak]
    granularity_min: int
    min_length_min: int
    max_length_min: int
    lead_min: int
    horizon_days: int
    buffer_before_min: int
    buffer_after_min: int
    status: str
    photos: list[Photo] = []


class NewSpace(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/spaces"""

    community: ShortText
    kind: SpaceKind
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    rate: Rate
    hours: Annotated[list[Hours], Meta(max_length=50)]
    name_en: ShortText | None = None
    about: LongText = ""
    about_en: LongText | None = None
    enterprise: ShortText | None = None
    parent_id: UUID | None = None
    address: ShortText = ""
    floor: Annotated[str, Meta(max_length=20)] = ""
    area_m2: Annotated[float, Meta(gt=0, le=1_000_000)] | None = None
    capacity: Annotated[int, Meta(ge=1, le=10_000)] = 1
    is_step_free: bool = False
    equipment: Annotated[list[ShortText], Meta(max_length=40)] = []
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    off_peak: Annotated[list[OffPeak], Meta(max_length=50)] = []
    granularity_min: Literal[15, 30, 60] = 30
    min_length_min: Annotated[int, Meta(ge=15, le=1440)] = 60
    max_length_min: Annotated[int, Meta(ge=15, le=1440)] = 480
    lead_min: Annotated[int, Meta(ge=0, le=43_200)] = 0
    horizon_days: Annotated[int, Meta(ge=1, le=400)] = 60
    buffer_before_min: Annotated[int, Meta(ge=0, le=240)] = 0
    buffer_after_min: Annotated[int, Meta(ge=0, le=240)] = 0


class ChangedSpace(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """PATCH /api/spaces/{id}"""

    name: Annotated[str, Meta(min_length=1, max_length=120)] | msgspec.UnsetType = msgspec.UNSET
    name_en: ShortText | msgspec.UnsetType | None = msgspec.UNSET
    about: LongText | msgspec.UnsetType = msgspec.UNSET
    about_en: LongText | msgspec.UnsetType | None = msgspec.UNSET
    rate: Rate | msgspec.UnsetType = msgspec.UNSET
    hours: Annotated[list[Hours], Meta(max_length=50)] | msgspec.UnsetType = msgspec.UNSET
    off_peak: Annotated[list[OffPeak], Meta(max_length=50)] | msgspec.UnsetType = msgspec.UNSET
    capacity: Annotated[int, Meta(ge=1, le=10_000)] | msgspec.UnsetType = msgspec.UNSET
    equipment: Annotated[list[ShortText], Meta(max_length=40)] | msgspec.UnsetType = msgspec.UNSET
    is_step_free: bool | msgspec.UnsetType = msgspec.UNSET
    buffer_before_min: Annotated[int, Meta(ge=0, le=240)] | msgspec.UnsetType = msgspec.UNSET
    buffer_after_min: Annotated[int, Meta(ge=0, le=240)] | msgspec.UnsetType = msgspec.UNSET
    lead_min: Annotated[int, Meta(ge=0, le=43_200)] | msgspec.UnsetType = msgspec.UNSET
    status: Literal["open", "closed"] | msgspec.UnsetType = msgspec.UNSET


class SpaceAfterChange(Space):
    """The space as it is now, with the bookings that its hours, status or lengths no longer fit: they stay (B19)."""

    conflicts: list["Occupancy"] = []


class SpacePhoto(msgspec.Struct):
    """POST /api/spaces/{id}/photos, as a form."""

    file: UploadFile
    alt: ShortText = ""


class FreeSlot(msgspec.Struct):
    """A free stretch of the shortest bookable length (the last of a run may be longer): it can be booked as it stands, and so can
    neighbours that touch, up to the longest length. `price` is for the whole slot and who asks, `list_price` the usual one."""

    starts_at: datetime
    ends_at: datetime
    price: Amount
    list_price: Amount


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


class TakenSlot(msgspec.Struct):
    starts_at: datetime
    ends_at: datetime


class Availability(msgspec.Struct):
    """Free and taken stretches inside the opening hours; nobody's name."""

    free: list[FreeSlot]
    taken: list[TakenSlot]
    time_zone: str


class NewClosure(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/spaces/{id}/closures"""

    starts_at: datetime
    ends_at: datetime
    reason: ShortText = ""


class NewLease(msgspec.Struct, forbid_unknown_fields=True):
    """The space is let to a partner for a time; terms and statements are a later step."""

    starts_at: datetime
    ends_at: datetime
    partner: ShortText
    note: ShortText = ""


class Occupancy(msgspec.Struct):
    """What staff see of a taken stretch."""

    id: UUID
    space_id: UUID
    kind: str
    status: str
    starts_at: datetime
    ends_at: datetime
    note: str


class UtilisationRow(msgspec.Struct):
    """Open and booked minutes; `key` is a space id, an hour 0..23 or a day, by the `by` parameter."""

    key: str
    label: str
    open_min: int
    booked_min: int
    ratio: float
    """booked / open, 0 when never open"""


class Utilisation(msgspec.Struct):
    """GET /api/communities/{c}/utilisation"""

    start: date
    end: date
    by: str
    rows: list[UtilisationRow]
    total: UtilisationRow
