"""How what others pay of a line is shown; decides nothing."""

from collections.abc import Sequence
from uuid import UUID

from market.checkout import share_rules
from market.checkout.coupon_rules import Coupon, Taken
from market.checkout.coupon_schemas import CouponTaken
from market.checkout.cover_schemas import Cover, CoverShare, NotCovered, RuleOfShare
from market.checkout.pass_schemas import PassRef
from market.db import Row
from market.schemas import Amount


def not_covered(no: share_rules.NotCovered | None, currency: str) -> NotCovered | None:
    """What a pool would have paid."""
    return NotCovered(no.label, no.label_en, Amount(no.amount, currency), no.reason) if no else None


def cover(each: share_rules.Cover, currency: str) -> Cover:
    shares = [
        CoverShare(
            s.to,
            s.label,
            s.label_en,
            Amount(s.amount, currency),
            RuleOfShare(s.rule.version, s.rule.rate_bp) if s.rule else None,
        )
        for s in each.shares
    ]
    return Cover(each.source, each.label, each.label_en, Amount(each.amount, currency), Amount(0, currency), shares)


def frozen_cover(row: Row, currency: str) -> Cover:
    shares = [
        CoverShare(
            s["to"],
            s["label"],
            s["label_en"],
            Amount(s["amount"], currency),
            RuleOfShare(s["rule"]["version"], s["rule"]["rate_bp"]) if s["rule"] else None,
        )
        for s in row["shares"]
    ]
    return Cover(
        row["source"],
        row["label"],
        row["label_en"],
        Amount(row["amount_minor"], currency),
        Amount(row["returned_minor"], currency),
        shares,
    )


def coupon(used: Coupon, taken: Taken, currency: str) -> CouponTaken:
    """What a code takes off a cart, or why it does not."""
    return CouponTaken(
        used.code,
        used.label,
        used.label_en,
        Amount(taken.amount, currency),
        Amount(used.minimum, currency),
        taken.problem,
    )


def passes(listing_id: UUID | None, rows: Sequence[Row]) -> list[PassRef]:
    """Those of the buyer's passes that could pay for a listing."""
    return [
        PassRef(row["id"], row["title"], row["title_en"], row["units_left"], row["valid_until"])
        for row in rows
        if listing_id in row["listing_ids"]
    ]
