"""Money goes back that a fund has spent: the buyer gets it all, the fund shows the gap in public, and fills it before it spends again."""

from uuid import uuid4

import httpx
import pytest

from market.checkout.schemas import Line
from market.errors import MarketError
from market.funds import service, spending
from market.funds.spending_schemas import NewRelease
from market.ledger import service as ledger
from tests.checkout.test_refunds_in_part import dispute
from tests.checkout.town import Town
from tests.funds.approvals import Office

FUND = "liuyuan-development"
INCOME, SPENDABLE, BANK = "fund:liuyuan:development:income", "fund:liuyuan:development:spendable", f"bank:{FUND}"


async def spend(town: Town, amount: int) -> Office:
    """Released, approved and paid: the fund has this money no more."""
    office = Office(town.db, {"liuyuan": town.liuyuan})
    await office.hire("clerk", ("clerk", town.liuyuan))
    await office.hire("director", ("director", town.liuyuan))
    await release(office, amount)
    case = await office.ask(amount, purpose="社区活动", fund=FUND)
    await office.approve(case, "director")
    assert (await office.pay(case, "director")).row["status"] == "paid"
    return office


async def release(office: Office, amount: int) -> bool:
    """Whether this much of the income could be made spendable."""
    case = await spending.create(
        office.db, actor=office.actors["clerk"], key=FUND, idempotency_key=uuid4().hex, new=NewRelease(amount, "释放")
    )  # fmt: skip
    await office.approve(case, "director")
    try:
        return (await office.pay(case, "director")).standing.state == "settled"
    except MarketError:
        return False


async def public(client: httpx.AsyncClient) -> tuple[int, int, list[tuple[str, int]]]:
    """What anybody sees: the income account, the balance, and the newest lines."""
    fund = (await client.get(f"/api/funds/{FUND}")).json()
    lines = (await client.get(f"/api/funds/{FUND}/entries")).json()["items"]
    return fund["income"]["amount"], fund["balance"]["amount"], [(it["kind"], it["amount"]["amount"]) for it in lines]


@pytest.mark.parametrize("how", ["refund", "dispute", "dashboard"])
async def test_M31_a_refund_of_what_the_fund_has_spent_shows_as_a_gap_in_public_and_is_filled_first(
    client: httpx.AsyncClient, town: Town, how: str
) -> None:
    """Whoever decides that the money goes back: the fund's 3 % of it are owed by the fund, not by the platform or the partner."""
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer(price=100_000)))
    office = await spend(town, 3000)
    assert await public(client) == (0, 0, [("spending", -3000), ("service_turnover", 3000)])

    if how == "refund":
        await town.refund(buyer, order.id)
    elif how == "dispute":
        await town.receive(await dispute(town, "lost", amount=100_000))
        town.is_staged = True
    else:
        payment = await town.value("SELECT provider_payment FROM payment_sessions WHERE order_id = $1", order.id)
        thing = {"id": "re_f", "object": "refund", "payment_intent": payment, "amount": 100_000, "currency": "cny", "status": "succeeded",
                 "metadata": {}}  # fmt: skip
        event = {
            "id": "evt_f",
            "object": "event",
            "type": "refund.created",
            "api_version": "x",
            "created": 1,
            "livemode": False,
        }
        await town.receive(event | {"data": {"object": thing}})
        town.is_staged = True
    await town.worker.drain()

    income, balance, lines = await public(client)
    assert (income, balance) == (-3000, -3000), "the gap, to the cent"
    assert lines[0] == ("service_turnover", -3000), "taken off what it came from, as a line of its own"
    csv = (await client.get(f"/api/funds/{FUND}/books.csv")).text
    assert "-30.00" in csv
    assert await town.balances("partner:qinghe-studio:pending", "platform:fee", SPENDABLE) == [0, 0, 0]
    assert not await release(office, 1), "nothing can be spent of a gap"

    await town.buy(await town.buyer(), Line(offer_id=await town.offer(price=50_000)))
    assert (await public(client))[0] == -1500, "what comes in fills it first"
    assert not await release(office, 1)
    await town.buy(await town.buyer(), Line(offer_id=await town.offer(price=100_000)))
    assert (await public(client))[0] == 1500
    assert not await release(office, 1501)
    assert await release(office, 1500)
    assert await ledger.verify(town.db, also=[service.check_funds]) == []


async def test_M31_a_refund_in_parts_leaves_exactly_the_funds_part_of_what_went_back_as_the_gap(
    client: httpx.AsyncClient, town: Town
) -> None:
    """Three odd parts: each takes its 3 %, and together they take what the fund got, not a cent more."""
    from tests.checkout.test_refunds_in_part import back

    order = await town.buy(await town.buyer(), Line(offer_id=await town.offer(price=99_999)))
    got = (await town.balances(INCOME))[0]
    assert got == 2999
    await spend(town, got)
    clerk, gone = await town.clerk(town.liuyuan), 0
    for amount in (33_333, 1, 66_665):
        await back(town, clerk, order, amount)
        gone += amount
        income = (await public(client))[0]
        assert abs(income * 99_999 + got * gone) < 99_999, "in proportion"
    assert (await public(client))[:2] == (-got, -got)
