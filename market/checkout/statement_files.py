"""A partner's month as a file: CSV for its bookkeeping, PDF for its folder.

Service code of the checkout slice, split off by noun."""

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from market.checkout.statements import Sale, Statement, StatementShare, statement_and_zone
from market.db import Database
from market.money import decimal_text
from market.people.rules import Actor
from market.printing import Block, Heading, Table, Text, money_text
from market.schemas import Amount

WORDS = {
    "zh-CN": {
        "title": "结算单", "sales": "销售", "date": "日期", "item": "项目", "quantity": "数量", "list": "标价", "discount": "优惠",
        "paid": "实付", "funds": "进入基金", "own": "商户所得", "shares": "各方所得", "to": "去向", "rule": "规则", "amount": "金额",
        "moves": "其他变动", "opening": "月初余额", "closing": "月末余额", "sale": "销售所得", "refund": "退款", "fee": "支付手续费",
        "payout": "已打款", "rent": "租金", "other": "其他", "sums": "合计", "version": "第{n}版，{rate}%", "none": "本月没有。",
        "foot": "邻里集市 · 数字来自公开账本",
    },
    "en": {
        "title": "Statement", "sales": "Sales", "date": "Date", "item": "Item", "quantity": "Qty", "list": "List price",
        "discount": "Discount", "paid": "Paid", "funds": "To funds", "own": "Yours", "shares": "Who got what", "to": "To", "rule": "Rule",
        "amount": "Amount", "moves": "Other movements", "opening": "Balance before", "closing": "Balance after", "sale": "Your sales",
        "refund": "Refunds", "fee": "Card fees", "payout": "Paid out", "rent": "Rent", "other": "Other", "sums": "Sums",
        "version": "version {n}, {rate}%", "none": "Nothing this month.", "foot": "Linli Market · figures from the ledger",
    },
}  # fmt: skip


async def statement_csv(db: Database, *, actor: Actor, partner: str, month: str) -> tuple[str, str]:
    """The month as CSV and its name: one line per sale and per movement with signed amounts, and one per receiver and version of a rule,
    whose `share` is part of what the sales above it brought. Raises NotFound, InvalidInput."""
    found, zone = await statement_and_zone(db, actor=actor, partner=partner, month=month)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [
            "date",
            "part",
            "item",
            "quantity",
            "list_price",
            "discount",
            "paid",
            "to_funds",
            "amount",
            "currency",
            "rule_version",
            "rate",
            "share",
        ]
    )
    currency = found.opening.currency
    writer.writerow(
        [f"{month}-01", "opening", "", "", "", "", "", "", decimal_text(found.opening.amount, currency), currency]
    )
    for sale in found.sales:
        amounts = (sale.list_price, sale.discount, sale.payable, sale.to_funds, sale.own)
        writer.writerow(
            [
                _day(sale.at, zone),
                "sale",
                _text(sale.title),
                sale.quantity,
                *(decimal_text(a.amount, currency) for a in amounts),
                currency,
            ]
        )
    for each in found.shares:
        rule = [each.version or "", "" if each.rate_bp is None else rate_text(each.rate_bp)]
        cells = ["", "share", _text(each.label), "", "", "", "", "", "", currency]
        writer.writerow([*cells, *rule, decimal_text(each.amount.amount, currency)])
    for move in found.movements:
        cells = [_day(move.at, zone), move.part, _text(move.label), "", "", "", "", ""]
        writer.writerow([*cells, decimal_text(move.amount.amount, currency), currency])
    writer.writerow(["", "closing", "", "", "", "", "", "", decimal_text(found.closing.amount, currency), currency])
    return "\ufeff" + out.getvalue(), f"statement-{found.partner}-{month}"


def _text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (I14)."""
    return "'" + cell if cell.lstrip()[:1] in tuple("=+-@\t\r＝＋－＠") and cell.strip() else cell


def rate_text(rate_bp: int) -> str:
    """300 basis points → 3, 250 → 2.5: percent, in whole-number arithmetic."""
    whole, part = divmod(rate_bp, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".")


def _day(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).date().isoformat()


async def statement_pdf(
    db: Database, *, actor: Actor, partner: str, month: str, language: Literal["zh-CN", "en"] | None = None
) -> tuple[bytes, str]:
    """The month as PDF, else in the actor's language, and its name. Raises NotFound, InvalidInput."""
    from market.paper import pdf

    found, zone = await statement_and_zone(db, actor=actor, partner=partner, month=month)
    locale: Literal["zh-CN", "en"] = language or ("en" if actor.locale == "en" else "zh-CN")
    words = WORDS[locale]
    name = (found.name_en or found.name) if locale == "en" else found.name
    body = await asyncio.to_thread(
        pdf,
        title=f"{name} {words['title']}",
        lead=month,
        blocks=_blocks(found, words, zone, locale),
        footer=words["foot"],
        locale=locale,
    )
    return body, f"statement-{found.partner}-{month}"


def _blocks(found: Statement, words: dict[str, str], zone: ZoneInfo, locale: str) -> Sequence[Block]:
    def money(amount: Amount) -> str:
        return money_text(amount.amount, amount.currency)

    def named(thing: Sale | StatementShare) -> str:
        chinese, english = (thing.title, thing.title_en) if isinstance(thing, Sale) else (thing.label, thing.label_en)
        return (english or chinese) if locale == "en" else chinese

    sums = [[words[part], money(amount)] for part, amount in found.sums.items() if amount.amount]
    sums = [[words["opening"], money(found.opening)], *sums, [words["closing"], money(found.closing)]]
    blocks: list[Block] = [
        Heading(words["sums"]),
        Table([words["item"], words["amount"]], sums, [3, 1], numbers=frozenset({1}), total=True),
        Heading(words["sales"]),
    ]
    sales = [
        [
            _day(s.at, zone),
            named(s),
            str(s.quantity),
            money(s.list_price),
            money(s.discount),
            money(s.payable),
            money(s.own),
        ]
        for s in found.sales
    ]
    headings = [words[name] for name in ("date", "item", "quantity", "list", "discount", "paid", "own")]
    blocks.append(
        Table(headings, sales, [2, 4, 1, 2, 2, 2, 2], numbers=frozenset({2, 3, 4, 5, 6}))
        if sales
        else Text(words["none"])
    )
    shares = [
        [
            named(s),
            words["version"].format(n=s.version, rate=rate_text(s.rate_bp or 0)) if s.version else "—",
            money(s.amount),
        ]
        for s in found.shares
    ]
    moves = [[_day(m.at, zone), words[m.part], m.label, money(m.amount)] for m in found.movements]
    if shares:
        blocks += [
            Heading(words["shares"]),
            Table([words["to"], words["rule"], words["amount"]], shares, [4, 2, 2], numbers=frozenset({2})),
        ]
    if moves:
        blocks += [
            Heading(words["moves"]),
            Table([words[n] for n in ("date", "moves", "item", "amount")], moves, [2, 2, 4, 2], numbers=frozenset({3})),
        ]
    return blocks
