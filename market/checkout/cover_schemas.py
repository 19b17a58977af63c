"""What others than the buyer pay of a line, on the wire."""

import msgspec

from market.schemas import Amount


class RuleOfShare(msgspec.Struct):
    version: int
    rate_bp: int


class CoverShare(msgspec.Struct):
    to: str
    label: str
    label_en: str | None
    amount: Amount
    rule: RuleOfShare | None


class Cover(msgspec.Struct):
    """`source` (subsidy:<pool>) pays `amount` of the line to the seller and the funds; not part of the payable or of its shares."""

    source: str
    label: str
    label_en: str | None
    amount: Amount
    returned: Amount
    """What went back to the source with a refund."""
    shares: list[CoverShare]


class NotCovered(msgspec.Struct):
    """A pool would have paid `amount`, but it is `empty`, or its `month` or the `household` has had its part."""

    label: str
    label_en: str | None
    amount: Amount
    reason: str
