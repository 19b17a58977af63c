"""All SQL about who waits for a time of a space."""

from datetime import datetime
from uuid import UUID

from market.db import Connection, Row
from market.spaces.occupancy_queries import INSIDE

# So long a freed time is kept for who waited.
OFFER_MIN = 30
# What is shown of a wait: the space, its place, and how many are before (p: the person, w: the wait).
_SHOWN = """
    SELECT w.*, s.name AS space, s.name_en AS space_en, c.slug AS community, c.time_zone, now() AS now,
           (SELECT count(*) FROM space_waits b WHERE b.space_id = w.space_id AND b.status IN ('waiting', 'offered')
               AND b.id < w.id AND b.starts_at < w.ends_at AND b.ends_at > w.starts_at)::int AS ahead
      FROM space_waits w JOIN spaces s ON s.id = w.space_id JOIN communities c ON c.id = s.community_id
"""


async def wait(tx: Connection, wait_id: UUID) -> Row | None:
    return await tx.fetchrow(_SHOWN + " WHERE w.id = $1", wait_id)


async def waits_of(tx: Connection, *, person_id: UUID) -> list[Row]:
    """What a person was offered, which has little time, then what they wait for, soonest first, then offers that passed within a day."""
    return await tx.fetch(
        _SHOWN + " WHERE w.person_id = $1 AND w.starts_at > now() AND (w.status IN ('waiting', 'offered') "
        "OR (w.status = 'passed' AND w.offered_until > now() - interval '1 day')) "
        "ORDER BY array_position(ARRAY['offered', 'waiting', 'passed'], w.status), w.starts_at, w.id",
        person_id,
    )


async def lock_waits_of(tx: Connection, *, person_id: UUID) -> int:
    """How many times a person waits for; one request of theirs at a time may look."""
    await tx.fetchval("SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 71823))", person_id)
    found: int = await tx.fetchval(
        "SELECT count(*) FROM space_waits WHERE person_id = $1 AND status IN ('waiting', 'offered') AND starts_at > now()",
        person_id,
    )
    return found


async def same_wait(
    tx: Connection, *, person_id: UUID, space_id: UUID, starts_at: datetime, ends_at: datetime
) -> UUID | None:
    """The wait of this person for exactly this time."""
    found: UUID | None = await tx.fetchval(
        "SELECT id FROM space_waits WHERE person_id = $1 AND space_id = $2 AND starts_at = $3 AND ends_at = $4 "
        "AND status IN ('waiting', 'offered')",
        person_id,
        space_id,
        starts_at,
        ends_at,
    )
    return found


async def insert_wait(
    tx: Connection, *, person_id: UUID, space_id: UUID, starts_at: datetime, ends_at: datetime, attendees: int
) -> UUID:
    found: UUID = await tx.fetchval(
        "INSERT INTO space_waits (person_id, space_id, starts_at, ends_at, attendees) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        person_id,
        space_id,
        starts_at,
        ends_at,
        attendees,
    )
    return found


async def lock_wait(tx: Connection, wait_id: UUID) -> Row | None:
    """A wait, locked; who takes this lock has locked the family of its space before."""
    return await tx.fetchrow("SELECT *, now() AS now FROM space_waits WHERE id = $1 FOR UPDATE", wait_id)


async def first_in_line(tx: Connection, *, space_id: UUID, low: datetime, high: datetime, limit: int) -> list[Row]:
    """Who waits for a part of this time of the space or of one inside it, first come first."""
    return await tx.fetch(
        INSIDE
        + """
        SELECT w.id, w.space_id, w.starts_at, w.ends_at,
               least(now() + $5::int * interval '1 minute', w.starts_at - make_interval(mins => s.lead_min)) AS offered_until
          FROM space_waits w JOIN spaces s ON s.id = w.space_id
         WHERE w.space_id IN (SELECT id FROM inside) AND w.status = 'waiting' AND s.status = 'open'
           AND w.starts_at - make_interval(mins => s.lead_min) > now()
           AND tstzrange(w.starts_at - make_interval(mins => s.buffer_before_min), w.ends_at + make_interval(mins => s.buffer_after_min))
               && tstzrange($2, $3)
         ORDER BY w.id LIMIT $4
        """,
        space_id,
        low,
        high,
        limit,
        OFFER_MIN,
    )


async def update_offered(tx: Connection, wait_id: UUID, *, group_id: UUID, offered_until: datetime) -> None:
    await tx.execute(
        "UPDATE space_waits SET status = 'offered', offer_group = $2, offered_until = $3 WHERE id = $1",
        wait_id,
        group_id,
        offered_until,
    )


async def update_status(tx: Connection, wait_id: UUID, *, status: str) -> None:
    await tx.execute("UPDATE space_waits SET status = $2 WHERE id = $1", wait_id, status)


async def update_offer_used(
    tx: Connection, *, person_id: UUID, space_id: UUID, starts_at: datetime, ends_at: datetime
) -> None:
    """The person takes what is offered to them: its hold makes room for theirs."""
    await tx.execute(
        "WITH used AS (UPDATE space_waits SET status = 'taken' WHERE person_id = $1 AND space_id = $2 AND status = 'offered' "
        "AND offered_until > now() AND starts_at < $4 AND ends_at > $3 RETURNING offer_group) "
        "UPDATE occupancies SET status = 'released', held_until = NULL WHERE status = 'held' "
        "AND group_id IN (SELECT offer_group FROM used)",
        person_id,
        space_id,
        starts_at,
        ends_at,
    )


async def offered_group(
    tx: Connection, *, person_id: UUID, space_id: UUID, starts_at: datetime, ends_at: datetime
) -> UUID | None:
    """What holds a part of this time for the person, if it is offered to them."""
    found: UUID | None = await tx.fetchval(
        "SELECT offer_group FROM space_waits WHERE person_id = $1 AND space_id = $2 AND status = 'offered' AND offered_until > now() "
        "AND starts_at < $4 AND ends_at > $3 ORDER BY id LIMIT 1",
        person_id,
        space_id,
        starts_at,
        ends_at,
    )
    return found


async def due(tx: Connection, *, limit: int) -> list[Row]:
    """Offers that are over, and waits for a time that may be free by now or can no longer be had; those that came first first."""
    return await tx.fetch(
        """
        SELECT w.id, w.space_id, w.status FROM space_waits w JOIN spaces s ON s.id = w.space_id
         WHERE (w.status = 'offered' AND w.offered_until <= now())
            OR (w.status = 'waiting' AND w.starts_at - make_interval(mins => s.lead_min) <= now())
            OR (w.status = 'waiting' AND s.status = 'open' AND NOT EXISTS (
                    WITH RECURSIVE inside AS (
                        SELECT id, space_no FROM spaces WHERE id = w.space_id
                        UNION SELECT x.id, x.space_no FROM spaces x JOIN inside ON x.parent_id = inside.id)
                    SELECT FROM inside JOIN occupancies o
                        ON int8range(o.space_no, o.space_no, '[]') = int8range(inside.space_no, inside.space_no, '[]')
                       AND o.status <> 'released' AND (o.status = 'active' OR o.held_until > now())
                       AND o.period && tstzrange(w.starts_at - make_interval(mins => s.buffer_before_min),
                                                 w.ends_at + make_interval(mins => s.buffer_after_min))))
         ORDER BY w.status = 'waiting', w.id LIMIT $1
        """,
        limit,
    )


async def told_of(tx: Connection, wait_id: UUID) -> Row | None:
    """What the message about an offer tells."""
    return await tx.fetchrow(
        "SELECT w.*, s.name AS title, s.name_en AS title_en, c.time_zone, c.desk_phone AS phone FROM space_waits w "
        "JOIN spaces s ON s.id = w.space_id JOIN communities c ON c.id = s.community_id WHERE w.id = $1",
        wait_id,
    )
