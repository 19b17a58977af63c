"""Whether a stored line can be given back or moved, by the rules."""

from market.checkout import refund_rules
from market.checkout.move_rules import why_not_move
from market.db import Row
from market.spaces.cancellation import steps_of


def why_not(line: Row, order_row: Row, *, is_redeemed: bool, as_staff: bool = False) -> str | None:
    """Why a line of a paid order cannot be given back, None when it can; `order_row` carries the database's `now`."""
    return refund_rules.why_not_refund(
        refund_until=line["refund_until"],
        is_redeemed=is_redeemed,
        is_earned=line["earned_at"] is not None,
        is_refunded=line["refunded_at"] is not None,
        as_staff=as_staff,
        now=order_row["now"],
    )


def may_move(line: Row, order: Row, *, is_redeemed: bool) -> bool:
    """Whether the buyer can move this line of a paid order; `order` carries the database's `now`."""
    why = why_not_move(
        is_booking=line["space_id"] is not None,
        is_refunded=line["refunded_at"] is not None,
        is_redeemed=is_redeemed,
        starts_at=line["starts_at"],
        refund_until=line["refund_until"],
        steps=steps_of(line["cancellation"] or ()),
        now=order["now"],
    )
    return order["paid_at"] is not None and why is None
