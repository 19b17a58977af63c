"""What may be offered, what may be bought now, and what a resident pays: pure decisions."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from market.money import share

TIMED = frozenset({"class", "meal", "appointment"})
UNTIMED = frozenset({"voucher"})
MAX_LENGTH = timedelta(hours=24)
MAX_AHEAD = timedelta(days=400)
MAX_RANGE = timedelta(days=93)
DEFAULT_RANGE = timedelta(days=28)

Fault = tuple[str, str]


@dataclass(frozen=True, slots=True)
class OfferForSale:
    """One purchasable unit with all that a price, a refund limit and a sale depend on; prices in minor units."""

    offer_id: UUID
    listing_id: UUID
    kind: str
    listing_status: str
    offer_status: str
    title: str
    title_en: str | None
    partner_id: UUID
    partner_slug: str
    partner_name: str
    partner_status: str
    community_id: UUID
    community_slug: str
    time_zone: str
    resident_discount_bp: int
    takes_resident_price: bool
    eligibility_group: str | None
    unit_price_minor: int
    currency: str
    starts_at: datetime | None
    ends_at: datetime | None
    sale_ends_at: datetime | None
    capacity: int
    taken: int
    refund_until_h: int
    valid_days: int | None
    max_per_person: int | None
    partner_name_en: str | None = None


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """What the rules of a listing's kind look at."""

    kind: str
    price_minor: int
    has_resident_price: bool
    eligibility_group: str | None
    duration_min: int | None
    valid_days: int | None


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """One offer as its partner asked for it."""

    capacity: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    sale_ends_at: datetime | None = None
    price_minor: int | None = None
    space_id: UUID | None = None


def resident_price(price_minor: int, *, takes_part: bool, discount_bp: int) -> int | None:
    """What a verified resident pays (T3): the list price less the discount rounded down, so never less than the exact price.

    None where the listing does not take part, is free, or the community gives no discount."""
    if not takes_part or price_minor == 0 or discount_bp == 0:
        return None
    return price_minor - share(price_minor, discount_bp)


def why_not_for_sale(offer: OfferForSale, *, now: datetime) -> str | None:
    """A slug when the offer cannot be bought at `now` (not_for_sale, sale_ended, sold_out), else None."""
    if (offer.offer_status, offer.listing_status, offer.partner_status) != ("open", "published", "active"):
        return "not_for_sale"
    sale_ends_at = offer.sale_ends_at or offer.ends_at
    if sale_ends_at is not None and sale_ends_at <= now:
        return "sale_ended"
    if offer.taken >= offer.capacity:
        return "sold_out"
    return None


def listing_faults(facts: ListingFacts) -> list[Fault]:
    """What each kind of listing needs and what it cannot have, by field."""
    faults: list[Fault] = []
    if facts.kind == "voucher" and facts.valid_days is None:
        faults.append(("valid_days", "a voucher needs the number of days it is valid"))
    if facts.kind in TIMED and facts.valid_days is not None:
        faults.append(("valid_days", "only a voucher or a free service is valid for a number of days"))
    if facts.kind == "free" and facts.price_minor != 0:
        faults.append(("price", "a free service has the price 0"))
    if facts.price_minor == 0 and facts.has_resident_price:
        faults.append(("has_resident_price", "what is free has no residents' price"))
    if facts.kind == "voucher" and facts.duration_min is not None:
        faults.append(("duration_min", "a voucher has no length"))
    group = facts.eligibility_group
    if group is not None and not (
        group.isascii() and group.replace("_", "").replace("-", "").isalnum() and group == group.lower()
    ):
        faults.append(("eligibility_group", "must be the short name of a group, such as elder"))
    return faults


def status_fault(before: str, after: str) -> Fault | None:
    """What was published may have been bought: it can be withdrawn, not turned into a draft again."""
    if after == "draft" and before != "draft":
        return ("status", "a published listing can be withdrawn, not turned into a draft")
    return None


def offers_faults(kind: str, offers: Sequence[OfferFacts], *, now: datetime) -> list[Fault]:
    """What is wrong with new offers of a listing of this kind, by field such as offers[2].ends_at (B20)."""
    return [
        (f"offers[{index}].{field}", message)
        for index, offer in enumerate(offers)
        for field, message in _offer_faults(kind, offer, now)
    ]


def _offer_faults(kind: str, offer: OfferFacts, now: datetime) -> Iterable[Fault]:
    naive = [
        name
        for name in ("starts_at", "ends_at", "sale_ends_at")
        if (at := getattr(offer, name)) is not None and at.tzinfo is None
    ]
    if naive:
        return [(name, "needs an offset from UTC, such as +08:00") for name in naive]
    return [*_time_faults(kind, offer, now), *_sale_faults(kind, offer, now)]


def _time_faults(kind: str, offer: OfferFacts, now: datetime) -> Iterable[Fault]:
    if kind in UNTIMED:
        for name in ("starts_at", "ends_at"):
            if getattr(offer, name) is not None:
                yield name, "a voucher has no time of its own"
        return
    if offer.starts_at is None and offer.ends_at is None and kind not in TIMED:
        return
    if offer.starts_at is None:
        yield "starts_at", f"a {kind} needs a start"
        return
    if offer.ends_at is None:
        yield "ends_at", f"a {kind} needs an end"
        return
    if offer.ends_at <= offer.starts_at:
        yield "ends_at", "must be after the start"
    elif offer.ends_at - offer.starts_at > MAX_LENGTH:
        yield "ends_at", "must be within 24 hours of the start"
    if offer.starts_at <= now:
        yield "starts_at", "must be in the future"
    elif offer.starts_at > now + MAX_AHEAD:
        yield "starts_at", f"must be within the next {MAX_AHEAD.days} days"


def _sale_faults(kind: str, offer: OfferFacts, now: datetime) -> Iterable[Fault]:
    if offer.sale_ends_at is not None:
        if offer.sale_ends_at <= now:
            yield "sale_ends_at", "must be in the future"
        elif offer.ends_at is not None and offer.sale_ends_at > offer.ends_at:
            yield "sale_ends_at", "must not be after the end"
        elif offer.sale_ends_at > now + MAX_AHEAD:
            yield "sale_ends_at", f"must be within the next {MAX_AHEAD.days} days"
    if kind == "free" and offer.price_minor:
        yield "price", "a free service has the price 0"
    if offer.space_id is not None and (offer.starts_at is None or offer.ends_at is None):
        yield "space_id", "only an offer with a start and an end can take a space"


def sale_end(kind: str, offer: OfferFacts) -> datetime | None:
    """When the sale of a new offer ends if its partner did not say: a class or an appointment when it starts, else with its end."""
    if offer.sale_ends_at is not None:
        return offer.sale_ends_at
    return offer.starts_at if kind in {"class", "appointment"} else None


def overlapping(offers: Sequence[OfferFacts]) -> tuple[int, int] | None:
    """Positions of two new offers that ask for the same space at the same time, or None."""
    timed = sorted(
        (str(each.space_id), each.starts_at, each.ends_at, index)
        for index, each in enumerate(offers)
        if each.space_id is not None and each.starts_at is not None and each.ends_at is not None
    )
    for (space, _, ends_at, first), (next_space, starts_at, _, second) in itertools.pairwise(timed):
        if space == next_space and starts_at < ends_at:
            return (min(first, second), max(first, second))
    return None


def offer_range(
    start: datetime | None, end: datetime | None, *, now: datetime
) -> tuple[datetime, datetime] | list[Fault]:
    """The stretch of time that a list of offers covers, at most 93 days; or what is wrong with it."""
    given = (("from", start), ("to", end))
    if naive := [name for name, at in given if at is not None and at.tzinfo is None]:
        return [(name, "needs an offset from UTC, such as +08:00") for name in naive]
    if start is not None and not now - 10 * MAX_AHEAD < start < now + 10 * MAX_AHEAD:
        return [("from", "is too far away")]
    begins = start or now
    ends = end or begins + DEFAULT_RANGE
    if ends <= begins:
        return [("to", "must be after from")]
    if ends - begins > MAX_RANGE:
        return [("to", f"must be within {MAX_RANGE.days} days of from")]
    return begins, ends
