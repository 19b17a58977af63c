"""Passes: bought once, used unit by unit with the shares of the day of use, exact to the unit until the end."""

import asyncio
from uuid import UUID

import pytest

from market.checkout import passes, service
from market.checkout.pass_schemas import NewPassKind
from market.checkout.schemas import Line, Order
from market.errors import InvalidInput, MarketError, NotFound
from market.ledger import chart
from market.people.rules import Actor
from tests.checkout.town import Town

OWED, PENDING, AVAILABLE = (
    chart.partner_deferred("qinghe-studio"), chart.partner_pending("qinghe-studio"), chart.partner_available("qinghe-studio"),
)  # fmt: skip
FUND = chart.fund_income("liuyuan-development")


class Cards:
    """A three-class card for 100.00 and the classes that it pays for."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.card = self.lesson = UUID(int=0)

    async def open(self, *, leftover: str = "refunded", capacity: int = 20) -> "Cards":
        self.card = await self.town.offer(kind="voucher", valid_days=90, resident=False, capacity=100)
        self.lesson = await self.town.offer(price=6000, capacity=capacity, resident=False)
        listing = {name: await self.town.value("SELECT listing_id FROM offers WHERE id = $1", each)
                   for name, each in (("card", self.card), ("lesson", self.lesson))}  # fmt: skip
        new = NewPassKind(listing["card"], 3, [listing["lesson"]], leftover)
        await passes.define(self.town.db, actor=await self.town.member(), partner="qinghe-studio", new=new)
        return self

    async def buy(self, buyer: Actor) -> tuple[Order, UUID]:
        order = await self.town.buy(buyer, Line(offer_id=self.card))
        return order, (await passes.mine(self.town.db, actor=buyer))[0]["id"]

    async def use(self, buyer: Actor, pass_id: UUID, quantity: int = 1) -> Order:
        return await self.town.place(buyer, Line(offer_id=self.lesson, quantity=quantity, pass_id=pass_id))

    async def left(self) -> tuple[int, int]:
        async with self.town.db.read() as tx:
            row = await tx.fetchrow("SELECT units_left, value_minor FROM passes")
        assert row is not None
        return row["units_left"], row["value_minor"]

    async def over(self) -> None:
        async with self.town.db.transaction() as tx:
            await tx.execute("UPDATE passes SET valid_until = now() - interval '1 second'")


@pytest.fixture
async def cards(town: Town) -> Cards:
    return await Cards(town).open()


async def test_nothing_is_shared_at_the_sale_and_a_third_with_each_use(town: Town, cards: Cards) -> None:
    buyer = await town.buyer()
    bought, card = await cards.buy(buyer)
    assert (bought.vouchers, [line.kind for line in bought.lines]) == ([], ["pass"])
    assert await town.balances(OWED, PENDING, FUND) == [10_000, 0, 0]
    used = await cards.use(buyer, card)
    assert (used.status, used.payable.amount, len(used.vouchers)) == ("paid", 0, 1)
    assert await town.balances(OWED, PENDING, FUND) == [6667, 3234, 99]
    await town.redeem(await town.member(), used.vouchers[0].code)
    assert await town.balances(PENDING, AVAILABLE) == [0, 3234]
    await cards.use(buyer, card, 2)
    assert await town.balances(OWED, PENDING, FUND) == [0, 6467, 299]
    assert await cards.left() == (0, 0)


async def test_shares_go_by_the_rule_of_the_day_of_use(town: Town, cards: Cards) -> None:
    buyer = await town.buyer()
    _, card = await cards.buy(buyer)
    await town.rule("liuyuan", "development", "service_turnover", 1000)
    await cards.use(buyer, card)
    assert await town.balances(FUND) == [333]


async def test_the_quote_names_passes_that_could_pay(town: Town, cards: Cards) -> None:
    buyer = await town.buyer()
    _, card = await cards.buy(buyer)
    line = (await service.make_quote(town.db, actor=buyer, lines=[Line(offer_id=cards.lesson)])).lines[0]
    assert [(each.id, each.units_left) for each in line.passes] == [(card, 3)]
    paid = (await service.make_quote(town.db, actor=buyer, lines=[Line(offer_id=cards.lesson, pass_id=card)])).lines[0]
    assert (paid.payable.amount, paid.covers[0].amount.amount) == (0, 3333)
    other = (
        await service.make_quote(town.db, actor=await town.buyer(), lines=[Line(offer_id=cards.lesson, pass_id=card)])
    ).lines[0]
    assert (other.problem, other.passes) == ("pass_not_usable", [])


async def test_calling_a_class_off_brings_the_unit_back(town: Town, cards: Cards) -> None:
    buyer = await town.buyer()
    _, card = await cards.buy(buyer)
    used = await cards.use(buyer, card, 2)
    assert await cards.left() == (1, 3334)
    await town.refund(buyer, used.id)
    assert await cards.left() == (3, 10_000)
    assert await town.balances(OWED, PENDING, FUND) == [10_000, 0, 0]


async def test_giving_the_pass_back_returns_what_is_not_used_to_the_cent(town: Town, cards: Cards) -> None:
    buyer = await town.buyer()
    bought, card = await cards.buy(buyer)
    await cards.use(buyer, card)
    given = await town.refund(buyer, bought.id)
    assert given.refunded.amount == 6667
    assert await town.balances(OWED, PENDING, FUND) == [0, 3234, 99]
    assert await cards.left() == (0, 0)
    with pytest.raises(MarketError) as refused:
        await cards.use(buyer, card)
    assert refused.value.slug == "pass-not-usable"


@pytest.mark.parametrize(("leftover", "books"), [("kept", [0, 3234, 6467, 299]), ("refunded", [0, 3234, 0, 99])])
async def test_what_is_left_at_the_end_goes_the_way_that_was_announced(
    town: Town, leftover: str, books: list[int]
) -> None:
    cards = await Cards(town).open(leftover=leftover)
    buyer = await town.buyer()
    bought, card = await cards.buy(buyer)
    await cards.use(buyer, card)
    await cards.over()
    assert [await passes.end_passes(town.db) for _ in range(2)] == [1, 0]
    assert await town.balances(OWED, PENDING, AVAILABLE, FUND) == books
    assert (await town.order(buyer, bought.id)).refunded.amount == (6667 if leftover == "refunded" else 0)
    with pytest.raises(MarketError):
        await cards.use(buyer, card)


async def test_of_many_uses_at_once_only_as_many_succeed_as_there_are_units(town: Town, cards: Cards) -> None:
    buyer = await town.buyer()
    _, card = await cards.buy(buyer)
    done = await asyncio.gather(*(cards.use(buyer, card) for _ in range(10)), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in done) == 3
    assert {each.slug for each in done if isinstance(each, MarketError)} == {"pass-not-usable"}
    assert (await cards.left(), await town.taken(cards.lesson)) == ((0, 0), 3)


async def test_using_and_giving_back_at_once_never_pays_twice(town: Town, cards: Cards) -> None:
    buyer = await town.buyer()
    bought, card = await cards.buy(buyer)
    done = await asyncio.gather(
        town.refund(buyer, bought.id), *(cards.use(buyer, card) for _ in range(4)), return_exceptions=True
    )
    assert not [each for each in done if isinstance(each, BaseException) and not isinstance(each, MarketError)]
    back = (await town.order(buyer, bought.id)).refunded.amount
    assert back + sum(await town.balances(PENDING, FUND)) == 10_000
    assert await town.balances(OWED) == [0]


async def test_an_unpaid_cart_holds_the_unit_and_gives_it_back(town: Town, cards: Cards) -> None:
    buyer = await town.buyer()
    _, card = await cards.buy(buyer)
    cart = [Line(offer_id=cards.lesson, pass_id=card), Line(offer_id=await town.offer(resident=False))]
    placed = await town.place(buyer, *cart)
    assert (placed.payable.amount, await cards.left(), await town.balances(OWED)) == (10_000, (2, 6667), [10_000])
    await town.cancel(buyer, placed.id)
    assert await cards.left() == (3, 10_000)


async def test_a_dispute_about_a_used_pass_leaves_the_partner_owing(town: Town, cards: Cards) -> None:
    buyer = await town.buyer()
    bought, card = await cards.buy(buyer)
    await cards.use(buyer, card)
    payment = await town.value("SELECT provider_payment FROM payment_sessions WHERE order_id = $1", bought.id)
    town.is_staged = True
    for status in ("needs_response", "lost"):
        thing = {
            "id": "dp_1",
            "object": "dispute",
            "payment_intent": payment,
            "amount": 10_000,
            "currency": "cny",
            "status": status,
        }
        await town.receive({"id": f"evt_{status}", "object": "event", "type": "charge.dispute.closed" if status == "lost" else
                            "charge.dispute.created", "created": 1, "livemode": False, "data": {"object": thing}})  # fmt: skip
    assert await town.balances(OWED, chart.partner_owed("qinghe-studio"), PENDING) == [0, -3333, 3234]
    assert await cards.left() == (0, 0)


async def test_only_own_vouchers_become_passes_for_own_services(town: Town, cards: Cards) -> None:
    member = await town.member()
    listing = await town.value("SELECT listing_id FROM offers WHERE id = $1", cards.card)
    lesson = await town.value("SELECT listing_id FROM offers WHERE id = $1", cards.lesson)
    for new in (NewPassKind(lesson, 3, [listing]), NewPassKind(listing, 3, [listing]), NewPassKind(listing, 3, [UUID(int=1)]),
                NewPassKind(listing, 1000 * 6, [lesson])):  # fmt: skip
        with pytest.raises(InvalidInput):
            await passes.define(town.db, actor=member, partner="qinghe-studio", new=new)
    with pytest.raises(NotFound):
        await passes.kinds_of(town.db, actor=await town.buyer(), partner="qinghe-studio")
    (kind,) = await passes.kinds_of(town.db, actor=member, partner="qinghe-studio")
    assert (kind["units"], kind["sold"], [each["id"] for each in kind["pays_for"]]) == (3, 0, [str(lesson)])


async def test_what_was_sold_stays_as_it_was_announced(town: Town, cards: Cards) -> None:
    buyer = await town.buyer()
    await cards.buy(buyer)
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE pass_kinds SET units = 5, leftover = 'kept', listing_ids = ARRAY[uuidv7()]")
    (mine,) = await passes.mine(town.db, actor=buyer)
    assert (mine["units"], mine["leftover"], len(mine["pays_for"])) == (3, "refunded", 1)
