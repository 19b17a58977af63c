"""What is at hand after buying: the code, the day, the place, the reminder, and what giving it back would pay."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from icalendar import Calendar

from market.checkout import refunds, visits
from market.checkout.schemas import DeskPayment, Line, Order
from market.checkout.settlement import record_desk_payment
from market.checkout.visit_rules import reminder_is_due
from market.errors import NotFound
from market.people.rules import Actor
from tests.access_table import fresh_headers
from tests.checkout.town import Town
from tests.factories import make_person

SHANGHAI = "Asia/Shanghai"


def at(text: str) -> datetime:
    """Wall time in Shanghai."""
    return datetime.fromisoformat(text + "+08:00")


@pytest.mark.parametrize(
    ("now", "paid", "due"),
    [
        ("2026-11-27T08:59", "2026-11-20T10:00", False),  # before nine of the day before
        ("2026-11-27T09:00", "2026-11-20T10:00", True),
        ("2026-11-27T19:59", "2026-11-20T10:00", True),
        ("2026-11-27T20:00", "2026-11-20T10:00", False),  # nobody is called in the evening
        ("2026-11-28T09:00", "2026-11-20T10:00", True),  # the worker was away: better late
        ("2026-11-28T09:31", "2026-11-20T10:00", False),  # less than an hour before
        ("2026-11-27T12:00", "2026-11-27T09:00", False),  # has just bought it
        ("2026-11-29T12:00", "2026-11-20T10:00", False),  # it is over
    ],
)
def test_a_reminder_is_due_by_day_from_the_morning_before_until_an_hour_before(now: str, paid: str, due: bool) -> None:
    starts_at = at("2026-11-28T10:30")
    assert reminder_is_due(starts_at=starts_at, paid_at=at(paid), now=at(now), zone=SHANGHAI) is due


async def preview(town: Town, actor: Actor, order: Order, *lines: UUID) -> Any:
    return await visits.preview_refund(town.db, actor=actor, order_id=order.id, line_ids=lines)


async def test_the_preview_says_to_the_unit_what_the_refund_then_pays_back(town: Town) -> None:
    buyer = await town.buyer(resident=True)
    order = await town.buy(buyer, Line(offer_id=await town.offer(price=999), quantity=3), town.hour())
    first, room = (line.id for line in order.lines)
    one = await preview(town, buyer, order, first)
    assert (one.amount.amount, one.goes_to) == (order.lines[0].payable.amount, "card")
    assert (await town.order(buyer, order.id)).refunded.amount == 0  # asking has changed nothing
    back = await town.refund(buyer, order.id, first)
    assert back.refunded == one.amount
    rest = await preview(town, buyer, order)
    assert [line.line_id for line in rest.lines] == [room]
    assert (await town.refund(buyer, order.id)).refunded.amount == one.amount.amount + rest.amount.amount


async def test_the_preview_is_refused_where_the_refund_would_be(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer(days=0.5)))
    with pytest.raises(refunds.NotRefundable):
        await preview(town, buyer, order)
    with pytest.raises(NotFound):
        await preview(town, await town.buyer(), order)


async def test_a_preview_of_cash_says_that_cash_comes_back(town: Town) -> None:
    buyer, clerk = await town.buyer(), await town.clerk(town.liuyuan)
    order = await town.place(buyer, Line(offer_id=await town.offer()), pay_by="desk")
    paid = DeskPayment(amount=10_000)
    await record_desk_payment(town.db, actor=clerk, order_id=order.id, key="k", payment=paid)
    assert (await preview(town, buyer, order)).goes_to == "desk"


async def test_the_calendar_file_holds_each_dated_line_with_place_and_code(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(
        buyer, Line(offer_id=await town.offer()), Line(offer_id=await town.offer(kind="voucher")), town.hour()
    )
    feed = Calendar.from_ical(await visits.calendar(town.db, actor=buyer, order_id=order.id))
    events = feed.walk("VEVENT")
    assert [str(each["summary"]) for each in events] == [order.lines[0].title, "议事厅"]
    assert [each["dtstart"].dt for each in events] == [
        line.starts_at.replace(microsecond=0) for line in order.lines if line.starts_at is not None
    ]
    assert order.vouchers[0].code in str(events[0]["description"])
    assert "议事厅" in str(events[1]["location"])
    assert all(each.walk("VALARM") for each in events)
    await town.refund(buyer, order.id, order.lines[0].id)
    feed = Calendar.from_ical(await visits.calendar(town.db, actor=buyer, order_id=order.id))
    assert len(feed.walk("VEVENT")) == 1


async def test_there_is_no_calendar_file_of_a_strangers_or_an_unpaid_order(town: Town) -> None:
    buyer = await town.buyer()
    paid = await town.buy(buyer, Line(offer_id=await town.offer()))
    unpaid = await town.place(buyer, Line(offer_id=await town.offer()))
    for actor, order in ((await town.buyer(), paid), (buyer, unpaid)):
        with pytest.raises(NotFound):
            await visits.calendar(town.db, actor=actor, order_id=order.id)


async def test_codes_at_hand_come_soonest_first_and_nobody_elses(town: Town) -> None:
    buyer, member = await town.buyer(), await town.member()
    later = await town.buy(
        buyer, Line(offer_id=await town.offer(days=5)), Line(offer_id=await town.offer(kind="voucher"))
    )
    sooner = await town.buy(buyer, Line(offer_id=await town.offer(days=1)))
    gone = await town.buy(buyer, Line(offer_id=await town.offer(days=4)))
    await town.refund(buyer, gone.id)
    await town.buy(await town.buyer(), Line(offer_id=await town.offer()))
    wanted = [sooner.vouchers[0].code, later.vouchers[0].code, later.vouchers[1].code]
    shown = (await visits.my_visits(town.db, actor=buyer)).items
    assert [each.code for each in shown] == wanted
    assert {each.place.community for each in shown} == {"liuyuan"}
    await town.redeem(member, wanted[0])
    assert [(each.code, each.status) for each in (await visits.my_visits(town.db, actor=buyer)).items] == [
        (wanted[1], "issued"), (wanted[2], "issued"), (wanted[0], "redeemed"),
    ]  # fmt: skip


def zone_of_noon() -> str:
    """A zone in which it is about noon now, so that the day does not decide the test."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


async def bought_days_ago(town: Town, order: Order) -> None:
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE orders SET paid_at = paid_at - interval '5 days' WHERE id = $1", order.id)
        await tx.execute("UPDATE order_lines SET time_zone = $2 WHERE order_id = $1", order.id, zone_of_noon())


async def test_who_bought_days_ago_is_reminded_once_and_who_switched_it_off_never(town: Town) -> None:
    buyer, quiet, fresh = [await town.buyer() for _ in range(3)]
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE persons SET wants_reminders = false WHERE id = $1", quiet.person_id)
    for number, actor in enumerate((buyer, quiet)):
        room = town.hour(days=6 + number)
        await bought_days_ago(town, await town.buy(actor, Line(offer_id=await town.offer(days=1)), room))
    await town.buy(fresh, Line(offer_id=await town.offer(days=1)))
    assert await visits.remind(town.db, settings=town.parts.settings) == 1
    assert await visits.remind(town.db, settings=town.parts.settings) == 0
    sent = "SELECT array_agg(person_id) FROM messages WHERE dedupe_key LIKE 'reminder:%'"
    assert await town.value(sent) == [buyer.person_id]
    body = await town.value("SELECT body FROM messages WHERE dedupe_key LIKE 'reminder:%'")
    assert "瑜伽" in body
    assert "/orders/" in body


async def test_what_was_given_back_is_not_reminded_of(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer(days=1.2, refund_until_h=0)))
    await bought_days_ago(town, order)
    await town.refund(buyer, order.id)
    assert await visits.remind(town.db, settings=town.parts.settings) == 0


async def test_a_quote_names_the_desks_where_all_communities_have_one_and_until_when_it_can_be_given_back(
    town: Town,
) -> None:
    from market.checkout import service

    lines = [Line(offer_id=await town.offer(days=3)), town.hour()]
    quoted = await service.make_quote(town.db, actor=None, lines=lines)
    assert [each.community for each in quoted.desks] == ["liuyuan", "xiqiao"]
    assert quoted.hold_min == 15
    starts_at = quoted.lines[0].starts_at
    assert starts_at is not None
    assert quoted.lines[0].refund_until == starts_at - timedelta(hours=24)
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE communities SET policies = policies || '{\"desk_payment\": false}' WHERE slug = 'xiqiao'"
        )
    assert (await service.make_quote(town.db, actor=None, lines=lines)).desks == []
    assert (await service.make_quote(town.db, actor=None, lines=lines[:1])).desks[0].community == "liuyuan"


async def test_the_switch_for_reminders_is_kept_and_other_changes_leave_it(
    client: httpx.AsyncClient, town: Town
) -> None:
    person = await make_person(town.db, "switch@example.test")
    headers = await fresh_headers(town.db, town.parts.settings, person)
    for change, kept in (
        ({"wants_reminders": False}, False),
        ({"name": "新名"}, False),
        ({"wants_reminders": True}, True),
    ):
        client.cookies.clear()
        answer = await client.patch("/api/me", json=change, headers=headers)
        assert answer.status_code == 200
        assert answer.json()["account"]["wants_reminders"] is kept
