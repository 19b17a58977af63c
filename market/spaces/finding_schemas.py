"""Finding a free space, on the wire."""

from datetime import datetime
from uuid import UUID

import msgspec

from market.schemas import Amount


class FreeSpace(msgspec.Struct):
    """A booking that can be made now: the first of its space that will do, at the caller's price."""

    space_id: UUID
    kind: str
    name: str
    name_en: str | None
    community: str
    community_name: str
    community_name_en: str | None
    time_zone: str
    capacity: int
    is_step_free: bool
    starts_at: datetime
    ends_at: datetime
    price: Amount
    list_price: Amount
    distance_m: int | None
    needs_approval: bool
