"""Every way money can move into and out of a fund outside of sales: one pure function per business event (design §3)."""

from market.ledger import chart
from market.ledger.rules import Transfer
from market.money import Money


def donation_received(fund_slug: str, amount: Money, *, label: str) -> list[Transfer]:
    """Somebody gave `amount`: it is in the custodian's bank account and the fund's income. `label` is public: what, not who."""
    return [Transfer(chart.bank(fund_slug), chart.fund_income(fund_slug), amount, label=label)]
