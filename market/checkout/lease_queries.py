"""All SQL over leases and their statements."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from market.db import Connection, Row

_LEASE = """
    SELECT l.*, coalesce(l.ended_on, l.last_day) AS ends_on, s.name AS space, s.name_en AS space_en, s.kind AS space_kind,
           p.slug AS partner, p.name AS partner_name, p.name_en AS partner_name_en, c.slug AS community, c.time_zone,
           e.slug AS enterprise, e.name AS enterprise_name, e.name_en AS enterprise_name_en,
           (now() AT TIME ZONE c.time_zone)::date AS today
      FROM leases l JOIN spaces s ON s.id = l.space_id JOIN partners p ON p.id = l.partner_id
      JOIN communities c ON c.id = l.community_id LEFT JOIN enterprises e ON e.id = s.enterprise_id
"""


async def insert_lease(tx: Connection, *, values: Mapping[str, Any]) -> UUID:
    """`values` by column name: names come from the service, never from outside."""
    columns = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    found: UUID = await tx.fetchval(f"INSERT INTO leases ({columns}) VALUES ({places}) RETURNING id", *values.values())
    return found


async def lease(tx: Connection, lease_id: UUID) -> Row | None:
    return await tx.fetchrow(_LEASE + "WHERE l.id = $1", lease_id)


async def lock_lease(tx: Connection, lease_id: UUID) -> Row | None:
    """The lease, locked before it is read, with those of the same award in one order: their ends and statements are written one after
    the other."""
    await tx.execute(
        "SELECT FROM leases WHERE id = $1 OR tender_id = (SELECT tender_id FROM leases WHERE id = $1) ORDER BY id FOR UPDATE",
        lease_id,
    )
    return await lease(tx, lease_id)


async def leases(tx: Connection, *, community: UUID | None = None, partner: UUID | None = None) -> list[Row]:
    """Of a community and all below it, or of a partner; those that run first, the newest first."""
    return await tx.fetch(
        _LEASE + "WHERE ($1::uuid IS NULL OR c.path @> ARRAY[$1::uuid]) AND ($2::uuid IS NULL OR l.partner_id = $2) "
        "ORDER BY coalesce(l.ended_on, l.last_day) < (now() AT TIME ZONE c.time_zone)::date, l.id DESC LIMIT 500",
        community,
        partner,
    )


async def leases_to_settle(tx: Connection) -> list[UUID]:
    """Leases that have a month, or a part of one, that is over and has no statement yet."""
    rows = await tx.fetch(
        """
        SELECT l.id FROM leases l JOIN communities c ON c.id = l.community_id
          LEFT JOIN LATERAL (SELECT max(until) AS until FROM lease_statements WHERE lease_id = l.id) t ON true
         WHERE l.first_day < (now() AT TIME ZONE c.time_zone)::date
           AND coalesce(t.until, l.first_day - 1) < coalesce(l.ended_on, l.last_day)
           AND least(coalesce(l.ended_on, l.last_day),
                     (date_trunc('month', coalesce(t.until + 1, l.first_day)) + interval '1 month')::date - 1)
               < (now() AT TIME ZONE c.time_zone)::date
         ORDER BY l.id
        """
    )
    return [row["id"] for row in rows]


async def statements_of(tx: Connection, lease_ids: Sequence[UUID]) -> list[Row]:
    """The newest first."""
    return await tx.fetch(
        "SELECT * FROM lease_statements WHERE lease_id = ANY($1) ORDER BY lease_id, month DESC", list(lease_ids)
    )


async def turnover(tx: Connection, *, partner: UUID, community: UUID, zone: str, first: date, last: date) -> int:
    """What a partner sold in a community on these days at its wall and has not given back by now, before shares (minor units)."""
    found: int = await tx.fetchval(
        "SELECT coalesce(sum(l.payable_minor - l.refunded_minor + line_covered(l.id)), 0)::bigint "
        "FROM order_lines l JOIN orders o ON o.id = l.order_id "
        "WHERE l.partner_id = $1 AND l.community_id = $2 AND o.paid_at >= ($4::date)::timestamp AT TIME ZONE $3 "
        "AND o.paid_at < ($5::date + 1)::timestamp AT TIME ZONE $3",
        partner,
        community,
        zone,
        first,
        last,
    )
    return found


async def turnover_of_award(tx: Connection, *, lease: Row, month: date, until: date) -> int | None:
    """The turnover that another lease of the same award was settled with for the same days; None when there is none yet."""
    found: int | None = await tx.fetchval(
        "SELECT t.turnover_minor FROM lease_statements t JOIN leases l ON l.id = t.lease_id "
        "WHERE l.tender_id = $1 AND l.partner_id = $2 AND l.community_id = $3 AND l.share_bp > 0 AND l.id <> $4 AND t.month = $5 "
        "AND t.until = $6 ORDER BY l.id LIMIT 1",
        lease["tender_id"],
        lease["partner_id"],
        lease["community_id"],
        lease["id"],
        month,
        until,
    )
    return found


async def insert_statement(tx: Connection, *, values: Mapping[str, Any]) -> UUID:
    columns = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    found: UUID = await tx.fetchval(
        f"INSERT INTO lease_statements ({columns}) VALUES ({places}) RETURNING id", *values.values()
    )
    return found


async def update_ended(tx: Connection, lease_id: UUID, *, ended_on: date, reason: str) -> None:
    await tx.execute("UPDATE leases SET ended_on = $2, end_reason = $3 WHERE id = $1", lease_id, ended_on, reason)


async def statement_lease(tx: Connection, statement_id: UUID) -> UUID | None:
    found: UUID | None = await tx.fetchval("SELECT lease_id FROM lease_statements WHERE id = $1", statement_id)
    return found


async def update_paid(tx: Connection, statement_id: UUID, *, minor: int) -> None:
    await tx.execute("UPDATE lease_statements SET paid_minor = paid_minor + $2 WHERE id = $1", statement_id, minor)


async def indexations_of(tx: Connection, lease_ids: Sequence[UUID]) -> list[Row]:
    return await tx.fetch(
        "SELECT * FROM lease_indexations WHERE lease_id = ANY($1) ORDER BY lease_id, month", list(lease_ids)
    )


async def insert_indexation(tx: Connection, *, values: Mapping[str, Any]) -> bool:
    """False when the month has one."""
    columns = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    done = await tx.fetchval(
        f"INSERT INTO lease_indexations ({columns}) VALUES ({places}) ON CONFLICT (lease_id, month) DO NOTHING RETURNING true",
        *values.values(),
    )
    return bool(done)


async def deposits_of(tx: Connection, lease_ids: Sequence[UUID]) -> list[Row]:
    return await tx.fetch(
        "SELECT * FROM lease_deposits WHERE lease_id = ANY($1) ORDER BY lease_id, id", list(lease_ids)
    )


async def insert_deposit(
    tx: Connection, *, lease_id: UUID, act: str, minor: int, reason: str, key: str, by: UUID
) -> UUID:
    found: UUID = await tx.fetchval(
        "INSERT INTO lease_deposits (lease_id, act, amount_minor, reason, key, made_by) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        lease_id,
        act,
        minor,
        reason,
        key,
        by,
    )
    return found


async def owners_of(tx: Connection, partner_id: UUID) -> list[UUID]:
    """Who speaks for a partner."""
    rows = await tx.fetch("SELECT person_id FROM partner_members WHERE partner_id = $1 AND role = 'owner'", partner_id)
    return [row["person_id"] for row in rows]
