"""HTTP of bookings that staff agree to first."""

from typing import Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from market.checkout import approvals
from market.checkout.approval_schemas import Approval, ApprovalRequest, AskedLine, Decision
from market.db import Database, Row
from market.people.rules import Actor
from market.schemas import Amount, Page


def _request(row: Row, actor: Actor) -> ApprovalRequest:
    return ApprovalRequest(
        order_id=row["id"],
        state=row["approval"],
        person_name=row["person_name"],
        purpose=row["purpose"],
        lines=msgspec.convert(row["lines"], list[AskedLine]),
        payable=Amount(row["payable_minor"], row["currency"]),
        asked_at=row["created_at"],
        decide_by=row["hold_expires_at"] if row["approval"] == "asked" else None,
        reason=row["decision_reason"],
        decided_at=row["decided_at"],
        decided_by=row["decider"],
        is_own=row["person_id"] == actor.person_id,
    )


@get(
    "/api/communities/{community:str}/approvals",
    operation_id="list_approvals",
    summary="Bookings that wait for staff, or that were decided",
)
async def list_approvals(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    status: FromQuery[Literal["open", "decided"]] = "open",
) -> Page[ApprovalRequest]:
    """Open ones by when they end; decided ones newest first, the last fifty."""
    rows = await approvals.queue(db, actor=actor, community=community, state=status)
    return Page([_request(row, actor) for row in rows])


@post(
    "/api/orders/{order_id:uuid}/approval",
    operation_id="decide_approval",
    summary="Approve or refuse a booking",
    status_code=200,
)
async def decide_approval(
    db: NamedDependency[Database], actor: NamedDependency[Actor], order_id: FromPath[UUID], data: JSONBody[Decision]
) -> Approval:
    """By staff of its community; of two decisions at once one counts, the other gets 409."""
    return await approvals.decide(db, actor=actor, order_id=order_id, decision=data)


handlers = [list_approvals, decide_approval]
