"""Cases: what about the money a person must look at. Each finding opens one, with an owner; only a person ends it, with a reason (M42).

Service code of the checkout slice, split off by noun."""

from typing import Any
from uuid import UUID

from market.checkout import case_queries, queries
from market.checkout.case_schemas import Case, CaseChange
from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.money import Money
from market.people import service as people
from market.people.rules import Actor
from market.schemas import Amount, Page
from market.text import clean_text

PAGE = 50


class CaseClosed(Conflict):
    slug = "case-closed"
    title = "This case is closed"


async def open_case(
    tx: Connection,
    *,
    key: str,
    kind: str,
    amount: Money,
    community_id: UUID | None = None,
    order_id: UUID | None = None,
    facts: dict[str, Any] | None = None,
) -> bool:
    """Note a finding in the transaction that makes it; the same `key` opens nothing again. An order's case is its community's.

    Returns whether it is new. `facts` name things by id, never a person."""
    if community_id is None and order_id is not None:
        lines = await queries.lines_of(tx, [order_id])
        community_id = lines[0]["community_id"] if lines else None
    made = await case_queries.insert_case(
        tx,
        case_key=key,
        kind=kind,
        community_id=community_id,
        order_id=order_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        facts=facts or {},
    )
    return made is not None


async def settle_case(tx: Connection, *, key: str, person_id: UUID | None, resolution: str) -> None:
    """End the case of a finding because what it was about has been put right by an act of its own."""
    await case_queries.update_case_resolved_by_key(tx, key, person_id=person_id, resolution=resolution)


async def list_cases(db: Database, *, actor: Actor, community: str, status: str, cursor: str | None) -> Page[Case]:
    """A community's cases, newest first; operators also see those of the whole installation. Raises NotFound."""
    before = _cursor(cursor)
    async with db.read() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id):
            raise NotFound("This community")
        rows = await case_queries.cases_of(
            tx, community_id=found.id, with_common=actor.is_operator(), status=status, before=before, limit=PAGE + 1
        )
    return Page([_case(row) for row in rows[:PAGE]], str(rows[PAGE - 1]["id"]) if len(rows) > PAGE else None)


async def case_for(tx: Connection, *, actor: Actor, case_id: UUID) -> Row:
    """An open case of the actor's, locked; raises NotFound, CaseClosed."""
    row = await case_queries.lock_case(tx, case_id)
    if row is None or not _may_see(actor, row):
        raise NotFound("This case")
    if row["status"] != "open":
        raise CaseClosed("Somebody has ended this case.")
    return row


async def change_case(db: Database, *, actor: Actor, case_id: UUID, change: CaseChange) -> Case:
    """Take a case over, or end it with a reason. Raises NotFound, CaseClosed, InvalidInput."""
    reason = clean_text("resolution", change.resolution, max_len=1000)
    async with db.transaction() as tx:
        await case_for(tx, actor=actor, case_id=case_id)
        if change.take:
            await case_queries.update_case_owner(tx, case_id, owner_id=actor.person_id)
        elif len(reason) >= 5:
            await case_queries.update_case_resolved(tx, case_id, person_id=actor.person_id, resolution=reason)
        else:
            raise InvalidInput([("resolution", "must say in a few words what was found and done")])
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="case.taken" if change.take else "case.resolved",
            subject=f"case:{case_id}",
        )
        shown = await case_queries.lock_case(tx, case_id)
        assert shown is not None
        return _case(shown)


def _may_see(actor: Actor, row: Row) -> bool:
    return actor.is_operator() if row["community_id"] is None else actor.is_staff_of(row["community_id"])


def _case(row: Row) -> Case:
    return Case(
        id=row["id"],
        kind=row["kind"],
        status=row["status"],
        amount=Amount(row["amount_minor"], row["currency"]),
        order_id=row["order_id"],
        facts={name: str(value) for name, value in row["facts"].items()},
        owner=row["owner_name"],
        opened_at=row["opened_at"],
        resolution=row["resolution"],
        resolved_at=row["resolved_at"],
        resolved_by=row["resolver_name"],
    )


def _cursor(cursor: str | None) -> UUID | None:
    try:
        return UUID(cursor) if cursor else None
    except ValueError as fault:
        raise InvalidInput([("cursor", "is not one that this list gave out")]) from fault
