"""The rooms that a booking may move to: of the same kind, owner and community, large enough, and open to who has it.

Service code of the checkout slice, split off by noun."""

from uuid import UUID

from market.checkout import move_queries, reading, refundable
from market.checkout.moves import NotMovable
from market.db import Database, Row
from market.errors import NotFound
from market.people.rules import Actor
from market.spaces import quoting


async def rooms(db: Database, *, actor: Actor, order_id: UUID, line_id: UUID) -> list[Row]:
    """Where the actor's own booking may go, its own room first. Raises NotFound, NotMovable."""
    async with db.read() as tx:
        order = await reading.require_own(tx, actor=actor, order_id=order_id)
        line = await move_queries.line_of(tx, order_id=order_id, line_id=line_id)
        if line is None or line["space_id"] is None:
            raise NotFound("This booking")
        if not refundable.may_move(line, order, is_redeemed=line["is_redeemed"]):
            raise NotMovable
        partner = str(line["renter_id"]) if line["renter_id"] else None
        renter = await quoting.renter_of(tx, actor=actor, partner=partner)
        rows = await move_queries.rooms_like(tx, space_id=line["space_id"], people=line["attendees"] or 1)
    own = line["space_id"]
    return [
        row
        for row in rows
        if row["space_id"] == own or renter.may_not_book(row["who_may_book"], row["community_id"]) is None
    ]
