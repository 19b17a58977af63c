"""What a cart costs, who bears each reduction, who gets each cent, and until when it can be given back (pure; design §3, T3, S3, L4)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from market.checkout.share_rules import Cover, NotCovered, Reduction, Share, divide
from market.funds.rules import RoutingRule
from market.listings.rules import OfferForSale, resident_price, why_not_for_sale
from market.money import Money
from market.spaces.cancellation import Step, last_moment
from market.spaces.pricing import RENT_OF_KIND, reductions_of
from market.spaces.rules import SpaceForHire

# The buyer of a desk order has to walk to the desk.
DESK_HOLD = timedelta(days=1)
# Who may pay after an approval has a quarter of an hour at the least, however soon it begins.
LEAST_TO_PAY_MIN = 15

OFFER_PROBLEMS = frozenset({"sold_out", "not_for_sale", "sale_ended", "closed"})


class MixedCurrencies(ValueError):
    """One order has one currency."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """What a price depends on; the default is somebody who is not signed in."""

    resident_of: frozenset[UUID] = frozenset()
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OfferWish:
    """`already`: units of this listing the buyer has in other orders. `is_claimed`: the seats are taken for this order by now."""

    offer: OfferForSale
    quantity: int
    already: int = 0
    is_claimed: bool = False
    pass_id: UUID | None = None


class Before(NamedTuple):
    """Units that earlier lines of the same cart want of a line's offer, and of its listing."""

    of_offer: int
    of_listing: int


@dataclass(frozen=True, slots=True)
class SpaceWish:
    """`is_free`: whether the slot can be had; `already`: open bookings of this space that the buyer has, earlier lines of the same
    cart included (B07); both asked of the database by the caller."""

    space: SpaceForHire
    attendees: int | None = None
    is_free: bool = True
    already: int = 0
    repeat: str | None = None


Wish = OfferWish | SpaceWish


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line with everything an order freezes; the shares sum to `payable_minor`."""

    item_kind: str
    title: str
    title_en: str | None
    quantity: int
    list_minor: int
    reductions: tuple[Reduction, ...]
    payable_minor: int
    currency: str
    shares: tuple[Share, ...]
    community_id: UUID
    time_zone: str
    seller: str
    starts_at: datetime | None
    ends_at: datetime | None
    refund_until: datetime | None
    valid_until: datetime | None = None
    attendees: int | None = None
    partner_id: UUID | None = None
    listing_id: UUID | None = None
    offer_id: UUID | None = None
    space_id: UUID | None = None
    seller_en: str | None = None
    tariff: dict[str, Any] | None = None
    renter_id: UUID | None = None
    cancellation: tuple[Step, ...] = ()
    repeat: str | None = None
    approval_hours: int | None = None
    problem: str | None = None
    covers: tuple[Cover, ...] = ()
    not_covered: NotCovered | None = None
    seller_share: Share | None = None
    applies_to: str = "service_turnover"


@dataclass(frozen=True, slots=True)
class Quote:
    lines: tuple[PricedLine, ...]
    currency: str
    list_minor: int
    payable_minor: int
    shares: tuple[Share, ...] = ()

    @property
    def approval_hours(self) -> int | None:
        """How long staff have to agree first; None when nobody has to."""
        return min((line.approval_hours for line in self.lines if line.approval_hours is not None), default=None)

    @property
    def problem(self) -> str | None:
        """The first reason why this cart cannot be bought as it is."""
        return next((line.problem for line in self.lines if line.problem is not None), None)


def quote(
    wishes: Sequence[Wish], *, buyer: Buyer, routing: Mapping[UUID, Sequence[RoutingRule]], now: datetime
) -> Quote:
    """Price a cart. `routing` holds the rules in force per community; `now` is the database's.

    Raises MixedCurrencies, AmountOutOfRange. Line totals and shares are exact: shares sum to the payable, lines sum to the total."""
    wanted = Counter[UUID]()
    lines = []
    for wish in wishes:
        if isinstance(wish, OfferWish):
            before = Before(wanted[wish.offer.offer_id], wanted[wish.offer.listing_id])
            wanted.update({wish.offer.offer_id: wish.quantity, wish.offer.listing_id: wish.quantity})
            lines.append(_offer_line(wish, buyer=buyer, before=before, routing=routing, now=now))
        else:
            lines.append(_space_line(wish, routing=routing))
    return quote_of(asked_apart(lines))


def quote_of(lines: Sequence[PricedLine]) -> Quote:
    """The lines added up. Raises MixedCurrencies, AmountOutOfRange."""
    if len({line.currency for line in lines}) != 1:
        raise MixedCurrencies("lines of different currencies cannot be paid together")
    payable = Money(sum(line.payable_minor for line in lines), lines[0].currency)
    return Quote(tuple(lines), payable.currency, sum(line.list_minor for line in lines), payable.minor, totals(lines))


def asked_apart(lines: Sequence[PricedLine]) -> list[PricedLine]:
    """Where staff have to agree first, an order asks one community and holds nothing else: nobody pays for one thing while another is
    undecided, and nobody else's seat waits for a decision about a room. The other lines are told so."""
    asked = next((line.community_id for line in lines if line.approval_hours is not None), None)
    return [
        line
        if asked is None or (line.approval_hours is not None and line.community_id == asked)
        else replace(line, problem=line.problem or "ask_apart")
        for line in lines
    ]


def decide_by(*, now: datetime, hours: Sequence[int], starts: Sequence[datetime]) -> datetime:
    """Until when staff may decide: the shortest time of the spaces that are asked for, at the latest when the first of it starts."""
    return min([now + timedelta(hours=min(hours)), *starts])


def totals(lines: Sequence[PricedLine]) -> tuple[Share, ...]:
    """The shares of all lines added up per receiver, in order of first appearance."""
    found: dict[str, Share] = {}
    for each in (one for line in lines for one in line.shares):
        known = found.get(each.to)
        amount = each.amount + (known.amount if known else 0)
        found[each.to] = Share(each.to, each.label, each.label_en, amount)
    return tuple(found.values())


def resident_reduction(offer: OfferForSale, *, buyer: Buyer) -> int:
    """What a verified resident of the listing's community pays less for one unit (T3), rounded down; 0 for others."""
    takes_part = offer.takes_resident_price and offer.community_id in buyer.resident_of
    price = resident_price(offer.unit_price_minor, takes_part=takes_part, discount_bp=offer.resident_discount_bp)
    return 0 if price is None else offer.unit_price_minor - price


def hold_until(pay_by: str, *, now: datetime, minutes: Sequence[int], starts: Sequence[datetime]) -> datetime:
    """Until when an unpaid order keeps what it claimed: the shortest of its communities' holds; at a desk a day, yet no longer than
    until the first of it starts."""
    least = now + timedelta(minutes=min(minutes))
    return max(least, min([now + DESK_HOLD, *starts])) if pay_by == "desk" else least


def _offer_line(
    wish: OfferWish, *, buyer: Buyer, before: Before, routing: Mapping[UUID, Sequence[RoutingRule]], now: datetime
) -> PricedLine:
    offer = wish.offer
    less = resident_reduction(offer, buyer=buyer) * wish.quantity
    listed = offer.unit_price_minor * wish.quantity
    seller = Share(f"partner:{offer.partner_slug}", offer.partner_name, offer.partner_name_en, 0)
    return PricedLine(
        item_kind=offer.kind,
        title=offer.title,
        title_en=offer.title_en,
        quantity=wish.quantity,
        list_minor=listed,
        reductions=(Reduction("resident_price", seller.to, less),) if less else (),
        payable_minor=listed - less,
        currency=offer.currency,
        shares=divide(
            listed - less, seller=seller, applies_to="service_turnover", rules=routing.get(offer.community_id, ())
        ),
        community_id=offer.community_id,
        time_zone=offer.time_zone,
        seller=offer.partner_name,
        seller_en=offer.partner_name_en,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        refund_until=offer.starts_at - timedelta(hours=offer.refund_until_h) if offer.starts_at else None,
        valid_until=now + timedelta(days=offer.valid_days) if offer.valid_days and not offer.starts_at else None,
        partner_id=offer.partner_id,
        listing_id=offer.listing_id,
        offer_id=offer.offer_id,
        seller_share=seller,
        problem=_offer_problem(wish, buyer=buyer, before=before, now=now),
    )


def _offer_problem(wish: OfferWish, *, buyer: Buyer, before: Before, now: datetime) -> str | None:
    offer = wish.offer
    why = why_not_for_sale(offer, now=now)
    if why is not None and not (wish.is_claimed and why == "sold_out"):
        return why if why in OFFER_PROBLEMS else "not_for_sale"
    if offer.eligibility_group is not None and offer.eligibility_group not in buyer.groups:
        return "not_eligible"
    if offer.max_per_person is not None and wish.already + before.of_listing + wish.quantity > offer.max_per_person:
        return "limit_reached"
    if not wish.is_claimed and offer.taken + before.of_offer + wish.quantity > offer.capacity:
        return "sold_out"
    return None


def _space_line(wish: SpaceWish, *, routing: Mapping[UUID, Sequence[RoutingRule]]) -> PricedLine:
    space = wish.space
    owner = f"enterprise:{space.enterprise_slug}" if space.enterprise_slug else ""
    problem = space.problem or (None if wish.is_free else "slot_taken")
    if space.max_open_bookings is not None and wish.already >= space.max_open_bookings:
        problem = problem or "limit_reached"
    shares: tuple[Share, ...] = ()
    if owner:
        seller = Share(owner, space.enterprise_name or "", space.enterprise_name_en, 0)
        rules = routing.get(space.community_id, ())
        shares = divide(space.payable_minor, seller=seller, applies_to=RENT_OF_KIND[space.kind], rules=rules)
    elif space.payable_minor:
        problem = "not_for_sale"  # nobody is there to keep the rent
    return PricedLine(
        item_kind="space",
        title=space.name,
        title_en=space.name_en,
        quantity=1,
        list_minor=space.list_minor,
        reductions=tuple(Reduction(reason, owner, amount) for reason, amount in reductions_of(space)),
        payable_minor=space.payable_minor,
        currency=space.currency,
        shares=shares,
        community_id=space.community_id,
        time_zone=space.time_zone,
        seller=space.enterprise_name or "",
        seller_en=space.enterprise_name_en,
        starts_at=space.starts_at,
        ends_at=space.ends_at,
        refund_until=last_moment(space.cancellation, space.starts_at),
        cancellation=space.cancellation,
        attendees=wish.attendees,
        space_id=space.space_id,
        tariff=space.tariff,
        renter_id=space.renter_id,
        repeat=wish.repeat,
        approval_hours=space.approval_hours,
        problem=problem,
    )
