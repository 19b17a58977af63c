"""A fund's plan for a year: staff enter it, a second person confirms it, and everybody sees it beside what was spent.

Service code of the funds slice, split off by noun."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.funds import plan_queries, queries
from market.funds.charters import charter
from market.funds.drafts import AlreadyDecided
from market.funds.plan_rules import RELIEF, PlanLine, beside, check_plan
from market.funds.plan_schemas import NewPlan, PlanDecision
from market.funds.rules import Sum
from market.funds.service import fund_row
from market.people.rules import Actor
from market.people.service import audit
from market.text import clean_text

DECIDERS = ("director", "street")


@dataclass(frozen=True, slots=True)
class YearPlan:
    """A year of a fund: the confirmed plan (None: none yet) beside what was spent."""

    fund: Row
    year: int
    plan: Row | None
    lines: list[PlanLine]


async def enter(db: Database, *, actor: Actor, key: str, new: NewPlan) -> dict[str, Any]:
    """A version that waits for a second person. Raises NotFound, Forbidden, InvalidInput, Conflict while another one waits."""
    async with db.transaction() as tx:
        fund = await fund_row(tx, key)
        if not actor.is_staff_of(fund["community_id"]):
            raise Forbidden("Only staff of the community enter its plans.")
        if not fund["today"].year - 1 <= new.year <= fund["today"].year + 1:
            raise InvalidInput([("year", "must be last year, this year or next year")])
        lines = [(clean_text("lines", each.purpose, max_len=60, min_len=1), each.amount) for each in new.lines]
        check_plan(lines, (await charter(tx, fund)).purposes)
        await plan_queries.lock_fund(tx, fund["id"])
        plan_id = await plan_queries.insert_plan(
            tx, fund_id=fund["id"], year=new.year, note=clean_text("note", new.note, max_len=1000), entered_by=actor.person_id,
            lines=[{"purpose": purpose, "amount": amount} for purpose, amount in lines],
        )  # fmt: skip
        if plan_id is None:
            raise Conflict("A plan for this year waits for its confirmation: have it decided first.")
        await audit(
            tx, person_id=actor.person_id, action="plan.entered", subject=str(plan_id), detail={"year": new.year}
        )
        return await _shown(tx, plan_id, actor)


async def decide(db: Database, *, actor: Actor, plan_id: UUID, decision: PlanDecision) -> dict[str, Any]:
    """Confirm or refuse as a second person, or as the author take it back. Raises NotFound, Forbidden, AlreadyDecided."""
    answer = clean_text("answer", decision.answer, max_len=1000)
    async with db.transaction() as tx:
        row = await plan_queries.lock_plan(tx, plan_id)
        if row is None or not actor.is_staff_of(row["community_id"]):
            raise NotFound("This plan")
        is_author = row["author_id"] == actor.person_id
        if is_author and decision.approve:
            raise Forbidden("A second person has to confirm the plan that you entered.")
        if not is_author and not actor.is_staff_of(row["community_id"], *DECIDERS):
            raise Forbidden("Only a director or the street confirms a plan.")
        if row["status"] != "waiting":
            raise AlreadyDecided
        status = "confirmed" if decision.approve else "withdrawn" if is_author else "refused"
        await plan_queries.update_decided(tx, plan_id, status=status, by=actor.person_id, answer=answer)
        await audit(tx, person_id=actor.person_id, action=f"plan.{status}", subject=str(plan_id))
        return await _shown(tx, plan_id, actor)


async def list_plans(db: Database, *, actor: Actor, community: str) -> list[dict[str, Any]]:
    """Every version for staff of the community, the waiting ones first. Raises NotFound."""
    async with db.read() as connection:
        found = await communities.community_by_slug(connection, community)
        if not actor.is_staff_of(found.id):
            raise NotFound("This community")
        return [_facts(row, actor) for row in await plan_queries.plans(connection, found.id)]


async def year_plan(db: Database, *, key: str, year: int | None) -> YearPlan:
    """The plan of a year (default: this one) beside what was spent so far. Raises NotFound, InvalidInput."""
    async with db.read() as connection:
        fund = await fund_row(connection, key)
        wanted = year or fund["today"].year
        if not 2000 <= wanted <= 2200:
            raise InvalidInput([("year", "is out of range")])
        sums = (await queries.sums(connection, [fund["id"]]))[fund["id"]]
        return await plan_beside(connection, fund, sums, year=wanted, until=f"{wanted}-12")


async def plan_beside(tx: Connection, fund: Row, sums: list[Sum], *, year: int, until: str) -> YearPlan:
    """The plan of a year beside what was spent from its first month to `until` (YYYY-MM)."""
    plan = await plan_queries.confirmed(tx, fund_id=fund["id"], year=year)
    spent = await spent_in(tx, fund, sums, since=f"{year}-01", until=until)
    planned = [(each["purpose"], each["amount"]) for each in plan["lines"]] if plan else []
    return YearPlan(fund, year, plan, beside(planned, spent))


async def spent_in(tx: Connection, fund: Row, sums: list[Sum], *, since: str, until: str) -> dict[str, int]:
    """What went out by purpose in these months; help for families as it stands in the public book."""
    rows = await plan_queries.spent_by_purpose(
        tx, fund_id=fund["id"], since=since, until=until, time_zone=fund["time_zone"]
    )
    found = {row["purpose"]: int(row["minor"]) for row in rows}
    relief = -sum(each.amount for each in sums if each.kind == "relief" and since <= each.month <= until)
    return found | ({RELIEF: found.get(RELIEF, 0) + relief} if relief else {})


async def _shown(tx: Connection, plan_id: UUID, actor: Actor) -> dict[str, Any]:
    row = await plan_queries.plan(tx, plan_id)
    assert row is not None
    return _facts(row, actor)


def _facts(row: Row, actor: Actor) -> dict[str, Any]:
    is_author, waits = row["author_id"] == actor.person_id, row["status"] == "waiting"
    facts = {name: value for name, value in dict(row).items() if name not in {"fund_id", "community_id", "author_id"}}
    return facts | {
        "may_decide": waits and not is_author and actor.is_staff_of(row["community_id"], *DECIDERS),
        "may_withdraw": waits and is_author,
    }
