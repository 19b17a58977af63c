"""The parts of a line's price: what it was reduced by, who gets each cent of it, and what others pay (pure; design §3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from market.funds.rules import RoutingRule, route


@dataclass(frozen=True, slots=True)
class RuleUsed:
    id: UUID
    version: int
    rate_bp: int


@dataclass(frozen=True, slots=True)
class Share:
    """`amount` minor units to `to` (partner:<slug>, enterprise:<slug>, fund:<slug>), because of `rule` (None: the seller's rest)."""

    to: str
    label: str
    label_en: str | None
    amount: int
    rule: RuleUsed | None = None


@dataclass(frozen=True, slots=True)
class Reduction:
    reason: str
    borne_by: str
    amount: int
    label: str = ""
    label_en: str | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """`amount` minor units of a line that `source` pays instead of the buyer; `shares` say who gets them and sum to it."""

    source: str
    label: str
    label_en: str | None
    amount: int
    shares: tuple[Share, ...]
    pass_id: UUID | None = None
    units: int = 0


@dataclass(frozen=True, slots=True)
class NotCovered:
    """`amount` minor units that a pool would have paid. `reason`: `empty`, or its `month` or the `household` has had its part."""

    label: str
    label_en: str | None
    amount: int
    reason: str


def divide(payable: int, *, seller: Share, applies_to: str, rules: Sequence[RoutingRule]) -> tuple[Share, ...]:
    """Who gets what of `payable`: the seller first, who bears every remainder, then the funds in the order of their rules.

    Shares of nothing are left out (M03). Raises ValueError when the rules give away more than there is."""
    routed = route(payable, applies_to, rules)
    funds = tuple(
        Share(
            f"fund:{each.fund_slug}",
            each.label,
            each.label_en,
            each.amount,
            RuleUsed(each.rule.id, each.rule.version, each.rule.rate_bp),
        )
        for each in routed
        if each.amount
    )
    rest = payable - sum(each.amount for each in funds)
    if rest < 0:
        raise ValueError("routing rules give away more than was paid")
    own = (Share(seller.to, seller.label, seller.label_en, rest),) if rest else ()
    return own + funds
