"""Partners are paid what is available, once, by a file that two persons handle or by transfers; what they owe is netted."""

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from market.checkout import (
    holds,
    payout_accounts,
    payout_reading,
    payout_transfers,
    payouts,
    settlement,
    statement_files,
    statements,
)
from market.checkout.payout_schemas import BankAccount, PayoutPolicy
from market.checkout.schemas import Line, Order
from market.errors import Forbidden, InvalidInput, NotFound
from market.money import Money
from market.payments import transactions
from market.payments.gateway import GatewayUnavailable
from market.payments.sandbox import connect, disputes
from market.payments.sandbox.script import ApiFault, Plan
from market.payments.sandbox.service import set_plan
from market.people import service as people
from market.people.rules import Actor, StaffRole
from tests import factories
from tests.checkout.test_refunds_in_part import PARTNER, back
from tests.checkout.town import Town

PAYOUT = "partner:qinghe-studio:payout"
BANK = "bank:operating"


async def owner(town: Town) -> Actor:
    return Actor(person_id=await factories.make_person(town.db), partners={town.partner: "owner"})


async def director(town: Town) -> Actor:
    person_id = await factories.make_person(town.db)
    return Actor(person_id=person_id, roles=(StaffRole("director", town.liuyuan, frozenset({town.liuyuan})),))


async def earn(town: Town, times: int = 1) -> list[Order]:
    """Sales of ¥100 that were redeemed: ¥97 each are available."""
    buyer, member = await town.buyer(), await town.member()
    orders = [await town.buy(buyer, Line(offer_id=await town.offer())) for _ in range(times)]
    for order in orders:
        await town.redeem(member, order.vouchers[0].code)
    return orders


async def bank_account(town: Town) -> None:
    await payout_accounts.set_bank_account(
        town.db,
        actor=await owner(town),
        partner="qinghe-studio",
        new=BankAccount("青禾文化", "工商银行", "6222 0202 0001 2345"),
    )


async def policy(town: Town, rail: Any = "bank", minimum: int = 0, fees: Any = "platform") -> None:
    await payout_reading.set_policy(
        town.db, actor=await director(town), community="liuyuan", new=PayoutPolicy("week", 1, minimum, rail, fees)
    )


async def due_again(town: Town) -> None:
    """A week has passed: the last run moves back."""
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE payout_runs SET due_on = due_on - 7")


async def run(town: Town) -> UUID:
    await payouts.run_due(town.db)
    found: UUID = await town.value(
        "SELECT r.id FROM payout_runs r JOIN communities c ON c.id = r.community_id WHERE c.slug = 'liuyuan' ORDER BY r.id DESC LIMIT 1"
    )
    return found


async def executed(town: Town, run_id: UUID, failed: Sequence[tuple[UUID, str]] = ()) -> None:
    _, total = await payouts.bank_file(town.db, actor=await town.clerk(town.liuyuan), run_id=run_id)
    await payouts.confirm(
        town.db, actor=await director(town), run_id=run_id, password=factories.PASSWORD, total=total, failed=failed
    )


async def test_only_what_was_served_is_paid_out_by_a_file_that_a_second_person_confirms(town: Town) -> None:
    await earn(town)
    await town.buy(await town.buyer(), Line(offer_id=await town.offer()))
    await bank_account(town)
    run_id = await run(town)
    assert await town.balances(*PARTNER, PAYOUT) == [9700, 9700, 0, 0], "less than the minimum of ¥100 waits"
    await policy(town)
    await due_again(town)
    run_id = await run(town)
    assert await town.balances(*PARTNER, PAYOUT) == [9700, 0, 0, 9700]
    clerk = await town.clerk(town.liuyuan)
    text, total = await payouts.bank_file(town.db, actor=clerk, run_id=run_id)
    assert "6222020200012345,97.00,CNY" in text
    assert f"sha256:{total},97.00,CNY" in text
    assert (await payouts.bank_file(town.db, actor=await director(town), run_id=run_id))[1] == total
    await payouts.confirm(
        town.db, actor=await director(town), run_id=run_id, password=factories.PASSWORD, total=total, failed=()
    )
    assert await town.balances(*PARTNER, PAYOUT, BANK) == [9700, 0, 0, 0, 9700]
    shown = await payout_reading.plan(town.db, actor=clerk, community="liuyuan", cursor=None)
    assert (shown.runs[0].status, shown.runs[0].sent, shown.runs[1].status) == ("done", 1, "empty")


async def test_A23_who_made_the_file_does_not_confirm_it_and_it_is_confirmed_once(town: Town) -> None:
    await earn(town)
    await bank_account(town)
    await policy(town)
    run_id = await run(town)
    first, second = await director(town), await director(town)
    for wrong in (second, await town.clerk(town.xiqiao)):
        with pytest.raises((payouts.NotReady, NotFound)):
            await payouts.confirm(town.db, actor=wrong, run_id=run_id, password=factories.PASSWORD, total="", failed=())
    _, total = await payouts.bank_file(town.db, actor=first, run_id=run_id)
    with pytest.raises(payouts.SamePerson):
        await payouts.confirm(town.db, actor=first, run_id=run_id, password=factories.PASSWORD, total=total, failed=())
    with pytest.raises(Forbidden):
        await payouts.confirm(
            town.db,
            actor=await town.clerk(town.liuyuan),
            run_id=run_id,
            password=factories.PASSWORD,
            total=total,
            failed=(),
        )
    with pytest.raises(people.WrongPassword):
        await payouts.confirm(town.db, actor=second, run_id=run_id, password="of somebody else", total=total, failed=())
    with pytest.raises(InvalidInput):
        await payouts.confirm(
            town.db, actor=second, run_id=run_id, password=factories.PASSWORD, total="0" * 64, failed=()
        )
    with pytest.raises(InvalidInput):
        await payouts.confirm(
            town.db, actor=second, run_id=run_id, password=factories.PASSWORD, total=total, failed=[(uuid4(), "x")]
        )
    assert not (await payout_reading.run_detail(town.db, actor=first, run_id=run_id)).may_confirm
    assert (await payout_reading.run_detail(town.db, actor=second, run_id=run_id)).may_confirm
    done = await asyncio.gather(
        *(
            payouts.confirm(town.db, actor=second, run_id=run_id, password=factories.PASSWORD, total=total, failed=())
            for _ in range(3)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, payouts.NotReady) for each in done) == 2
    assert await town.balances(PAYOUT, BANK) == [0, 9700]


async def test_a_line_that_the_bank_did_not_execute_is_available_again_and_a_case(town: Town) -> None:
    await earn(town)
    await bank_account(town)
    await policy(town)
    run_id = await run(town)
    payout = await town.value("SELECT id FROM payouts")
    await executed(town, run_id, [(payout, "户名不符")])
    assert await town.balances(*PARTNER, PAYOUT, BANK) == [0, 9700, 0, 0, 0]
    assert await town.value("SELECT facts ->> 'reason' FROM cases WHERE kind = 'payout_failed'") == "户名不符"
    await due_again(town)
    await executed(town, await run(town))
    assert await town.balances(*PARTNER, PAYOUT, BANK) == [0, 0, 0, 0, 9700]


async def test_F13_any_number_of_schedulers_make_one_run(town: Town) -> None:
    await earn(town)
    await bank_account(town)
    await policy(town)
    assert sum(await asyncio.gather(*(payouts.run_due(town.db) for _ in range(6)))) == 2, "one per community"
    assert await town.value("SELECT count(*) FROM payouts") == 1
    assert await town.balances(*PARTNER, PAYOUT) == [0, 0, 0, 9700]
    await town.worker.tick("checkout.run_payouts")
    assert await town.value("SELECT count(*) FROM payout_runs") == 2


async def test_M30_what_a_partner_owes_is_netted_from_its_next_payouts(town: Town) -> None:
    (order,) = await earn(town)
    await bank_account(town)
    await policy(town)
    await executed(town, await run(town))
    await back(town, await town.member(), order, 10_000)
    assert await town.balances(*PARTNER) == [0, 0, -9700]
    await earn(town)
    await due_again(town)
    await run(town)
    assert await town.balances(*PARTNER) == [0, 9700, -9700], "nothing is left to pay, so nothing moves"
    await earn(town)
    await due_again(town)
    await executed(town, await run(town))
    assert await town.balances(*PARTNER, PAYOUT, BANK) == [0, 0, 0, 0, 19_400]
    assert await town.value("SELECT netted_minor FROM payouts ORDER BY id DESC LIMIT 1") == 9700


async def test_M35_money_of_a_disputed_order_is_not_paid_out_until_the_bank_decides(town: Town) -> None:
    await earn(town, 2)
    await bank_account(town)
    await policy(town)
    payment = await town.value("SELECT provider_payment FROM payment_sessions ORDER BY id LIMIT 1")
    made = await disputes.open_dispute(town.db, payment)
    await town.hear()
    await run(town)
    assert await town.balances(*PARTNER, PAYOUT) == [0, 9700, 0, 9700]
    await disputes.close_dispute(town.db, made["id"], "won")
    await town.hear()
    await due_again(town)
    await run(town)
    assert await town.balances(*PARTNER, PAYOUT) == [0, 0, 0, 19_400]


async def test_an_expired_voucher_does_not_stay_pending_for_ever(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer(kind="voucher")))
    for age, done in ((29, 0), (31, 1)):
        async with town.db.transaction() as tx:
            await tx.execute("UPDATE order_lines SET valid_until = now() - $1::interval", timedelta(days=age))
        assert await holds.end_bookings(town.db) == done
    assert await town.balances(*PARTNER) == [0, 9700, 0]
    assert not (await town.order(buyer, order.id)).lines[0].can_refund
    assert await holds.end_bookings(town.db) == 0


async def connected(town: Town) -> None:
    """The partner has opened its account at the provider."""
    actor = await owner(town)
    await policy(town, "connect")
    parts = town.parts
    url = await payout_accounts.onboard(
        town.db, gateway=parts.gateway, settings=parts.settings, actor=actor, partner="qinghe-studio"
    )
    check = {"gateway": parts.gateway, "actor": actor, "partner": "qinghe-studio"}
    assert await payout_accounts.refresh_account(town.db, **check) is False
    assert (
        await connect.open_account(town.db, url.rsplit("/", 1)[1])
        == "http://testserver.local/partner/qinghe-studio/money"
    )
    assert await payout_accounts.refresh_account(town.db, **check) is True


async def test_a_transfer_pays_a_connected_partner_and_a_refund_takes_it_back(town: Town) -> None:
    (order,) = await earn(town)
    await connected(town)
    await run(town)
    await town.worker.drain()
    assert await town.balances(*PARTNER, PAYOUT, "provider:stripe") == [0, 0, 0, 0, -300]
    await back(town, await town.member(), order, 5000)
    assert await town.balances(*PARTNER) == [0, 0, -4850]
    with pytest.raises(GatewayUnavailable):
        await set_plan(town.db, Plan(api=[ApiFault(path="reversals", fault="error")]))
        await town.worker.drain()
    assert await payout_transfers.resume(town.db, gateway=town.parts.gateway, min_age_s=0) == 1
    assert await town.balances(*PARTNER) == [0, 0, 0]
    assert await payout_transfers.resume(town.db, gateway=town.parts.gateway, min_age_s=0) == 0
    await town.worker.drain()


async def test_M30_what_cannot_be_taken_back_stays_owed(town: Town) -> None:
    (order,) = await earn(town)
    await connected(town)
    await run(town)
    await town.worker.drain()
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE sandbox.objects SET body = jsonb_set(body, '{_balance}', '0') WHERE kind = 'account'")
    await back(town, await town.member(), order, 10_000)
    await town.worker.drain()
    assert await town.balances(*PARTNER) == [0, 0, -9700]
    assert await town.value("SELECT reversed_minor FROM payouts") == 0


@pytest.mark.parametrize("fault", ["error_after", "cut", "garbage"])
async def test_M25_M24_a_transfer_whose_answer_was_lost_is_made_once_even_when_its_key_is_forgotten(
    town: Town, fault: Any
) -> None:
    await earn(town)
    await connected(town)
    run_id = await run(town)
    await set_plan(town.db, Plan(api=[ApiFault(path="transfers", fault=fault)]))
    payout = await town.value("SELECT id FROM payouts WHERE run_id = $1", run_id)
    with pytest.raises(GatewayUnavailable):
        await payout_transfers.perform_transfer(town.db, gateway=town.parts.gateway, payout_id=payout)
    async with town.db.transaction() as tx:
        await tx.execute("DELETE FROM sandbox.idempotency")
    await asyncio.gather(
        *(payout_transfers.perform_transfer(town.db, gateway=town.parts.gateway, payout_id=payout) for _ in range(3))
    )
    assert await town.value("SELECT count(*) FROM sandbox.objects WHERE kind = 'transfer'") == 1
    assert await town.balances(*PARTNER, PAYOUT) == [0, 0, 0, 0]
    assert await town.value("SELECT status FROM payout_runs WHERE id = $1", run_id) == "done"
    await town.worker.drain()


async def test_a_transfer_that_the_provider_refuses_is_available_again(town: Town) -> None:
    await earn(town)
    await connected(town)
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE sandbox.objects SET body = body || '{\"payouts_enabled\": false}' WHERE kind = 'account'"
        )
    await run(town)
    await town.worker.drain()
    assert await town.balances(*PARTNER, PAYOUT) == [0, 9700, 0, 0]
    assert await town.value("SELECT failure FROM payouts") == "insufficient_capabilities_for_transfer"


async def test_A02_a_partners_money_and_account_are_its_members_and_change_by_owners(town: Town) -> None:
    stranger = Actor(person_id=(await town.buyer()).person_id, partners={uuid4(): "owner"})
    new = BankAccount("x", "y", "62220001")
    with pytest.raises(NotFound):
        await payout_accounts.partner_money(town.db, actor=stranger, partner="qinghe-studio")
    with pytest.raises(NotFound):
        await statements.statement(town.db, actor=stranger, partner="qinghe-studio", month="2026-11")
    with pytest.raises(Forbidden):
        await payout_accounts.set_bank_account(town.db, actor=await town.member(), partner="qinghe-studio", new=new)
    for wrong in ("12", "1" * 40, "abcdefgh", "6222<script>"):
        with pytest.raises(InvalidInput):
            await payout_accounts.set_bank_account(
                town.db, actor=await owner(town), partner="qinghe-studio", new=BankAccount("x", "y", wrong)
            )
    shown = await payout_accounts.partner_money(town.db, actor=await town.member(), partner="qinghe-studio")
    assert (shown.is_ready, shown.account, shown.pending.amount) == (False, "", 0)
    await bank_account(town)
    shown = await payout_accounts.partner_money(town.db, actor=await town.member(), partner="qinghe-studio")
    assert (shown.is_ready, shown.account) == (True, "…2345")


async def test_a_statement_adds_up_to_the_ledger_as_page_csv_and_pdf(town: Town) -> None:
    first, second = await earn(town, 2)
    member = await town.member()
    await back(town, member, first, 1000)
    await bank_account(town)
    await policy(town)
    await executed(town, await run(town))
    await back(town, member, second, 10_000)
    month = await town.value("SELECT to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')")
    found = await statements.statement(town.db, actor=member, partner="qinghe-studio", month=month)
    assert {part: amount.amount for part, amount in found.sums.items()} == {
        "sale": 19_400, "refund": -970 - 9700, "rent": 0, "fee": 0, "payout": -18_430, "other": 0,
    }  # fmt: skip
    assert [(move.part, move.label) for move in found.movements] == [
        ("refund", found.sales[0].title), ("payout", ""), ("refund", found.sales[1].title),
    ], "no word of the books where a title is expected"  # fmt: skip
    assert (found.opening.amount, found.closing.amount) == (0, sum(await town.balances(*PARTNER, PAYOUT)))
    assert [(sale.payable.amount, sale.to_funds.amount) for sale in found.sales] == [(10_000, 300)] * 2
    assert [(share.to, share.version, share.rate_bp, share.amount.amount) for share in found.shares] == [
        ("partner:qinghe-studio", None, None, 19_400),
        ("fund:liuyuan-development", 1, 300, 600),
    ]
    text, name = await statement_files.statement_csv(town.db, actor=member, partner="qinghe-studio", month=month)
    assert (name, "closing" in text, text.count("sale,")) == (f"statement-qinghe-studio-{month}", True, 2)
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert sum(Decimal(row["amount"] or "0") for row in rows if row["part"] != "closing") == Decimal(
        rows[-1]["amount"]
    ), "what came and went makes the balance"
    shares = [(row["item"], row["rule_version"], row["rate"], row["share"]) for row in rows if row["part"] == "share"]
    assert [each[1:] for each in shares] == [("", "", "194.00"), ("1", "3", "6.00")]
    assert sum(Decimal(each[3]) for each in shares) == sum(Decimal(row["paid"] or "0") for row in rows)
    assert [statement_files.rate_text(each) for each in (300, 250, 1205, 10, 10_000)] == [
        "3",
        "2.5",
        "12.05",
        "0.1",
        "100",
    ]
    body, _ = await statement_files.statement_pdf(town.db, actor=member, partner="qinghe-studio", month=month)
    assert body.startswith(b"%PDF-")
    english, _ = await statement_files.statement_pdf(
        town.db, actor=member, partner="qinghe-studio", month=month, language="en"
    )
    assert b"/Lang (en)" in english and b"/Lang (zh-CN)" in body
    assert month in (await payout_accounts.partner_money(town.db, actor=member, partner="qinghe-studio")).months
    for wrong in ("2026-13", "x", "2026-1", "20260-1"):
        with pytest.raises(InvalidInput):
            await statements.statement(town.db, actor=member, partner="qinghe-studio", month=wrong)


@pytest.mark.parametrize("bearer", ["platform", "seller"])
async def test_provider_fees_are_booked_once_as_they_were_and_borne_by_whom_the_policy_says(
    town: Town, bearer: Any
) -> None:
    await set_plan(town.db, Plan(fee_bp=60, dispute_fee=1500))
    await policy(town, fees=bearer)
    await earn(town)
    assert await transactions.import_transactions(town.db, gateway=town.parts.gateway, handle=settlement.handle) == 1
    assert await transactions.import_transactions(town.db, gateway=town.parts.gateway, handle=settlement.handle) == 0
    borne = 60 if bearer == "seller" else 0
    assert await town.balances("provider:stripe", "provider:fees", *PARTNER) == [-9940, -60 + borne, 0, 9700 - borne, 0]
    made = await disputes.open_dispute(town.db, await town.value("SELECT provider_payment FROM payment_sessions"))
    await town.hear()
    await transactions.import_transactions(town.db, gateway=town.parts.gateway, handle=settlement.handle)
    await disputes.close_dispute(town.db, made["id"], "lost")
    await town.hear()
    await transactions.import_transactions(town.db, gateway=town.parts.gateway, handle=settlement.handle)
    assert await town.value("SELECT count(*) FROM ledger_events WHERE kind = 'provider_fee'") == 2
    fees = sum(await town.balances("provider:fees", "partner:qinghe-studio:owed"))
    assert fees == -1560, "the fee of a lost dispute is posted once"
    assert Money(1560, "CNY").minor == -fees
