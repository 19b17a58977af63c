"""A fund as other sites and readers show it: an Atom feed, a badge, and a small page to frame (pure).

Nothing here loads anything from elsewhere; what people wrote is escaped (I12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Literal

from market.money import decimal_text

Locale = Literal["zh-CN", "en"]
STYLE = (
    "body{margin:0;padding:14px;font:16px/1.5 system-ui,'PingFang SC','Microsoft YaHei',sans-serif;color:#1d2530;background:#fff}"
    "h1{font-size:17px;margin:0}p{margin:6px 0}.b{font-size:26px;font-weight:700;color:#14653a}"
    "ul{list-style:none;margin:8px 0;padding:0}"
    "li{display:flex;justify-content:space-between;gap:12px;border-top:1px solid #d9d5cb;padding:5px 0}"
    "li b{white-space:nowrap}a{color:#14653a}small{color:#56606e}"
)
WORDS = {
    "zh-CN": {"balance": "余额", "latest": "最近几笔", "all": "查看每一笔账", "none": "还没有账目"},
    "en": {
        "balance": "Balance",
        "latest": "Newest entries",
        "all": "See every entry",
        "none": "No entries yet",
        "money": "¥",
    },
}


@dataclass(frozen=True, slots=True)
class SharedFund:
    """What is shown of a fund: names in the reader's language, `url` its public page."""

    slug: str
    name: str
    currency: str
    balance: int
    url: str


@dataclass(frozen=True, slots=True)
class SharedLine:
    id: int
    at: datetime
    label: str
    amount: int


def amount_text(minor: int, currency: str) -> str:
    """1,234.50 with a sign in front of what left, and the currency's own sign."""
    text = decimal_text(abs(minor), currency)
    whole, _, part = text.partition(".")
    sign = "¥" if currency in {"CNY", "JPY"} else f"{currency} "
    return f"{'−' if minor < 0 else ''}{sign}{int(whole):,}{'.' + part if part else ''}"


def feed(fund: SharedFund, lines: Sequence[SharedLine], *, address: str) -> str:
    """An Atom feed of the newest entries; `address` is the feed's own."""
    updated = lines[0].at if lines else datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    entries = "".join(
        f"<entry><id>{_xml(fund.url)}#entry-{line.id}</id><title>{_xml(line.label)} {amount_text(line.amount, fund.currency)}</title>"
        f'<updated>{line.at.isoformat()}</updated><link href="{_xml(fund.url)}#entry-{line.id}"/>'
        f"<summary>{_xml(line.label)}</summary></entry>\n"
        for line in lines
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>{_xml(fund.url)}</id><title>{_xml(fund.name)}</title><updated>{updated.isoformat()}</updated>"
        f'<author><name>{_xml(fund.name)}</name></author><link href="{_xml(fund.url)}"/>'
        f'<link rel="self" href="{_xml(address)}"/>\n{entries}</feed>\n'
    )


def badge(fund: SharedFund) -> str:
    """Two fields side by side: the fund's name and its balance, as SVG without any script."""
    said = amount_text(fund.balance, fund.currency)
    left, right = _width(fund.name), _width(said)
    name, text = escape(fund.name), escape(said)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="24" role="img" aria-label="{name}: {text}">'
        f'<title>{name}: {text}</title><rect width="{left + right}" height="24" rx="4" fill="#1d2530"/>'
        f'<path d="M{left} 0h{right - 4}a4 4 0 0 1 4 4v16a4 4 0 0 1-4 4h-{right - 4}z" fill="#14653a"/>'
        '<g fill="#fff" text-anchor="middle" font-family="system-ui,sans-serif" font-size="13">'
        f'<text x="{left // 2}" y="16.5">{name}</text><text x="{left + right // 2}" y="16.5">{text}</text></g></svg>'
    )


def widget(fund: SharedFund, lines: Sequence[SharedLine], *, locale: Locale) -> str:
    """A page to frame: balance, the newest entries, and the way to the books. No script, nothing from elsewhere."""
    words = WORDS[locale]
    rows = "".join(
        f"<li><span>{escape(line.label)}</span><b>{amount_text(line.amount, fund.currency)}</b></li>" for line in lines
    )
    return (
        f'<!doctype html><html lang="{locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(fund.name)}</title><style>{STYLE}</style></head><body><h1>{escape(fund.name)}</h1>"
        f'<p><small>{words["balance"]}</small><br><span class="b">{amount_text(fund.balance, fund.currency)}</span></p>'
        f"<p><small>{words['latest']}</small></p><ul>{rows or '<li>' + words['none'] + '</li>'}</ul>"
        f'<p><a href="{escape(fund.url)}" target="_blank" rel="noopener">{words["all"]}</a></p></body></html>'
    )


def _width(text: str) -> int:
    """About how wide a text of 13 px is: a Chinese letter is twice as wide as a digit."""
    return 16 + sum(13 if ord(char) > 0x2E80 else 8 for char in text)


def _xml(text: str) -> str:
    """Escaped, without the control characters that XML does not know."""
    return escape("".join(char for char in text if char >= " "))
