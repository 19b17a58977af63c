"""Plays the town's past through the same services as its present: on the loader's own connections now() is a chosen moment.

A schema `seed_clock` with its own now() stands before pg_catalog on the search path of the loader's connections, and column defaults
use it while the loader runs. Nobody else's connection sees it, and nothing of it is left afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

from market.db import Database

DEFAULTS = (
    "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE table_schema = 'public' AND column_default IN ('now()', 'seed_clock.now()') AND table_name NOT LIKE 'pgqueuer%' "
    "AND table_name <> 'schema_migrations'"
)
INSTALL = """
DROP SCHEMA IF EXISTS seed_clock CASCADE;
CREATE SCHEMA seed_clock;
CREATE TABLE seed_clock.moment (at timestamptz);
INSERT INTO seed_clock.moment VALUES (NULL);
CREATE FUNCTION seed_clock.now() RETURNS timestamptz LANGUAGE sql STABLE
  AS 'SELECT coalesce((SELECT at FROM seed_clock.moment), pg_catalog.now())';
"""


class Clock:
    """The moment at which the loader's connections are."""

    def __init__(self, db: Database) -> None:
        self.db = db

    async def set(self, moment: datetime | None) -> None:
        """Move to `moment`; None = the real time."""
        async with self.db.read() as connection:
            await connection.execute("UPDATE seed_clock.moment SET at = $1", moment)


@asynccontextmanager
async def movable_clock(dsn: str) -> AsyncIterator[Clock]:
    """A database whose clock can be moved."""
    admin = await asyncpg.connect(dsn)
    try:
        await admin.execute(INSTALL)
        await _set_defaults(admin, "seed_clock.now()")
        separator = "&" if "?" in dsn else "?"
        # No commit of the past waits for the disk: a load that is cut off is begun anew, and its last commit, on a connection of the
        # product, writes all that came before it.
        options = "search_path=seed_clock,pg_catalog,public&synchronous_commit=off"
        db = Database(f"{dsn}{separator}{options}", pool_size=8)
        await db.open()
        try:
            yield Clock(db)
        finally:
            await db.close()
            await _set_defaults(admin, "now()")
            await admin.execute("DROP SCHEMA seed_clock CASCADE")
    finally:
        await admin.close()


async def _set_defaults(admin: "asyncpg.Connection", expression: str) -> None:
    for row in await admin.fetch(DEFAULTS):
        await admin.execute(
            f'ALTER TABLE "{row["table_name"]}" ALTER COLUMN "{row["column_name"]}" SET DEFAULT {expression}'
        )
