"""Orders that end unpaid, and bookings that end: by the buyer's wish or by the database's clock.

Service code of the checkout slice, split off by noun."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import structlog

from market.checkout import (
    after_sale_queries,
    approvals,
    claims,
    queries,
    reading,
    refunds,
    settlement,
    vouchers,
)
from market.checkout.refund_rules import UNUSED_GRACE
from market.checkout.schemas import Order
from market.db import Connection, Database, Row
from market.errors import NotFound
from market.payments import service as payments
from market.payments.gateway import Gateway, GatewayRefused, GatewayUnavailable
from market.people.rules import Actor

log = structlog.get_logger(__name__)

BATCH = 500
AT_ONCE = 4
WAITING = frozenset({"awaiting_approval", "awaiting_payment"})
EXPIRED_NOTE = "The time to pay is over; what was held is free again."


async def cancel(db: Database, *, gateway: Gateway, actor: Actor, order_id: UUID) -> Order:
    """Call off the actor's own unpaid order: its payment page is closed first, so that nobody pays for nothing.

    Raises NotWaiting when it is paid (perhaps this very moment) or over, GatewayUnavailable when the page could not be closed.
    Cancelled again it stays cancelled."""
    async with db.read() as tx:
        order = await queries.order(tx, order_id)
    if order is None or order["person_id"] != actor.person_id:
        raise NotFound("This order")
    if order["status"] in WAITING:
        await _close_pages(db, gateway=gateway, order=order)
        await db.retrying(lambda tx: _end(tx, order_id=order_id, seen=order["status"], status="cancelled"))
    shown = await reading.get_order(db, actor=actor, order_id=order_id)
    if shown.status != "cancelled":
        raise settlement.NotWaiting("This order is not waiting to be paid any more.")
    return shown


async def expire_holds(db: Database, *, gateway: Gateway) -> int:
    """End every unpaid order whose hold is over by the database's clock; returns how many.

    The provider's page is closed before anything is given back; when that fails the order keeps its hold until the next round (B09)."""
    async with db.read() as tx:
        due = await queries.expired_orders(tx, limit=BATCH)
    return await _each(due, lambda order: _expire(db, gateway=gateway, order=order))


async def _expire(db: Database, *, gateway: Gateway, order: Row) -> bool:
    try:
        await _close_pages(db, gateway=gateway, order=order)
    except (GatewayUnavailable, GatewayRefused) as fault:
        log.warning("hold_kept", order=str(order["id"]), why=str(fault))
        return False
    return await db.retrying(lambda tx: _end(tx, order_id=order["id"], seen=order["status"], status="expired"))


async def _each(orders: Sequence[Row], work: Callable[[Row], Awaitable[bool]]) -> int:
    """End every one of these orders, some at a time; one that cannot end keeps no other from it. Returns how many ended."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(order: Row) -> bool:
        async with gate:
            try:
                return await work(order)
            except Exception:
                log.exception("order_not_ended", order=str(order["id"]))
                return False

    return sum(await asyncio.gather(*(one(order) for order in orders)))


async def _close_pages(db: Database, *, gateway: Gateway, order: Row) -> None:
    if order["pay_by"] == "card" and order["status"] == "awaiting_payment":
        await payments.expire_sessions(db, gateway=gateway, handle=settlement.handle, order_id=order["id"])


async def _end(tx: Connection, *, order_id: UUID, seen: str, status: str) -> bool:
    """End an order if it waits as it was seen waiting (and, to expire, if its hold is over), and give back what it held.

    One that was approved meanwhile may have a payment page by now, which has to be closed first."""
    order = await queries.lock_order(tx, order_id)
    if order is None or order["status"] != seen:
        return False
    if status == "expired" and order["hold_expires_at"] > order["now"]:
        return False
    note = EXPIRED_NOTE if status == "expired" else ""
    if seen == "awaiting_approval":
        note = approvals.NOBODY_DECIDED if status == "expired" else ""
        await (approvals.end_undecided(tx, order) if status == "expired" else approvals.withdraw(tx, order))
    await queries.update_order_closed(tx, order_id, status=status, note=note)
    await claims.give_up(tx, order_id, await queries.lines_of(tx, [order_id]))
    return True


async def end_bookings(db: Database) -> int:
    """Finish the lines of sessions and bookings that are over and can no longer be given back, and of open vouchers that nobody used
    until thirty days after their time: what partners earned is available, and an order of which nothing is left to do is complete.
    Returns how many orders had such lines."""
    async with db.read() as tx:
        due = await after_sale_queries.orders_with_ended_lines(tx, grace=UNUSED_GRACE, limit=BATCH)
    return await _each(due, lambda order: db.retrying(lambda tx: _end_bookings(tx, due=order)))


async def _end_bookings(tx: Connection, *, due: Row) -> bool:
    order = await queries.lock_order(tx, due["id"])
    if order is None or order["status"] not in refunds.REFUNDABLE:
        return False
    await vouchers.finish_lines(tx, order=order, line_ids=due["line_ids"], kind=due["kind"])
    return True
