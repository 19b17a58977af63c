"""All SQL over donations that were given on the site."""

from uuid import UUID

from market.db import Connection, Row

# A gift counts once it is paid and as long as something of it is left.
_GIVEN = "o.paid_at IS NOT NULL AND o.payable_minor > o.refunded_minor"
_GIFTS = """
SELECT d.order_id, d.campaign_id, d.message, d.is_named, d.is_hidden, d.standing_id IS NOT NULL AS is_monthly, o.status, o.currency,
       o.payable_minor, o.refunded_minor, o.created_at, o.paid_at, l.title, l.title_en, f.slug AS fund, f.name AS fund_name,
       f.name_en AS fund_name_en, CASE WHEN d.is_named THEN nullif(p.name, '') END AS giver
FROM donations AS d JOIN orders AS o ON o.id = d.order_id JOIN order_lines AS l ON l.order_id = o.id JOIN funds AS f ON f.id = d.fund_id
JOIN persons AS p ON p.id = d.person_id
"""


async def insert_donation(
    tx: Connection, *, order_id: UUID, fund_id: UUID, person_id: UUID, campaign_id: UUID | None, purpose: str | None, is_named: bool,
    message: str,
) -> None:  # fmt: skip
    await tx.execute(
        "INSERT INTO donations (order_id, fund_id, person_id, campaign_id, purpose, is_named, message) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        order_id, fund_id, person_id, campaign_id, purpose, is_named, message,
    )  # fmt: skip


async def donation(tx: Connection, order_id: UUID) -> Row | None:
    """A donation with the community of its fund."""
    return await tx.fetchrow(
        "SELECT d.*, f.community_id FROM donations AS d JOIN funds AS f ON f.id = d.fund_id WHERE d.order_id = $1",
        order_id,
    )


async def gifts_of_fund(tx: Connection, fund_id: UUID, *, limit: int) -> list[Row]:
    """What was given to a fund, newest first, the giver's name only where it may be shown."""
    return await tx.fetch(
        f"{_GIFTS} WHERE d.fund_id = $1 AND {_GIVEN} ORDER BY o.paid_at DESC, o.id DESC LIMIT $2", fund_id, limit
    )


async def gifts_of_person(tx: Connection, person_id: UUID, *, limit: int) -> list[Row]:
    """What a person gave, newest first; also what was given back."""
    return await tx.fetch(
        f"{_GIFTS} WHERE d.person_id = $1 AND o.paid_at IS NOT NULL ORDER BY o.paid_at DESC, o.id DESC LIMIT $2",
        person_id,
        limit,
    )


async def given_this_year(tx: Connection, person_id: UUID) -> list[Row]:
    """Per currency what a person gave in the year that it is at each fund's place, less what came back."""
    return await tx.fetch(
        "SELECT o.currency, sum(o.payable_minor - o.refunded_minor)::bigint AS minor, count(*)::int AS gifts "
        "FROM donations AS d JOIN orders AS o ON o.id = d.order_id JOIN funds AS f ON f.id = d.fund_id "
        "JOIN communities AS c ON c.id = f.community_id "
        f"WHERE d.person_id = $1 AND {_GIVEN} AND extract(year FROM o.paid_at AT TIME ZONE c.time_zone) = "
        "extract(year FROM now() AT TIME ZONE c.time_zone) GROUP BY o.currency ORDER BY o.currency",
        person_id,
    )


async def update_hidden(tx: Connection, order_id: UUID, *, is_hidden: bool) -> None:
    await tx.execute("UPDATE donations SET is_hidden = $2 WHERE order_id = $1", order_id, is_hidden)


PROMISES = {
    "donation-without-gift": """
        SELECT format('donation %s is paid and no gift of its fund, or of another amount', d.order_id)
        FROM donations AS d JOIN orders AS o ON o.id = d.order_id LEFT JOIN gifts AS g ON g.event_key = 'sale:' || d.order_id
        WHERE (o.paid_at IS NOT NULL) <> (g.id IS NOT NULL) OR g.amount_minor <> o.payable_minor OR g.fund_id <> d.fund_id
           OR gift_left(g.id, g.amount_minor) <> o.payable_minor - o.refunded_minor""",
    "donation-shared": """
        SELECT format('donation %s is not its fund''s alone', d.order_id) FROM donations AS d JOIN funds AS f ON f.id = d.fund_id
        JOIN order_lines AS l ON l.order_id = d.order_id
        WHERE l.item_kind <> 'donation' OR jsonb_array_length(l.shares) <> 1 OR l.shares -> 0 ->> 'to' <> 'fund:' || f.slug""",
}
