"""The chained books and their published heads, from the database to the file that somebody checks at home (O04)."""

import subprocess
import sys
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.db import Database
from market.funds import sealing
from market.funds.seal_rules import check_book, read_book, read_heads
from market.ledger import service as ledger
from tests.funds.test_public_books import donate
from tests.funds.town import make_town, sell, sold_line
from tests.ledger.test_books_hold import tampering

Client = AsyncTestClient[Litestar]
FUND = "liuyuan-development"


async def publish(db: Database) -> None:
    await ledger.seal(db)
    await sealing.publish(db)


async def town_with_a_head(db: Database) -> None:
    await make_town(db)
    line = await sold_line(db, "liuyuan", 8000)
    for number in range(6):
        await sell(db, f"o{number}", line)
    await donate(db, FUND, 700, "d1")
    await publish(db)


async def findings(db: Database) -> list[str]:
    return [
        each.message for each in await ledger.verify(db, also=[sealing.check_books]) if each.check.startswith("book")
    ]


async def downloaded(client: Client, suffix: str = "csv") -> tuple[str, str]:
    book = await client.get(f"/api/funds/{FUND}/books.{suffix}")
    heads = await client.get(f"/api/funds/{FUND}/heads.txt")
    assert book.status_code == heads.status_code == 200
    return book.text, heads.text


@pytest.mark.parametrize("suffix", ["csv", "json"])
async def test_a_downloaded_book_meets_the_published_head_and_later_sales_do_not_disturb_it(
    db: Database, client: Client, suffix: str
) -> None:
    await town_with_a_head(db)
    await sell(db, "later", await sold_line(db, "liuyuan", 500))
    book, heads = await downloaded(client, suffix)
    result = check_book(read_book(book), read_heads(heads))
    assert (result.findings, result.proven, result.unsealed) == ([], 7, 1)
    (head,) = (await client.get(f"/api/funds/{FUND}/heads")).json()["items"]
    assert (head["n"], head["head"]) == (7, result.last)
    assert (await client.get("/api/ledger/heads.txt")).text.count("\n") == 2
    assert await findings(db) == []
    assert await sealing.publish(db) == 0, "once a day"


CHANGED = "is not what was sealed"


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE ledger_transfers SET amount_minor = amount_minor + 1 WHERE id = 4", f"line 2 (entry 4) {CHANGED}"),
        ("UPDATE ledger_transfers SET label = 'x' WHERE id = 6", f"line 3 (entry 6) {CHANGED}"),
        ("UPDATE ledger_transfers SET occurred_at = occurred_at - interval '3 d' WHERE id = 8", f"line 4 (entry 8) {CHANGED}"),
        ("UPDATE ledger_transfers SET rule_id = NULL WHERE id = 10", f"line 5 (entry 10) {CHANGED}"),
        ("DELETE FROM ledger_transfers WHERE id = 6", "line 3 was removed"),
        ("UPDATE ledger_transfers SET id = CASE id WHEN 4 THEN 1004 ELSE 4 END WHERE id IN (4, 13)", f"line 2 (entry 4) {CHANGED}"),
        ("UPDATE fund_links SET hash = sha256('x') WHERE n = 2", f"line 2 (entry 4) {CHANGED}"),
    ],
)  # fmt: skip
async def test_O04_what_a_superuser_does_to_a_row_is_named_by_the_audit_and_in_the_downloaded_book(
    db: Database, client: Client, statement: str, named: str
) -> None:
    await town_with_a_head(db)
    async with tampering(db) as tx:
        await tx.execute(statement)
    book, heads = await downloaded(client)
    said = check_book(read_book(book), read_heads(heads)).findings
    assert any(named in each for each in said), said
    in_database = await findings(db)
    assert any(
        named.replace("line 3 was removed", "line 3 (entry 6) was sealed and is gone") in each for each in in_database
    )


async def test_O04_a_book_that_was_chained_anew_in_the_database_does_not_meet_its_published_head(
    db: Database, client: Client
) -> None:
    await town_with_a_head(db)
    _, heads = await downloaded(client)
    async with tampering(db) as tx:
        await tx.execute("UPDATE ledger_transfers SET amount_minor = 1 WHERE id = 4")
        await tx.execute("DELETE FROM fund_links")
        await tx.execute("UPDATE fund_link_mark SET upto_id = 0")
    await sealing.seal_books(db)
    book, _ = await downloaded(client)
    said = check_book(read_book(book), read_heads(heads)).findings
    assert said and "was rewritten" in said[0]
    assert any("is not the link of line 7" in each for each in await findings(db))


async def test_chains_go_on_where_they_ended_in_steps_of_any_size(db: Database) -> None:
    await make_town(db)
    line = await sold_line(db, "liuyuan", 8000)
    for number in range(5):
        await sell(db, f"o{number}", line)
    await ledger.seal(db)
    assert await sealing.seal_books(db, step=3) == 5
    await sell(db, "o9", line)
    assert await sealing.seal_books(db) == 0, "not sealed yet"
    await ledger.seal(db)
    assert await sealing.seal_books(db) == 1
    assert await findings(db) == []


async def test_the_command_checks_a_file_without_any_database(db: Database, client: Client, tmp_path: Path) -> None:
    await town_with_a_head(db)
    text, heads = await downloaded(client)
    book, head = tmp_path / "book.csv", tmp_path / "heads.txt"
    head.write_text(heads, encoding="utf-8")

    def audit(changed: str, *more: str) -> tuple[int, str]:
        book.write_text(changed, encoding="utf-8")
        done = subprocess.run([sys.executable, "-m", "market", "audit", "--books", str(book), *more],
                              capture_output=True, text=True, check=False, timeout=60)  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    for given in (str(head), heads.split()[-1]):
        code, said = audit(text, "--head", given)
        assert code == 0 and "7 lines are as they were published" in said
    code, said = audit(text)
    assert code == 0 and heads.split()[-1] in said
    code, said = audit(text.replace(",7.00,", ",8.00,"), "--head", str(head))
    assert code == 1 and "line 7" in said
    code, said = audit("nothing")
    assert code == 2 and "cannot be checked" in said
