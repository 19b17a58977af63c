"""The public books as CSV, JSON, hledger journal and beancount, line by line (pure).

The plain-text books see the fund as a household: `Assets` is where its money lies, `Income` where it came from, `Expenses` what it
went for. The assets sum to the balance that the fund's page shows; the last lines assert it, so `hledger check` and `bean-check` do too."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from market.funds.rules import KINDS
from market.money import decimal_text

HEADER = (
    "id",
    "date",
    "time",
    "kind",
    "label",
    "amount",
    "currency",
    "balance",
    "rule_id",
    "rule_version",
    "rule_rate_bp",
    "seal",
    "n",
    "link",
)
FORMULA = "=+-@\t\r＝＋－＠"
OPENED = "1970-01-01"


@dataclass(frozen=True, slots=True)
class BookLine:
    """One movement of a fund, `amount` signed in minor units; `other` is the ledger account on the other side."""

    id: int
    at: datetime
    kind: str
    label: str
    amount: int
    part: str
    other: str
    is_internal: bool = False
    rule_id: UUID | None = None
    rule_version: int | None = None
    rate_bp: int | None = None
    seal: int | None = None
    n: int | None = None
    link: str = ""


@dataclass
class Book:
    """What the formats need besides the lines, and the running sum they end with."""

    slug: str
    name: str
    currency: str
    time_zone: str
    balance: int = 0
    shown: int = 0
    last_day: date | None = None
    opened: set[str] = field(default_factory=set)

    def day(self, line: BookLine) -> date:
        return line.at.astimezone(ZoneInfo(self.time_zone)).date()

    def add(self, line: BookLine) -> None:
        if not line.is_internal:
            self.balance += line.amount
        self.last_day = max(self.last_day or self.day(line), self.day(line))

    def money(self, minor: int) -> str:
        return decimal_text(minor, self.currency)


def plain_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula (I14)."""
    text = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    return "'" + text if text.lstrip().startswith(tuple(FORMULA)) or text[:1] in FORMULA else text


def _cells(book: Book, line: BookLine) -> tuple[object, ...]:
    """A line in the order of HEADER, with the running balance; None for what it has not."""
    at = line.at.astimezone(ZoneInfo(book.time_zone))
    return (
        line.id, at.date().isoformat(), at.isoformat(timespec="seconds"), line.kind, line.label, book.money(line.amount),
        book.currency, book.money(book.balance), line.rule_id and str(line.rule_id), line.rule_version, line.rate_bp, line.seal,
        line.n, line.link or None,
    )  # fmt: skip


def csv_line(book: Book, line: BookLine) -> str:
    """One row with the running balance; amounts stay numbers. `n` and `link` chain the rows: see funds/seal_rules.py."""
    book.add(line)
    if line.is_internal:
        return ""
    named = dict(zip(HEADER, _cells(book, line), strict=True)) | {"label": plain_cell(line.label)}
    return _row("" if value is None else value for value in named.values())


def csv_head(_: Book) -> str:
    """A byte order mark tells spreadsheets that it is UTF-8."""
    return "\ufeff" + _row(HEADER)


def csv_end(_: Book) -> str:
    return ""


def json_head(book: Book) -> str:
    facts = {"fund": book.slug, "name": book.name, "currency": book.currency, "time_zone": book.time_zone}
    return json.dumps(facts, ensure_ascii=False)[:-1] + ', "lines": ['


def json_line(book: Book, line: BookLine) -> str:
    """The cells of the CSV by name; amounts are decimal text, exact."""
    book.add(line)
    if line.is_internal:
        return ""
    between = ",\n" if book.shown else "\n"
    book.shown += 1
    return between + json.dumps(dict(zip(HEADER, _cells(book, line), strict=True)), ensure_ascii=False)


def json_end(book: Book) -> str:
    return f'\n], "balance": "{book.money(book.balance)}"}}\n'


def journal_head(book: Book) -> str:
    unit = decimal_text(1_000_000, book.currency)
    return (
        f"; {_flat(book.name)} ({book.slug}): public book for hledger. Assets sum to the balance of the fund's page.\n"
        f"decimal-mark .\ncommodity {unit if '.' in unit else unit + '.'} {book.currency}\n\n"
    )


def journal_line(book: Book, line: BookLine) -> str:
    book.add(line)
    label = _flat(line.label or KINDS.get(line.kind, (line.kind,))[0]).replace(";", "；").replace("|", "｜")
    head = f"{book.day(line).isoformat()} * ({line.id}) {label}  ; {_note(line, ', ')}\n"
    return (
        head
        + "".join(
            f"    {account:<44}  {book.money(amount):>16} {book.currency}\n" for account, amount in _postings(line)
        )
        + "\n"
    )


def journal_end(book: Book) -> str:
    day = (book.last_day or date(1970, 1, 1)).isoformat()
    return (
        f"{day} * balance of the fund\n    {'Assets:Held':<44}  {book.money(0):>16} {book.currency}"
        f" =* {book.money(book.balance)} {book.currency}\n"
    )


def beancount_head(book: Book) -> str:
    title = _quoted(f"{book.name} ({book.slug})")
    book.opened.add("Assets:Held")
    return f'option "title" {title}\noption "operating_currency" "{book.currency}"\n\n{OPENED} open Assets:Held\n'


def beancount_line(book: Book, line: BookLine) -> str:
    book.add(line)
    postings = _postings(line)
    opens = ""
    for account, _ in postings:
        if account not in book.opened:
            book.opened.add(account)
            opens += f"{OPENED} open {account} {book.currency}\n"
    head = f"{book.day(line).isoformat()} * {_quoted(line.label or KINDS.get(line.kind, (line.kind,))[0])}\n"
    notes = "".join(f"  {key}: {value}\n" for key, value in _facts(line))
    return (
        opens
        + head
        + notes
        + "".join(f"  {account}  {book.money(amount)} {book.currency}\n" for account, amount in postings)
        + "\n"
    )


def beancount_end(book: Book) -> str:
    """A balance directive holds at the start of its day, so it stands on the day after the last line."""
    day = date.fromordinal((book.last_day or date(1970, 1, 1)).toordinal() + 1)
    return f"{day.isoformat()} balance Assets:Held  {book.money(book.balance)} {book.currency}\n"


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of download is written, and its file name and media type."""

    suffix: str
    media_type: str

    def head(self, book: Book) -> str:
        return {"csv": csv_head, "json": json_head, "journal": journal_head, "beancount": beancount_head}[self.suffix](
            book
        )

    def line(self, book: Book, line: BookLine) -> str:
        return {"csv": csv_line, "json": json_line, "journal": journal_line, "beancount": beancount_line}[self.suffix](
            book, line
        )

    def end(self, book: Book) -> str:
        return {"csv": csv_end, "json": json_end, "journal": journal_end, "beancount": beancount_end}[self.suffix](book)


CSV = Format("csv", "text/csv")
JSON = Format("json", "application/json")
JOURNAL = Format("journal", "text/plain")
BEANCOUNT = Format("beancount", "text/plain")


def whole_book(form: Format, book: Book, lines: Iterable[BookLine]) -> str:
    """A book in one piece."""
    return form.head(book) + "".join(form.line(book, line) for line in lines) + form.end(book)


def _postings(line: BookLine) -> list[tuple[str, int]]:
    if line.is_internal:  # from one part of the fund to another: its assets stay what they are
        return [
            (f"Equity:{line.part.capitalize()}", -line.amount),
            (f"Equity:{_words(line.other.rsplit(':', 1)[-1])}", line.amount),
        ]
    group = "Income" if line.part == "income" else "Expenses"
    return [(f"Assets:Held:{_place(line.other)}", line.amount), (f"{group}:{_words(line.kind)}", -line.amount)]


def _place(code: str) -> str:
    """Where the money lies, by the ledger account on the other side; partners and people are not told apart in public."""
    kind, _, rest = code.partition(":")
    if kind == "provider":
        return f"Provider-{_words(rest)}"
    if kind == "desk":
        return f"Desk-{_words(rest)}"
    if kind == "fund":
        return "Funds"
    return {"bank": "Bank", "partner": "Partners", "enterprise": "Enterprises"}.get(kind, "Other")


def _words(text: str) -> str:
    """A part of an account name that both programs accept: letters, digits and hyphens, first letter large."""
    clean = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-") or "Other"
    return clean[0].upper() + clean[1:]


def _facts(line: BookLine) -> list[tuple[str, str]]:
    facts = [("entry", f'"{line.id}"'), ("kind", f'"{line.kind}"')]
    if line.rule_id is not None:
        facts += [
            ("rule", f'"{line.rule_id}"'),
            ("version", f'"{line.rule_version}"'),
            ("rate_bp", f'"{line.rate_bp}"'),
        ]
    if line.seal is not None:
        facts.append(("seal", f'"{line.seal}"'))
    return facts


def _note(line: BookLine, between: str) -> str:
    return between.join(f"{key}:{value.strip(chr(34))}" for key, value in _facts(line))


def _flat(text: str) -> str:
    """One line of printable text."""
    return " ".join("".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text).split()) or "-"


def _quoted(text: str) -> str:
    escaped = _flat(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _row(cells: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
