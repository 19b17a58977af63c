"""What an order takes while it waits to be paid: seats and slots, taken in id order, given back together, taken again for late money.

Service code of the checkout slice, split off by noun."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from market.checkout import queries, rules, space_limit_queries
from market.checkout.schemas import Line
from market.db import Connection, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.listings import service as listings
from market.listings.rules import OfferForSale
from market.people.rules import Actor
from market.spaces import quoting
from market.spaces import service as spaces
from market.spaces.rules import SpaceForHire

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WantedOffer:
    offer: OfferForSale
    quantity: int


@dataclass(frozen=True, slots=True)
class WantedSpace:
    space: SpaceForHire
    attendees: int | None


Wanted = WantedOffer | WantedSpace


class AboveLimit(Conflict):
    slug = "limit-reached"


async def look_up(tx: Connection, lines: Sequence[Line], *, actor: Actor | None) -> list[Wanted]:
    """What the lines of a cart mean to this actor. Raises InvalidInput naming each line that means nothing."""
    _check(lines)
    offers = await listings.offers_for_sale(tx, [line.offer_id for line in lines if line.offer_id is not None])
    found: list[Wanted] = []
    for number, line in enumerate(lines):
        if line.offer_id is not None:
            offer = offers.get(line.offer_id)
            if offer is None or offer.listing_status == "draft":
                raise InvalidInput([(f"lines[{number}].offer_id", "is not for sale")])
            found.append(WantedOffer(offer, line.quantity))
        else:
            found.append(WantedSpace(await _space(tx, number, line, actor), line.attendees))
    return found


async def view(tx: Connection, wanted: Sequence[Wanted], *, person_id: UUID | None) -> list[rules.Wish]:
    """The wishes for a quote: nothing is taken, what others hold is looked at."""
    bought = await bought_before(tx, wanted, person_id=person_id)
    open_now = await booked_before(tx, wanted, person_id=person_id)
    wishes: list[rules.Wish] = []
    for each in wanted:
        if isinstance(each, WantedOffer):
            wishes.append(rules.OfferWish(each.offer, each.quantity, bought.get(each.offer.listing_id, 0)))
        else:
            space = each.space
            free = await spaces.is_free(tx, space_id=space.space_id, starts_at=space.starts_at, ends_at=space.ends_at)
            wishes.append(rules.SpaceWish(space, each.attendees, free, open_now[space.space_id]))
            open_now[space.space_id] += 1
    return wishes


async def claim(
    tx: Connection, wanted: Sequence[Wanted], *, person_id: UUID, held_until: datetime
) -> tuple[list[rules.Wish], list[UUID | None]]:
    """Take every seat and hold every slot, offers first, each kind in id order; returns the wishes and each line's occupancy group.

    Raises SoldOut, NotForSale or SlotTaken (409): the caller's transaction then takes nothing. Carts of one person that want the same
    limited listing take turns, so that each sees what the other took (B07)."""
    limited = sorted(
        {*_limited(each.offer for each in wanted if isinstance(each, WantedOffer)), *_limited_spaces(wanted)}
    )
    if limited:
        await queries.lock_limits(tx, person_id=person_id, listing_ids=limited)
    open_now = await booked_before(tx, wanted, person_id=person_id)
    seats = Counter[UUID]()
    for each in wanted:
        if isinstance(each, WantedOffer):
            seats[each.offer.offer_id] += each.quantity
    for offer_id in sorted(seats):
        await listings.take(tx, offer_id=offer_id, quantity=seats[offer_id])
    groups: list[UUID | None] = [None] * len(wanted)
    slots = [(each.space.space_id, number) for number, each in enumerate(wanted) if isinstance(each, WantedSpace)]
    await _lock_spaces(tx, [space_id for space_id, _ in slots])
    for space_id, number in sorted(slots):
        each = wanted[number]
        assert isinstance(each, WantedSpace)
        groups[number] = await spaces.hold(
            tx, space_id=space_id, starts_at=each.space.starts_at, ends_at=each.space.ends_at, held_until=held_until
        )
    bought = await bought_before(tx, wanted, person_id=person_id)
    wishes: list[rules.Wish] = []
    for each in wanted:
        if isinstance(each, WantedOffer):
            wishes.append(
                rules.OfferWish(each.offer, each.quantity, bought.get(each.offer.listing_id, 0), is_claimed=True)
            )
        else:
            wishes.append(rules.SpaceWish(each.space, each.attendees, already=open_now[each.space.space_id]))
            open_now[each.space.space_id] += 1
    return wishes, groups


async def bought_before(tx: Connection, wanted: Sequence[Wanted], *, person_id: UUID | None) -> dict[UUID, int]:
    """Units the person has of the listings that are limited per person."""
    limited = _limited(each.offer for each in wanted if isinstance(each, WantedOffer))
    if person_id is None or not limited:
        return {}
    return await queries.units_bought(tx, person_id=person_id, listing_ids=limited)


async def booked_before(tx: Connection, wanted: Sequence[Wanted], *, person_id: UUID | None) -> Counter[UUID]:
    """Open bookings the person has of the spaces that are limited per person."""
    limited = _limited_spaces(wanted)
    if person_id is None or not limited:
        return Counter()
    return Counter(await space_limit_queries.open_bookings(tx, person_id=person_id, space_ids=limited))


def _limited_spaces(wanted: Sequence[Wanted]) -> list[UUID]:
    """The spaces of which one person may have so many open bookings only, in id order."""
    return sorted(
        {
            each.space.space_id
            for each in wanted
            if isinstance(each, WantedSpace) and each.space.max_open_bookings is not None
        }
    )


def _limited(offers: Iterable[OfferForSale]) -> list[UUID]:
    """The listings of which one person may have so many only, in id order."""
    return sorted({offer.listing_id for offer in offers if offer.max_per_person is not None})


async def secure(tx: Connection, lines: Sequence[Row], *, again_for: UUID | None = None) -> bool:
    """Make the claims of an order final. `again_for`: the order ended (expired, cancelled), so first take everything for this person
    again, if it is free (B08).

    False when something is gone: then nothing of it is kept and the money must go back (B10). Never double booked."""
    slots = [line for line in lines if line["occupancy_group"] is not None]
    if again_for is None and not slots:
        return True
    await queries.savepoint(tx, "secure")
    try:
        if again_for is not None:
            await _take_again(tx, lines, person_id=again_for)
        await _lock_spaces(tx, [line["space_id"] for line in slots])
        for line in slots:
            if not await spaces.confirm(tx, group_id=line["occupancy_group"]):
                await queries.rollback_to(tx, "secure")
                return False
    except Conflict:
        await queries.rollback_to(tx, "secure")
        return False
    return True


async def _take_again(tx: Connection, lines: Sequence[Row], *, person_id: UUID) -> None:
    """Take the seats of an order that ended. Raises SoldOut, NotForSale, or AboveLimit when the person bought others since (B07)."""
    seats = _seats(lines)
    offers = (await listings.offers_for_sale(tx, [offer_id for offer_id, _ in seats])).values()
    limited = _limited(offers)
    if limited:
        await queries.lock_limits(tx, person_id=person_id, listing_ids=limited)
    for offer_id, quantity in seats:
        await listings.take(tx, offer_id=offer_id, quantity=quantity)
    units = Counter[UUID](await queries.units_bought(tx, person_id=person_id, listing_ids=limited) if limited else {})
    for line in lines:
        units[line["listing_id"]] += line["quantity"]
    if any(offer.max_per_person is not None and units[offer.listing_id] > offer.max_per_person for offer in offers):
        raise AboveLimit("One person cannot have that many.")


async def let_go(tx: Connection, lines: Sequence[Row], *, slots_after: datetime | None = None) -> None:
    """Give back every seat and slot of these lines, offers first, each kind in id order.

    With `slots_after`, time that was over by then stays booked: it was used or stood empty, and the utilisation shows it."""
    for offer_id, quantity in _seats(lines):
        await listings.give_back(tx, offer_id=offer_id, quantity=quantity)
    slots = [
        line
        for line in lines
        if line["occupancy_group"] is not None and (slots_after is None or line["ends_at"] > slots_after)
    ]
    await _lock_spaces(tx, [line["space_id"] for line in slots])
    for line in slots:
        await spaces.release(tx, group_id=line["occupancy_group"])


async def _lock_spaces(tx: Connection, space_ids: Sequence[UUID]) -> None:
    """Whoever touches several spaces locks them all first, in the one order that all keep; a single one locks itself."""
    if len(set(space_ids)) > 1:
        await spaces.lock(tx, space_ids=space_ids)


def _seats(lines: Sequence[Row]) -> list[tuple[UUID, int]]:
    seats = Counter[UUID]()
    for line in lines:
        if line["offer_id"] is not None:
            seats[line["offer_id"]] += line["quantity"]
    return sorted(seats.items())


def _check(lines: Sequence[Line]) -> None:
    faults = []
    for number, line in enumerate(lines):
        if (line.offer_id is None) == (line.space_id is None):
            faults.append((f"lines[{number}]", "must name either an offer or a space"))
        elif line.space_id is not None:
            for field, at in (("starts_at", line.starts_at), ("ends_at", line.ends_at)):
                if at is None or at.tzinfo is None:
                    faults.append((f"lines[{number}].{field}", "must be a time with an offset"))
                elif not EARLIEST < at < LATEST:
                    faults.append((f"lines[{number}].{field}", "is too far away"))
            if line.quantity != 1:
                faults.append((f"lines[{number}].quantity", "a space is booked once"))
        if line.space_id is None and line.for_partner is not None:
            faults.append((f"lines[{number}].for_partner", "is for spaces only"))
    if faults:
        raise InvalidInput(faults)


async def _space(tx: Connection, number: int, line: Line, actor: Actor | None) -> SpaceForHire:
    assert line.space_id is not None and line.starts_at is not None and line.ends_at is not None
    try:
        space = await quoting.price(
            tx,
            space_id=line.space_id,
            starts_at=line.starts_at.astimezone(UTC),
            ends_at=line.ends_at.astimezone(UTC),
            renter=await quoting.renter_of(tx, actor=actor, partner=line.for_partner),
        )
    except NotFound as unknown:
        raise InvalidInput([(f"lines[{number}].space_id", "is not for hire")]) from unknown
    except InvalidInput as fault:
        raise InvalidInput([(f"lines[{number}].{field}", message) for field, message in fault.fields]) from fault
    if line.attendees is not None and line.attendees > space.capacity:
        raise InvalidInput([(f"lines[{number}].attendees", f"must be at most {space.capacity}")])
    return space
