"""How money that goes back is written: shares in the books, lines, vouchers and what they held; the same for every cause.

Service code of the checkout slice, split off by noun. The caller holds the order's lock."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from market.checkout import (
    after_sale_queries,
    claims,
    coupons,
    covers,
    donation_settling,
    encoding,
    entries,
    pass_queries,
    payout_transfers,
    queries,
    voucher_queries,
)
from market.db import Connection, Row
from market.ledger import service as ledger
from market.ledger.rules import Transfer
from market.money import Money

# A frozen line, the same as the books see it, and how much of it goes back (minor units).
Part = tuple[Row, entries.SoldLine, int]


async def lines_to_unwind(tx: Connection, order_id: UUID) -> list[Row]:
    """The lines of a locked order; what is left of passes among them stays so until the transaction ends."""
    lines = await queries.lines_of(tx, [order_id])
    if any(line["item_kind"] == "pass" for line in lines):
        await pass_queries.lock_passes_of(tx, order_id)
        lines = await queries.lines_of(tx, [order_id])
    return lines


def spread(lines: Sequence[Row], amount: Money) -> tuple[list[Part], int]:
    """Lay an amount over the lines, first to last, each as far as something is left; returns the parts and what found no place."""
    rest = amount.minor
    parts = []
    for line in lines:
        sold = encoding.sold_line(line, currency=amount.currency)
        part = min(rest, sold.left)
        if part:
            parts.append((line, sold, part))
            rest -= part
    return parts, rest


async def owing(tx: Connection, transfers: Sequence[Transfer]) -> list[Transfer]:
    """The transfers, where a partner that has been paid out already owes what it no longer has (M30).

    Takes the locks under which what a partner has is counted: payouts and refunds of one partner take turns."""
    codes = sorted({each.debit for each in transfers if each.debit.endswith(":available")})
    if not codes:
        return list(transfers)
    currency = transfers[0].amount.currency
    await after_sale_queries.lock_partner_accounts(tx, codes)
    found = entries.with_owed(transfers, await ledger.balances(tx, codes, currency))
    owed = Counter[str]()
    for each in found:
        if each.debit.endswith(":owed"):
            owed[each.debit.split(":")[1]] += each.amount.minor
    for partner, minor in sorted(owed.items()):
        await payout_transfers.take_back(tx, partner=partner, amount=Money(minor, currency))
    return found


async def write_back(
    tx: Connection,
    *,
    order: Row,
    parts: Sequence[Part],
    note: str = "",
    given_back: Collection[UUID] = (),
    kept: Collection[UUID] = (),
) -> None:
    """Write what went back of each line; a line of which nothing is left, or that was given back, is void and what it held is free,
    unless it is `kept`."""
    whole = ({line["id"] for line, sold, amount in parts if amount == sold.left} | set(given_back)) - set(kept)
    gone = [line for line, _, _ in parts if line["id"] in whole and line["refunded_at"] is None]
    rows: list[dict[str, Any]] = [
        {
            "line_id": line["id"],
            "amount": amount,
            "is_whole": line["id"] in whole,
            "shares": encoding.refunded_shares(line, entries.after(sold, amount) if amount else sold),
        }
        for line, sold, amount in parts
    ]
    returning = await covers.going_back(tx, currency=order["currency"], parts=parts, whole=whole)
    for each in returning:
        await ledger.post(
            tx,
            event_key=each.event_key,
            kind="cover_returned",
            transfers=await owing(tx, each.transfers),
            reference={"order_id": str(order["id"]), "line_id": str(each.line["id"])},
        )
    await queries.update_lines_refunded(tx, rows)
    await voucher_queries.update_vouchers_cancelled(tx, [line["id"] for line in gone])
    await claims.let_go(tx, gone, slots_after=order["now"])
    for each in returning:
        await covers.note_returned(tx, each)
    for line, _, back in parts:
        if line["item_kind"] == "pass":
            await pass_queries.update_refunded(tx, line_id=line["id"], amount=back, is_whole=line["id"] in whole)
        if back and donation_settling.is_donation([line]):
            await donation_settling.returned(tx, order_id=order["id"], amount=back)
    amount = sum(amount for _, _, amount in parts)
    if await queries.update_order_refunded(tx, order["id"], amount=amount, note=note) == "refunded":
        await coupons.free(tx, order["id"])
