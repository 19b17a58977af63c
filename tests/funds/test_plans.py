"""A fund's yearly plan beside what was really spent, and the printed month; two people for a plan, no family in either (O08)."""

import asyncio
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.db import Database
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.funds import month_report, plans
from market.funds.plan_rules import RELIEF, RELIEF_LABEL, PlanLine, beside, check_plan
from market.funds.plan_schemas import NewPlan, PlanAmount, PlanDecision
from market.printing import Bars, Heading, Table
from tests.funds.approvals import FUND, Office, open_office

Client = AsyncTestClient[Litestar]
TODAY = datetime.now(ZoneInfo("Asia/Shanghai"))
YEAR, MONTH = TODAY.year, TODAY.strftime("%Y-%m")


def plan(*lines: tuple[str, int], year: int = YEAR) -> NewPlan:
    return NewPlan(
        year, [PlanAmount(purpose, amount) for purpose, amount in lines or (("助老", 500_000), ("助学", 100_000))]
    )


@pytest.fixture
async def office(db: Database) -> Office:
    return await open_office(db)


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([], "lines"),
        ([("助老", 1), ("助老", 2)], "lines"),
        ([("助老", 0)], "lines"),
        ([("旅游", 5)], "lines.0.purpose"),
        ([("助老", 5), ("助学", -1)], "lines.1.amount"),
    ],
)
def test_a_plan_that_cannot_be_names_its_line(lines: list[tuple[str, int]], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_plan(lines, ["助老", "助学"])
    assert refused.value.fields[0][0] == field


def test_help_for_families_may_be_planned_for_in_every_fund() -> None:
    check_plan([(RELIEF, 5)], [])


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 100)),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 100)),
)
def test_nothing_that_was_planned_or_spent_is_left_out(planned: dict[str, int], spent: dict[str, int]) -> None:
    lines = beside(list(planned.items()), spent)
    assert sum(each.spent for each in lines) == sum(spent.values())
    assert sum(each.planned or 0 for each in lines) == sum(planned.values())
    assert [each.purpose for each in lines if each.planned is None] == sorted(set(spent) - set(planned))
    assert len({each.purpose for each in lines}) == len(lines)
    assert all(isinstance(each, PlanLine) for each in lines)


async def test_a_second_person_confirms_and_then_everybody_sees_it_beside_what_was_spent(
    office: Office, client: Client
) -> None:
    await office.fill(900_000)
    paid = await office.ask(80_000)
    await office.approve(paid, "director")
    await office.pay(paid, "director")
    made = await plans.enter(office.db, actor=office.actors["clerk"], key=FUND, new=plan())
    assert (made["status"], made["version"], made["may_withdraw"], made["may_decide"]) == ("waiting", 1, True, False)
    shown = (await client.get(f"/api/funds/{FUND}/plan")).json()
    assert (shown["version"], shown["planned"]["amount"], shown["spent"]["amount"]) == (0, 0, 80_000), (
        "not confirmed yet"
    )
    with pytest.raises(Conflict):
        await plans.enter(office.db, actor=office.actors["director"], key=FUND, new=plan())
    with pytest.raises(Forbidden):
        await plans.decide(
            office.db, actor=office.actors["clerk"], plan_id=made["id"], decision=PlanDecision(approve=True)
        )
    done = await plans.decide(
        office.db, actor=office.actors["director"], plan_id=made["id"], decision=PlanDecision(approve=True)
    )
    assert (done["status"], done["decided_by"]) == ("confirmed", "director")
    with pytest.raises(Conflict):
        await plans.decide(
            office.db, actor=office.actors["street"], plan_id=made["id"], decision=PlanDecision(approve=False)
        )
    shown = (await client.get(f"/api/funds/{FUND}/plan")).json()
    lines = {each["purpose"]: (each["planned"]["amount"], each["spent"]["amount"]) for each in shown["lines"]}
    assert lines == {"助老": (500_000, 80_000), "助学": (100_000, 0)}
    assert (shown["version"], shown["confirmed_by"], shown["planned"]["amount"]) == (1, "director", 600_000)
    assert (await client.get(f"/api/funds/{FUND}/plan", params={"year": YEAR - 1})).json()["version"] == 0


async def test_the_author_takes_it_back_and_a_later_version_replaces_the_first(office: Office) -> None:
    clerk, director = office.actors["clerk"], office.actors["director"]
    first = await plans.enter(office.db, actor=clerk, key=FUND, new=plan())
    gone = await plans.decide(office.db, actor=clerk, plan_id=first["id"], decision=PlanDecision(approve=False))
    assert gone["status"] == "withdrawn"
    for number, amount in enumerate((100, 200), 2):
        made = await plans.enter(office.db, actor=clerk, key=FUND, new=plan(("助老", amount)))
        assert made["version"] == number
        await plans.decide(office.db, actor=director, plan_id=made["id"], decision=PlanDecision(approve=True))
    found = await plans.year_plan(office.db, key=FUND, year=None)
    assert [(each.purpose, each.planned) for each in found.lines] == [("助老", 200)]
    assert [each["status"] for each in await plans.list_plans(office.db, actor=clerk, community="liuyuan")] == [
        "confirmed", "confirmed", "withdrawn",
    ]  # fmt: skip


async def test_of_two_plans_entered_at_once_one_waits(office: Office) -> None:
    async def enter(name: str) -> str:
        try:
            await plans.enter(office.db, actor=office.actors[name], key=FUND, new=plan())
        except Conflict:
            return "refused"
        return "entered"

    assert sorted(await asyncio.gather(*(enter(name) for name in ("clerk", "director", "street")))) == [
        "entered", "refused", "refused",
    ]  # fmt: skip


async def test_plans_of_others_and_of_strange_years_are_refused(office: Office) -> None:
    with pytest.raises(Forbidden):
        await plans.enter(office.db, actor=office.actors["clerk"], key="xiqiao-charity", new=plan())
    with pytest.raises(InvalidInput):
        await plans.enter(office.db, actor=office.actors["clerk"], key=FUND, new=plan(year=YEAR + 5))
    with pytest.raises(NotFound):
        await plans.list_plans(office.db, actor=office.actors["clerk"], community="xiqiao")


async def test_the_printed_month_adds_up_to_the_public_page(office: Office, client: Client) -> None:
    await office.fill(900_000)
    paid = await office.ask(80_000)
    await office.approve(paid, "director")
    await office.pay(paid, "director")
    await office.outcome(paid, 46)
    found = await month_report.month_report(office.db, community="liuyuan", month=MONTH)
    detail = (await client.get(f"/api/funds/{FUND}")).json()
    point = detail["months"][-1]
    (fund,) = [each for each in found.funds if each.income]
    assert (fund.income, fund.spent, fund.closing) == tuple(
        point[name]["amount"] for name in ("income", "spent", "balance")
    )
    assert sum(each.minor for each in fund.sources) == fund.income
    assert sum(each.minor for each in fund.purposes) == fund.spent
    assert fund.opening + fund.income - fund.spent == fund.closing
    assert found.people_helped == 46
    for locale, words in (("zh-CN", "帮助了 46 人"), ("en", "helped 46 people")):
        made = month_report.blocks(found, locale)
        assert any(isinstance(each, Heading) and words in each.text for each in made)
        assert any(isinstance(each, Bars) and each.items[0][1] == fund.income for each in made)
        assert any(isinstance(each, Table) for each in made)
    answer = await client.get(f"/api/communities/liuyuan/reports/{MONTH}/file.pdf", params={"lang": "en"})
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize(("month", "status"), [("2019-01", 404), ("2019-13", 422), ("x", 422), ("2019-1", 422)])
async def test_a_month_without_a_book_has_no_report(office: Office, client: Client, month: str, status: int) -> None:
    assert (await client.get(f"/api/communities/liuyuan/reports/{month}/file.pdf")).status_code == status


async def test_O08_help_for_single_families_is_in_no_plan_and_no_report(office: Office, client: Client) -> None:
    await office.fill(900_000)
    for number in range(2):
        case: Any = await office.ask(30_000, payee=f"第{number}户", is_relief=True, purpose="助困", title="临时救助")
        await office.approve(case, "director")
        await office.pay(case, "director")
    shown = (await client.get(f"/api/funds/{FUND}/plan")).text
    assert "助困" not in shown and RELIEF_LABEL[0] not in shown
    found = await month_report.month_report(office.db, community="liuyuan", month=MONTH)
    assert all(not each.purposes and not each.spent for each in found.funds)
