"""A gift every month: asked for once, paid with a tap, stopped with a tap, and no trace in the books where it is not paid."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from market.checkout import donations, service, standing_gifts, standing_queries
from market.checkout.standing_controllers import _standing
from market.checkout.standing_schemas import NewStandingGift, StandingGift
from market.db import Connection
from market.errors import InvalidInput, NotFound
from market.people import personal_data
from market.people.rules import Actor
from tests import factories
from tests.checkout.test_donations import FUND, INCOME, clean
from tests.checkout.town import Town, break_writing

TODAY = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()
DUE = min(TODAY.day, 28)


@pytest.fixture
async def giver(town: Town) -> AsyncIterator[Actor]:
    yield await town.buyer()


async def start(town: Town, giver: Actor, amount: int = 5000, *, key: str | None = None, **facts: Any) -> UUID:
    facts = {"day": DUE} | facts
    made = await standing_gifts.start(
        town.db, actor=giver, fund=FUND, key=key or uuid4().hex, new=NewStandingGift(amount, **facts)
    )  # fmt: skip
    async with town.db.transaction() as tx:  # as if it had been started with the month
        await tx.execute(
            "UPDATE standing_gifts SET starts_on = $2 WHERE id = $1 AND starts_on = $3",
            made,
            TODAY.replace(day=1),
            TODAY,
        )
    return made


async def ask(town: Town) -> int:
    return await standing_gifts.ask_due(town.db, settings=town.parts.settings, from_hour=0)


async def only(town: Town, giver: Actor) -> StandingGift:
    rows, months = await standing_gifts.mine(town.db, actor=giver)
    (row,) = rows
    return _standing(row, months.get(row["id"], []))


async def pay(town: Town, giver: Actor, order_id: UUID) -> None:
    """Through the link in the letter."""
    order = await service.pay_again(
        town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=giver, order_id=order_id
    )  # fmt: skip
    assert order.checkout_url
    await town.pay(order)
    await town.hear()


async def a_month_goes_by(town: Town) -> None:
    """The database's clock cannot be moved: what was asked for was asked for a month earlier."""
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE donations SET month = (month - interval '1 month')::date WHERE month IS NOT NULL")


async def test_a_month_is_asked_for_once_with_a_letter_and_paid_through_its_link(town: Town, giver: Actor) -> None:
    await start(town, giver, purpose="助学")
    assert [await ask(town) for _ in range(3)] == [1, 0, 0]
    found = await only(town, giver)
    assert [it.state for it in found.months] == ["open"]
    letter = await town.value("SELECT body FROM messages WHERE dedupe_key LIKE 'gift_due:%'")
    assert "¥50.00" in letter
    assert "助学" in letter
    assert await town.value("SELECT count(*) FROM payment_sessions") == 0, "nobody is charged without a tap"
    await pay(town, giver, found.months[0].order_id)
    assert await town.balances(INCOME) == [5000]
    assert (await only(town, giver)).months[0].state == "paid"
    assert await town.value("SELECT kind || purpose FROM gifts") == "monthly助学"
    order = await town.order(giver, found.months[0].order_id)
    assert order.lines[0].title == "每月捐款：助学"
    await town.worker.drain()
    await clean(town)


async def test_the_next_month_is_asked_for_again_and_a_missed_one_leaves_no_trace_in_the_books(
    town: Town, giver: Actor
) -> None:
    await start(town, giver)
    await ask(town)
    await town.let_time_pass((await only(town, giver)).months[0].order_id, minutes=8 * 24 * 60)
    assert await town.expire() == 1
    await a_month_goes_by(town)
    assert await ask(town) == 1
    assert [it.state for it in (await only(town, giver)).months] == ["open", "missed"]
    assert await town.value("SELECT (SELECT count(*) FROM gifts) + (SELECT count(*) FROM ledger_events)") == 0


async def test_the_page_of_a_monthly_gift_can_be_opened_anew_on_each_day_of_its_week(town: Town, giver: Actor) -> None:
    await start(town, giver)
    await ask(town)
    order_id = (await only(town, giver)).months[0].order_id
    await service.pay_again(
        town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=giver, order_id=order_id
    )
    life = await town.value("SELECT expires_at - now() FROM payment_sessions")
    assert life < timedelta(hours=24), "the provider keeps none for longer"
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE payment_sessions SET status = 'expired'")
    await pay(town, giver, order_id)
    assert await town.balances(INCOME) == [5000]


async def test_workers_that_look_at_once_ask_once(town: Town, giver: Actor) -> None:
    for _ in range(3):
        await start(town, giver)
    done = await asyncio.gather(*(ask(town) for _ in range(6)))
    assert sum(done) == 3
    assert await town.value("SELECT count(*) FROM donations") == 3
    assert await town.value("SELECT count(*) FROM messages WHERE dedupe_key LIKE 'gift_due:%'") == 3


async def test_a_second_order_for_a_month_cannot_be_written_even_without_the_lock(town: Town, giver: Actor) -> None:
    """The negative control of the test before: the gift is not seen as asked for, and the unique month refuses it."""
    gift = await start(town, giver)
    await ask(town)
    async with town.db.transaction() as tx:
        await tx.execute("ALTER TABLE donations DROP CONSTRAINT donations_standing_id_month_key")
        assert await _ask_blindly(tx, town, gift)
        assert await tx.fetchval("SELECT count(*) FROM donations") == 2
        await tx.execute("DELETE FROM donations WHERE order_id = (SELECT max(order_id::text)::uuid FROM donations)")
        await tx.execute(
            "ALTER TABLE donations ADD CONSTRAINT donations_standing_id_month_key UNIQUE (standing_id, month)"
        )
    with pytest.raises(Exception, match="donations_standing_id_month_key"):
        async with town.db.transaction() as tx:
            await _ask_blindly(tx, town, gift)


async def _ask_blindly(tx: Connection, town: Town, gift: UUID) -> bool:
    row = await standing_queries.standing(tx, gift)
    assert row is not None
    return await standing_gifts.ask_for(tx, settings=town.parts.settings, row={**row, "is_asked": False})


@pytest.mark.parametrize("table", ["orders", "order_lines", "donations", "messages", "pgqueuer"])
async def test_a_crash_at_any_step_leaves_nothing_and_the_next_look_asks_once(
    town: Town, giver: Actor, table: str
) -> None:
    await start(town, giver)
    await break_writing(town, table, "true")
    assert await ask(town) == 0
    assert await town.value("SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM messages)") == 0
    async with town.db.transaction() as tx:
        await tx.execute(f"DROP TRIGGER breaks ON {table}")
    assert [await ask(town), await ask(town)] == [1, 0]
    assert await town.value("SELECT count(*) FROM orders") == 1


async def test_one_that_cannot_be_asked_for_keeps_no_other_from_it(town: Town, giver: Actor) -> None:
    await start(town, giver, 777)
    await start(town, giver)
    await break_writing(town, "orders", "NEW.payable_minor = 777")
    assert await ask(town) == 1
    async with town.db.transaction() as tx:
        await tx.execute("DROP TRIGGER breaks ON orders")


async def test_one_tap_stops_it_and_what_waits_unbegun_is_called_off(town: Town, giver: Actor) -> None:
    gift = await start(town, giver)
    await ask(town)
    with pytest.raises(NotFound):
        await standing_gifts.stop(town.db, actor=await town.buyer(), standing_id=gift)
    for _ in range(2):
        await standing_gifts.stop(town.db, actor=giver, standing_id=gift)
    found = await only(town, giver)
    assert (found.status, found.next_on, [it.state for it in found.months]) == ("stopped", None, ["missed"])
    await a_month_goes_by(town)
    assert await ask(town) == 0


async def test_what_is_being_paid_while_it_is_stopped_is_still_a_gift(town: Town, giver: Actor) -> None:
    gift = await start(town, giver)
    await ask(town)
    order = await service.pay_again(
        town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=giver,
        order_id=(await only(town, giver)).months[0].order_id,
    )  # fmt: skip
    await standing_gifts.stop(town.db, actor=giver, standing_id=gift)
    await town.pay(order)
    await town.hear()
    assert await town.balances(INCOME) == [5000]


async def test_the_same_tap_starts_one_and_another_body_is_refused(town: Town, giver: Actor) -> None:
    made = await asyncio.gather(*(start(town, giver, key="tap") for _ in range(4)))
    assert len(set(made)) == 1
    with pytest.raises(InvalidInput, match="another request"):
        await start(town, giver, 6000, key="tap")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"starts_on": TODAY - timedelta(days=1)}, "starts_on"),
        ({"starts_on": TODAY + timedelta(days=400)}, "starts_on"),
        ({"starts_on": TODAY, "ends_on": TODAY - timedelta(days=1)}, "ends_on"),
        ({"purpose": "买烟"}, "purpose"),
    ],
)
async def test_days_and_purposes_that_mean_nothing_are_refused(
    town: Town, giver: Actor, facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput, match=field):
        await start(town, giver, **facts)
    assert await town.value("SELECT count(*) FROM standing_gifts") == 0


async def test_its_last_day_ends_it(town: Town, giver: Actor) -> None:
    await start(town, giver)
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE standing_gifts SET starts_on = $1, ends_on = $2", date(2020, 1, 1), TODAY - timedelta(days=1)
        )
    await ask(town)
    assert (await only(town, giver)).status == "ended"


async def test_when_the_fund_gives_up_the_purpose_the_giver_is_told_and_asked_no_more(town: Town, giver: Actor) -> None:
    await start(town, giver, purpose="助学")
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE funds SET purposes = '[\"助老\"]' WHERE slug = $1", FUND)
    assert [await ask(town), await ask(town)] == [0, 0]
    assert (await only(town, giver)).status == "ended"
    assert await town.value("SELECT count(*) FROM messages WHERE dedupe_key LIKE 'gift_gone:%'") == 1
    assert await town.value("SELECT count(*) FROM orders") == 0


async def test_staff_sees_number_and_sum_and_no_names(town: Town, giver: Actor) -> None:
    for amount in (5000, 1500):
        await start(town, giver, amount)
    items, monthly = await donations.gifts_for_staff(town.db, actor=await town.clerk(town.liuyuan), fund=FUND)
    assert (items, monthly["gifts"], monthly["minor"]) == ([], 2, 6500)
    assert set(monthly.keys()) == {"gifts", "minor", "currency"}


async def test_O07_a_deleted_account_gives_no_more_and_its_words_are_gone(town: Town, giver: Actor) -> None:
    await start(town, giver)
    await personal_data.delete_account(town.db, person_id=giver.person_id, password=factories.PASSWORD)
    assert await ask(town) == 0
    assert await town.value("SELECT status FROM standing_gifts") == "stopped"


async def test_before_eight_in_the_morning_nobody_is_woken(town: Town, giver: Actor) -> None:
    await start(town, giver)
    assert await standing_gifts.ask_due(town.db, settings=town.parts.settings, from_hour=24) == 0
