"""How orders come to their end by the clock alone: bookings that are over, holds that run out, and one order that cannot."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from market.checkout import auditing, claims, holds, queries, settlement
from market.checkout.schemas import Line
from market.listings import service as listings
from market.payments.sandbox.script import ApiFault, Plan
from market.payments.sandbox.service import set_plan
from tests.checkout.town import Town


async def let_bookings_end(town: Town, **where: UUID) -> None:
    """Move booked times and their time for giving back into the past: those of all lines, or of the one named."""
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE order_lines SET ends_at = now(), starts_at = now() - interval '1 hour', refund_until = now() "
            "WHERE ends_at IS NOT NULL AND ($1::uuid IS NULL OR id = $1)",
            where.get("line_id"),
        )


async def test_a_room_that_was_used_completes_its_order(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour())
    assert await holds.end_bookings(town.db) == 0
    await let_bookings_end(town)
    assert await holds.end_bookings(town.db) == 1
    assert (await town.order(buyer, order.id)).status == "completed"
    assert await holds.end_bookings(town.db) == 0
    assert await town.balances("enterprise:xiqiao-enterprise:income", "fund:xiqiao:charity:income") == [7200, 800]


async def test_an_order_completes_with_its_last_line_however_each_line_ends(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    order = await town.buy(
        buyer, town.hour(), Line(offer_id=await town.offer()), Line(offer_id=await town.offer(kind="voucher"))
    )
    room, lesson, meal = order.lines
    assert room.id and lesson.id
    await let_bookings_end(town, line_id=room.id)
    await holds.end_bookings(town.db)
    assert (await town.order(buyer, order.id)).status == "paid"
    await let_bookings_end(town, line_id=lesson.id)
    await holds.end_bookings(town.db)
    assert (await town.order(buyer, order.id)).status == "paid"
    await town.redeem(member, next(v.code for v in order.vouchers if v.line_id == meal.id))
    assert (await town.order(buyer, order.id)).status == "completed"


async def test_a_code_shown_after_the_order_completed_is_still_good_and_staff_may_still_give_back(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    first, second = [await town.buy(buyer, Line(offer_id=await town.offer())) for _ in range(2)]
    await let_bookings_end(town)
    assert await holds.end_bookings(town.db) == 2
    await town.redeem(member, first.vouchers[0].code)
    assert (await town.order(buyer, first.id)).status == "completed"
    assert (await town.refund(member, second.id)).status == "refunded"
    assert await town.balances("partner:qinghe-studio:pending", "partner:qinghe-studio:available") == [0, 9700]


async def test_one_order_that_cannot_end_does_not_keep_the_others_from_ending(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [await town.place(await town.buyer(), Line(offer_id=await town.offer())) for _ in range(3)]
    for order in orders:
        await town.let_time_pass(order.id)
    stuck = orders[0].lines[0].offer_id
    give_back = listings.give_back

    async def failing(tx: Any, *, offer_id: UUID, quantity: int) -> None:
        if offer_id == stuck:
            raise ValueError("a fault of ours")
        await give_back(tx, offer_id=offer_id, quantity=quantity)

    monkeypatch.setattr(claims.listings, "give_back", failing)
    assert await town.expire() == 2
    monkeypatch.undo()
    assert await town.expire() == 1


async def test_one_booking_that_cannot_be_earned_does_not_keep_the_others_from_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [await town.buy(await town.buyer(), Line(offer_id=await town.offer())) for _ in range(3)]
    await let_bookings_end(town)
    lock_order = queries.lock_order

    async def failing(tx: Any, order_id: UUID) -> Any:
        if order_id == orders[0].id:
            raise ValueError("a fault of ours")
        return await lock_order(tx, order_id)

    monkeypatch.setattr(queries, "lock_order", failing)
    assert await holds.end_bookings(town.db) == 2
    monkeypatch.undo()
    assert await holds.end_bookings(town.db) == 1


async def test_B09_desk_orders_end_while_the_provider_does_not_answer(town: Town) -> None:
    card = await town.place(await town.buyer(), Line(offer_id=await town.offer()))
    desk = await town.place(await town.buyer(), Line(offer_id=await town.offer()), pay_by="desk")
    await town.let_time_pass(card.id, minutes=60)
    await town.let_time_pass(desk.id, minutes=24 * 60 + 1)
    await set_plan(town.db, Plan(api=[ApiFault(path="checkout/sessions", fault="error", times=20)]))
    assert await town.expire() == 1
    await set_plan(town.db, Plan())
    assert await town.expire() == 1


async def test_M19_money_in_a_currency_that_we_do_not_know_is_kept_for_a_person_to_look_at(town: Town) -> None:
    town.is_staged = True
    buyer = await town.buyer()
    order = await town.place(buyer, Line(offer_id=await town.offer()))
    await town.pay(order)
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE sandbox.events SET body = jsonb_set(body, '{data,object,currency}', '\"sek\"') WHERE type LIKE 'checkout.%'"
        )
    await town.hear()
    found = await town.order(buyer, order.id)
    assert (found.status, found.note) == ("awaiting_payment", settlement.DIFFERS_NOTE)
    assert await town.value("SELECT paid_currency FROM payment_sessions") == "SEK"
    wrong = {each.check: each.message for each in await auditing.audit(town.db, gateway=None)}
    assert wrong == {"clearing-differs": "SEK: the books say 0, the payments 10000"}


async def test_a_desk_order_is_not_held_past_the_start_of_what_it_wants(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer(days=0.1)
    soon = await town.place(buyer, Line(offer_id=offer), pay_by="desk")
    later = await town.place(buyer, Line(offer_id=await town.offer(days=3)), pay_by="desk")
    now = await town.value("SELECT now()")
    assert soon.hold_expires_at is not None and later.hold_expires_at is not None
    assert soon.hold_expires_at == soon.lines[0].starts_at
    assert timedelta(hours=23) < later.hold_expires_at - now < timedelta(hours=25)
