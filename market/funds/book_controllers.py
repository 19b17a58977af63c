"""HTTP of the public books: whole books under stable addresses, seals and published heads."""

from datetime import date
from typing import Annotated, Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from market.db import Database
from market.funds import books, reading, rules, sealing
from market.funds.schemas import BookHead, KindTotal, Seal
from market.schemas import Amount, Page

PLAIN = "text/plain"
# Open data: any page of any site may read these files.
OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
SHOWN_HEADS = 30


From = Annotated[date | None, QueryParameter(name="from")]
To = Annotated[date | None, QueryParameter(name="to")]


async def _book(
    db: Database, fund: str, form: books.Format, *, since: date | None = None, until: date | None = None, kind: str | None = None
) -> Stream:  # fmt: skip
    book, row = await reading.open_book(db, key=fund)
    wanted = reading.wanted_lines(time_zone=book.time_zone, since=since, until=until, kind=kind)
    name = f'attachment; filename="{book.slug}.{form.suffix}"'
    text = reading.stream_book(db, form=form, book=book, fund=row, wanted=wanted)
    return Stream(
        text, media_type=form.media_type, headers={"Content-Disposition": name, "Cache-Control": "no-store", **OPEN}
    )


@get(
    "/api/funds/{fund:str}/books.csv",
    operation_id="get_books_csv",
    summary="A fund's whole book as CSV",
    media_type="text/csv",
)
async def get_books_csv(
    db: NamedDependency[Database],
    fund: FromPath[str],
    since: From = None,
    until: To = None,
    kind: FromQuery[str | None] = None,
) -> Stream:
    """Oldest first, with the running balance; `market audit --books` checks a whole one. `from` and `to` are days, both included."""
    return await _book(db, fund, books.CSV, since=since, until=until, kind=kind)


@get("/api/funds/{fund:str}/books.json", operation_id="get_books_json", summary="A fund's whole book as JSON",
     media_type="application/json")  # fmt: skip
async def get_books_json(
    db: NamedDependency[Database],
    fund: FromPath[str],
    since: From = None,
    until: To = None,
    kind: FromQuery[str | None] = None,
) -> Stream:
    """The lines of the CSV by name; `market audit --books` checks it."""
    return await _book(db, fund, books.JSON, since=since, until=until, kind=kind)


@get("/api/funds/{fund:str}/books.journal", operation_id="get_books_journal", summary="A fund's whole book for hledger",
     media_type="text/plain")  # fmt: skip
async def get_books_journal(db: NamedDependency[Database], fund: FromPath[str]) -> Stream:
    """`hledger check` verifies its balance."""
    return await _book(db, fund, books.JOURNAL)


@get("/api/funds/{fund:str}/books.beancount", operation_id="get_books_beancount", summary="A fund's whole book for beancount",
     media_type="text/plain")  # fmt: skip
async def get_books_beancount(db: NamedDependency[Database], fund: FromPath[str]) -> Stream:
    """`bean-check` verifies its balance."""
    return await _book(db, fund, books.BEANCOUNT)


@get("/api/funds/{fund:str}/totals", operation_id="get_fund_totals", summary="What came in and went out, by kind")
async def get_fund_totals(
    db: NamedDependency[Database], fund: FromPath[str], since: From = None, until: To = None
) -> Page[KindTotal]:
    """`from` and `to` are days in the community's zone, both included; the entries under the same filters sum up to it."""
    row, found = await reading.totals(db, key=fund, since=since, until=until)
    return Page([
        KindTotal(each["kind"], *rules.KINDS[each["kind"]], Amount(each["came_in"], row["currency"]),
                  Amount(each["went_out"], row["currency"]), each["lines"])
        for each in found
    ])  # fmt: skip


@get(
    "/api/funds/{fund:str}/heads",
    operation_id="list_heads",
    summary="The published heads of a fund's book, newest first",
)
async def list_heads(db: NamedDependency[Database], fund: FromPath[str]) -> Page[BookHead]:
    """Keep one, and no line before it can be changed unseen; the last thirty days, all of them in the file."""
    _, rows = await sealing.heads_of(db, key=fund, limit=SHOWN_HEADS)
    return Page([BookHead(row["day"], row["n"], row["head"].hex(), row["published_at"]) for row in rows])


@get("/api/funds/{fund:str}/heads.txt", operation_id="get_heads_file", summary="Every published head of a fund's book",
     media_type="text/plain")  # fmt: skip
async def get_heads_file(db: NamedDependency[Database], fund: FromPath[str]) -> Response[str]:
    """For `market audit --books FILE --head FILE`: one line a day."""
    return Response(sealing.heads_file(*await sealing.heads_of(db, key=fund)), media_type=PLAIN, headers=OPEN)


@get("/api/ledger/heads.txt", operation_id="get_ledger_heads_file", summary="Every published head of the whole ledger",
     media_type="text/plain")  # fmt: skip
async def get_ledger_heads_file(db: NamedDependency[Database]) -> Response[str]:
    """What the proof of a purchase is checked with: one line a day."""
    return Response(sealing.days_file(await sealing.ledger_days(db)), media_type=PLAIN, headers=OPEN)


@get("/api/ledger/seals", operation_id="list_seals", summary="Heads of the hash chain over all transfers, newest first")
async def list_seals(db: NamedDependency[Database], cursor: FromQuery[str | None] = None) -> Page[Seal]:
    """Keep a head, and no entry before it can be changed unseen."""
    rows, following = await reading.seals_page(db, cursor=cursor)
    return Page([Seal(**{**dict(row), "head": row["head"].hex()}) for row in rows], following)


handlers: list[Any] = [
    get_books_csv,
    get_books_json,
    get_books_journal,
    get_books_beancount,
    get_fund_totals,
    list_heads,
    get_heads_file,
    get_ledger_heads_file,
    list_seals,
]
