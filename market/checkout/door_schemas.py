"""Checking in and out at the door, on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta


class DoorBooking(msgspec.Struct):
    """`state`: early (from `opens_at` on), open (one can check in), inside (one can check out), left or over."""

    line_id: UUID
    title: str
    title_en: str | None
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    state: str
    came_at: datetime | None
    left_at: datetime | None


class Door(msgspec.Struct):
    """What stands at a door: the space, and the caller's own bookings of it for today."""

    space_id: UUID
    space: str
    space_en: str | None
    time_zone: str
    bookings: list[DoorBooking]


class DoorVisit(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/doors/{id}/visits: `key` is what the poster carries (staff need none); either one's own line, or the booking's code."""

    action: Literal["in", "out"]
    key: Annotated[str, Meta(max_length=64)] = ""
    line_id: UUID | None = None
    code: Annotated[str, Meta(max_length=40)] | None = None
