"""Calendars to subscribe to, on the wire."""

from datetime import datetime
from uuid import UUID

import msgspec

from market.schemas import ShortText


class FeedOwner(msgspec.Struct, forbid_unknown_fields=True):
    """Whose calendar: a partner's (slug), a space's, else the caller's own."""

    partner: ShortText | None = None
    space_id: UUID | None = None


class Feed(msgspec.Struct):
    """`url` is told once, when it is made; afterwards only that it exists."""

    is_on: bool
    created_at: datetime | None = None
    url: str | None = None
