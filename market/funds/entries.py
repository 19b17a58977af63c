"""Every way money can move into and out of a fund outside of sales: one pure function per business event (design §3)."""

from collections.abc import Sequence

from market.funds.close_rules import DESTINATIONS, Closing
from market.ledger import chart
from market.ledger.rules import Transfer
from market.money import Money


def donation_received(fund_slug: str, amount: Money, *, label: str) -> list[Transfer]:
    """Somebody gave `amount`: it is in the custodian's bank account and the fund's income. `label` is public: what, not who."""
    return [Transfer(chart.bank(fund_slug), chart.fund_income(fund_slug), amount, label=label)]


def income_released(fund_slug: str, amount: Money, *, label: str) -> list[Transfer]:
    """An approved act made income spendable: the only way from one to the other (S4)."""
    return [Transfer(chart.fund_income(fund_slug), chart.fund_spendable(fund_slug), amount, label=label)]


def spending_reserved(fund_slug: str, amount: Money, *, label: str) -> list[Transfer]:
    """An approved request has its money set aside, so that nobody else can be promised the same."""
    return [Transfer(chart.fund_spendable(fund_slug), chart.fund_reserved(fund_slug), amount, label=label)]


def spending_freed(fund_slug: str, amount: Money, *, label: str) -> list[Transfer]:
    """The request was changed, refused or withdrawn: what was set aside may be spent on something else."""
    return [Transfer(chart.fund_reserved(fund_slug), chart.fund_spendable(fund_slug), amount, label=label)]


def spending_paid(fund_slug: str, amount: Money, *, label: str, desk_community: str | None = None) -> list[Transfer]:
    """The payee got what was set aside: from the custodian's bank account, or in cash from a community's desk."""
    place = chart.desk(desk_community) if desk_community else chart.bank(fund_slug)
    return [Transfer(chart.fund_reserved(fund_slug), place, amount, label=label)]


def spending_into_pool(fund_slug: str, pool_slug: str, amount: Money, *, label: str) -> list[Transfer]:
    """An approved request filled a subsidy pool: the custodian's bank sends the money to the account that partners are paid from (T3)."""
    return [
        Transfer(chart.fund_reserved(fund_slug), chart.bank(fund_slug), amount, label=label),
        Transfer(chart.operating_bank(), chart.subsidy(pool_slug), amount, label=label),
    ]


def relief_paid(fund_slug: str, amount: Money, *, desk_community: str | None = None) -> list[Transfer]:
    """A family got what was set aside for it. No public line yet: the fund still shows the sum as reserved (T4, O08)."""
    place = chart.desk(desk_community) if desk_community else chart.bank(fund_slug)
    return [Transfer(chart.relief(fund_slug), place, amount, label="relief")]


def relief_disclosed(fund_slug: str, amount: Money, *, families: int) -> list[Transfer]:
    """Several families together have become one public line."""
    return [
        Transfer(chart.fund_reserved(fund_slug), chart.relief(fund_slug), amount, label=f"救助困难家庭 {families} 户")
    ]


def enterprise_cost_paid(enterprise: str, amount: Money, *, label: str) -> list[Transfer]:
    """A community enterprise paid for something."""
    return [Transfer(chart.enterprise_cost(enterprise), chart.enterprise_bank(enterprise), amount, label=label)]


def period_closed(enterprise: str, community: str, closing: Closing, currency: str, *, label: str) -> list[Transfer]:
    """A month of an enterprise is settled: its income and cost go to nothing, the surplus to where the scheme says (D1, T4, L6)."""
    income, cost, losses = (
        chart.enterprise_income(enterprise),
        chart.enterprise_cost(enterprise),
        chart.enterprise_losses(enterprise),
    )
    moves: list[tuple[str, str, int, str]] = []
    if closing.net > 0:
        moves = [
            (income, cost, closing.cost, label),
            (income, losses, closing.covered, label),
            (income, chart.enterprise_reserve(enterprise), closing.reserve, label),
            *_distributed(income, enterprise, community, closing.parts, label),
        ]
    else:
        moves = [
            (income, cost, max(0, closing.income), label),
            (losses, income, max(0, -closing.income), label),
            (losses, cost, closing.cost - max(0, closing.income), label),
        ]
    return [
        Transfer(debit, credit, Money(minor, currency), label=text) for debit, credit, minor, text in moves if minor
    ]


def _distributed(
    source: str, enterprise: str, community: str, parts: Sequence[tuple[str, int]], label: str
) -> list[tuple[str, str, int, str]]:
    found = []
    for to, minor in parts:
        place, name, _ = DESTINATIONS[to]
        account = (
            chart.enterprise_kept(enterprise) if place == "enterprise" else chart.fund_income(f"{community}-{place}")
        )
        found.append((source, account, minor, f"{label}：{name}"))
    return found
