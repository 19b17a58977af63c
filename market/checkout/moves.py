"""Moving a booking: the old time is given back and the new one taken in one transaction, so that the old one survives a failure (B22).

Service code of the checkout slice, split off by noun."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from market import jobs
from market.checkout import (
    encoding,
    keys,
    move_queries,
    placing_queries,
    queries,
    reading,
    refundable,
    refunds,
    space_limit_queries,
)
from market.checkout.move_rules import comes_back
from market.checkout.move_schemas import MovePreview, NewTime
from market.checkout.schemas import Order
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.people import service as people
from market.people import sessions
from market.people.rules import Actor
from market.schemas import Amount
from market.spaces import quoting
from market.spaces import service as spaces
from market.spaces.cancellation import last_moment
from market.spaces.rules import LONGEST_BOOKING, SpaceForHire, order_faults
from market.spaces.tariffs import Renter

SAME_TERMS = ("community_id", "enterprise_id", "kind", "currency")


class NotMovable(Conflict):
    """The booking was used, given back, has begun, or could no longer be called off for all of its money."""

    slug = "not-movable"
    title = "This booking cannot be moved"

    def __init__(self) -> None:
        super().__init__("It was used or given back, or the time for moving it is over.")


class Dearer(Conflict):
    slug = "dearer"
    title = "That time costs more"

    def __init__(self) -> None:
        super().__init__("That time costs more than was paid. Call the booking off and book the other time instead.")


class NotForYou(Conflict):
    """The other room is kept for others, or the buyer has as many bookings of it as one person may."""

    slug = "not-eligible"
    title = "This room is kept for others"


@dataclass(frozen=True, slots=True)
class _Plan:
    """A line, where it goes, what it costs there, and what would come back (None: it is dearer)."""

    line: Row
    space: SpaceForHire
    left_minor: int
    back_minor: int | None
    problem: str | None


async def preview(db: Database, *, actor: Actor, order_id: UUID, line_id: UUID, wish: NewTime) -> MovePreview:
    """What moving would cost or bring back; nothing changes. Raises NotFound, NotMovable, InvalidInput as the move would."""
    async with db.read() as tx:
        order = await reading.require_own(tx, actor=actor, order_id=order_id)
        plan = await _plan(tx, actor=actor, order=order, line_id=line_id, wish=wish)
        problem = plan.problem or ("dearer" if plan.back_minor is None else None)
        if problem is None and not await spaces.is_free(
            tx,
            space_id=plan.space.space_id,
            starts_at=plan.space.starts_at,
            ends_at=plan.space.ends_at,
            except_group=plan.line["occupancy_group"],
        ):
            problem = "slot_taken"
    currency = order["currency"]
    return MovePreview(
        price=Amount(plan.space.payable_minor, currency),
        paid=Amount(plan.left_minor, currency),
        comes_back=Amount(plan.back_minor or 0, currency),
        goes_to=order["pay_by"],
        problem=problem,
    )


async def move(db: Database, *, actor: Actor, order_id: UUID, line_id: UUID, key: str, wish: NewTime) -> Order:
    """Move the buyer's own booking; what the new time costs less comes back the way it was paid. The same key moves once.

    Raises NotFound, NotMovable, Dearer, SlotTaken, NotForYou, InvalidInput: then everything is as it was."""
    await _move_once(db, actor=actor, order_id=order_id, line_id=line_id, key=key, wish=wish, as_staff=False)
    return await reading.get_order(db, actor=actor, order_id=order_id)


async def move_for(db: Database, *, actor: Actor, order_id: UUID, line_id: UUID, key: str, wish: NewTime) -> None:
    """Staff of the place move the booking of somebody, by the same rules and at the buyer's price; the buyer is told. Raises as move()."""
    await _move_once(db, actor=actor, order_id=order_id, line_id=line_id, key=key, wish=wish, as_staff=True)


async def _move_once(
    db: Database, *, actor: Actor, order_id: UUID, line_id: UUID, key: str, wish: NewTime, as_staff: bool
) -> None:
    keys.require_key(key)
    body_hash = sha256(line_id.bytes + msgspec.json.encode(wish)).digest()

    async def work(tx: Connection) -> None:
        claimed = await placing_queries.insert_key(
            tx, person_id=actor.person_id, operation="move", key=key, body_hash=body_hash
        )
        if claimed["result_id"] is None:
            await keys.used_for(tx, person_id=actor.person_id, operation="move", key=key, body_hash=body_hash)
            return
        move_id = claimed["result_id"]
        order, buyer = await _lock(tx, actor=actor, order_id=order_id, line_id=line_id, as_staff=as_staff)
        await _move(tx, actor=actor, buyer=buyer, order=order, line_id=line_id, move_id=move_id, wish=wish)

    await db.retrying(work)


async def _lock(tx: Connection, *, actor: Actor, order_id: UUID, line_id: UUID, as_staff: bool) -> tuple[Row, Actor]:
    """The order, locked, and its buyer: the actor, or for staff of the place whoever it is."""
    order = await queries.lock_order(tx, order_id)
    if order is None or not (as_staff or order["person_id"] == actor.person_id):
        raise NotFound("This order")
    if not as_staff:
        return order, actor
    line = await move_queries.line_of(tx, order_id=order_id, line_id=line_id)
    buyer = await sessions.actor_for(tx, person_id=order["person_id"])
    if line is None or buyer is None or not actor.is_staff_of(line["community_id"]):
        raise NotFound("This booking")
    return order, buyer


async def _move(
    tx: Connection, *, actor: Actor, buyer: Actor, order: Row, line_id: UUID, move_id: UUID, wish: NewTime
) -> None:
    await refunds.require_settled(tx, order, also=refunds.REFUNDABLE)
    plan = await _plan(tx, actor=buyer, order=order, line_id=line_id, wish=wish)
    line, space = plan.line, plan.space
    if plan.problem is not None:
        raise NotForYou(
            "This room is kept for others, its community has to agree first, or you have as many bookings of it as one person can have."
        )
    if plan.back_minor is None:
        raise Dearer
    group_id = await spaces.move(
        tx,
        group_id=line["occupancy_group"],
        space_id=space.space_id,
        starts_at=space.starts_at,
        ends_at=space.ends_at,
    )
    if plan.back_minor:
        sold = encoding.sold_line(line, currency=order["currency"])
        await refunds.give_back(
            tx,
            act_id=move_id,
            order=order,
            parts=[(line, sold, plan.back_minor)],
            whole=frozenset(),
            kept=frozenset({line["id"]}),
            reason="",
            by=actor,
        )
    await move_queries.update_line_moved(
        tx,
        line_id=line["id"],
        space_id=space.space_id,
        group_id=group_id,
        title=space.name,
        title_en=space.name_en,
        starts_at=space.starts_at,
        ends_at=space.ends_at,
        refund_until=last_moment(space.cancellation, space.starts_at),
        tariff=space.tariff,
        cancellation=[{"until_h": step.until_h, "back_bp": step.back_bp} for step in space.cancellation] or None,
    )
    await move_queries.insert_move(
        tx,
        move_id=move_id,
        line=line,
        space_id=space.space_id,
        starts_at=space.starts_at,
        ends_at=space.ends_at,
        returned_minor=plan.back_minor,
        moved_by=actor.person_id,
    )
    await people.audit(
        tx,
        person_id=actor.person_id,
        action="order.move",
        subject=f"order:{order['id']}",
        detail={"line": str(line_id), "starts_at": space.starts_at.isoformat(), "back": plan.back_minor},
    )
    await jobs.enqueue(tx, "checkout.moved", {"move_id": str(move_id)})


async def _plan(tx: Connection, *, actor: Actor, order: Row, line_id: UUID, wish: NewTime) -> _Plan:
    """Price the new time for the buyer and look whether the booking may go there; whether it is free is looked at elsewhere."""
    line = await move_queries.line_of(tx, order_id=order["id"], line_id=line_id)
    if line is None or line["space_id"] is None:
        raise NotFound("This booking")
    if not refundable.may_move(line, order, is_redeemed=line["is_redeemed"]):
        raise NotMovable
    faults = order_faults(wish.starts_at, wish.ends_at, longest=LONGEST_BOOKING)
    if faults:
        raise InvalidInput(faults)
    starts_at, ends_at = wish.starts_at.astimezone(UTC), wish.ends_at.astimezone(UTC)
    target = wish.space_id or line["space_id"]
    if (target, starts_at, ends_at) == (line["space_id"], line["starts_at"], line["ends_at"]):
        raise InvalidInput([("starts_at", "is when the booking is now")])
    await _require_same_terms(tx, line["space_id"], target)
    renter = await quoting.renter_of(tx, actor=actor, partner=str(line["renter_id"]) if line["renter_id"] else None)
    space = await _priced(tx, target, starts_at, ends_at, renter=renter)
    if (line["attendees"] or 1) > space.capacity:
        raise InvalidInput([("space_id", f"has room for {space.capacity} people only")])
    left = encoding.sold_line(line, currency=order["currency"]).left
    problem = space.problem or ("ask_anew" if space.approval_hours is not None else None)
    if problem is None and target != line["space_id"] and space.max_open_bookings is not None:
        open_now = await space_limit_queries.open_bookings(tx, person_id=actor.person_id, space_ids=[target])
        problem = "limit_reached" if open_now.get(target, 0) >= space.max_open_bookings else None
    return _Plan(line, space, left, comes_back(left_minor=left, price_minor=space.payable_minor), problem)


async def _priced(
    tx: Connection, space_id: UUID, starts_at: datetime, ends_at: datetime, *, renter: Renter
) -> SpaceForHire:
    try:
        return await quoting.price(tx, space_id=space_id, starts_at=starts_at, ends_at=ends_at, renter=renter)
    except NotFound as unknown:
        raise InvalidInput([("space_id", "is not for hire")]) from unknown


async def _require_same_terms(tx: Connection, old: UUID, new: UUID) -> None:
    """Another room must belong to the same owner and pay the same funds. Raises InvalidInput naming `space_id`."""
    if old == new:
        return
    try:
        before, after = await quoting.for_hire(tx, space_id=old), await quoting.for_hire(tx, space_id=new)
    except NotFound as unknown:
        raise InvalidInput([("space_id", "is not for hire")]) from unknown
    if any(before[field] != after[field] for field in SAME_TERMS):
        raise InvalidInput([("space_id", "must be of the same kind, owner and community as the booking")])
