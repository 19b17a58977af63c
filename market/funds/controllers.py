"""HTTP of funds: reading is public, rules and donations are for staff."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter

from market.db import Database, Row
from market.funds import donations, drafts, reading, rules, service
from market.funds.schemas import (
    Entry,
    Fund,
    FundDetail,
    IncomeSource,
    MonthPoint,
    NewDonation,
    NewRoutingRule,
    RoutingRule,
    RuleDecision,
    RuleDraft,
    RuleRef,
)
from market.people.rules import Actor
from market.schemas import Amount, Page

FACTS = (
    "id", "slug", "kind", "name", "name_en", "about", "about_en", "custodian", "purposes", "community", "community_name",
    "community_name_en",
)  # fmt: skip


def _fund(row: Row, sums: Sequence[rules.Sum]) -> dict[str, Any]:
    parts = {
        part: Amount(rules.part_balance(sums, part), row["currency"]) for part in ("income", "spendable", "reserved")
    }
    return {name: row[name] for name in FACTS} | parts | {"balance": Amount(rules.part_balance(sums), row["currency"])}


def _entry(row: Row) -> Entry:
    rule = RuleRef(row["rule_id"], row["rule_version"], row["rate_bp"]) if row["rule_version"] else None
    return Entry(
        id=row["id"],
        at=row["occurred_at"],
        kind=row["kind"],
        label=row["label"] or rules.KINDS[row["kind"]][0],
        amount=Amount(row["signed"], row["currency"]),
        rule=rule,
        seal=row["seal"],
    )


def _rule(row: Row) -> RoutingRule:
    return RoutingRule(**{name: row[name] for name in RoutingRule.__struct_fields__})


def _sources(sums: Sequence[rules.Sum], currency: str) -> list[IncomeSource]:
    return [
        IncomeSource(
            kind=kind,
            label=rules.KINDS[kind][0],
            label_en=rules.KINDS[kind][1],
            amount=Amount(amount, currency),
            entries=lines,
        )
        for kind, amount, lines in rules.income_by_kind(sums)
    ]


def _months(sums: Sequence[rules.Sum], row: Row) -> list[MonthPoint]:
    return [
        MonthPoint(each.month, *(Amount(minor, row["currency"]) for minor in (each.income, each.spent, each.balance)))
        for each in rules.months(sums, this_month=row["this_month"])
    ]


@get("/api/funds", operation_id="list_funds", summary="Funds with their balances")
async def list_funds(db: NamedDependency[Database], community: FromQuery[str | None] = None) -> Page[Fund]:
    """All funds, or those of one community."""
    return Page([Fund(**_fund(row, sums)) for row, sums in await service.list_funds(db, community=community)])


@get(
    "/api/funds/{fund:str}",
    operation_id="get_fund",
    summary="One fund: balance, where it comes from, over time, by which rules",
)
async def get_fund(db: NamedDependency[Database], fund: FromPath[str]) -> FundDetail:
    """By slug or id; all figures are of one moment."""
    row, sums, versions = await service.fund_detail(db, key=fund)
    return FundDetail(
        **_fund(row, sums),
        sources=_sources(sums, row["currency"]),
        months=_months(sums, row),
        entries=sum(each.lines for each in sums if each.kind != "internal"),
        rules=[_rule(each) for each in versions],
    )


@get("/api/funds/{fund:str}/entries", operation_id="list_entries", summary="Every line of a fund's books, newest first")
async def list_entries(
    db: NamedDependency[Database],
    fund: FromPath[str],
    since: Annotated[date | None, QueryParameter(name="from")] = None,
    until: Annotated[date | None, QueryParameter(name="to")] = None,
    kind: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Entry]:
    """`from` and `to` are days in the community's zone, both included."""
    rows, following = await reading.entries_page(db, key=fund, since=since, until=until, kind=kind, cursor=cursor)
    return Page([_entry(row) for row in rows], following)


@post("/api/funds/{fund:str}/donations", operation_id="record_donation", summary="Record a donation taken in by staff")
async def record_donation(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    fund: FromPath[str],
    idempotency_key: Annotated[str, HeaderParameter(name="Idempotency-Key", max_length=200)],
    data: JSONBody[NewDonation],
) -> Entry:
    """Appears in the public books at once; the label is public."""
    return _entry(await donations.record(db, actor=actor, key=fund, idempotency_key=idempotency_key, new=data))


@get("/api/communities/{community:str}/routing-rules", operation_id="list_routing_rules",
     summary="Every version of a community's routing rules")  # fmt: skip
async def list_routing_rules(db: NamedDependency[Database], community: FromPath[str]) -> Page[RoutingRule]:
    """Past, present and announced."""
    return Page([_rule(row) for row in await service.list_rules(db, community=community)])


@post(
    "/api/communities/{community:str}/routing-rules",
    operation_id="create_routing_rule",
    summary="Propose a new version of a rule",
)
async def create_routing_rule(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    data: JSONBody[NewRoutingRule],
) -> RuleDraft:
    """A draft: nothing changes before a second person approves it."""
    return RuleDraft(**await drafts.propose(db, actor=actor, community=community, new=data))


@get(
    "/api/communities/{community:str}/rule-drafts",
    operation_id="list_rule_drafts",
    summary="Proposed versions of rules",
)
async def list_rule_drafts(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> Page[RuleDraft]:
    """For staff of the community, newest first: waiting, approved, refused and withdrawn."""
    return Page([RuleDraft(**each) for each in await drafts.list_drafts(db, actor=actor, community=community)])


@post("/api/rule-drafts/{draft_id:uuid}/decision", operation_id="decide_rule_draft", summary="Approve or refuse a proposed version",
      status_code=200)  # fmt: skip
async def decide_rule_draft(
    db: NamedDependency[Database], actor: NamedDependency[Actor], draft_id: FromPath[UUID], data: JSONBody[RuleDecision]
) -> RuleDraft:
    """By a second person; who proposed it may only withdraw it."""
    return RuleDraft(**await drafts.decide(db, actor=actor, draft_id=draft_id, decision=data))


handlers: list[Any] = [
    list_funds,
    get_fund,
    list_entries,
    record_donation,
    list_routing_rules,
    create_routing_rule,
    list_rule_drafts,
    decide_rule_draft,
]
