"""Rollups, seals and the audit: a balance is exact at every moment, and nobody can change the past unseen (O04)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from market.db import Connection, Database
from market.ledger import chart, queries, service
from market.ledger.rules import FIRST_LINK, Finding, Transfer
from market.money import Money

FUND = chart.fund_income("liuyuan-charity")


async def post(db: Database, number: int, amount: int = 100, currency: str = "CNY") -> None:
    transfers = [
        Transfer("provider:stripe", "partner:p:pending", Money(amount * 9, currency), label=f"第{number}笔"),
        Transfer("provider:stripe", FUND, Money(amount, currency), label=f"第{number}笔"),
    ]
    async with db.transaction() as tx:
        await service.post(
            tx, event_key=f"sale:{number}", kind="sale_paid", transfers=transfers, reference={"order_id": str(number)}
        )


async def fund_balance(db: Database) -> int:
    async with db.read() as connection:
        return await service.balance(connection, FUND, "CNY")


@asynccontextmanager
async def tampering(db: Database) -> AsyncIterator[Connection]:
    """A superuser who switches the triggers off."""
    async with db.transaction() as tx:
        await tx.execute("SET LOCAL session_replication_role = replica")
        await tx.execute("ALTER TABLE ledger_transfers ALTER COLUMN id DROP IDENTITY")
        yield tx


async def checks(db: Database) -> list[str]:
    return sorted({finding.check for finding in await service.verify(db)})


async def test_a_balance_is_the_same_before_and_after_the_roll_up(db: Database) -> None:
    for number in range(5):
        await post(db, number)
    assert await fund_balance(db) == 500
    upto = await service.roll_up(db)
    assert await fund_balance(db) == 500
    await post(db, 6)
    assert await fund_balance(db) == 600
    assert await service.roll_up(db) == upto + 2
    assert await service.roll_up(db) == upto + 2
    assert await fund_balance(db) == 600
    assert await service.verify(db) == []


async def test_a_late_commit_with_a_lower_id_is_neither_lost_nor_counted_twice(db: Database) -> None:
    await post(db, 0)
    async with db.transaction() as slow:
        await service.post(
            slow, event_key="slow", kind="sale_paid", transfers=[Transfer("provider:stripe", FUND, Money(7, "CNY"))]
        )
        await post(db, 1)  # has a higher id and commits first
        before = await service.roll_up(db, wait_s=0.1)
        assert await service.seal(db, wait_s=0.1) == 0
        assert await fund_balance(db) == 200
    assert before == 0, "while a lower id may still appear, the mark stays"
    assert await fund_balance(db) == 207
    await service.roll_up(db)
    assert await service.seal(db) == 5
    assert await fund_balance(db) == 207
    assert await service.verify(db) == []


async def test_without_waiting_for_running_transactions_a_late_commit_is_lost(db: Database) -> None:
    """Negative control: the same race with the look at pg_snapshot_xmin taken away."""
    await post(db, 0)
    async with db.transaction() as slow:
        await service.post(
            slow, event_key="slow", kind="sale_paid", transfers=[Transfer("provider:stripe", FUND, Money(7, "CNY"))]
        )
        await post(db, 1)
        async with db.transaction() as tx:
            newest, _ = await queries.newest_transfer(tx)
            await queries.update_rollups(tx, after_id=0, upto_id=newest)
    assert await fund_balance(db) == 200, "seven fen are gone from the balance"
    assert await checks(db) == ["rollup-wrong"]


async def test_posting_rolling_up_and_sealing_at_once(db: Database) -> None:
    async def sell(worker: int) -> None:
        for number in range(15):
            await post(db, worker * 100 + number, amount=1 + number)

    async def keep_books(stop: asyncio.Event) -> None:
        while not stop.is_set():
            await service.roll_up(db)
            await service.seal(db)

    stop = asyncio.Event()
    keepers = [asyncio.create_task(keep_books(stop)) for _ in range(2)]
    await asyncio.gather(*(sell(worker) for worker in range(4)))
    stop.set()
    await asyncio.gather(*keepers)
    await service.roll_up(db)
    await service.seal(db)
    assert await fund_balance(db) == 4 * sum(range(1, 16))
    async with db.read() as connection:
        assert await connection.fetchval("SELECT sum(count) FROM ledger_seals") == 120
    assert await service.verify(db) == []


async def test_seals_continue_each_other(db: Database) -> None:
    for number in range(5):
        await post(db, number)
    assert await service.seal(db, step=3) == 10
    assert await service.seal(db) == 0
    await post(db, 5)
    assert await service.seal(db) == 2
    async with db.read() as connection:
        seals = await queries.all_seals(connection)
    assert [(row["from_id"], row["upto_id"], row["count"]) for row in seals] == [
        (1, 3, 3),
        (4, 6, 3),
        (7, 9, 3),
        (10, 10, 1),
        (11, 12, 2),
    ]
    assert len({row["head"] for row in seals}) == 5
    assert await service.verify(db) == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE ledger_transfers SET amount_minor = amount_minor + 1 WHERE id = 4", ["transfer 4 is not what was sealed"]),
        ("UPDATE ledger_transfers SET label = 'x' WHERE id = 1", ["transfer 1 is not what was sealed"]),
        ("UPDATE ledger_transfers SET occurred_at = occurred_at - interval '1 day' WHERE id = 10", ["transfer 10 is not what was sealed"]),
        ("UPDATE ledger_events SET reference = '{}' WHERE event_key = 'sale:2'",
         ["transfer 5 is not what was sealed", "transfer 6 is not what was sealed"]),
        ("UPDATE ledger_accounts SET code = 'fund:baihe:charity:income' WHERE code LIKE 'fund:%'",
         [f"transfer {number} is not what was sealed" for number in (2, 4, 6, 8, 10)]),
        ("DELETE FROM ledger_transfers WHERE id = 3", ["transfer 3 was sealed and is gone"]),
        ("DELETE FROM ledger_transfers WHERE id = 10", ["transfer 10 was sealed and is gone"]),
        ("UPDATE ledger_transfers SET id = CASE id WHEN 5 THEN 1005 ELSE 5 END WHERE id IN (5, 7)",
         ["transfer 5 is not what was sealed", "transfer 7 was sealed and is gone"]),
        ("DELETE FROM ledger_links WHERE transfer_id = 6", ["transfer 6 was slipped in between sealed ones"]),
        ("UPDATE ledger_links SET hash = sha256('x') WHERE transfer_id = 6", ["transfer 6 is not what was sealed",
                                                                             "transfer 7 is not what was sealed"]),
        ("UPDATE ledger_seals SET head = sha256('x')", ["seal 1 (transfers 1 to 10) does not fit its chain"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("step", [5_000, 2])
async def test_O04_whoever_changes_removes_or_reorders_a_row_is_found_and_the_row_named(
    db: Database, statement: str, named: list[str], step: int
) -> None:
    for number in range(5):
        await post(db, number)
    await service.seal(db)
    await post(db, 5)
    async with tampering(db) as tx:
        await tx.execute(statement)
    messages = [finding.message for finding in await service.verify(db, step=step)]
    about_rows = [each for each in messages if "sealed" in each or each.startswith("seal")]
    assert about_rows == named or (about_rows[: len(named)] == named and "does not fit" in about_rows[-1])


async def test_O04_two_swapped_rows_are_both_named(db: Database) -> None:
    for number in range(3):
        await post(db, number)
    await service.seal(db)
    async with tampering(db) as tx:
        for before, after in ((2, 99), (4, 2), (99, 4)):
            await tx.execute("UPDATE ledger_transfers SET id = $2 WHERE id = $1", before, after)
    messages = {finding.message for finding in await service.verify(db)}
    assert {"transfer 2 is not what was sealed", "transfer 4 is not what was sealed"} <= messages


async def test_O04_a_forged_chain_does_not_meet_the_published_head(db: Database) -> None:
    """Who rewrites a row and every link after it still has to rewrite the seal, and that head is published."""
    for number in range(3):
        await post(db, number)
    await service.seal(db)
    async with tampering(db) as tx:
        await tx.execute("UPDATE ledger_transfers SET amount_minor = 1 WHERE id = 4")
        rows = await queries.sealed_rows(tx, after_id=0, upto_id=6, limit=10)
        forged = service.chained(FIRST_LINK, rows)
        for row, link in zip(rows, forged, strict=True):
            await tx.execute("UPDATE ledger_links SET hash = $2 WHERE transfer_id = $1", row.id, link)
    assert [finding.message for finding in await service.verify(db)] == [
        "seal 1 (transfers 1 to 6) does not fit its chain"
    ]


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("DELETE FROM ledger_transfers WHERE id = 3", "event-incomplete"),
        ("DELETE FROM ledger_events WHERE event_key = 'sale:1'", "transfer-without-event"),
        ("UPDATE ledger_transfers SET currency = 'EUR' WHERE id = 3", "transfer-malformed"),
        ("UPDATE ledger_transfers SET credit_id = 999 WHERE id = 3", "transfer-malformed"),
        ("UPDATE ledger_rollups SET credit_minor = credit_minor + 1 WHERE credit_minor > 0", "rollup-wrong"),
        ("UPDATE ledger_rollups SET credit_minor = credit_minor + 1 WHERE credit_minor > 0", "currency-unbalanced"),
        ("DELETE FROM ledger_rollups", "rollup-wrong"),
        ("UPDATE ledger_events SET reverses = (SELECT id FROM ledger_events WHERE event_key = 'sale:0') WHERE event_key = 'sale:2'",
         "reversed-too-much"),
        ("UPDATE ledger_accounts SET code = 'fund:liuyuan:charity:spendable' WHERE code = 'provider:stripe'", "fund-overspent"),
    ],
)  # fmt: skip
async def test_the_audit_names_what_is_wrong(db: Database, statement: str, check: str) -> None:
    for number in range(3):
        await post(db, number, amount=100 + number)
    await service.roll_up(db)
    assert await checks(db) == []
    async with tampering(db) as tx:
        await tx.execute(statement)
    assert check in await checks(db)


async def test_checks_of_other_slices_run_in_the_same_snapshot(db: Database) -> None:
    await post(db, 1)

    async def clearing(tx: Connection) -> list[Finding]:
        held = -await service.balance(tx, chart.provider_stripe(), "CNY")
        return [] if held == 999 else [Finding("provider-differs", f"the provider holds 999, the books say {held}")]

    assert await service.verify(db, also=[clearing]) == [
        Finding("provider-differs", "the provider holds 999, the books say 1000")
    ]


async def test_the_audit_changes_nothing(db: Database) -> None:
    async def write(tx: Connection) -> list[Finding]:
        await tx.execute("INSERT INTO ledger_accounts (code, currency) VALUES ('x', 'CNY')")
        return []

    with pytest.raises(asyncpg.exceptions.ReadOnlySQLTransactionError):
        await service.verify(db, also=[write])
