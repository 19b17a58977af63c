"""Posting happens once, whole, in one currency, for good (M05, M37, M38, M39)."""

import asyncio
import time
from uuid import UUID

import asyncpg
import pytest

from market.db import Database
from market.errors import MarketError
from market.ledger import chart, service
from market.ledger.rules import KeyTaken, MixedCurrencies, NotReversible, Transfer, reversal, unwind
from market.money import Money
from tests.invariants import check_invariants

FUND = chart.fund_income("liuyuan-development")
PENDING = chart.partner_pending("qinghe")


def sale(partner: int = 7760, fund: int = 240, currency: str = "CNY") -> list[Transfer]:
    source = chart.provider_stripe()
    return [
        Transfer(source, PENDING, Money(partner, currency), label="瑜伽"),
        Transfer(source, FUND, Money(fund, currency), label="瑜伽"),
    ]


async def post(
    db: Database, key: str, transfers: list[Transfer], *, kind: str = "sale_paid", reverses: UUID | None = None
) -> bool:
    async with db.transaction() as tx:
        return await service.post(
            tx, event_key=key, kind=kind, transfers=transfers, reference={"order_id": key}, reverses=reverses
        )


async def balance_of(db: Database, *codes: str, currency: str = "CNY") -> list[int]:
    async with db.read() as connection:
        return list((await service.balances(connection, codes, currency)).values())


async def id_of(db: Database, key: str) -> UUID:
    async with db.read() as connection:
        found = await service.event_id(connection, key)
    assert found is not None
    return found


async def test_a_sale_moves_each_share_once_however_often_it_is_posted(db: Database) -> None:
    assert await post(db, "order:1:paid", sale())
    assert not await post(db, "order:1:paid", sale())
    assert await balance_of(db, chart.provider_stripe(), PENDING, FUND, "suspense") == [-8000, 7760, 240, 0]
    await audit_is_clean(db)


async def audit_is_clean(db: Database) -> None:
    assert await service.verify(db) == []


async def test_the_same_key_with_another_movement_is_refused(db: Database) -> None:
    await post(db, "order:1:paid", sale())
    for other, kind in (
        (sale(7761, 239), "sale_paid"),
        (sale()[:1], "sale_paid"),
        (sale(), "desk_payment"),
        ([], "sale_paid"),
    ):
        with pytest.raises(KeyTaken):
            await post(db, "order:1:paid", other, kind=kind)
    assert await balance_of(db, FUND) == [240]


async def test_M11_twenty_posts_of_one_key_at_once_make_one_event(db: Database) -> None:
    made = await asyncio.gather(*(post(db, "order:1:paid", sale()) for _ in range(20)))
    assert sum(made) == 1
    assert await balance_of(db, FUND) == [240]


async def test_first_use_of_the_same_accounts_by_many_at_once(db: Database) -> None:
    assert all(await asyncio.gather(*(post(db, f"order:{n}", sale()) for n in range(20))))
    assert await balance_of(db, chart.provider_stripe(), PENDING, FUND) == [-160_000, 155_200, 4_800]
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM ledger_accounts") == 3


async def test_an_account_first_used_in_a_rolled_back_transaction_can_be_used_after_it(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as tx:
            await service.post(tx, event_key="order:1", kind="sale_paid", transfers=sale())
            _ = 1 // 0
    assert await post(db, "order:1", sale())
    await audit_is_clean(db)


async def test_M44_an_event_that_moves_nothing_is_recorded_once(db: Database) -> None:
    assert await post(db, "order:free", [], kind="free_order")
    assert not await post(db, "order:free", [Transfer("a", "b", Money(0, "CNY"))], kind="free_order")
    await audit_is_clean(db)


async def test_M05_two_currencies_in_one_event_are_refused_and_two_events_kept_apart(db: Database) -> None:
    with pytest.raises(MixedCurrencies):
        await post(db, "order:1", [*sale(), *sale(currency="EUR")])
    await post(db, "order:1", sale())
    await post(db, "order:2", sale(100, 3, currency="JPY"))
    assert await balance_of(db, FUND) == [240]
    assert await balance_of(db, FUND, currency="JPY") == [3]
    await audit_is_clean(db)


@pytest.mark.parametrize(
    "table", ["ledger_transfers", "ledger_events", "ledger_accounts", "ledger_links", "ledger_seals"]
)
async def test_M37_rows_of_the_books_are_never_changed_or_deleted(db: Database, table: str) -> None:
    await post(db, "order:1", sale())
    await service.seal(db)
    column = {"ledger_links": "hash", "ledger_seals": "head", "ledger_accounts": "code"}.get(table, "occurred_at")
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(asyncpg.exceptions.RestrictViolationError, match="only ever inserted"):
            async with db.transaction() as tx:
                await tx.execute(statement)


async def test_M37_the_owner_of_the_tables_has_no_right_to_change_them(db: Database) -> None:
    async with db.read() as connection:
        rights = await connection.fetch(
            "SELECT relname, privilege_type FROM pg_class, aclexplode(relacl) WHERE relname LIKE 'ledger\\_%' AND relkind = 'r' "
            "AND relname NOT LIKE 'ledger\\_rollup%' AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')"
        )
    # Foreign keys lock the rows of these two, which takes the right to update them; the trigger refuses the update itself.
    assert {(row["relname"], row["privilege_type"]) for row in rights} == {
        ("ledger_accounts", "UPDATE"),
        ("ledger_events", "UPDATE"),
    }


async def test_M37_an_owner_who_is_no_superuser_can_post_and_not_change(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute("CREATE ROLE shop")
        await tx.execute("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO shop")
        await tx.execute("GRANT UPDATE ON ledger_accounts, ledger_events TO shop")
        await tx.execute("SET LOCAL ROLE shop")
        assert await service.post(tx, event_key="order:1", kind="sale_paid", transfers=sale())
        assert await service.balance(tx, FUND, "CNY") == 240
        with pytest.raises(asyncpg.exceptions.InsufficientPrivilegeError):
            await tx.execute("DELETE FROM ledger_transfers")


RAW_EVENT = (
    "INSERT INTO ledger_events (event_key, kind, currency, transfer_count) VALUES ('raw', 'raw', 'CNY', 1) RETURNING id"
)
RAW_TRANSFER = (
    "INSERT INTO ledger_transfers (event_id, debit_id, credit_id, amount_minor, currency) VALUES ($1, $2, $3, $4, $5)"
)


@pytest.mark.parametrize(
    ("debit", "credit", "amount", "currency"),
    [(None, 2, 1, "CNY"), (1, None, 1, "CNY"), (1, 1, 1, "CNY"), (1, 2, 0, "CNY"), (1, 2, -1, "CNY"), (1, 2, 1, "EUR"), (1, 99, 1, "CNY"),
     (1, 2, 1, None)],
)  # fmt: skip
async def test_M38_raw_sql_cannot_write_a_one_sided_or_cross_currency_movement(
    db: Database, debit: int | None, credit: int | None, amount: int, currency: str | None
) -> None:
    await post(db, "order:1", sale())
    async with db.read() as connection:
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM ledger_accounts ORDER BY id")]
    sides = [ids[side - 1] if side is not None and side < 9 else side for side in (debit, credit)]
    with pytest.raises(asyncpg.exceptions.IntegrityConstraintViolationError):
        async with db.transaction() as tx:
            event_id = await tx.fetchval(RAW_EVENT)
            await tx.execute(RAW_TRANSFER, event_id, *sides, amount, currency)
    assert await balance_of(db, FUND) == [240]


async def test_M38_an_event_is_committed_with_exactly_its_transfers(db: Database) -> None:
    await post(db, "order:1", sale())
    with pytest.raises(asyncpg.exceptions.CheckViolationError, match="does not have the 1 transfers"):
        async with db.transaction() as tx:
            await tx.fetchval(RAW_EVENT)
    event_id = await id_of(db, "order:1")
    with pytest.raises(asyncpg.exceptions.CheckViolationError, match="no further transfers"):
        async with db.transaction() as tx:
            await tx.execute(
                "INSERT INTO ledger_transfers (event_id, debit_id, credit_id, amount_minor, currency) "
                "SELECT event_id, debit_id, credit_id, 1, currency FROM ledger_transfers WHERE event_id = $1 LIMIT 1",
                event_id,
            )


async def test_M39_a_reversal_is_posted_once_and_never_reversed_itself(db: Database) -> None:
    await post(db, "order:1", sale())
    first = await id_of(db, "order:1")
    assert await post(db, "order:1:reversed", reversal(sale()), kind="sale_reversed", reverses=first)
    assert not await post(db, "order:1:reversed", reversal(sale()), kind="sale_reversed", reverses=first)
    assert await balance_of(db, chart.provider_stripe(), PENDING, FUND) == [0, 0, 0]
    with pytest.raises(NotReversible, match="more than the event moved"):
        await post(db, "order:1:again", reversal(sale()), kind="sale_reversed", reverses=first)
    with pytest.raises(NotReversible, match="A reversal cannot be reversed"):
        await post(db, "order:1:undo", sale(), kind="undo", reverses=await id_of(db, "order:1:reversed"))
    with pytest.raises(NotReversible, match="does not exist"):
        await post(db, "order:2:undo", sale(), kind="undo", reverses=UUID(int=5))
    with pytest.raises(NotReversible, match="in the currency"):
        await post(db, "order:1:eur", reversal(sale(1, 1, currency="EUR")), kind="undo", reverses=first)
    await audit_is_clean(db)


async def test_M28_M32_partial_reversals_at_once_never_exceed_the_original(db: Database) -> None:
    await post(db, "order:1", sale())
    first = await id_of(db, "order:1")

    async def give_back(number: int) -> bool:
        try:
            return await post(
                db, f"order:1:part:{number}", unwind(sale(), 3000, 8000, 0), kind="sale_refunded", reverses=first
            )
        except MarketError as refusal:
            assert refusal.status == 409
            return False

    assert sum(await asyncio.gather(*(give_back(number) for number in range(8)))) == 2
    assert await balance_of(db, chart.provider_stripe()) == [-2000]
    await audit_is_clean(db)


async def test_the_invariants_hold_on_an_empty_market(db: Database) -> None:
    await post(db, "order:1", [Transfer("desk:liuyuan", PENDING, Money(5, "CNY"))])
    await check_invariants(db)


async def test_posting_takes_one_round_trip_once_the_accounts_exist(db: Database) -> None:
    await post(db, "order:0", sale())

    class Counting:
        calls = 0

        def __init__(self, tx: object) -> None:
            self.tx = tx

        def __getattr__(self, name: str) -> object:
            type(self).calls += 1
            return getattr(self.tx, name)

    async with db.transaction() as tx:
        counting = Counting(tx)
        await service.post(counting, event_key="order:1", kind="sale_paid", transfers=sale())
    assert Counting.calls == 1


async def test_the_python_side_of_posting_stays_below_a_millisecond() -> None:
    class Nowhere:
        async def fetchval(self, *_: object) -> UUID:
            return UUID(int=1)

    group = sale()
    best = 1.0
    for _ in range(5):
        started = time.process_time()
        for number in range(100):
            await service.post(Nowhere(), event_key=str(number), kind="sale_paid", transfers=group)
        best = min(best, (time.process_time() - started) / 100)
    assert best < 0.001
