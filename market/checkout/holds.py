"""Orders that end unpaid, and bookings that end: by the buyer's wish or by the database's clock.

Service code of the checkout slice, split off by noun."""

from uuid import UUID

import structlog

from market.checkout import claims, queries, reading, settlement, vouchers
from market.checkout.schemas import Order
from market.db import Connection, Database
from market.errors import NotFound
from market.payments import service as payments
from market.payments.gateway import Gateway, GatewayRefused, GatewayUnavailable
from market.people.rules import Actor

log = structlog.get_logger(__name__)

BATCH = 500
EXPIRED_NOTE = "The time to pay is over; what was held is free again."


async def cancel(db: Database, *, gateway: Gateway, actor: Actor, order_id: UUID) -> Order:
    """Call off the actor's own unpaid order: its payment page is closed first, so that nobody pays for nothing.

    Raises NotWaiting when it is paid (perhaps this very moment) or over, GatewayUnavailable when the page could not be closed.
    Cancelled again it stays cancelled."""
    async with db.read() as tx:
        order = await queries.order(tx, order_id)
    if order is None or order["person_id"] != actor.person_id:
        raise NotFound("This order")
    if order["status"] == "awaiting_payment":
        await _close_pages(db, gateway=gateway, order_id=order_id, pay_by=order["pay_by"])
        await db.retrying(lambda tx: _end(tx, order_id=order_id, status="cancelled"))
    shown = await reading.get_order(db, actor=actor, order_id=order_id)
    if shown.status != "cancelled":
        raise settlement.NotWaiting("This order is not waiting to be paid any more.")
    return shown


async def expire_holds(db: Database, *, gateway: Gateway) -> int:
    """End every unpaid order whose hold is over by the database's clock; returns how many.

    The provider's page is closed before anything is given back; when that fails the order keeps its hold until the next round (B09)."""
    async with db.read() as tx:
        due = await queries.expired_orders(tx, limit=BATCH)
    ended = 0
    for order in due:
        try:
            await _close_pages(db, gateway=gateway, order_id=order["id"], pay_by=order["pay_by"])
        except (GatewayUnavailable, GatewayRefused) as fault:
            log.warning("hold_kept", order=str(order["id"]), why=str(fault))
            continue
        order_id: UUID = order["id"]
        ended += await db.retrying(lambda tx, order_id=order_id: _end(tx, order_id=order_id, status="expired"))  # type: ignore[misc]
    return ended


async def _close_pages(db: Database, *, gateway: Gateway, order_id: UUID, pay_by: str) -> None:
    if pay_by == "card":
        await payments.expire_sessions(db, gateway=gateway, handle=settlement.handle, order_id=order_id)


async def _end(tx: Connection, *, order_id: UUID, status: str) -> bool:
    """End an order if it still waits (and, to expire, if its hold is over), and give back what it held."""
    order = await queries.lock_order(tx, order_id)
    if order is None or order["status"] != "awaiting_payment":
        return False
    if status == "expired" and order["hold_expires_at"] > order["now"]:
        return False
    await queries.update_order_closed(tx, order_id, status=status, note=EXPIRED_NOTE if status == "expired" else "")
    await claims.let_go(tx, await queries.lines_of(tx, [order_id]))
    return True


async def end_bookings(db: Database) -> int:
    """Make available what partners earned by sessions that are over and can no longer be given back; returns how many lines."""
    async with db.read() as tx:
        due = await queries.ended_lines(tx, limit=BATCH)
    for line in due:
        await db.retrying(lambda tx, line=line: _end_booking(tx, order_id=line["order_id"], line_id=line["id"]))  # type: ignore[misc]
    return len(due)


async def _end_booking(tx: Connection, *, order_id: UUID, line_id: UUID) -> None:
    order = await queries.lock_order(tx, order_id)
    if order is not None and order["status"] in {"paid", "completed", "partly_refunded"}:
        await vouchers.earn(tx, order=order, line_id=line_id, kind="booking_ended")
