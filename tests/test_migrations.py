"""Migrations meet databases that are in use: what an older program stored goes along."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from market import db as databases
from market.embedded import EmbeddedPostgres


@pytest.fixture
async def empty(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """Address of a database without a table."""
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute("CREATE DATABASE before_migrations TEMPLATE template0")
    yield postgres.dsn("before_migrations")
    await admin.execute("DROP DATABASE before_migrations WITH (FORCE)")
    await admin.close()


async def migrated_to(dsn: str, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database as the program of that version left it."""
    files = [each for each in databases.migration_files() if int(each.name[:4]) <= version]
    with monkeypatch.context() as patch:
        patch.setattr(databases, "migration_files", lambda: files)
        await databases.migrate(dsn)


async def test_cash_that_was_counted_before_is_in_the_count_that_followed_it(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0059: of three payments the first lies before the count of its clerk, the second after it, the third is another clerk's."""
    await migrated_to(empty, 58, monkeypatch)
    tx = await asyncpg.connect(empty)
    place, clerk, other = [uuid4() for _ in range(3)]
    await tx.execute("SET session_replication_role = replica")  # rows of one table, without all that they refer to
    count = await tx.fetchval(
        "INSERT INTO desk_counts (community_id, person_id, day, moment, counted_minor, expected_minor, currency, made_at) "
        "VALUES ($1, $2, '2026-10-05', 'closing', 100, 100, 'CNY', '2026-10-05T10:00:00Z') RETURNING id",
        place, clerk,
    )  # fmt: skip
    for person, hour in ((clerk, 9), (clerk, 11), (other, 9)):
        await tx.execute(
            "INSERT INTO desk_payments (order_id, community_id, amount_minor, currency, method, taken_by, taken_at) "
            "VALUES ($1, $2, 100, 'CNY', 'cash', $3, '2026-10-05'::timestamptz AT TIME ZONE 'UTC' + make_interval(hours => $4))",
            uuid4(), place, person, hour,
        )  # fmt: skip
    await tx.execute("SET session_replication_role = origin")
    await databases.migrate(empty)
    rows = await tx.fetch("SELECT taken_by, counted_in FROM desk_payments ORDER BY taken_at, taken_by = $1 DESC", clerk)
    assert [(row["taken_by"], row["counted_in"]) for row in rows] == [(clerk, count), (other, None), (clerk, None)]
    await tx.close()


async def test_cash_that_its_buyer_called_off_and_no_count_has_in_it_waits_at_the_desk(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0060: the buyer stood there as who paid it out; what a clerk paid out or a count has in it stays as it is."""
    await migrated_to(empty, 59, monkeypatch)
    tx = await asyncpg.connect(empty)
    buyer, clerk, count, order = [uuid4() for _ in range(4)]
    await tx.execute("SET session_replication_role = replica")
    await tx.execute(
        "INSERT INTO orders (id, person_id, status, pay_by, currency, payable_minor) "
        "VALUES ($1, $2, 'refunded', 'desk', 'CNY', 100)", order, buyer,
    )  # fmt: skip
    for payer, counted in ((buyer, None), (clerk, None), (buyer, count)):
        await tx.execute(
            "INSERT INTO desk_refunds (id, order_id, community_id, amount_minor, currency, paid_by, counted_in) "
            "VALUES ($1, $2, $1, 100, 'CNY', $3, $4)", uuid4(), order, payer, counted,
        )  # fmt: skip
    await tx.execute("SET session_replication_role = origin")
    await databases.migrate(empty)
    rows = await tx.fetch("SELECT paid_by, paid_at IS NULL AS waits, counted_in FROM desk_refunds")
    assert {(row["paid_by"], row["waits"], row["counted_in"]) for row in rows} == {
        (None, True, None), (clerk, False, None), (buyer, False, count)
    }  # fmt: skip
    await tx.close()
