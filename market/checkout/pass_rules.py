"""What a pass is worth, unit by unit, and what a line costs that is paid with one (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from market.checkout.cover_rules import Routing
from market.checkout.rules import OfferWish, PricedLine, Quote, Wish, quote_of
from market.checkout.share_rules import Cover, Reduction, Share, divide


@dataclass(frozen=True, slots=True)
class PassLeft:
    """A pass of the buyer: `units_left` units are worth `value` together (minor units). `is_usable`: it is theirs and still valid."""

    id: UUID
    label: str
    label_en: str | None
    listing_ids: frozenset[UUID]
    units_left: int
    value: int
    is_usable: bool = True


def worth(value: int, left: int, units: int) -> int:
    """What the next `units` of `left` units are worth: each takes its even part of what there is then, so that the last takes the rest."""
    if not 0 < units <= left <= value:
        raise ValueError("there are not so many units, or they are worth nothing")
    taken = 0
    for number in range(units):
        taken += (value - taken) // (left - number)
    return taken


def deferred(quote: Quote, wishes: Sequence[Wish], kinds: Mapping[UUID, int]) -> Quote:
    """The cart with passes sold as what they are: their money is owed by the partner and nobody's share until a unit is used.

    `kinds` are the listings that are passes, with their units."""
    lines = []
    for wish, line in zip(wishes, quote.lines, strict=True):
        if isinstance(wish, OfferWish) and wish.offer.listing_id in kinds:
            lines.append(_owed(wish, line, units=kinds[wish.offer.listing_id]))
        else:
            lines.append(line)
    return quote_of(lines)


def _owed(wish: OfferWish, line: PricedLine, *, units: int) -> PricedLine:
    seller = Share(f"deferred:{wish.offer.partner_slug}", wish.offer.partner_name, wish.offer.partner_name_en, 0)
    return replace(
        line,
        item_kind="pass",
        applies_to="pass",
        seller_share=seller,
        shares=(replace(seller, amount=line.payable_minor),) if line.payable_minor else (),
        # A pass of which a unit would be worth nothing cannot be used.
        problem=line.problem or ("not_for_sale" if line.payable_minor < units * wish.quantity else None),
    )


def with_passes(quote: Quote, wishes: Sequence[Wish], passes: Mapping[UUID, PassLeft], *, routing: Routing) -> Quote:
    """The cart with the lines that are paid with passes: they cost nothing more, and the units' worth is shared by the rules of now."""
    state = dict(passes)
    lines = []
    for wish, line in zip(wishes, quote.lines, strict=True):
        if not isinstance(wish, OfferWish) or wish.pass_id is None:
            lines.append(line)
            continue
        found = state.get(wish.pass_id)
        if not _fits(found, wish, line):
            lines.append(replace(line, problem=line.problem or "pass_not_usable"))
            continue
        assert found is not None
        amount = worth(found.value, found.units_left, wish.quantity)
        state[found.id] = replace(found, value=found.value - amount, units_left=found.units_left - wish.quantity)
        lines.append(_paid_with(line, found, amount, wish, routing=routing))
    return quote_of(lines)


def _fits(found: PassLeft | None, wish: OfferWish, line: PricedLine) -> bool:
    return (
        found is not None
        and found.is_usable
        and wish.offer.listing_id in found.listing_ids
        and wish.quantity <= found.units_left
        and line.applies_to != "pass"
    )


def _paid_with(line: PricedLine, found: PassLeft, amount: int, wish: OfferWish, *, routing: Routing) -> PricedLine:
    assert line.seller_share is not None
    rules = routing.get(line.community_id, ())
    source = f"pass:{wish.offer.partner_slug}"
    cover = Cover(
        source, found.label, found.label_en, amount,
        divide(amount, seller=line.seller_share, applies_to=line.applies_to, rules=rules),
        pass_id=found.id, units=wish.quantity,
    )  # fmt: skip
    return replace(
        line,
        payable_minor=0,
        shares=(),
        reductions=(*line.reductions, Reduction("pass", source, line.payable_minor, found.label, found.label_en)),
        covers=(cover,),
    )
