"""B14: the rules of a zone change after time was taken. What was taken then looks as if it had been computed by other rules than today's:
these tests put the moments an hour off and leave what the clock showed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from market.checkout.schemas import Line, Order
from market.checkout.wall_times import Followed, follow_clocks
from market.spaces import service as spaces
from market.text import when
from tests import factories
from tests.checkout.town import Town

HOUR = timedelta(hours=1)


async def under_old_rules(town: Town, order: Order, by: timedelta) -> None:
    """The moments of a booking as rules that differ by so much had made them."""
    async with town.db.transaction() as tx:
        await tx.execute("SET LOCAL session_replication_role = replica")  # what the clock showed stays as it is
        for table in ("occupancies", "offers", "order_lines"):
            key = {
                "occupancies": "group_id IN (SELECT occupancy_group FROM order_lines WHERE order_id = $2)",
                "offers": "id IN (SELECT offer_id FROM order_lines WHERE order_id = $2)",
                "order_lines": "order_id = $2",
            }[table]
            await tx.execute(
                f"UPDATE {table} SET starts_at = starts_at + $1, ends_at = ends_at + $1 WHERE {key}", by, order.id
            )
        await tx.execute(
            "UPDATE occupancies SET period = tstzrange(lower(period) + $1, upper(period) + $1) "
            "WHERE group_id IN (SELECT occupancy_group FROM order_lines WHERE order_id = $2)",
            by, order.id,
        )  # fmt: skip
        await tx.execute("UPDATE order_lines SET refund_until = refund_until + $1 WHERE order_id = $2", by, order.id)


async def state(town: Town, order: Order) -> list[Any]:
    """Every moment that is kept of a booking."""
    async with town.db.read() as tx:
        rows = await tx.fetch(
            "SELECT l.starts_at, l.ends_at, l.refund_until, o.period, o.starts_at AS taken_from, o.ends_at AS taken_to, "
            "f.starts_at AS session FROM order_lines l LEFT JOIN occupancies o ON o.group_id = l.occupancy_group AND o.is_primary "
            "LEFT JOIN offers f ON f.id = l.offer_id WHERE l.order_id = $1 ORDER BY l.id",
            order.id,
        )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["summer time given up", "summer time taken up"])
async def test_B14_bookings_one_after_the_other_keep_their_time_on_the_clock(town: Town, by: timedelta) -> None:
    orders = [await town.buy(await town.buyer(), town.hour(days=3, at=at, hours=1)) for at in (10, 11, 12)]
    before = [await state(town, each) for each in orders]
    for each in orders if by < timedelta() else reversed(orders):
        await under_old_rules(town, each, by)
    assert [await state(town, each) for each in orders] != before
    assert await follow_clocks(town.db) == Followed(3, 0)
    assert [await state(town, each) for each in orders] == before
    assert await follow_clocks(town.db) == Followed(0, 0)
    assert await town.value("SELECT count(*) FROM cases") == 0


async def test_B14_a_session_and_what_was_bought_of_it_move_together(town: Town) -> None:
    offer = await town.offer(days=3)
    order = await town.buy(await town.buyer(), Line(offer_id=offer))
    before = await state(town, order)
    await under_old_rules(town, order, HOUR)
    async with town.db.transaction() as tx:
        await tx.execute("TRUNCATE pgqueuer")
    assert await follow_clocks(town.db) == Followed(1, 0)
    assert await state(town, order) == before
    assert await town.value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'search.refresh'") == 1


async def test_B14_where_the_time_is_taken_nothing_moves_and_one_case_names_it(town: Town) -> None:
    order = await town.buy(await town.buyer(), town.hour(days=3, at=10, hours=1))
    line = order.lines[0]
    assert line.starts_at is not None and line.ends_at is not None
    await under_old_rules(town, order, timedelta(hours=5))
    shifted = await state(town, order)
    async with town.db.transaction() as tx:  # somebody takes the time that the clock shows
        await spaces.occupy(tx, space_id=town.room, starts_at=line.starts_at, ends_at=line.ends_at, kind="closure")
    for _ in range(2):
        assert await follow_clocks(town.db) == Followed(0, 1)
    assert await state(town, order) == shifted
    async with town.db.read() as tx:
        (case,) = await tx.fetch("SELECT kind, community_id, order_id, facts FROM cases")
    assert (case["kind"], case["community_id"], case["order_id"]) == ("clock_clash", town.xiqiao, order.id)
    facts, zone = case["facts"], line.time_zone
    assert facts["day"] == line.starts_at.astimezone(ZoneInfo(zone)).date().isoformat()
    assert (facts["title"], facts["title_en"]) == (line.title, line.title_en or line.title)
    late = timedelta(hours=5)
    for locale, suffix in (("zh-CN", ""), ("en", "_en")):
        assert facts[f"promised{suffix}"] == when(line.starts_at, line.ends_at, zone, locale=locale)
        assert facts[f"stays{suffix}"] == when(line.starts_at + late, line.ends_at + late, zone, locale=locale)


async def test_B14_an_hour_that_comes_twice_is_left_where_it_is(town: Town) -> None:
    """01:30 on the night summer time ends in New York: the first and the second are both what the clock shows."""
    await factories.make_community(town.db, "harbour", time_zone="America/New_York")
    await factories.make_enterprise(town.db, "harbour-enterprise", community="harbour")
    room = await factories.make_space(town.db, "Pier", community="harbour", enterprise="harbour-enterprise")
    for first in ("2027-11-07T05:30:00+00:00", "2027-11-07T06:30:00+00:00"):
        starts_at = datetime.fromisoformat(first)
        async with town.db.transaction() as tx:
            group: UUID = await spaces.occupy(
                tx, space_id=room, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=20), kind="closure"
            )
        shown = await town.value("SELECT wall_starts_at::text FROM occupancies WHERE group_id = $1", group)
        assert shown == "2027-11-07 01:30:00"
    assert await follow_clocks(town.db) == Followed(0, 0)
