"""Reading the public books: pages of lines for the screen, whole books as a stream."""

import base64
import binascii
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from market.db import Database, Row
from market.errors import InvalidInput
from market.funds import book_queries, queries
from market.funds.books import Book, BookLine, Format
from market.funds.rules import KINDS
from market.funds.service import fund_row
from market.ledger import service as ledger

PAGE = 50
BOOK_STEP = 2_000
FIRST = datetime(1900, 1, 1, tzinfo=UTC)
LAST = datetime(2900, 1, 1, tzinfo=UTC)


def _encoded(row: Row) -> str:
    micros = int((row["occurred_at"] - FIRST) / timedelta(microseconds=1))
    return base64.urlsafe_b64encode(f"{micros}.{row['id']}".encode()).decode().rstrip("=")


def _decoded(cursor: str | None) -> tuple[datetime, int]:
    """The line after which a page starts; raises InvalidInput for anything we did not give out."""
    if cursor is None:
        return LAST, queries.MAX_ID
    try:
        if len(cursor) > 100:
            raise ValueError(cursor)
        micros, _, line_id = (
            base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii").partition(".")
        )
        place = FIRST + timedelta(microseconds=int(micros)), int(line_id)
    except (ValueError, OverflowError, binascii.Error) as fault:
        raise InvalidInput([("cursor", "is not one that we gave out")]) from fault
    if not FIRST <= place[0] <= LAST or not 0 < place[1] <= queries.MAX_ID:
        raise InvalidInput([("cursor", "is not one that we gave out")])
    return place


def _midnight(day: date, fund: Row) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(fund["time_zone"])).astimezone(UTC)


def _checked(since: date | None, until: date | None, kind: str | None) -> None:
    """Raises InvalidInput for a period or a kind that cannot be."""
    if kind is not None and kind not in KINDS:
        raise InvalidInput([("kind", "must be one of " + ", ".join(KINDS))])
    for field, day in (("from", since), ("to", until)):
        if day is not None and not 1970 <= day.year <= 2800:
            raise InvalidInput([(field, "is out of range")])
    if since and until and until < since:
        raise InvalidInput([("to", "is before the first day")])


async def entries_page(
    db: Database, *, key: str, since: date | None, until: date | None, kind: str | None, cursor: str | None
) -> tuple[list[Row], str | None]:
    """A page of a fund's lines, newest first, from day `since` to day `until` (both whole days in the community's zone), and the
    cursor of the next. Lines that are added meanwhile never repeat or hide others. Raises NotFound, InvalidInput."""
    before = _decoded(cursor)
    _checked(since, until, kind)
    async with db.read() as connection:
        fund = await fund_row(connection, key)
        rows = await book_queries.newest_lines(
            connection,
            accounts=await queries.accounts(connection, fund["id"]),
            before=before,
            since=_midnight(since, fund) if since else FIRST,
            until=_midnight(until + timedelta(days=1), fund) if until else LAST,
            kind=kind,
            rule_ids=await book_queries.rules_of_kind(connection, fund_id=fund["id"], kind=kind) if kind else [],
            limit=PAGE + 1,
        )
    return rows[:PAGE], _encoded(rows[PAGE - 1]) if len(rows) > PAGE else None


async def totals(db: Database, *, key: str, since: date | None, until: date | None) -> tuple[Row, list[Row]]:
    """A fund, and what came in and went out by kind from day `since` to day `until`. Raises NotFound, InvalidInput."""
    _checked(since, until, None)
    async with db.read() as connection:
        fund = await fund_row(connection, key)
        rows = await book_queries.totals(
            connection,
            accounts=await queries.accounts(connection, fund["id"]),
            since=_midnight(since, fund) if since else FIRST,
            until=_midnight(until + timedelta(days=1), fund) if until else LAST,
        )
    return fund, sorted(rows, key=lambda row: list(KINDS).index(row["kind"]))


Wanted = Callable[[BookLine], bool]


def wanted_lines(*, time_zone: str, since: date | None, until: date | None, kind: str | None) -> Wanted | None:
    """Which lines of a book somebody asked for; None for all. Raises InvalidInput."""
    _checked(since, until, kind)
    if since is None and until is None and kind is None:
        return None
    zone = ZoneInfo(time_zone)

    def is_wanted(line: BookLine) -> bool:
        day = line.at.astimezone(zone).date()
        return (since or day) <= day <= (until or day) and kind in {None, line.kind}

    return is_wanted


async def seals_page(db: Database, *, cursor: str | None) -> tuple[list[Row], str | None]:
    """Seals, newest first."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 18):
        raise InvalidInput([("cursor", "is not one that we gave out")])
    async with db.read() as connection:
        rows = await ledger.seals(connection, before_id=int(cursor) if cursor else None, limit=PAGE + 1)
    return rows[:PAGE], str(rows[PAGE - 1]["id"]) if len(rows) > PAGE else None


def _line(row: Row) -> BookLine:
    return BookLine(
        id=row["id"], at=row["occurred_at"], kind=row["kind"], label=row["label"], amount=row["signed"], part=row["part"],
        other=row["other"], is_internal=row["is_internal"], rule_id=row["rule_id"], rule_version=row["rule_version"],
        rate_bp=row["rate_bp"], seal=row["seal"], n=row["n"], link=row["link"].hex() if row["link"] else "",
    )  # fmt: skip


async def _lines(db: Database, fund: Row) -> AsyncIterator[list[BookLine]]:
    """All lines of a fund in the order of their time, as they stood at one moment, in pieces.

    No connection is held between the pieces, so a slow reader costs nothing: lines up to the rollup's mark can never change or get
    company, and what came after the mark is read whole at the start."""
    async with db.read() as connection:
        own = await queries.accounts(connection, fund["id"])
        settled = await queries.mark(connection)
        tail = [_line(row) for row in await book_queries.tail_lines(connection, accounts=own, after_id=settled)]
    after = (FIRST, 0)
    while True:
        async with db.read() as connection:
            rows = await book_queries.oldest_lines(
                connection, accounts=own, after=after, upto_id=settled, limit=BOOK_STEP
            )
        step = [_line(row) for row in rows]
        is_last = len(step) < BOOK_STEP
        if not is_last:
            after = (step[-1].at, step[-1].id)
        due = len(tail) if is_last else sum((line.at, line.id) <= after for line in tail)
        yield sorted(step + tail[:due], key=lambda line: (line.at, line.id))
        tail = tail[due:]
        if is_last:
            return


async def open_book(db: Database, *, key: str) -> tuple[Book, Row]:
    """A fund's book to stream, and the fund's row; raises NotFound."""
    async with db.read() as connection:
        fund = await fund_row(connection, key)
    return Book(slug=fund["slug"], name=fund["name"], currency=fund["currency"], time_zone=fund["time_zone"]), fund


async def stream_book(
    db: Database, *, form: Format, book: Book, fund: Row, wanted: Wanted | None = None
) -> AsyncIterator[str]:
    """The text of a book, piece by piece; it ends with the balance that the page showed at the moment the stream began. With `wanted`
    only those lines, each with the true balance after it."""
    yield form.head(book)
    async for lines in _lines(db, fund):
        yield "".join(_text(form, book, line, wanted) for line in lines)
    yield form.end(book)


def _text(form: Format, book: Book, line: BookLine, wanted: Wanted | None) -> str:
    if wanted is None or wanted(line):
        return form.line(book, line)
    book.add(line)
    return ""
