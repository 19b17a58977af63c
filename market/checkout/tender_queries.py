"""All SQL over tenders and their bids."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from market.db import Connection, Row

_TENDER = """
    SELECT t.*, c.slug AS community, c.name AS community_name, c.name_en AS community_name_en, c.time_zone, p.name AS opener,
           now() AS now, now() < t.bids_until AS in_time,
           (SELECT jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name, 'name_en', s.name_en, 'kind', s.kind, 'area_dm2', s.area_dm2)
                             ORDER BY ts.position)
              FROM tender_spaces ts JOIN spaces s ON s.id = ts.space_id WHERE ts.tender_id = t.id) AS spaces
      FROM tenders t JOIN communities c ON c.id = t.community_id LEFT JOIN persons p ON p.id = t.opened_by
"""


async def new_id(tx: Connection) -> UUID:
    found: UUID = await tx.fetchval("SELECT uuidv7()")
    return found


async def spaces_to_let(tx: Connection, space_ids: Sequence[UUID]) -> list[Row]:
    """The spaces with their communities and whether somebody keeps their rent."""
    return await tx.fetch(
        "SELECT id, community_id, parent_id, currency, status, enterprise_id IS NOT NULL AS has_owner FROM spaces WHERE id = ANY($1)",
        list(space_ids),
    )


async def insert_tender(tx: Connection, *, values: Mapping[str, Any], spaces: Sequence[UUID]) -> None:
    """`values` by column name: names come from the service, never from outside."""
    columns = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await tx.execute(f"INSERT INTO tenders ({columns}) VALUES ({places})", *values.values())
    await tx.executemany(
        "INSERT INTO tender_spaces (tender_id, position, space_id) VALUES ($1, $2, $3)",
        [(values["id"], position, space_id) for position, space_id in enumerate(spaces)],
    )


async def tender(tx: Connection, tender_id: UUID) -> Row | None:
    return await tx.fetchrow(_TENDER + "WHERE t.id = $1", tender_id)


async def lock_tender(tx: Connection, tender_id: UUID) -> Row | None:
    """The tender, locked before it is read: bids, opening and decision follow one another."""
    await tx.execute("SELECT FROM tenders WHERE id = $1 FOR UPDATE", tender_id)
    return await tender(tx, tender_id)


async def tenders(tx: Connection, *, community: UUID | None) -> list[Row]:
    """Of a community and all below it, or everywhere: those that still take bids, those to be decided, then the newest."""
    return await tx.fetch(
        _TENDER + "WHERE $1::uuid IS NULL OR c.path @> ARRAY[$1::uuid] "
        "ORDER BY t.status NOT IN ('announced', 'opened'), t.id DESC LIMIT 200",
        community,
    )


async def bids_of(tx: Connection, tender_ids: Sequence[UUID]) -> list[Row]:
    """With their partners, in the order in which they came in."""
    return await tx.fetch(
        "SELECT b.*, p.slug AS partner, p.name AS partner_name, p.name_en AS partner_name_en FROM tender_bids b "
        "JOIN partners p ON p.id = b.partner_id WHERE b.tender_id = ANY($1) ORDER BY b.tender_id, b.number",
        list(tender_ids),
    )


async def valid_bid(tx: Connection, *, tender_id: UUID, partner_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT * FROM tender_bids WHERE tender_id = $1 AND partner_id = $2 AND state = 'valid'", tender_id, partner_id
    )


async def next_number(tx: Connection, tender_id: UUID) -> int:
    found: int = await tx.fetchval(
        "SELECT coalesce(max(number), 0) + 1 FROM tender_bids WHERE tender_id = $1", tender_id
    )
    return found


async def insert_bid(tx: Connection, *, values: Mapping[str, Any]) -> None:
    """`values` by column name, as in insert_tender()."""
    columns = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await tx.execute(f"INSERT INTO tender_bids ({columns}) VALUES ({places})", *values.values())


async def update_bid_ended(tx: Connection, bid_id: UUID, *, state: str, stamp: bytes) -> None:
    """Replaced or withdrawn: what it said is gone, its receipt stays."""
    await tx.execute(
        "UPDATE tender_bids SET state = $2, sealed = NULL, ended_at = now(), stamp = $3 WHERE id = $1",
        bid_id,
        state,
        stamp,
    )


async def update_bid_opened(
    tx: Connection, bid_id: UUID, *, base: int, answers: dict[str, int], note: str, fault: str
) -> None:
    await tx.execute(
        "UPDATE tender_bids SET state = 'opened', base_minor = $2, answers = $3, note = $4, fault = $5 WHERE id = $1",
        bid_id,
        base,
        answers,
        note,
        fault,
    )


async def update_bid_fault(tx: Connection, bid_id: UUID, *, fault: str) -> None:
    """A valid one is broken by its fault; one that had ended stays as it is and is named."""
    await tx.execute(
        "UPDATE tender_bids SET fault = $2, state = CASE state WHEN 'valid' THEN 'broken' ELSE state END WHERE id = $1",
        bid_id,
        fault,
    )


async def update_opened(tx: Connection, tender_id: UUID, *, private_key: bytes, by: UUID, attended: str) -> None:
    await tx.execute(
        "UPDATE tenders SET status = 'opened', private_key = $2, opened_by = $3, opened_at = now(), attended = $4 WHERE id = $1",
        tender_id,
        private_key,
        by,
        attended,
    )


async def update_points(tx: Connection, *, tender_id: UUID, bid_id: UUID, points: Mapping[str, int]) -> bool:
    """Adds to what the committee gave an opened bid; False when it is none of this tender."""
    found = await tx.fetchval(
        "UPDATE tender_bids SET points = points || $3 WHERE id = $2 AND tender_id = $1 AND state = 'opened' RETURNING true",
        tender_id,
        bid_id,
        dict(points),
    )
    return bool(found)


async def update_awarded(tx: Connection, tender_id: UUID, *, bid_id: UUID, by: UUID, reason: str) -> None:
    await tx.execute(
        "UPDATE tenders SET status = 'awarded', awarded_bid = $2, awarded_by = $3, award_reason = $4, decided_at = now() WHERE id = $1",
        tender_id,
        bid_id,
        by,
        reason,
    )


async def update_cancelled(tx: Connection, tender_id: UUID, *, reason: str) -> None:
    await tx.execute(
        "UPDATE tenders SET status = 'cancelled', cancel_reason = $2, decided_at = now() WHERE id = $1",
        tender_id,
        reason,
    )


async def own_bids(tx: Connection, partner_id: UUID) -> list[Row]:
    """Every bid of a partner, the newest first."""
    return await tx.fetch(
        "SELECT b.id, b.tender_id, t.title, t.title_en, b.number, b.state, b.receipt, b.made_at, t.bids_until, "
        "t.status AS tender_status FROM tender_bids b JOIN tenders t ON t.id = b.tender_id WHERE b.partner_id = $1 "
        "ORDER BY b.id DESC LIMIT 200",
        partner_id,
    )


async def owners_of(tx: Connection, partner_ids: Sequence[UUID]) -> list[Row]:
    """Who speaks for these partners."""
    return await tx.fetch(
        "SELECT partner_id, person_id FROM partner_members WHERE partner_id = ANY($1) AND role = 'owner'",
        list(partner_ids),
    )


async def clock(tx: Connection, *, zone: str) -> tuple[datetime, date]:
    """The database's clock, and the day on a wall in this zone."""
    row = await tx.fetchrow("SELECT now() AS now, (now() AT TIME ZONE $1)::date AS today", zone)
    assert row is not None
    return row["now"], row["today"]
