"""Money that goes back: what we decide, what failed and is paid again, and what was decided at the provider (M27, M28, M32–M34, M36).

Service code of the checkout slice, split off by noun. The books move in the transaction that decides, the provider follows by a job."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from uuid import UUID

import msgspec
import structlog

from market import jobs
from market.checkout import (
    after_sale_queries,
    cases,
    cash_back_queries,
    disputes,
    donation_settling,
    encoding,
    entries,
    keys,
    placing_queries,
    queries,
    reading,
    refundable,
    unwinding,
)
from market.checkout.schemas import LineAmount, NewRefund, Order
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.ledger import service as ledger
from market.money import Money
from market.payments import refunds as card_refunds
from market.payments import service as payments
from market.people import service as people
from market.people.rules import Actor
from market.spaces.cancellation import refundable as comes_back
from market.spaces.cancellation import steps_of
from market.text import clean_text

log = structlog.get_logger(__name__)

REFUNDABLE = frozenset({"paid", "completed", "partly_refunded"})
FAILED_NOTE = "The bank could not pay your refund. The money is yours: ask again here, or come to the desk."


class NotRefundable(Conflict):
    """Nothing of what was asked can be given back (any more)."""

    slug = "not-refundable"
    title = "This cannot be given back"


async def refund(db: Database, *, actor: Actor, order_id: UUID, key: str, wish: NewRefund) -> Order:
    """Give lines back whole (seats and slots are free again, vouchers void) or part of their money: every share gives its part.

    The buyer whole lines within the refund rule; staff of the lines' community and members of their partner whole lines at any time
    before redemption, and amounts at any time. Nothing named means every line that this actor can still give back, and what an earlier
    refund could not pay (M33). The same key changes nothing again. Raises NotFound, NotRefundable, InvalidInput."""
    reason = clean_text("reason", wish.reason, max_len=200)
    keys.require_key(key)
    if wish.line_ids and wish.amounts:
        raise InvalidInput([("amounts", "cannot be combined with line_ids")])
    body_hash = sha256(order_id.bytes + msgspec.json.encode(wish)).digest()
    await db.retrying(
        lambda tx: _refund(tx, actor=actor, order_id=order_id, key=key, body_hash=body_hash, wish=wish, reason=reason)
    )
    return await reading.order_after_refund(db, actor=actor, order_id=order_id)


async def _refund(
    tx: Connection, *, actor: Actor, order_id: UUID, key: str, body_hash: bytes, wish: NewRefund, reason: str
) -> None:
    claimed = await placing_queries.insert_key(
        tx, person_id=actor.person_id, operation="refund", key=key, body_hash=body_hash
    )
    if claimed["result_id"] is None:
        await keys.used_for(tx, person_id=actor.person_id, operation="refund", key=key, body_hash=body_hash)
        return
    order = await queries.lock_order(tx, order_id)
    lines = await unwinding.lines_to_unwind(tx, order_id)
    if order is None or not reading.may_see(actor, order, lines):
        raise NotFound("This order")
    failed = await card_refunds.failed_refunds(tx, order_id) if not wish.line_ids and not wish.amounts else []
    if failed:
        await require_settled(tx, order)
        for row in failed:
            await _repeat(tx, order=order, row=row, by="card", person_id=actor.person_id, community=None)
        return
    if wish.amounts:
        await require_settled(tx, order, also=REFUNDABLE)
        parts, whole = _amounts(actor=actor, order=order, lines=lines, amounts=wish.amounts), frozenset[UUID]()
    else:
        chosen = await choose(tx, actor=actor, order=order, lines=lines, line_ids=wish.line_ids)
        parts, _ = amount_back(actor, order, chosen)
        whole = frozenset(line["id"] for line in chosen)
    if donation_settling.is_donation(lines):
        await donation_settling.require_unspent(tx, order_id=order_id, amount=sum(amount for _, _, amount in parts))
    await give_back(tx, act_id=claimed["result_id"], order=order, parts=parts, whole=whole, reason=reason, by=actor)
    await people.audit(
        tx,
        person_id=actor.person_id,
        action="order.refund",
        subject=f"order:{order_id}",
        detail={"lines": {str(line["id"]): amount for line, _, amount in parts}, "reason": reason},
    )


def _amounts(*, actor: Actor, order: Row, lines: Sequence[Row], amounts: Sequence[LineAmount]) -> list[unwinding.Part]:
    """Parts of lines' money, for who acts for the seller; raises InvalidInput naming each that cannot be."""
    by_id = {line["id"]: line for line in lines if reading.acts_for(actor, line)}
    faults, parts = [], []
    seen: set[UUID] = set()
    for number, each in enumerate(amounts):
        line = by_id.get(each.line_id)
        if line is None or each.line_id in seen:
            faults.append(
                (f"amounts[{number}].line_id", "is not a line that you sold in this order, or is named twice")
            )
            continue
        seen.add(each.line_id)
        sold = encoding.sold_line(line, currency=order["currency"])
        if each.amount > sold.free:
            faults.append((f"amounts[{number}].amount", f"is more than is left of this line: {sold.free}"))
            continue
        parts.append((line, sold, each.amount))
    if faults:
        raise InvalidInput(faults)
    return parts


async def require_settled(tx: Connection, order: Row, *, also: Collection[str] | None = None) -> None:
    """Raises NotRefundable while a bank decides (M36), or unless the order's status is one of `also`."""
    if also is not None and order["status"] not in also:
        raise NotRefundable("This order has not been paid, or all of it was given back.")
    if await disputes.is_disputed(tx, order["id"]):
        raise NotRefundable("A bank is deciding about this payment; nothing can be given back until it has.")


async def choose(
    tx: Connection, *, actor: Actor, order: Row, lines: Sequence[Row], line_ids: Sequence[UUID]
) -> list[Row]:
    """The lines to give back whole; raises NotRefundable when one of those named cannot be, or none can."""
    await require_settled(tx, order, also=REFUNDABLE)
    wanted = set(line_ids)
    if wanted - {line["id"] for line in lines}:
        raise InvalidInput([("line_ids", "names a line that is not in this order")])
    redeemed = await reading.redeemed_lines(tx, order["id"])
    able = [line for line in lines if may_give_back(actor, order, line, is_redeemed=line["id"] in redeemed) is None]
    chosen = [line for line in able if line["id"] in wanted] if wanted else able
    if not chosen or (wanted and len(chosen) < len(wanted)):
        raise NotRefundable("It was redeemed or given back already, or the time for giving it back is over.")
    return chosen


def amount_back(actor: Actor, order: Row, lines: Sequence[Row]) -> tuple[list[unwinding.Part], int]:
    """What of each line goes back when it is given back, and the sum, in minor units: the preview and the refund both ask here.

    All that is left, unless its space promised less by then: that holds for the buyer, not for who gives back as its seller."""
    parts = []
    for line in lines:
        sold = encoding.sold_line(line, currency=order["currency"])
        back = sold.free
        if line["cancellation"] and not reading.acts_for(actor, line):
            steps = steps_of(line["cancellation"])
            back = comes_back(steps, left_minor=back, starts_at=line["starts_at"], now=order["now"])
        parts.append((line, sold, back))
    return parts, sum(back for _, _, back in parts)


def may_give_back(actor: Actor, order: Row, line: Row, *, is_redeemed: bool) -> str | None:
    """Why the actor cannot give this line back whole; None when it can. `not_yours` for who is neither buyer nor seller."""
    as_staff = reading.acts_for(actor, line)
    if not as_staff and order["person_id"] != actor.person_id:
        return "not_yours"
    return refundable.why_not(line, order, is_redeemed=is_redeemed, as_staff=as_staff)


async def give_back(
    tx: Connection,
    *,
    act_id: UUID,
    order: Row,
    parts: Sequence[unwinding.Part],
    whole: Collection[UUID],
    reason: str,
    kept: Collection[UUID] = (),
    by: Actor | None = None,
) -> None:
    """Unwind in the books, ask for the money, free what whole lines held: those in `whole`, however much of them comes back. Lines in
    `kept` stay what they are, even when nothing is paid for them any more. Cash is handed out at once where staff of its desk gives it
    back (`by`); else it waits there for the buyer."""
    amount = sum(part for _, _, part in parts)
    if amount:
        money = Money(amount, order["currency"])
        desk = await queries.desk_payment(tx, order["id"]) if order["pay_by"] == "desk" else None
        event_key = f"desk_refund:{act_id}"
        if desk is None:
            refund_id = await payments.ask_refund(
                tx, order_id=order["id"], amount=money, reason="requested", session_id=order["paid_session_id"]
            )
            event_key = f"refund:{refund_id}"
        else:
            at_desk = by and by.person_id != order["person_id"] and by.is_staff_of(desk["community_id"])
            await cash_back_queries.insert_refund(
                tx, act_id=act_id, order_id=order["id"], community_id=desk["community_id"], amount_minor=amount,
                currency=order["currency"], paid_by=by.person_id if by and at_desk else None,
            )  # fmt: skip
        transfers = [
            transfer
            for _, sold, part in parts
            if part
            for transfer in entries.sale_refunded(sold, part, desk_community=desk["community_slug"] if desk else None)
        ]
        await ledger.post(
            tx,
            event_key=event_key,
            kind=donation_settling.event_kind("sale_refunded", [line for line, _, _ in parts]),
            transfers=await unwinding.owing(tx, transfers),
            reference={"order_id": str(order["id"])},
        )
    await unwinding.write_back(tx, order=order, parts=parts, note=reason, given_back=whole, kept=kept)
    if amount:
        await jobs.enqueue(
            tx, "checkout.refunded", {"order_id": str(order["id"]), "amount": amount, "key": str(act_id)}
        )


async def pay_again(db: Database, *, actor: Actor, case_id: UUID, by: str) -> None:
    """Pay back once more what the bank could not: by card, or in cash at the desk of the case's community. Staff only; again it
    changes nothing. Raises NotFound, NotRefundable."""
    await db.retrying(lambda tx: _pay_again(tx, actor=actor, case_id=case_id, by=by))


async def _pay_again(tx: Connection, *, actor: Actor, case_id: UUID, by: str) -> None:
    case = await cases.case_for(tx, actor=actor, case_id=case_id)
    if case["kind"] != "refund_failed" or case["order_id"] is None:
        raise NotRefundable("This case is not about a refund that failed.")
    order = await queries.lock_order(tx, case["order_id"])
    assert order is not None
    community = await after_sale_queries.community_slug(tx, case["community_id"])
    for row in await card_refunds.failed_refunds(tx, order["id"]):
        if str(row["id"]) == case["facts"]["refund"]:
            await _repeat(tx, order=order, row=row, by=by, person_id=actor.person_id, community=community)


async def _repeat(tx: Connection, *, order: Row, row: Row, by: str, person_id: UUID, community: str | None) -> None:
    """One failed refund once more; the order is locked, so that it happens once."""
    money = Money(row["amount_minor"], row["currency"])
    key = str(row["id"])
    if by == "card":
        again = await payments.ask_refund(
            tx, order_id=order["id"], amount=money, reason="again", session_id=row["session_id"]
        )
        key = str(again)
    await card_refunds.note_repeated(tx, row["id"], by=by)
    await ledger.post(
        tx,
        event_key=f"refund:{key}" if by == "card" else f"refund_repeated:{key}",
        kind="refund_repeated",
        transfers=entries.refund_repeated(money, desk_community=community if by == "desk" else None),
        reference={"order_id": str(order["id"]), "refund_id": str(row["id"])},
    )
    if by == "desk":
        community_id = (await queries.lines_of(tx, [order["id"]]))[0]["community_id"]
        await cash_back_queries.insert_refund(
            tx, act_id=row["id"], order_id=order["id"], community_id=community_id, amount_minor=money.minor, currency=money.currency,
            paid_by=person_id,
        )  # fmt: skip
    await queries.update_order_note(tx, order["id"], "")
    await cases.settle_case(
        tx, key=f"refund_failed:{row['id']}", person_id=person_id, resolution=f"Paid again by {by}."
    )
    await people.audit(
        tx, person_id=person_id, action="refund.repeated", subject=f"order:{order['id']}", detail={"by": by}
    )
    await jobs.enqueue(
        tx, "checkout.refunded", {"order_id": str(order["id"]), "amount": money.minor, "key": f"again-{key}"}
    )
