"""Sessions and refunds at the provider, and the webhook inbox: every fact reaches checkout once, in one transaction with its record."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from market.db import Database, Row
from market.errors import Conflict
from market.money import EXPONENTS, Money
from market.payments import inbox, inbox_queries, queries, rules
from market.payments.gateway import (
    ChargeLine,
    Gateway,
    GatewayRefused,
    GatewayUnavailable,
    SessionRequest,
    SessionState,
)
from market.payments.inbox import FactHandler, receive_webhook
from market.payments.queries import insert_session, insert_session_sql, page_sql
from market.payments.refunds import NothingToRefund, ask_refund, import_refunds, perform_refund
from market.payments.rules import DisputeUpdated, PaymentFact, RefundUpdated, SessionExpired, SessionPaid

__all__ = [
    "CannotCharge",
    "DisputeUpdated",
    "FactHandler",
    "NothingToRefund",
    "PaymentFact",
    "RefundUpdated",
    "SessionExpired",
    "SessionPaid",
    "ask_refund",
    "expire_session",
    "expire_sessions",
    "import_refunds",
    "insert_session",
    "insert_session_sql",
    "new_session",
    "open_session",
    "page_sql",
    "perform_refund",
    "receive_webhook",
    "reconcile",
    "refresh",
]

log = structlog.get_logger(__name__)

# The provider's page lives at least half an hour (Stripe's minimum) after the call, which may be repeated during a hold of
# fifteen minutes; we close it with the hold (B09).
MIN_PAGE_LIFE_MIN = 46
# A call that has not been answered for this long will not be: its time limit is ten seconds.
LOST_AFTER = timedelta(seconds=60)
LOOK_AGAIN_S = 25
LOOKED_AT_ONCE = 8
BATCH = 200


class CannotCharge(Conflict):
    """The provider has no such amount (M04)."""

    slug = "cannot-charge"
    title = "This amount cannot be charged"


class SessionClosed(Conflict):
    """The payment page of this session is no longer to be had."""

    slug = "payment-session-closed"
    title = "This payment is closed"


def new_session(
    *,
    gateway: Gateway,
    order_id: UUID,
    amount: Money,
    lines: Sequence[ChargeLine],
    success_url: str,
    cancel_url: str,
    held_until: datetime,
) -> dict[str, Any]:
    """What to write of a payment session (`insert_session`, or beside its order); `open_session` makes the call after the commit.

    `held_until` ends the hold; the page lives longer and must be closed with `expire_sessions` (B09). Raises CannotCharge."""
    if EXPONENTS[amount.currency] == 3 and amount.minor % 10:
        raise CannotCharge("Amounts in this currency must end in 0: the payment provider takes no smaller unit.")
    if sum(line.amount_minor for line in lines) != amount.minor:
        raise ValueError("the lines of a payment must sum to its amount")
    return {
        "order_id": order_id,
        "provider": gateway.provider,
        "amount_minor": amount.minor,
        "currency": amount.currency,
        "request": {
            "lines": [{"title": line.title, "amount_minor": line.amount_minor} for line in lines],
            "success_url": success_url,
            "cancel_url": cancel_url,
        },
        "held_until": held_until,
        "min_life_min": MIN_PAGE_LIFE_MIN,
    }


async def open_session(
    db: Database, *, gateway: Gateway, session_id: UUID, written: Mapping[str, Any] | None = None
) -> str:
    """Make the payment page of a session and return its address; asked again it returns the same (T5).

    `written`: what the caller has just written of it, with `id` and `expires_at`, so that it is not read again. Raises
    GatewayUnavailable (ask again), GatewayRefused (the session has failed) or SessionClosed."""
    row: Any = written
    if row is None:
        async with db.read() as connection:
            row = await queries.session(connection, session_id)
        if row is not None and row["status"] == "open" and row["checkout_url"]:
            return str(row["checkout_url"])
        if row is None or row["status"] not in {"opening", "open"}:
            raise SessionClosed("This payment is already settled or closed.")
    try:
        opened = await gateway.open_session(_request(row))
    except GatewayRefused:
        async with db.transaction() as tx:
            await queries.update_session_closed(tx, session_id, status="failed")
        raise
    if not await _store_opened(db, session_id, provider_session=opened.provider_session, url=opened.url):
        await _close_orphan(db, gateway=gateway, session_id=session_id, provider_session=opened.provider_session)
    return opened.url


async def expire_session(db: Database, *, gateway: Gateway, handle: FactHandler, session_id: UUID) -> str:
    """Close a session so that nobody can pay it; returns its status then: `expired`, `failed`, or `paid` when the buyer was faster.

    Checkout hears the outcome through `handle`. Raises GatewayUnavailable when that could not be made sure: keep the hold (B09)."""
    async with db.read() as connection:
        row = await queries.session(connection, session_id)
    if row is None or row["status"] not in {"opening", "open"}:
        return "failed" if row is None else str(row["status"])
    if row["provider_session"] is None:
        row = await _recover(db, gateway=gateway, handle=handle, row=row)
        if row is None:
            return "failed"
    state = await gateway.expire_session(row["provider_session"])
    await _learn(db, handle=handle, state=state)
    if state.status in {"open", "processing"}:
        raise GatewayUnavailable(f"session is still {state.status}")
    return state.status


async def expire_sessions(db: Database, *, gateway: Gateway, handle: FactHandler, order_id: UUID) -> list[str]:
    """Close every unsettled session of an order; returns the status of each session it ever had."""
    async with db.read() as connection:
        rows = await queries.sessions_of_order(connection, order_id)
    return [await expire_session(db, gateway=gateway, handle=handle, session_id=row["id"]) for row in rows]


async def refresh(db: Database, *, gateway: Gateway, handle: FactHandler, order_id: UUID) -> None:
    """Ask the provider now about the unsettled sessions of an order, e.g. when the buyer returns; what a URL says is not believed (M21)."""
    async with db.read() as connection:
        rows = await queries.sessions_of_order(connection, order_id)
    for row in rows:
        if row["status"] in {"opening", "open"}:
            await _look(db, gateway=gateway, handle=handle, row=row)


@dataclass(slots=True)
class Reconciled:
    """What one round of reconciliation did."""

    sessions: int = 0
    refunds: int = 0
    parked: int = 0
    failed: int = 0


async def reconcile(
    db: Database, *, gateway: Gateway, handle: FactHandler, min_age_s: int = LOOK_AGAIN_S
) -> Reconciled:
    """Ask the provider about everything whose end we do not know, and retry parked events: a lost webhook loses nothing (M23).

    Sessions and refunds looked at less than `min_age_s` ago are left alone, so several reconcilers share the work."""
    async with db.transaction() as tx:
        sessions = await queries.update_unsettled_looked_at(tx, min_age_s=min_age_s, limit=BATCH)
        refunds = await queries.update_unfinished_looked_at(tx, min_age_s=min_age_s, limit=BATCH)
        parked = await inbox_queries.answerable_events(tx, BATCH)
        forgotten = await inbox_queries.update_hopeless_events(tx)
    if forgotten:
        log.warning("payment_events_never_matched", count=forgotten)
    done = Reconciled(sessions=len(sessions), refunds=len(refunds), parked=len(parked))
    gate = asyncio.Semaphore(LOOKED_AT_ONCE)

    async def guarded(what: UUID, work: Coroutine[Any, Any, None]) -> None:
        async with gate:
            try:
                await work
            except (GatewayUnavailable, GatewayRefused) as fault:
                done.failed += 1
                log.warning("payment_not_reconciled", about=str(what), why=getattr(fault, "why", str(fault)))

    work = [(row["id"], _look(db, gateway=gateway, handle=handle, row=row)) for row in sessions]
    work += [(row["id"], _look_refund(db, gateway=gateway, handle=handle, row=row)) for row in refunds]
    work += [(event, replay(db, handle=handle, event=event)) for event in parked]
    await asyncio.gather(*(guarded(what, each) for what, each in work))
    return done


async def replay(db: Database, *, handle: FactHandler, event: UUID) -> None:
    """Handle a parked event if what it waits for is there now."""
    await db.retrying(lambda tx: inbox.replay_event(tx, event, handle=handle))


async def replay_waiting(db: Database, *, handle: FactHandler, provider_id: str) -> None:
    """Handle the events that wait for this provider id."""
    async with db.read() as connection:
        events = await inbox_queries.parked_events(connection, [provider_id])
    for event in events:
        await replay(db, handle=handle, event=event)


def _request(row: Mapping[str, Any]) -> SessionRequest:
    """The call as it was first meant: a repeated call under the same key must be the same call."""
    asked = row["request"]
    return SessionRequest(
        session_id=row["id"],
        order_id=row["order_id"],
        amount=Money(row["amount_minor"], row["currency"]),
        lines=tuple(ChargeLine(line["title"], line["amount_minor"]) for line in asked["lines"]),
        success_url=asked["success_url"],
        cancel_url=asked["cancel_url"],
        expires_at=row["expires_at"],
    )


async def _store_opened(db: Database, session_id: UUID, *, provider_session: str, url: str | None) -> bool:
    """Keep the provider's id, and have the events looked at that were faster than this (M15). False when the row is settled."""
    async with db.read() as tx:
        return await queries.update_session_opened(tx, session_id, provider_session=provider_session, url=url)


async def _close_orphan(db: Database, *, gateway: Gateway, session_id: UUID, provider_session: str) -> None:
    """After a late answer: fine when another call stored the same page, else the row was given up and the page must not stay payable."""
    async with db.read() as connection:
        row = await queries.session(connection, session_id)
    if row is not None and row["provider_session"] == provider_session and row["status"] == "open":
        return
    if row is None or row["provider_session"] != provider_session:
        await gateway.expire_session(provider_session)
    raise SessionClosed("This payment is already settled or closed.")


async def _recover(db: Database, *, gateway: Gateway, handle: FactHandler, row: Row) -> Row | None:
    """Find the page of a row whose call was never answered. None when there is none and the row has been given up."""
    state = await gateway.find_session(row["id"], created_at=row["created_at"])
    if state is not None:
        await _store_opened(db, row["id"], provider_session=state.provider_session, url=state.url)
        async with db.read() as connection:
            return await queries.session(connection, row["id"])
    if row["age"] < LOST_AFTER:
        raise GatewayUnavailable("the session is still being opened")
    await db.retrying(lambda tx: inbox.fail_session(tx, row["id"], handle=handle))
    return None


async def _look(db: Database, *, gateway: Gateway, handle: FactHandler, row: Row) -> None:
    """Ask the provider about one unsettled session and learn from the answer as from a webhook."""
    if row["provider_session"] is None:
        if row["age"] < LOST_AFTER / 4:
            return
        try:
            found = await _recover(db, gateway=gateway, handle=handle, row=row)
        except GatewayUnavailable:
            if row["age"] < LOST_AFTER:
                return
            raise
        if found is None or found["provider_session"] is None:
            return
        row = found
    await _learn(db, handle=handle, state=await gateway.fetch_session(row["provider_session"]))


async def _learn(db: Database, *, handle: FactHandler, state: SessionState) -> None:
    claim = rules.claim_of_session(state)
    if not isinstance(claim, rules.Ignored):
        await db.retrying(lambda tx: inbox.apply(tx, claim, handle=handle))


async def _look_refund(db: Database, *, gateway: Gateway, handle: FactHandler, row: Row) -> None:
    if row["status"] == "asked":
        await perform_refund(db, gateway=gateway, handle=handle, refund_id=row["id"])
        return
    claim = rules.claim_of_refund(await gateway.fetch_refund(row["provider_refund"]))
    await db.retrying(lambda tx: inbox.apply(tx, claim, handle=handle))
