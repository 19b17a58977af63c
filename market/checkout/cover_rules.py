"""What somebody else than the buyer pays of a price, who gets it, and how much of it goes back (pure; T3, L4).

What a pool pays is turnover of the seller like the buyer's own money: the funds' rates are taken of both together, so that no fund
loses by a subsidy. The line's own shares stay those of its payable; the rest is the cover's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from market.checkout.rules import Buyer, OfferWish, PricedLine, Quote, Wish, quote_of, resident_reduction
from market.checkout.share_rules import Cover, NotCovered, Reduction, Share, divide
from market.funds.rules import RoutingRule
from market.money import share

Routing = Mapping[UUID, Sequence[RoutingRule]]


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool that pays for this buyer: `discount_bp` is what they pay less in all, the seller's own part included.

    What is left (minor units): of the pool, of its month, and of the household in this month."""

    id: UUID
    slug: str
    label: str
    label_en: str | None
    discount_bp: int
    listing_ids: frozenset[UUID]
    left: int
    month_left: int
    household_left: int
    month: str = ""
    household: str = ""

    @property
    def source(self) -> str:
        return f"subsidy:{self.slug}"

    def after(self, amount: int) -> "Pool":
        return replace(
            self,
            left=self.left - amount,
            month_left=self.month_left - amount,
            household_left=self.household_left - amount,
        )


def with_subsidies(
    quote: Quote, wishes: Sequence[Wish], *, buyer: Buyer, pools: Sequence[Pool], routing: Routing
) -> Quote:
    """The same cart with what pools pay, line by line while they last: each whole unit that a pool still can pay for, the others at the
    price without it. Where several pools could pay, the one that pays most does."""
    state = {pool.id: pool for pool in pools}
    lines = []
    for wish, priced in zip(wishes, quote.lines, strict=True):
        line = priced
        if (
            isinstance(wish, OfferWish)
            and line.applies_to != "pass"
            and wish.pass_id is None
            and (found := _best(wish, state.values(), buyer=buyer)) is not None
        ):
            pool, per_unit = found
            paid = per_unit * covered_units(wish.quantity, per_unit, pool)
            if paid:
                line = covered(line, paid, pool.source, pool.label, pool.label_en, reason="subsidy", routing=routing)
                state[pool.id] = pool.after(paid)
            if paid < per_unit * wish.quantity:
                missing = per_unit * wish.quantity - paid
                line = replace(
                    line, not_covered=NotCovered(pool.label, pool.label_en, missing, _why(state[pool.id], per_unit))
                )
        lines.append(line)
    return quote_of(lines)


def _best(wish: OfferWish, pools: Iterable[Pool], *, buyer: Buyer) -> tuple[Pool, int] | None:
    """The pool that pays most for one unit, and what it pays; None where the seller's own price is as low already."""
    own = resident_reduction(wish.offer, buyer=buyer)
    found = None
    for pool in pools:
        if wish.offer.listing_id not in pool.listing_ids:
            continue
        per_unit = share(wish.offer.unit_price_minor, pool.discount_bp) - own
        if per_unit > 0 and (found is None or per_unit > found[1]):
            found = (pool, per_unit)
    return found


def covered_units(quantity: int, per_unit: int, pool: Pool) -> int:
    """For how many whole units the pool, its month and the household still have the money."""
    return max(0, min(quantity, *(left // per_unit for left in (pool.left, pool.month_left, pool.household_left))))


def _why(pool: Pool, per_unit: int) -> str:
    if pool.household_left < per_unit:
        return "household"
    return "month" if pool.month_left < per_unit else "empty"


def covered(
    line: PricedLine, amount: int, source: str, label: str, label_en: str | None, *, reason: str, routing: Routing
) -> PricedLine:
    """The line with `amount` of what was payable paid by `source`: exact for every receiver, whichever part is given back later."""
    payable = line.payable_minor - amount
    own, theirs = _between(line, payable, routing)
    return replace(
        line,
        payable_minor=payable,
        shares=own,
        reductions=(*line.reductions, Reduction(reason, source, amount, label, label_en)),
        covers=(*line.covers, Cover(source, label, label_en, amount, theirs)),
    )


def _between(line: PricedLine, payable: int, routing: Routing) -> tuple[tuple[Share, ...], tuple[Share, ...]]:
    """The shares of the buyer's part and those of the other's, which together are the shares of the whole."""
    rules = routing.get(line.community_id, ())
    assert line.seller_share is not None
    own = divide(payable, seller=line.seller_share, applies_to=line.applies_to, rules=rules)
    mine = {each.to: each.amount for each in own}
    theirs = tuple(replace(each, amount=each.amount - mine.get(each.to, 0)) for each in line.shares)
    if any(each.amount < 0 for each in theirs):
        # Rates that give away nearly everything: rounding would take a unit from the seller, so each part is divided by itself.
        theirs = divide(line.payable_minor - payable, seller=line.seller_share, applies_to=line.applies_to, rules=rules)
    return own, tuple(each for each in theirs if each.amount)


def goes_back(amount: int, returned: int, *, payable: int, refunded: int, is_whole: bool) -> int:
    """How much of a cover of `amount` goes back now, when `refunded` of the line's `payable` has gone back in all.

    In proportion at every step and all of it with the last of the buyer's money; where the buyer paid nothing, with the whole line."""
    due = amount * refunded // payable if payable else (amount if is_whole else 0)
    return max(0, due - returned)
