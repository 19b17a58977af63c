"""Amounts in minor units and how one is split without losing a unit (design §3, M01–M04)."""

from collections.abc import Sequence
from dataclasses import dataclass

from market.errors import MarketError

MAX_MINOR = 10**15
BASIS = 10_000

# Minor units per major unit, as decimal exponent (ISO 4217); a currency not listed is refused at configuration.
EXPONENTS = {"CNY": 2, "EUR": 2, "USD": 2, "HKD": 2, "GBP": 2, "JPY": 0, "KRW": 0, "KWD": 3}


class CurrencyMismatch(MarketError, ValueError):
    """Two amounts of different currencies were combined (M05)."""

    status = 409
    slug = "currency-mismatch"
    title = "Two currencies cannot be combined"


class AmountOutOfRange(MarketError, ValueError):
    """The amount is no whole number of minor units, or more than any order can be (M06, M07)."""

    status = 422
    slug = "amount-out-of-range"
    title = "The amount cannot be used"


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units of `currency`; adding two currencies raises CurrencyMismatch."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise ValueError(f"unknown currency {self.currency!r}")
        if not isinstance(self.minor, int) or isinstance(self.minor, bool) or abs(self.minor) > MAX_MINOR:
            raise AmountOutOfRange("An amount is a whole number of minor units of at most 10^15.")

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
        if not isinstance(quantity, int) or isinstance(quantity, bool):
            raise AmountOutOfRange("An amount is multiplied by a whole number only.")
        return Money(self.minor * quantity, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __str__(self) -> str:
        """For books and messages of programs, e.g. `-80.00 CNY`; pages format in the browser."""
        return f"{decimal_text(self.minor, self.currency)} {self.currency}"


def decimal_text(minor: int, currency: str) -> str:
    """Minor units as a decimal number with as many places as the currency has: 501 JPY is 501, 501 KWD is 0.501 (M04)."""
    places = EXPONENTS[currency]
    digits = f"{abs(minor):0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return "-" + text if minor < 0 else text


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split `amount` (minor units, ≥ 0) by integer `weights`: floors, then hands left-over units out one by one in the listed
    order to parts of positive weight. The parts sum to `amount`, none is negative, none is more than one unit off (M01, M02)."""
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
