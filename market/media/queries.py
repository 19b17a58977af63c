"""All SQL about photos."""

from typing import Any
from uuid import UUID

from market.db import Connection, Row

FILES_LOCK = 718202607


async def lock_files(tx: Connection, *, exclusive: bool) -> None:
    """Until the transaction ends: many may add photos at once (shared), only one deletes files, and nobody adds meanwhile."""
    if exclusive:
        await tx.execute("SELECT pg_advisory_xact_lock($1)", FILES_LOCK)
    else:
        await tx.execute("SELECT pg_advisory_xact_lock_shared($1)", FILES_LOCK)


async def insert_photo(
    tx: Connection,
    *,
    listing_id: UUID | None,
    space_id: UUID | None,
    spending_id: UUID | None,
    paper: str | None,
    alt: str,
    width: int,
    height: int,
    variants: list[dict[str, Any]],
) -> Row:
    """Append a photo to its listing, space or spending request."""
    return await tx.fetchrow(
        """
        INSERT INTO photos (listing_id, space_id, alt, width, height, variants, spending_id, paper, position)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, (SELECT coalesce(max(position) + 1, 0) FROM photos
                                                 WHERE listing_id = $1 OR space_id = $2 OR spending_id = $7))
        RETURNING *
        """,
        listing_id,
        space_id,
        alt,
        width,
        height,
        variants,
        spending_id,
        paper,
    )


async def count_photos(
    tx: Connection, *, listing_id: UUID | None, space_id: UUID | None, spending_id: UUID | None
) -> int:
    """Photos of a listing, space or spending request."""
    return int(
        await tx.fetchval(
            "SELECT count(*) FROM photos WHERE listing_id = $1 OR space_id = $2 OR spending_id = $3",
            listing_id,
            space_id,
            spending_id,
        )
    )


async def delete_photo(tx: Connection, *, photo_id: UUID, listing_id: UUID | None, space_id: UUID | None) -> Row | None:
    """The deleted row; None when this listing or space has no such photo."""
    return await tx.fetchrow(
        "DELETE FROM photos WHERE id = $1 AND (listing_id = $2 OR space_id = $3) RETURNING *",
        photo_id,
        listing_id,
        space_id,
    )


async def photos_of_spaces(tx: Connection, *, space_ids: list[UUID]) -> list[Row]:
    """Photos of several spaces in their order."""
    return await tx.fetch("SELECT * FROM photos WHERE space_id = ANY($1) ORDER BY space_id, position, id", space_ids)


async def files_in_use(tx: Connection, *, names: list[str]) -> set[str]:
    """Which of these files some photo still shows."""
    rows = await tx.fetch(
        "SELECT DISTINCT name FROM unnest($1::text[]) AS name "
        "WHERE EXISTS (SELECT 1 FROM photos WHERE variants @> jsonb_build_array(jsonb_build_object('file', name)))",
        names,
    )
    return {row["name"] for row in rows}
