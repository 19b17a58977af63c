"""Two communities with their funds and rules, and sales that go through checkout's own entries, for the tests of funds."""

from datetime import datetime, timedelta
from uuid import UUID

from market.checkout.entries import SoldLine, SoldShare, sale_paid, sale_refunded
from market.communities import service as communities
from market.db import Database
from market.funds import service
from market.funds.rules import route
from market.ledger import service as ledger
from tests import factories

RULES = [
    ("liuyuan", "service_turnover", "liuyuan-development", 200, 140),
    ("liuyuan", "service_turnover", "liuyuan-development", 300, 56),
    ("xiqiao", "service_turnover", "xiqiao-development", 300, 112),
    ("xiqiao", "room_rent", "xiqiao-charity", 1000, 112),
]


async def add_funds(db: Database, community: str) -> UUID:
    async with db.transaction() as tx:
        found = await communities.community_by_slug(tx, community)
        await service.create_funds(tx, found)
    return found.id


async def make_town(db: Database) -> dict[str, UUID]:
    """liuyuan and xiqiao with funds and the rules of the demo town; community ids by slug."""
    ids = {}
    for slug, name in (("liuyuan", "柳园"), ("xiqiao", "溪桥")):
        await factories.make_community(db, slug, name=name)
        ids[slug] = await add_funds(db, slug)
    async with db.transaction() as tx:
        now: datetime = await tx.fetchval("SELECT now()")
        for community, applies_to, fund, rate_bp, days_ago in RULES:
            await service.record_rule(
                tx, community_id=ids[community], applies_to=applies_to, fund_slug=fund, rate_bp=rate_bp, bearer="partner",
                effective_from=now - timedelta(days=days_ago), approved_by="居民代表会议", minutes="通过",
            )  # fmt: skip
    return ids


async def sold_line(
    db: Database, community: str, amount: int, *, what: str = "service_turnover", seller: str = "partner:qinghe", title: str = "瑜伽",
    at: datetime | None = None,
) -> SoldLine:  # fmt: skip
    async with db.read() as connection:
        ids = (await communities.community_by_slug(connection, community)).id
        rules = (await service.rules_in_force(connection, community_ids=[ids], at=at))[ids]
    shares = [
        SoldShare(f"fund:{share.fund_slug}", share.amount, rule_id=share.rule.id)
        for share in route(amount, what, rules)
    ]
    rest = amount - sum(share.amount for share in shares)
    return SoldLine(title, "CNY", (SoldShare(seller, rest), *shares))


async def sell(db: Database, key: str, line: SoldLine, *, at: datetime | None = None) -> None:
    async with db.transaction() as tx:
        await ledger.post(tx, event_key=f"{key}:paid", kind="sale_paid", transfers=sale_paid([line]), occurred_at=at)


async def refund(db: Database, key: str, line: SoldLine, amount: int) -> None:
    async with db.transaction() as tx:
        await ledger.post(
            tx, event_key=f"{key}:refunded:{amount}", kind="sale_refunded", transfers=sale_refunded(line, amount)
        )
