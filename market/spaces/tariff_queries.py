"""All SQL over the price lists of spaces."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from market.db import Connection, Row

# As a column of a query over spaces `s`: the lists that are or come into force, the newest first.
LISTS = """(SELECT jsonb_agg(jsonb_build_object('audience', t.audience, 'rates', t.rates, 'minimum_minor', t.minimum_minor,
                    'deposit_minor', t.deposit_minor, 'valid_from', t.valid_from, 'valid_until', t.valid_until) ORDER BY t.valid_from DESC)
              FROM space_tariffs t WHERE t.space_id = s.id AND (t.valid_until IS NULL OR t.valid_until >= now()::date - 2))
       AS price_lists"""


async def tariffs(tx: Connection, *, space_id: UUID) -> list[Row]:
    """The lists of a space that are or come into force, by audience and day."""
    return await tx.fetch(
        "SELECT t.*, c.time_zone FROM space_tariffs t JOIN spaces s ON s.id = t.space_id JOIN communities c ON c.id = s.community_id "
        "WHERE t.space_id = $1 AND (t.valid_until IS NULL OR t.valid_until >= (now() AT TIME ZONE c.time_zone)::date) "
        "ORDER BY t.audience, t.valid_from",
        space_id,
    )


async def update_open_list_ended(tx: Connection, *, space_id: UUID, audience: str, before: date) -> None:
    """An open list of this audience that began earlier ends the day before."""
    await tx.execute(
        "UPDATE space_tariffs SET valid_until = $3::date - 1 WHERE space_id = $1 AND audience = $2 AND valid_until IS NULL "
        "AND valid_from < $3",
        space_id,
        audience,
        before,
    )


async def has_overlap(tx: Connection, *, space_id: UUID, audience: str, low: date, high: date | None) -> bool:
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM space_tariffs WHERE space_id = $1 AND audience = $2 "
        "AND daterange(valid_from, valid_until, '[]') && daterange($3, $4, '[]'))",
        space_id,
        audience,
        low,
        high,
    )
    return found


async def insert_tariff(
    tx: Connection,
    *,
    space_id: UUID,
    audience: str,
    rates: Sequence[dict[str, Any]],
    minimum_minor: int,
    deposit_minor: int,
    valid_from: date,
    valid_until: date | None,
    created_by: UUID | None,
) -> UUID:
    found: UUID = await tx.fetchval(
        "INSERT INTO space_tariffs (space_id, audience, rates, minimum_minor, deposit_minor, valid_from, valid_until, created_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        space_id,
        audience,
        list(rates),
        minimum_minor,
        deposit_minor,
        valid_from,
        valid_until,
        created_by,
    )
    return found


async def today(tx: Connection, *, space_id: UUID) -> date:
    """The day at the space's wall."""
    found: date = await tx.fetchval(
        "SELECT (now() AT TIME ZONE c.time_zone)::date FROM spaces s JOIN communities c ON c.id = s.community_id WHERE s.id = $1",
        space_id,
    )
    return found


async def lock_tariff(tx: Connection, *, tariff_id: UUID, space_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT * FROM space_tariffs WHERE id = $1 AND space_id = $2 FOR UPDATE", tariff_id, space_id
    )


async def delete_tariff(tx: Connection, tariff_id: UUID) -> None:
    """A list that never came into force is taken back without a trace."""
    await tx.execute("DELETE FROM space_tariffs WHERE id = $1", tariff_id)


async def update_tariff_ended(tx: Connection, tariff_id: UUID, *, last_day: date) -> None:
    await tx.execute("UPDATE space_tariffs SET valid_until = $2 WHERE id = $1", tariff_id, last_day)
