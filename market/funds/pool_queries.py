"""All SQL over subsidy pools and what was taken from them in a month."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from market.db import Connection, Row

POOLS = """
SELECT p.*, f.slug AS fund, f.name AS fund_name, f.name_en AS fund_name_en, c.slug AS community, n.month,
       coalesce(u.taken_minor, 0) AS month_taken, coalesce(u.uses, 0) AS month_uses,
       (SELECT count(*)::int FROM subsidy_uses h WHERE h.pool_id = p.id AND h.month = n.month AND h.household <> '' AND h.taken_minor > 0)
         AS month_households
FROM subsidy_pools p JOIN funds f ON f.id = p.fund_id JOIN communities c ON c.id = p.community_id
CROSS JOIN LATERAL (SELECT to_char(now() AT TIME ZONE c.time_zone, 'YYYY-MM') AS month) n
LEFT JOIN subsidy_uses u ON u.pool_id = p.id AND u.month = n.month AND u.household = ''
"""
# One household is who lives at one verified address of the community; without an address, the person alone.
HOUSEHOLD = """
coalesce((SELECT 'home:' || encode(sha256(convert_to(p.community_id::text || regexp_replace(lower(r.address),
    '[[:space:][:punct:]，。、（）－—]', '', 'g'), 'UTF8')), 'hex')
  FROM residencies r WHERE r.person_id = $1 AND r.community_id = p.community_id AND r.status = 'verified' AND r.address <> ''
  LIMIT 1), 'person:' || $1::text)
"""
LEFT_COLUMNS = """
SELECT p.id, p.slug, p.name, p.name_en, p.community_id, p.discount_bp, p.currency, n.month, n.household,
       p.filled_minor - p.taken_minor AS left_minor,
       p.month_cap_minor - coalesce((SELECT taken_minor FROM subsidy_uses u
         WHERE u.pool_id = p.id AND u.month = n.month AND u.household = ''), 0) AS month_left,
       p.household_cap_minor - coalesce((SELECT taken_minor FROM subsidy_uses u
         WHERE u.pool_id = p.id AND u.month = n.month AND u.household = n.household), 0) AS household_left
"""
LEFT_FROM = f"""
FROM subsidy_pools p JOIN communities c ON c.id = p.community_id
CROSS JOIN LATERAL (SELECT to_char(now() AT TIME ZONE c.time_zone, 'YYYY-MM') AS month, {HOUSEHOLD} AS household) n
"""
LEFT_FOR = f"{LEFT_COLUMNS} {LEFT_FROM}"
FOR_SALE = f"""{LEFT_COLUMNS},
       ARRAY(SELECT l.id FROM listings l JOIN categories k ON k.id = l.category_id LEFT JOIN categories o ON o.id = k.parent_id
         WHERE l.id = ANY ($4) AND (p.categories = '{{}}' OR k.slug = ANY (p.categories) OR o.slug = ANY (p.categories))) AS listing_ids
{LEFT_FROM}WHERE p.community_id = ANY ($2) AND p.status = 'open' AND (p."group" IS NULL OR p."group" = ANY ($3))
ORDER BY p.id
"""
TAKE = """
WITH pool AS (
  UPDATE subsidy_pools SET taken_minor = taken_minor + $4
  WHERE id = $1 AND taken_minor + $4 <= filled_minor RETURNING id, month_cap_minor, household_cap_minor
), used AS (
  INSERT INTO subsidy_uses AS u (pool_id, month, household, taken_minor, uses)
  SELECT pool.id, $2, w.household, $4, 1 FROM pool CROSS JOIN LATERAL (VALUES ('', pool.month_cap_minor), ($3, pool.household_cap_minor))
    AS w(household, cap) WHERE $4 <= w.cap
  ON CONFLICT (pool_id, month, household) DO UPDATE SET taken_minor = u.taken_minor + excluded.taken_minor, uses = u.uses + 1
  WHERE u.taken_minor + excluded.taken_minor <= (SELECT CASE WHEN excluded.household = '' THEN month_cap_minor ELSE household_cap_minor END
    FROM subsidy_pools p WHERE p.id = excluded.pool_id)
  RETURNING 1
)
SELECT count(*) = 2 FROM used
"""


async def pools(tx: Connection, *, community_id: UUID | None = None, fund_id: UUID | None = None) -> list[Row]:
    """The pools of a community or a fund with this month's use, oldest first."""
    return await tx.fetch(
        POOLS + "WHERE p.community_id = $1 OR p.fund_id = $2 ORDER BY p.created_at, p.id", community_id, fund_id
    )


async def pool(tx: Connection, *, pool_id: UUID | None = None, slug: str | None = None) -> Row | None:
    return await tx.fetchrow(POOLS + "WHERE p.id = $1 OR p.slug = $2", pool_id, slug)


async def unknown_categories(tx: Connection, slugs: Sequence[str]) -> list[str]:
    rows = await tx.fetch(
        "SELECT s FROM unnest($1::text[]) s WHERE NOT EXISTS (SELECT FROM categories WHERE slug = s)", list(slugs)
    )
    return [row["s"] for row in rows]


async def insert_pool(tx: Connection, *, facts: dict[str, Any]) -> UUID | None:
    """The new pool; None when the name is taken."""
    columns = ", ".join(f'"{name}"' for name in facts)
    found: UUID | None = await tx.fetchval(
        f"INSERT INTO subsidy_pools ({columns}) "
        f"VALUES ({', '.join(f'${number}' for number in range(1, len(facts) + 1))}) ON CONFLICT (slug) DO NOTHING RETURNING id",
        *facts.values(),
    )
    return found


async def lock_pool(tx: Connection, pool_id: UUID) -> Row | None:
    return await tx.fetchrow("SELECT * FROM subsidy_pools WHERE id = $1 FOR NO KEY UPDATE", pool_id)


async def update_pool(tx: Connection, pool_id: UUID, *, status: str, month_cap: int, household_cap: int) -> None:
    await tx.execute(
        "UPDATE subsidy_pools SET status = $2, month_cap_minor = $3, household_cap_minor = $4 WHERE id = $1",
        pool_id,
        status,
        month_cap,
        household_cap,
    )


async def update_filled(tx: Connection, pool_id: UUID, *, amount: int) -> str:
    """Add to what a pool has; its slug."""
    slug: str = await tx.fetchval(
        "UPDATE subsidy_pools SET filled_minor = filled_minor + $2 WHERE id = $1 RETURNING slug", pool_id, amount
    )
    return slug


async def for_sale(
    tx: Connection,
    *,
    person_id: UUID,
    communities: Collection[UUID],
    groups: Collection[str],
    listing_ids: Collection[UUID],
) -> list[Row]:
    """The open pools that pay for this person, each with what it, its month and the person's household have left and with the listings
    it is for."""
    return await tx.fetch(FOR_SALE, person_id, list(communities), list(groups), list(listing_ids))


async def left_for(tx: Connection, *, pool_id: UUID, person_id: UUID) -> Row | None:
    """What an open pool, its month and the person's household have left."""
    return await tx.fetchrow(f"{LEFT_FOR} WHERE p.id = $2 AND p.status = 'open'", person_id, pool_id)


async def lock_pools(tx: Connection, pool_ids: Collection[UUID]) -> None:
    """Nobody else takes from these until the transaction ends."""
    await tx.fetch("SELECT id FROM subsidy_pools WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE", list(pool_ids))


async def take(tx: Connection, *, pool_id: UUID, month: str, household: str, amount: int) -> bool:
    """Take so much for a household if the pool, its month and the household have it; False: the caller must roll back."""
    return bool(await tx.fetchval(TAKE, pool_id, month, household, amount))


async def update_given_back(
    tx: Connection, *, pool_id: UUID, month: str, household: str, amount: int, is_whole: bool
) -> None:
    """What was taken, or a part of it, is the pool's again, in the month in which it was taken."""
    await tx.execute(
        "WITH pool AS (UPDATE subsidy_pools SET taken_minor = taken_minor - $4 WHERE id = $1) "
        "UPDATE subsidy_uses SET taken_minor = taken_minor - $4, uses = uses - $5 "
        "WHERE pool_id = $1 AND month = $2 AND household IN ('', $3)",
        pool_id,
        month,
        household,
        amount,
        int(is_whole),
    )


async def public_months(tx: Connection, *, fund_id: UUID, at_least: int) -> list[Row]:
    """Of each pool of a fund the months in which enough households took part, newest first (O08)."""
    return await tx.fetch(
        "SELECT u.pool_id, u.month, u.taken_minor, u.uses, h.households FROM subsidy_uses u JOIN subsidy_pools p ON p.id = u.pool_id "
        "CROSS JOIN LATERAL (SELECT count(*)::int AS households FROM subsidy_uses o WHERE o.pool_id = u.pool_id AND o.month = u.month "
        "AND o.household <> '' AND o.taken_minor > 0) h "
        "WHERE p.fund_id = $1 AND u.household = '' AND h.households >= $2 ORDER BY u.pool_id, u.month DESC",
        fund_id,
        at_least,
    )


AUDIT = {
    "pool-overdrawn": "SELECT format('pool %s', slug) FROM subsidy_pools WHERE taken_minor > filled_minor OR taken_minor < 0",
    "pool-use-miscounted": """
        SELECT format('pool %s: taken %s, its months %s, its households %s', p.slug, p.taken_minor, m.minor, h.minor) FROM subsidy_pools p
        CROSS JOIN LATERAL (SELECT coalesce(sum(taken_minor), 0) AS minor FROM subsidy_uses WHERE pool_id = p.id AND household = '') m
        CROSS JOIN LATERAL (SELECT coalesce(sum(taken_minor), 0) AS minor FROM subsidy_uses WHERE pool_id = p.id AND household <> '') h
        WHERE p.taken_minor <> m.minor OR p.taken_minor <> h.minor""",
}
