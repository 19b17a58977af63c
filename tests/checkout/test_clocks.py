"""Whose clock decides, and whose wall time is told: the database's, and the venue's."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from market.checkout import refunds, visits
from market.checkout.schemas import Line, NewRefund
from market.settings import Settings
from seeds.clock import movable_clock
from tests import factories
from tests.checkout.town import Town

HONOLULU = "Pacific/Honolulu"


@pytest.mark.parametrize(("seconds_after", "may"), [(-600, True), (-1, True), (1, False), (600, False)])
async def test_B17_the_databases_clock_decides_when_the_programs_is_wrong(
    town: Town, seconds_after: int, may: bool
) -> None:
    """The program believes it is two days before the limit; the database's clock stands at the limit, a little before or after."""
    buyer = await town.buyer()
    order = await town.buy(buyer, Line(offer_id=await town.offer(days=3)))
    limit = await town.value("SELECT refund_until FROM order_lines WHERE order_id = $1", order.id)
    async with movable_clock(town.db.dsn) as clock:
        await clock.set(limit + timedelta(seconds=seconds_after))
        asked = refunds.refund(clock.db, actor=buyer, order_id=order.id, key="k" * 16, wish=NewRefund())
        if may:
            assert (await asked).status == "refunded"
        else:
            with pytest.raises(refunds.NotRefundable):
                await asked
    async with town.db.transaction() as tx:  # what was to be done then is due now
        await tx.execute("UPDATE pgqueuer SET execute_after = now()")


async def test_B15_the_letter_and_the_limit_are_in_the_venues_time_wherever_the_buyer_is(
    town: Town, settings: Settings
) -> None:
    await factories.make_community(town.db, "makai", time_zone=HONOLULU)
    await factories.make_enterprise(town.db, "makai-enterprise", community="makai")
    room = await factories.make_space(town.db, "海边教室", community="makai", enterprise="makai-enterprise")
    buyer = await town.buyer()
    line = town.hour(days=1, at=20, space=room)
    order = await town.buy(buyer, line)
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE orders SET paid_at = paid_at - interval '5 days'")
    starts_at = line.starts_at
    assert starts_at is not None
    wall = starts_at.astimezone(ZoneInfo(HONOLULU))
    shown = order.lines[0]
    assert shown.time_zone == HONOLULU
    stored = await town.value("SELECT refund_until FROM order_lines WHERE order_id = $1", order.id)
    assert starts_at - stored == timedelta(hours=24), "twenty-four hours of real time before the start"
    async with movable_clock(town.db.dsn) as clock:
        await clock.set((wall - timedelta(days=1)).replace(hour=12))
        assert await visits.remind(clock.db, settings=settings) == 1
    body = await town.value("SELECT body FROM messages WHERE dedupe_key LIKE 'reminder:%'")
    assert f"{wall:%H:%M}" in body
    assert f"{starts_at:%H:%M}" not in body
