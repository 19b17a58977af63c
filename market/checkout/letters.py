"""What buyers are told by message about their orders; sent by jobs, each once.

Service code of the checkout slice, split off by noun."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from market.checkout import encoding, queries
from market.db import Connection, Database, Row
from market.notify import service as notify
from market.settings import Settings


async def send_receipts(db: Database, *, settings: Settings, order_ids: Sequence[UUID]) -> None:
    """The receipts of paid orders: what was bought and where the money went. All of them in one transaction."""
    async with db.transaction() as tx:
        lines: dict[UUID, list[Row]] = {}
        for line in await queries.lines_of(tx, order_ids):
            lines.setdefault(line["order_id"], []).append(line)
        letters = [
            _receipt(settings, order, lines.get(order["id"], [])) for order in await queries.orders(tx, order_ids)
        ]
        await notify.send_many(tx, letters)


def _receipt(settings: Settings, order: Row, lines: Sequence[Row]) -> notify.Letter:
    context: dict[str, Any] = msgspec.to_builtins(encoding.receipt(order, lines))
    return notify.Letter(
        person_id=order["person_id"],
        template="order_paid",
        dedupe_key=f"receipt:{order['id']}",
        context={**context, "order_id": str(order["id"]), "url": _url(settings, order["id"])},
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
