"""All SQL of catching up with the provider after a restore."""

from datetime import date, datetime
from uuid import UUID

from market.db import Connection, Row


async def is_transfer_known(tx: Connection, provider_transfer: str) -> bool:
    return bool(
        await tx.fetchval("SELECT EXISTS (SELECT FROM payouts WHERE provider_transfer = $1)", provider_transfer)
    )


async def is_reversal_known(tx: Connection, provider_reversal: str) -> bool:
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM payout_reversals WHERE provider_reversal = $1)", provider_reversal
        )
    )


async def asked_payout(tx: Connection, payout_id: UUID) -> Row | None:
    """A payout under way, locked, with its partner's slug."""
    return await tx.fetchrow(
        "SELECT o.*, p.slug AS partner FROM payouts o JOIN partners p ON p.id = o.partner_id WHERE o.id = $1 AND o.status = 'asked' "
        "FOR NO KEY UPDATE OF o",
        payout_id,
    )


async def paid_partner(tx: Connection, stripe_account: str, at: datetime) -> Row | None:
    """Whose account it is, and which day it was in its community then."""
    return await tx.fetchrow(
        "SELECT p.id, p.slug, p.community_id, ($2::timestamptz AT TIME ZONE c.time_zone)::date AS day FROM payout_accounts a "
        "JOIN partners p ON p.id = a.partner_id JOIN communities c ON c.id = p.community_id WHERE a.stripe_account = $1",
        stripe_account,
        at,
    )


async def run_of(tx: Connection, *, community_id: UUID, due_on: date, currency: str) -> UUID:
    """The run of a due day, made if there is none."""
    found: UUID = await tx.fetchval(
        "INSERT INTO payout_runs (community_id, due_on, rail, currency, status) VALUES ($1, $2, 'connect', $3, 'ready') "
        "ON CONFLICT (community_id, due_on) DO UPDATE SET due_on = excluded.due_on RETURNING id",
        community_id,
        due_on,
        currency,
    )
    return found


async def insert_found_payout(
    tx: Connection, *, payout_id: UUID, run_id: UUID, partner_id: UUID, amount_minor: int, currency: str, account: str
) -> bool:
    """A payout written again from what the provider says; False when the run has one for this partner."""
    row = await tx.fetchval(
        "INSERT INTO payouts (id, run_id, partner_id, amount_minor, currency, rail, stripe_account) "
        "VALUES ($1, $2, $3, $4, $5, 'connect', $6) ON CONFLICT DO NOTHING RETURNING id",
        payout_id, run_id, partner_id, amount_minor, currency, account,
    )  # fmt: skip
    return row is not None


async def reversal_for(tx: Connection, *, own_id: UUID | None, provider_transfer: str, amount_minor: int) -> Row | None:
    """The reversal under way that the provider has done: by its id, else one of the same transfer over the same amount. Locked."""
    return await tx.fetchrow(
        "SELECT v.*, p.slug AS partner FROM payout_reversals v JOIN payouts o ON o.id = v.payout_id JOIN partners p ON p.id = o.partner_id "
        "WHERE o.provider_transfer = $2 AND v.status = 'asked' AND (v.id = $1 OR v.amount_minor = $3) "
        "ORDER BY v.id = $1 DESC NULLS LAST, v.id LIMIT 1 FOR NO KEY UPDATE OF v",
        own_id,
        provider_transfer,
        amount_minor,
    )


async def reversible(tx: Connection, provider_transfer: str) -> Row | None:
    return await tx.fetchrow(
        "SELECT o.id, o.amount_minor - o.reversed_minor AS left_minor, o.currency, p.slug AS partner FROM payouts o "
        "JOIN partners p ON p.id = o.partner_id WHERE o.provider_transfer = $1 FOR NO KEY UPDATE OF o",
        provider_transfer,
    )


async def is_order_known(tx: Connection, order_id: UUID) -> bool:
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM orders WHERE id = $1)", order_id))


async def days_since(tx: Connection, since: datetime, most: int) -> list[date]:
    """Every day (UTC) from then to today, the last ones where they are too many."""
    rows = await tx.fetch(
        "SELECT d::date AS day FROM generate_series(greatest(($1::timestamptz AT TIME ZONE 'UTC')::date, "
        "(now() AT TIME ZONE 'UTC')::date - $2::int), (now() AT TIME ZONE 'UTC')::date, interval '1 day') d",
        since,
        most,
    )
    return [row["day"] for row in rows]
