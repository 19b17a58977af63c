"""The SQL of the words that search knows: synonyms of staff, and the names of places and categories."""

from collections.abc import Sequence
from uuid import UUID

from market.db import Connection, Row


async def place_names(tx: Connection) -> list[Row]:
    """Slug and names of every community, street and district."""
    return await tx.fetch("SELECT slug, name, name_en FROM communities ORDER BY slug")


async def top_category_names(tx: Connection) -> list[Row]:
    """Slug and names of the categories at the top."""
    return await tx.fetch("SELECT slug, name, name_en FROM categories WHERE parent_id IS NULL ORDER BY slug")


async def synonym_groups(tx: Connection) -> list[Row]:
    """Groups that staff have added, newest first."""
    return await tx.fetch("SELECT id, words FROM search_synonyms ORDER BY id DESC")


async def switched_off(tx: Connection) -> list[UUID]:
    """Ids of groups of the package that are not in force."""
    return [row["group_id"] for row in await tx.fetch("SELECT group_id FROM search_synonyms_off")]


async def insert_group(tx: Connection, *, words: Sequence[str], person_id: UUID) -> UUID | None:
    """The id of the new group; None when there is one of the same words."""
    found: UUID | None = await tx.fetchval(
        "INSERT INTO search_synonyms (words, added_by) VALUES ($1, $2) ON CONFLICT (words) DO NOTHING RETURNING id",
        list(words), person_id,
    )  # fmt: skip
    return found


async def delete_group(tx: Connection, group_id: UUID) -> bool:
    """Whether there was one."""
    return bool(await tx.fetchval("DELETE FROM search_synonyms WHERE id = $1 RETURNING true", group_id))


async def insert_switched_off(tx: Connection, *, group_id: UUID, person_id: UUID) -> None:
    """Take a group of the package out of force; doing it twice changes nothing."""
    await tx.execute(
        "INSERT INTO search_synonyms_off (group_id, person_id) VALUES ($1, $2) ON CONFLICT (group_id) DO NOTHING",
        group_id,
        person_id,
    )


async def delete_switched_off(tx: Connection, group_id: UUID) -> bool:
    """Put a group of the package in force again; whether it was not."""
    return bool(await tx.fetchval("DELETE FROM search_synonyms_off WHERE group_id = $1 RETURNING true", group_id))
