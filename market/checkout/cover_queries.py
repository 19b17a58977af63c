"""All SQL over what others than the buyer pay of order lines."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from market.db import Connection, Row


async def insert_covers(tx: Connection, covers: Sequence[dict[str, Any]]) -> None:
    await tx.execute(
        "INSERT INTO line_covers (line_id, source, order_id, label, label_en, pool_id, month, household, amount_minor, shares, "
        "pass_id, units) "
        "SELECT c.* FROM jsonb_to_recordset($1::jsonb) AS c(line_id uuid, source text, order_id uuid, label text, label_en text, "
        "pool_id uuid, month text, household text, amount_minor bigint, shares jsonb, pass_id uuid, units int)",
        list(covers),
    )


async def covers_of(tx: Connection, order_ids: Sequence[UUID]) -> list[Row]:
    """In the order in which their sources take turns."""
    return await tx.fetch(
        "SELECT * FROM line_covers WHERE order_id = ANY($1) ORDER BY pool_id NULLS LAST, source, line_id",
        list(order_ids),
    )


async def update_held(tx: Connection, order_id: UUID, *, is_held: bool) -> list[Row]:
    """Note that what covers an order is held, or free again; the covers of which that was not so before."""
    return await tx.fetch(
        "UPDATE line_covers SET is_held = $2 WHERE order_id = $1 AND is_held <> $2 RETURNING *", order_id, is_held
    )


async def update_returned(
    tx: Connection, *, line_id: UUID, source: str, amount: int, shares: list[dict[str, Any]]
) -> None:
    await tx.execute(
        "UPDATE line_covers SET returned_minor = returned_minor + $3, shares = $4 WHERE line_id = $1 AND source = $2",
        line_id,
        source,
        amount,
        shares,
    )
