"""The month of a community's funds as a printed report: one page anybody understands, then every figure (T5).

The figures are those of the public pages; whoever is not yet public as a sum is not in here either (O08)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import InvalidInput, NotFound
from market.funds import close_queries, queries
from market.funds.close_rules import MONTH
from market.funds.plan_rules import RELIEF, RELIEF_LABEL, PlanLine
from market.funds.plans import plan_beside, spent_in
from market.funds.rules import KINDS, Sum, months
from market.printing import Bars, Block, Heading, Table, Text, money_text

Locale = Literal["zh-CN", "en"]
WORDS = {
    "zh-CN": {
        "title": "{community} {month} 公共账本月报", "lead": "这个月，大家的钱从哪里来，用到了哪里。", "came": "本月收入 {amount}",
        "went": "本月支出 {amount}", "left": "月末还有 {amount}", "helped": "本月的支出帮助了 {count} 人。", "by_source": "收入来自",
        "by_purpose": "支出用于", "source": "来源", "purpose": "用途", "amount": "金额", "total": "合计", "none": "本月没有。",
        "plan": "{year} 年计划与实际（到本月为止）", "planned": "计划", "spent": "已用", "share": "完成", "unplanned": "计划外",
        "no_plan": "{year} 年还没有经第二人确认的计划。", "began": "月初", "fund": "基金", "signed": "已由 {names} 两人签字封账。",
        "unsigned": "本月尚未封账，数字可能还会变。", "page2": "每个基金的明细", "foot": "邻里集市 · 数字来自公开账本",
    },
    "en": {
        "title": "{community}: public books of {month}", "lead": "Where our money came from this month, and what it went for.",
        "came": "Came in: {amount}", "went": "Went out: {amount}", "left": "Left at the end: {amount}",
        "helped": "This month's spending helped {count} people.", "by_source": "It came from", "by_purpose": "It went for",
        "source": "Source", "purpose": "Purpose", "amount": "Amount", "total": "Together", "none": "Nothing this month.",
        "plan": "Plan of {year} and what was spent (up to this month)", "planned": "Planned", "spent": "Spent", "share": "Done",
        "unplanned": "not planned", "no_plan": "No plan for {year} is confirmed by a second person yet.", "began": "At the beginning",
        "fund": "Fund", "signed": "Signed and closed by {names}.", "unsigned": "This month is not closed yet: figures may still change.",
        "page2": "Fund by fund", "foot": "Linli Market · figures from the public books",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FundMonth:
    """What a fund's month consists of, in minor units: sources and purposes largest first."""

    name: str
    opening: int
    income: int
    spent: int
    closing: int
    sources: list[tuple[str, int]]
    purposes: list[tuple[str, int]]
    has_plan: bool
    plan: list[PlanLine]


@dataclass(frozen=True, slots=True)
class MonthReport:
    community: str
    month: str
    currency: str
    funds: list[FundMonth]
    people_helped: int
    signed_by: list[str]


async def report_pdf(db: Database, *, community: str, month: str, locale: Locale) -> tuple[bytes, str]:
    """The report and its file name. Raises NotFound, InvalidInput."""
    from market.paper import pdf

    found = await month_report(db, community=community, month=month, locale=locale)
    words = WORDS[locale]
    body = await asyncio.to_thread(
        pdf,
        title=words["title"].format(community=found.community, month=month),
        lead=words["lead"],
        blocks=blocks(found, locale),
        footer=words["foot"],
        locale=locale,
    )
    return body, f"{community}-{month}"


async def month_report(db: Database, *, community: str, month: str, locale: Locale) -> MonthReport:
    """A month of a community's funds, closed or not; raises NotFound for a month without a book, InvalidInput."""
    if not MONTH.fullmatch(month):
        raise InvalidInput([("month", "must look like 2026-10")])
    async with db.transaction() as tx:
        place = await communities.community_by_slug(tx, community)
        rows = await queries.funds(tx, community=place.slug)
        sums = await queries.sums(tx, [row["id"] for row in rows])
        funds = [await _fund_month(tx, row, sums[row["id"]], month, locale) for row in rows]
        found = [each for each in funds if each is not None]
        if not found:
            raise NotFound("A book of this month")
        close = await close_queries.live_close(tx, community_id=place.id, month=month)
        helped = await close_queries.people_helped(tx, community_id=place.id, month=month, time_zone=place.time_zone)
    signers = [close["prepared_name"], close["signed_name"]] if close and close["status"] == "closed" else []
    name = place.name_en if locale == "en" and place.name_en else place.name
    return MonthReport(name, month, place.currency, found, helped, [each for each in signers if each])


async def _fund_month(tx: Connection, row: Row, sums: list[Sum], month: str, locale: Locale) -> FundMonth | None:
    """None before the first entry and after this month."""
    points = {each.month: each for each in months(sums, this_month=row["this_month"], limit=10_000)}
    point = points.get(month)
    if point is None:
        return None
    english = locale == "en"
    sources = [
        (
            label_en if english else label,
            sum(s.amount for s in sums if (s.kind, s.part, s.month) == (kind, "income", month)),
        )
        for kind, (label, label_en) in KINDS.items()
    ]
    spent = await spent_in(tx, row, sums, since=month, until=month)
    plan = await plan_beside(tx, row, sums, year=int(month[:4]), until=month)
    return FundMonth(
        name=row["name_en"] if english and row["name_en"] else row["name"],
        opening=point.balance - point.income + point.spent, income=point.income, spent=point.spent, closing=point.balance,
        sources=sorted(((name, minor) for name, minor in sources if minor), key=lambda each: -each[1]),
        purposes=sorted(((_purpose(name, locale), minor) for name, minor in spent.items()), key=lambda each: -each[1]),
        has_plan=plan.plan is not None, plan=plan.lines,
    )  # fmt: skip


def _purpose(name: str, locale: Locale) -> str:
    return RELIEF_LABEL[int(locale == "en")] if name == RELIEF else name


def _together(parts: Sequence[Sequence[tuple[str, int]]]) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for each in parts:
        for name, minor in each:
            found[name] = found.get(name, 0) + minor
    return sorted(found.items(), key=lambda each: -each[1])


def blocks(report: MonthReport, locale: Locale) -> list[Block]:
    """The page for everybody first, then fund by fund."""
    words, currency = WORDS[locale], report.currency

    def money(minor: int) -> str:
        return money_text(minor, currency)

    def bars(items: Sequence[tuple[str, int]]) -> Block:
        return (
            Bars([(name, minor, money(minor)) for name, minor in items if minor > 0]) if items else Text(words["none"])
        )

    income, spent = sum(f.income for f in report.funds), sum(f.spent for f in report.funds)
    found: list[Block] = [
        Heading(words["came"].format(amount=money(income))),
        Text(words["by_source"]),
        bars(_together([f.sources for f in report.funds])),
        Heading(words["went"].format(amount=money(spent))),
        Text(words["by_purpose"]),
        bars(_together([f.purposes for f in report.funds])),
        Heading(words["left"].format(amount=money(sum(f.closing for f in report.funds)))),
    ]
    if report.people_helped:
        found.append(Heading(words["helped"].format(count=f"{report.people_helped:,}")))
    names = ("、" if locale == "zh-CN" else ", ").join(report.signed_by)
    found.append(Text(words["signed"].format(names=names) if names else words["unsigned"], small=True))
    found.append(Heading(words["page2"]))
    for fund in report.funds:
        found += _fund_blocks(fund, report, words, locale)
    return found


def _fund_blocks(fund: FundMonth, report: MonthReport, words: dict[str, str], locale: Locale) -> list[Block]:
    def money(minor: int) -> str:
        return money_text(minor, report.currency)

    rows = [
        [words["began"], money(fund.opening)],
        *([name, "+" + money(minor)] for name, minor in fund.sources),
        *([name, money(-minor)] for name, minor in fund.purposes),
        [words["left"].split("{")[0].strip(" :"), money(fund.closing)],
    ]
    found: list[Block] = [
        Heading(fund.name),
        Table([words["fund"], words["amount"]], rows, [3, 1], numbers=frozenset({1}), total=True),
    ]
    year = report.month[:4]
    if not fund.has_plan:
        return [*found, Text(words["no_plan"].format(year=year), small=True)]
    lines = [
        [_purpose(each.purpose, locale), words["unplanned"] if each.planned is None else money(each.planned), money(each.spent),
         f"{each.spent * 100 // each.planned}%" if each.planned else ""]
        for each in fund.plan
    ]  # fmt: skip
    planned, spent = sum(each.planned or 0 for each in fund.plan), sum(each.spent for each in fund.plan)
    lines.append([words["total"], money(planned), money(spent), f"{spent * 100 // planned}%" if planned else ""])
    headings = [words[name] for name in ("purpose", "planned", "spent", "share")]
    return [
        *found,
        Text(words["plan"].format(year=year)),
        Table(headings, lines, [3, 2, 2, 1], numbers=frozenset({1, 2, 3}), total=True),
    ]
