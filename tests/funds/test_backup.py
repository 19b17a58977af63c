"""A backup taken while people buy comes back as one moment, with its chains whole (O01)."""

import asyncio
from pathlib import Path

import asyncpg

from market import commands
from market.db import Database
from market.embedded import EmbeddedPostgres
from market.funds import sealing, service
from market.ledger import service as ledger
from market.payments import restores
from market.settings import Settings
from tests.funds.town import make_town, sell, sold_line
from tests.invariants import check_invariants


async def test_O01_O02_a_backup_under_load_restores_to_one_moment_with_every_acknowledged_sale_and_its_heads(
    db: Database, settings: Settings, postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    await make_town(db)
    async with db.transaction() as tx:
        await restores.notice(tx)
    line = await sold_line(db, "liuyuan", 8000)
    acked: list[str] = []
    stop, busy = asyncio.Event(), asyncio.Event()

    async def buy(who: int) -> None:
        number = 0
        while not stop.is_set():
            key = f"load-{who}-{number}"
            await sell(db, key, line)
            acked.append(f"{key}:paid")
            number += 1
            if len(acked) >= 30:
                busy.set()

    async def keep_books() -> None:
        while not stop.is_set():
            await service.roll_up(db)
            await ledger.seal(db)
            await sealing.publish(db)
            await asyncio.sleep(0.05)

    running = [asyncio.create_task(each) for each in (buy(1), buy(2), buy(3), keep_books())]
    await busy.wait()
    before = list(acked)
    file = tmp_path / "market.dump"
    await asyncio.to_thread(commands.backup, settings, file)
    stop.set()
    await asyncio.gather(*running)
    _, heads = await sealing.heads_of(db, key="liuyuan-development")

    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute("CREATE DATABASE under_load TEMPLATE template0")
    await admin.close()
    restored = Database(postgres.dsn("under_load"), pool_size=3)
    await asyncio.to_thread(commands.restore, settings.model_copy(update={"database_url": restored.dsn}), file)
    await restored.open()
    try:
        async with restored.read() as connection:
            found = {row["event_key"] for row in await connection.fetch("SELECT event_key FROM ledger_events")}
        assert set(before) <= found <= set(acked)
        assert await ledger.verify(restored, also=[service.check_funds, sealing.check_books]) == []
        await check_invariants(restored)
        async with restored.read() as connection:
            assert await restores.is_behind(connection), "O02: another database, so nothing is sent to the provider yet"
        async with db.read() as connection:
            assert not await restores.is_behind(connection)
        await ledger.seal(restored)
        await sealing.seal_books(restored)
        _, kept = await sealing.heads_of(restored, key="liuyuan-development")
        assert kept == [] or [row["head"] for row in kept] == [row["head"] for row in heads], (
            "published heads still hold"
        )
        assert await ledger.verify(restored, also=[sealing.check_books]) == []
    finally:
        await restored.close()


async def test_O01_a_copy_without_its_last_row_is_found_out(db: Database) -> None:
    """Negative control: a copy that lost a row does not pass the same checks."""
    await make_town(db)
    line = await sold_line(db, "liuyuan", 8000)
    for number in range(3):
        await sell(db, f"o{number}", line)
    await ledger.seal(db)
    await sealing.publish(db)
    async with db.transaction() as tx:
        await tx.execute("SET LOCAL session_replication_role = replica")
        await tx.execute("DELETE FROM ledger_transfers WHERE id = 6")
    checks = {each.check for each in await ledger.verify(db, also=[sealing.check_books])}
    assert {"transfer-removed", "book-line-removed"} <= checks
