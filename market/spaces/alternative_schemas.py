"""What can be had instead, on the wire."""

from datetime import datetime
from uuid import UUID

import msgspec

from market.schemas import Amount
from market.spaces.schemas import FreeSlot


class FirstFree(msgspec.Struct):
    slot: FreeSlot | None


class Alternative(msgspec.Struct):
    """A booking that could be made now, at the caller's price."""

    space_id: UUID
    name: str
    name_en: str | None
    starts_at: datetime
    ends_at: datetime
    price: Amount
    time_zone: str


class Alternatives(msgspec.Struct):
    same_space: list[Alternative]
    other_spaces: list[Alternative]
