"""A partner's month as a page, as CSV and as PDF: what was sold and for how much less, who got which share by which rule, what went back,
what the card provider kept, what was paid out. Its sums are the ledger's.

Service code of the checkout slice, split off by noun."""

import asyncio
import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from market.checkout import statement_queries
from market.db import Database, Row
from market.errors import InvalidInput, NotFound
from market.ledger import chart
from market.ledger import service as ledger
from market.money import decimal_text
from market.partners import service as partners
from market.people.rules import Actor
from market.printing import Block, Heading, Table, Text, money_text
from market.schemas import Amount

MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)
# The kinds of events that change what a partner has, by the part of the statement they belong to.
PARTS = {
    "sale_paid": "sale", "desk_payment": "sale", "cover_paid": "sale", "pass_expired": "sale",
    "sale_refunded": "refund", "cover_returned": "refund",
    "dispute_lost": "refund", "provider_fee": "fee",
    "payout_sent": "payout", "transfer_reversed": "payout", "rent_due": "rent", "rent_paid": "rent",
}  # fmt: skip
# Where the label of a movement is a word of the books and no title; the part says it all.
UNTITLED = frozenset({"provider_fee", "payout_sent", "transfer_reversed", "rent_paid"})
WORDS = {
    "zh-CN": {
        "title": "结算单", "sales": "销售", "date": "日期", "item": "项目", "quantity": "数量", "list": "标价", "discount": "优惠",
        "paid": "实付", "funds": "进入基金", "own": "商户所得", "shares": "各方所得", "to": "去向", "rule": "规则", "amount": "金额",
        "moves": "其他变动", "opening": "月初余额", "closing": "月末余额", "sale": "销售所得", "refund": "退款", "fee": "支付手续费",
        "payout": "已打款", "rent": "租金", "other": "其他", "sums": "合计", "version": "第{n}版，{rate}%", "none": "本月没有。",
        "foot": "邻里集市 · 数字来自公开账本",
    },
    "en": {
        "title": "Statement", "sales": "Sales", "date": "Date", "item": "Item", "quantity": "Number", "list": "List price",
        "discount": "Discount", "paid": "Paid", "funds": "To funds", "own": "Yours", "shares": "Who got what", "to": "To", "rule": "Rule",
        "amount": "Amount", "moves": "Other movements", "opening": "Balance before", "closing": "Balance after", "sale": "Your sales",
        "refund": "Refunds", "fee": "Card fees", "payout": "Paid out", "rent": "Rent", "other": "Other", "sums": "Sums",
        "version": "version {n}, {rate}%", "none": "Nothing this month.", "foot": "Linli Market · figures from the ledger",
    },
}  # fmt: skip


class Sale(msgspec.Struct):
    at: datetime
    title: str
    title_en: str | None
    quantity: int
    list_price: Amount
    discount: Amount
    payable: Amount
    """What was paid for it, subsidies included."""
    to_funds: Amount
    own: Amount
    covered: Amount
    """How much of it subsidies, or a coupon that somebody else bears, paid."""
    from_pass: Amount
    """How much of it a pass paid, that is what its buyer paid before."""


class StatementShare(msgspec.Struct):
    """What one receiver got of the month's sales by one version of a rule."""

    to: str
    label: str
    label_en: str | None
    version: int | None
    rate_bp: int | None
    amount: Amount


class Movement(msgspec.Struct):
    """What changed what the partner has; `part` is refund, rent, fee, payout or other; `label` is a title, or empty."""

    at: datetime
    part: str
    label: str
    amount: Amount


class Statement(msgspec.Struct):
    """`opening` + the sums of all parts = `closing`; both as the ledger says."""

    partner: str
    name: str
    name_en: str | None
    month: str
    opening: Amount
    sales: list[Sale]
    shares: list[StatementShare]
    movements: list[Movement]
    sums: dict[str, Amount]
    closing: Amount


async def statement(db: Database, *, actor: Actor, partner: str, month: str) -> Statement:
    """The month of a partner of the actor, in the zone of its community. Raises NotFound, InvalidInput."""
    found, _ = await _statement(db, actor=actor, partner=partner, month=month)
    return found


async def _statement(db: Database, *, actor: Actor, partner: str, month: str) -> tuple[Statement, ZoneInfo]:
    if not MONTH.fullmatch(month):
        raise InvalidInput([("month", "must be like 2026-11")])
    async with db.transaction() as tx:
        await ledger.begin_snapshot(tx)
        row = await partners.partner_by_slug(tx, partner)
        if not actor.is_member_of(row["id"]):
            raise NotFound("This partner")
        slug = row["slug"]
        codes = [
            chart.partner_pending(slug), chart.partner_available(slug), chart.partner_payout(slug), chart.partner_owed(slug)
        ]  # fmt: skip
        time = await statement_queries.month_bounds(tx, community_id=row["community_id"], month=month)
        assert time is not None
        currency = time["currency"]
        opening = await statement_queries.balance_before(tx, codes=codes, currency=currency, at=time["starts"])
        moved = await statement_queries.movements(
            tx, codes=codes, currency=currency, starts=time["starts"], ends=time["ends"]
        )
        sold = await statement_queries.sales(tx, partner_id=row["id"], starts=time["starts"], ends=time["ends"])
    sums: dict[str, int] = dict.fromkeys(("sale", "refund", "rent", "fee", "payout", "other"), 0)
    for each in moved:
        sums[PARTS.get(each["kind"], "other")] += each["minor"]
    return Statement(
        partner=slug,
        name=row["name"],
        name_en=row["name_en"],
        month=month,
        opening=Amount(opening, currency),
        sales=[_sale(line, currency) for line in sold],
        shares=_shares(sold, currency),
        movements=[
            Movement(
                each["at"], part, "" if each["kind"] in UNTITLED else each["label"], Amount(each["minor"], currency)
            )
            for each in moved
            if (part := PARTS.get(each["kind"], "other")) != "sale"
        ],
        sums={part: Amount(minor, currency) for part, minor in sums.items()},
        closing=Amount(opening + sum(sums.values()), currency),
    ), ZoneInfo(time["time_zone"])


def _sale(line: Row, currency: str) -> Sale:
    own = sum(share["amount"] for share in line["shares"] if share["to"].startswith("partner:"))
    paid = line["payable_minor"] + line["covered_minor"]
    return Sale(
        at=line["paid_at"],
        title=line["title"],
        title_en=line["title_en"],
        quantity=line["quantity"],
        list_price=Amount(line["list_minor"], currency),
        discount=Amount(line["list_minor"] - paid, currency),
        payable=Amount(paid, currency),
        to_funds=Amount(paid - own, currency),
        own=Amount(own, currency),
        covered=Amount(line["covered_minor"] - line["pass_minor"], currency),
        from_pass=Amount(line["pass_minor"], currency),
    )


def _shares(lines: Iterable[Row], currency: str) -> list[StatementShare]:
    found: dict[tuple[str, int | None], StatementShare] = {}
    for line in lines:
        for share in line["shares"]:
            rule = share["rule"]
            key = (share["to"], rule["version"] if rule else None)
            known = found.get(key)
            amount = share["amount"] + (known.amount.amount if known else 0)
            found[key] = StatementShare(
                share["to"],
                share["label"],
                share["label_en"],
                key[1],
                rule["rate_bp"] if rule else None,
                Amount(amount, currency),
            )
    return list(found.values())


async def statement_csv(db: Database, *, actor: Actor, partner: str, month: str) -> tuple[str, str]:
    """The month as CSV and its name: one line per sale and per movement with signed amounts, and one per receiver and version of a rule,
    whose `share` is part of what the sales above it brought. Raises NotFound, InvalidInput."""
    found, zone = await _statement(db, actor=actor, partner=partner, month=month)
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

    found, zone = await _statement(db, actor=actor, partner=partner, month=month)
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
