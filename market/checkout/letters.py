"""What buyers are told by message about their orders; sent by jobs, each once.

Service code of the checkout slice, split off by noun."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from market.checkout import donation_settling, encoding, move_queries, queries
from market.db import Connection, Database, Row
from market.notify import service as notify
from market.settings import Settings
from market.text import when


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
    for told, line in zip(context["lines"], lines, strict=True):
        told.update(_when(line))
    is_gift = donation_settling.is_donation(lines)
    if is_gift:
        context |= _gift(lines[0])
    return notify.Letter(
        person_id=order["person_id"],
        template="gift_received" if is_gift else "order_paid",
        dedupe_key=f"receipt:{order['id']}",
        context={**context, "order_id": str(order["id"]), "url": _url(settings, order["id"])},
    )


def _when(line: Row) -> dict[str, str]:
    """When it takes place, so that the dates of a series can be told apart."""
    if line["starts_at"] is None or line["ends_at"] is None:
        return {}
    times = line["starts_at"], line["ends_at"], line["time_zone"]
    return {"when_zh_CN": when(*times, locale="zh-CN"), "when_en": when(*times, locale="en")}


def _gift(line: Row) -> dict[str, str]:
    """What a letter of thanks says: the fund, and what the public wording names behind the colon."""
    title_en = line["title_en"] or ""
    return {
        "fund": line["seller"],
        "fund_en": line["seller_en"] or line["seller"],
        "purpose": line["title"].partition("：")[2],
        "purpose_en": title_en.partition(": ")[2],
    }


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


async def tell_moved(db: Database, *, settings: Settings, move_id: UUID) -> None:
    """Write to the buyer when and where the booking is now."""
    async with db.transaction() as tx:
        row = await move_queries.move_of(tx, move_id=move_id)
        assert row is not None
        zone = row["time_zone"]
        await notify.send(
            tx,
            person_id=row["person_id"],
            template="booking_moved",
            dedupe_key=f"moved:{move_id}",
            context={
                "title": row["title"],
                "title_en": row["title_en"],
                "phone": row["phone"],
                "before_zh_CN": when(row["from_starts_at"], row["from_ends_at"], zone, locale="zh-CN"),
                "before_en": when(row["from_starts_at"], row["from_ends_at"], zone, locale="en"),
                "when_zh_CN": when(row["to_starts_at"], row["to_ends_at"], zone, locale="zh-CN"),
                "when_en": when(row["to_starts_at"], row["to_ends_at"], zone, locale="en"),
                "url": f"{settings.base_url}/orders/{row['order_id']}" if settings.base_url else "",
            },
        )
