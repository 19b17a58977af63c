"""What buyers are told by message about their orders; sent by jobs, each once.

Service code of the checkout slice, split off by noun."""

from typing import Any
from uuid import UUID

import msgspec

from market.checkout import encoding, queries
from market.db import Connection, Database, Row
from market.notify import service as notify
from market.settings import Settings


async def send_receipt(db: Database, *, settings: Settings, order_id: UUID) -> None:
    """The receipt of a paid order: what was bought and where the money went."""
    async with db.transaction() as tx:
        order = await _order(tx, order_id)
        receipt = encoding.receipt(order, await queries.lines_of(tx, [order_id]))
        context: dict[str, Any] = msgspec.to_builtins(receipt)
        await notify.send(
            tx,
            person_id=order["person_id"],
            template="order_paid",
            dedupe_key=f"receipt:{order_id}",
            context={**context, "order_id": str(order_id), "url": _url(settings, order_id)},
        )


async def send_money_back(
    db: Database, *, settings: Settings, order_id: UUID, template: str, amount: int, dedupe_key: str
) -> None:
    """That `amount` minor units are on their way back: `refund_done`, or `late_payment_returned`."""
    async with db.transaction() as tx:
        order = await _order(tx, order_id)
        await notify.send(
            tx,
            person_id=order["person_id"],
            template=template,
            dedupe_key=dedupe_key,
            context={
                "order_id": str(order_id),
                "url": _url(settings, order_id),
                "amount": {"amount": amount, "currency": order["currency"]},
            },
        )


async def _order(tx: Connection, order_id: UUID) -> Row:
    order = await queries.order(tx, order_id)
    assert order is not None
    return order


def _url(settings: Settings, order_id: UUID) -> str:
    return f"{settings.base_url}/orders/{order_id}" if settings.base_url else ""
