"""Bookings that staff agree to first: the time is kept meanwhile, and the request is approved, refused, or ends by itself.

Service code of the checkout slice, split off by noun. Whoever decides locks the order: of two decisions at once one counts."""

from datetime import datetime
from uuid import UUID

from market import jobs
from market.checkout import approval_queries, claims, queries, rules, settlement
from market.checkout.approval_schemas import Approval, Decision
from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.notify import service as notify
from market.people import service as people
from market.people.rules import Actor
from market.settings import Settings
from market.text import clean_text, moment_text, when

MOST = 200
SHOWN_DECIDED = 50
NOBODY_DECIDED = "Nobody decided about your request in time; what was held is free again."


class AlreadyDecided(Conflict):
    """Somebody else was faster, the buyer withdrew, or the time to decide is over."""

    slug = "already-decided"
    title = "This request is no longer open"

    def __init__(self) -> None:
        super().__init__("Somebody else has decided about it, it was withdrawn, or the time to decide is over.")


class OwnRequest(Forbidden):
    def __init__(self) -> None:
        super().__init__("Nobody decides about a request of their own.")


def required_purpose(text: str) -> str:
    """What a room that needs approval is wanted for; raises InvalidInput naming `purpose`."""
    return clean_text("purpose", text, max_len=300, min_len=1)


async def ask(tx: Connection, *, order_id: UUID, purpose: str) -> None:
    """Put an order that was placed in this transaction into the queue of its community."""
    await approval_queries.update_order_asked(tx, order_id, purpose=purpose)


async def queue(db: Database, *, actor: Actor, community: str, state: str) -> list[Row]:
    """Requests of a community the actor is staff of: `open` ones, those that end soonest first, or `decided` ones. Raises NotFound."""
    async with db.read() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id):
            raise NotFound("This community")
        if state == "open":
            return await approval_queries.open_requests(tx, community_id=found.id, limit=MOST)
        return await approval_queries.decided_requests(tx, community_id=found.id, limit=SHOWN_DECIDED)


async def decide(db: Database, *, actor: Actor, order_id: UUID, decision: Decision) -> Approval:
    """Approve a request (it can then be paid, or is booked at once where it is free) or refuse it (its time is free again).

    For staff of its community (404 for others), never of one's own (403). Raises AlreadyDecided, InvalidInput for a refusal
    without a reason."""
    reason = clean_text("reason", decision.reason, max_len=500)
    if decision.decision == "refused" and not reason:
        raise InvalidInput([("reason", "must not be empty when a request is refused")])
    return await db.retrying(
        lambda tx: _decide(tx, actor=actor, order_id=order_id, verdict=decision.decision, reason=reason)
    )


async def _decide(tx: Connection, *, actor: Actor, order_id: UUID, verdict: str, reason: str) -> Approval:
    order = await queries.lock_order(tx, order_id)
    lines = await queries.lines_of(tx, [order_id])
    if order is None or order["approval"] is None or not all(actor.is_staff_of(line["community_id"]) for line in lines):
        raise NotFound("This request")
    if order["person_id"] == actor.person_id:
        raise OwnRequest
    if order["status"] != "awaiting_approval" or order["hold_expires_at"] <= order["now"]:
        raise AlreadyDecided
    await approval_queries.update_order_decided(
        tx, order_id, approval=verdict, reason=reason, decided_by=actor.person_id
    )
    if verdict == "refused":
        await queries.update_order_closed(tx, order_id, status="cancelled")
        await claims.give_up(tx, order_id, lines)
    elif order["payable_minor"] == 0:
        await settlement.settle_free(tx, order_id=order_id, currency=order["currency"], lines=lines)
    else:
        until = payable_until(order, lines)
        if not await claims.keep(tx, lines, held_until=until + claims.SLOT_GRACE):
            raise AlreadyDecided
        await approval_queries.update_order_payable(tx, order_id, hold_expires_at=until)
    await people.audit(
        tx, person_id=actor.person_id, action=f"order.{verdict}", subject=f"order:{order_id}", detail={"reason": reason}
    )
    await jobs.enqueue(tx, "checkout.approval", {"order_id": str(order_id)})
    return Approval(verdict, order["purpose"], reason, order["now"])


def payable_until(order: Row, lines: list[Row]) -> datetime:
    """How long an approved order may wait to be paid: the message has to be read first, so as long as at a desk."""
    starts = [line["starts_at"] for line in lines if line["starts_at"] is not None]
    return rules.hold_until("desk", now=order["now"], minutes=[rules.LEAST_TO_PAY_MIN], starts=starts)


async def end_undecided(tx: Connection, order: Row) -> None:
    """A request that nobody decided in time has ended: say so. The caller closes the order."""
    await approval_queries.update_order_decided(tx, order["id"], approval="expired")
    await jobs.enqueue(tx, "checkout.approval", {"order_id": str(order["id"])})


async def withdraw(tx: Connection, order: Row) -> None:
    """The buyer took the request back. The caller closes the order."""
    await approval_queries.update_order_decided(tx, order["id"], approval="withdrawn")


async def tell(db: Database, *, settings: Settings, order_id: UUID) -> None:
    """Write to the buyer what became of the request: how to pay, why not, or that nobody decided."""
    async with db.transaction() as tx:
        row = await approval_queries.told_of(tx, order_id)
        assert row is not None
        zone = row["time_zone"]
        context = {field: row[field] for field in ("title", "title_en", "dates", "phone")} | {
            "reason": row["decision_reason"],
            "payable": {"amount": row["payable_minor"], "currency": row["currency"]},
            "url": f"{settings.base_url}/orders/{order_id}" if settings.base_url else "",
        }
        for locale in ("zh-CN", "en"):
            suffix = locale.replace("-", "_")
            context[f"when_{suffix}"] = when(row["starts_at"], row["ends_at"], zone, locale=locale)
            context[f"until_{suffix}"] = moment_text(row["hold_expires_at"] or row["now"], zone, locale=locale)
        await notify.send(
            tx,
            person_id=row["person_id"],
            template=f"approval_{row['approval']}",
            dedupe_key=f"approval:{order_id}:{row['approval']}",
            context=context,
        )
