"""SQL of what is searched for."""

from datetime import date

from market.db import UNHURRIED, Connection, Row


async def insert_search(tx: Connection, *, day: date, query: str, empties: int) -> None:
    await tx.fetchrow(
        "INSERT INTO search_days AS d (day, query, searches, empties) VALUES ($1, $2, 1, $3) "
        "ON CONFLICT (day, query) DO UPDATE SET searches = d.searches + 1, empties = d.empties + excluded.empties "
        f"RETURNING {UNHURRIED}",
        day,
        query,
        empties,
    )


async def insert_click(tx: Connection, *, day: date, query: str, position: int) -> None:
    await tx.execute("UPDATE search_days SET clicks = clicks + 1 WHERE day = $1 AND query = $2", day, query)
    await tx.fetchrow(
        "INSERT INTO search_click_days AS d (day, position, clicks) VALUES ($1, $2, 1) "
        f"ON CONFLICT (day, position) DO UPDATE SET clicks = d.clicks + 1 RETURNING {UNHURRIED}",
        day,
        position,
    )


async def top(tx: Connection, *, since: date, least: int, limit: int) -> list[Row]:
    return await tx.fetch(
        "SELECT query, sum(searches)::int AS searches, sum(empties)::int AS empties, sum(clicks)::int AS clicks FROM search_days "
        "WHERE day >= $1 GROUP BY query HAVING sum(searches) >= $2 ORDER BY sum(searches) DESC, query LIMIT $3",
        since,
        least,
        limit,
    )


async def without_result(tx: Connection, *, since: date, least: int, limit: int) -> list[Row]:
    """Queries that found nothing at least `least` times."""
    return await tx.fetch(
        "SELECT query, sum(searches)::int AS searches, sum(empties)::int AS empties, sum(clicks)::int AS clicks FROM search_days "
        "WHERE day >= $1 GROUP BY query HAVING sum(empties) >= $2 ORDER BY sum(empties) DESC, query LIMIT $3",
        since,
        least,
        limit,
    )


async def clicks_by_position(tx: Connection, *, since: date) -> list[Row]:
    return await tx.fetch(
        "SELECT position, sum(clicks)::int AS clicks FROM search_click_days WHERE day >= $1 GROUP BY position ORDER BY position",
        since,
    )


async def search_count(tx: Connection, *, since: date) -> int:
    return int(await tx.fetchval("SELECT coalesce(sum(searches), 0) FROM search_days WHERE day >= $1", since))


async def delete_before(tx: Connection, *, day: date) -> None:
    await tx.execute("DELETE FROM search_days WHERE day < $1", day)
    await tx.execute("DELETE FROM search_click_days WHERE day < $1", day)
