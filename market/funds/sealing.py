"""The public books are chained line by line, and their heads published every day (O04).

Service code of the funds slice, split off by noun."""

from uuid import UUID

from market.db import Connection, Database, Row
from market.funds import seal_queries as queries
from market.funds.books import plain_cell
from market.funds.seal_rules import FIRST, book_link, utc_text
from market.funds.service import fund_row
from market.ledger import publishing
from market.ledger.rules import Finding
from market.money import decimal_text

STEP = 5_000


def cells_of(row: Row, number: int) -> dict[str, str]:
    """A line as it stands in the CSV, `time` in UTC."""
    return {
        "n": str(number), "id": str(row["id"]), "time": utc_text(row["occurred_at"]), "kind": row["kind"],
        "label": plain_cell(row["label"]), "amount": decimal_text(row["signed"], row["currency"]), "currency": row["currency"],
        "rule_id": str(row["rule_id"] or ""), "rule_version": str(row["rule_version"] or ""),
        "rule_rate_bp": "" if row["rate_bp"] is None else str(row["rate_bp"]), "seal": str(row["seal"] or ""),
    }  # fmt: skip


async def seal_books(db: Database, *, step: int = STEP) -> int:
    """Chain the lines of everything that the ledger has sealed since; how many lines."""
    chained = 0
    while True:
        async with db.transaction() as tx:
            after = await queries.lock_mark(tx)
            upto = await queries.step_end(tx, after_id=after, limit=step)
            if upto == after:
                return chained
            ends = {row["id"]: (row["n"] or 0, row["hash"]) for row in await queries.ends(tx)}
            made: list[tuple[UUID, int, int, bytes]] = []
            for row in await queries.lines(tx, after_id=after, upto_id=upto):
                number, before = ends[row["fund_id"]]
                link = book_link(before.hex() if before else FIRST, cells_of(row, number + 1))
                ends[row["fund_id"]] = number + 1, bytes.fromhex(link)
                made.append((row["fund_id"], number + 1, row["id"], bytes.fromhex(link)))
            if made:
                await queries.insert_links(tx, made)
            await queries.update_mark(tx, upto)
            chained += len(made)


async def publish(db: Database) -> int:
    """Today's heads: of the whole ledger, and of every book that has grown; once a day each. How many books."""
    await seal_books(db)
    await publishing.publish_day(db)
    async with db.transaction() as tx:
        await queries.lock_mark(tx)
        return await queries.insert_heads(tx)


async def heads_of(db: Database, *, key: str, limit: int | None = None) -> tuple[Row, list[Row]]:
    """A fund and its published heads, newest first; raises NotFound."""
    async with db.read() as connection:
        fund = await fund_row(connection, key)
        return fund, await queries.heads(connection, fund["id"], limit=limit)


async def ledger_days(db: Database) -> list[Row]:
    """Every published day of the whole ledger, oldest first."""
    async with db.read() as connection:
        return await publishing.days(connection)


def heads_file(fund: Row, heads: list[Row]) -> str:
    """What a book is checked with: day, number of the last line and its link, oldest first."""
    lines = [f"{row['day']} {row['n']} {row['head'].hex()}" for row in reversed(heads)]
    return "\n".join([f"# {fund['slug']}: day, number of the last line, its link (SHA-256)", *lines, ""])


def days_file(days: list[Row]) -> str:
    """What a buyer's proof is checked with: day, number of the last transfer and the head of that day, oldest first."""
    lines = [f"{row['day']} {row['upto_id']} {row['head'].hex()}" for row in days]
    return "\n".join(["# ledger: day (UTC), number of the last transfer, head (SHA-256)", *lines, ""])


async def check_books(tx: Connection) -> list[Finding]:
    """Part of the audit: every chained line and every published head anew."""
    found: list[Finding] = []
    rows = await queries.ends(tx)
    slugs = {row["id"]: row["slug"] for row in rows}
    ends: dict[UUID, tuple[int, str]] = {row["id"]: (0, FIRST) for row in rows}
    after, mark = 0, await queries.mark(tx)
    while after < mark:
        upto = min(mark, max(await queries.step_end(tx, after_id=after, limit=STEP), after + 1))
        lines = {(row["fund_id"], row["id"]): row for row in await queries.lines(tx, after_id=after, upto_id=upto)}
        for link in await queries.stored(tx, after_id=after, upto_id=upto):
            number, before = ends[link["fund_id"]]
            line = lines.pop((link["fund_id"], link["transfer_id"]), None)
            name = f"{slugs[link['fund_id']]} line {link['n']} (entry {link['transfer_id']})"
            if line is None:
                found.append(Finding("book-line-removed", f"{name} was sealed and is gone"))
            elif link["n"] != number + 1 or book_link(before, cells_of(line, link["n"])) != link["hash"].hex():
                found.append(Finding("book-line-changed", f"{name} is not what was sealed"))
            ends[link["fund_id"]] = link["n"], link["hash"].hex()
        found += [
            Finding("book-line-added", f"{slugs[fund_id]} entry {line_id} was slipped in between sealed ones")
            for fund_id, line_id in lines
        ]
        after = upto
    found += [
        Finding("book-head-wrong", f"the head of {slug} published on {day} is not the link of line {number}")
        for slug, day, number in await queries.wrong_heads(tx)
    ]
    return found + await publishing.check_days(tx)
