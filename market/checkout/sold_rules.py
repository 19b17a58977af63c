"""A sold line with its shares, and how it is unwound: exact to the unit, however the steps are cut (pure; M27, M28)."""

from dataclasses import dataclass
from uuid import UUID

from market.ledger.rules import unwind_parts


@dataclass(frozen=True, slots=True)
class SoldShare:
    """A frozen share of a sold line and how much of it went back by now (minor units)."""

    to: str
    amount: int
    refunded: int = 0
    rule_id: UUID | None = None

    @property
    def left(self) -> int:
        return self.amount - self.refunded


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of an order as the books see it; `is_earned`: the partner's share is available, no longer pending.

    `spent` (minor units): of a pass, what its used units were worth; it is with the partner and the funds by now."""

    title: str
    currency: str
    shares: tuple[SoldShare, ...]
    is_earned: bool = False
    spent: int = 0

    @property
    def left(self) -> int:
        """What has been paid for the line and not gone back (minor units)."""
        return sum(share.left for share in self.shares)

    @property
    def free(self) -> int:
        """How much of that can be given back: of a pass, what the units are worth that are not used."""
        return self.left - self.spent


def unwind(line: SoldLine, amount: int) -> list[int]:
    """How much each share gives back of `amount`: exact to the unit, in proportion at every step, however the steps are cut.

    Any series of refunds sums to what was asked, takes no share below zero and ends at zero everywhere (M27, M28)."""
    if not 0 < amount <= line.left:
        raise ValueError("more would go back than is left")
    whole = sum(share.amount for share in line.shares)
    return unwind_parts([share.amount for share in line.shares], amount, whole, whole - line.left)


def after(line: SoldLine, amount: int) -> SoldLine:
    """The line once `amount` went back."""
    given = unwind(line, amount)
    shares = tuple(
        SoldShare(share.to, share.amount, share.refunded + part, share.rule_id)
        for share, part in zip(line.shares, given, strict=True)
    )
    return SoldLine(line.title, line.currency, shares, line.is_earned)
