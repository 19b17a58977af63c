"""The month of a community for everybody, on its page and on paper: the parts add up to the books (T5, M43, O08)."""

from typing import Any

from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.db import Database
from market.funds import month_report, plans
from market.funds.month_report import Part, together
from market.funds.plan_rules import RELIEF_LABEL
from market.funds.plan_schemas import NewPlan, PlanAmount, PlanDecision
from market.printing import Bars, Block, NewPage, Table
from tests.funds.approvals import FUND, Office, open_office
from tests.funds.test_plans import MONTH, YEAR
from tests.funds.town import refund, sell, sold_line
from tests.invariants import check_invariants

Client = AsyncTestClient[Litestar]
ADDRESS = f"/api/communities/liuyuan/reports/{MONTH}"


def total(parts: list[dict[str, Any]]) -> int:
    return sum(each["amount"]["amount"] for each in parts)


async def busy_month(db: Database) -> Office:
    """Gifts, sales with a refund, two purposes, six families helped, and a confirmed plan."""
    office = await open_office(db)
    await office.fill(900_000)
    line = await sold_line(db, "liuyuan", 80_000)
    await sell(db, "sale", line)
    await refund(db, "refund", line, 30_000)
    for purpose, amount, people in (("助老", 80_000, 46), ("助学", 5_001, 3), ("助老", 999, 1)):
        case = await office.approve(await office.ask(amount, purpose=purpose, payee=f"队{amount}"), "director")
        await office.pay(case, "director")
        await office.outcome(case, people)
    for number in range(6):
        case = await office.ask(
            30_000 + number, payee=f"第{number}户", is_relief=True, purpose="助困", title="临时救助"
        )
        await office.pay(await office.approve(case, "director"), "director")
    made = await plans.enter(
        office.db, actor=office.actors["clerk"], key=FUND,
        new=NewPlan(YEAR, [PlanAmount("助老", 500_000), PlanAmount("relief", 200_000)]),
    )  # fmt: skip
    await plans.decide(
        office.db, actor=office.actors["director"], plan_id=made["id"], decision=PlanDecision(approve=True)
    )
    return office


async def test_M43_every_part_of_a_month_adds_up_to_the_books_of_its_funds(db: Database, client: Client) -> None:
    await busy_month(db)
    shown = (await client.get(ADDRESS)).json()
    assert (shown["status"], shown["signed_by"], shown["people_helped"]) == ("open", [], 50)
    for name in ("income", "spent", "closing"):
        assert shown[name]["amount"] == sum(each[name]["amount"] for each in shown["funds"]) > 0
    assert total(shown["sources"]) == shown["income"]["amount"]
    assert total(shown["purposes"]) == shown["spent"]["amount"]
    for fund in shown["funds"]:
        point = (await client.get(f"/api/funds/{fund['slug']}")).json()["months"][-1]
        assert (fund["income"], fund["spent"], fund["closing"]) == (point["income"], point["spent"], point["balance"])
        assert total(fund["sources"]) == fund["income"]["amount"] and total(fund["purposes"]) == fund["spent"]["amount"]
        assert (
            fund["opening"]["amount"] + fund["income"]["amount"] - fund["spent"]["amount"] == fund["closing"]["amount"]
        )
        assert fund["spent_this_year"]["amount"] == sum(line["spent"]["amount"] for line in fund["plan"])
    purposes = {each["label"]: each["amount"]["amount"] for each in shown["purposes"]}
    # the sixth family waits: a public sum is told of five together (O08)
    assert purposes == {"助老": 80_999, "助学": 5_001, RELIEF_LABEL[0]: sum(30_000 + number for number in range(5))}
    charity = next(each for each in shown["funds"] if each["slug"] == FUND)
    assert charity["planned"]["amount"] == 700_000
    lines = {each["purpose"]: each["planned"] and each["planned"]["amount"] for each in charity["plan"]}
    assert lines == {"助老": 500_000, RELIEF_LABEL[0]: 200_000, "助学": None}
    await check_invariants(db)


async def test_the_paper_says_the_same_as_the_page_in_both_languages(db: Database, client: Client) -> None:
    await busy_month(db)
    shown = (await client.get(ADDRESS)).json()
    found = await month_report.month_report(db, community="liuyuan", month=MONTH)
    for locale in ("zh-CN", "en"):
        made = month_report.blocks(found, locale)
        came, went = [each for each in made if isinstance(each, Bars)]
        for bars, part in ((came, "sources"), (went, "purposes")):
            assert [value for _, value, _ in bars.items] == [each["amount"]["amount"] for each in shown[part]]
        names = [each["label_en" if locale == "en" and each["label_en"] else "label"] for each in shown["purposes"]]
        assert [name for name, _, _ in went.items] == names
        assert [isinstance(each, NewPage) for each in made].count(True) == 1
        plan = next(each for each in made if isinstance(each, Table) and len(each.headings) == 4)
        assert [row[1:3] for row in plan.rows] == [
            ["¥5,000.00", "¥809.99"], ["¥2,000.00", "¥1,500.10"],
            ["计划外" if locale == "zh-CN" else "not planned", "¥50.01"], ["¥7,000.00", "¥2,360.10"],
        ]  # fmt: skip


async def test_a_month_without_a_book_has_no_page(db: Database, client: Client) -> None:
    await open_office(db)
    for month, status in (("2019-01", 404), ("2019-13", 422)):
        assert (await client.get(f"/api/communities/liuyuan/reports/{month}")).status_code == status
    assert (await client.get(f"/api/communities/nowhere/reports/{MONTH}")).status_code == 404


def test_parts_of_several_funds_become_one_and_what_was_given_back_stays_in_the_sum() -> None:
    found = together([[Part("捐款", "Donations", 5), Part("场租", None, -7)], [Part("捐款", "Donations", 2)], []])
    assert found == [Part("捐款", "Donations", 7), Part("场租", None, -7)]


def test_a_source_that_gave_back_more_than_it_brought_is_in_the_chart_with_its_amount() -> None:
    fund = month_report.FundMonth("x-charity", "基金", None, 100, -5, 0, 95, [Part("场租", None, -5)], [], False, [])
    report = month_report.MonthReport("x", "甲", "A", "2026-10", "CNY", [fund], 0, [])
    made: list[Block] = month_report.blocks(report, "en")
    assert Bars([("场租", 0, "-¥0.05")]) in made
