"""M42: what differs between our books and those of the provider, the bank and the desk is named, and nothing else."""

import asyncio
from typing import Any

import pytest

from market.checkout import cases, reconciling, settlement, tills
from market.checkout.desk_schemas import Deposit, DeskCount
from market.checkout.payout_rules import reference_of
from market.checkout.schemas import DeskPayment, Line
from market.errors import Forbidden, InvalidInput
from market.people.rules import Actor
from tests.checkout.test_payouts import bank_account, director, earn, executed, policy, run
from tests.checkout.town import Town


async def compare(town: Town, days_ago: int = 0) -> int:
    async with town.db.read() as tx:
        day = await tx.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date - $1::int", days_ago)
    return await reconciling.compare_provider(town.db, gateway=town.parts.gateway, handle=settlement.handle, day=day)


async def found(town: Town) -> list[tuple[str, int]]:
    async with town.db.read() as tx:
        rows = await tx.fetch("SELECT kind, amount_minor FROM cases ORDER BY kind")
    return [(row["kind"], row["amount_minor"]) for row in rows]


async def test_M42_one_missing_one_extra_and_one_wrong_row_are_exactly_the_three_reported(town: Town) -> None:
    buyer = await town.buyer()
    orders = [await town.buy(buyer, Line(offer_id=await town.offer())) for _ in range(5)]
    await town.refund(buyer, orders[4].id)
    await town.worker.drain()
    await town.hear()
    assert await compare(town) == 0
    assert await found(town) == []
    town.is_staged = True
    payments = [
        await town.value("SELECT provider_payment FROM payment_sessions WHERE order_id = $1", order.id)
        for order in orders[:2]
    ]
    before = await town.balances("provider:stripe", *("partner:qinghe-studio:pending",))
    async with town.db.transaction() as tx:
        await tx.execute("DELETE FROM provider_transactions WHERE payment_id = $1 AND kind = 'charge'", payments[0])
        await tx.execute("DELETE FROM sandbox.objects WHERE kind = 'balance_transaction' AND body ->> 'source' IN "
                         "(SELECT id FROM sandbox.objects WHERE parent = $1)", payments[0])  # fmt: skip
        await tx.execute(
            "UPDATE provider_transactions SET amount_minor = 9000, net_minor = 9000 WHERE payment_id = $1", payments[1]
        )
        await tx.execute(
            "INSERT INTO provider_transactions (id, provider, kind, amount_minor, fee_minor, net_minor, currency, source, payment_id, "
            "made_at) VALUES ('txn_x', 'stripe', 'charge', 777, 0, 777, 'CNY', 'ch_x', 'pi_x', now())"
        )
    assert await compare(town) == 3
    assert await found(town) == [("provider_amount", -1000), ("provider_extra", 777), ("provider_missing", -10_000)]
    assert await compare(town) == 3
    assert len(await found(town)) == 3, "the same finding opens one case"
    assert await town.balances("provider:stripe", "partner:qinghe-studio:pending") == before, (
        "nothing is mended silently"
    )
    assert await compare(town, days_ago=1) == 0


async def test_M42_a_bank_statement_is_tied_to_payouts_and_deposits_and_the_rest_are_cases(town: Town) -> None:
    await earn(town, 2)
    await bank_account(town)
    await policy(town)
    await executed(town, await run(town))
    clerk, lead = await town.clerk(town.liuyuan), await director(town)
    order = await town.place(await town.buyer(), Line(offer_id=await town.offer()), pay_by="desk")
    await settlement.record_desk_payment(
        town.db, actor=clerk, order_id=order.id, key="d", payment=DeskPayment(amount=10_000)
    )
    for _ in range(2):
        day = await tills.deposit(town.db, actor=clerk, community="liuyuan", key="k", new=Deposit(6000, "存款单 7"))
    assert (day.taken.amount, day.deposited.amount) == (10_000, 6000)
    await tills.deposit(town.db, actor=clerk, community="liuyuan", key="k2", new=Deposit(4000, "存款单 8"))
    assert await town.balances("desk:liuyuan", "bank:operating") == [0, 19_400 - 10_000]
    reference = reference_of(await town.value("SELECT id FROM payouts"))
    today = await town.value("SELECT now()::date::text")
    text = "\ufeffdate,amount,reference,counterparty\n" + "".join(
        f"{today},{amount},{note},x\n"
        for amount, note in (("-194.00", f"付款 {reference}"), ("60.00", "现金"), ("-5.00", "手续费"))
    )
    with pytest.raises(Forbidden):
        await reconciling.import_statement(town.db, actor=clerk, community="liuyuan", text=text)
    done = await reconciling.import_statement(town.db, actor=lead, community="liuyuan", text=text)
    assert (done.lines, done.fresh, done.differences) == (3, 3, 2)
    assert await found(town) == [("bank_extra", -500), ("bank_missing", 4000)]
    again = await reconciling.import_statement(town.db, actor=lead, community="liuyuan", text=text)
    assert (again.fresh, await found(town)) == (0, [("bank_extra", -500), ("bank_missing", 4000)])
    assert [each.what for each in await reconciling.list_compared(town.db, actor=clerk, community="liuyuan")] == [
        "bank",
        "bank",
    ]


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2", "date,amount,reference,counterparty\n", "date,amount,reference,counterparty\n2026-13-01,5,x,y\n",
             "date,amount,reference,counterparty\n2026-11-01,1e3,x,y\n", "date,amount,reference,counterparty\n2026-11-01,0.001,x,y\n",
             "date,amount,reference,counterparty\n2026-11-01,1," + "x" * 200_000,
             "date,amount,reference,counterparty\n2026-11-01,1,x\0y,z\n"]
)  # fmt: skip
async def test_a_statement_that_cannot_be_read_changes_nothing(town: Town, text: str) -> None:
    with pytest.raises(InvalidInput):
        await reconciling.import_statement(town.db, actor=await director(town), community="liuyuan", text=text)
    assert await town.value("SELECT count(*) FROM bank_lines") == 0


def test_amounts_of_a_statement_are_read_exactly() -> None:
    read: Any = reconciling.minor_of
    assert [read(text, "CNY") for text in ("1,234.50", "-0.07", "5", "+3.1")] == [123_450, -7, 500, 310]
    assert [read(text, "CNY") for text in ("1.005", "１２", "", "--1", "1e3", "NaN", "1" * 20)] == [None] * 7
    assert (read("501", "JPY"), read("501.5", "JPY")) == (501, None)


async def test_M42_a_clerk_counts_at_opening_and_closing_and_a_difference_is_a_case(town: Town) -> None:
    clerk = await town.clerk(town.liuyuan)
    buyer = await town.buyer()
    opened = await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("opening", 20_000))
    assert opened.opening is not None
    with pytest.raises(tills.AlreadyCounted):
        await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("opening", 20_000))
    orders = [await town.place(buyer, Line(offer_id=await town.offer()), pay_by="desk") for _ in range(2)]
    for order in orders:
        await settlement.record_desk_payment(
            town.db, actor=clerk, order_id=order.id, key="d", payment=DeskPayment(amount=10_000)
        )
    await town.refund(clerk, orders[0].id)
    closed = await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("closing", 29_500))
    assert (closed.taken.amount, closed.given_back.amount) == (20_000, 10_000)
    (case,) = (await cases.list_cases(town.db, actor=clerk, community="liuyuan", status="open", cursor=None)).items
    assert (case.kind, case.amount.amount, case.facts["expected"]) == ("desk_count", -500, "300.00 CNY")
    with pytest.raises(tills.AlreadyCounted):
        await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("closing", 30_000))


async def _takes_cash(town: Town, clerk: Actor) -> None:
    order = await town.place(await town.buyer(), Line(offer_id=await town.offer()), pay_by="desk")
    await settlement.record_desk_payment(
        town.db, actor=clerk, order_id=order.id, key="d", payment=DeskPayment(amount=10_000)
    )


async def _days_pass(town: Town, days: int) -> None:
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE desk_counts SET day = day - $1::int, made_at = made_at - make_interval(days => $1)", days
        )
        await tx.execute("UPDATE desk_payments SET taken_at = taken_at - make_interval(days => $1)", days)


async def test_M42_cash_taken_after_closing_or_on_a_day_without_a_count_is_asked_for_at_the_next_opening(
    town: Town,
) -> None:
    clerk = await town.clerk(town.liuyuan)
    await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("opening", 5_000))
    await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("closing", 5_000))
    await _takes_cash(town, clerk)  # somebody came late
    await _days_pass(town, 2)
    await _takes_cash(town, clerk)  # and nobody counted that morning
    await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("opening", 5_000))
    (case,) = (await cases.list_cases(town.db, actor=clerk, community="liuyuan", status="open", cursor=None)).items
    assert (case.amount.amount, case.facts["expected"], case.facts["found"]) == (-20_000, "250.00 CNY", "50.00 CNY")
    await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("closing", 5_000))
    assert (
        len((await cases.list_cases(town.db, actor=clerk, community="liuyuan", status="open", cursor=None)).items) == 1
    )


async def test_M42_a_payment_that_commits_while_its_clerk_counts_is_in_the_next_count(town: Town) -> None:
    """It began before the count and ended after it: compared by times alone, it would be in none."""
    clerk = await town.clerk(town.liuyuan)
    order = await town.place(await town.buyer(), Line(offer_id=await town.offer()), pay_by="desk")
    async with town.db.transaction() as tx:
        await tx.execute("SELECT 1 FROM orders WHERE id = $1 FOR UPDATE", order.id)
        paying = asyncio.create_task(
            settlement.record_desk_payment(
                town.db, actor=clerk, order_id=order.id, key="d", payment=DeskPayment(amount=10_000)
            )
        )
        for _ in range(500):
            if await town.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
                break
            await asyncio.sleep(0.01)
        await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("opening", 20_000))
        assert not paying.done()
    await paying
    await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("closing", 29_000))
    (case,) = (await cases.list_cases(town.db, actor=clerk, community="liuyuan", status="open", cursor=None)).items
    assert (case.amount.amount, case.facts["expected"]) == (-1_000, "300.00 CNY")
    await _days_pass(town, 1)
    await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("opening", 29_000))
    assert (
        len((await cases.list_cases(town.db, actor=clerk, community="liuyuan", status="open", cursor=None)).items) == 1
    ), "and it is asked for once"


async def test_M42_of_the_same_count_sent_five_times_at_once_one_counts(town: Town) -> None:
    clerk = await town.clerk(town.liuyuan)
    await tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("opening", 0))
    await _takes_cash(town, clerk)
    done = await asyncio.gather(
        *(tills.count(town.db, actor=clerk, community="liuyuan", new=DeskCount("closing", 9_000)) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, tills.AlreadyCounted) for each in done) == 4
    (case,) = (await cases.list_cases(town.db, actor=clerk, community="liuyuan", status="open", cursor=None)).items
    assert (case.amount.amount, case.facts["expected"]) == (-1_000, "100.00 CNY")


async def test_M42_no_desk_brings_more_to_the_bank_than_it_has_taken_also_not_at_once(town: Town) -> None:
    clerk = await town.clerk(town.liuyuan)
    with pytest.raises(InvalidInput, match=r"more than this desk has taken: 0\.00 CNY"):
        await tills.deposit(town.db, actor=clerk, community="liuyuan", key="none", new=Deposit(1, "存款单"))
    await _takes_cash(town, clerk)
    done = await asyncio.gather(
        *(
            tills.deposit(town.db, actor=clerk, community="liuyuan", key=f"k{each}", new=Deposit(6000, "存款单"))
            for each in range(4)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, InvalidInput) for each in done) == 3
    assert await town.balances("desk:liuyuan", "bank:operating") == [-4_000, -6_000]
