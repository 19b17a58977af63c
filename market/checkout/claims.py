"""What an order takes while it waits to be paid: seats and slots, taken in id order, given back together, taken again for late money.

Service code of the checkout slice, split off by noun."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from market.checkout import coupons, covers, queries, rules, space_limit_queries
from market.checkout.wanted import Asked, Wanted, WantedOffer, WantedSpace
from market.db import Connection, Row
from market.errors import Conflict
from market.listings import service as listings
from market.listings.rules import OfferForSale
from market.spaces import service as spaces
from market.spaces.rules import SpaceForHire

# A slot stays held a little longer than its order, so that the order can end properly first even while the provider does not answer (B09).
SLOT_GRACE = timedelta(minutes=30)


class AboveLimit(Conflict):
    slug = "limit-reached"


async def view(tx: Connection, asked: Asked, *, person_id: UUID | None) -> tuple[Asked, list[rules.Wish]]:
    """The wishes for a quote: nothing is taken, what others hold is looked at. A series of which no date is left keeps its first, with
    what is in the way."""
    bought = await bought_before(tx, asked.wanted, person_id=person_id)
    open_now = await booked_before(tx, asked.wanted, person_id=person_id)
    gone = []
    seen = Counter(open_now)
    for number, each in enumerate(asked.wanted):
        if isinstance(each, WantedSpace):
            reason = await _why_not(tx, each, seen, person_id) if each.may_drop else None
            if reason is None:
                seen[each.space.space_id] += 1
            else:
                gone.append((number, reason))
    left = Counter(asked.wishes) - Counter(asked.wishes[number] for number, _ in gone)
    spared = {asked.wishes.index(wish) for wish in set(asked.wishes) if not left[wish]}
    asked = asked.without([each for each in gone if each[0] not in spared])
    wishes: list[rules.Wish] = []
    for each in asked.wanted:
        if isinstance(each, WantedOffer):
            wishes.append(
                rules.OfferWish(each.offer, each.quantity, bought.get(each.offer.listing_id, 0), pass_id=each.pass_id)
            )
        else:
            space = each.space
            wishes.append(
                rules.SpaceWish(
                    space, each.attendees, await _is_free(tx, space, person_id), open_now[space.space_id], each.repeat
                )
            )
            open_now[space.space_id] += 1
    return asked, wishes


async def _is_free(tx: Connection, space: SpaceForHire, person_id: UUID | None) -> bool:
    return await spaces.is_free(
        tx, space_id=space.space_id, starts_at=space.starts_at, ends_at=space.ends_at, person_id=person_id
    )


async def _why_not(tx: Connection, wanted: WantedSpace, already: Counter[UUID], person_id: UUID | None) -> str | None:
    """Why a date of a series has to be left out, None when it can be had."""
    most = wanted.space.max_open_bookings
    if most is not None and already[wanted.space.space_id] >= most:
        return "limit_reached"
    return None if await _is_free(tx, wanted.space, person_id) else "taken"


async def claim(
    tx: Connection, asked: Asked, *, person_id: UUID, held_until: datetime
) -> tuple[Asked, list[rules.Wish], list[UUID | None]]:
    """Take every seat and hold every slot, offers first, each kind in id order; returns what was taken, the wishes and each line's
    occupancy group.

    Raises SoldOut, NotForSale or SlotTaken (409): the caller's transaction then takes nothing. Carts of one person that want the same
    limited listing take turns, so that each sees what the other took (B07). Of a series whose dates may be dropped those are taken
    that are free, at least one (B16)."""
    wanted = asked.wanted
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
    slots = await _hold(tx, asked, person_id=person_id, already=Counter(open_now), held_until=held_until)
    asked = asked.without([(number, found) for number, found in slots.items() if isinstance(found, str)])
    if not {each.wish for each in asked.refused} <= set(asked.wishes):
        raise spaces.SlotTaken
    groups = [found for number in range(len(wanted)) if not isinstance(found := slots.get(number), str)]
    bought = await bought_before(tx, wanted, person_id=person_id)
    wishes: list[rules.Wish] = []
    for each in asked.wanted:
        if isinstance(each, WantedOffer):
            wishes.append(
                rules.OfferWish(
                    each.offer,
                    each.quantity,
                    bought.get(each.offer.listing_id, 0),
                    is_claimed=True,
                    pass_id=each.pass_id,
                )
            )
        else:
            already = open_now[each.space.space_id]
            wishes.append(rules.SpaceWish(each.space, each.attendees, already=already, repeat=each.repeat))
            open_now[each.space.space_id] += 1
    return asked, wishes, groups


async def _hold(
    tx: Connection, asked: Asked, *, person_id: UUID, already: Counter[UUID], held_until: datetime
) -> dict[int, UUID | str]:
    """The occupancy group of each space wanted, by its number; for a date that may be dropped, the reason why it is."""
    slots = [(each, number) for number, each in enumerate(asked.wanted) if isinstance(each, WantedSpace)]
    ids = [each.space.space_id for each, _ in slots]
    if any(each.may_drop for each, _ in slots):
        await spaces.lock(tx, space_ids=ids)
    else:
        await _lock_spaces(tx, ids)
    found: dict[int, UUID | str] = {}
    for each, number in sorted(slots, key=lambda slot: (slot[0].space.space_id, slot[1])):
        space = each.space
        reason = await _why_not(tx, each, already, person_id) if each.may_drop else None
        found[number] = reason or await spaces.hold(
            tx,
            space_id=space.space_id,
            starts_at=space.starts_at,
            ends_at=space.ends_at,
            held_until=held_until,
            person_id=person_id,
        )
        already[space.space_id] += reason is None
    return found


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


async def keep(tx: Connection, lines: Sequence[Row], *, held_until: datetime) -> bool:
    """Hold the slots of an order until then. False when one of them is held no more: the caller's transaction must then fail."""
    slots = [line for line in lines if line["occupancy_group"] is not None]
    await _lock_spaces(tx, [line["space_id"] for line in slots])
    return all([await spaces.hold_until(tx, group_id=line["occupancy_group"], held_until=held_until) for line in slots])


async def _take_again(tx: Connection, lines: Sequence[Row], *, person_id: UUID) -> None:
    """Take the seats of an order that ended. Raises SoldOut, NotForSale, or AboveLimit when the person bought others since (B07)."""
    seats = _seats(lines)
    offers = (await listings.offers_for_sale(tx, [offer_id for offer_id, _ in seats])).values()
    limited = _limited(offers)
    if limited:
        await queries.lock_limits(tx, person_id=person_id, listing_ids=limited)
    for offer_id, quantity in seats:
        await listings.take(tx, offer_id=offer_id, quantity=quantity)
    await covers.take_again(tx, lines)
    await coupons.use_again(tx, lines[0]["order_id"])
    units = Counter[UUID](await queries.units_bought(tx, person_id=person_id, listing_ids=limited) if limited else {})
    for line in lines:
        units[line["listing_id"]] += line["quantity"]
    if any(offer.max_per_person is not None and units[offer.listing_id] > offer.max_per_person for offer in offers):
        raise AboveLimit("One person cannot have that many.")


async def give_up(tx: Connection, order_id: UUID, lines: Sequence[Row]) -> None:
    """An order ends unpaid: what it held is for others again, its slots and places, what covered it, and its coupon."""
    await let_go(tx, lines)
    await covers.release(tx, lines)
    await coupons.free(tx, order_id)


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
