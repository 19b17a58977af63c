"""The chain of a public book: how a line is linked, and what a downloaded book shows when it is checked (pure; O04).

A link is SHA-256, in hexadecimal, over the link before and the cells of the line, one to a text line: anybody can repeat it with
`sha256sum`. The first line follows 64 zeros."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from market.funds.books import plain_cell

FIRST = "0" * 64
# What is hashed of a line, in this order; `time` in UTC to the second.
CELLS = ("n", "id", "time", "kind", "label", "amount", "currency", "rule_id", "rule_version", "rule_rate_bp", "seal")
MAX_SAID = 50


def utc_text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def book_link(before: str, cells: Mapping[str, str]) -> str:
    """The link of a line; `cells` as they stand in the CSV, `time` already in UTC."""
    return hashlib.sha256("\n".join([before, *(cells[name] for name in CELLS)]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """The link of line `n`, as it was published on `day`."""

    day: str
    n: int
    head: str


@dataclass
class BookResult:
    """What a check found: how many lines are chained, the last link, what is newer, and everything that is wrong."""

    chained: int = 0
    last: str = FIRST
    unsealed: int = 0
    proven: int = 0
    findings: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        if len(self.findings) < MAX_SAID:
            self.findings.append(text)


def read_book(text: str) -> list[dict[str, str]]:
    """The lines of a book as CSV or JSON; raises ValueError for anything else."""
    text = text.removeprefix("\ufeff")
    if text.lstrip().startswith("{"):
        lines = json.loads(text)["lines"]
        rows = [{name: "" if value is None else str(value) for name, value in line.items()} for line in lines]
        rows = [{**row, "label": plain_cell(row.get("label", ""))} for row in rows]
    else:
        rows = [{name: value or "" for name, value in row.items() if name} for row in csv.DictReader(io.StringIO(text))]
    wanted = {*CELLS, "link", "date", "balance"}
    if any(not wanted <= row.keys() for row in rows) or (not rows and "link" not in text):
        raise ValueError("this is no book of a fund: a column is missing")
    return rows


def read_heads(text: str) -> list[Head]:
    """The file of published heads (day, number, head; # is a remark), or one head alone. Raises ValueError."""
    found = []
    for line in text.splitlines():
        parts = line.split("#", 1)[0].split()
        if len(parts) == 3 and len(parts[2]) == 64:
            found.append(Head(parts[0], int(parts[1]), parts[2].lower()))
        elif len(parts) == 1 and len(parts[0]) == 64:
            found.append(Head("", 0, parts[0].lower()))
        elif parts:
            raise ValueError(f"{line[:80]!r} is no published head")
    return sorted(found, key=lambda head: head.n)


def _minor(text: str) -> int:
    return int(text.replace(".", ""))


def _check_arithmetic(rows: Sequence[Mapping[str, str]], result: BookResult) -> None:
    """The running balance, the days, and that no line stands before an older one."""
    balance = 0
    newest: datetime | None = None
    for row in rows:
        balance += _minor(row["amount"])
        at = datetime.fromisoformat(row["time"])
        if _minor(row["balance"]) != balance:
            result.say(
                f"entry {row['id']}: the balance says {row['balance']}, which is not the sum of the lines before"
            )
            balance = _minor(row["balance"])
        if row["date"] != row["time"][:10]:
            result.say(f"entry {row['id']}: the date {row['date']} is not that of its time")
        if newest is not None and at < newest:
            result.say(f"entry {row['id']}: stands after a later one")
        newest = max(newest, at) if newest else at


def _check_chain(rows: Sequence[Mapping[str, str]], result: BookResult) -> dict[int, str]:
    """Each line against its link; the links by number. A wrong line is named alone: the check goes on from the link it carries."""
    links: dict[int, str] = {}
    before = FIRST
    chained = sorted((row for row in rows if row["link"]), key=lambda row: int(row["n"]))
    for row in chained:
        number, last = int(row["n"]), result.chained
        if number <= last:
            result.say(f"line {number} (entry {row['id']}) stands in the book twice")
            continue
        for missing in range(last + 1, min(number, last + 1 + MAX_SAID)):
            result.say(f"line {missing} was removed (before entry {row['id']})")
        cells = {**row, "time": utc_text(datetime.fromisoformat(row["time"]))}
        if number == last + 1 and book_link(before, cells) != row["link"]:
            result.say(f"line {number} (entry {row['id']}) is not what was sealed")
        before = links[number] = row["link"]
        result.chained, result.last = number, before
    return links


def _check_heads(links: Mapping[int, str], heads: Sequence[Head], result: BookResult) -> None:
    by_link = {link: number for number, link in links.items()}
    for head in heads:
        number = head.n or by_link.get(head.head, 0)
        where = f"the head published on {head.day} (line {head.n})" if head.day else f"the head {head.head[:12]}…"
        if number and links.get(number) == head.head:
            result.proven = max(result.proven, number)
        elif head.n > result.chained:
            result.say(f"lines {result.chained + 1} to {head.n} are missing: {where} stands for them")
        else:
            result.say(
                f"{where} is not in this book: something in lines {result.proven + 1} to {head.n or result.chained} was rewritten"
            )


def check_book(rows: Sequence[Mapping[str, str]], heads: Sequence[Head] = ()) -> BookResult:
    """Everything that can be said about a downloaded book with published heads beside it; raises ValueError where a cell cannot be read."""
    result = BookResult(unsealed=sum(1 for row in rows if not row["link"]))
    _check_arithmetic(rows, result)
    links = _check_chain(rows, result)
    _check_heads(links, heads, result)
    return result
