"""Every way money can move around an order: one pure function per business event, each returning its transfers (design §3).

The ledger moves when *we* decide: a refund is posted in the transaction that asks the provider for it, against the provider's
clearing account; the provider follows. When it refuses for good, `refund_failed` puts the money into suspense for a person to see to."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from market.ledger import chart
from market.ledger.rules import Transfer, unwind_parts
from market.money import Money


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
    """A line of an order as the books see it; `is_earned`: the partner's share is available, no longer pending."""

    title: str
    currency: str
    shares: tuple[SoldShare, ...]
    is_earned: bool = False

    @property
    def left(self) -> int:
        """What has been paid for the line and not gone back (minor units)."""
        return sum(share.left for share in self.shares)


def account_of(to: str, *, is_earned: bool = False) -> str:
    """The ledger account behind a share's receiver."""
    kind, _, slug = to.partition(":")
    if kind == "partner":
        return chart.partner_available(slug) if is_earned else chart.partner_pending(slug)
    if kind == "fund":
        return chart.fund_income(slug)
    if kind == "enterprise":
        return chart.enterprise_income(slug)
    if kind == "platform":
        return chart.platform_fee()
    raise ValueError(f"nobody to pay: {to!r}")


def sale_paid(lines: Sequence[SoldLine]) -> list[Transfer]:
    """A card payment arrived: every share of every line, from the provider's clearing account."""
    return _sale(lines, source=chart.provider_stripe())


def desk_payment(lines: Sequence[SoldLine], *, community: str) -> list[Transfer]:
    """A clerk took the money: the same shares, from the desk of the community that took it."""
    return _sale(lines, source=chart.desk(community))


def free_order(lines: Sequence[SoldLine]) -> list[Transfer]:
    """Nothing to pay: no transfer, yet an event in the books (M44)."""
    if any(share.amount for line in lines for share in line.shares):
        raise ValueError("an order with a price is not free")
    return []


def sale_refunded(line: SoldLine, amount: int, *, desk_community: str | None = None) -> list[Transfer]:
    """`amount` of a line goes back to the buyer: every share gives in proportion (M28).

    See `unwind` for the exact parts. A share that the partner has earned is taken from what is available."""
    sink = chart.desk(desk_community) if desk_community else chart.provider_stripe()
    return _unwound(line, amount, sink=sink)


def voucher_redeemed(line: SoldLine) -> list[Transfer]:
    """The partner served: its share, less what went back, may be paid out."""
    return _earned(line)


def booking_ended(line: SoldLine) -> list[Transfer]:
    """The session is over and can no longer be given back: the partner's share may be paid out though nobody showed a voucher.

    Rent needs no such step: an enterprise's income is its own from the start."""
    return _earned(line)


def late_payment_parked(amount: Money) -> list[Transfer]:
    """Money arrived that nothing can be given for (too late, twice, or not the amount asked for): kept apart (M19, B08, B10)."""
    return [Transfer(chart.provider_stripe(), chart.suspense(), amount, label="payment that matches no order")]


def late_payment_returned(amount: Money) -> list[Transfer]:
    """Parked money goes back whole to who paid it."""
    return [Transfer(chart.suspense(), chart.provider_stripe(), amount, label="payment returned")]


def refund_failed(amount: Money) -> list[Transfer]:
    """The provider could not pay back: it still has the money, which is owed to the buyer (M33)."""
    return [Transfer(chart.provider_stripe(), chart.suspense(), amount, label="refund that did not arrive")]


def dispute_opened(amount: Money) -> list[Transfer]:
    """A bank took a payment back for the time being: a claim stands in suspense until it decides."""
    return [Transfer(chart.suspense(), chart.provider_stripe(), amount, label="payment disputed")]


def dispute_won(amount: Money) -> list[Transfer]:
    """The bank gave the money back."""
    return [Transfer(chart.provider_stripe(), chart.suspense(), amount, label="dispute won")]


def dispute_lost(line: SoldLine, amount: int) -> list[Transfer]:
    """The bank kept the money: every share of the line bears its part of the claim, as in a refund."""
    return _unwound(line, amount, sink=chart.suspense())


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


def _sale(lines: Sequence[SoldLine], *, source: str) -> list[Transfer]:
    return [
        Transfer(source, account_of(share.to), Money(share.amount, line.currency), share.rule_id, line.title)
        for line in lines
        for share in line.shares
        if share.amount
    ]


def _unwound(line: SoldLine, amount: int, *, sink: str) -> list[Transfer]:
    return [
        Transfer(
            account_of(share.to, is_earned=line.is_earned), sink, Money(part, line.currency), share.rule_id, line.title
        )
        for share, part in zip(line.shares, unwind(line, amount), strict=True)
        if part
    ]


def _earned(line: SoldLine) -> list[Transfer]:
    return [
        Transfer(
            account_of(share.to),
            account_of(share.to, is_earned=True),
            Money(share.left, line.currency),
            None,
            line.title,
        )
        for share in line.shares
        if share.to.startswith("partner:") and share.left
    ]
