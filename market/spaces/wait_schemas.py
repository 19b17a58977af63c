"""Waiting for a time of a space, on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta


class NewWait(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/spaces/{id}/waits"""

    starts_at: datetime
    ends_at: datetime
    attendees: Annotated[int, Meta(ge=1, le=10_000)] = 1


class Wait(msgspec.Struct):
    """`status`: waiting, offered (held for the person until `offered_until`), or passed (the offer was not taken)."""

    id: UUID
    space_id: UUID
    space: str
    space_en: str | None
    community: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    attendees: int
    status: str
    ahead: int
    """How many wait before for the same time or a part of it."""
    created_at: datetime
    offered_until: datetime | None = None
