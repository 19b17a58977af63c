"""Which bookings can be moved to another time, and what comes back when that costs less (pure).

A booking moves as long as calling it off would bring everything back, so that moving is no way around the cancellation rules; the new
time may cost at most what is still paid for the booking, and what it costs less comes back. Nothing is paid on top: who wants a dearer
time calls the booking off and books anew."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from market.spaces.cancellation import WHOLE_BP, Step, refundable

WhyNot = Literal["no_booking", "given_back", "redeemed", "over", "too_late"]


def why_not_move(
    *,
    is_booking: bool,
    is_refunded: bool,
    is_redeemed: bool,
    starts_at: datetime | None,
    refund_until: datetime | None,
    steps: Sequence[Step],
    now: datetime,
) -> WhyNot | None:
    """None when the buyer of a paid line can move it at `now`."""
    if not is_booking or starts_at is None:
        return "no_booking"
    if is_refunded:
        return "given_back"
    if is_redeemed:
        return "redeemed"
    if starts_at <= now:
        return "over"
    if steps:
        is_whole = refundable(steps, left_minor=WHOLE_BP, starts_at=starts_at, now=now) == WHOLE_BP
    else:
        is_whole = refund_until is not None and now <= refund_until
    return None if is_whole else "too_late"


def comes_back(*, left_minor: int, price_minor: int) -> int | None:
    """Minor units that come back when a booking for which `left_minor` is paid moves to a time that costs `price_minor`; None when
    that is dearer."""
    return left_minor - price_minor if price_minor <= left_minor else None
