"""HTTP of yearly plans and of the printed month: reading is public, a plan takes two people."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from market.db import Database
from market.funds import month_report, plans
from market.funds.plan_rules import PlanLine
from market.funds.plan_schemas import (
    FundPlan,
    NewPlan,
    PlanComparison,
    PlanDecision,
    Report,
    ReportFund,
    ReportPart,
    YearPlan,
)
from market.people.rules import Actor
from market.schemas import Amount, Page


def _plan(facts: dict[str, Any]) -> FundPlan:
    return msgspec.convert(facts, FundPlan)


def _compared(lines: Sequence[PlanLine], currency: str) -> list[PlanComparison]:
    return [
        PlanComparison(
            *month_report.purpose_labels(each.purpose),
            None if each.planned is None else Amount(each.planned, currency),
            Amount(each.spent, currency),
        )
        for each in lines
    ]


def _report(found: month_report.MonthReport) -> Report:
    def amount(minor: int) -> Amount:
        return Amount(minor, found.currency)

    def parts(of: Sequence[month_report.Part]) -> list[ReportPart]:
        return [ReportPart(each.label, each.label_en, amount(each.minor)) for each in of]

    funds = found.funds
    return Report(
        community=found.community, community_name=found.name, community_name_en=found.name_en, month=found.month,
        status="closed" if found.signed_by else "open", income=amount(sum(each.income for each in funds)),
        spent=amount(sum(each.spent for each in funds)), closing=amount(sum(each.closing for each in funds)),
        sources=parts(month_report.together(each.sources for each in funds)),
        purposes=parts(month_report.together(each.purposes for each in funds)),
        funds=[
            ReportFund(
                slug=each.slug, name=each.name, name_en=each.name_en, opening=amount(each.opening), income=amount(each.income),
                spent=amount(each.spent), closing=amount(each.closing), sources=parts(each.sources), purposes=parts(each.purposes),
                plan=_compared(each.plan, found.currency),
                planned=amount(sum(line.planned or 0 for line in each.plan)) if each.has_plan else None,
                spent_this_year=amount(sum(line.spent for line in each.plan)),
            )
            for each in funds
        ],
        people_helped=found.people_helped, signed_by=found.signed_by,
    )  # fmt: skip


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
        lines=_compared(found.lines, currency),
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


@get("/api/communities/{community:str}/reports/{month:str}", operation_id="read_month_report",
     summary="A month of a community's funds")  # fmt: skip
async def read_month_report(db: NamedDependency[Database], community: FromPath[str], month: FromPath[str]) -> Report:
    """What came in by source, went out by purpose, the plan beside it, and how many people it helped; closed or not."""
    return _report(await month_report.month_report(db, community=community, month=month))


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


handlers: list[Any] = [
    get_fund_plan,
    enter_fund_plan,
    list_fund_plans,
    decide_fund_plan,
    read_month_report,
    get_month_report,
]
