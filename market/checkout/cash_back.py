"""Cash that is given back waits at the desk until somebody there has handed it out, once (M42).

Service code of the checkout slice, split off by noun. The books moved when it was decided; here it leaves a clerk's drawer."""

from uuid import UUID

from market.checkout import cash_back_queries
from market.checkout.desk_schemas import CashBack
from market.communities import service as communities
from market.db import Database
from market.errors import Conflict, NotFound
from market.people import service as people
from market.people.rules import Actor
from market.schemas import Amount

MOST = 200


class HandedOut(Conflict):
    """Somebody else at the desk was faster."""

    slug = "handed-out"
    title = "This was handed out before"


async def waiting(db: Database, *, actor: Actor, community: str) -> list[CashBack]:
    """What waits at the desk of a community the actor is staff of, longest first. Raises NotFound."""
    async with db.read() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id):
            raise NotFound("This community")
        rows = await cash_back_queries.waiting(tx, community_id=found.id, limit=MOST)
    return [
        CashBack(
            id=row["id"],
            order_id=row["order_id"],
            person_name=row["person_name"],
            title=row["title"] or "",
            amount=Amount(row["amount_minor"], row["currency"]),
            since=row["made_at"],
        )
        for row in rows
    ]


async def hand_out(db: Database, *, actor: Actor, community: str, refund_id: UUID) -> None:
    """The buyer has the cash, out of the actor's drawer; again it changes nothing. Raises NotFound, HandedOut."""
    async with db.transaction() as tx:
        found = await communities.community_by_slug(tx, community)
        row = await cash_back_queries.lock_refund(tx, refund_id=refund_id, community_id=found.id)
        if row is None or not actor.is_staff_of(found.id):
            raise NotFound("This refund")
        if row["paid_by"] == actor.person_id:
            return
        if row["paid_by"] is not None:
            raise HandedOut("Somebody at the desk has handed this out already.")
        await cash_back_queries.update_paid(tx, refund_id, person_id=actor.person_id)
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="desk.handed_out",
            subject=f"order:{row['order_id']}",
            detail={"amount": row["amount_minor"]},
        )
