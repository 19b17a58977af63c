"""All SQL over utilisation: what was booked, who came, and the rows that are kept of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from market.db import Connection, Row
from market.spaces.utilisation import MEASURES, SpaceHour, whole_months

By = Literal["space", "kind", "complex", "community", "hour", "weekday_hour", "day", "month", "space_hour", "total"]
# Of rows h, their spaces s and the outermost space t around each: what a figure is grouped by, and what that is called.
KEYS: dict[By, tuple[str, str, str]] = {
    "space": ("s.id::text", "s.name", "s.name_en"),
    "kind": ("s.kind", "s.kind", "NULL"),
    "complex": ("t.id::text", "t.name", "t.name_en"),
    "community": ("s.community", "s.community_name", "s.community_name_en"),
    "hour": ("h.hour::text", "lpad(h.hour::text, 2, '0') || ':00'", "NULL"),
    "weekday_hour": ("((extract(isodow FROM h.day)::int - 1) * 24 + h.hour)::text", "''", "NULL"),
    "day": ("h.day::text", "h.day::text", "NULL"),
    "month": ("to_char(h.day, 'YYYY-MM')", "to_char(h.day, 'YYYY-MM')", "NULL"),
    "space_hour": ("s.id || '/' || ((extract(isodow FROM h.day)::int - 1) * 24 + h.hour)", "''", "NULL"),
    "total": ("''", "''", "NULL"),
}
BY_NAME = {"space", "kind", "complex", "community"}
BY_HOUR = {"hour", "weekday_hour"}
BY_DAY = {"day", "space_hour"}

CHOSEN = """
    WITH RECURSIVE up AS (
        SELECT s.id, s.parent_id, s.id AS top FROM spaces s JOIN communities c ON c.id = s.community_id WHERE c.path @> ARRAY[$1::uuid]
        UNION ALL SELECT up.id, p.parent_id, p.id FROM up JOIN spaces p ON p.id = up.parent_id
    ), chosen AS (
        SELECT s.id, s.kind, s.name, s.name_en, s.area_dm2, c.slug AS community, c.name AS community_name,
               c.name_en AS community_name_en, up.top
          FROM spaces s JOIN communities c ON c.id = s.community_id JOIN up ON up.id = s.id AND up.parent_id IS NULL
         WHERE ($2::uuid IS NULL OR s.id = $2) AND ($3::text IS NULL OR s.kind = $3)
    )
"""


MEASURE_SUMS = ", ".join(f"sum({{0}}{each})::bigint AS {each}" for each in MEASURES)
MEASURE_LIST = ", ".join(MEASURES)


async def figures(
    tx: Connection,
    *,
    community: UUID,
    by: By,
    first: date,
    end: date,
    fresh: Sequence[SpaceHour],
    space: UUID | None = None,
    kind: str | None = None,
) -> list[Row]:
    """Sums of the kept rows and of `fresh` ones from `first` up to `end`, not included. Spaces are shown each by itself; everything
    else counts the spaces that contain no other, or the one that is asked for. Whole months come from their sums, unless days are
    asked for, or the hours of one space."""
    months = (end, end) if by in BY_DAY or (by in BY_HOUR and space) else whole_months(first, end)
    return await tx.fetch(
        CHOSEN + (_hours_of_week(by) if by in BY_HOUR and space is None else _of_spaces(by, is_one=space is not None)),
        community,
        space,
        kind,
        first,
        end,
        [_stored(each) for each in fresh],
        *months,
    )


# Single hours of chosen spaces outside the whole months ($7 to $8), and those that are counted only now ($6).
SINGLE = f"""
            SELECT h.space_id, h.day, h.hour, h.is_leaf, {MEASURE_LIST} FROM space_hours h
             WHERE h.space_id IN (SELECT id FROM chosen) AND h.day >= $4 AND h.day < least($5::date, $7::date)
            UNION ALL
            SELECT h.space_id, h.day, h.hour, h.is_leaf, {MEASURE_LIST} FROM space_hours h
             WHERE h.space_id IN (SELECT id FROM chosen) AND h.day >= greatest($4::date, $8::date) AND h.day < $5
            UNION ALL
            SELECT h.space_id, h.day, h.hour, h.is_leaf, {MEASURE_LIST} FROM jsonb_populate_recordset(NULL::space_hours, $6) h
"""


def _of_spaces(by: By, *, is_one: bool) -> str:
    key, label, label_en = KEYS[by]
    every = by in ("space", "space_hour") or is_one
    return f"""
        , hours AS (
            {SINGLE}
            UNION ALL
            SELECT m.space_id, m.month, 0, m.is_leaf, {MEASURE_LIST} FROM space_months m
             WHERE m.space_id IN (SELECT id FROM chosen) AND m.month >= $7 AND m.month < $8
        ), each AS (
            SELECT {key} AS key, {label} AS label, {label_en} AS label_en, s.area_dm2, {MEASURE_SUMS.format("h.")}
              FROM hours h JOIN chosen s ON s.id = h.space_id JOIN spaces t ON t.id = s.top
             WHERE {"true" if every else "h.is_leaf"}{" AND s.top <> s.id" if by == "complex" else ""}
             GROUP BY 1, 2, 3, s.id, s.area_dm2
        )
        SELECT key, label, label_en, coalesce(sum(area_dm2), 0)::bigint AS area_dm2, {MEASURE_SUMS.format("")}
          FROM each GROUP BY key, label, label_en ORDER BY {"label, key" if by in BY_NAME else "length(key), key"}
    """


def _hours_of_week(by: By) -> str:
    """An hour of the week is no place: it has no area."""
    key, label, label_en = KEYS[by]
    return f"""
        , hours AS (
            {SINGLE}
            UNION ALL
            SELECT NULL, DATE '2001-01-01' + k.weekday, k.hour, true, {MEASURE_LIST} FROM space_kind_hours k
             WHERE k.community_id IN (SELECT id FROM communities WHERE path @> ARRAY[$1::uuid]) AND ($3::text IS NULL OR k.kind = $3)
               AND k.month >= $7 AND k.month < $8
        )
        SELECT {key} AS key, {label} AS label, {label_en}::text AS label_en, 0::bigint AS area_dm2, {MEASURE_SUMS.format("h.")}
          FROM hours h WHERE h.is_leaf GROUP BY 1, 2, 3 ORDER BY length({key}), 1
    """


def _stored(row: SpaceHour) -> dict[str, Any]:
    return {**row._asdict(), "space_id": str(row.space_id), "day": row.day.isoformat()}


async def chosen_spaces(tx: Connection, *, community: UUID, space: UUID | None, kind: str | None) -> list[Row]:
    """The spaces of a community and all below it that are asked for."""
    return await tx.fetch(
        CHOSEN + "SELECT s.*, s.top <> s.id AS is_inside FROM chosen s ORDER BY s.name, s.id", community, space, kind
    )


async def counted_communities(tx: Connection, *, community: UUID | None = None) -> list[Row]:
    """Communities that have spaces (of one and all below it, or all): their zone, today there, the day their first space was
    entered, and the first day that is not counted yet."""
    return await tx.fetch(
        """
        SELECT c.id, c.slug, c.time_zone, (now() AT TIME ZONE c.time_zone)::date AS today, w.first_day,
               greatest(coalesce(k.counted_until, w.first_day), w.first_day) AS counted_until
          FROM communities c LEFT JOIN space_counts k ON k.community_id = c.id
          JOIN LATERAL (SELECT min(w.first_day) AS first_day FROM space_weeks w JOIN spaces s ON s.id = w.space_id
                         WHERE s.community_id = c.id) w ON w.first_day IS NOT NULL
         WHERE $1::uuid IS NULL OR c.path @> ARRAY[$1::uuid] ORDER BY c.id
        """,
        community,
    )


async def lock_count(tx: Connection, *, community: UUID, first_day: date) -> date:
    """The first day that is not counted yet, locked for who counts on."""
    await tx.execute(
        "INSERT INTO space_counts (community_id, counted_until) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        community,
        first_day,
    )
    found: date = await tx.fetchval(
        "SELECT counted_until FROM space_counts WHERE community_id = $1 FOR UPDATE", community
    )
    return found


async def replace_hours(tx: Connection, *, community: UUID, first: date, end: date, rows: Sequence[SpaceHour]) -> None:
    """Write the rows of days anew with the sums of their months, and that these days are counted."""
    await tx.execute(
        "DELETE FROM space_hours WHERE day >= $2 AND day < $3 AND space_id IN (SELECT id FROM spaces WHERE community_id = $1)",
        community,
        first,
        end,
    )
    await tx.copy_records_to_table("space_hours", records=rows, columns=SpaceHour._fields)
    await tx.execute("SELECT sum_space_hours($1, $2, $3)", community, first, end)
    await tx.execute("UPDATE space_counts SET counted_until = $2 WHERE community_id = $1", community, end)


async def weeks(tx: Connection, *, community: UUID, first: date, end: date) -> list[Row]:
    """What the spaces of a community were from a day on, with the days on which other hours held, as far as [first, end) needs it."""
    return await tx.fetch(
        """
        SELECT w.space_id, w.first_day, w.parent_id, w.hours, w.status,
               (SELECT jsonb_agg(jsonb_build_object('first_day', greatest(x.first_day, $2::date - 2),
                                                    'last_day', least(x.last_day, $3::date + 1),
                                                    'hours', x.hours) ORDER BY x.space_id IS NOT NULL, x.created_at)
                  FROM space_exceptions x
                 WHERE (x.space_id = s.id OR x.community_id = ANY(c.path)) AND x.last_day >= $2::date - 2 AND x.first_day <= $3::date + 1
               ) AS exceptions
          FROM space_weeks w JOIN spaces s ON s.id = w.space_id JOIN communities c ON c.id = s.community_id
         WHERE s.community_id = $1 AND w.first_day < $3::date ORDER BY w.first_day, w.space_id
        """,
        community,
        first,
        end,
    )


async def uses(tx: Connection, *, community: UUID, low: datetime, high: datetime) -> list[Row]:
    """What was booked, let, held in or closed between, each once, with who came and what was paid; also what was paid and given back."""
    return await tx.fetch(
        """
        SELECT o.group_id, o.space_id, o.kind, o.status = 'active' AS stands, o.starts_at, o.ends_at, o.note, l.order_id,
               greatest(o.ends_at, l.ends_at) AS meant_until, o.no_show_at IS NOT NULL AS is_freed,
               o.starts_at - lower(o.period) AS kept_before, upper(o.period) - o.ends_at AS kept_after, o.ends_at <= now() AS is_over,
               CASE WHEN r.paid_at IS NULL THEN 0 ELSE l.payable_minor - l.refunded_minor END AS revenue_minor,
               CASE WHEN r.paid_at IS NOT NULL AND o.status = 'active' THEN l.list_minor - l.payable_minor ELSE 0 END AS subsidy_minor,
               coalesce(l.attendees, 1) AS attendees, l.tariff->>'audience' AS audience, v.redeemed > 0 AS has_come,
               coalesce(li.title, p.name) AS title, coalesce(li.title_en, p.name_en) AS title_en, li.kind AS listing_kind,
               coalesce(g.came, 0) AS came
          FROM occupancies o JOIN spaces s ON s.id = o.space_id
          LEFT JOIN order_lines l ON o.kind = 'booking' AND l.occupancy_group = o.group_id
          LEFT JOIN orders r ON r.id = l.order_id
          LEFT JOIN LATERAL (SELECT count(*) AS redeemed FROM vouchers v WHERE v.line_id = l.id AND v.status = 'redeemed') v ON true
          LEFT JOIN offers f ON o.kind = 'session' AND f.occupancy_group = o.group_id
          LEFT JOIN listings li ON li.id = f.listing_id
          LEFT JOIN leases le ON o.kind = 'lease' AND le.occupancy_group = o.group_id
          LEFT JOIN partners p ON p.id = le.partner_id
          LEFT JOIN LATERAL (
               SELECT sum(n.quantity * n.redeemed / n.codes)::int AS came FROM (
                   SELECT ol.quantity, count(*) AS codes, count(*) FILTER (WHERE v.status = 'redeemed') AS redeemed
                     FROM order_lines ol JOIN vouchers v ON v.line_id = ol.id
                    WHERE ol.offer_id = f.id GROUP BY ol.id, ol.quantity) n) g ON true
         WHERE s.community_id = $1 AND o.is_primary AND o.starts_at < $3 AND greatest(o.ends_at, l.ends_at) > $2
           AND (o.status = 'active' OR (o.status = 'released' AND o.kind = 'booking' AND r.paid_at IS NOT NULL))
         ORDER BY o.starts_at, o.group_id
        """,
        community,
        low,
        high,
    )


async def rents(tx: Connection, *, community: UUID, first: date, end: date) -> list[Row]:
    """What the months of leases cost that touch these days."""
    return await tx.fetch(
        "SELECT l.occupancy_group, l.space_id, greatest(t.month, l.first_day) AS first_day, t.until, t.due_minor "
        "FROM lease_statements t JOIN leases l ON l.id = t.lease_id "
        "WHERE l.community_id = $1 AND t.month < $3 AND t.until >= $2 AND t.due_minor > 0 ORDER BY t.month, l.id",
        community,
        first,
        end,
    )


async def now(tx: Connection) -> datetime:
    """The database's clock."""
    found: datetime = await tx.fetchval("SELECT now()")
    return found
