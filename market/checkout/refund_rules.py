"""When something that was paid for can be given back (pure)."""

from datetime import datetime, timedelta
from typing import Literal

# An open voucher that nobody used can still be given back this long after its time; then the money is the seller's.
UNUSED_GRACE = timedelta(days=30)


def why_not_refund(
    *,
    refund_until: datetime | None,
    is_redeemed: bool,
    is_earned: bool,
    is_refunded: bool,
    as_staff: bool,
    now: datetime,
) -> Literal["given_back", "redeemed", "too_late"] | None:
    """Why a paid line cannot be given back whole, None when it can: never once redeemed or gone; by the buyer until `refund_until`
    (None: until the money is the seller's); by staff or the partner at any time before redemption."""
    if is_refunded:
        return "given_back"
    if is_redeemed:
        return "redeemed"
    if as_staff or (refund_until is None and not is_earned):
        return None
    return None if refund_until is not None and now <= refund_until else "too_late"
