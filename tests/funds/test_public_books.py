"""What anybody can read about a fund, without signing in, and that it is the ledger to the unit (M41, M43, O08)."""

import csv
import io
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.db import Database
from market.funds import donations, service
from market.ledger import service as ledger
from market.money import Money
from tests.funds.town import make_town, refund, sell, sold_line
from tests.invariants import check_invariants, fund_balances

Client = AsyncTestClient[Litestar]


async def read(client: Client, path: str, **params: Any) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def all_entries(client: Client, fund: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = await read(client, f"/api/funds/{fund}/entries", **params, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


async def donate(
    db: Database, fund: str, amount: int, key: str, *, at: datetime | None = None, label: str = "义卖"
) -> None:
    async with db.transaction() as tx:
        await donations.give(
            tx, fund_slug=fund, amount=Money(amount, "CNY"), label=label, event_key=key, occurred_at=at
        )


async def settle(db: Database) -> None:
    await service.roll_up(db)
    await ledger.seal(db)


@pytest.mark.parametrize("rolled_up", [False, True])
async def test_the_sales_of_the_mission_reach_the_public_page(db: Database, client: Client, rolled_up: bool) -> None:
    await make_town(db)
    await sell(db, "o1", await sold_line(db, "liuyuan", 8000))
    await sell(db, "o2", await sold_line(db, "liuyuan", 10_000))
    await sell(
        db,
        "o3",
        await sold_line(db, "xiqiao", 8000, what="room_rent", seller="enterprise:xiqiao-company", title="舞蹈室"),
    )
    if rolled_up:
        await settle(db)
    async with db.read() as connection:
        codes = ["partner:qinghe:pending", "enterprise:xiqiao-company:income", "provider:stripe"]
        assert list((await ledger.balances(connection, codes, "CNY")).values()) == [7760 + 9700, 7200, -26_000]
    funds = {each["slug"]: each["balance"]["amount"] for each in (await read(client, "/api/funds"))["items"]}
    assert funds == {
        "liuyuan-charity": 0,
        "liuyuan-development": 240 + 300,
        "xiqiao-charity": 800,
        "xiqiao-development": 0,
    }
    detail = await read(client, "/api/funds/xiqiao-charity")
    assert detail["sources"] == [
        {"kind": "room_rent", "label": "场地租金提成", "label_en": "Share of room rent", "amount": {"amount": 800, "currency": "CNY"},
         "entries": 1}
    ]  # fmt: skip
    (entry,) = (await read(client, "/api/funds/xiqiao-charity/entries"))["items"]
    assert (entry["label"], entry["kind"], entry["amount"]["amount"]) == ("舞蹈室", "room_rent", 800)
    assert (entry["rule"]["version"], entry["rule"]["rate_bp"]) == (1, 1000)
    assert entry["seal"] == (1 if rolled_up else None)
    await check_invariants(db)
    assert await ledger.verify(db, also=[service.check_funds]) == []


async def test_M43_page_entries_books_and_plain_sql_agree_to_the_fen(db: Database, client: Client) -> None:
    await make_town(db)
    lines = [await sold_line(db, "liuyuan", 1001 + 337 * number) for number in range(6)]
    for number, line in enumerate(lines):
        await sell(db, f"o{number}", line)
    await donate(db, "liuyuan-development", 12_345, "d1")
    await service.roll_up(db)
    await refund(db, "o1", lines[1], 400)
    await donate(db, "liuyuan-development", 55, "d2")
    plain = (await fund_balances(db))["liuyuan-development"]
    detail = await read(client, "/api/funds/liuyuan-development")
    assert detail["balance"]["amount"] == plain == detail["income"]["amount"]
    assert sum(source["amount"]["amount"] for source in detail["sources"]) == plain
    assert sum(source["entries"] for source in detail["sources"]) == detail["entries"] == 9
    assert detail["months"][-1]["balance"]["amount"] == plain
    entries = await all_entries(client, "liuyuan-development")
    assert sum(entry["amount"]["amount"] for entry in entries) == plain
    assert [entry["kind"] for entry in entries if entry["amount"]["amount"] in (-11, -12)] == ["service_turnover"]
    for kind in ("service_turnover", "donation"):
        of_kind = await all_entries(client, "liuyuan-development", kind=kind)
        (source,) = [each for each in detail["sources"] if each["kind"] == kind]
        assert (sum(each["amount"]["amount"] for each in of_kind), len(of_kind)) == (
            source["amount"]["amount"],
            source["entries"],
        )
    book = await client.get("/api/funds/liuyuan-development/books.csv")
    rows = list(csv.DictReader(io.StringIO(book.text.removeprefix("\ufeff"))))
    assert round(float(rows[-1]["balance"]) * 100) == plain
    assert [int(row["id"]) for row in rows] == [entry["id"] for entry in reversed(entries)]
    await check_invariants(db)


async def test_the_downloads_are_accepted_and_end_with_the_balance_of_the_page(
    db: Database, client: Client, tmp_path: Path
) -> None:
    await make_town(db)
    for number in range(5):
        await sell(db, f"o{number}", await sold_line(db, "liuyuan", 4321 + number, title=f'=1+1; "{number}" | 课'))
    await service.roll_up(db)
    await donate(db, "liuyuan-development", 700, "late", at=datetime.now(UTC) - timedelta(days=40))
    balance = (await read(client, "/api/funds/liuyuan-development"))["balance"]["amount"]
    for suffix, command in (("journal", ["hledger", "check", "-f"]), ("beancount", ["bean-check"])):
        answer = await client.get(f"/api/funds/liuyuan-development/books.{suffix}")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == f'attachment; filename="liuyuan-development.{suffix}"'
        assert answer.headers["access-control-allow-origin"] == "*", "open data: any site's page may read it"
        if shutil.which(command[0]) is None:
            pytest.fail(
                f"{command[0]} is not installed: the public books cannot be checked (Debian packages: hledger, beancount)"
            )
        path = tmp_path / f"book.{suffix}"
        path.write_text(answer.text, encoding="utf-8")
        done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False, timeout=60)  # noqa: ASYNC221 - nothing else runs beside the check
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{balance // 100}.{balance % 100:02d} CNY" in answer.text.strip().splitlines()[-1]


async def test_pages_of_entries_never_repeat_or_hide_a_line_while_others_are_added(
    db: Database, client: Client
) -> None:
    await make_town(db)
    line = await sold_line(db, "liuyuan", 5000)
    now = datetime.now(UTC)
    for number in range(120):
        await sell(db, f"o{number}", line, at=now - timedelta(minutes=number // 3))
    first = await read(client, "/api/funds/liuyuan-development/entries")
    await sell(db, "new", line)
    await sell(db, "old", line, at=now - timedelta(days=3))
    rest: list[dict[str, Any]] = []
    cursor = first["next_cursor"]
    while cursor:
        page = await read(client, "/api/funds/liuyuan-development/entries", cursor=cursor)
        rest += page["items"]
        cursor = page["next_cursor"]
    ids = [entry["id"] for entry in [*first["items"], *rest]]
    assert len(ids) == len(set(ids)) == 121
    stamps = [entry["at"] for entry in [*first["items"], *rest]]
    assert stamps == sorted(stamps, reverse=True)


async def test_entries_of_a_period_are_those_of_its_days_in_the_communitys_zone(db: Database, client: Client) -> None:
    await make_town(db)
    line = await sold_line(db, "liuyuan", 5000)
    for number, at in enumerate(
        ("2026-03-01T15:59:59Z", "2026-03-01T16:00:00Z", "2026-03-02T15:59:59Z", "2026-03-02T16:00:00Z")
    ):
        await sell(db, f"o{number}", line, at=datetime.fromisoformat(at))
    path = "/api/funds/liuyuan-development/entries"
    assert len((await read(client, path, **{"from": "2026-03-02", "to": "2026-03-02"}))["items"]) == 2
    assert len((await read(client, path, **{"from": "2026-03-02"}))["items"]) == 3
    assert len((await read(client, path, to="2026-03-01"))["items"]) == 1
    months = (await read(client, "/api/funds/liuyuan-development"))["months"]
    assert [each["income"]["amount"] for each in months if each["month"] == "2026-03"] in ([600], [])


@pytest.mark.parametrize(
    "cursor", ["x", "", "AA", "MS4x", "é", "9" * 200, "' OR 1=1", "LjE", "MS4tMQ", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OS4x"]
)
async def test_I10_a_foreign_cursor_is_refused(db: Database, client: Client, cursor: str) -> None:
    await make_town(db)
    answer = await client.get("/api/funds/liuyuan-development/entries", params={"cursor": cursor})
    assert answer.status_code in (200, 422)
    assert (await client.get("/api/ledger/seals", params={"cursor": cursor})).status_code in (200, 422)


@pytest.mark.parametrize(
    "params",
    [{"kind": "' OR 1=1"}, {"kind": "internal"}, {"from": "soon"}, {"from": "0001-01-01"}, {"to": "9999-12-31"}],
)
async def test_I10_filters_that_cannot_be_used_are_refused(
    db: Database, client: Client, params: dict[str, str]
) -> None:
    await make_town(db)
    assert (await client.get("/api/funds/liuyuan-development/entries", params=params)).status_code in (400, 422)


async def test_a_fund_is_found_by_slug_or_id_and_an_unknown_one_is_not(db: Database, client: Client) -> None:
    await make_town(db)
    fund = await read(client, "/api/funds/xiqiao-development")
    assert (await read(client, f"/api/funds/{fund['id']}"))["slug"] == "xiqiao-development"
    assert (fund["name"], fund["community"], fund["custodian"]) == ("溪桥发展基金", "xiqiao", "社区居民委员会")
    assert fund["purposes"]
    assert fund["name_en"].endswith("development fund")
    for path in ("", "/entries", "/books.csv", "/books.journal", "/books.beancount"):
        assert (await client.get(f"/api/funds/nowhere-charity{path}")).status_code == 404
    assert (await client.get("/api/funds/%00")).status_code in (404, 422)
    assert [each["slug"] for each in (await read(client, "/api/funds", community="liuyuan"))["items"]] == [
        "liuyuan-development", "liuyuan-charity",
    ]  # fmt: skip
    assert (await read(client, "/api/funds", community="nowhere"))["items"] == []


async def test_O08_no_public_answer_names_an_order_or_a_person(db: Database, client: Client) -> None:
    await make_town(db)
    line = await sold_line(db, "liuyuan", 5000)
    async with db.transaction() as tx:
        from market.checkout.entries import sale_paid

        await ledger.post(tx, event_key="order:SECRET-ORDER:paid", kind="sale_paid", transfers=sale_paid([line]),
                          reference={"order_id": "SECRET-ORDER", "line_id": "SECRET-LINE"})  # fmt: skip
    for path in ("", "/entries", "/books.csv", "/books.journal", "/books.beancount"):
        answer = await client.get(f"/api/funds/liuyuan-development{path}")
        assert answer.status_code == 200
        assert "SECRET" not in answer.text


async def test_seals_are_public(db: Database, client: Client) -> None:
    await make_town(db)
    await sell(db, "o1", await sold_line(db, "liuyuan", 8000))
    await settle(db)
    await sell(db, "o2", await sold_line(db, "liuyuan", 8000))
    await settle(db)
    newest, first = (await read(client, "/api/ledger/seals"))["items"]
    assert (first["from_id"], first["upto_id"], first["count"]) == (1, 2, 2)
    assert (newest["from_id"], newest["upto_id"]) == (3, 4)
    assert len(newest["head"]) == 64
    assert newest["head"] != first["head"]


async def test_M41_each_sale_takes_the_rule_in_force_at_its_time(db: Database) -> None:
    ids = await make_town(db)
    async with db.read() as connection:
        now = await connection.fetchval("SELECT now()")
        at = {days: now - timedelta(days=days) for days in (200, 100, 56, 1)}
        found = {
            days: [(r.version, r.rate_bp) for r in (await service.rules_in_force(connection, community_ids=[ids["liuyuan"]], at=when))[
                ids["liuyuan"]]]
            for days, when in at.items()
        }  # fmt: skip
        assert found == {200: [], 100: [(1, 200)], 56: [(2, 300)], 1: [(2, 300)]}
        both = await service.rules_in_force(connection, community_ids=list(ids.values()))
        assert {slug: len(both[each]) for slug, each in ids.items()} == {"liuyuan": 1, "xiqiao": 2}


async def test_a_tampered_sum_of_the_page_is_found_by_the_audit(db: Database) -> None:
    await make_town(db)
    await sell(db, "o1", await sold_line(db, "liuyuan", 8000))
    await settle(db)
    async with db.transaction() as tx:
        await tx.execute("UPDATE fund_rollups SET amount_minor = amount_minor + 1")
        await tx.execute("INSERT INTO ledger_accounts (code, currency) VALUES ('fund:nowhere:charity:income', 'CNY')")
    assert [finding.check for finding in await ledger.verify(db, also=[service.check_funds])] == [
        "fund-rollup-wrong", "fund-without-account",
    ]  # fmt: skip
