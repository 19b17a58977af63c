"""Payment pages of orders: what is written of one with the order, and its opening at the provider, outside any transaction.

Service code of the checkout slice, split off by noun."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from market.checkout import encoding, reading, visit_queries
from market.checkout.schemas import Order
from market.db import Database, Row
from market.money import Money
from market.payments import service as payments
from market.payments.gateway import ChargeLine, Gateway, GatewayUnavailable
from market.people.rules import Actor
from market.settings import Settings

TWIN_PAUSES_S = (0.1, 0.2, 0.4)
# The provider keeps no page open for longer than a day; an order that waits for longer gets another one.
LONGEST_PAGE = timedelta(hours=23)


@dataclass(frozen=True, slots=True)
class Fresh:
    """An order as it has just been written, so that it is not read again: its row, its lines, and its payment session."""

    order: dict[str, Any]
    lines: Sequence[Row]
    session: dict[str, Any]


def new_session(
    *,
    gateway: Gateway,
    settings: Settings,
    order_id: UUID,
    amount: Money,
    lines: Sequence[tuple[str, int]],
    held_until: datetime,
) -> dict[str, Any]:
    """What to write of a payment session; `lines` are pairs of title and minor units."""
    page = f"{settings.base_url}/orders/{order_id}"
    return payments.new_session(
        gateway=gateway,
        order_id=order_id,
        amount=amount,
        held_until=held_until,
        success_url=page,
        cancel_url=page,
        lines=[ChargeLine(title, minor) for title, minor in lines if minor],
    )


async def open_page(
    db: Database, *, gateway: Gateway, actor: Actor, order_id: UUID, session_id: UUID, fresh: Fresh | None = None
) -> Order:
    """Call the provider, outside any transaction; returns the order with the address of its page.

    When a twin of this request is opening the same page right now the provider refuses the second call: wait for the twin's answer."""
    try:
        written = fresh.session if fresh else None
        url = await payments.open_session(db, gateway=gateway, session_id=session_id, written=written)
    except GatewayUnavailable:
        for pause_s in TWIN_PAUSES_S:
            await asyncio.sleep(pause_s)
            order = await reading.get_order(db, actor=actor, order_id=order_id)
            if order.checkout_url is not None:
                return order
        raise
    async with db.read() as tx:
        placed = await visit_queries.places_of(tx, order_id) if fresh is not None else []
        still = {(row["status"], row["session_id"]) for row in placed} == {("awaiting_payment", session_id)}
        if fresh is not None and still and not any(line["repeat"] for line in fresh.lines):
            places = {row["line_id"]: encoding.place(row) for row in placed}
            return encoding.order({**fresh.order, "checkout_url": url}, lines=fresh.lines, vouchers=(), places=places)
        return await reading.own_order(tx, actor=actor, order_id=order_id)
