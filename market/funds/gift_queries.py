"""All SQL of gifts, their earmarks, and campaigns."""

from datetime import date, datetime
from uuid import UUID

from market.db import Connection, Row
from market.funds.earmark_rules import Earmark

CAMPAIGNS = """
SELECT p.id, f.slug AS fund, f.name AS fund_name, f.name_en AS fund_name_en, f.currency, f.community_id, c.slug AS community,
       p.title, p.title_en, p.about, p.purpose, p.goal_minor, p.ends_on,
       p.ends_on >= (now() AT TIME ZONE c.time_zone)::date AS is_open, p.ends_on - (now() AT TIME ZONE c.time_zone)::date AS days_left,
       coalesce(g.money, 0)::bigint AS raised_minor, coalesce(g.goods, 0)::bigint AS goods_minor, coalesce(g.gifts, 0) AS gifts
FROM campaigns AS p JOIN funds AS f ON f.id = p.fund_id JOIN communities AS c ON c.id = f.community_id
LEFT JOIN LATERAL (
  SELECT sum(left_minor) FILTER (WHERE kind <> 'goods') AS money, sum(left_minor) FILTER (WHERE kind = 'goods') AS goods,
         count(*) FILTER (WHERE left_minor > 0) AS gifts
    FROM (SELECT kind, gift_left(id, amount_minor) AS left_minor FROM gifts WHERE campaign_id = p.id) AS every) AS g ON true
"""


async def campaigns(tx: Connection, *, fund: str | None, community: str | None) -> list[Row]:
    """The open ones first, the nearest day first."""
    return await tx.fetch(
        CAMPAIGNS + "WHERE ($1::text IS NULL OR f.slug = $1) AND ($2::text IS NULL OR c.slug = $2) "
        "ORDER BY p.ends_on < (now() AT TIME ZONE c.time_zone)::date, abs(p.ends_on - current_date), p.id LIMIT 50",
        fund,
        community,
    )


async def campaign(tx: Connection, campaign_id: UUID) -> Row | None:
    return await tx.fetchrow(CAMPAIGNS + "WHERE p.id = $1", campaign_id)


async def insert_campaign(
    tx: Connection, *, fund_id: UUID, title: str, title_en: str | None, about: str, purpose: str, goal: int, ends_on: date,
    created_by: UUID,
) -> UUID:  # fmt: skip
    found: UUID = await tx.fetchval(
        "INSERT INTO campaigns (fund_id, title, title_en, about, purpose, goal_minor, ends_on, created_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        fund_id, title, title_en, about, purpose, goal, ends_on, created_by,
    )  # fmt: skip
    return found


async def insert_gift(
    tx: Connection, *, fund_id: UUID, event_key: str, kind: str, label: str, purpose: str | None, campaign_id: UUID | None,
    amount: int, valuation: str, recorded_by: UUID, given_at: datetime | None,
) -> bool:  # fmt: skip
    """False when the key was used before."""
    return bool(
        await tx.fetchval(
            "INSERT INTO gifts (fund_id, event_key, kind, label, purpose, campaign_id, amount_minor, valuation, recorded_by, given_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, now())) ON CONFLICT (event_key) DO NOTHING RETURNING true",
            fund_id, event_key, kind, label, purpose, campaign_id, amount, valuation, recorded_by, given_at,
        )
    )  # fmt: skip


async def gift(tx: Connection, event_key: str) -> Row | None:
    return await tx.fetchrow(
        "SELECT fund_id, kind, label, purpose, campaign_id, amount_minor, valuation FROM gifts WHERE event_key = $1",
        event_key,
    )


async def gift_of_event(tx: Connection, event_key: str) -> Row | None:
    """A gift with its fund's slug and currency."""
    return await tx.fetchrow(
        "SELECT g.id, g.fund_id, g.purpose, g.amount_minor, f.slug, f.currency FROM gifts AS g JOIN funds AS f ON f.id = g.fund_id "
        "WHERE g.event_key = $1",
        event_key,
    )


async def insert_return(tx: Connection, *, event_key: str, amount: int) -> None:
    await tx.execute(
        "INSERT INTO gift_returns (gift_id, amount_minor) SELECT id, $2 FROM gifts WHERE event_key = $1",
        event_key,
        amount,
    )


async def goods(tx: Connection, fund_id: UUID) -> list[Row]:
    """What was given in kind, newest first."""
    return await tx.fetch(
        "SELECT id, label, purpose, amount_minor, valuation, given_at FROM gifts WHERE fund_id = $1 AND kind = 'goods' "
        "ORDER BY given_at DESC, id DESC LIMIT 50",
        fund_id,
    )


async def earmarks(tx: Connection, fund_id: UUID) -> list[Earmark]:
    """Every purpose that money was given for, with what was taken for it."""
    rows = await tx.fetch(
        "SELECT purpose, sum(gift_left(id, amount_minor))::bigint AS given, "
        "coalesce((SELECT sum(r.earmarked_minor) FROM spending_requests AS r "
        "WHERE r.fund_id = $1 AND r.purpose = g.purpose), 0)::bigint AS used "
        "FROM gifts AS g WHERE fund_id = $1 AND purpose IS NOT NULL AND kind <> 'goods' GROUP BY purpose ORDER BY purpose",
        fund_id,
    )
    return [Earmark(row["purpose"], row["given"], row["used"]) for row in rows]


AUDIT = {
    "gift-without-entry": """
        SELECT format('gift %s stands in no book', g.id) FROM gifts AS g WHERE g.kind <> 'goods'
        AND NOT EXISTS (SELECT FROM ledger_events AS e WHERE e.event_key = g.event_key) ORDER BY g.id""",
    "earmark-overspent": """
        SELECT format('%s: more was taken for %s than was given for it', f.slug, r.purpose) FROM spending_requests AS r
        JOIN funds AS f ON f.id = r.fund_id GROUP BY f.id, f.slug, r.purpose
        HAVING sum(r.earmarked_minor) > coalesce((SELECT sum(g.amount_minor) FROM gifts AS g
          WHERE g.fund_id = f.id AND g.purpose = r.purpose AND g.kind <> 'goods'), 0) ORDER BY f.slug, r.purpose""",
    "gift-returned-too-often": """
        SELECT format('gift %s: more went back than was given', g.id) FROM gifts AS g
        WHERE gift_left(g.id, g.amount_minor) < 0 ORDER BY g.id""",
}
