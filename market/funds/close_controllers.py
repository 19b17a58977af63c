"""HTTP of monthly closes: reading is public, closing takes two people."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody

from market.db import Database, Row
from market.funds import closes
from market.funds.close_schemas import Close, CostRecorded, NewClose, NewCost, Reopening, Signature
from market.people.rules import Actor
from market.schemas import Page

ROW = ("id", "community", "community_name", "community_name_en", "month", "status", "currency", "prepared_at", "signed_at", "reopened_at",
       "reopen_reason")  # fmt: skip
FIGURES = ("scheme", "enterprises", "funds", "accounts", "checklist", "people_helped")


def _close(row: Row) -> Close:
    facts = {name: row[name] for name in ROW} | {name: row["figures"][name] for name in FIGURES}
    return msgspec.convert(facts | {"prepared_by": row["prepared_name"], "signed_by": row["signed_name"]}, Close)


@get(
    "/api/communities/{community:str}/closes", operation_id="list_closes", summary="Every monthly close of a community"
)
async def list_closes(db: NamedDependency[Database], community: FromPath[str]) -> Page[Close]:
    """The newest month first; a reopened close stays in view."""
    return Page([_close(row) for row in await closes.list_closes(db, community=community)])


@post("/api/communities/{community:str}/closes", operation_id="prepare_close", summary="Prepare the close of a month")
async def prepare_close(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str], data: JSONBody[NewClose]
) -> Close:
    """Works the month out; nothing moves before a second person signs."""
    return _close(await closes.prepare(db, actor=actor, community=community, month=data.month))


@post(
    "/api/closes/{close_id:uuid}/signature",
    operation_id="sign_close",
    summary="Sign a close and lock its month",
    status_code=200,
)
async def sign_close(
    db: NamedDependency[Database], actor: NamedDependency[Actor], close_id: FromPath[UUID], data: JSONBody[Signature]
) -> Close:
    """By a director or the street, never by who prepared it; the password is asked for."""
    return _close(await closes.sign(db, actor=actor, close_id=close_id, password=data.password))


@post(
    "/api/closes/{close_id:uuid}/reopening",
    operation_id="reopen_close",
    summary="Take a close back in public",
    status_code=200,
)
async def reopen_close(
    db: NamedDependency[Database], actor: NamedDependency[Actor], close_id: FromPath[UUID], data: JSONBody[Reopening]
) -> Close:
    """Its entries get their opposites, and the reason is public."""
    return _close(await closes.reopen(db, actor=actor, close_id=close_id, password=data.password, reason=data.reason))


@post(
    "/api/enterprises/{enterprise:str}/costs",
    operation_id="record_cost",
    summary="Record what a community enterprise spent",
)
async def record_cost(
    db: NamedDependency[Database], actor: NamedDependency[Actor], enterprise: FromPath[str],
    idempotency_key: Annotated[str, HeaderParameter(name="Idempotency-Key", max_length=200)], data: JSONBody[NewCost],
) -> CostRecorded:  # fmt: skip
    """Counts in the month of its day, which must not be closed."""
    row = await closes.record_cost(db, actor=actor, enterprise=enterprise, idempotency_key=idempotency_key, new=data)
    return CostRecorded(row["slug"], data.amount, row["currency"])


handlers: list[Any] = [list_closes, prepare_close, sign_close, reopen_close, record_cost]
