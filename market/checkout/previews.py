"""What giving something back would return, before anybody decides.

Service code of the checkout slice, split off by noun."""

from collections.abc import Collection
from uuid import UUID

from market.checkout import disputes, encoding, entries, queries, reading, refunds
from market.checkout.give_back_schemas import GiveBackLine, GiveBackPreview
from market.db import Connection, Database, Row
from market.errors import InvalidInput, NotFound
from market.payments import refunds as card_refunds
from market.people.rules import Actor
from market.schemas import Amount


async def give_back_preview(
    db: Database, *, actor: Actor, order_id: UUID, line_ids: Collection[UUID]
) -> GiveBackPreview:
    """What a refund of these lines (none named: of all that can be given back) would return to the buyer, and who would bear it.

    Buyers see their order, sellers and staff the lines that are theirs. Nothing is changed. Raises NotFound, InvalidInput."""
    async with db.read() as tx:
        order = await queries.order(tx, order_id)
        lines = await queries.lines_of(tx, [order_id])
        if order is None or not reading.may_see(actor, order, lines):
            raise NotFound("This order")
        own = order["person_id"] == actor.person_id
        lines = [line for line in lines if own or reading.acts_for(actor, line)]
        if set(line_ids) - {line["id"] for line in lines}:
            raise InvalidInput([("line_id", "names a line that is not in this order")])
        return await _preview(tx, actor=actor, order=order, lines=lines, line_ids=line_ids, with_owed=own)


async def _preview(
    tx: Connection, *, actor: Actor, order: Row, lines: list[Row], line_ids: Collection[UUID], with_owed: bool
) -> GiveBackPreview:
    currency = order["currency"]
    redeemed = await reading.redeemed_lines(tx, order["id"])
    is_disputed = await disputes.is_disputed(tx, order["id"])
    failed = await card_refunds.failed_refunds(tx, order["id"]) if with_owed else []
    shown, given = [], []
    for line in lines:
        why = _why_not(actor, order, line, is_redeemed=line["id"] in redeemed, is_disputed=is_disputed)
        sold = encoding.sold_line(line, currency=currency)
        amount = refunds.amount_back(actor, order, [line])[1] if why is None else 0
        shown.append(
            GiveBackLine(line["id"], line["title"], line["title_en"], line["starts_at"], Amount(amount, currency),
                       Amount(sold.left, currency), line["refund_until"], why)
        )  # fmt: skip
        if amount and (not line_ids or line["id"] in line_ids):
            parts = entries.unwind(sold, amount)
            given += [{**share, "amount": part} for share, part in zip(line["shares"], parts, strict=True) if part]
    return GiveBackPreview(
        order_id=order["id"],
        amount=Amount(sum(share["amount"] for share in given), currency),
        lines=shown,
        shares=encoding.totals(given, currency),
        way="none" if order["pay_by"] == "free" or order["paid_at"] is None else order["pay_by"],
        owed=Amount(sum(row["amount_minor"] for row in failed), currency),
    )


def _why_not(actor: Actor, order: Row, line: Row, *, is_redeemed: bool, is_disputed: bool) -> str | None:
    if order["paid_at"] is None:
        return "not_paid"
    why = refunds.may_give_back(actor, order, line, is_redeemed=is_redeemed)
    return "disputed" if why is None and is_disputed else why
