"""Cash that is given back waits at the desk, and leaves the drawer of who hands it out (M42)."""

import asyncio

import pytest

from market.checkout import cash_back, settlement, tills
from market.checkout.desk_schemas import DeskCount
from market.checkout.schemas import DeskPayment, Line
from market.errors import NotFound
from market.people.rules import Actor
from tests.checkout.town import Town


async def test_M42_cash_that_its_buyer_called_off_waits_until_one_clerk_hands_it_out(town: Town) -> None:
    """It leaves the drawer of who gave it to the buyer, not of who decided, and once."""
    clerk, other, stranger = await town.clerk(town.liuyuan), await town.clerk(town.liuyuan), await town.buyer()
    buyer = await town.buyer()
    for each in (clerk, other):
        await tills.count(town.db, actor=each, community="liuyuan", new=DeskCount("opening", 20_000))
    order = await town.place(buyer, Line(offer_id=await town.offer()), pay_by="desk")
    await settlement.record_desk_payment(
        town.db, actor=clerk, order_id=order.id, key="d", payment=DeskPayment(amount=10_000)
    )
    await town.refund(buyer, order.id)
    (waiting,) = await cash_back.waiting(town.db, actor=other, community="liuyuan")
    assert (waiting.order_id, waiting.amount.amount, waiting.title) == (order.id, 10_000, order.lines[0].title)
    await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("closing", 30_000))

    async def hand_out(actor: Actor, community: str = "liuyuan") -> None:
        await cash_back.hand_out(town.db, actor=actor, community=community, refund_id=waiting.id)

    for actor, community in ((stranger, "liuyuan"), (buyer, "liuyuan"), (other, "xiqiao")):
        with pytest.raises(NotFound):
            await hand_out(actor, community)
    with pytest.raises(NotFound):
        await cash_back.waiting(town.db, actor=stranger, community="liuyuan")
    done = await asyncio.gather(hand_out(other), hand_out(other), return_exceptions=True)
    assert done == [None, None]
    with pytest.raises(cash_back.HandedOut):
        await hand_out(clerk)
    assert await cash_back.waiting(town.db, actor=other, community="liuyuan") == []
    assert (await tills.desk_day(town.db, actor=other, community="liuyuan")).given_back.amount == 10_000
    await tills.count(town.db, actor=other, community="liuyuan", new=DeskCount("closing", 10_000))
    assert await town.value("SELECT count(*) FROM cases") == 0, "both drawers hold what they should"


async def test_M42_a_clerk_who_calls_off_an_order_of_their_own_does_not_hand_out_the_cash_by_that(town: Town) -> None:
    clerk, other = await town.clerk(town.liuyuan), await town.clerk(town.liuyuan)
    order = await town.place(clerk, Line(offer_id=await town.offer()), pay_by="desk")
    await settlement.record_desk_payment(
        town.db, actor=other, order_id=order.id, key="d", payment=DeskPayment(amount=10_000)
    )
    await town.refund(clerk, order.id)
    assert len(await cash_back.waiting(town.db, actor=other, community="liuyuan")) == 1
