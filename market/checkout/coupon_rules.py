"""What a coupon takes off a cart, from which lines, and who bears it (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from market.checkout.cover_rules import Routing, covered
from market.checkout.rules import OfferWish, PricedLine, Quote, Wish, quote_of
from market.checkout.share_rules import Reduction, divide
from market.money import share, split


@dataclass(frozen=True, slots=True)
class Coupon:
    """A code as it can be used now by somebody. `source` bears it: partner:<slug>, platform or subsidy:<pool>; `problem` says what is
    in the way whatever the cart is; `left` is what its pool has for this person (None: no pool). Amounts in minor units."""

    id: UUID
    code: str
    label: str
    label_en: str | None
    community_id: UUID
    partner_id: UUID | None
    source: str
    amount: int | None
    rate_bp: int | None
    minimum: int
    left: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a coupon took off in all, or why it took nothing."""

    amount: int
    problem: str | None = None


def with_coupon(quote: Quote, wishes: Sequence[Wish], coupon: Coupon, *, routing: Routing) -> tuple[Quote, Taken]:
    """The cart with the coupon taken off the lines that it is for, in proportion to their prices, exact to the unit.

    A line that a subsidy pays for is not made cheaper once more. `problem`: what the coupon says itself, nothing_fits, below_minimum
    or pool_empty."""
    if coupon.problem is not None:
        return quote, Taken(0, coupon.problem)
    fits = [
        number
        for number, (wish, line) in enumerate(zip(wishes, quote.lines, strict=True))
        if isinstance(wish, OfferWish) and _fits(line, coupon)
    ]
    base = sum(quote.lines[number].payable_minor for number in fits)
    off = min(base, coupon.amount if coupon.amount is not None else share(base, coupon.rate_bp or 0))
    if off == 0:
        return quote, Taken(0, "nothing_fits")
    if base < coupon.minimum:
        return quote, Taken(0, "below_minimum")
    spent = sum(cover.amount for line in quote.lines for cover in line.covers if cover.source == coupon.source)
    if coupon.left is not None and coupon.left - spent < off:
        return quote, Taken(0, "pool_empty")
    lines = list(quote.lines)
    for number, part in zip(fits, split(off, [quote.lines[number].payable_minor for number in fits]), strict=True):
        if part:
            lines[number] = _reduced(lines[number], part, coupon, routing=routing)
    return quote_of(lines), Taken(off)


def _fits(line: PricedLine, coupon: Coupon) -> bool:
    return (
        line.payable_minor > 0
        and not line.covers
        and line.applies_to != "pass"
        and line.community_id == coupon.community_id
        and coupon.partner_id in {None, line.partner_id}
    )


def _reduced(line: PricedLine, amount: int, coupon: Coupon, *, routing: Routing) -> PricedLine:
    """What the partner bears is a lower price; what others bear is turnover that they pay."""
    if not coupon.source.startswith("partner:"):
        return covered(line, amount, coupon.source, coupon.label, coupon.label_en, reason="coupon", routing=routing)
    payable = line.payable_minor - amount
    assert line.seller_share is not None
    return replace(
        line,
        payable_minor=payable,
        reductions=(*line.reductions, Reduction("coupon", coupon.source, amount)),
        shares=divide(
            payable, seller=line.seller_share, applies_to=line.applies_to, rules=routing.get(line.community_id, ())
        ),
    )
