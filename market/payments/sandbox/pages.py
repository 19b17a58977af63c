"""The sandbox's payment page: one plain form without scripts, in Chinese and English, that nobody can take for a real one."""

from html import escape
from typing import Any
from urllib.parse import urlsplit

from market.money import EXPONENTS

STYLE = """
:root { color-scheme: light dark; --ink: #1d2530; --paper: #f6f4ef; --card: #fff; --line: #8a93a0; --go: #14653a; --warn: #7a3d00;
  --warn-paper: #fff1d6; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef1f5; --paper: #14181e; --card: #1f2630; --line: #7c8795; --go: #23804f;
  --warn: #ffd591; --warn-paper: #3b2a0f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5;
  font: 1.125rem/1.5 system-ui, "Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 1.25rem; }
.practice { background: var(--warn-paper); color: var(--warn); border: 2px solid; border-radius: .75rem; padding: .75rem 1rem;
  font-weight: 600; margin: 0 0 1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.25rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
.amount { font-size: 2.5rem; font-weight: 700; margin: .25rem 0 1rem; font-variant-numeric: tabular-nums; }
ul { list-style: none; padding: 0; margin: 0 0 1rem; }
li { display: flex; justify-content: space-between; gap: 1rem; padding: .5rem 0; border-top: 1px solid var(--line); }
li span:last-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
button, a.button { display: block; width: 100%; min-height: 3.5rem; margin-top: .75rem; padding: .75rem 1rem; font: inherit;
  font-weight: 600; text-align: center; text-decoration: none; border-radius: .75rem; border: 2px solid var(--ink);
  background: transparent; color: inherit; cursor: pointer; }
button.pay { background: var(--go); border-color: var(--go); color: #fff; font-size: 1.25rem; }
button:focus-visible, a:focus-visible { outline: 4px solid #3f7fd9; outline-offset: 3px; }
.error { border-left: .375rem solid #b3261e; padding: .5rem 1rem; margin: 0 0 1rem; font-weight: 600; }
small { display: block; font-size: .95rem; font-weight: 400; }
"""

SYMBOLS = {"CNY": "¥", "JPY": "¥", "EUR": "€", "USD": "$", "GBP": "£", "HKD": "HK$", "KRW": "₩"}


def amount_text(minor: int, currency: str) -> str:
    """An amount in words of the page: ¥80.00. Whole-number arithmetic only."""
    code = currency.upper()
    exponent = EXPONENTS.get(code, 2)
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    whole, part = (digits[:-exponent], digits[-exponent:]) if exponent else (digits, "")
    grouped = f"{int(whole):,}" + (f".{part}" if part else "")
    sign = "-" if minor < 0 else ""
    return f"{sign}{SYMBOLS[code]}{grouped}" if code in SYMBOLS else f"{sign}{grouped} {code}"


def payment_page(session: dict[str, Any], lines: list[dict[str, Any]], *, declined: bool) -> str:
    """The page of an open session; after a declined try it says so and can be used again."""
    items = "".join(
        f"<li><span>{escape(line['description'])}</span>"
        f"<span>{escape(amount_text(line['amount_total'], line['currency']))}</span></li>"
        for line in lines
    )
    error = (
        '<p class="error" role="alert">付款被拒绝，没有扣款。可以再试一次。'
        '<small lang="en">The payment was declined and nothing was charged. You can try again.</small></p>'
        if declined
        else ""
    )
    body = (
        f'{error}<div class="card"><h1>付款 <span lang="en">Payment</span></h1>'
        f'<p class="amount">{escape(amount_text(session["amount_total"], session["currency"]))}</p><ul>{items}</ul>'
        '<form method="post">'
        '<button class="pay" name="outcome" value="paid">付款<small lang="en">Pay</small></button>'
        '<button name="outcome" value="declined">模拟付款被拒<small lang="en">Have it declined</small></button>'
        '<button name="outcome" value="abandoned">返回，不付款<small lang="en">Go back without paying</small></button>'
        "</form></div>"
    )
    return _document("练习付款 · Practice payment", body)


def ended_page(session: dict[str, Any]) -> str:
    """The page of a session that can no longer be paid, because it was paid or because its time is over."""
    if session.get("payment_status") == "paid":
        back, title, title_en = session.get("success_url"), "已经付过款", "Already paid"
        text, text_en = "这一笔已经付过，不会再扣款。", "This was paid before; nothing is charged again."
    else:
        back, title, title_en = session.get("cancel_url"), "付款页已过期", "This payment page has expired"
        text, text_en = "没有扣款。", "Nothing was charged."
    link = f'<a class="button" href="{escape(back)}">返回<small lang="en">Go back</small></a>' if back else ""
    return _document(
        f"{title} · {title_en}",
        f'<div class="card"><h1>{title} <small lang="en">{title_en}</small></h1>'
        f'<p>{text}<small lang="en">{text_en}</small></p>{link}</div>',
    )


def connect_page(account: dict[str, Any]) -> str:
    """Where a partner tells the provider about itself; practice needs one press."""
    return _document(
        "练习开户 · Practice account",
        '<div class="card"><h1>开通收款 <span lang="en">Receive payouts</span></h1>'
        '<p>练习用：按一下就开通。<small lang="en">Practice: one press opens the account.</small></p>'
        '<form method="post"><button class="pay">开通<small lang="en">Open the account</small></button></form></div>',
    )


def content_policy(session: dict[str, Any]) -> str:
    """No scripts, no frames, nothing from elsewhere; forms may lead back to where the shop asked."""
    targets = {"'self'"}
    for field in ("success_url", "cancel_url", "_return_url"):
        parts = urlsplit(session.get(field) or "")
        if parts.scheme in {"http", "https"} and parts.netloc.isascii() and not set(parts.netloc) & set("; ,'\""):
            targets.add(f"{parts.scheme}://{parts.netloc}")
    return (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {' '.join(sorted(targets))}"
    )


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, '
        f'initial-scale=1"><meta name="robots" content="noindex"><title>{escape(title)}</title><style>{STYLE}</style></head>'
        '<body><main><p class="practice">练习用钱：这不是真的付款，不需要银行卡。'
        '<small lang="en">Practice money: no real payment, no card needed.</small></p>'
        f"{body}</main></body></html>"
    )
