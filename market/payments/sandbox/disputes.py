"""Disputes of the sandbox: a cardholder's bank takes a payment back, and decides; on demand, as Stripe tells it."""

from typing import Any, Literal

import msgspec

from market.db import Connection, Database
from market.errors import InvalidInput, NotFound
from market.payments.sandbox import events, money_objects, objects, queries
from market.payments.sandbox.faults import StripeFault, missing
from market.payments.sandbox.script import Plan
from market.payments.sandbox.work import Operation, Work, make_id


async def open_dispute(
    db: Database, payment_intent: str, *, amount: int | None = None, reason: str = "product_not_received"
) -> dict[str, Any]:
    """The bank takes a payment (or part of it) back and asks for evidence; the provider takes its fee. Raises NotFound, InvalidInput."""
    async with db.transaction() as tx:
        plan, now = msgspec.convert(await queries.plan(tx), Plan), await queries.now(tx)
        intent = await queries.object_by_id(tx, "payment_intent", payment_intent)
        charge = await queries.lock_object(tx, "charge", (intent or {}).get("latest_charge") or "")
        if charge is None or not charge["paid"]:
            raise NotFound("This payment")
        asked = charge["amount"] if amount is None else amount
        if charge["disputed"] or not 0 < asked <= charge["amount"]:
            raise InvalidInput([("amount", "is more than was paid, or the payment is disputed already")])
        dispute = money_objects.dispute(
            identity=make_id("du_"), now=now, amount=asked, currency=charge["currency"], charge=charge["id"], intent=payment_intent,
            reason=reason,
        )  # fmt: skip
        booked = await _book(tx, dispute, amount=-asked, fee=plan.dispute_fee, now=now)
        charge["disputed"] = True
        await queries.insert_objects(tx, [(dispute, payment_intent), (booked, dispute["id"])])
        await queries.update_object(tx, charge)
        await events.queue(
            tx, [("charge.dispute.created", dispute), ("charge.dispute.funds_withdrawn", dispute)], plan=plan, now=now
        )
        return dispute


async def close_dispute(db: Database, dispute_id: str, outcome: Literal["won", "lost"]) -> dict[str, Any]:
    """The bank decides; won, the money comes back without the fee. Raises NotFound, InvalidInput."""
    async with db.transaction() as tx:
        plan, now = msgspec.convert(await queries.plan(tx), Plan), await queries.now(tx)
        dispute = await queries.lock_object(tx, "dispute", dispute_id)
        if dispute is None:
            raise NotFound("This dispute")
        if dispute["status"] in {"won", "lost"}:
            raise InvalidInput([("status", "has been decided")])
        return await _close(tx, dispute, outcome, plan=plan, now=now)


async def _close(
    tx: Connection, dispute: dict[str, Any], outcome: Literal["won", "lost"], *, plan: Plan, now: int
) -> dict[str, Any]:
    dispute["status"] = outcome
    told = [("charge.dispute.closed", dispute)]
    if outcome == "won":
        booked = await _book(tx, dispute, amount=dispute["amount"], fee=0, now=now)
        await queries.insert_objects(tx, [(booked, dispute["id"])])
        told.append(("charge.dispute.funds_reinstated", dispute))
    await queries.update_object(tx, dispute)
    await events.queue(tx, told, plan=plan, now=now)
    return dispute


async def _book(tx: Connection, dispute: dict[str, Any], *, amount: int, fee: int, now: int) -> dict[str, Any]:
    booked = objects.balance_transaction(
        identity=make_id("txn_"), now=now, amount=amount, currency=dispute["currency"], source=dispute["id"], kind="adjustment", fee=fee,
        category="dispute" if amount < 0 else "dispute_reversal",
    )  # fmt: skip
    dispute["balance_transactions"].append(booked)
    return booked


async def _accept(work: Work, identity: str) -> dict[str, Any]:
    """Closing a dispute through the API is giving in."""
    dispute = await queries.lock_object(work.tx, "dispute", identity)
    if dispute is None:
        raise missing("dispute", identity)
    if dispute["status"] in {"won", "lost"}:
        raise StripeFault(400, "This dispute is already closed", kept=True)
    return await _close(work.tx, dispute, "lost", plan=work.plan, now=work.now)


OPERATIONS: dict[str, Operation] = {"POST disputes/{id}/close": _accept}
