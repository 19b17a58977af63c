"""Whether a stored line can be given back, by the rule."""

from market.checkout import refund_rules
from market.db import Row


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
