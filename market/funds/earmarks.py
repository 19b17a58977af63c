"""For what a gift is: only a purpose of the fund, that of its campaign where it has one."""

from uuid import UUID

from market.db import Connection, Row
from market.errors import InvalidInput
from market.funds import gift_queries
from market.funds.charters import charter


async def require_purpose(tx: Connection, fund: Row, purpose: str) -> None:
    """Raises InvalidInput for a purpose that the fund's charter does not name."""
    if purpose not in (await charter(tx, fund)).purposes:
        raise InvalidInput([("purpose", "is not among the purposes of this fund")])


async def earmark_of(tx: Connection, fund: Row, *, purpose: str | None, campaign_id: UUID | None) -> str | None:
    """For what a gift is: that of its campaign, or what the giver said. Raises InvalidInput."""
    if campaign_id is None:
        if purpose is not None:
            await require_purpose(tx, fund, purpose)
        return purpose
    found = await gift_queries.campaign(tx, campaign_id)
    if found is None or found["fund"] != fund["slug"]:
        raise InvalidInput([("campaign_id", "is no campaign of this fund")])
    if not found["is_open"]:
        raise InvalidInput([("campaign_id", "is over: record the gift without it")])
    if purpose not in {None, found["purpose"]}:
        raise InvalidInput([("purpose", "is another one than that of the campaign")])
    return str(found["purpose"])
