"""Which share of an amount goes to which fund, and how the public books are worded (pure; design §3, L4, S3)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from market.errors import InvalidInput
from market.money import BASIS, share


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """One version of a rule: `rate_bp` of what it applies to goes to a fund and is borne by `bearer`."""

    id: UUID
    version: int
    applies_to: str
    fund_slug: str
    fund_name: str
    fund_name_en: str | None
    rate_bp: int
    bearer: str = "partner"


@dataclass(frozen=True, slots=True)
class RoutedShare:
    """`amount` minor units for a fund under a rule; the label is the fund's name."""

    fund_slug: str
    label: str
    label_en: str | None
    amount: int
    rule: RoutingRule


class RatesTooHigh(ValueError):
    """The rules in force give away more than the whole."""


def route(payable: int, applies_to: str, rules: Iterable[RoutingRule]) -> list[RoutedShare]:
    """The funds' shares of `payable` minor units, each rounded down, in the order of the rules; the rest is the seller's.

    Shares that round to nothing are kept (amount 0), so that the rule is seen to have been applied. Raises RatesTooHigh."""
    applied = [rule for rule in rules if rule.applies_to == applies_to]
    if sum(rule.rate_bp for rule in applied) > BASIS:
        raise RatesTooHigh(f"the rules for {applies_to} add up to more than 100 %")
    return [
        RoutedShare(rule.fund_slug, rule.fund_name, rule.fund_name_en, share(payable, rule.rate_bp), rule)
        for rule in applied
    ]


@dataclass(frozen=True, slots=True)
class Sold:
    """`sales` lines that were paid with `payable` minor units each, refunds taken off."""

    applies_to: str
    payable: int
    sales: int


def totals_under(sold: Iterable[Sold], rules: Sequence[RoutingRule]) -> dict[str, int]:
    """What each fund would have got of these sales under `rules`, by slug, each line rounded as a sale is. Raises RatesTooHigh."""
    found: dict[str, int] = {}
    for each in sold:
        for routed in route(each.payable, each.applies_to, rules):
            found[routed.fund_slug] = found.get(routed.fund_slug, 0) + routed.amount * each.sales
    return found


def with_rate(rules: Iterable[RoutingRule], changed: RoutingRule) -> list[RoutingRule]:
    """The rules with `changed` in the place of the version that it replaces."""
    others = [each for each in rules if (each.applies_to, each.fund_slug) != (changed.applies_to, changed.fund_slug)]
    return [*others, changed]


# Kinds of lines in the public books, in the order in which they are shown (migration 0009: fund_line_kind).
KINDS: dict[str, tuple[str, str]] = {
    "service_turnover": ("服务营业额提成", "Share of service turnover"),
    "room_rent": ("场地租金提成", "Share of room rent"),
    "stall_rent": ("摊位租金提成", "Share of stall rent"),
    "advertising": ("广告收入提成", "Share of advertising"),
    "donation": ("捐款", "Donations"),
    "grant": ("政府补助与资助", "Grants"),
    "distribution": ("社区企业收益分配", "Share of the community enterprise's surplus"),
    "spending": ("支出", "Spending"),
    "relief": ("困难家庭救助（按户合计）", "Help for families (in sums over several)"),
    "other": ("其他", "Other"),
}


@dataclass(frozen=True, slots=True)
class Sum:
    """What the lines of one kind did to one part of a fund in one month (YYYY-MM); minor units, signed."""

    part: str
    month: str
    kind: str
    amount: int
    lines: int


@dataclass(frozen=True, slots=True)
class Month:
    month: str
    income: int
    spent: int
    balance: int


def part_balance(sums: Iterable[Sum], part: str | None = None) -> int:
    """Balance of one part of a fund, or of the whole fund."""
    return sum(each.amount for each in sums if part is None or each.part == part)


def income_by_kind(sums: Sequence[Sum]) -> list[tuple[str, int, int]]:
    """(kind, net amount, lines) of what came in from outside, refunds taken off their own kind, in the order of KINDS."""
    found = []
    for kind in KINDS:
        of_kind = [each for each in sums if each.kind == kind and each.part == "income"]
        if of_kind:
            found.append((kind, sum(each.amount for each in of_kind), sum(each.lines for each in of_kind)))
    return found


def months(sums: Sequence[Sum], *, this_month: str, limit: int = 24) -> list[Month]:
    """Income, spending and closing balance of every month from the first to `this_month`, the last `limit` of them."""
    if not sums:
        return []
    points = []
    balance = 0
    last = max(this_month, *(each.month for each in sums))
    month = min(each.month for each in sums)
    while month <= last:
        outside = [each for each in sums if each.month == month and each.kind != "internal"]
        income = sum(each.amount for each in outside if each.part == "income")
        spent = -sum(each.amount for each in outside if each.part != "income")
        balance += income - spent
        points.append(Month(month, income, spent, balance))
        year, number = int(month[:4]), int(month[5:])
        month = f"{year + number // 12:04d}-{number % 12 + 1:02d}"
    return points[-limit:]


# O08: a public label says what for, never who.
CONTACT = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|(?:\d[\s-]?){7,}")


def check_public_label(field: str, label: str) -> str:
    """Raises InvalidInput where a label holds what can only be somebody's address or number."""
    if CONTACT.search(label):
        raise InvalidInput([(field, "is public: leave out e-mail addresses and telephone or card numbers")])
    return label
