"""When somebody can check in and out at the door (pure)."""

from datetime import datetime, timedelta
from typing import Literal

# People come a little before their time; the room is theirs from the start.
EARLIEST = timedelta(minutes=15)

DoorState = Literal["early", "open", "inside", "left", "over"]


def door_state(
    *, starts_at: datetime, ends_at: datetime, came_at: datetime | None, left_at: datetime | None, now: datetime
) -> DoorState:
    """What the door says of a booking: one can check in from a quarter of an hour before the start until the end, and out as long as it
    lasts. Who did not come in time finds it over when the rest was freed."""
    if left_at is not None:
        return "left"
    if now >= ends_at:
        return "over"
    if came_at is not None:
        return "inside"
    return "early" if now < starts_at - EARLIEST else "open"
