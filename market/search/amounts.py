"""Prices and numbers of people in a query: 100元以下, 不超过五十块, under 80 yuan, 容纳30人."""

import re
from dataclasses import dataclass

STARTS = frozenset(
    "零〇一二两三四五六七八九十百千万0123456789不低少最顶小能坐容装可够¥￥ublamwcnfs<"
)  # of all patterns below
MAX_YUAN = 1_000_000
MAX_PEOPLE = 10_000
_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_N = r"(?P<n>\d{1,7}(?:\.\d{1,2})?|[零〇一二两三四五六七八九十百千万]{1,9})"
_MONEY = r"(?:元钱|块钱|元|块|yuan|rmb|cny|¥|￥)"
_SP = r"\s*"
PRICES = tuple(
    re.compile(pattern)
    for pattern in (
        f"{_N}{_SP}{_MONEY}?{_SP}(?:以下|以内|之内|之下|内|封顶|不到|左右|上下)(?:的)?",
        f"(?:不超过|不高于|不到|低于|少于|最多|顶多|小于){_SP}[¥￥]?{_N}{_SP}{_MONEY}?(?:的)?",
        f"(?:under|below|less than|at most|up to|within|max|maximum|cheaper than|no more than|<=?){_SP}[¥￥]?{_N}{_SP}{_MONEY}?",
        f"{_N}{_SP}{_MONEY}(?:{_SP}or less)?(?:的)?",
        f"[¥￥]{_SP}{_N}",
    )
)
PEOPLE = tuple(
    re.compile(pattern)
    for pattern in (
        f"(?:能坐|坐得下|坐下|容纳|装得下|可坐|够){_SP}{_N}{_SP}(?:个)?(?:人|位)(?:以上)?(?:的)?",
        f"{_N}{_SP}(?:个人|人|位)(?:以上)?(?:的)?(?=$|\\s|[^岁工员])",
        f"(?:for|seats|seating){_SP}{_N}{_SP}(?:people|persons|guests)",
        f"{_N}{_SP}(?:people|persons|guests)",
    )
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A "price" (at most, in minor units) or a number of "people"."""

    kind: str
    value: str
    label: str
    label_en: str
    text: str


def number(text: str) -> float | None:
    """A number in digits or Chinese characters below a hundred million; None for what is none."""
    if text[:1].isdigit():
        return float(text) if text.isascii() else None
    total = section = digit = 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char == "万":
            total, section, digit = (section + digit or 1) * 10_000, 0, 0
        else:
            section += (digit or 1) * _UNITS[char]
            digit = 0
    return float(total + section + digit)


def read(text: str, start: int) -> Amount | None:
    """The amount that begins here."""
    if text[start] not in STARTS:
        return None
    return _price(text, start) or _people(text, start)


def _price(text: str, start: int) -> Amount | None:
    found = _longest(PRICES, text, start)
    value = number(found["n"]) if found else None
    if found is None or value is None or value > MAX_YUAN:
        return None
    if found.group().rstrip("的").endswith(("左右", "上下")):
        value *= 1.2
    shown = f"{value:g}"
    return Amount("price", str(round(value * 100)), f"不超过 {shown} 元", f"Up to {shown} yuan", found.group())


def _people(text: str, start: int) -> Amount | None:
    found = _longest(PEOPLE, text, start)
    value = number(found["n"]) if found else None
    if found is None or value is None or not 2 <= value <= MAX_PEOPLE or value != int(value):
        return None
    return Amount("people", f"{int(value)}", f"{int(value)} 人以上", f"For {int(value)} people", found.group())


def _longest(patterns: tuple[re.Pattern[str], ...], text: str, start: int) -> re.Match[str] | None:
    matches = (pattern.match(text, start) for pattern in patterns)
    return max((match for match in matches if match), key=lambda match: match.end(), default=None)
