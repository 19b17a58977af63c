"""The monthly close: two people, a locked month, a visible reversal (T5, M40)."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from httpx import AsyncClient

from market.db import Database
from market.errors import Conflict, Forbidden, InvalidInput
from market.funds import closes, service
from market.funds.close_schemas import NewCost
from market.funds.closes import FiguresChanged, MonthLocked, SameSigner
from market.ledger import chart
from market.ledger import service as ledger
from market.ledger.rules import Transfer
from market.money import Money
from market.people.service import WrongPassword
from tests import factories
from tests.funds.approvals import Office, open_office, refusals, signed_in
from tests.invariants import check_invariants, fund_balances

ZONE = ZoneInfo("Asia/Shanghai")
THIRTY_SEVENTY: list[dict[str, object]] = [{"to": "enterprise", "rate_bp": 3000}, {"to": "livelihood", "rate_bp": 7000}]


def last_month() -> tuple[str, datetime]:
    """Its name, and a moment in it."""
    day = datetime.now(ZONE).replace(day=1) - timedelta(days=10)
    return day.strftime("%Y-%m"), day.astimezone(UTC)


@pytest.fixture
async def office(db: Database) -> Office:
    """liuyuan with an enterprise that let rooms for 10,000 yuan last month and spent 3,000."""
    office = await open_office(db)
    await factories.make_enterprise(db, "liuyuan-fuwu", community="liuyuan")
    async with db.transaction() as tx:
        await service.record_scheme(
            tx, community_id=office.communities["liuyuan"], name="三七", parts=THIRTY_SEVENTY,
            effective_from=datetime(2020, 1, 1, tzinfo=UTC),
        )  # fmt: skip
    await earn(office, 1_000_000)
    await spend(office, 300_000)
    return office


async def earn(office: Office, amount: int, *, at: datetime | None = None, key: str = "rent") -> None:
    async with office.db.transaction() as tx:
        await ledger.post(
            tx, event_key=key, kind="sale_paid", occurred_at=at or last_month()[1],
            transfers=[Transfer(chart.provider_stripe(), chart.enterprise_income("liuyuan-fuwu"), Money(amount, "CNY"), label="活动室")],
        )  # fmt: skip


async def spend(office: Office, amount: int, *, on: date | None = None, key: str = "cost") -> None:
    new = NewCost(amount, "水电费", on or last_month()[1].astimezone(ZONE).date())
    await closes.record_cost(office.db, actor=office.actors["clerk"], enterprise="liuyuan-fuwu", idempotency_key=key, new=new)  # fmt: skip


async def prepare(office: Office, *, by: str = "clerk") -> Any:
    return await closes.prepare(office.db, actor=office.actors[by], community="liuyuan", month=last_month()[0])


async def sign(office: Office, close_id: UUID, *, by: str = "director", password: str = factories.PASSWORD) -> Any:
    return await closes.sign(office.db, actor=office.actors[by], close_id=close_id, password=password)


async def reopen(office: Office, close_id: UUID, *, by: str = "director", reason: str = "漏记水电费") -> Any:
    return await closes.reopen(
        office.db, actor=office.actors[by], close_id=close_id, password=factories.PASSWORD, reason=reason
    )


async def stands(office: Office, code: str) -> int:
    async with office.db.read() as connection:
        return await ledger.balance(connection, code, "CNY")


async def books_are_right(office: Office) -> None:
    await check_invariants(office.db)
    assert await ledger.verify(office.db, also=[service.check_funds]) == []


async def test_D1_a_month_is_prepared_signed_and_distributed(office: Office) -> None:
    close = await prepare(office)
    (enterprise,) = close["figures"]["enterprises"]
    assert (enterprise["income"], enterprise["cost"], enterprise["net"]) == (1_000_000, 300_000, 700_000)
    assert [each["amount"] for each in enterprise["parts"]] == [210_000, 490_000]
    assert (await fund_balances(office.db))["liuyuan-development"] == 0, "nothing moves before a second person signs"
    signed = await sign(office, close["id"])
    assert signed["status"] == "closed"
    assert (await fund_balances(office.db))["liuyuan-development"] == 490_000
    assert await stands(office, chart.enterprise_kept("liuyuan-fuwu")) == 210_000
    assert await stands(office, chart.enterprise_income("liuyuan-fuwu")) == 0
    assert await stands(office, chart.enterprise_cost("liuyuan-fuwu")) == 0
    await books_are_right(office)


async def test_two_people_close_a_month(office: Office) -> None:
    close = await prepare(office, by="director")
    with pytest.raises(SameSigner):
        await sign(office, close["id"])
    for name in ("clerk", "second clerk", "stranger"):
        with pytest.raises(Forbidden):
            await sign(office, close["id"], by=name)
    with pytest.raises(WrongPassword):
        await sign(office, close["id"], by="street", password="wrong password")
    assert (await sign(office, close["id"], by="street"))["status"] == "closed"
    with pytest.raises(Forbidden):
        await prepare(office, by="stranger")


async def test_a_close_signed_many_times_at_once_distributes_once(office: Office) -> None:
    close = await prepare(office)
    results = await asyncio.gather(
        *(sign(office, close["id"], by=name) for name in ("director", "street") * 3), return_exceptions=True
    )
    assert refusals(list(results)) == []
    assert (await fund_balances(office.db))["liuyuan-development"] == 490_000
    await books_are_right(office)


async def test_what_is_posted_after_preparing_asks_for_preparing_again(office: Office) -> None:
    close = await prepare(office)
    await spend(office, 100, key="late bill")
    with pytest.raises(FiguresChanged):
        await sign(office, close["id"])
    close = await prepare(office)
    assert (await sign(office, close["id"]))["figures"]["enterprises"][0]["cost"] == 300_100


async def test_M40_nothing_is_dated_back_into_a_closed_month(office: Office, client: AsyncClient) -> None:
    await sign(office, (await prepare(office))["id"])
    with pytest.raises(MonthLocked):
        await spend(office, 100, key="late")
    with pytest.raises(Exception, match="is closed"):
        await earn(office, 100, key="late rent")
    day = last_month()[1].astimezone(ZONE).date().isoformat()
    headers = await signed_in(client, "clerk") | {"Idempotency-Key": "k"}
    body = {"amount": 100, "label": "义卖", "received_on": day}
    answer = await client.post("/api/funds/liuyuan-charity/donations", json=body, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "received_on")
    other = await client.post("/api/funds/xiqiao-charity/donations", json=body, headers=headers)
    assert other.status_code == 403, "the neighbours' month is their own"
    await earn(office, 100, at=datetime.now(UTC), key="open month")
    with pytest.raises(MonthLocked):
        await prepare(office)
    await books_are_right(office)


async def test_M40_without_the_trigger_a_back_dated_row_gets_in_and_the_audit_names_it(office: Office) -> None:
    """The negative control."""
    await sign(office, (await prepare(office))["id"])
    async with office.db.transaction() as tx:
        await tx.execute("ALTER TABLE ledger_transfers DISABLE TRIGGER ledger_transfers_locked_month")
    await earn(office, 100, key="late rent")
    (finding,) = await ledger.verify(office.db, also=[service.check_funds])
    assert finding.check == "dated-into-closed-month"


async def test_M40_a_posting_and_a_signature_at_once_never_miss_each_other(office: Office) -> None:
    for number in range(4):
        close = await prepare(office)
        results = await asyncio.gather(
            sign(office, close["id"]), spend(office, 7, key=f"race {number}"), return_exceptions=True
        )
        assert refusals(list(results)) in (["figures-changed"], ["month-closed"], []), results
        if not isinstance(results[0], BaseException):
            await reopen(office, close["id"])
    await books_are_right(office)


async def test_reopening_is_a_visible_reversal_and_the_month_can_be_closed_again(office: Office) -> None:
    first = await sign(office, (await prepare(office))["id"])
    with pytest.raises(InvalidInput):
        await reopen(office, first["id"], reason=" ")
    with pytest.raises(Forbidden):
        await reopen(office, first["id"], by="clerk")
    assert (await reopen(office, first["id"]))["status"] == "reopened"
    assert (await fund_balances(office.db))["liuyuan-development"] == 0
    with pytest.raises(Conflict):
        await reopen(office, first["id"])
    await spend(office, 100_000, key="forgotten")
    second = await sign(office, (await prepare(office))["id"])
    assert second["figures"]["enterprises"][0]["net"] == 600_000
    assert (await fund_balances(office.db))["liuyuan-development"] == 420_000
    found = await closes.list_closes(office.db, community="liuyuan")
    assert sorted((each["status"], each["reopen_reason"]) for each in found) == [
        ("closed", ""),
        ("reopened", "漏记水电费"),
    ]
    await books_are_right(office)


async def test_L6_a_loss_is_covered_by_the_next_months(office: Office) -> None:
    await spend(office, 800_000, key="roof")
    first = await sign(office, (await prepare(office))["id"])
    assert first["figures"]["enterprises"][0]["loss"] == 100_000
    assert await stands(office, chart.enterprise_losses("liuyuan-fuwu")) == -100_000
    await books_are_right(office)


async def test_a_month_that_is_not_over_or_none_at_all_is_refused(office: Office, client: AsyncClient) -> None:
    headers = await signed_in(client, "clerk")
    for month in (datetime.now(ZONE).strftime("%Y-%m"), "2099-01", "x", "2026-13"):
        answer = await client.post("/api/communities/liuyuan/closes", json={"month": month}, headers=headers)
        assert answer.status_code == 422, answer.text
    made = await client.post("/api/communities/liuyuan/closes", json={"month": last_month()[0]}, headers=headers)
    assert made.status_code == 201, made.text
    (public,) = (await client.get("/api/communities/liuyuan/closes")).json()["items"]
    assert public == made.json()
    assert public["scheme"] == {"name": "三七", "version": 1}
    moved = {each["code"].rsplit(":", 1)[-1]: each["closing"] for each in public["accounts"]}
    assert moved == {"income": 1_000_000, "cost": -300_000, "bank": 300_000}
