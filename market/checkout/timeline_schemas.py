"""The timeline of staff on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount, ShortText


class TimelineEntry(msgspec.Struct):
    """What takes a space. `is_movable`: a booking or closure that begins in the future; `label` says whose or what it is; an entry that
    is not `is_own` is there because something that contains the space is taken."""

    id: UUID
    space_id: UUID
    kind: Literal["booking", "session", "lease", "closure"]
    status: str
    starts_at: datetime
    ends_at: datetime
    label: str
    label_en: str | None
    is_own: bool
    is_movable: bool
    order_id: UUID | None
    line_id: UUID | None


class OpenTime(msgspec.Struct):
    starts_at: datetime
    ends_at: datetime


class TimelineSpace(msgspec.Struct):
    """`opens`: when it is open in these days, in order, special days included."""

    id: UUID
    name: str
    name_en: str | None
    kind: str
    parent_id: UUID | None
    capacity: int
    status: str
    opens: list[OpenTime]


class Timeline(msgspec.Struct):
    """Spaces as rows; entries in order of time."""

    time_zone: str
    starts_at: datetime
    ends_at: datetime
    spaces: list[TimelineSpace]
    entries: list[TimelineEntry]


class BookingFor(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/communities/{c}/desk-bookings: a room for somebody with an account, who pays at the desk."""

    login: ShortText
    space_id: UUID
    starts_at: datetime
    ends_at: datetime
    attendees: Annotated[int, Meta(ge=1, le=10_000)] = 1


class BookedFor(msgspec.Struct):
    order_id: UUID
    status: str
    payable: Amount
