"""What the buyer does on the sandbox's payment page: pays, is declined, or goes away."""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from market.db import Connection, Database
from market.errors import NotFound
from market.payments.sandbox import events, objects, queries
from market.payments.sandbox.operations import lapse
from market.payments.sandbox.script import Plan
from market.payments.sandbox.work import make_id

Choice = Literal["paid", "declined", "abandoned"]
Ending = Literal["paid", "declined", "abandoned", "expired"]


@dataclass(frozen=True, slots=True)
class Visit:
    """A session as its page shows it."""

    session: dict[str, Any]
    lines: list[dict[str, Any]]
    declined: bool = False


async def visit(db: Database, session_id: str) -> Visit:
    """The session and its lines. Raises NotFound."""
    async with db.transaction() as tx:
        session = await _current(tx, session_id)
        return Visit(session, await queries.children(tx, "item", session_id))


async def choose(db: Database, session_id: str, choice: Choice) -> tuple[Ending, dict[str, Any]]:
    """Do what the buyer chose, once; what already happened stays. Returns how the session stands and the session. Raises NotFound."""
    async with db.transaction() as tx:
        session = await _current(tx, session_id)
        if session["status"] == "expired":
            return "expired", session
        if session["status"] == "complete":
            return "paid", session
        if choice == "abandoned":
            return "abandoned", session
        plan, now = msgspec.convert(await queries.plan(tx), Plan), await queries.now(tx)
        if choice == "declined":
            await _decline(tx, session, plan=plan, now=now)
            return "declined", session
        await _pay(tx, session, plan=plan, now=now)
        return "paid", session


async def sweep(db: Database) -> None:
    """End the sessions whose time is over, as Stripe does by itself, and forget old idempotency keys."""
    async with db.transaction() as tx:
        plan, now = msgspec.convert(await queries.plan(tx), Plan), await queries.now(tx)
        for session in await queries.lock_lapsed_sessions(tx, 50):
            await lapse(tx, session, plan=plan, now=now)
        await queries.delete_old_answers(tx)


async def _current(tx: Connection, session_id: str) -> dict[str, Any]:
    session = await queries.lock_object(tx, "checkout.session", session_id)
    if session is None:
        raise NotFound("This payment page")
    now = await queries.now(tx)
    if session["status"] == "open" and session["expires_at"] <= now:
        return await lapse(tx, session, plan=msgspec.convert(await queries.plan(tx), Plan), now=now)
    return session


async def _intent(tx: Connection, session: dict[str, Any], *, now: int) -> dict[str, Any]:
    """The payment intent of a session: made by the first attempt, used again by the next."""
    if session["payment_intent"] is not None:
        found = await queries.lock_object(tx, "payment_intent", session["payment_intent"])
        assert found is not None
        return found
    intent = objects.payment_intent(
        identity=make_id("pi_"), now=now, amount=session["amount_total"], currency=session["currency"],
        metadata=session["_intent_metadata"],
    )  # fmt: skip
    session["payment_intent"] = intent["id"]
    await queries.insert_objects(tx, [(intent, session["id"])])
    return intent


async def _pay(tx: Connection, session: dict[str, Any], *, plan: Plan, now: int) -> None:
    intent = await _intent(tx, session, now=now)
    transaction = make_id("txn_")
    charge = objects.charge(
        identity=make_id("ch_"), now=now, amount=intent["amount"], currency=intent["currency"], intent=intent["id"],
        transaction=transaction, metadata=intent["metadata"],
    )  # fmt: skip
    booked = objects.balance_transaction(
        identity=transaction,
        now=now,
        amount=charge["amount"],
        currency=charge["currency"],
        source=charge["id"],
        kind="charge",
        fee=charge["amount"] * plan.fee_bp // 10_000,
    )
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
    }
    session |= {"status": "complete", "payment_status": "paid", "url": None}
    await queries.insert_objects(tx, [(charge, intent["id"]), (booked, charge["id"])])
    await queries.update_object(tx, intent)
    await queries.update_object(tx, session)
    await events.queue(
        tx, [("checkout.session.completed", session), ("payment_intent.succeeded", intent)], plan=plan, now=now
    )


async def _decline(tx: Connection, session: dict[str, Any], *, plan: Plan, now: int) -> None:
    intent = await _intent(tx, session, now=now)
    charge = objects.charge(
        identity=make_id("ch_"), now=now, amount=intent["amount"], currency=intent["currency"], intent=intent["id"],
        transaction=None, metadata=intent["metadata"],
    )  # fmt: skip
    intent |= {
        "latest_charge": charge["id"],
        "last_payment_error": {"code": "card_declined", "decline_code": "generic_decline", "message": "Your card was declined.",
                               "type": "card_error", "charge": charge["id"]},
    }  # fmt: skip
    await queries.insert_objects(tx, [(charge, intent["id"])])
    await queries.update_object(tx, intent)
    await queries.update_object(tx, session)
    await events.queue(tx, [("payment_intent.payment_failed", intent)], plan=plan, now=now)
