"""Campaigns with a goal and a day, gifts in kind, and earmarks that hold under any race (S4)."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from httpx import AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from market.db import Database
from market.errors import Forbidden, InvalidInput
from market.funds import donations, gift_queries, gifts, service
from market.funds.earmark_rules import Earmark, earmarked_part
from market.funds.gift_schemas import NewCampaign, NewGoods
from market.funds.schemas import NewDonation
from market.ledger import service as ledger
from tests.funds.approvals import FUND, Office, open_office
from tests.invariants import check_invariants

ZONE = ZoneInfo("Asia/Shanghai")


def _today() -> date:
    return datetime.now(ZONE).date()


LAST_DAY = _today() + timedelta(days=30)


@pytest.fixture
async def office(db: Database) -> Office:
    return await open_office(db)


def campaign(**other: Any) -> NewCampaign:
    return NewCampaign(**({"title": "装扶手", "purpose": "助老", "goal": 1_000_000, "ends_on": LAST_DAY} | other))


async def give(office: Office, amount: int, key: str, *, by: str = "clerk", **facts: Any) -> Any:
    new = NewDonation(amount, "捐款", **facts)
    return await donations.record(office.db, actor=office.actors[by], key=FUND, idempotency_key=key, new=new)


async def earmarks(office: Office) -> list[tuple[str, int, int]]:
    _, _, found, _ = await gifts.gifts_of(office.db, key=FUND)
    return [(each.purpose, each.given, each.used) for each in found]


async def release(office: Office, amount: int) -> None:
    """Make what was given spendable."""
    from market.funds import spending
    from market.funds.spending_schemas import NewRelease

    case = await spending.create(
        office.db,
        actor=office.actors["clerk"],
        key=FUND,
        idempotency_key=f"rel{amount}",
        new=NewRelease(amount, "释放"),
    )
    await office.approve(case, "director")
    await office.pay(case, "director")


@pytest.mark.parametrize(
    ("amount", "purpose", "held", "part"),
    [
        (100, "a", 1000, 100),  # all of it was given for it
        (400, "a", 1000, 300),  # 300 for it and 100 free
        (800, "a", 1000, 300),  # 500 is free
        (801, "a", 1000, None),  # one fen would come out of what was given for b
        (500, "c", 1000, 0),
        (501, "c", 1000, None),
        (200, "b", 1000, 200),
        (1, "c", 400, None),  # refunds ate into the earmarks: nothing is free
        (300, "a", 500, 300),
    ],
)
def test_a_purpose_takes_its_own_gifts_first_and_never_those_of_another(
    amount: int, purpose: str, held: int, part: int | None
) -> None:
    marks = [Earmark("a", 350, 50), Earmark("b", 200, 0)]
    assert earmarked_part(amount, purpose, marks, held=held) == part


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 400)), max_size=20), st.integers(0, 500))
def test_after_any_spending_the_fund_still_holds_every_gift_for_another_purpose(
    wishes: list[tuple[str, int]], free: int
) -> None:
    given_for = {"a": 300, "b": 200}
    used = dict.fromkeys("abcd", 0)
    held = sum(given_for.values()) + free
    for purpose, amount in wishes:
        marks = [Earmark(name, given_for[name], used[name]) for name in given_for]
        part = earmarked_part(amount, purpose, marks, held=held)
        if part is not None and amount <= held:
            held -= amount
            used[purpose] += part
        assert held >= sum(given_for[name] - used[name] for name in given_for) >= 0


async def test_earmarked_money_goes_to_its_purpose_and_to_nothing_else(office: Office) -> None:
    await give(office, 80_000, "k1", purpose="助学")
    await give(office, 20_000, "k2")
    await release(office, 100_000)
    other = await office.ask(30_000)
    await office.approve(other, "director")
    assert not (await office.now(other)).row["is_reserved"], "only 200 yuan are free"
    small = await office.ask(20_000, payee="另一家")
    await office.approve(small, "director")
    assert (await office.pay(small, "director")).row["status"] == "paid"
    books = await office.ask(75_000, purpose="助学", payee="书店")
    await office.approve(books, "director")
    assert (await office.pay(books, "director")).row["status"] == "paid"
    assert await earmarks(office) == [("助学", 80_000, 75_000)]
    with pytest.raises(Exception, match="another purpose"):
        await office.pay(other, "director")
    assert await ledger.verify(office.db, also=[service.check_funds]) == []
    await check_invariants(office.db)


async def test_what_is_set_aside_and_withdrawn_is_there_for_its_purpose_again(office: Office) -> None:
    from market.funds import spending

    await give(office, 50_000, "k1", purpose="助学")
    await release(office, 50_000)
    case = await office.ask(40_000, purpose="助学")
    await office.approve(case, "director")
    assert await earmarks(office) == [("助学", 50_000, 40_000)]
    await spending.withdraw(office.db, actor=office.actors["clerk"], request_id=case.row["id"])
    assert await earmarks(office) == [("助学", 50_000, 0)]


async def test_A10_two_purposes_at_once_never_spend_the_same_free_money(office: Office) -> None:
    await give(office, 50_000, "k1", purpose="助学")
    await give(office, 30_000, "k2")
    await release(office, 80_000)
    cases = [
        await office.ask(30_000, payee=f"第{number}家", purpose=purpose)
        for number, purpose in enumerate(("助老", "助困"))
    ]
    await asyncio.gather(*(office.approve(case, "director") for case in cases))
    reserved = [(await office.now(case)).row["is_reserved"] for case in cases]
    assert sorted(reserved) == [False, True]


async def test_a_campaign_counts_its_money_and_its_goods_and_keeps_its_purpose(
    office: Office, client: AsyncClient
) -> None:
    made = await gifts.start_campaign(office.db, actor=office.actors["director"], key=FUND, new=campaign())
    with pytest.raises(Forbidden):
        await gifts.start_campaign(office.db, actor=office.actors["clerk"], key=FUND, new=campaign())
    await give(office, 400_000, "k1", campaign_id=made["id"])
    await give(office, 400_000, "k1", campaign_id=made["id"])
    await give(office, 200_000, "k2", campaign_id=made["id"], kind="grant")
    goods = NewGoods(120_000, "扶手管", "按报价单", campaign_id=made["id"])
    for _ in range(2):
        await gifts.record_goods(office.db, actor=office.actors["clerk"], key=FUND, idempotency_key="g1", new=goods)
    (shown,) = (await client.get("/api/campaigns", params={"community": "liuyuan"})).json()["items"]
    assert (shown["raised"]["amount"], shown["goods"]["amount"], shown["share"], shown["gifts"]) == (
        600_000,
        120_000,
        60,
        3,
    )
    assert shown["is_open"] and shown["days_left"] in (29, 30, 31)
    fund = (await client.get(f"/api/funds/{FUND}")).json()
    assert fund["balance"]["amount"] == 600_000, "goods are no money"
    assert {each["kind"]: each["amount"]["amount"] for each in fund["sources"]} == {
        "donation": 400_000,
        "grant": 200_000,
    }
    found = (await client.get(f"/api/funds/{FUND}/gifts")).json()
    (mark,) = found["earmarks"]
    assert (mark["purpose"], *(mark[name]["amount"] for name in ("given", "used", "left"))) == (
        "助老",
        600_000,
        0,
        600_000,
    )
    assert [each["label"] for each in found["goods"]] == ["扶手管"]
    with pytest.raises(donations.DonationDiffers):
        await give(office, 400_000, "k1")
    with pytest.raises(donations.DonationDiffers):
        other = NewGoods(1, "扶手管", "按报价单")
        await gifts.record_goods(office.db, actor=office.actors["clerk"], key=FUND, idempotency_key="g1", new=other)


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"purpose": "旅游"}, "purpose"), ({"ends_on": _today() - timedelta(days=1)}, "ends_on"),
     ({"ends_on": _today() + timedelta(days=900)}, "ends_on"), ({"title": "打 13800138000 给我"}, "title")],
)  # fmt: skip
async def test_a_campaign_that_cannot_be_names_the_field(office: Office, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await gifts.start_campaign(office.db, actor=office.actors["director"], key=FUND, new=campaign(**facts))
    assert refused.value.fields[0][0] == field


async def test_a_gift_to_a_campaign_that_is_over_or_elsewhere_or_for_something_else_is_refused(office: Office) -> None:
    made = await gifts.start_campaign(office.db, actor=office.actors["director"], key=FUND, new=campaign())
    with pytest.raises(InvalidInput, match="another one"):
        await give(office, 100, "k1", campaign_id=made["id"], purpose="助学")
    with pytest.raises(InvalidInput, match="purpose"):
        await give(office, 100, "k2", purpose="旅游")
    async with office.db.transaction() as tx:
        await tx.execute("UPDATE campaigns SET ends_on = current_date - 3")
    with pytest.raises(InvalidInput, match="over"):
        await give(office, 100, "k3", campaign_id=made["id"])
    async with office.db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM gifts") == 0


async def test_the_audit_finds_an_earmark_that_was_overspent(office: Office) -> None:
    await give(office, 50_000, "k1", purpose="助学")
    await release(office, 50_000)
    case = await office.ask(40_000, purpose="助学")
    await office.approve(case, "director")
    async with office.db.transaction() as tx:
        await tx.execute("UPDATE spending_requests SET purpose = '助困' WHERE id = $1", case.row["id"])
        found = await service.check_funds(tx)
        assert [each.check for each in found] == ["earmark-overspent"]
        await gift_queries.earmarks(tx, case.row["fund_id"])
