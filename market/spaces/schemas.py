"""Spaces, availability and utilisation on the wire."""

from datetime import datetime
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


class CancellationStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until `until_h` hours before the start, `back_bp` basis points of what was paid come back."""

    until_h: Annotated[int, Meta(ge=0, le=2160)]
    back_bp: Annotated[int, Meta(ge=0, le=10_000)]


Cancellation = Annotated[list[CancellationStep], Meta(max_length=6)]
WhoMayBook = Literal["anyone", "residents", "partners"]


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
    who_may_book: str
    max_open_bookings: int | None
    releases_no_shows: bool
    needs_approval: bool
    approval_hours: int
    """So long staff have to decide, where they agree first."""
    cancellation: list[CancellationStep]
    status: str
    house_rules: str
    house_rules_en: str | None
    contact: str
    complex_size: str | None
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
    who_may_book: WhoMayBook = "anyone"
    max_open_bookings: Annotated[int, Meta(ge=1, le=100)] | None = None
    releases_no_shows: bool = False
    needs_approval: bool = False
    approval_hours: Annotated[int, Meta(ge=1, le=336)] = 48
    cancellation: Cancellation = msgspec.field(default_factory=lambda: [CancellationStep(24, 10_000)])


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
    horizon_days: Annotated[int, Meta(ge=1, le=400)] | msgspec.UnsetType = msgspec.UNSET
    granularity_min: Literal[15, 30, 60] | msgspec.UnsetType = msgspec.UNSET
    min_length_min: Annotated[int, Meta(ge=15, le=1440)] | msgspec.UnsetType = msgspec.UNSET
    max_length_min: Annotated[int, Meta(ge=15, le=1440)] | msgspec.UnsetType = msgspec.UNSET
    who_may_book: WhoMayBook | msgspec.UnsetType = msgspec.UNSET
    max_open_bookings: Annotated[int, Meta(ge=1, le=100)] | msgspec.UnsetType | None = msgspec.UNSET
    releases_no_shows: bool | msgspec.UnsetType = msgspec.UNSET
    needs_approval: bool | msgspec.UnsetType = msgspec.UNSET
    approval_hours: Annotated[int, Meta(ge=1, le=336)] | msgspec.UnsetType = msgspec.UNSET
    cancellation: Cancellation | msgspec.UnsetType = msgspec.UNSET
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
    reason: ShortText


class MovedClosure(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/spaces/{id}/occupancies/{id}/move"""

    starts_at: datetime
    ends_at: datetime
    space_id: UUID | None = None


class Occupancy(msgspec.Struct):
    """What staff see of a taken stretch."""

    id: UUID
    space_id: UUID
    kind: str
    status: str
    starts_at: datetime
    ends_at: datetime
    note: str
