"""What a donation's money means beside the books: the gift counts for its purpose and its campaign, until it goes back.

Service code of the checkout slice, split off by noun; called where orders are paid and unwound, in the same transaction."""

from collections.abc import Sequence
from uuid import UUID

from market.checkout import donation_queries, queries
from market.checkout.donation_rules import ITEM_KIND
from market.db import Connection, Row
from market.funds import online_gifts

# What is posted when money of an order moves, and what the public books call it for a donation.
EVENT_KINDS = {
    "sale_paid": "donation_received",
    "sale_refunded": "donation_returned",
    "dispute_lost": "donation_disputed",
}


def is_donation(lines: Sequence[Row]) -> bool:
    """A donation stands alone in its order."""
    return any(line["item_kind"] == ITEM_KIND for line in lines)


def event_kind(kind: str, lines: Sequence[Row]) -> str:
    """The kind under which an event about these lines stands in the books."""
    return EVENT_KINDS[kind] if is_donation(lines) else kind


async def received(tx: Connection, *, order_id: UUID, lines: Sequence[Row]) -> None:
    """A donation is paid: the gift is made, and nothing is left to do for its order."""
    given = await donation_queries.donation(tx, order_id)
    assert given is not None
    await online_gifts.received(
        tx, event_key=f"sale:{order_id}", fund_id=given["fund_id"], label=lines[0]["title"], purpose=given["purpose"],
        campaign_id=given["campaign_id"], amount=lines[0]["payable_minor"], person_id=given["person_id"],
        is_monthly=given["standing_id"] is not None,
    )  # fmt: skip
    await queries.update_line_earned(tx, lines[0]["id"])
    await queries.update_order_completed(tx, order_id)


async def require_unspent(tx: Connection, *, order_id: UUID, amount: int) -> None:
    """A person decides to give back: only what the fund still has. Raises GiftUsed."""
    await online_gifts.require_unspent(tx, event_key=f"sale:{order_id}", amount=amount)


async def returned(tx: Connection, *, order_id: UUID, amount: int) -> None:
    """Money of a donation went back, whoever decided it."""
    await online_gifts.returned(tx, event_key=f"sale:{order_id}", amount=amount)
