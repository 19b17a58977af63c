"""A cart of several sellers is nobody's business but the buyer's: each seller and desk sees its own part (A02, A05)."""

from dataclasses import replace

import pytest

from market.checkout import reading
from market.checkout.schemas import Line
from market.errors import NotFound
from tests.checkout.town import Town


async def test_A02_a_partner_that_gives_back_its_line_sees_no_other_line(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    order = await town.buy(buyer, Line(offer_id=await town.offer()), town.hour())
    back = await town.refund(member, order.id)
    assert [line.id for line in back.lines] == [order.lines[0].id]
    assert (back.payable.amount, back.refunded.amount, back.vouchers) == (10_000, 10_000, [])
    whole = await town.refund(buyer, order.id)
    assert (len(whole.lines), whole.refunded.amount) == (2, 18_000)


async def test_A02_who_left_the_partner_sees_nothing_by_asking_again(town: Town) -> None:
    order = await town.buy(await town.buyer(), Line(offer_id=await town.offer()))
    member = await town.member()
    await town.refund(member, order.id, key="once")
    assert (await town.refund(member, order.id, key="once")).status == "refunded"
    with pytest.raises(NotFound):
        await town.refund(replace(member, partners={}), order.id, key="once")


async def test_A02_a_desk_reads_the_title_of_its_own_line(town: Town) -> None:
    order = await town.place(await town.buyer(), Line(offer_id=await town.offer()), town.hour(), pay_by="desk")
    for community, actor, title in (
        ("liuyuan", await town.clerk(town.liuyuan), order.lines[0].title),
        ("xiqiao", await town.clerk(town.xiqiao), "议事厅"),
    ):
        shown = await reading.list_desk_orders(town.db, actor=actor, community=community, cursor=None)
        assert [row.title for row in shown.items] == [title]
