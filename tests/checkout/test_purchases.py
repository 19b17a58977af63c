"""A person buys and books: from cart to paid, with the money where the issue says it goes."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from market.checkout import reading, service
from market.checkout.refusals import NoDesk, NotPayable, PriceChanged
from market.checkout.schemas import Line
from market.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from market.payments.gateway import GatewayUnavailable
from market.payments.sandbox.script import ApiFault, Plan
from market.payments.sandbox.service import set_plan
from tests.checkout.town import Town


async def test_a_verified_resident_buys_a_class_at_80_and_the_shares_are_exact(town: Town) -> None:
    buyer = await town.buyer(resident=True)
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    assert (order.payable.amount, order.status) == (8000, "paid")
    assert await town.balances(
        "provider:stripe", "partner:qinghe-studio:pending", "fund:liuyuan:development:income"
    ) == [-8000, 7760, 240]
    receipt = await reading.get_receipt(town.db, actor=buyer, order_id=order.id)
    assert {share.to: share.amount.amount for share in receipt.shares} == {
        "partner:qinghe-studio": 7760,
        "fund:liuyuan-development": 240,
    }
    assert receipt.lines[0].shares[1].rule is not None
    assert receipt.lines[0].shares[1].rule.rate_bp == 300


async def test_a_cart_of_a_class_and_a_room_is_one_payment_over_two_communities(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()), town.hour())
    assert order.payable.amount == 18_000
    assert [line.seller_en for line in order.lines] == ["Qinghe Studio", None]
    assert order.lines[0].shares[0].label_en == "Qinghe Studio"
    codes = (
        "partner:qinghe-studio:pending",
        "fund:liuyuan:development:income",
        "enterprise:xiqiao-enterprise:income",
        "fund:xiqiao:charity:income",
    )
    assert await town.balances(*codes) == [9700, 300, 7200, 800]
    assert len(order.vouchers) == 2
    assert await town.value("SELECT status FROM occupancies") == "active"
    await town.worker.drain()
    assert "¥180.00" in await town.value("SELECT subject FROM messages WHERE dedupe_key = $1", f"receipt:{order.id}")
    letter = await town.value("SELECT body FROM messages WHERE dedupe_key = $1", f"receipt:{order.id}")
    assert letter.count("（周") == 1 + (order.lines[0].starts_at is not None)  # when the room is theirs, at the wall


async def test_the_answer_to_an_order_is_the_order_as_it_is_read_afterwards(town: Town) -> None:
    buyer = await town.buyer(resident=True)
    placed = await town.place(buyer, Line(offer_id=await town.offer(), quantity=2), town.hour())
    assert placed == await reading.get_order(town.db, actor=buyer, order_id=placed.id)
    assert placed.checkout_url


async def test_M41_a_rule_or_policy_that_changes_counts_from_the_next_order_on(town: Town) -> None:
    buyer = await town.buyer()
    before = await town.place(buyer, Line(offer_id=await town.offer()))
    async with town.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO routing_rules (community_id, applies_to, fund_id, version, rate_bp, effective_from) "
            "SELECT community_id, applies_to, fund_id, 2, 500, now() FROM routing_rules r JOIN communities c ON c.id = r.community_id "
            "WHERE c.slug = 'liuyuan' AND applies_to = 'service_turnover'"
        )
        await tx.execute("UPDATE communities SET policies = policies || '{\"hold_min\": 40}' WHERE slug = 'liuyuan'")
    after = await town.place(buyer, Line(offer_id=await town.offer()))
    rates = [[share.rule.rate_bp for share in order.lines[0].shares if share.rule] for order in (before, after)]
    assert rates == [[300], [500]]
    held = [order.hold_expires_at - order.created_at for order in (before, after) if order.hold_expires_at]
    assert held == [timedelta(minutes=15), timedelta(minutes=40)]


async def test_all_or_nothing_when_one_line_is_taken(town: Town) -> None:
    offer = await town.offer()
    await town.buy(await town.buyer(), town.hour())
    with pytest.raises(Conflict) as refusal:
        await town.place(await town.buyer(), Line(offer_id=offer), town.hour())
    assert refusal.value.slug == "slot-taken"
    assert await town.taken(offer) == 0
    assert await town.value("SELECT count(*) FROM orders") == 1


async def test_the_same_key_and_body_give_the_same_order_and_another_body_is_refused(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer()
    first = await town.place(buyer, Line(offer_id=offer), key="k1")
    again = await town.place(buyer, Line(offer_id=offer), key="k1")
    assert (first.id, first.checkout_url) == (again.id, again.checkout_url)
    with pytest.raises(InvalidInput) as refusal:
        await town.place(buyer, Line(offer_id=offer, quantity=2), key="k1")
    assert refusal.value.fields[0][0] == "Idempotency-Key"
    other = await town.place(await town.buyer(), Line(offer_id=offer), key="k1")
    assert other.id != first.id
    assert await town.taken(offer) == 2


async def test_ten_requests_with_one_key_at_once_make_one_order(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer()
    orders = await asyncio.gather(*(town.place(buyer, Line(offer_id=offer), key="k1") for _ in range(10)))
    assert len({order.id for order in orders}) == 1
    assert len({order.checkout_url for order in orders}) == 1
    assert await town.taken(offer) == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "键", "a\nb"])
async def test_a_key_must_be_short_printable_ascii(town: Town, key: str) -> None:
    with pytest.raises(InvalidInput):
        await service.place_order(
            town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=await town.buyer(), key=key,
            wish=service.NewOrder(lines=[Line(offer_id=uuid4())]),
        )  # fmt: skip


async def test_a_line_that_means_nothing_is_named(town: Town) -> None:
    buyer = await town.buyer()
    for line in (Line(), Line(offer_id=uuid4()), Line(space_id=uuid4()), Line(offer_id=uuid4(), space_id=uuid4())):
        with pytest.raises(InvalidInput) as refusal:
            await town.place(buyer, line)
        assert refusal.value.fields[0][0].startswith("lines[0]")


async def test_B21_a_draft_is_as_unknown_as_no_listing(town: Town) -> None:
    offer = await town.offer(status="draft")
    with pytest.raises(InvalidInput) as refusal:
        await town.place(await town.buyer(), Line(offer_id=offer))
    assert list(refusal.value.fields) == [("lines[0].offer_id", "is not for sale")]


async def test_M08_M09_the_price_is_the_servers_and_a_changed_one_is_refused_with_the_new(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer()
    with pytest.raises(PriceChanged) as refusal:
        await town.place(buyer, Line(offer_id=offer), expected=9999)
    assert list(refusal.value.fields) == [("expected_payable", "10000")]
    assert await town.taken(offer) == 0
    order = await town.place(buyer, Line(offer_id=offer), expected=10_000)
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE listings SET price_minor = 99")
    await town.pay(order)
    await town.hear()
    paid = await town.order(buyer, order.id)
    assert (paid.status, paid.payable.amount) == ("paid", 10_000)


async def test_M41_an_order_keeps_the_rule_version_that_it_was_placed_under(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer()
    order = await town.place(buyer, Line(offer_id=offer))
    async with town.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO routing_rules (community_id, applies_to, fund_id, version, rate_bp, effective_from) "
            "SELECT community_id, applies_to, fund_id, 2, 500, now() FROM routing_rules WHERE applies_to = 'service_turnover'"
        )
    await town.pay(order)
    await town.hear()
    assert await town.balances("fund:liuyuan:development:income") == [300]
    await town.buy(buyer, Line(offer_id=offer))
    assert await town.balances("fund:liuyuan:development:income") == [800]


async def test_M44_a_free_order_meets_no_provider_but_is_in_the_books(town: Town) -> None:
    elder = await town.buyer(groups=frozenset({"elder"}))
    offer = await town.offer(kind="free", eligibility_group="elder")
    order = await town.place(elder, Line(offer_id=offer))
    assert (order.status, order.pay_by, len(order.vouchers)) == ("paid", "free", 1)
    assert await town.value("SELECT count(*) FROM payment_sessions") == 0
    assert await town.value("SELECT count(*) FROM sandbox.objects") == 0
    assert await town.value("SELECT kind FROM ledger_events") == "free_order"
    with pytest.raises(Conflict) as refusal:
        await town.place(await town.buyer(), Line(offer_id=offer))
    assert refusal.value.slug == "not-eligible"


async def test_B07_a_limit_per_person_holds_over_lines_carts_and_at_once(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer(max_per_person=2)
    with pytest.raises(Conflict) as refusal:
        await town.place(buyer, Line(offer_id=offer), Line(offer_id=offer), Line(offer_id=offer))
    assert refusal.value.slug == "limit-reached"
    done = await asyncio.gather(*(town.place(buyer, Line(offer_id=offer)) for _ in range(8)), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in done) == 2
    assert {each.slug for each in done if isinstance(each, BaseException)} == {"limit-reached"}
    assert await town.taken(offer) == 2
    await town.place(await town.buyer(), Line(offer_id=offer, quantity=2))


async def test_B11_one_person_cannot_hold_more_than_twenty_unpaid_orders(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer(capacity=100)
    orders = [await town.place(buyer, Line(offer_id=offer), pay_by="desk") for _ in range(service.MAX_UNPAID)]
    with pytest.raises(TooManyRequests):
        await town.place(buyer, Line(offer_id=offer))
    for order in orders:
        await town.let_time_pass(order.id, minutes=24 * 60 + 1)
    assert await town.expire() == service.MAX_UNPAID
    assert await town.taken(offer) == 0


async def test_a_provider_that_does_not_answer_leaves_an_order_that_can_be_paid_again(town: Town) -> None:
    buyer, offer = await town.buyer(), await town.offer()
    await set_plan(town.db, Plan(api=[ApiFault(path="checkout/sessions", fault="error", times=20)]))
    with pytest.raises(GatewayUnavailable):
        await town.place(buyer, Line(offer_id=offer), key="k1")
    await set_plan(town.db, Plan())
    assert await town.taken(offer) == 1
    order = await town.place(buyer, Line(offer_id=offer), key="k1")
    assert order.checkout_url is not None
    again = await service.pay_again(
        town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=buyer, order_id=order.id
    )
    assert again.checkout_url == order.checkout_url
    await town.pay(order)
    await town.hear()
    with pytest.raises(NotPayable):
        await service.pay_again(
            town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=buyer, order_id=order.id
        )


async def test_A02_what_is_not_the_actors_does_not_exist_for_them(town: Town) -> None:
    buyer, other = await town.buyer(), await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer()))
    for act in (
        town.order(other, order.id), town.refund(other, order.id), town.cancel(other, order.id),
        reading.get_receipt(town.db, actor=other, order_id=order.id), town.redeem(other, order.vouchers[0].code),
        reading.list_partner_orders(town.db, actor=other, partner="qinghe-studio", cursor=None),
        reading.list_desk_orders(town.db, actor=other, community="liuyuan", cursor=None),
        service.pay_again(town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=other, order_id=order.id),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await act
    assert (await reading.list_orders(town.db, actor=other, cursor=None)).items == []


async def test_a_partner_sees_what_was_sold_and_nobodys_name(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer(), quantity=2))
    page = await reading.list_partner_orders(town.db, actor=await town.member(), partner="qinghe-studio", cursor=None)
    assert [(row.quantity, row.partner_share.amount, row.vouchers_total) for row in page.items] == [(2, 19_400, 1)]
    assert str(buyer.person_id) not in repr(page)
    mine = await reading.list_orders(town.db, actor=buyer, cursor=None)
    assert [row.id for row in mine.items] == [order.id]


async def test_a_quote_says_what_is_in_the_way_and_takes_nothing(town: Town) -> None:
    offer = await town.offer(capacity=1)
    await town.buy(await town.buyer(), Line(offer_id=offer), town.hour())
    quote = await service.make_quote(town.db, actor=None, lines=[Line(offer_id=offer), town.hour(), town.hour(days=3)])
    assert [line.problem for line in quote.lines] == ["sold_out", "slot_taken", None]
    assert await town.value("SELECT count(*) FROM orders") == 1


async def test_a_hold_lasts_as_the_community_decides_and_a_day_at_the_desk_if_there_is_one(town: Town) -> None:
    buyer = await town.buyer()
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE communities SET policies = policies || '{\"hold_min\": 20}' WHERE slug = 'liuyuan'")
        await tx.execute(
            "UPDATE communities SET policies = policies || '{\"desk_payment\": false}' WHERE slug = 'xiqiao'"
        )
    offer = Line(offer_id=await town.offer())
    minutes = []
    for order in (
        await town.place(buyer, offer),
        await town.place(buyer, offer, town.hour()),
        await town.place(buyer, offer, pay_by="desk"),
    ):
        assert order.hold_expires_at is not None
        minutes.append((order.hold_expires_at - order.created_at).total_seconds() / 60)
    assert minutes == [20, 15, 24 * 60]
    with pytest.raises(NoDesk):
        await town.place(buyer, town.hour(days=5), pay_by="desk")
