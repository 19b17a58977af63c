"""Money arrives early, late, twice, wrong, or while everything else happens: each order is settled once and right."""

import asyncio
import itertools
import time
from typing import Any
from uuid import uuid4

import pytest

from market.checkout import service, settlement
from market.checkout.schemas import Line, Order
from market.errors import Conflict
from market.payments import service as payments
from market.payments.gateway import GatewayUnavailable
from market.payments.sandbox.script import ApiFault, Plan
from market.payments.sandbox.service import set_plan
from tests.checkout.town import Town


async def paid_at_the_provider(town: Town, order: Order) -> None:
    """The buyer pays, and the provider's webhooks get lost until the test says `hear`."""
    assert await town.pay(order) == "paid"


async def sales(town: Town) -> int:
    return int(await town.value("SELECT count(*) FROM ledger_events WHERE kind = 'sale_paid'"))


async def test_M11_M13_five_copies_of_each_event_settle_once(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer()
    order = await town.place(buyer, Line(offer_id=offer))
    await town.pay(order)
    await town.hear(copies=5)
    await town.hear(copies=5)
    paid = await town.order(buyer, order.id)
    assert (await sales(town), len(paid.vouchers), await town.taken(offer)) == (1, 1, 1)


async def test_M12_M22_webhook_return_and_reconciler_at_once_settle_once(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.place(buyer, Line(offer_id=await town.offer()))
    await town.pay(order)
    refresh = [
        payments.refresh(town.db, gateway=town.parts.gateway, handle=settlement.handle, order_id=order.id)
        for _ in range(6)
    ]
    await asyncio.gather(*refresh, town.hear(copies=3), *(town.reconcile() for _ in range(3)))
    paid = await town.order(buyer, order.id)
    assert (await sales(town), len(paid.vouchers)) == (1, 1)


async def test_M23_a_lost_webhook_is_found_by_the_reconciler(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.place(buyer, Line(offer_id=await town.offer()))
    await paid_at_the_provider(town, order)
    assert (await town.order(buyer, order.id)).status == "awaiting_payment"
    await town.reconcile()
    await town.reconcile()
    assert (await town.order(buyer, order.id)).status == "paid"
    assert await sales(town) == 1


async def test_M19_another_amount_is_parked_and_fulfils_nothing(town: Town) -> None:
    town.is_staged = True
    buyer, offer = await town.buyer(), await town.offer()
    order = await town.place(buyer, Line(offer_id=offer))
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE sandbox.objects SET body = jsonb_set(body, '{amount_total}', '9999') WHERE id LIKE 'cs_%'"
        )
    await paid_at_the_provider(town, order)
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE sandbox.objects SET body = jsonb_set(body, '{amount_total}', '9999') WHERE id LIKE 'cs_%'"
        )
    await town.reconcile()
    found = await town.order(buyer, order.id)
    assert (found.status, found.vouchers, found.note) == ("awaiting_payment", [], settlement.DIFFERS_NOTE)
    assert await town.balances("suspense", "partner:qinghe-studio:pending") == [9999, 0]


async def test_M20_M21_only_the_stored_session_pays_an_order_whatever_a_url_or_metadata_says(town: Town) -> None:
    buyer = await town.buyer()
    mine = await town.place(buyer, Line(offer_id=await town.offer()))
    other = await town.place(await town.buyer(), Line(offer_id=await town.offer()))
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE sandbox.objects SET body = jsonb_set(jsonb_set(body, '{metadata}', jsonb_build_object('order_id', $1::text)), "
            "'{client_reference_id}', to_jsonb($1::text)) WHERE id = (SELECT provider_session FROM payment_sessions WHERE order_id = $2)",
            str(mine.id), other.id,
        )  # fmt: skip
    await paid_at_the_provider(town, other)
    await town.reconcile()
    assert (await town.order(buyer, mine.id)).status == "awaiting_payment"
    assert await town.value("SELECT status FROM orders WHERE id = $1", other.id) == "paid"


async def test_B08_a_late_payment_takes_everything_again_when_it_is_free(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer(capacity=1)
    order = await town.place(buyer, Line(offer_id=offer), town.hour())
    await paid_at_the_provider(town, order)
    await end_without_provider(town, order)
    assert (await town.order(buyer, order.id)).status == "expired"
    assert await town.taken(offer) == 0
    await town.reconcile()
    paid = await town.order(buyer, order.id)
    assert (paid.status, len(paid.vouchers), await town.taken(offer)) == ("paid", 2, 1)
    assert await town.value("SELECT count(*) FROM occupancies WHERE status = 'active'") == 1


@pytest.mark.parametrize("gone", ["seat", "room"])
async def test_B08_B10_a_late_payment_goes_back_whole_when_something_is_gone(town: Town, gone: str) -> None:
    buyer, offer = await town.buyer(), await town.offer(capacity=1)
    order = await town.place(buyer, Line(offer_id=offer), town.hour())
    await paid_at_the_provider(town, order)
    await end_without_provider(town, order)
    await set_plan(town.db, Plan())
    second = await town.buy(await town.buyer(), Line(offer_id=offer) if gone == "seat" else town.hour())
    await town.reconcile()
    found = await town.order(buyer, order.id)
    assert (found.status, found.vouchers, found.note) == ("expired", [], settlement.LATE_NOTE)
    await town.worker.drain()
    assert await town.value("SELECT status FROM payment_refunds WHERE order_id = $1", order.id) in {
        "pending",
        "succeeded",
    }
    assert await town.balances("suspense", "provider:stripe") == [0, -second.payable.amount]
    assert await town.value("SELECT count(*) FROM messages WHERE dedupe_key LIKE 'returned:%'") == 1
    assert await town.taken(offer) == (1 if gone == "seat" else 0)


async def end_without_provider(town: Town, order: Order) -> None:
    """Expire an order as if its page had been closed, while the buyer has paid on it."""
    from market.checkout import claims, queries

    async with town.db.transaction() as tx:
        await queries.update_order_closed(tx, order.id, status="expired")
        await claims.let_go(tx, await queries.lines_of(tx, [order.id]))


async def test_expiring_asks_the_provider_first_and_a_buyer_who_was_faster_wins(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer()
    order = await town.place(buyer, Line(offer_id=offer))
    await paid_at_the_provider(town, order)
    await town.let_time_pass(order.id)
    assert await town.expire() == 0
    assert (await town.order(buyer, order.id)).status == "paid"
    assert await town.taken(offer) == 1


async def test_B09_an_order_keeps_its_hold_while_its_page_cannot_be_closed(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer(capacity=1)
    order = await town.place(buyer, Line(offer_id=offer), town.hour())
    await town.let_time_pass(order.id, minutes=20)
    await set_plan(town.db, Plan(api=[ApiFault(path="expire", fault="error", times=50)]))
    assert await town.expire() == 0
    assert (await town.order(buyer, order.id)).status == "awaiting_payment"
    for line in (Line(offer_id=offer), town.hour()):
        with pytest.raises(Conflict):
            await town.place(await town.buyer(), line)
    await set_plan(town.db, Plan())
    assert await town.expire() == 1
    assert (await town.order(buyer, order.id)).status == "expired"
    assert await town.pay(order) == "expired"
    await town.buy(await town.buyer(), Line(offer_id=offer), town.hour())


async def test_a_hold_that_is_not_over_is_left_alone(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.place(buyer, Line(offer_id=await town.offer()))
    assert await town.expire() == 0
    assert (await town.order(buyer, order.id)).status == "awaiting_payment"


async def test_cancelling_closes_the_page_and_frees_everything(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer()
    order = await town.place(buyer, Line(offer_id=offer), town.hour())
    assert (await town.cancel(buyer, order.id)).status == "cancelled"
    assert (await town.cancel(buyer, order.id)).status == "cancelled"
    assert await town.pay(order) == "expired"
    assert (await town.taken(offer), await town.value("SELECT status FROM occupancies")) == (0, "released")


async def test_cancelling_what_was_just_paid_is_refused_and_the_order_is_paid(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.place(buyer, Line(offer_id=await town.offer()))
    await paid_at_the_provider(town, order)
    with pytest.raises(settlement.NotWaiting):
        await town.cancel(buyer, order.id)
    assert (await town.order(buyer, order.id)).status == "paid"


async def test_a_provider_that_does_not_answer_leaves_an_order_uncancelled(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.place(buyer, Line(offer_id=await town.offer()))
    await set_plan(town.db, Plan(api=[ApiFault(path="expire", fault="error", times=50)]))
    with pytest.raises(GatewayUnavailable):
        await town.cancel(buyer, order.id)
    await set_plan(town.db, Plan())
    assert (await town.order(buyer, order.id)).status == "awaiting_payment"


async def test_a_page_that_is_closed_at_the_provider_is_replaced_while_the_hold_lasts(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.place(buyer, Line(offer_id=await town.offer()))
    async with town.db.read() as tx:
        session_id = await tx.fetchval("SELECT session_id FROM orders WHERE id = $1", order.id)
    await payments.expire_session(town.db, gateway=town.parts.gateway, handle=settlement.handle, session_id=session_id)
    assert (await town.order(buyer, order.id)).checkout_url is None
    again = await asyncio.gather(
        *(
            service.pay_again(
                town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=buyer, order_id=order.id
            )
            for _ in range(3)
        )
    )
    assert len({each.checkout_url for each in again}) == 1
    assert again[0].checkout_url not in (None, order.checkout_url)
    await town.pay(again[0])
    await town.hear()
    assert (await town.order(buyer, order.id)).status == "paid"


PERMUTATIONS = sorted(set(itertools.permutations(["paid", "paid", "expired", "refund", "dispute_open", "dispute_won"])))


async def test_M14_M15_events_in_any_order_end_in_the_same_state(town: Town) -> None:
    """The provider's own events, through the inbox: completed twice under two ids (M12), a refund made there, a dispute won."""
    codes = ("partner:qinghe-studio:pending", "fund:liuyuan:development:income", "provider:stripe", "suspense")
    before = [0, 0, 0, 0]
    town.is_staged = True
    for number, deliveries in enumerate(PERMUTATIONS[::9]):
        buyer = await town.buyer()
        order = await town.place(buyer, Line(offer_id=await town.offer(price=10_000), quantity=2))
        await town.pay(order)
        session = await town.value(
            "SELECT body FROM sandbox.objects WHERE id = (SELECT provider_session FROM payment_sessions WHERE order_id = $1)",
            order.id,
        )
        for kind in deliveries:
            await deliver(town, kind, session, number)
        await town.reconcile()
        found = await town.order(buyer, order.id)
        assert (found.status, found.refunded.amount, len(found.vouchers)) == ("partly_refunded", 5000, 1), deliveries
        now = await town.balances(*codes)
        assert [new - old for new, old in zip(now, before, strict=True)] == [14_550, 450, -15_000, 0], deliveries
        before = now


async def deliver(town: Town, kind: str, session: dict[str, Any], number: int) -> None:
    """One signed event about the paid session, straight into the inbox."""
    payment = session["payment_intent"]
    dispute = {
        "id": f"dp_told{number}",
        "object": "dispute",
        "payment_intent": payment,
        "amount": 15_000,
        "currency": "cny",
    }
    refund = {
        "id": f"re_told{number}",
        "object": "refund",
        "payment_intent": payment,
        "amount": 5000,
        "currency": "cny",
    }
    event_type, thing = {
        "paid": ("checkout.session.completed", session),
        "expired": ("checkout.session.expired", {**session, "status": "expired", "payment_status": "unpaid"}),
        "refund": ("refund.created", {**refund, "status": "succeeded", "metadata": {}}),
        "dispute_open": ("charge.dispute.created", {**dispute, "status": "needs_response"}),
        "dispute_won": ("charge.dispute.closed", {**dispute, "status": "won"}),
    }[kind]
    await town.receive(
        {"id": f"evt_{number}_{uuid4().hex}", "object": "event", "type": event_type, "api_version": "x", "created": int(time.time()),
         "livemode": False, "pending_webhooks": 0, "request": None, "data": {"object": thing}}
    )  # fmt: skip
