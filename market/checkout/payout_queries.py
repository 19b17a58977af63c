"""All SQL over payouts: policies, accounts, runs, payments and reversals."""

from datetime import date
from typing import Any
from uuid import UUID

from market.db import Connection, Row

# Available money of orders whose payment a bank is deciding about.
FROZEN = """
SELECT coalesce(sum((s ->> 'amount')::bigint - (s ->> 'refunded')::bigint), 0)::bigint FROM order_lines l
CROSS JOIN LATERAL jsonb_array_elements(shares_with_covers(l.id, l.shares)) s
WHERE l.partner_id = $1 AND l.earned_at IS NOT NULL AND s ->> 'to' LIKE 'partner:%'
  AND EXISTS (SELECT FROM payment_disputes d WHERE d.order_id = l.order_id AND d.status = 'open')
"""


async def policy(tx: Connection, community_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT every, day, minimum_minor, rail, fee_bearer FROM payout_policies WHERE community_id = $1", community_id
    )


async def upsert_policy(tx: Connection, community_id: UUID, *, facts: dict[str, Any], person_id: UUID) -> None:
    await tx.execute(
        "INSERT INTO payout_policies (community_id, every, day, minimum_minor, rail, fee_bearer, changed_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (community_id) DO UPDATE SET every = excluded.every, day = excluded.day, "
        "minimum_minor = excluded.minimum_minor, rail = excluded.rail, fee_bearer = excluded.fee_bearer, "
        "changed_by = excluded.changed_by, changed_at = now()",
        community_id,
        facts["every"],
        facts["day"],
        facts["minimum_minor"],
        facts["rail"],
        facts["fee_bearer"],
        person_id,
    )


async def local_days(tx: Connection) -> list[Row]:
    """Every community with the day it is there now."""
    return await tx.fetch(
        "SELECT id, slug, currency, (now() AT TIME ZONE time_zone)::date AS today FROM communities WHERE kind = 'community' ORDER BY slug"
    )


async def local_day(tx: Connection, community_id: UUID) -> date:
    day: date = await tx.fetchval(
        "SELECT (now() AT TIME ZONE time_zone)::date FROM communities WHERE id = $1", community_id
    )
    return day


async def currency_of(tx: Connection, community_id: UUID) -> str:
    currency: str = await tx.fetchval("SELECT currency FROM communities WHERE id = $1", community_id)
    return currency


async def account(tx: Connection, partner_id: UUID) -> Row | None:
    return await tx.fetchrow("SELECT * FROM payout_accounts WHERE partner_id = $1", partner_id)


async def upsert_bank_account(
    tx: Connection, partner_id: UUID, *, holder: str, bank_name: str, account_no: str, person_id: UUID
) -> None:
    await tx.execute(
        "INSERT INTO payout_accounts (partner_id, holder, bank_name, account_no, changed_by) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (partner_id) DO UPDATE SET holder = excluded.holder, bank_name = excluded.bank_name, "
        "account_no = excluded.account_no, changed_by = excluded.changed_by, changed_at = now()",
        partner_id,
        holder,
        bank_name,
        account_no,
        person_id,
    )


async def upsert_stripe_account(tx: Connection, partner_id: UUID, *, stripe_account: str) -> None:
    await tx.execute(
        "INSERT INTO payout_accounts (partner_id, stripe_account) VALUES ($1, $2) ON CONFLICT (partner_id) DO UPDATE "
        "SET stripe_account = coalesce(payout_accounts.stripe_account, excluded.stripe_account)",
        partner_id,
        stripe_account,
    )


async def update_stripe_ready(tx: Connection, partner_id: UUID, *, is_ready: bool) -> None:
    await tx.execute("UPDATE payout_accounts SET is_stripe_ready = $2 WHERE partner_id = $1", partner_id, is_ready)


async def insert_run(tx: Connection, *, community_id: UUID, due_on: date, rail: str, currency: str) -> UUID | None:
    """Claim the run of a due day; None when it was made before."""
    row: UUID | None = await tx.fetchval(
        "INSERT INTO payout_runs (community_id, due_on, rail, currency, status) VALUES ($1, $2, $3, $4, 'ready') "
        "ON CONFLICT (community_id, due_on) DO NOTHING RETURNING id",
        community_id,
        due_on,
        rail,
        currency,
    )
    return row


async def update_run_made(tx: Connection, run_id: UUID, *, status: str, left_out: int) -> None:
    await tx.execute("UPDATE payout_runs SET status = $2, left_out = $3 WHERE id = $1", run_id, status, left_out)


async def partners_to_pay(tx: Connection, community_id: UUID) -> list[Row]:
    """Every partner of a community with its account, if it has one."""
    return await tx.fetch(
        "SELECT p.id, p.slug, a.holder, a.bank_name, a.account_no, a.stripe_account, a.is_stripe_ready FROM partners p "
        "LEFT JOIN payout_accounts a ON a.partner_id = p.id WHERE p.community_id = $1 ORDER BY p.slug",
        community_id,
    )


async def frozen(tx: Connection, partner_id: UUID) -> int:
    return int(await tx.fetchval(FROZEN, partner_id))


async def insert_payout(
    tx: Connection, *, run_id: UUID, partner: Row, amount_minor: int, netted_minor: int, currency: str, rail: str
) -> UUID:
    row: UUID = await tx.fetchval(
        "INSERT INTO payouts (run_id, partner_id, amount_minor, netted_minor, currency, rail, holder, bank_name, account_no, "
        "stripe_account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
        run_id,
        partner["id"],
        amount_minor,
        netted_minor,
        currency,
        rail,
        partner["holder"] or "",
        partner["bank_name"] or "",
        partner["account_no"] or "",
        partner["stripe_account"],
    )
    return row


RUNS = """
SELECT r.*, c.slug AS community, count(p.id)::int AS payouts, coalesce(sum(p.amount_minor), 0)::bigint AS total_minor,
  count(*) FILTER (WHERE p.status = 'sent')::int AS sent, count(*) FILTER (WHERE p.status = 'failed')::int AS failed,
  e.name AS exporter, k.name AS confirmer
FROM payout_runs r JOIN communities c ON c.id = r.community_id LEFT JOIN payouts p ON p.run_id = r.id
LEFT JOIN persons e ON e.id = r.exported_by LEFT JOIN persons k ON k.id = r.confirmed_by
"""


async def runs(tx: Connection, *, community_id: UUID, before: UUID | None, limit: int) -> list[Row]:
    """A page of a community's runs, newest first."""
    return await tx.fetch(
        f"{RUNS} WHERE r.community_id = $1 AND ($2::uuid IS NULL OR r.id < $2) GROUP BY r.id, c.slug, e.name, k.name "
        "ORDER BY r.id DESC LIMIT $3",
        community_id,
        before,
        limit,
    )


async def run(tx: Connection, run_id: UUID) -> Row | None:
    return await tx.fetchrow(f"{RUNS} WHERE r.id = $1 GROUP BY r.id, c.slug, e.name, k.name", run_id)


async def lock_run(tx: Connection, run_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT r.*, c.slug AS community FROM payout_runs r JOIN communities c ON c.id = r.community_id WHERE r.id = $1 "
        "FOR NO KEY UPDATE OF r",
        run_id,
    )


async def payouts_of(tx: Connection, run_id: UUID) -> list[Row]:
    return await tx.fetch(
        "SELECT o.*, p.slug AS partner, p.name, p.name_en FROM payouts o JOIN partners p ON p.id = o.partner_id "
        "WHERE o.run_id = $1 ORDER BY o.id",
        run_id,
    )


async def payouts_of_partner(tx: Connection, *, partner_id: UUID, limit: int) -> list[Row]:
    """The newest payouts of a partner, with the day they were due."""
    return await tx.fetch(
        "SELECT o.*, r.due_on FROM payouts o JOIN payout_runs r ON r.id = o.run_id WHERE o.partner_id = $1 ORDER BY o.id DESC LIMIT $2",
        partner_id,
        limit,
    )


async def update_run_exported(tx: Connection, run_id: UUID, *, person_id: UUID, checksum: str) -> None:
    await tx.execute(
        "UPDATE payout_runs SET status = 'exported', checksum = $3, exported_by = $2, exported_at = now() WHERE id = $1",
        run_id,
        person_id,
        checksum,
    )


async def update_run_confirmed(tx: Connection, run_id: UUID, *, person_id: UUID | None) -> None:
    await tx.execute(
        "UPDATE payout_runs SET status = 'done', confirmed_by = $2, confirmed_at = now() WHERE id = $1",
        run_id,
        person_id,
    )


async def update_payout_settled(
    tx: Connection, payout_id: UUID, *, status: str, failure: str = "", provider_transfer: str | None = None
) -> bool:
    """Settle a payout that is under way; False when it is settled already."""
    row = await tx.fetchval(
        "UPDATE payouts SET status = $2, failure = $3, provider_transfer = $4, settled_at = now() "
        "WHERE id = $1 AND status = 'asked' RETURNING id",
        payout_id,
        status,
        failure,
        provider_transfer,
    )
    return row is not None


async def update_payout_tried(tx: Connection, payout_id: UUID) -> Row | None:
    """A payout under way as it was before this try, which is noted."""
    return await tx.fetchrow(
        "WITH before AS (SELECT id, tried_at FROM payouts WHERE id = $1) UPDATE payouts o SET tried_at = now() FROM before b, partners p "
        "WHERE o.id = b.id AND p.id = o.partner_id AND o.status = 'asked' RETURNING o.*, p.slug AS partner, b.tried_at AS tried_before",
        payout_id,
    )


async def update_run_finished(tx: Connection, run_id: UUID) -> None:
    """A run without a payout under way is done."""
    await tx.execute(
        "UPDATE payout_runs r SET status = 'done', confirmed_at = now() WHERE id = $1 AND status = 'ready' "
        "AND NOT EXISTS (SELECT FROM payouts p WHERE p.run_id = r.id AND p.status = 'asked')",
        run_id,
    )


async def unsettled_payouts(tx: Connection, *, older_than_s: int, limit: int) -> list[UUID]:
    """Transfers whose end nobody has told."""
    rows = await tx.fetch(
        "SELECT id FROM payouts WHERE status = 'asked' AND rail = 'connect' "
        "AND coalesce(tried_at, created_at) < now() - make_interval(secs => $1) ORDER BY created_at LIMIT $2",
        float(older_than_s),
        limit,
    )
    return [row["id"] for row in rows]
