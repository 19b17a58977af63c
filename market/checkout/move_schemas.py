"""Moving a booking, on the wire."""

from datetime import datetime
from uuid import UUID

import msgspec

from market.schemas import Amount


class NewTime(msgspec.Struct, forbid_unknown_fields=True):
    """Where a booking goes: another time of its room, or a room of the same owner, kind and community."""

    starts_at: datetime
    ends_at: datetime
    space_id: UUID | None = None


class Room(msgspec.Struct):
    """Where a booking may move to, its own room first."""

    space_id: UUID
    name: str
    name_en: str | None
    capacity: int


class MovePreview(msgspec.Struct):
    """What moving would mean now; nothing is changed. `problem`: slot_taken, dearer, or why the room is not for this renter."""

    price: Amount
    """Of the new time."""
    paid: Amount
    """What is paid for the booking as it is."""
    comes_back: Amount
    goes_to: str
    problem: str | None
