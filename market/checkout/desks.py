"""Where a cart can be paid in cash: at the desks of its communities, where all of them have one.

Service code of the checkout slice, split off by noun."""

from collections.abc import Sequence

from market.checkout.place_schemas import Desk
from market.checkout.wanted import Wanted, WantedOffer
from market.communities import service as communities
from market.communities.service import CommunityRow
from market.db import Connection


async def communities_of(tx: Connection, wanted: Sequence[Wanted]) -> list[CommunityRow]:
    """Every community that something of the cart belongs to."""
    things = [each.offer if isinstance(each, WantedOffer) else each.space for each in wanted]
    ids = sorted({str(each.community_id) for each in things})
    return [await communities.community_by_slug(tx, each) for each in ids]


def of(places: Sequence[CommunityRow]) -> list[Desk]:
    """The desks of these communities, none when one of them takes no cash."""
    if not all(each.policies.desk_payment for each in places):
        return []
    return [Desk(each.slug, each.name, each.name_en, each.address, each.desk_phone) for each in places]
