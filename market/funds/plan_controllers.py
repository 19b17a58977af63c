"""HTTP of yearly plans and of the printed month: reading is public, a plan takes two people."""

from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from market.db import Database
from market.funds import month_report, plans
from market.funds.plan_rules import RELIEF, RELIEF_LABEL
from market.funds.plan_schemas import FundPlan, NewPlan, PlanComparison, PlanDecision, YearPlan
from market.people.rules import Actor
from market.schemas import Amount, Page


def _plan(facts: dict[str, Any]) -> FundPlan:
    return msgspec.convert(facts, FundPlan)


@get("/api/funds/{fund:str}/plan", operation_id="get_fund_plan", summary="The plan of a year beside what was spent")
async def get_fund_plan(
    db: NamedDependency[Database], fund: FromPath[str], year: FromQuery[int | None] = None
) -> YearPlan:
    """By purpose; the default is this year."""
    found = await plans.year_plan(db, key=fund, year=year)
    currency, plan = found.fund["currency"], found.plan
    return YearPlan(
        fund=found.fund["slug"], year=found.year, version=plan["version"] if plan else 0, note=plan["note"] if plan else "",
        entered_by=plan["entered_by"] if plan else None, confirmed_by=plan["decided_by"] if plan else None,
        confirmed_at=plan["decided_at"] if plan else None,
        lines=[
            PlanComparison(purpose, purpose_en, None if each.planned is None else Amount(each.planned, currency),
                           Amount(each.spent, currency))
            for each in found.lines
            for purpose, purpose_en in [RELIEF_LABEL if each.purpose == RELIEF else (each.purpose, None)]
        ],
        planned=Amount(sum(each.planned or 0 for each in found.lines), currency),
        spent=Amount(sum(each.spent for each in found.lines), currency),
    )  # fmt: skip


@post("/api/funds/{fund:str}/plans", operation_id="enter_fund_plan", summary="Enter a plan for a year")
async def enter_fund_plan(
    db: NamedDependency[Database], actor: NamedDependency[Actor], fund: FromPath[str], data: JSONBody[NewPlan]
) -> FundPlan:
    """By staff; it waits for a second person."""
    return _plan(await plans.enter(db, actor=actor, key=fund, new=data))


@get(
    "/api/communities/{community:str}/plans",
    operation_id="list_fund_plans",
    summary="Every version of the funds' plans",
)
async def list_fund_plans(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> Page[FundPlan]:
    """For staff of the community, the waiting ones first."""
    return Page([_plan(each) for each in await plans.list_plans(db, actor=actor, community=community)])


@post("/api/fund-plans/{plan_id:uuid}/decision", operation_id="decide_fund_plan", summary="Confirm or refuse a plan",
      status_code=200)  # fmt: skip
async def decide_fund_plan(
    db: NamedDependency[Database], actor: NamedDependency[Actor], plan_id: FromPath[UUID], data: JSONBody[PlanDecision]
) -> FundPlan:
    """By a second person; who entered it may only take it back."""
    return _plan(await plans.decide(db, actor=actor, plan_id=plan_id, decision=data))


@get("/api/communities/{community:str}/reports/{month:str}/file.pdf", operation_id="get_month_report",
     summary="A month of a community's funds, printed", media_type="application/pdf")  # fmt: skip
async def get_month_report(
    db: NamedDependency[Database],
    community: FromPath[str],
    month: FromPath[str],
    lang: FromQuery[Literal["zh-CN", "en"]] = "zh-CN",
) -> Response[bytes]:
    """One page with a chart, then what came in by source, went out by purpose, and the plan."""
    body, name = await month_report.report_pdf(db, community=community, month=month, locale=lang)
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(body, media_type="application/pdf", headers=headers)


handlers: list[Any] = [get_fund_plan, enter_fund_plan, list_fund_plans, decide_fund_plan, get_month_report]
