"""Quotes and orders: what is asked for is priced, taken and frozen in one transaction, and only then is the provider called (design §5).

The slice's other use cases are beside this file, by noun: `claims` (seats and slots), `settlement` (money that arrives), `refunds`,
`vouchers`, `holds` (orders that end unpaid) and `reading` (orders, receipts, lists)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from market.checkout import (
    approvals,
    claims,
    coupons,
    desks,
    encoding,
    freezing,
    guests,
    hold_rules,
    keys,
    pages,
    passes,
    placing_queries,
    pricing,
    queries,
    reading,
    rules,
    settlement,
    wanted,
)
from market.checkout.place_schemas import GuestRef
from market.checkout.refusals import CannotBuy, DatesMissing, NoDesk, NotPayable, PriceChanged
from market.checkout.schemas import Line, NewOrder, Order, Quote
from market.db import Connection, Database, Row
from market.errors import NotFound, TooManyRequests
from market.funds import service as funds
from market.money import Money
from market.payments import service as payments
from market.payments.gateway import Gateway, GatewayRefused
from market.people.rules import Actor
from market.settings import Settings

# So many unpaid orders one person may have: nobody can hold a whole house for nothing (B11).
MAX_UNPAID = 20

reconcile = settlement.reconcile


@dataclass(frozen=True, slots=True)
class Placed:
    """What the transaction of an order leaves to do: `session_id` is set when a payment page must be opened, `fresh` when this very
    request made the order."""

    order_id: UUID
    session_id: UUID | None
    fresh: pages.Fresh | None = None


async def make_quote(
    db: Database,
    *,
    actor: Actor | None,
    lines: Sequence[Line],
    guest: GuestRef | None = None,
    coupon: str | None = None,
) -> Quote:
    """Price a cart for who comes (this actor, or a guest) and say per line what is in the way; nothing is taken.

    Raises InvalidInput naming the line that means nothing."""
    await coupons.try_code(db, actor=actor, code=coupon)
    async with db.read() as tx:
        asked, wishes = await claims.view(
            tx, await wanted.look_up(tx, lines, actor=actor), person_id=actor.person_id if actor else None
        )
        comer = await guests.who_comes(tx, actor=actor, guest=guest)
        terms = await _terms(tx, asked.wanted)
        priced = await pricing.price(
            tx,
            asked.wanted,
            wishes,
            buyer_id=actor.person_id if actor else None,
            comer=comer,
            terms=terms,
            coupon=coupon,
            now=await queries.database_now(tx),
        )
        could_pay = await passes.usable(
            tx,
            person_id=actor.person_id if actor else None,
            listing_ids={each.offer.listing_id for each in asked.wanted if isinstance(each, wanted.WantedOffer)},
        )
        places = await desks.communities_of(tx, asked.wanted)
        return encoding.quote(
            priced.quote,
            desks=desks.of(places),
            hold_min=min(each.policies.hold_min for each in places),
            wishes=asked.wishes,
            refused=asked.refused,
            coupon=priced.coupon,
            could_pay=could_pay,
        )


async def place_order(
    db: Database, *, gateway: Gateway, settings: Settings, actor: Actor, key: str, wish: NewOrder
) -> Order:
    """Take everything in the cart, or nothing, and open the payment page; a free order is paid at once.

    The same `key` with the same body gives the same order, with another body InvalidInput (422). When the provider does not answer
    the order stands and waits: raises GatewayUnavailable (503), and the same request or `pay_again` tries once more."""
    keys.require_key(key)
    body_hash = hashlib.sha256(msgspec.json.encode(wish)).digest()
    placed = await db.retrying(
        lambda tx: _place(tx, gateway=gateway, settings=settings, actor=actor, key=key, body_hash=body_hash, wish=wish)
    )
    if placed.session_id is None:
        return await reading.get_order(db, actor=actor, order_id=placed.order_id)
    return await pages.open_page(
        db, gateway=gateway, actor=actor, order_id=placed.order_id, session_id=placed.session_id, fresh=placed.fresh
    )


async def pay_again(db: Database, *, gateway: Gateway, settings: Settings, actor: Actor, order_id: UUID) -> Order:
    """Open the payment page of an order that still waits, or a new one where the old page is closed.

    Raises NotPayable when the order no longer waits for a card payment, GatewayUnavailable as `place_order`."""
    async with db.read() as tx:
        order = await queries.order(tx, order_id)
    session_id = _payable_session(order, actor=actor)
    try:
        if session_id is None:  # approved and not paid yet
            raise payments.SessionClosed("There is no payment page yet.")
        return await pages.open_page(db, gateway=gateway, actor=actor, order_id=order_id, session_id=session_id)
    except (payments.SessionClosed, GatewayRefused):
        fresh = await db.retrying(
            lambda tx: _new_session(
                tx, gateway=gateway, settings=settings, actor=actor, order_id=order_id, closed=session_id
            )
        )
        return await pages.open_page(db, gateway=gateway, actor=actor, order_id=order_id, session_id=fresh)


async def _place(
    tx: Connection, *, gateway: Gateway, settings: Settings, actor: Actor, key: str, body_hash: bytes, wish: NewOrder
) -> Placed:
    """The one transaction of an order."""
    claimed = await placing_queries.insert_key(
        tx, person_id=actor.person_id, operation="place_order", key=key, body_hash=body_hash
    )
    if claimed["result_id"] is None:
        return await _placed_before(tx, actor=actor, key=key, body_hash=body_hash)
    if claimed["unpaid"] >= MAX_UNPAID:
        raise TooManyRequests(60)
    now: datetime = claimed["now"]
    asked = await wanted.look_up(tx, wish.lines, actor=actor)
    for date in asked.refused:
        if wish.lines[date.wish].dates == "all":
            raise DatesMissing(date)
    terms = await _terms(tx, asked.wanted)
    hold_until = _hold_until(asked.wanted, terms=terms, pay_by=wish.pay_by, now=now)
    asked, wishes, groups = await claims.claim(
        tx, asked, person_id=actor.person_id, held_until=hold_until + claims.SLOT_GRACE
    )
    comer = await guests.who_comes(tx, actor=actor, guest=wish.guest)
    priced = await pricing.price(
        tx, asked.wanted, wishes, buyer_id=actor.person_id, comer=comer, terms=terms, coupon=wish.coupon, now=now, lock=True
    )  # fmt: skip
    quote = priced.quote
    _require_as_seen(quote, wish.expected_payable)
    purpose = approvals.required_purpose(wish.purpose) if quote.approval_hours else ""
    order_id: UUID = claimed["result_id"]
    pay_by = wish.pay_by if quote.payable_minor else "free"
    session = None
    if pay_by == "card" and not quote.approval_hours:
        session = pages.new_session(
            gateway=gateway,
            settings=settings,
            order_id=order_id,
            amount=Money(quote.payable_minor, quote.currency),
            lines=[(line.title, line.payable_minor) for line in quote.lines],
            held_until=hold_until,
        )
    lines = await placing_queries.insert_order(
        tx,
        order_id=order_id,
        person_id=actor.person_id,
        pay_by=pay_by,
        currency=quote.currency,
        payable_minor=quote.payable_minor,
        hold_expires_at=hold_until,
        session=session,
        lines=[freezing.frozen_line(line, position=n, group=groups[n]) for n, line in enumerate(quote.lines)],
    )
    await priced.hold(tx, order_id=order_id, lines=lines, person_id=actor.person_id)
    await guests.note(tx, order_id=order_id, guest=wish.guest, comer=comer)
    if asked.refused:
        dates = [msgspec.structs.asdict(each) for each in asked.refused]
        await placing_queries.insert_refused_dates(tx, order_id=order_id, refused=dates)
    if quote.approval_hours:
        await approvals.ask(tx, order_id=order_id, purpose=purpose)
    elif pay_by == "free":
        await settlement.settle_free(tx, order_id=order_id, currency=quote.currency, lines=lines)
    if session is None:
        return Placed(order_id, None)
    if wish.guest is not None:
        return Placed(order_id, lines[0]["session_id"])
    session |= {"id": lines[0]["session_id"], "expires_at": lines[0]["session_expires_at"]}
    return Placed(
        order_id,
        session["id"],
        pages.Fresh(encoding.new_order(order_id, quote, hold_until=hold_until, now=now), lines, session),
    )


def _require_as_seen(quote: rules.Quote, expected_payable: int | None) -> None:
    """Raises CannotBuy for the first line that something stands in the way of, PriceChanged when it is not what the buyer saw."""
    for line in quote.lines:
        if line.problem is not None:
            raise CannotBuy(line)
    if expected_payable is not None and expected_payable != quote.payable_minor:
        raise PriceChanged(quote.payable_minor)


async def _terms(tx: Connection, things: Sequence[wanted.Wanted]) -> dict[UUID, funds.Terms]:
    """What the sale goes by in each community of the cart."""
    communities = {
        each.offer.community_id if isinstance(each, wanted.WantedOffer) else each.space.community_id for each in things
    }
    return await funds.terms_in_force(tx, community_ids=sorted(communities))


def _hold_until(
    things: Sequence[wanted.Wanted], *, terms: Mapping[UUID, funds.Terms], pay_by: str, now: datetime
) -> datetime:
    """How long the order may wait to be paid, or for staff who have to agree first; at the desk only where all of its communities have
    one. Raises NoDesk."""
    found = [each.offer if isinstance(each, wanted.WantedOffer) else each.space for each in things]
    policies = [terms[each].policies for each in sorted({each.community_id for each in found})]
    if pay_by == "desk" and not all(each.desk_payment for each in policies):
        raise NoDesk("This community takes no payments at a desk.")
    starts = [each.starts_at for each in found if each.starts_at is not None]
    hours = [
        each.space.approval_hours
        for each in things
        if isinstance(each, wanted.WantedSpace) and each.space.approval_hours
    ]
    if hours:
        return hold_rules.decide_by(now=now, hours=hours, starts=starts)
    return hold_rules.hold_until(pay_by, now=now, minutes=[each.hold_min for each in policies], starts=starts)


async def _placed_before(tx: Connection, *, actor: Actor, key: str, body_hash: bytes) -> Placed:
    """The order that this key made; its page is opened if the first request did not get that far."""
    made = await keys.used_for(tx, person_id=actor.person_id, operation="place_order", key=key, body_hash=body_hash)
    order = await queries.order(tx, made)
    assert order is not None
    waits = (
        order["status"] == "awaiting_payment"
        and order["checkout_url"] is None
        and order["hold_expires_at"] > order["now"]
    )
    return Placed(order["id"], order["session_id"] if waits else None)


async def _new_session(
    tx: Connection, *, gateway: Gateway, settings: Settings, actor: Actor, order_id: UUID, closed: UUID | None
) -> UUID:
    """A new session for an order whose session is closed; the one that a parallel request made, if there is one."""
    order: Any = await queries.lock_order(tx, order_id)
    session_id = _payable_session(order, actor=actor)
    if session_id is not None and session_id != closed:
        return session_id
    lines = await queries.lines_of(tx, [order_id])
    new = pages.new_session(
        gateway=gateway,
        settings=settings,
        order_id=order_id,
        amount=Money(order["payable_minor"], order["currency"]),
        lines=[(line["title"], line["payable_minor"]) for line in lines],
        held_until=min(order["hold_expires_at"], order["now"] + pages.LONGEST_PAGE),
    )
    fresh = await payments.insert_session(tx, new)
    await queries.update_order_session(tx, order_id, session_id=fresh)
    return fresh


def _payable_session(order: Row | None, *, actor: Actor) -> UUID | None:
    """The session of an order that its owner may pay now by the database's clock; None where approval has just made it payable."""
    if order is None or order["person_id"] != actor.person_id:
        raise NotFound("This order")
    waits = order["status"] == "awaiting_payment" and order["pay_by"] == "card"
    if not waits or order["hold_expires_at"] <= order["now"]:
        raise NotPayable("This order does not wait for a card payment.")
    session_id: UUID | None = order["session_id"]
    return session_id
