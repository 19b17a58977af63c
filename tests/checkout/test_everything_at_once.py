"""Buyers, partner, desk, clock and provider act on the same orders at the same moment: each is served or refused, the books hold."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import pytest

from market.checkout import holds, settlement
from market.checkout.schemas import DeskPayment, Line, Order
from market.errors import MarketError
from market.people.rules import Actor
from tests import factories
from tests.checkout.town import Town


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nothing_that_happens_at_once_is_a_fault_or_moves_money_twice(town: Town, seed: int) -> None:
    chance = random.Random(seed)
    member, clerk = await town.member(), await town.clerk(town.liuyuan, town.xiqiao)
    hall = await factories.make_space(town.db, "礼堂", community="xiqiao", enterprise="xiqiao-enterprise")
    rooms = [
        await factories.make_space(town.db, name, community="xiqiao", enterprise="xiqiao-enterprise", parent_id=hall)
        for name in ("东厅", "西厅")
    ]
    offers = [await town.offer(capacity=20) for _ in range(3)]
    things = [Line(offer_id=offer) for offer in offers] * 8
    things += [town.hour(space=room, at=at) for room in (*rooms, hall, town.room) for at in range(2, 22, 2)]
    orders: list[tuple[Actor, Order]] = []
    for number in range(16):
        buyer = await town.buyer()
        try:
            order = await town.place(buyer, *chance.sample(things, 3), pay_by="desk" if number % 3 == 0 else "card")
        except MarketError:
            continue
        orders.append((buyer, order))
        if order.pay_by == "card" and chance.random() < 0.8:
            await town.pay(order)
        if chance.random() < 0.3:
            await town.let_time_pass(order.id, minutes=chance.choice([60, 25 * 60]))
    acts: list[Awaitable[Any]] = [
        town.expire(),
        town.expire(),
        town.hear(),
        town.reconcile(),
        holds.end_bookings(town.db),
    ]
    for buyer, order in orders:
        for act in (town.cancel, town.refund):
            if chance.random() < 0.4:
                acts.append(act(buyer, order.id))
        if chance.random() < 0.2:
            acts.append(town.refund(member, order.id))
        acts.append(town.place(await town.buyer(), *chance.sample(things, 2)))
        acts.append(
            settlement.record_desk_payment(
                town.db, actor=clerk, order_id=order.id, key="d", payment=DeskPayment(amount=order.payable.amount)
            )
        )
    chance.shuffle(acts)
    await together(acts)
    codes = [row["code"] for row in await rows(town, "SELECT code FROM vouchers WHERE partner_id IS NOT NULL")]
    last = [town.redeem(member, code) for code in codes] + [
        town.refund(buyer, order.id) for buyer, order in orders[::2]
    ]
    chance.shuffle(last)
    await together([*last, town.hear(), town.expire(), town.reconcile()])
    twice = await rows(
        town,
        "SELECT l.id FROM vouchers v JOIN order_lines l ON l.id = v.line_id WHERE v.status = 'redeemed' AND l.refunded_at IS NOT NULL",
    )
    assert twice == []
    assert await town.value("SELECT count(*) FROM ledger_events WHERE kind IN ('sale_paid', 'desk_payment')") > 2


async def together(acts: list[Any]) -> None:
    """Everything at once; a refusal is fine, a fault is not."""
    done = await asyncio.gather(*acts, return_exceptions=True)
    faults = Counter(
        repr(each)
        for each in done
        if isinstance(each, BaseException) and not (isinstance(each, MarketError) and each.status < 500)
    )
    assert not faults


async def rows(town: Town, query: str) -> list[Any]:
    async with town.db.read() as tx:
        return await tx.fetch(query)
