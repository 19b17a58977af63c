"""SQL of saved searches and what they have found."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from market.db import Connection, Row

Found = tuple[str, UUID]  # kind and id


async def saved_of(tx: Connection, person_id: UUID) -> list[Row]:
    """A person's saved searches, newest first."""
    return await tx.fetch(
        "SELECT id, asked, created_at FROM saved_searches WHERE person_id = $1 ORDER BY id DESC", person_id
    )


async def lock_person(tx: Connection, person_id: UUID) -> int:
    """How many searches the person keeps, while nobody else changes that."""
    await tx.execute("SELECT 1 FROM persons WHERE id = $1 FOR UPDATE", person_id)
    return int(await tx.fetchval("SELECT count(*) FROM saved_searches WHERE person_id = $1", person_id))


async def insert_saved(tx: Connection, *, person_id: UUID, asked: dict[str, str]) -> Row | None:
    """The new row, None when the person keeps the same search."""
    return await tx.fetchrow(
        "INSERT INTO saved_searches (person_id, asked) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id, asked, created_at",
        person_id,
        asked,
    )


async def delete_saved(tx: Connection, *, saved_id: UUID, person_id: UUID) -> bool:
    return bool(
        await tx.fetchval(
            "DELETE FROM saved_searches WHERE id = $1 AND person_id = $2 RETURNING true", saved_id, person_id
        )
    )


async def longest_waiting(tx: Connection, *, limit: int) -> list[Row]:
    """The saved searches that nobody has looked at for longest."""
    return await tx.fetch(
        "SELECT s.id, s.person_id, s.asked FROM saved_searches s JOIN persons p ON p.id = s.person_id "
        "WHERE p.deleted_at IS NULL ORDER BY s.looked_at LIMIT $1",
        limit,
    )


async def lock_saved(tx: Connection, saved_id: UUID) -> bool:
    """Note that it is being looked at; False when it is gone."""
    return bool(await tx.fetchval("UPDATE saved_searches SET looked_at = now() WHERE id = $1 RETURNING true", saved_id))


async def known_matches(tx: Connection, *, saved_id: UUID) -> set[Found]:
    """What was there when it was saved, or was told since."""
    rows = await tx.fetch("SELECT kind, found_id FROM saved_search_matches WHERE saved_search_id = $1", saved_id)
    return {(row["kind"], row["found_id"]) for row in rows}


async def insert_matches(tx: Connection, *, saved_id: UUID, found: Iterable[Found]) -> list[Found]:
    """Remember what was found; returns what was new."""
    pairs = list(found)
    rows = await tx.fetch(
        "INSERT INTO saved_search_matches (saved_search_id, kind, found_id) SELECT $1, * FROM unnest($2::text[], $3::uuid[]) "
        "ON CONFLICT DO NOTHING RETURNING kind, found_id",
        saved_id,
        [kind for kind, _ in pairs],
        [each for _, each in pairs],
    )
    return [(row["kind"], row["found_id"]) for row in rows]


def parameters(row: Row) -> dict[str, str]:
    """The search's parameters."""
    asked: dict[str, Any] = row["asked"]
    return {str(name): str(value) for name, value in asked.items()}
