"""What giving something back would return, on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from market.checkout.schemas import ShareTotal
from market.schemas import Amount


class GiveBackLine(msgspec.Struct):
    """What giving this line back would return; `why_not` (given_back, redeemed, too_late, disputed, not_paid) when it cannot be."""

    line_id: UUID
    title: str
    title_en: str | None
    starts_at: datetime | None
    amount: Amount
    left: Amount
    """What was paid for it and has not gone back: the most that staff and partner can return by amount."""
    refund_until: datetime | None
    why_not: str | None


class GiveBackPreview(msgspec.Struct):
    """What a refund of these lines would return, who would bear it, and by which way the money comes back."""

    order_id: UUID
    amount: Amount
    lines: list[GiveBackLine]
    shares: list[ShareTotal]
    way: Literal["card", "desk", "none"]
    owed: Amount
    """Money of an earlier refund that the bank could not pay: asking again sends it again."""
