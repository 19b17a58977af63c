"""Amounts in minor units and how one is split without losing a unit (design §3, M01–M04)."""

from collections.abc import Sequence
from dataclasses import dataclass

MAX_MINOR = 10**15
BASIS = 10_000

# Minor units per major unit, as decimal exponent (ISO 4217); a currency not listed is refused at configuration.
EXPONENTS = {"CNY": 2, "EUR": 2, "USD": 2, "HKD": 2, "GBP": 2, "JPY": 0, "KRW": 0, "KWD": 3}


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were combined."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units of `currency`; adding two currencies raises CurrencyMismatch."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise ValueError(f"unknown currency {self.currency!r}")
        if not isinstance(self.minor, int) or isinstance(self.minor, bool) or abs(self.minor) > MAX_MINOR:
            raise ValueError("an amount is a whole number of minor units below 10^15")

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be combined")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.minor * quantity, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split `amount` (minor units, ≥ 0) by integer `weights`: floors, then hands left-over units out one by one in the listed
    order to parts of positive weight. The parts sum to `amount`, none is negative, none is a unit or more off (M01, M02)."""
    total = sum(weights)
    if amount < 0 or total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("split needs a non-negative amount and non-negative weights of which one is positive")
    parts = [amount * weight // total for weight in weights]
    left = amount - sum(parts)
    for index, weight in enumerate(weights):
        if left == 0:
            break
        if weight > 0:
            parts[index] += 1
            left -= 1
    return parts


def share(amount: int, rate_bp: int) -> int:
    """`rate_bp` basis points of `amount` (minor units), rounded down: the remainder stays with who bears the share."""
    if amount < 0 or not 0 <= rate_bp <= BASIS:
        raise ValueError("a share needs a non-negative amount and a rate of 0 to 10000 basis points")
    return amount * rate_bp // BASIS
