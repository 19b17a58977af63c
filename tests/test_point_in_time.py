"""Back to any moment with a base backup and the archived log, taken while people buy (O01)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from market import commands
from market.db import Database, migrate
from market.embedded import EmbeddedPostgres
from market.funds import sealing, service
from market.ledger import service as ledger
from market.payments import restores
from market.point_in_time import CannotRestore, archive_command, base_backup, restore_to
from market.settings import Settings
from tests.funds.town import make_town, sell, sold_line
from tests.invariants import check_invariants


@asynccontextmanager
async def opened(folder: Path, *, archive: Path | None = None) -> AsyncIterator[Database]:
    """A running server over the folder, and its database."""
    server = EmbeddedPostgres(folder, archive=archive_command(archive) if archive else None)
    await asyncio.to_thread(server.start)
    database = Database(server.dsn(), pool_size=6)
    try:
        if archive is not None:
            await migrate(server.dsn())
        await database.open()
        yield database
        await database.close()
    finally:
        await asyncio.to_thread(server.stop)


async def sales(db: Database) -> set[str]:
    async with db.read() as tx:
        return {row["event_key"].removesuffix(":paid") for row in await tx.fetch("SELECT event_key FROM ledger_events")}


async def check(folder: Path) -> set[str]:
    """Start what was restored; its invariants, chains and books hold. What was sold by then."""
    async with opened(folder) as db:
        await check_invariants(db)
        async with db.read() as tx:
            assert await restores.is_behind(tx), "O02: another history, so nothing is sent to the provider yet"
        assert await ledger.verify(db, also=[service.check_funds, sealing.check_books]) == []
        await sell(db, "after the restore", await sold_line(db, "liuyuan", 100))
        return await sales(db) - {"after the restore"}


@pytest.mark.slow
async def test_O01_O02_base_backup_and_log_lead_to_any_moment_and_lose_no_acknowledged_sale(tmp_path: Path) -> None:
    archive = tmp_path / "wal"
    archive.mkdir()
    acked: list[str] = []
    async with opened(tmp_path / "pg", archive=archive) as db:
        await make_town(db)
        async with db.transaction() as tx:
            await restores.notice(tx)
        line = await sold_line(db, "liuyuan", 8000)
        stop, more, wanted = asyncio.Event(), asyncio.Event(), [0]

        async def buy(who: int) -> None:
            number = 0
            while not stop.is_set():
                await sell(db, f"load-{who}-{number}", line)
                acked.append(f"load-{who}-{number}")
                if len(acked) >= wanted[-1]:
                    more.set()
                number += 1

        async def keep_books() -> None:
            while not stop.is_set():
                await service.roll_up(db)
                await ledger.seal(db)
                await sealing.publish(db)
                await asyncio.sleep(0.05)

        async def some_more() -> None:
            more.clear()
            wanted.append(len(acked) + 40)
            await more.wait()

        running = [asyncio.create_task(each) for each in (buy(1), buy(2), buy(3), keep_books())]
        await some_more()
        await asyncio.to_thread(base_backup, db.dsn, tmp_path / "base")
        await some_more()
        before = set(acked)
        async with db.read() as tx:
            moment: datetime = await tx.fetchval("SELECT clock_timestamp()")
        asked_after = {f"load-{who}-{number}" for who in (1, 2, 3) for number in range(10**4)} - await sales(db)
        await some_more()
        stop.set()
        await asyncio.gather(*running)
        last = set(acked)
    at_moment = tmp_path / "moment" / "pg"
    await asyncio.to_thread(restore_to, tmp_path / "base", archive=archive, target=at_moment, until=moment)
    found = await check(at_moment)
    assert before <= found < last, "what was acknowledged by then is there, what came later is not"
    assert len(found & asked_after) <= 3, "at most what each buyer had under way"
    newest = tmp_path / "newest" / "pg"
    wal = tmp_path / "pg" / "pg_wal"
    await asyncio.to_thread(restore_to, tmp_path / "base", archive=archive, target=newest, unarchived=wal)
    assert await check(newest) == last


async def test_O01_without_an_archive_there_is_no_base_backup_and_no_restore_over_something(tmp_path: Path) -> None:
    async with opened(tmp_path / "pg") as db:
        with pytest.raises(CannotRestore, match="does not archive its log"):
            await asyncio.to_thread(base_backup, db.dsn, tmp_path / "base")
    with pytest.raises(CannotRestore, match="not empty"):
        restore_to(tmp_path, archive=tmp_path, target=tmp_path / "pg")
    with pytest.raises(CannotRestore, match="needs an offset"):
        restore_to(tmp_path, archive=tmp_path, target=tmp_path / "new", until=datetime(2026, 5, 4))  # noqa: DTZ001 - a time without an offset is what is refused
    with pytest.raises(CannotRestore, match="cannot name"):
        archive_command(tmp_path / "it's")
    for facts in ({"until": "yesterday"}, {"until": None}):
        with pytest.raises(commands.CommandFailed):
            commands.restore_moment(
                Settings(env="test", data_dir=tmp_path, database_url="postgresql:///elsewhere"),
                tmp_path,
                archive=tmp_path,
                unarchived=None,
                **facts,
            )
