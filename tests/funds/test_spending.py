"""Spending from a fund: graded consent, payment, outcome; what A06 to A12 and A23 ask for."""

import asyncio

import pytest

from market.db import Database
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.funds import charters, service, spending, spending_payment, spending_reading
from market.funds.spending import AlreadyDecided, AuthorDecides, NotOpen
from market.funds.spending_payment import MonthFull, NotConsented, NotEnough, StillAnnounced
from market.funds.spending_schemas import NewCharter, NewRelease
from market.ledger import service as ledger
from market.people.service import WrongPassword
from tests.funds.approvals import FUND, Office, open_office, refusals
from tests.invariants import check_invariants, fund_balances


@pytest.fixture
async def office(db: Database) -> Office:
    return await open_office(db)


async def books_are_right(office: Office) -> None:
    await check_invariants(office.db)
    assert await ledger.verify(office.db, also=[service.check_funds]) == []


async def test_money_goes_from_a_request_to_an_outcome_and_every_step_is_in_the_books(office: Office) -> None:
    await office.fill(200_000)
    case = await office.ask(80_000)
    assert (case.standing.state, case.standing.missing) == ("open", ("director",))
    with pytest.raises(NotConsented):
        await office.pay(case)
    case = await office.approve(case, "director")
    assert (case.standing.state, case.row["is_reserved"]) == ("approved", True)
    assert (await office.balance("spendable"), await office.balance("reserved")) == (120_000, 80_000)
    case = await office.pay(case)
    assert (case.standing.state, await office.balance("reserved")) == ("paid", 0)
    case = await office.outcome(case, 46)
    assert (case.standing.state, case.row["people_helped"]) == ("settled", 46)
    assert (await fund_balances(office.db))[FUND] == 120_000
    _, public = await spending_reading.public(office.db, key=FUND)
    assert [(each.row["title"], each.standing.state) for each in public] == [
        ("楼道扶手", "settled"),
        ("释放", "settled"),
    ]
    await books_are_right(office)


async def test_S4_income_is_spent_only_after_an_approved_release(office: Office) -> None:
    await office.fill(50_000)
    async with office.db.transaction() as tx:
        from market.funds import donations
        from market.money import Money

        await donations.give(tx, fund_slug=FUND, amount=Money(900_000, "CNY"), label="捐款", event_key="large gift")
    case = await office.approve(await office.ask(90_000), "director")
    assert not case.row["is_reserved"]
    with pytest.raises(NotEnough):
        await office.pay(case)
    wish = NewRelease(900_001, "年度预算")
    release = await spending.create(office.db, actor=office.actors["clerk"], key=FUND, idempotency_key="r", new=wish)
    with pytest.raises(NotConsented):
        await office.pay(release, "director")
    release = await office.approve(release, "director")
    with pytest.raises(NotEnough):
        await office.pay(release, "director")
    assert await office.balance("income") == 900_000
    await office.fill(100_000)
    assert (await office.pay(case)).standing.state == "paid"
    await books_are_right(office)


async def test_A06_the_author_never_approves_also_with_a_role_granted_later(office: Office) -> None:
    await office.fill(100_000)
    case = await office.ask(5_000)
    await office.hire("clerk", ("director", office.communities["liuyuan"]))
    with pytest.raises(AuthorDecides):
        await office.approve(case, "clerk")
    own = await office.ask(5_000, by="director")
    with pytest.raises(AuthorDecides):
        await office.approve(own, "director")
    assert (await office.now(own)).standing.missing == ("director",)


async def test_only_who_holds_the_role_over_this_community_decides(office: Office) -> None:
    case = await office.ask(5_000)
    for name, error in (("second clerk", Forbidden), ("street", Forbidden), ("stranger", NotFound)):
        with pytest.raises(error):
            await office.approve(case, name)
    operator = await office.hire("operator")
    async with office.db.transaction() as tx:
        await tx.execute("INSERT INTO roles (person_id, role) VALUES ($1, 'operator')", operator.person_id)
    await office.hire("operator")
    with pytest.raises(Forbidden):
        await office.approve(case, "operator")


async def test_A07_the_same_approver_twice_or_at_once_counts_once(office: Office) -> None:
    await office.hire("director", ("street", office.communities["liuyuan"]))
    case = await office.ask(500_000)
    results = await asyncio.gather(*(office.approve(case, "director") for _ in range(8)), return_exceptions=True)
    assert refusals(list(results)) == ["already-decided"] * 7
    case = await office.now(case)
    assert case.standing.missing == ("street",)
    with pytest.raises(AlreadyDecided):
        await office.approve(case, "director")


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 6_000},
        {"payee_name": "另一家"},
        {"payee_account": "6222 9999"},
        {"purpose": "助困"},
        {"title": "别的"},
    ],
)
async def test_A08_any_edit_voids_what_was_decided(office: Office, change: dict[str, object]) -> None:
    await office.fill(100_000)
    case = await office.approve(await office.ask(5_000), "director")
    assert await office.balance("reserved") == 5_000
    case = await office.edit(case, **change)
    assert (case.standing.state, case.standing.missing, case.row["revision"]) == ("open", ("director",), 2)
    assert await office.balance("reserved") == 0
    with pytest.raises(NotConsented):
        await office.pay(case)
    case = await office.approve(case, "director")
    assert (await office.pay(case)).standing.state == "paid"
    with pytest.raises(NotOpen):
        await office.edit(case, amount=1)
    await books_are_right(office)


async def test_A08_who_read_the_former_text_cannot_consent_to_the_new_one(office: Office) -> None:
    case = await office.ask(5_000)
    await office.edit(case, amount=9_000)
    with pytest.raises(Conflict):
        await office.approve(case, "director", revision=1)


async def test_A08_an_edit_during_the_decision_never_leaves_a_consent_to_the_other_text(office: Office) -> None:
    for number in range(6):
        case = await office.ask(5_000, payee=f"商户{number}")
        await asyncio.gather(
            office.approve(case, "director", revision=1), office.edit(case, amount=9_000), return_exceptions=True
        )
        case = await office.now(case)
        assert (case.row["amount_minor"], case.standing.missing) == (9_000, ("director",))


async def test_A12_a_new_bank_account_needs_new_consent_and_those_who_gave_it_are_told(office: Office) -> None:
    await office.fill(100_000)
    case = await office.approve(await office.ask(5_000), "director")
    case = await office.edit(case, payee_account="6222 0000 0000 4321")
    with pytest.raises(NotConsented):
        await office.pay(case)
    async with office.db.read() as connection:
        letters = await connection.fetch("SELECT person_id, body FROM messages")
    assert [row["person_id"] for row in letters] == [office.ids["director"]]
    assert "收款账户变了" in letters[0]["body"]


async def test_A09_ten_small_requests_to_one_payee_need_the_higher_consent(office: Office) -> None:
    await office.fill(1_000_000)
    cases = [await office.ask(99_00, payee=f"春风维修队{' ' * number}") for number in range(11)]
    assert {each.standing.missing for each in [await office.now(each) for each in cases]} == {("director", "street")}
    first = await office.approve(cases[0], "director")
    with pytest.raises(NotConsented):
        await office.pay(first)
    assert (await office.pay(await office.approve(first, "street"))).standing.state == "paid"
    other = await office.approve(await office.ask(99_00, payee="另一家"), "director")
    assert other.standing.state == "approved"


async def test_A09_a_request_approved_alone_is_judged_anew_when_a_second_part_arrives(office: Office) -> None:
    await office.fill(1_000_000)
    first = await office.approve(await office.ask(60_000), "director")
    assert first.standing.state == "approved"
    await office.ask(60_000)
    with pytest.raises(NotConsented):
        await office.pay(first)
    late = await office.approve(await office.ask(60_000, payee="后来的"), "director")
    await office.shift(late, 8)
    await office.ask(60_000, payee="后来的")
    assert (await office.pay(late)).standing.state == "paid"


async def test_A10_two_approved_requests_of_the_whole_fund_at_once_are_paid_once(office: Office) -> None:
    for _ in range(4):
        spendable = await office.balance("spendable")
        cases = [await office.approve(await office.ask(90_000, payee=f"甲{name}"), "director") for name in "一二三四"]
        assert not any(case.row["is_reserved"] for case in cases)
        await office.fill(90_000 - spendable)
        results = await asyncio.gather(*(office.pay(case) for case in cases), return_exceptions=True)
        assert refusals(list(results)) == ["fund-too-low"] * 3
        assert await office.balance("spendable") == 0
        for case in cases:
            if (await office.now(case)).standing.state != "paid":
                await spending.withdraw(office.db, actor=office.actors["clerk"], request_id=case.row["id"])
        async with office.db.transaction() as tx:
            await tx.execute("UPDATE spending_requests SET created_at = created_at - interval '30 days'")
    await books_are_right(office)


async def test_A10_looking_at_the_balance_without_the_lock_overspends_so_the_race_is_real(office: Office) -> None:
    """The negative control: what reserve() does, without the lock on the fund."""
    from market.funds import entries
    from market.ledger import chart
    from market.money import Money

    await office.fill(90_000)
    meet = asyncio.Barrier(2)

    async def reserve(number: int) -> None:
        async with office.db.transaction() as tx:
            enough = await ledger.balance(tx, chart.fund_spendable(FUND), "CNY") >= 90_000
            await meet.wait()
            if enough:
                await ledger.post(tx, event_key=f"naive:{number}", kind="spending_reserved",
                                  transfers=entries.spending_reserved(FUND, Money(90_000, "CNY"), label="x"))  # fmt: skip

    await asyncio.gather(reserve(1), reserve(2))
    assert await office.balance("spendable") == -90_000
    assert {each.check for each in await ledger.verify(office.db, also=[service.check_funds])} == {
        "fund-overspent", "reserved-wrong",
    }  # fmt: skip


async def test_a_payment_sent_many_times_is_paid_once(office: Office) -> None:
    await office.fill(100_000)
    case = await office.approve(await office.ask(5_000), "director")
    results = await asyncio.gather(*(office.pay(case) for _ in range(5)))
    assert {each.standing.state for each in results} == {"paid"}
    assert (await fund_balances(office.db))[FUND] == 95_000


async def test_A11_the_right_of_who_consented_is_checked_again_at_payment(office: Office) -> None:
    await office.fill(1_000_000)
    case = await office.approve(await office.ask(500_000), "director", "street")
    await office.fire("street", "street")
    with pytest.raises(NotConsented):
        await office.pay(case)
    await office.hire("new street", ("street", await _street(office)))
    case = await office.approve(case, "new street")
    assert (await office.pay(case)).standing.state == "paid"


async def test_A11_a_disabled_account_has_consented_to_nothing(office: Office) -> None:
    await office.fill(100_000)
    case = await office.approve(await office.ask(5_000), "director")
    async with office.db.transaction() as tx:
        await tx.execute("UPDATE persons SET is_disabled = true WHERE id = $1", office.ids["director"])
    with pytest.raises(NotConsented):
        await office.pay(case)


async def _street(office: Office):
    from tests import factories

    return await factories.community_id(office.db, "street-one")


async def test_a_large_sum_waits_a_week_in_public(office: Office) -> None:
    await office.fill(3_000_000)
    case = await office.approve(await office.ask(2_000_000), "director", "street")
    assert case.standing.state == "announced"
    with pytest.raises(StillAnnounced):
        await office.pay(case)
    _, public = await spending_reading.public(office.db, key=FUND)
    assert ("announced", "楼道扶手") in {(each.standing.state, each.row["title"]) for each in public}
    await office.shift(case, 6)
    with pytest.raises(StillAnnounced):
        await office.pay(case)
    await office.shift(case, 1)
    assert (await office.pay(case)).standing.state == "paid"


async def test_A23_money_is_released_only_after_the_password_with_an_audit_row_in_the_same_transaction(
    office: Office,
) -> None:
    await office.fill(100_000)
    case = await office.approve(await office.ask(5_000), "director")
    with pytest.raises(WrongPassword):
        await office.pay(case, password="wrong password")
    assert await office.balance("reserved") == 5_000
    async with office.db.transaction() as tx:
        await tx.execute("ALTER TABLE audit_log ADD CONSTRAINT none CHECK (action <> 'spending.paid') NOT VALID")
    with pytest.raises(Exception, match="none"):
        await office.pay(case)
    assert (await office.now(case)).standing.state == "approved", "no payment without its audit row"
    async with office.db.transaction() as tx:
        await tx.execute("ALTER TABLE audit_log DROP CONSTRAINT none")
    await office.pay(case)
    async with office.db.read() as connection:
        row = await connection.fetchrow(
            "SELECT * FROM audit_log WHERE action = 'spending.paid' ORDER BY id DESC LIMIT 1"
        )
    assert (row["person_id"], row["subject"], row["detail"]["amount"]) == (
        office.ids["clerk"],
        str(case.row["id"]),
        5_000,
    )


async def test_a_refusal_says_why_and_ends_the_request(office: Office) -> None:
    await office.fill(100_000)
    case = await office.ask(5_000)
    refuse = {"actor": office.actors["director"], "request_id": case.row["id"], "verdict": "refuse"}
    with pytest.raises(InvalidInput):
        await spending.decide(office.db, note=" ", **refuse)
    case = await spending.decide(office.db, note="报价太高", **refuse)
    assert case.standing.state == "refused"
    for act in (office.pay(case), office.edit(case, amount=5), office.approve(case, "street")):
        with pytest.raises(NotOpen):
            await act


async def test_a_withdrawn_request_frees_its_money(office: Office) -> None:
    await office.fill(100_000)
    case = await office.approve(await office.ask(5_000), "director")
    await spending.withdraw(office.db, actor=office.actors["clerk"], request_id=case.row["id"])
    assert (await office.balance("spendable"), await office.balance("reserved")) == (100_000, 0)
    await books_are_right(office)


async def test_H3_purposes_limits_and_payers_of_the_charter_hold(office: Office) -> None:
    await office.fill(1_000_000)
    with pytest.raises(InvalidInput):
        await office.ask(100, purpose="旅游")
    approved = await office.approve(await office.ask(60_000), "director")
    await charters.create_charter(
        office.db, actor=office.actors["street"], key=FUND,
        new=NewCharter(["助老"], "街道慈善协会", "新章程", payer_roles=["street"], max_request=70_000, max_month=100_000),
    )  # fmt: skip
    with pytest.raises(InvalidInput):
        await office.ask(70_001)
    with pytest.raises(InvalidInput):
        await office.ask(100, purpose="助困")
    with pytest.raises(Forbidden):
        await office.pay(approved, "clerk")
    await office.pay(approved, "street")
    second = await office.approve(await office.ask(60_000, payee="另一家"), "director")
    with pytest.raises(MonthFull):
        await office.pay(second, "street")
    for name in ("director", "stranger", "clerk"):
        with pytest.raises(Forbidden):
            await charters.create_charter(office.db, actor=office.actors[name], key=FUND, new=NewCharter(["x"], "y", "z"))  # fmt: skip
    found, history, _ = await charters.list_charters(office.db, key=FUND)
    assert (found.version, len(history), found.purposes) == (1, 1, ("助老",))


async def test_O08_relief_is_private_to_its_team_and_public_only_as_a_sum_over_five_families(office: Office) -> None:
    await office.fill(1_000_000)
    before = (await fund_balances(office.db))[FUND]
    for number in range(1, 6):
        case = await office.ask(
            10_000, payee=f"住户{number}", is_relief=True, purpose="助困", title=f"第{number}户，电话 13800138000"
        )
        for name, error in (("second clerk", NotFound), ("stranger", NotFound)):
            with pytest.raises(error):
                await office.now(case, by=name)
        assert (await office.now(case, by="street")).row["payee_name"] == f"住户{number}"
        seen = await spending_reading.of_community(office.db, actor=office.actors["second clerk"], community="liuyuan")
        assert "relief" not in [each.row["kind"] for each in seen]
        await office.approve(case, "director")
        await office.pay(case, "director")
        _, sums = await spending_reading.relief(office.db, key=FUND)
        assert (sums is None) == (number < 5)
        assert (await fund_balances(office.db))[FUND] == (before if number < 5 else before - 50_000)
    assert (sums["families"], sums["minor"]) == (5, 50_000)
    _, public = await spending_reading.public(office.db, key=FUND)
    assert {each.row["kind"] for each in public} == {"release"}
    async with office.db.read() as connection:
        labels = [row["label"] for row in await connection.fetch("SELECT DISTINCT label FROM ledger_transfers")]
    assert "救助困难家庭 5 户" in labels
    assert not any("住户" in label or "户，电话" in label for label in labels)
    await books_are_right(office)


async def test_O08_the_same_family_five_times_is_one_family(office: Office) -> None:
    await office.fill(1_000_000)
    for _ in range(5):
        case = await office.approve(await office.ask(1_000, payee="同一户", is_relief=True), "director")
        await office.pay(case, "director")
    assert (await spending_reading.relief(office.db, key=FUND))[1] is None
    await books_are_right(office)


async def test_an_outcome_comes_after_the_payment_and_names_nobody(office: Office) -> None:
    await office.fill(100_000)
    case = await office.approve(await office.ask(5_000), "director")
    with pytest.raises(Conflict):
        await office.outcome(case, 5)
    case = await office.pay(case)
    with pytest.raises(InvalidInput):
        await spending_payment.record_outcome(
            office.db, actor=office.actors["clerk"], request_id=case.row["id"],
            new=spending_payment.NewOutcome("王奶奶 13800138000", 1),
        )  # fmt: skip
