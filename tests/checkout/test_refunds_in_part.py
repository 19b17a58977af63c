"""Refunds by amount, after use and after payout; what fails is paid again; what a bank decides about is not paid twice."""

import asyncio
import itertools
import time
from typing import Any
from uuid import UUID, uuid4

import pytest

from market.checkout import cases, previews, reading, refunds
from market.checkout.case_schemas import CaseChange
from market.checkout.schemas import Line, LineAmount, NewRefund, Order
from market.errors import InvalidInput, NotFound
from market.ledger import chart
from market.ledger import service as ledger
from market.ledger.rules import Transfer
from market.money import Money
from market.payments.sandbox.script import ApiFault, Plan
from market.payments.sandbox.service import set_plan
from market.people.rules import Actor
from tests.checkout.test_refunds_and_vouchers import ALL, NOTHING
from tests.checkout.town import Town

PARTNER = ("partner:qinghe-studio:pending", "partner:qinghe-studio:available", "partner:qinghe-studio:owed")


async def back(town: Town, actor: Actor, order: Order, amount: int, *, line: int = 0, key: str | None = None) -> Order:
    """Give part of a line's money back."""
    line_id = order.lines[line].id
    assert line_id is not None
    wish = NewRefund(amounts=[LineAmount(line_id, amount)], reason="老师没来")
    return await refunds.refund(town.db, actor=actor, order_id=order.id, key=key or uuid4().hex, wish=wish)


async def paid_out(town: Town, minor: int) -> None:
    """The partner has been paid out what it had."""
    move = Transfer(chart.partner_available("qinghe-studio"), chart.bank("liuyuan-development"), Money(minor, "CNY"))
    async with town.db.transaction() as tx:
        await ledger.post(tx, event_key=f"paid:{uuid4()}", kind="payout_sent", transfers=[move])


async def dispute(town: Town, status: str, *, name: str = "dp_1", amount: int = 10_000) -> dict[str, Any]:
    """An event of the bank about the only payment; not the sandbox's, so that books differ from it."""
    town.is_staged = True
    payment = await town.value("SELECT provider_payment FROM payment_sessions WHERE status = 'paid'")
    thing = {
        "id": name,
        "object": "dispute",
        "payment_intent": payment,
        "amount": amount,
        "currency": "cny",
        "status": status,
    }
    return {"id": f"evt_{uuid4().hex}", "object": "event", "type": "charge.dispute.updated", "api_version": "x", "data": {"object": thing},
            "created": int(time.time()), "livemode": False, "pending_webhooks": 0, "request": None}  # fmt: skip


async def test_M28_amounts_go_back_in_proportion_before_and_after_use_until_nothing_is_left(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    first = await back(town, member, order, 3333)
    assert (first.status, first.refunded.amount) == ("partly_refunded", 3333)
    await town.redeem(member, order.vouchers[0].code)
    assert await town.balances(*PARTNER) == [0, 6467, 0]
    await back(town, member, order, 6667)
    assert await town.balances(*ALL) == NOTHING
    shown = await town.order(buyer, order.id)
    assert (shown.status, shown.vouchers[0].status) == ("refunded", "redeemed")
    with pytest.raises((InvalidInput, refunds.NotRefundable)):
        await back(town, member, order, 1)


async def test_an_amount_leaves_the_seat_and_the_code_until_all_of_it_went_back(town: Town) -> None:
    buyer, member, offer = await town.buyer(), await town.member(), await town.offer()
    order = await town.buy(buyer, Line(offer_id=offer))
    await back(town, member, order, 9999)
    assert (await town.taken(offer), (await town.order(buyer, order.id)).vouchers[0].status) == (1, "issued")
    await back(town, member, order, 1)
    assert (await town.taken(offer), (await town.order(buyer, order.id)).vouchers[0].status) == (0, "cancelled")


async def test_A02_only_who_sold_a_line_gives_amounts_back(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()), town.hour())
    for actor, line in ((buyer, 0), (await town.member(), 1), (await town.clerk(town.xiqiao), 0)):
        with pytest.raises(InvalidInput):
            await back(town, actor, order, 1, line=line)
    for wrong in (10_001, 10**15):
        with pytest.raises(InvalidInput):
            await back(town, await town.member(), order, wrong)
    assert (await town.order(buyer, order.id)).refunded.amount == 0


async def test_M32_two_amounts_of_700_on_1000_are_one_refund_and_one_refusal(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    order = await town.buy(buyer, Line(offer_id=await town.offer(price=1000)))
    done = await asyncio.gather(*(back(town, member, order, 700) for _ in range(2)), return_exceptions=True)
    assert sum(isinstance(each, InvalidInput) for each in done) == 1
    assert await town.value("SELECT sum(amount_minor) FROM payment_refunds") == 700


async def test_M30_after_a_payout_the_buyer_is_paid_and_the_partner_owes(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    await town.redeem(member, order.vouchers[0].code)
    await paid_out(town, 9000)
    await back(town, member, order, 10_000)
    assert await town.balances(*PARTNER) == [0, 0, -9000]
    assert await town.balances("provider:stripe", "fund:liuyuan:development:income") == [0, 0]


async def test_M30_two_refunds_at_once_do_not_spend_the_same_available_money(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    orders = [await town.buy(buyer, Line(offer_id=await town.offer())) for _ in range(4)]
    for order in orders:
        await town.redeem(member, order.vouchers[0].code)
    await paid_out(town, 4 * 9700 - 5000)
    await asyncio.gather(*(back(town, member, order, 10_000) for order in orders))
    assert await town.balances(*PARTNER) == [0, 0, 5000 - 4 * 9700]


async def test_a_preview_says_what_the_refund_then_does(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()), town.hour())
    room = order.lines[1].id
    assert room is not None
    whole = await previews.give_back_preview(town.db, actor=buyer, order_id=order.id, line_ids=())
    assert (whole.amount.amount, whole.way, sum(share.amount.amount for share in whole.shares)) == (
        18_000,
        "card",
        18_000,
    )
    part = await previews.give_back_preview(town.db, actor=buyer, order_id=order.id, line_ids=[room])
    assert (part.amount.amount, {share.to for share in part.shares}) == (
        8000,
        {"enterprise:xiqiao-enterprise", "fund:xiqiao-charity"},
    )
    assert (await town.refund(buyer, order.id, room)).refunded.amount == 8000
    left = await previews.give_back_preview(town.db, actor=buyer, order_id=order.id, line_ids=())
    assert (left.amount.amount, [line.why_not for line in left.lines]) == (10_000, [None, "given_back"])
    clerk = await previews.give_back_preview(
        town.db, actor=await town.clerk(town.xiqiao), order_id=order.id, line_ids=()
    )
    assert [line.line_id for line in clerk.lines] == [room]
    with pytest.raises(NotFound):
        await previews.give_back_preview(town.db, actor=await town.buyer(), order_id=order.id, line_ids=())
    with pytest.raises(InvalidInput):
        await previews.give_back_preview(town.db, actor=buyer, order_id=order.id, line_ids=[uuid4()])


async def test_a_preview_names_why_a_line_cannot_be_given_back(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    late = await town.buy(buyer, Line(offer_id=await town.offer(days=0.5)))
    used = await town.buy(buyer, Line(offer_id=await town.offer()))
    await town.redeem(member, used.vouchers[0].code)
    unpaid = await town.place(buyer, Line(offer_id=await town.offer()))
    for order, why in ((late, "too_late"), (used, "redeemed"), (unpaid, "not_paid")):
        shown = await previews.give_back_preview(town.db, actor=buyer, order_id=order.id, line_ids=())
        assert ([line.why_not for line in shown.lines], shown.amount.amount) == ([why], 0)
    for_member = await previews.give_back_preview(town.db, actor=member, order_id=used.id, line_ids=())
    assert for_member.lines[0].left.amount == 10_000


async def _failed(town: Town, buyer: Actor) -> Order:
    """A refund that the provider refuses for good."""
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    await set_plan(town.db, Plan(api=[ApiFault(path="refunds", fault="declined")]))
    await town.refund(buyer, order.id)
    await town.worker.drain()
    assert await town.balances("provider:stripe", "suspense") == [-10_000, 10_000]
    return order


async def test_M33_the_buyer_asks_again_and_gets_what_the_bank_could_not_pay(town: Town) -> None:
    buyer = await town.buyer()
    order = await _failed(town, buyer)
    shown = await previews.give_back_preview(town.db, actor=buyer, order_id=order.id, line_ids=())
    assert (shown.owed.amount, shown.amount.amount) == (10_000, 0)
    done = await asyncio.gather(*(town.refund(buyer, order.id) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(each, refunds.NotRefundable) for each in done) == 2
    await town.worker.drain()
    assert await town.balances(*ALL) == NOTHING
    assert (await town.order(buyer, order.id)).note == ""
    assert await town.value("SELECT status FROM cases") == "resolved"


async def test_M33_a_refund_that_fails_days_after_it_succeeded_is_owed_again(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    await town.refund(buyer, order.id)
    await town.worker.drain()
    await town.hear()
    assert await town.value("SELECT status FROM payment_refunds") == "succeeded"
    async with town.db.read() as tx:
        made = await tx.fetchval("SELECT body FROM sandbox.objects WHERE kind = 'refund'")
    event = {"id": "evt_days_later", "object": "event", "type": "refund.failed", "api_version": "x", "created": int(time.time()),
             "livemode": False, "pending_webhooks": 0, "request": None,
             "data": {"object": {**made, "status": "failed", "failure_reason": "expired_or_canceled_card"}}}  # fmt: skip
    town.is_staged = True
    for _ in range(2):
        await town.receive(event)
    assert await town.balances("provider:stripe", "suspense") == [-10_000, 10_000]
    shown = await previews.give_back_preview(town.db, actor=buyer, order_id=order.id, line_ids=())
    assert shown.owed.amount == 10_000


async def test_M33_the_desk_pays_a_failed_refund_in_cash_once(town: Town) -> None:
    buyer, clerk = await town.buyer(), await town.clerk(town.liuyuan)
    await _failed(town, buyer)
    (case,) = (await cases.list_cases(town.db, actor=clerk, community="liuyuan", status="open", cursor=None)).items
    assert (case.kind, case.amount.amount) == ("refund_failed", 10_000)
    with pytest.raises(NotFound):
        await refunds.pay_again(town.db, actor=await town.clerk(town.xiqiao), case_id=case.id, by="desk")
    done = await asyncio.gather(
        *(refunds.pay_again(town.db, actor=clerk, case_id=case.id, by="desk") for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(each, cases.CaseClosed) for each in done) == 2
    assert await town.balances("desk:liuyuan", "provider:stripe", "suspense") == [10_000, -10_000, 0]


async def test_M36_while_a_bank_decides_nothing_is_given_back_and_afterwards_only_once(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    await town.receive(await dispute(town, "needs_response"))
    with pytest.raises(refunds.NotRefundable, match="bank"):
        await town.refund(buyer, order.id)
    shown = await previews.give_back_preview(town.db, actor=buyer, order_id=order.id, line_ids=())
    assert shown.lines[0].why_not == "disputed"
    await town.receive(await dispute(town, "lost"))
    with pytest.raises(refunds.NotRefundable):
        await town.refund(buyer, order.id)
    assert await town.balances(*ALL) == NOTHING
    assert await town.value("SELECT count(*) FROM payment_refunds") == 0


async def test_M36_a_dispute_after_a_refund_never_takes_a_share_twice(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    await back(town, member, order, 6000)
    await town.receive(await dispute(town, "lost"))
    assert await town.balances(*PARTNER, "fund:liuyuan:development:income") == [0, 0, 0, 0]
    assert await town.balances("suspense") == [-6000], "what the bank took beyond the order is a claim"
    assert await town.value("SELECT status FROM cases WHERE kind = 'dispute'") == "open"


async def test_M35_a_won_dispute_changes_nothing_and_a_lost_one_is_borne_by_every_share(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    before = await town.balances(*ALL)
    await town.receive(await dispute(town, "needs_response"))
    assert await town.balances("provider:stripe", "suspense") == [0, -10_000]
    await town.receive(await dispute(town, "won"))
    assert await town.balances(*ALL) == before
    await town.receive(await dispute(town, "lost", name="dp_2", amount=5000))
    assert await town.balances("provider:stripe", *PARTNER) == [-5000, 4850, 0, 0]
    assert (await town.order(buyer, order.id)).status == "partly_refunded"


@pytest.mark.parametrize("end", ["won", "lost"])
async def test_M14_M15_every_order_of_the_events_ends_the_same(town: Town, end: str) -> None:
    ends = set()
    for number, turns in enumerate(itertools.permutations(range(4))):
        buyer = await town.buyer()
        order = await town.place(buyer, Line(offer_id=await town.offer()))
        await town.pay(order)
        paid = await town.value(
            "SELECT body FROM sandbox.events WHERE type = 'checkout.session.completed' ORDER BY number DESC LIMIT 1"
        )
        payment = paid["data"]["object"]["payment_intent"]
        town.is_staged = True
        refund = {"id": f"re_{number}", "object": "refund", "amount": 3000, "currency": "cny", "payment_intent": payment,
                  "status": "succeeded", "metadata": {}}  # fmt: skip
        things = [{"id": f"dp_{number}", "object": "dispute", "payment_intent": payment, "amount": 10_000, "currency": "cny", "status": s}
                  for s in ("needs_response", end)]  # fmt: skip
        events = [paid, *({**paid, "id": f"evt_{uuid4().hex}", "type": kind, "data": {"object": thing}}
                          for kind, thing in (("refund.created", refund), ("charge.dispute.created", things[0]),
                                              ("charge.dispute.closed", things[1])))]  # fmt: skip
        before = await town.balances(*ALL)
        for turn in turns:
            await town.receive(events[turn])
        await town.reconcile()
        moved = [now - then for now, then in zip(await town.balances(*ALL), before, strict=True)]
        found = await town.order(buyer, order.id)
        ends.add((*moved, found.status, found.refunded.amount))
    assert len(ends) == 1, ends


async def test_M42_a_case_has_an_owner_and_ends_with_a_reason(town: Town) -> None:
    buyer, clerk = await town.buyer(), await town.clerk(town.liuyuan)
    await _failed(town, buyer)
    (case,) = (await cases.list_cases(town.db, actor=clerk, community="liuyuan", status="open", cursor=None)).items
    taken = await cases.change_case(town.db, actor=clerk, case_id=case.id, change=CaseChange(take=True))
    assert taken.owner == "王小明"
    with pytest.raises(InvalidInput):
        await cases.change_case(town.db, actor=clerk, case_id=case.id, change=CaseChange(resolution="ok"))
    done = await cases.change_case(
        town.db, actor=clerk, case_id=case.id, change=CaseChange(resolution="买家已到柜台领取现金")
    )
    assert done.status == "resolved"
    with pytest.raises(cases.CaseClosed):
        await cases.change_case(town.db, actor=clerk, case_id=case.id, change=CaseChange(take=True))
    with pytest.raises(NotFound):
        await cases.list_cases(
            town.db, actor=await town.clerk(town.xiqiao), community="liuyuan", status="open", cursor=None
        )


async def test_staff_sees_what_was_sold_in_its_community_without_the_buyers(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()), town.hour())
    clerk = await town.clerk(town.liuyuan)
    (line,) = (await reading.list_community_sales(town.db, actor=clerk, community="liuyuan", cursor=None)).items
    assert (line.order_id, line.title) == (order.id, order.lines[0].title)
    with pytest.raises(NotFound):
        await reading.list_community_sales(town.db, actor=clerk, community="xiqiao", cursor=None)


async def test_staff_finds_one_order_among_what_was_sold_also_from_the_street_above(town: Town) -> None:
    """A case or a counted use leads to its order: what of it was sold there, and nothing else."""
    buyer, clerk = await town.buyer(), await town.clerk(town.liuyuan)
    wanted, _ = [await town.buy(buyer, Line(offer_id=await town.offer())) for _ in range(2)]
    elsewhere = await town.buy(buyer, town.hour())
    async with town.db.read() as tx:
        street = await tx.fetchrow(
            "SELECT s.id, s.slug FROM communities c JOIN communities s ON s.id = c.parent_id WHERE c.id = $1",
            town.liuyuan,
        )

    async def sold(actor: Actor, community: str, order: Order) -> list[UUID]:
        found = await reading.list_community_sales(
            town.db, actor=actor, community=community, cursor=None, order_id=order.id
        )
        return [each.line_id for each in found.items]

    assert await sold(clerk, "liuyuan", wanted) == [wanted.lines[0].id]
    assert await sold(clerk, "liuyuan", elsewhere) == []
    above = await town.clerk(street["id"])
    assert await sold(above, street["slug"], wanted) == [wanted.lines[0].id]
