"""Giving on the site: all of it reaches the fund once, counts for its purpose and its campaign, and comes back only exactly."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from market.checkout import donations, reading, refunds
from market.checkout.donation_schemas import NewOnlineGift
from market.checkout.schemas import LineAmount, NewRefund, Order
from market.errors import InvalidInput, NotFound
from market.funds import gifts, service
from market.funds.gift_schemas import NewCampaign
from market.funds.online_gifts import GiftUsed
from market.funds.rules import part_balance
from market.ledger import service as ledger
from market.payments.gateway import GatewayUnavailable
from market.payments.sandbox.script import Plan
from market.payments.sandbox.service import set_plan
from market.people import personal_data
from market.people.rules import Actor, StaffRole
from tests import factories
from tests.checkout.test_refunds_in_part import dispute
from tests.checkout.test_settlement import end_without_provider
from tests.checkout.town import Town, break_writing
from tests.funds.approvals import Office

FUND = "liuyuan-charity"
INCOME, SPENDABLE = "fund:liuyuan:charity:income", "fund:liuyuan:charity:spendable"


async def give(
    town: Town, actor: Actor, amount: int = 5000, *, key: str | None = None, fund: str = FUND, **facts: Any
) -> Order:
    return await donations.give(
        town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=actor, fund=fund, key=key or uuid4().hex,
        wish=NewOnlineGift(amount, **facts),
    )  # fmt: skip


async def given(town: Town, actor: Actor, amount: int = 5000, **facts: Any) -> Order:
    """From the tap to the thanks."""
    order = await give(town, actor, amount, **facts)
    assert await town.pay(order) == "paid"
    await town.hear()
    return await town.order(actor, order.id)


async def director(town: Town) -> Actor:
    """Who leads 柳园."""
    person_id = await factories.make_person(town.db)
    return Actor(person_id=person_id, roles=(StaffRole("director", town.liuyuan, frozenset({town.liuyuan})),))


async def campaign(town: Town, purpose: str = "助学", goal: int = 100_000) -> Any:
    new = NewCampaign("买课桌", purpose, goal, datetime.now(UTC).date() + timedelta(days=20), title_en="Desks")
    return await gifts.start_campaign(town.db, actor=await director(town), key=FUND, new=new)


async def raised(town: Town) -> tuple[int, int]:
    (found,) = await gifts.list_campaigns(town.db, community="liuyuan")
    return found["raised_minor"], found["gifts"]


async def earmarks(town: Town) -> list[tuple[str, int, int]]:
    _, _, found, _ = await gifts.gifts_of(town.db, key=FUND)
    return [(each.purpose, each.given, each.used) for each in found]


async def income_of_kind(town: Town, kind: str) -> int:
    _, sums, _ = await service.fund_detail(town.db, key=FUND)
    return sum(each.amount for each in sums if each.kind == kind)


async def clean(town: Town) -> None:
    from market.checkout.auditing import check_sales

    assert await ledger.verify(town.db, also=[service.check_funds, check_sales]) == []


async def test_all_of_a_gift_reaches_the_fund_whatever_rules_are_in_force_and_no_code_is_made(town: Town) -> None:
    await town.rule("liuyuan", "development", "donation", 500)
    giver = await town.buyer()
    order = await given(town, giver, 5001, message="给孩子们买书")
    assert (order.status, order.vouchers, order.lines[0].kind) == ("completed", [], "donation")
    assert [(it.to, it.amount.amount) for it in order.lines[0].shares] == [("fund:liuyuan-charity", 5001)]
    assert not order.lines[0].can_refund
    assert not order.lines[0].can_move
    assert await town.balances(INCOME, "platform:fee", "provider:fees") == [5001, 0, 0]
    assert await income_of_kind(town, "donation") == 5001
    await clean(town)


async def test_the_giver_has_a_receipt_a_letter_and_the_gift_in_the_year_and_nobody_else_sees_who_it_was(
    town: Town,
) -> None:
    giver, other = await town.buyer(), await town.buyer()
    order = await given(town, giver, message="愿大家安康")
    named = await given(town, other, 700, is_named=True)
    await town.worker.drain()
    receipt = await reading.get_receipt(town.db, actor=giver, order_id=order.id)
    assert [(it.to, it.amount.amount) for it in receipt.shares] == [("fund:liuyuan-charity", 5000)]
    letter = await town.value("SELECT subject FROM messages WHERE dedupe_key = $1", f"receipt:{order.id}")
    assert letter == "感谢您的捐款：¥50.00"
    mine, sums = await donations.mine(town.db, actor=giver)
    assert [it["order_id"] for it in mine] == [order.id]
    assert [(it["currency"], it["minor"]) for it in sums] == [("CNY", 5000)]
    _, _, shown = await donations.giving_to(town.db, fund=FUND)
    name = await town.value("SELECT name FROM persons WHERE id = $1", other.person_id)
    assert [(it["giver"], it["message"]) for it in shown] == [(name, ""), (None, "愿大家安康")]
    labels = await town.value("SELECT array_agg(DISTINCT label) FROM ledger_transfers")
    assert labels == ["网上捐款"]
    with pytest.raises(NotFound):
        await reading.get_order(town.db, actor=other, order_id=order.id)
    assert named.payable.amount == 700


async def test_a_gift_to_a_campaign_counts_for_it_and_only_goes_to_its_purpose(town: Town) -> None:
    call = await campaign(town)
    order = await given(town, await town.buyer(), 60_000, campaign_id=call["id"])
    assert order.lines[0].title == "网上捐款：买课桌"
    assert order.lines[0].title_en == "Online donation: Desks"
    assert await raised(town) == (60_000, 1)
    assert await earmarks(town) == [("助学", 60_000, 0)]


@pytest.mark.parametrize("facts", [{"purpose": "买烟"}, {"campaign_id": uuid4()}])
async def test_what_the_fund_does_not_collect_for_cannot_be_given_to(town: Town, facts: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await give(town, await town.buyer(), **facts)
    assert await town.value("SELECT count(*) FROM orders") == 0


@pytest.mark.parametrize("amount", [-1, 0, 99, 5_000_001, 2**31, 2**63, 1e30, "1e3", 0.1, "１２", True, None])
def test_M06_only_whole_fen_within_the_limits_are_a_gift(amount: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"amount": amount}, NewOnlineGift)


async def test_a_message_with_a_telephone_number_is_refused(town: Town) -> None:
    with pytest.raises(InvalidInput, match="message"):
        await give(town, await town.buyer(), message="请联系 13800138000")


async def test_two_taps_are_one_gift_and_another_body_under_the_same_key_is_refused(town: Town) -> None:
    giver = await town.buyer()
    both = await asyncio.gather(*(give(town, giver, key="tap") for _ in range(4)), return_exceptions=True)
    assert len({it.id for it in both if isinstance(it, Order)}) == 1
    assert [it for it in both if not isinstance(it, Order | GatewayUnavailable)] == []
    assert await town.value("SELECT count(*) FROM donations") == 1
    with pytest.raises(InvalidInput, match="another request"):
        await give(town, giver, 5001, key="tap")
    with pytest.raises(InvalidInput, match="another request"):
        await give(town, giver, key="tap", fund="liuyuan-development")


async def test_M11_M12_M13_M22_doubled_and_late_news_of_a_payment_make_one_gift(town: Town) -> None:
    order = await give(town, await town.buyer())
    await town.pay(order)
    await asyncio.gather(town.hear(copies=5), town.reconcile(), town.reconcile())
    await town.hear(copies=3)
    assert await town.value("SELECT count(*) FROM gifts") == 1
    assert await town.balances(INCOME) == [5000]
    await clean(town)


async def test_a_second_payment_for_the_same_gift_goes_back_whole(town: Town) -> None:
    from market.checkout import service as orders

    giver = await town.buyer()
    order = await give(town, giver)
    first = await town.value("SELECT provider_session FROM payment_sessions WHERE order_id = $1", order.id)
    await town.pay(order)
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE payment_sessions SET status = 'expired' WHERE order_id = $1", order.id)
    await orders.pay_again(
        town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=giver, order_id=order.id
    )
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE payment_sessions SET status = 'open' WHERE provider_session = $1", first)
    await town.pay(order)
    await town.hear(copies=2)
    await town.reconcile()
    assert await town.balances(INCOME, "suspense") == [5000, 0]
    assert await town.value("SELECT count(*) FROM gifts") == 1


async def test_a_declined_card_and_an_ended_hold_leave_no_trace_in_the_books(town: Town) -> None:
    giver = await town.buyer()
    order = await give(town, giver)
    await town.pay(order, "declined")
    await town.hear()
    assert (await town.order(giver, order.id)).status == "awaiting_payment"
    await town.let_time_pass(order.id, minutes=120)
    assert await town.expire() == 1
    assert (await town.order(giver, order.id)).status == "expired"
    assert await town.value("SELECT (SELECT count(*) FROM gifts) + (SELECT count(*) FROM ledger_events)") == 0
    assert (await donations.giving_to(town.db, fund=FUND))[2] == []


async def test_money_that_arrives_after_the_hold_is_a_gift_all_the_same(town: Town) -> None:
    giver = await town.buyer()
    order = await give(town, giver)
    await town.pay(order)
    await end_without_provider(town, order)
    await town.reconcile()
    assert (await town.order(giver, order.id)).status == "completed"
    assert await town.balances(INCOME) == [5000]


async def test_a_gift_that_is_paid_after_the_campaigns_last_day_still_counts_for_it(town: Town) -> None:
    call, giver = await campaign(town), await town.buyer()
    order = await give(town, giver, campaign_id=call["id"])
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE campaigns SET ends_on = current_date - 3")
    await town.pay(order)
    await town.hear()
    assert await raised(town) == (5000, 1)
    with pytest.raises(InvalidInput, match="is over"):
        await give(town, giver, campaign_id=call["id"])


async def test_a_purpose_that_the_fund_gives_up_while_the_gift_is_being_paid_still_binds_it(town: Town) -> None:
    order = await give(town, await town.buyer(), purpose="助学")
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE funds SET purposes = '[\"助老\"]' WHERE slug = $1", FUND)
    await town.pay(order)
    await town.hear()
    assert await earmarks(town) == [("助学", 5000, 0)]


async def test_O07_who_deletes_the_account_is_named_no_more_and_a_payment_under_way_is_still_a_gift(town: Town) -> None:
    giver = await town.buyer()
    await given(town, giver, 700, is_named=True, message="我在这里住了四十年")
    order = await give(town, giver)
    await personal_data.delete_account(town.db, person_id=giver.person_id, password=factories.PASSWORD)
    await town.pay(order)
    await town.hear()
    await town.worker.drain()
    assert await town.balances(INCOME) == [5700]
    _, _, shown = await donations.giving_to(town.db, fund=FUND)
    assert {(it["giver"], it["message"]) for it in shown} == {(None, "")}
    await clean(town)


async def test_the_giver_cannot_take_a_gift_back_and_staff_of_another_community_neither(town: Town) -> None:
    giver, stranger = await town.buyer(), await town.clerk(town.xiqiao)
    order = await given(town, giver)
    with pytest.raises(refunds.NotRefundable):
        await town.refund(giver, order.id)
    with pytest.raises(NotFound):
        await town.refund(stranger, order.id)


async def back(town: Town, clerk: Actor, order: Order, amount: int) -> None:
    line = await town.value("SELECT id FROM order_lines WHERE order_id = $1", order.id)
    await refunds.refund(
        town.db, actor=clerk, order_id=order.id, key=uuid4().hex, wish=NewRefund(amounts=[LineAmount(line, amount)])
    )  # fmt: skip


async def test_M27_M28_staff_give_back_in_parts_what_the_fund_still_has(town: Town) -> None:
    call = await campaign(town)
    clerk = await town.clerk(town.liuyuan)
    order = await given(town, await town.buyer(), 10_000, campaign_id=call["id"])
    await back(town, clerk, order, 3333)
    assert (await town.balances(INCOME), await raised(town), await earmarks(town)) == (
        [6667], (6667, 1), [("助学", 6667, 0)],
    )  # fmt: skip
    assert await income_of_kind(town, "donation") == 6667, "taken off the donations"
    await town.refund(clerk, order.id)
    assert (await town.balances(INCOME), await raised(town)) == ([0], (0, 0))
    assert (await donations.giving_to(town.db, fund=FUND))[2] == []
    await town.worker.drain()
    await clean(town)


async def promise(town: Town, amount: int, purpose: str = "助老") -> None:
    """Released by the director, then set aside for an approved request."""
    from market.funds import spending
    from market.funds.spending_schemas import NewRelease

    office = Office(town.db, {"liuyuan": town.liuyuan})
    await office.hire("clerk", ("clerk", town.liuyuan))
    await office.hire("director", ("director", town.liuyuan))
    free = await spending.create(
        town.db, actor=office.actors["clerk"], key=FUND, idempotency_key=uuid4().hex, new=NewRelease(amount, "释放")
    )  # fmt: skip
    await office.approve(free, "director")
    await office.pay(free, "director")
    case = await office.ask(amount, purpose=purpose)
    assert (await office.approve(case, "director")).row["is_reserved"]


async def test_M31_staff_cannot_give_back_what_was_promised_and_what_was_only_released_shows_as_a_gap(
    town: Town,
) -> None:
    clerk = await town.clerk(town.liuyuan)
    order = await given(town, await town.buyer(), 10_000)
    await promise(town, 6000)
    with pytest.raises(GiftUsed):
        await back(town, clerk, order, 4001)
    await back(town, clerk, order, 4000)
    assert await town.balances(INCOME, SPENDABLE) == [0, 0]
    with pytest.raises(GiftUsed):
        await town.refund(clerk, order.id)
    await clean(town)


async def test_A10_who_gives_back_waits_for_who_is_promising_the_same_money(town: Town) -> None:
    """Without the fund's lock in `require_unspent` the refund looks at money that is promised in that moment, and goes through."""
    from market.funds import entries, online_gifts
    from market.money import Money

    clerk = await town.clerk(town.liuyuan)
    first, second = [await given(town, await town.buyer(), 1000) for _ in range(2)]
    async with town.db.transaction() as tx:
        await online_gifts.require_unspent(tx, event_key=f"sale:{first.id}", amount=1000)
        giving_back = asyncio.create_task(town.refund(clerk, second.id))
        await asyncio.sleep(0.5)
        assert not giving_back.done()
        moves = entries.income_released(FUND, Money(2000, "CNY"), label="x")
        moves += entries.spending_reserved(FUND, Money(2000, "CNY"), label="x")
        moves += entries.spending_paid(FUND, Money(2000, "CNY"), label="x")
        await ledger.post(tx, event_key="x", kind="spending_paid", transfers=moves, reference={})
    with pytest.raises(GiftUsed):
        await giving_back


async def test_M35_M36_a_lost_dispute_takes_exactly_the_gift_also_when_it_was_spent_and_the_gap_is_public(
    town: Town,
) -> None:
    call = await campaign(town)
    await given(town, await town.buyer(), 10_000, campaign_id=call["id"])
    await promise(town, 10_000, "助学")
    await town.receive(await dispute(town, "needs_response"))
    assert await town.balances(INCOME, "suspense") == [0, -10_000]
    for _ in range(2):
        await town.receive(await dispute(town, "lost"))
    assert await town.balances(INCOME, "suspense") == [-10_000, 0]
    assert (await raised(town), await earmarks(town)) == ((0, 0), [("助学", 0, 10_000)])
    _, sums, _ = await service.fund_detail(town.db, key=FUND)
    assert (part_balance(sums, "income"), part_balance(sums, "reserved"), part_balance(sums)) == (-10_000, 10_000, 0)
    assert await income_of_kind(town, "donation") == 0
    town.is_staged = True
    await clean(town)


async def test_M34_a_refund_made_at_the_provider_is_followed(town: Town) -> None:
    order = await given(town, await town.buyer(), 10_000)
    payment = await town.value("SELECT provider_payment FROM payment_sessions WHERE order_id = $1", order.id)
    await town.receive(
        {"id": "evt_f", "object": "event", "type": "refund.created", "api_version": "x", "created": 1, "livemode": False,
         "data": {"object": {"id": "re_f", "object": "refund", "payment_intent": payment, "amount": 2500, "currency": "cny",
                             "status": "succeeded", "metadata": {}}}}
    )  # fmt: skip
    await town.worker.drain()
    assert await town.balances(INCOME) == [7500]
    assert await income_of_kind(town, "donation") == 7500
    town.is_staged = True
    await clean(town)


async def test_a_crash_while_the_gift_is_made_leaves_neither_money_nor_gift_and_the_next_news_makes_both(
    town: Town,
) -> None:
    order = await give(town, await town.buyer())
    await town.pay(order)
    await break_writing(town, "gifts", "true")
    with pytest.raises(Exception, match="broken"):
        await town.reconcile()
    assert await town.balances(INCOME) == [0]
    async with town.db.transaction() as tx:
        await tx.execute("DROP TRIGGER breaks ON gifts")
    await town.reconcile()
    assert await town.balances(INCOME) == [5000]
    assert await town.value("SELECT count(*) FROM gifts") == 1


async def test_while_the_provider_is_away_the_gift_waits_and_the_same_tap_tries_again(town: Town) -> None:
    from market.payments.sandbox.script import ApiFault

    giver = await town.buyer()
    await set_plan(town.db, Plan(api=[ApiFault("checkout/sessions", "error", times=30)]))
    with pytest.raises(GatewayUnavailable):
        await give(town, giver, key="again")
    await set_plan(town.db, Plan())
    order = await give(town, giver, key="again")
    assert order.checkout_url
    assert await town.value("SELECT count(*) FROM donations") == 1


async def test_staff_hide_a_message_and_the_name_with_it_and_the_entry_stays(town: Town) -> None:
    from market.checkout.donation_controllers import _shown

    clerk = await town.clerk(town.liuyuan)
    order = await given(town, await town.buyer(), message="不好的话", is_named=True)
    with pytest.raises(NotFound):
        await donations.hide(town.db, actor=await town.clerk(town.xiqiao), order_id=order.id, is_hidden=True)
    await donations.hide(town.db, actor=clerk, order_id=order.id, is_hidden=True)
    (row,) = (await donations.giving_to(town.db, fund=FUND))[2]
    assert (_shown(row).giver, _shown(row).message) == (None, "")
    (seen,), _ = await donations.gifts_for_staff(town.db, actor=clerk, fund=FUND)
    assert seen["message"] == "不好的话"
    with pytest.raises(NotFound):
        await donations.gifts_for_staff(town.db, actor=await town.buyer(), fund=FUND)
    assert await income_of_kind(town, "donation") == 5000


async def test_a_gift_is_no_turnover_of_the_community(town: Town) -> None:
    from market.checkout import impact
    from market.checkout.impact_schemas import RuleTrial

    await given(town, await town.buyer())
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE orders SET paid_at = date_trunc('month', now()) - interval '5 days'")
    found = await impact.preview_rule(
        town.db, actor=await director(town), community="liuyuan", trial=RuleTrial("service_turnover", "liuyuan-development", 1000)
    )  # fmt: skip
    assert found.turnover.amount == 0
