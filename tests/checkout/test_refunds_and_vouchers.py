"""What is given back, what is redeemed, and what is paid in cash: each share to the unit, each code once."""

import asyncio
from uuid import uuid4

import pytest

from market.checkout import holds, reading, refunds, settlement, vouchers
from market.checkout.schemas import DeskPayment, Line, NewRefund
from market.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from market.money import Money
from market.payments import service as payments
from market.payments.sandbox.script import ApiFault, Plan
from market.payments.sandbox.service import set_plan
from market.people.rules import Actor
from tests.checkout.town import Town

ALL = (
    "provider:stripe", "partner:qinghe-studio:pending", "partner:qinghe-studio:available", "fund:liuyuan:development:income",
    "fund:xiqiao:charity:income", "enterprise:xiqiao-enterprise:income", "suspense", "desk:liuyuan",
)  # fmt: skip
NOTHING = [0] * len(ALL)


async def test_M27_a_full_refund_leaves_every_account_as_before_and_everything_free(town: Town) -> None:
    buyer, offer = await town.buyer(resident=True), await town.offer()
    order = await town.buy(buyer, Line(offer_id=offer, quantity=3), town.hour())
    back = await town.refund(buyer, order.id)
    assert (back.status, back.refunded, {v.status for v in back.vouchers}) == ("refunded", order.payable, {"cancelled"})
    assert await town.balances(*ALL) == NOTHING
    assert (await town.taken(offer), await town.value("SELECT status FROM occupancies")) == (0, "released")
    await town.worker.drain()
    assert (
        await town.value("SELECT sum(amount_minor) FROM payment_refunds WHERE status IN ('pending', 'succeeded')")
        == 32_000
    )
    assert await town.value("SELECT count(*) FROM messages WHERE dedupe_key LIKE 'refunded:%'") == 1


async def test_one_line_goes_back_and_the_others_stay(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()), town.hour())
    room = next(line for line in order.lines if line.space_id)
    back = await town.refund(buyer, order.id, room.id)
    assert (back.status, back.refunded.amount) == ("partly_refunded", 8000)
    assert await town.balances(*ALL) == [-10_000, 9700, 0, 300, 0, 0, 0, 0]
    assert (await town.refund(buyer, order.id)).status == "refunded"
    assert await town.balances(*ALL) == NOTHING


async def test_M32_of_two_refunds_at_once_one_is_refused(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    done = await asyncio.gather(*(town.refund(buyer, order.id) for _ in range(5)), return_exceptions=True)
    refused = [each for each in done if isinstance(each, BaseException)]
    assert len(refused) == 4
    assert {type(each) for each in refused} == {refunds.NotRefundable}
    assert await town.value("SELECT sum(amount_minor) FROM payment_refunds") == 10_000
    assert await town.balances(*ALL) == NOTHING


async def test_the_same_refund_asked_again_changes_nothing(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()), Line(offer_id=await town.offer()))
    line = order.lines[0].id
    first = await town.refund(buyer, order.id, line, key="r1")
    again = await town.refund(buyer, order.id, line, key="r1")
    assert first.refunded == again.refunded
    assert again.refunded.amount == 10_000
    with pytest.raises(InvalidInput):
        await town.refund(buyer, order.id, order.lines[1].id, key="r1")


async def test_B17_the_buyers_time_to_give_back_ends_and_the_partners_does_not(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    order = await town.buy(buyer, Line(offer_id=await town.offer(days=0.5)))
    assert not order.lines[0].can_refund
    with pytest.raises(refunds.NotRefundable):
        await town.refund(buyer, order.id)
    back = await town.refund(member, order.id)
    assert (back.status, back.vouchers) == ("refunded", [])
    assert await town.balances(*ALL) == NOTHING


async def test_staff_gives_back_a_line_of_its_own_community_only(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()), town.hour())
    clerk = await town.clerk(town.xiqiao)
    back = await town.refund(clerk, order.id)
    assert (back.status, back.refunded.amount) == ("partly_refunded", 8000)
    with pytest.raises(refunds.NotRefundable):
        await town.refund(clerk, order.id, order.lines[0].id)
    with pytest.raises(NotFound):
        await town.refund(await town.clerk(uuid4()), order.id)


async def test_what_is_redeemed_cannot_be_given_back_not_even_at_the_same_moment(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    for _ in range(4):
        order = await town.buy(buyer, Line(offer_id=await town.offer()))
        before = await town.balances(*ALL)
        redeemed, back = await asyncio.gather(
            town.redeem(member, order.vouchers[0].code), town.refund(buyer, order.id), return_exceptions=True
        )
        assert isinstance(redeemed, BaseException) != isinstance(back, BaseException)
        assert (await town.order(buyer, order.id)).status == (
            "refunded" if isinstance(redeemed, BaseException) else "completed"
        )
        assert sum(await town.balances(*ALL)) == 0 == sum(before)
    with pytest.raises(Conflict):
        await town.refund(buyer, order.id)


async def test_M33_a_refund_that_fails_is_owed_in_suspense_and_said(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    await set_plan(town.db, Plan(api=[ApiFault(path="refunds", fault="declined")]))
    await town.refund(buyer, order.id)
    await town.worker.drain()
    assert await town.balances("provider:stripe", "suspense") == [-10_000, 10_000]
    assert (await town.order(buyer, order.id)).note == refunds.FAILED_NOTE


async def test_M34_a_refund_made_at_the_provider_is_followed_in_the_books(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    payment = await town.value("SELECT provider_payment FROM payment_sessions")
    for amount in (3333, 6667):
        await town.parts.gateway.refund(uuid4(), payment_id=payment, amount=Money(amount, "CNY"))
    await payments.import_refunds(town.db, gateway=town.parts.gateway, handle=settlement.handle, payment_id=payment)
    found = await town.order(buyer, order.id)
    assert (found.status, found.refunded.amount) == ("refunded", 10_000)
    assert await town.balances(*ALL) == NOTHING


async def test_a_partner_redeems_once_and_earns_its_share(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    code = order.vouchers[0].code
    done = await asyncio.gather(*(town.redeem(member, code) for _ in range(5)), return_exceptions=True)
    refused = [each for each in done if isinstance(each, BaseException)]
    assert len(refused) == 4
    assert {type(each) for each in refused} == {vouchers.AlreadyRedeemed}
    assert await town.balances("partner:qinghe-studio:pending", "partner:qinghe-studio:available") == [0, 9700]
    assert (await town.order(buyer, order.id)).status == "completed"


async def test_a_typed_code_is_read_kindly_and_a_guess_finds_nothing(town: Town) -> None:
    member = await town.member()
    order = await town.buy(await town.buyer(), Line(offer_id=await town.offer()))
    code = order.vouchers[0].code.lower()
    assert len(code) == 12
    assert (await town.redeem(member, f" {code[:4]}-{code[4:8]} {code[8:]} ")).quantity == 1
    for guess in ("", "x" * 12, "0" * 12, "0" * 500, "ÄÖÜ", "\0" * 12):
        with pytest.raises(NotFound):
            await town.redeem(member, guess)


async def test_A21_guessing_codes_is_slowed_down(town: Town) -> None:
    member = await town.member()
    for _ in range(vouchers.TRIES_PER_MIN + 1):
        try:
            await town.redeem(member, vouchers.CODE_ALPHABET[:12])
        except NotFound:
            continue
        except TooManyRequests:
            break
    else:
        raise AssertionError("never limited")


async def test_A02_only_the_partner_redeems_and_a_room_is_for_its_communitys_staff(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()), town.hour())
    of_class, of_room = (next(v.code for v in order.vouchers if v.line_id == line.id) for line in order.lines)
    stranger = Actor(person_id=(await town.buyer()).person_id, partners={uuid4(): "owner"})
    for actor, code in (
        (stranger, of_class),
        (buyer, of_class),
        (await town.member(), of_room),
        (await town.clerk(town.liuyuan), of_room),
    ):
        with pytest.raises(NotFound):
            await town.redeem(actor, code)
    await town.redeem(await town.clerk(town.xiqiao), of_room)
    await town.redeem(await town.member(), of_class)
    assert (await town.order(buyer, order.id)).status == "completed"


async def test_the_qr_code_is_the_buyers_alone(town: Town) -> None:
    buyer = await town.buyer()
    code = (await town.buy(buyer, Line(offer_id=await town.offer()))).vouchers[0].code
    svg = await vouchers.qr_svg(town.db, actor=buyer, code=code)
    assert svg.startswith(b"<svg")
    with pytest.raises(NotFound):
        await vouchers.qr_svg(town.db, actor=await town.buyer(), code=code)


async def test_an_open_voucher_is_void_after_its_time(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    order = await town.buy(buyer, Line(offer_id=await town.offer(kind="voucher")))
    assert order.vouchers[0].valid_until is not None
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE vouchers SET valid_until = now() - interval '1 second'")
    with pytest.raises(vouchers.VoucherVoid):
        await town.redeem(member, order.vouchers[0].code)
    assert (await town.refund(buyer, order.id)).status == "refunded"


async def test_a_session_that_is_over_is_earned_once_whether_a_code_was_shown_or_not(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    assert await holds.end_bookings(town.db) == 0
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE order_lines SET ends_at = now(), starts_at = now() - interval '1 hour', refund_until = now()"
        )
    assert await holds.end_bookings(town.db) == 1
    assert await holds.end_bookings(town.db) == 0
    await town.redeem(member, order.vouchers[0].code)
    assert await town.balances("partner:qinghe-studio:pending", "partner:qinghe-studio:available") == [0, 9700]


async def test_a_clerk_takes_cash_once_and_pays_it_back(town: Town) -> None:
    buyer, clerk = await town.buyer(), await town.clerk(town.liuyuan)
    order = await town.place(buyer, Line(offer_id=await town.offer()), pay_by="desk")
    assert (order.status, order.checkout_url) == ("awaiting_payment", None)
    waiting = await reading.list_desk_orders(town.db, actor=clerk, community="liuyuan", cursor=None)
    assert [row.id for row in waiting.items] == [order.id]
    take = settlement.record_desk_payment
    with pytest.raises(InvalidInput):
        await take(town.db, actor=clerk, order_id=order.id, key="d", payment=DeskPayment(amount=9999))
    with pytest.raises(NotFound):
        await take(
            town.db, actor=await town.clerk(town.xiqiao), order_id=order.id, key="d", payment=DeskPayment(amount=10_000)
        )
    paid = await asyncio.gather(
        *(take(town.db, actor=clerk, order_id=order.id, key="d", payment=DeskPayment(amount=10_000)) for _ in range(3))
    )
    assert {each.status for each in paid} == {"paid"}
    assert await town.balances("desk:liuyuan", "provider:stripe", "partner:qinghe-studio:pending") == [-10_000, 0, 9700]
    with pytest.raises(settlement.NotWaiting):
        await take(town.db, actor=clerk, order_id=order.id, key="d2", payment=DeskPayment(amount=10_000, slip="other"))
    await town.refund(clerk, order.id)
    assert await town.balances(*ALL) == NOTHING
    assert (
        await town.value("SELECT count(*) FROM audit_log WHERE action IN ('order.desk_payment', 'order.refund')") == 2
    )


async def test_a_refund_names_only_lines_of_its_order(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    with pytest.raises(InvalidInput):
        await town.refund(buyer, order.id, uuid4())
    with pytest.raises(InvalidInput):
        await refunds.refund(town.db, actor=buyer, order_id=order.id, key="", wish=NewRefund())
    unpaid = await town.place(buyer, Line(offer_id=await town.offer()))
    with pytest.raises(refunds.NotRefundable):
        await town.refund(buyer, unpaid.id)


async def test_a_free_place_is_given_back_without_money(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer(kind="free")
    order = await town.place(buyer, Line(offer_id=offer))
    assert await town.taken(offer) == 1
    assert (await town.refund(buyer, order.id)).status == "refunded"
    assert await town.taken(offer) == 0
