"""The month of a community's funds, on its page and as a printed report: one page anybody understands, then every figure (T5).

The figures are those of the public pages; whoever is not yet public as a sum is not in here either (O08)."""

import asyncio
from calendar import month_name
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import InvalidInput, NotFound
from market.funds import close_queries, queries
from market.funds.close_rules import MONTH
from market.funds.plan_rules import RELIEF, RELIEF_LABEL, PlanLine
from market.funds.plans import plan_beside, spent_in
from market.funds.rules import KINDS, Sum, income_by_kind, months
from market.printing import Bars, Block, Heading, NewPage, Table, Text, money_text

Locale = Literal["zh-CN", "en"]
WORDS = {
    "zh-CN": {
        "title": "{community} {month} 公共账本月报", "lead": "这个月，大家的钱从哪里来，用到了哪里。", "came": "本月收入 {amount}",
        "went": "本月支出 {amount}", "left": "月末还有 {amount}", "helped": "本月的支出帮助了 {count} 人。", "by_source": "收入来自",
        "by_purpose": "支出用于", "source": "来源", "purpose": "用途", "amount": "金额", "total": "合计", "none": "本月没有。",
        "plan": "{year} 年计划与实际（到本月为止）", "planned": "计划", "spent": "已用", "share": "完成", "unplanned": "计划外",
        "no_plan": "{year} 年还没有经第二人确认的计划。", "began": "月初", "item": "项目", "signed": "已由 {names} 两人签字封账。",
        "unsigned": "本月尚未封账，数字可能还会变。", "page2": "每个基金的明细", "foot": "邻里集市 · 数字来自公开账本",
    },
    "en": {
        "title": "{community}: public books of {month}", "lead": "Where our money came from this month, and what it went for.",
        "came": "Came in: {amount}", "went": "Went out: {amount}", "left": "Left at the end: {amount}",
        "helped": "This month's spending helped {count} people.", "by_source": "It came from", "by_purpose": "It went for",
        "source": "Source", "purpose": "Purpose", "amount": "Amount", "total": "Together", "none": "Nothing this month.",
        "plan": "Plan of {year} and what was spent (up to this month)", "planned": "Planned", "spent": "Spent", "share": "Done",
        "unplanned": "not planned", "no_plan": "No plan for {year} is confirmed by a second person yet.", "began": "At the beginning",
        "item": "What", "signed": "Signed and closed by {names}.", "unsigned": "This month is not closed yet: figures may still change.",
        "page2": "Fund by fund", "foot": "Linli Market · figures from the public books",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """What came from a source or went for a purpose, in minor units; refunds can make a source negative."""

    label: str
    label_en: str | None
    minor: int


@dataclass(frozen=True, slots=True)
class FundMonth:
    """What a fund's month consists of, in minor units: sources and purposes largest first."""

    slug: str
    name: str
    name_en: str | None
    opening: int
    income: int
    spent: int
    closing: int
    sources: list[Part]
    purposes: list[Part]
    has_plan: bool
    plan: list[PlanLine]


@dataclass(frozen=True, slots=True)
class MonthReport:
    community: str
    name: str
    name_en: str | None
    month: str
    currency: str
    funds: list[FundMonth]
    people_helped: int
    signed_by: list[str]
    """Who prepared and who signed; empty until the month is closed."""


async def report_pdf(db: Database, *, community: str, month: str, locale: Locale) -> tuple[bytes, str]:
    """The report and its file name. Raises NotFound, InvalidInput."""
    from market.paper import pdf

    found = await month_report(db, community=community, month=month)
    words = WORDS[locale]
    body = await asyncio.to_thread(
        pdf,
        title=words["title"].format(community=_named(found, locale), month=_month_text(month, locale)),
        lead=words["lead"],
        blocks=blocks(found, locale),
        footer=words["foot"],
        locale=locale,
    )
    return body, f"{community}-{month}"


async def month_report(db: Database, *, community: str, month: str) -> MonthReport:
    """A month of a community's funds, closed or not; raises NotFound for a month without a book, InvalidInput."""
    if not MONTH.fullmatch(month):
        raise InvalidInput([("month", "must look like 2026-10")])
    async with db.transaction() as tx:
        place = await communities.community_by_slug(tx, community)
        rows = await queries.funds(tx, community=place.slug)
        sums = await queries.sums(tx, [row["id"] for row in rows])
        funds = [await _fund_month(tx, row, sums[row["id"]], month) for row in rows]
        found = [each for each in funds if each is not None]
        if not found:
            raise NotFound("A book of this month")
        close = await close_queries.live_close(tx, community_id=place.id, month=month)
        helped = await close_queries.people_helped(tx, community_id=place.id, month=month, time_zone=place.time_zone)
    signers = [close["prepared_name"], close["signed_name"]] if close and close["status"] == "closed" else []
    return MonthReport(
        place.slug, place.name, place.name_en, month, place.currency, found, helped, [each for each in signers if each]
    )


async def _fund_month(tx: Connection, row: Row, sums: list[Sum], month: str) -> FundMonth | None:
    """None before the first entry and after this month."""
    points = {each.month: each for each in months(sums, this_month=row["this_month"], limit=10_000)}
    point = points.get(month)
    if point is None:
        return None
    came = income_by_kind([each for each in sums if each.month == month])
    spent = await spent_in(tx, row, sums, since=month, until=month)
    plan = await plan_beside(tx, row, sums, year=int(month[:4]), until=month)
    return FundMonth(
        slug=row["slug"], name=row["name"], name_en=row["name_en"],
        opening=point.balance - point.income + point.spent, income=point.income, spent=point.spent, closing=point.balance,
        sources=_largest_first([Part(*KINDS[kind], minor) for kind, minor, _ in came]),
        purposes=_largest_first([Part(*purpose_labels(name), minor) for name, minor in spent.items()]),
        has_plan=plan.plan is not None, plan=plan.lines,
    )  # fmt: skip


def purpose_labels(purpose: str) -> tuple[str, str | None]:
    """A purpose in Chinese and, where it is not the words of a charter, in English."""
    return RELIEF_LABEL if purpose == RELIEF else (purpose, None)


def _largest_first(parts: Iterable[Part]) -> list[Part]:
    return sorted((each for each in parts if each.minor), key=lambda each: -each.minor)


def together(parts: Iterable[Sequence[Part]]) -> list[Part]:
    """Of several funds: one part for each label, largest first."""
    found: dict[tuple[str, str | None], int] = {}
    for each in (part for of_fund in parts for part in of_fund):
        key = (each.label, each.label_en)
        found[key] = found.get(key, 0) + each.minor
    return _largest_first(Part(*labels, minor) for labels, minor in found.items())


# On paper ------------------------------------------------------------------------------------------------------------------------


def _named(thing: FundMonth | MonthReport, locale: Locale) -> str:
    return thing.name_en if locale == "en" and thing.name_en else thing.name


def _labelled(part: Part, locale: Locale) -> str:
    return part.label_en if locale == "en" and part.label_en else part.label


def _month_text(month: str, locale: Locale) -> str:
    year, number = month.split("-")
    return f"{month_name[int(number)]} {year}" if locale == "en" else f"{year}年{int(number)}月"


def blocks(report: MonthReport, locale: Locale) -> list[Block]:
    """The page for everybody first, then fund by fund."""
    words, currency = WORDS[locale], report.currency

    def money(minor: int) -> str:
        return money_text(minor, currency)

    def bars(parts: Sequence[Part]) -> Block:
        if not parts:
            return Text(words["none"])
        return Bars([(_labelled(each, locale), max(0, each.minor), money(each.minor)) for each in parts])

    income, spent = sum(f.income for f in report.funds), sum(f.spent for f in report.funds)
    found: list[Block] = [
        Heading(words["came"].format(amount=money(income))),
        Text(words["by_source"]),
        bars(together([f.sources for f in report.funds])),
        Heading(words["went"].format(amount=money(spent))),
        Text(words["by_purpose"]),
        bars(together([f.purposes for f in report.funds])),
        Heading(words["left"].format(amount=money(sum(f.closing for f in report.funds)))),
    ]
    if report.people_helped:
        found.append(Heading(words["helped"].format(count=f"{report.people_helped:,}")))
    names = ("、" if locale == "zh-CN" else ", ").join(report.signed_by)
    found.append(Text(words["signed"].format(names=names) if names else words["unsigned"], small=True))
    found += [NewPage(), Heading(words["page2"])]
    for fund in report.funds:
        found += _fund_blocks(fund, report, words, locale)
    return found


def _fund_blocks(fund: FundMonth, report: MonthReport, words: dict[str, str], locale: Locale) -> list[Block]:
    def money(minor: int) -> str:
        return money_text(minor, report.currency)

    rows = [
        [words["began"], money(fund.opening)],
        *([_labelled(each, locale), ("+" if each.minor > 0 else "") + money(each.minor)] for each in fund.sources),
        *([_labelled(each, locale), money(-each.minor)] for each in fund.purposes),
        [words["left"].split("{")[0].strip(" :"), money(fund.closing)],
    ]
    found: list[Block] = [
        Heading(_named(fund, locale)),
        Table([words["item"], words["amount"]], rows, [3, 1], numbers=frozenset({1}), total=True),
    ]
    year = report.month[:4]
    if not fund.has_plan:
        return [*found, Text(words["no_plan"].format(year=year), small=True)]
    lines = [
        [
            _labelled(Part(*purpose_labels(each.purpose), each.spent), locale),
            words["unplanned"] if each.planned is None else money(each.planned),
            money(each.spent),
            f"{each.spent * 100 // each.planned}%" if each.planned else "",
        ]
        for each in fund.plan
    ]
    planned, spent = sum(each.planned or 0 for each in fund.plan), sum(each.spent for each in fund.plan)
    lines.append([words["total"], money(planned), money(spent), f"{spent * 100 // planned}%" if planned else ""])
    headings = [words[name] for name in ("purpose", "planned", "spent", "share")]
    return [
        *found,
        Text(words["plan"].format(year=year)),
        Table(headings, lines, [3, 2, 2, 1], numbers=frozenset({1, 2, 3}), total=True),
    ]
