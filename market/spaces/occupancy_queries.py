"""All SQL about what occupies spaces: availability, locks, holds, bookings, sessions, leases and closures."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from market.db import Connection, Row
from market.spaces.exception_queries import EXCEPTIONS
from market.spaces.tariff_queries import LISTS

# A space ($1) and everything it contains: whoever takes it takes all of these, and meets whoever took one of them. What contains
# the space gets no row: two rooms of one hall may be taken at the same time, and who wants the hall meets the rows of its rooms.
INSIDE = """
    WITH RECURSIVE inside AS (
        SELECT id, space_no FROM spaces WHERE id = $1
        UNION SELECT s.id, s.space_no FROM spaces s JOIN inside ON s.parent_id = inside.id
    )
"""
# The space with all that contains it and all that it contains: who must not be taken meanwhile.
FAMILY = """
    WITH RECURSIVE up AS (
        SELECT id, parent_id FROM spaces WHERE id = $1
        UNION SELECT s.id, s.parent_id FROM spaces s JOIN up ON s.id = up.parent_id
    ), down AS (
        SELECT id FROM spaces WHERE id = $1
        UNION SELECT s.id FROM spaces s JOIN down ON s.parent_id = down.id
    ), family AS (
        SELECT id FROM up UNION SELECT id FROM down
    )
"""
# Occupancies (o) of those spaces, compared as the exclusion constraint compares, so that its index answers.
THERE = """inside JOIN occupancies o ON int8range(o.space_no, o.space_no, '[]') = int8range(inside.space_no, inside.space_no, '[]')
                              AND o.status <> 'released'"""
IN_THE_WAY = "(o.status = 'active' OR o.held_until > now())"


async def availability(tx: Connection, *, space_id: UUID, low: datetime, high: datetime) -> Row | None:
    """Hours, tariff and terms of a space with the taken periods (buffers included) between, as seconds since the epoch: one statement."""
    return await tx.fetchrow(
        INSIDE
        + f"""
        SELECT s.hours, s.off_peak, s.rate_minor, s.currency, s.granularity_min, s.min_length_min, s.max_length_min, s.lead_min,
               s.horizon_days, s.buffer_before_min, s.buffer_after_min, s.status, s.community_id, c.time_zone,
               now() AS now, t.lows, t.highs, {LISTS}, {EXCEPTIONS}
          FROM spaces s JOIN communities c ON c.id = s.community_id, (
               SELECT array_agg(floor(extract(epoch FROM lower(o.period)))::bigint) AS lows,
                      array_agg(ceil(extract(epoch FROM upper(o.period)))::bigint) AS highs
                 FROM {THERE} WHERE o.period && tstzrange($2, $3) AND {IN_THE_WAY}) t
         WHERE s.id = $1
        """,
        space_id,
        low,
        high,
    )


async def is_taken(
    tx: Connection, *, space_id: UUID, starts_at: datetime, ends_at: datetime, except_group: UUID | None = None
) -> bool | None:
    """Whether anything that still counts overlaps the interval with the space's buffers, one group left out; None for an unknown or
    closed space."""
    found: bool | None = await tx.fetchval(
        INSIDE
        + f"""
        SELECT EXISTS (SELECT 1 FROM {THERE}
                        WHERE {IN_THE_WAY} AND o.group_id IS DISTINCT FROM $4
                          AND o.period && tstzrange($2::timestamptz - make_interval(mins => s.buffer_before_min),
                                                                     $3::timestamptz + make_interval(mins => s.buffer_after_min)))
          FROM spaces s WHERE s.id = $1 AND s.status = 'open'
        """,
        space_id,
        starts_at,
        ends_at,
        except_group,
    )
    return found


async def lock_family(tx: Connection, *, space_id: UUID) -> list[Row]:
    """Lock a space and all its relatives in id order; empty when there is no such space.

    NO KEY UPDATE is as exclusive among bookings as UPDATE, and lets others go on to refer to the space."""
    return await tx.fetch(
        FAMILY + "SELECT s.* FROM spaces s WHERE s.id IN (SELECT id FROM family) ORDER BY s.id FOR NO KEY UPDATE OF s",
        space_id,
    )


async def lock_families(tx: Connection, *, space_ids: Sequence[UUID]) -> None:
    """Lock several spaces with all their relatives in one id order, for who takes more than one in a transaction."""
    await tx.fetch(
        FAMILY.replace("id = $1", "id = ANY($1)")
        + "SELECT s.id FROM spaces s WHERE s.id IN (SELECT id FROM family) ORDER BY s.id FOR NO KEY UPDATE OF s",
        list(space_ids),
    )


async def update_expired_holds(tx: Connection, *, space_ids: Sequence[UUID], low: datetime, high: datetime) -> None:
    """Release holds in the way that are over by the database's clock, each with its whole group."""
    await tx.execute(
        """
        UPDATE occupancies SET status = 'released', held_until = NULL
         WHERE status = 'held' AND group_id IN (
               SELECT group_id FROM occupancies
                WHERE status = 'held' AND held_until <= now() AND space_id = ANY($1) AND period && tstzrange($2, $3))
        """,
        list(space_ids),
        low,
        high,
    )


async def insert_occupancies(
    tx: Connection,
    *,
    space_id: UUID,
    group_id: UUID,
    low: datetime,
    high: datetime,
    starts_at: datetime,
    ends_at: datetime,
    kind: str,
    held_until: datetime | None,
    note: str,
) -> list[Row]:
    """One row for the space and one for each space inside it, or none at all when anything is in the way.

    What is inside is read again here: a room that was added while the locks were awaited is taken too."""
    return await tx.fetch(
        INSIDE
        + f"""
        INSERT INTO occupancies (group_id, is_primary, space_id, space_no, period, starts_at, ends_at, kind, status, held_until, note)
        SELECT $2, id = $1, id, space_no, tstzrange($3, $4), $5, $6, $7,
               CASE WHEN $8::timestamptz IS NULL THEN 'active' ELSE 'held' END, $8, $9
          FROM inside
         WHERE NOT EXISTS (SELECT 1 FROM {THERE} WHERE o.period && tstzrange($3, $4))
         ORDER BY id
        RETURNING id, is_primary
        """,
        space_id,
        group_id,
        low,
        high,
        starts_at,
        ends_at,
        kind,
        held_until,
        note,
    )


async def insert_blocks_of_ancestors(tx: Connection, *, space_id: UUID) -> None:
    """Block a new space for all that already takes what contains it."""
    await tx.execute(
        """
        WITH RECURSIVE up AS (
            SELECT id, parent_id, space_no FROM spaces WHERE id = $1
            UNION SELECT s.id, s.parent_id, s.space_no FROM spaces s JOIN up ON s.id = up.parent_id
        )
        INSERT INTO occupancies (group_id, is_primary, space_id, space_no, period, starts_at, ends_at, kind, status, held_until, note)
        SELECT o.group_id, false, n.id, n.space_no, o.period, o.starts_at, o.ends_at, o.kind, o.status, o.held_until, o.note
          FROM spaces n, occupancies o
         WHERE n.id = $1 AND o.space_id IN (SELECT id FROM up WHERE id <> $1) AND o.is_primary AND o.status <> 'released'
        """,
        space_id,
    )


async def primary(tx: Connection, *, group_id: UUID) -> Row | None:
    """The row on the asked space."""
    return await tx.fetchrow(
        "SELECT *, lower(period) AS low, upper(period) AS high, ends_at <= now() AS is_over "
        "FROM occupancies WHERE group_id = $1 AND is_primary",
        group_id,
    )


async def update_held_to_active(tx: Connection, *, group_id: UUID) -> None:
    await tx.execute(
        "UPDATE occupancies SET status = 'active', held_until = NULL WHERE group_id = $1 AND status = 'held'", group_id
    )


async def update_held_until(tx: Connection, *, group_id: UUID, held_until: datetime) -> bool:
    """Let a hold that still counts end at another moment, on all its spaces."""
    rows = await tx.fetch(
        "UPDATE occupancies SET held_until = $2 WHERE group_id = $1 AND status = 'held' AND held_until > now() RETURNING id",
        group_id,
        held_until,
    )
    return bool(rows)


async def update_shifted(tx: Connection, *, group_id: UUID, starts_at: datetime, ends_at: datetime) -> bool:
    """Let a group lie at another time, buffers with it, on all its spaces; False, and nothing done, when anything is in the way."""
    rows = await tx.fetch(
        """
        UPDATE occupancies SET period = tstzrange(lower(period) + ($2 - starts_at), upper(period) + ($3 - ends_at)),
                               starts_at = $2, ends_at = $3
         WHERE group_id = $1 AND NOT EXISTS (
               SELECT FROM occupancies own JOIN occupancies o
                   ON int8range(o.space_no, o.space_no, '[]') = int8range(own.space_no, own.space_no, '[]')
                  AND o.status <> 'released' AND o.group_id <> own.group_id
                  AND o.period && tstzrange(lower(own.period) + ($2 - own.starts_at), upper(own.period) + ($3 - own.ends_at))
                WHERE own.group_id = $1)
        RETURNING id
        """,
        group_id,
        starts_at,
        ends_at,
    )
    return bool(rows)


async def update_to_released(tx: Connection, *, group_id: UUID) -> None:
    await tx.execute(
        "UPDATE occupancies SET status = 'released', held_until = NULL WHERE group_id = $1 AND status <> 'released'",
        group_id,
    )


async def update_ended_early(tx: Connection, *, group_id: UUID) -> bool:
    """End a running booking now, on all its spaces, and note that nobody came."""
    rows = await tx.fetch(
        "UPDATE occupancies SET period = tstzrange(lower(period), now()), ends_at = now(), no_show_at = now() "
        "WHERE group_id = $1 AND kind = 'booking' AND status = 'active' AND starts_at < now() AND ends_at > now() RETURNING id",
        group_id,
    )
    return bool(rows)


async def update_left(tx: Connection, *, group_id: UUID) -> None:
    """End a running booking now, on all its spaces, and note that who had it has left."""
    await tx.execute(
        "UPDATE occupancies SET period = tstzrange(lower(period), now() + (upper(period) - ends_at)), ends_at = now(), left_at = now() "
        "WHERE group_id = $1 AND kind = 'booking' AND status = 'active' AND starts_at < now() AND ends_at > now()",
        group_id,
    )


async def update_shortened(tx: Connection, *, group_id: UUID, ends_at: datetime) -> None:
    """End a lease at a moment before its end, on all its spaces."""
    await tx.execute(
        "UPDATE occupancies SET period = tstzrange(lower(period), $2), ends_at = $2 "
        "WHERE group_id = $1 AND kind = 'lease' AND status = 'active' AND starts_at < $2 AND ends_at > $2",
        group_id,
        ends_at,
    )


async def delete_released_rows(tx: Connection, *, group_id: UUID) -> None:
    """The old rows of a group that was written anew."""
    await tx.execute("DELETE FROM occupancies WHERE group_id = $1 AND status = 'released'", group_id)


async def occupancy(tx: Connection, *, occupancy_id: UUID, space_id: UUID) -> Row | None:
    """One row of the space, or of one inside it, that still counts."""
    return await tx.fetchrow(
        INSIDE
        + "SELECT * FROM occupancies WHERE id = $2 AND space_id IN (SELECT id FROM inside) AND status <> 'released'",
        space_id,
        occupancy_id,
    )


async def occupancies(tx: Connection, *, space_id: UUID, low: datetime, high: datetime, limit: int) -> list[Row]:
    """What takes the space or a part of it between, each once, in order of time."""
    return await tx.fetch(
        INSIDE
        + f"""
        SELECT * FROM (
            SELECT DISTINCT ON (o.group_id) o.* FROM {THERE}
             WHERE o.period && tstzrange($2, $3) AND {IN_THE_WAY} ORDER BY o.group_id, o.space_id <> $1, NOT o.is_primary, o.id) o
         ORDER BY o.starts_at, o.id LIMIT $4
        """,
        space_id,
        low,
        high,
        limit,
    )


async def bookings_ahead(tx: Connection, *, space_id: UUID) -> list[Row]:
    """Bookings and sessions of this very space that are not over."""
    return await tx.fetch(
        f"SELECT o.* FROM occupancies o WHERE o.space_id = $1 AND o.is_primary AND o.kind IN ('booking', 'session') "
        f"AND o.status <> 'released' AND {IN_THE_WAY} AND o.ends_at > now() ORDER BY o.starts_at",
        space_id,
    )
