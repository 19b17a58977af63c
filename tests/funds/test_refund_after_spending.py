"""M31: a sale is given back after the fund has spent its share: the fund is short by it, in public, until new income makes up for it."""

import pytest
from httpx import AsyncClient

from market.db import Database
from market.errors import Conflict
from market.funds import sealing, service, spending
from market.funds.spending_schemas import NewRelease
from market.ledger import service as ledger
from tests.funds.approvals import Office, open_office
from tests.funds.town import refund, sell, sold_line
from tests.invariants import check_invariants

FUND = "liuyuan-development"


@pytest.fixture
async def office(db: Database) -> Office:
    return await open_office(db)


async def release(office: Office, amount: int, key: str) -> None:
    """The income of the fund is made spendable, with the director's consent."""
    case = await spending.create(
        office.db, actor=office.actors["clerk"], key=FUND, idempotency_key=key, new=NewRelease(amount, "转为可支出")
    )
    await office.approve(case, "director")
    await office.pay(case, "director")


async def test_M31_what_a_fund_has_spent_is_missing_in_public_after_a_refund_and_stops_new_spending(
    office: Office, client: AsyncClient
) -> None:
    line = await sold_line(office.db, "liuyuan", 100_000)
    await sell(office.db, "first", line)
    await release(office, 3000, "r1")
    case = await office.approve(await office.ask(3000, fund=FUND, purpose="社区活动", title="夏夜电影"), "director")
    await office.pay(case)
    await refund(office.db, "first", line, 100_000)
    assert [await office.balance(part, fund=FUND) for part in ("income", "spendable", "reserved")] == [-3000, 0, 0]

    shown = (await client.get(f"/api/funds/{FUND}")).json()
    assert (shown["balance"]["amount"], shown["spendable"]["amount"]) == (-3000, 0)
    entries = (await client.get(f"/api/funds/{FUND}/entries")).json()["items"]
    assert sum(each["amount"]["amount"] for each in entries) == -3000, (
        "what came in, was spent and went back stands there"
    )
    assert any(each["amount"]["amount"] == -3000 and each["kind"] == "service_turnover" for each in entries)

    with pytest.raises(Conflict):
        await release(office, 1, "r2")
    waiting = await office.approve(
        await office.ask(100, fund=FUND, purpose="社区活动", title="茶水", payee="茶铺"), "director"
    )
    assert not waiting.row["is_reserved"]
    with pytest.raises(Conflict):
        await office.pay(waiting)

    await sell(office.db, "second", await sold_line(office.db, "liuyuan", 110_000))
    assert await office.balance("income", fund=FUND) == 300, "new income first makes up for what is missing"
    await release(office, 300, "r3")
    await office.pay(waiting)
    assert await office.balance("spendable", fund=FUND) == 200
    await check_invariants(office.db)
    assert await ledger.verify(office.db, also=[service.check_funds, sealing.check_books]) == []
