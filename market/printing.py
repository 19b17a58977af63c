"""Printed reports: headings, plain paragraphs, tables and bars as PDF, in Chinese and English.

The used letters of Noto Sans SC, which comes with the locked packages, are put into the file: it looks the same on a bare machine, and
its text can be searched. What people wrote is set as it is and can be no markup (I12); equal content makes equal bytes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from market.money import EXPONENTS

SIGNS = {"CNY": "¥", "JPY": "¥", "EUR": "€", "USD": "$", "GBP": "£", "HKD": "HK$", "KRW": "₩"}


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `small` for what is said beside."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `widths` are parts of the page's width; columns named in `numbers` (by position) are set to the right.
    With `total` the last row stands out."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    numbers: frozenset[int] = field(default=frozenset())
    total: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars under their label and value: (label, value, the value in words); values are not negative."""

    items: Sequence[tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class Code:
    """A large QR code in the middle of the page."""

    text: str


@dataclass(frozen=True, slots=True)
class Large:
    """Letters of so many points, to be read standing in front of a door."""

    text: str
    points: int


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins at the top of a page."""


Block = Heading | Text | Table | Bars | Code | Large | NewPage


def money_text(minor: int, currency: str) -> str:
    """¥1,234.50 from 123450 CNY; whole-number arithmetic only."""
    exponent = EXPONENTS.get(currency, 2)
    whole, part = divmod(abs(minor), 10**exponent)
    digits = f"{whole:,}.{part:0{exponent}d}" if exponent else f"{whole:,}"
    return f"{'-' if minor < 0 else ''}{SIGNS.get(currency, currency + ' ')}{digits}"
