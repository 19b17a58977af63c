"""What a lease costs in a month (pure; T2): base rent, a share of turnover, a least sum, weeks without rent.

Base and least sum are for a whole month; a month of which only some days are leased and charged costs that many days of it, rounded
down. The rent-free weeks count from the first day: nothing is charged for them, and turnover of these days has no share."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from market.money import share

Mode = Literal["sum", "max"]


def most_free_weeks(first_day: date, last_day: date) -> int:
    """Whole weeks between two days, both included: no lease is free for longer than it lasts."""
    return max(0, ((last_day - first_day).days + 1) // 7)


@dataclass(frozen=True, slots=True)
class Indexed:
    """What base and least sum are from a month on."""

    month: date
    base_minor: int
    minimum_minor: int


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """`last_day` is the day on which it really ends. `share_from_bp` is what leases of the same award before it have of the share of
    turnover: all of them together cost to the unit what one would."""

    first_day: date
    last_day: date
    base_minor: int
    share_bp: int
    minimum_minor: int = 0
    mode: Mode = "sum"
    rent_free_weeks: int = 0
    indexed: tuple[Indexed, ...] = ()
    share_from_bp: int = 0

    def sums_in(self, month: date) -> tuple[int, int]:
        """Base and least sum of a month: the last indexation that counts by then, else as agreed."""
        past = [each for each in self.indexed if each.month <= month]
        last = max(past, key=lambda each: each.month, default=None)
        return (last.base_minor, last.minimum_minor) if last else (self.base_minor, self.minimum_minor)

    @property
    def charged_from(self) -> date:
        """The first day that costs something."""
        return self.first_day + timedelta(weeks=self.rent_free_weeks)


@dataclass(frozen=True, slots=True)
class Rent:
    """What a month costs, in minor units."""

    base: int
    share: int
    due: int


def indexed(amount: int, *, numerator: int, denominator: int) -> int:
    """An amount as it follows an index, rounded down to the unit."""
    return amount * numerator // denominator


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def last_covered(terms: LeaseTerms, month: date) -> date:
    """The last day of the lease in the month."""
    return min(next_month(month) - timedelta(days=1), terms.last_day)


def months_due(terms: LeaseTerms, *, today: date) -> list[date]:
    """The months, by their first days, whose days of the lease are all over."""
    found = []
    month = terms.first_day.replace(day=1)
    while month <= terms.last_day and last_covered(terms, month) < today:
        found.append(month)
        month = next_month(month)
    return found


def rent_of(terms: LeaseTerms, month: date, turnover: int) -> Rent:
    """What the month costs with this turnover, which is never negative."""
    if turnover < 0:
        raise ValueError("turnover below nothing")
    days = (next_month(month) - month).days
    charged = max(0, (last_covered(terms, month) - max(month, terms.charged_from)).days + 1)
    base, least = (amount * charged // days for amount in terms.sums_in(month))
    part = share(turnover, terms.share_from_bp + terms.share_bp) - share(turnover, terms.share_from_bp)
    return Rent(base, part, max(least, base + part if terms.mode == "sum" else max(base, part)))
