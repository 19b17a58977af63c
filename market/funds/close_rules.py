"""What becomes of an enterprise's result at the end of a month (pure; D1, T4, L6)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from market.errors import InvalidInput
from market.money import BASIS, share, split

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")

Place = Literal["enterprise", "development", "charity"]
# Where each part of a scheme is kept: with the enterprise, or in one of the community's two funds.
DESTINATIONS: dict[str, tuple[Place, str, str]] = {
    "reinvestment": ("enterprise", "再投入", "Reinvestment"),
    "enterprise": ("enterprise", "企业发展", "Enterprise"),
    "livelihood": ("development", "民生项目", "Local projects"),
    "community_fund": ("development", "社区基金", "Community fund"),
    "subsidies": ("development", "普惠补贴", "Subsidies for all"),
    "governance": ("development", "治理基金", "Governance"),
    "relief": ("charity", "应急救助", "Emergency relief"),
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """`parts` are (receiver, basis points) that make up the whole; the reserve is filled first, up to its cap (minor units)."""

    name: str
    version: int
    parts: tuple[tuple[str, int], ...]
    reserve_rate_bp: int = 0
    reserve_cap: int = 0


# Until a community has decided on a scheme, its enterprise keeps what it earned.
KEEP = Scheme("留存", 0, (("enterprise", BASIS),))


@dataclass(frozen=True, slots=True)
class Closing:
    """One month of one enterprise (minor units): `income` and `cost` as posted, where the result goes, and the loss carried on."""

    income: int
    cost: int
    covered: int
    reserve: int
    parts: tuple[tuple[str, int], ...]
    loss: int

    @property
    def net(self) -> int:
        return self.income - self.cost


def close_month(income: int, cost: int, *, carried_loss: int, reserve_held: int, scheme: Scheme) -> Closing:
    """A surplus covers former losses, then fills the reserve, then is split by the scheme; a deficit is carried on.

    `income` may be negative (more was given back than came in), `cost` not. The parts always sum to the surplus (L6)."""
    if cost < 0 or carried_loss < 0 or reserve_held < 0:
        raise ValueError("costs, losses and reserves are not negative")
    net = income - cost
    if net <= 0:
        return Closing(income, cost, 0, 0, tuple((to, 0) for to, _ in scheme.parts), -net)
    covered = min(net, carried_loss)
    rest = net - covered
    reserve = min(share(rest, scheme.reserve_rate_bp), max(0, scheme.reserve_cap - reserve_held))
    amounts = split(rest - reserve, [rate for _, rate in scheme.parts])
    parts = tuple((to, amount) for (to, _), amount in zip(scheme.parts, amounts, strict=True))
    return Closing(income, cost, covered, reserve, parts, 0)


def check_parts(parts: Sequence[dict[str, object]]) -> None:
    """Raises InvalidInput for a receiver that nobody knows or that is named twice."""
    names = [str(part.get("to")) for part in parts]
    unknown = sorted(set(names) - set(DESTINATIONS))
    if unknown or len(set(names)) < len(names):
        raise InvalidInput([("parts", "must name each once: " + ", ".join(DESTINATIONS))])


def require_past_month(month: str, *, this_month: str) -> str:
    """Raises InvalidInput for what is no month (YYYY-MM) or is not over yet."""
    if not MONTH.fullmatch(month):
        raise InvalidInput([("month", "must be a month like 2026-10")])
    if month >= this_month:
        raise InvalidInput([("month", "is not over yet")])
    return month
