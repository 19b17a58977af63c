"""What people see of orders: the buyer everything of their own, the partner what was sold, the desk what waits for money.

Service code of the checkout slice, split off by noun. What is not the actor's does not exist for them (A02)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from market.checkout import (
    after_sale_queries,
    cover_queries,
    encoding,
    guest_queries,
    overviews,
    placing_queries,
    queries,
    visit_queries,
    voucher_queries,
)
from market.checkout.schemas import DeskOrder, Order, OrderSummary, PartnerOrder, Receipt
from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.ledger import publishing
from market.partners import service as partners
from market.people.rules import Actor
from market.schemas import Page

PAGE = 50


class NotPaid(Conflict):
    slug = "not-paid"
    title = "This order has not been paid"


class NotPublished(Conflict):
    """The head that the proof leads to does not exist yet."""

    slug = "not-published"
    title = "Not yet"


async def get_order(db: Database, *, actor: Actor, order_id: UUID) -> Order:
    """The actor's own order; raises NotFound."""
    async with db.read() as tx:
        return await own_order(tx, actor=actor, order_id=order_id)


async def own_order(tx: Connection, *, actor: Actor, order_id: UUID) -> Order:
    """The actor's own order in the caller's connection; raises NotFound."""
    return await _shown(tx, await require_own(tx, actor=actor, order_id=order_id))


def may_see(actor: Actor, order: Row, lines: Sequence[Row]) -> bool:
    """Whether the order is this actor's business: the buyer's, or with a line of their community or partner."""
    return order["person_id"] == actor.person_id or any(acts_for(actor, line) for line in lines)


def acts_for(actor: Actor, line: Row) -> bool:
    """Whether the actor may decide about the line on the seller's side."""
    return actor.is_staff_of(line["community_id"]) or (
        line["partner_id"] is not None and actor.is_member_of(line["partner_id"])
    )


async def redeemed_lines(tx: Connection, order_id: UUID) -> set[UUID]:
    """The lines of an order of which the code has been used."""
    found = await voucher_queries.vouchers_of(tx, [order_id])
    return {voucher["line_id"] for voucher in found if voucher["status"] == "redeemed"}


async def order_after_refund(db: Database, *, actor: Actor, order_id: UUID) -> Order:
    """An order as the actor may see it: the buyer all of it with the codes, a seller the lines that are theirs; raises NotFound."""
    async with db.read() as tx:
        order = await queries.order(tx, order_id)
        lines = await queries.lines_of(tx, [order_id])
        if order is None or not may_see(actor, order, lines):
            raise NotFound("This order")
        if order["person_id"] == actor.person_id:
            return await _shown(tx, order)
    own = [line for line in lines if acts_for(actor, line)]
    sums = {field: sum(line[field] for line in own) for field in ("payable_minor", "refunded_minor")}
    return encoding.order({**order, **sums, "note": "", "checkout_url": None}, lines=own, vouchers=())


async def list_orders(db: Database, *, actor: Actor, cursor: str | None) -> Page[OrderSummary]:
    """The actor's own orders, newest first."""
    before = _cursor(cursor)
    async with db.read() as tx:
        rows = await queries.orders_of_person(tx, person_id=actor.person_id, before=before, limit=PAGE + 1)
    return Page([overviews.summary(row) for row in rows[:PAGE]], _next(rows, "id"))


async def get_receipt(db: Database, *, actor: Actor, order_id: UUID) -> Receipt:
    """Where the money of the actor's own paid order went; raises NotFound, NotPaid."""
    async with db.read() as tx:
        order = await require_own(tx, actor=actor, order_id=order_id)
        if order["paid_at"] is None:
            raise NotPaid("There is a receipt once the order is paid.")
        covers = await cover_queries.covers_of(tx, [order_id])
        return encoding.receipt(order, await queries.lines_of(tx, [order_id]), covers=covers)


async def get_proof(db: Database, *, actor: Actor, order_id: UUID) -> dict[str, Any]:
    """What proves, with the published head of its day, that the actor's own purchase stands in the books as it was; raises NotFound,
    NotPaid, NotPublished."""
    async with db.read() as tx:
        order = await require_own(tx, actor=actor, order_id=order_id)
        if order["paid_at"] is None:
            raise NotPaid("There is a proof once the order is paid.")
        found = await publishing.proof_of(tx, f"sale:{order_id}")
    if found is None:
        raise NotPublished(
            "The proof is ready once the head of the day of payment is published, on the next day at the latest."
        )
    return {"order": str(order_id), **found}


async def list_partner_orders(db: Database, *, actor: Actor, partner: str, cursor: str | None) -> Page[PartnerOrder]:
    """What a partner of the actor sold, newest first, without the buyers; raises NotFound."""
    before = _cursor(cursor)
    async with db.read() as tx:
        found = await partners.partner_by_slug(tx, partner)
        if not actor.is_member_of(found["id"]):
            raise NotFound("This partner")
        rows = await queries.lines_of_partner(tx, partner_id=found["id"], before=before, limit=PAGE + 1)
    return Page([overviews.partner_order(row) for row in rows[:PAGE]], _next(rows, "id"))


async def list_community_sales(
    db: Database, *, actor: Actor, community: str, cursor: str | None, order_id: UUID | None = None
) -> Page[PartnerOrder]:
    """What was sold in a community the actor is staff of, newest first, or what of one order; without the buyers. Raises NotFound."""
    before = _cursor(cursor)
    async with db.read() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id):
            raise NotFound("This community")
        rows = await after_sale_queries.lines_of_community(
            tx, community_id=found.id, before=before, limit=PAGE + 1, order_id=order_id
        )
    return Page([overviews.partner_order(row) for row in rows[:PAGE]], _next(rows, "id"))


async def list_desk_orders(db: Database, *, actor: Actor, community: str, cursor: str | None) -> Page[DeskOrder]:
    """Orders that wait for money at the desk of a community the actor is staff of; raises NotFound."""
    before = _cursor(cursor)
    async with db.read() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id):
            raise NotFound("This community")
        rows = await queries.desk_orders(tx, community_id=found.id, before=before, limit=PAGE + 1)
    return Page([overviews.desk_order(row) for row in rows[:PAGE]], _next(rows, "id"))


async def require_own(tx: Connection, *, actor: Actor, order_id: UUID) -> Row:
    """The row of the actor's own order; raises NotFound."""
    order = await queries.order(tx, order_id)
    if order is None or order["person_id"] != actor.person_id:
        raise NotFound("This order")
    return order


async def _shown(tx: Connection, order: Row) -> Order:
    lines = await queries.lines_of(tx, [order["id"]])
    codes = await voucher_queries.vouchers_of(tx, [order["id"]]) if order["paid_at"] is not None else []
    places = {row["line_id"]: encoding.place(row) for row in await visit_queries.places_of(tx, order["id"])}
    return encoding.order(
        order,
        lines=lines,
        vouchers=codes,
        places=places,
        guest=await guest_queries.guest_of(tx, order["id"]),
        refused=await placing_queries.refused_dates(tx, order_id=order["id"])
        if any(line["repeat"] for line in lines)
        else (),
    )


def _cursor(cursor: str | None) -> UUID | None:
    if cursor is None or cursor == "":
        return None
    try:
        return UUID(cursor)
    except ValueError as fault:
        raise InvalidInput([("cursor", "is not one that this list gave out")]) from fault


def _next(rows: list[Row], column: str) -> str | None:
    return str(rows[PAGE - 1][column]) if len(rows) > PAGE else None
