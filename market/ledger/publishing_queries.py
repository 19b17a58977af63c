"""All SQL of what the ledger publishes each day, and of the proofs that lead there."""

from datetime import date

from market.db import Connection, Row


async def last_day(tx: Connection) -> Row | None:
    return await tx.fetchrow("SELECT day, upto_id, head FROM ledger_days ORDER BY upto_id DESC LIMIT 1")


async def today(tx: Connection) -> date:
    found: date = await tx.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date")
    return found


async def sealed_upto(tx: Connection) -> int:
    return int(await tx.fetchval("SELECT coalesce(max(upto_id), 0) FROM ledger_seals"))


async def link_ids(tx: Connection, *, after_id: int, upto_id: int, limit: int) -> list[Row]:
    """Links in the order of their transfers."""
    return await tx.fetch(
        "SELECT transfer_id, hash FROM ledger_links WHERE transfer_id > $1 AND transfer_id <= $2 ORDER BY transfer_id LIMIT $3",
        after_id,
        upto_id,
        limit,
    )


async def link_before(tx: Connection, transfer_id: int) -> bytes | None:
    found: bytes | None = await tx.fetchval(
        "SELECT hash FROM ledger_links WHERE transfer_id < $1 ORDER BY transfer_id DESC LIMIT 1", transfer_id
    )
    return found


async def insert_day(
    tx: Connection, *, day: date, from_id: int, upto_id: int, count: int, root: bytes, head: bytes
) -> None:
    await tx.execute(
        "INSERT INTO ledger_days (day, from_id, upto_id, count, root, head) VALUES ($1, $2, $3, $4, $5, $6)",
        day, from_id, upto_id, count, root, head,
    )  # fmt: skip


async def days(tx: Connection) -> list[Row]:
    """Every day that was published, oldest first."""
    return await tx.fetch(
        "SELECT day, from_id, upto_id, count, root, head, published_at FROM ledger_days ORDER BY upto_id"
    )


async def day_of(tx: Connection, transfer_id: int) -> Row | None:
    """The day whose head stands for a transfer, with the head before it; None while it is not published."""
    return await tx.fetchrow(
        "SELECT d.*, (SELECT b.head FROM ledger_days AS b WHERE b.upto_id < d.upto_id ORDER BY b.upto_id DESC LIMIT 1) AS before "
        "FROM ledger_days AS d WHERE d.upto_id >= $1 AND d.from_id <= $1 ORDER BY d.upto_id LIMIT 1",
        transfer_id,
    )


async def transfer_ids(tx: Connection, event_key: str) -> list[int]:
    rows = await tx.fetch(
        "SELECT t.id FROM ledger_transfers AS t JOIN ledger_events AS e ON e.id = t.event_id WHERE e.event_key = $1 ORDER BY t.id",
        event_key,
    )
    return [row["id"] for row in rows]
