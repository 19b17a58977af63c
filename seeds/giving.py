"""Gifts on the site in the demo town: towards the campaign, and by its resident."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from market.checkout import donations, holds, settlement, standing_gifts
from market.checkout.donation_schemas import NewOnlineGift
from market.checkout.standing_schemas import NewStandingGift
from market.payments.sandbox import payments as sandbox
from market.payments.sandbox.in_process import sandbox_transport
from market.payments.stripe import make_gateway
from market.people.rules import Actor
from seeds.clock import Clock
from seeds.timetable import ZONE

if TYPE_CHECKING:
    from seeds.loader import Town

# Days ago, which neighbour of 溪桥, yuan, named or not, what they say; together four hundred yuan for the campaign.
TO_CAMPAIGN = (
    (13, 0, 100, True, "祝老人们上下楼平平安安。"),
    (9, 1, 200, False, "我妈妈也住五楼。"),
    (4, 2, 100, False, ""),
)


async def play(town: "Town", clock: Clock) -> None:
    """Paid by card at the sandbox, asked about as the reconciler does."""
    settings = town.parts.settings
    gateway = make_gateway(settings, transport=sandbox_transport(clock.db, settings))
    async with clock.db.read() as connection:
        campaign = await connection.fetchval("SELECT id FROM campaigns ORDER BY created_at LIMIT 1")
    neighbours = town.neighbours["xiqiao"]
    for days, number, yuan, is_named, message in TO_CAMPAIGN:
        await clock.set(town.now - timedelta(days=days))
        wish = NewOnlineGift(yuan * 100, campaign_id=campaign, is_named=is_named, message=message)
        await _give(town, clock, gateway, neighbours[number % len(neighbours)], "xiqiao-charity", wish)
    await clock.set(town.now - timedelta(days=2))
    wish = NewOnlineGift(2000, message="谢谢社区的课。")
    await _give(town, clock, gateway, town.actors["resident@demo.test"], "liuyuan-charity", wish)
    await gateway.aclose()
    await _every_month(town, clock)


async def _every_month(town: "Town", clock: Clock) -> None:
    """Twenty yuan of the resident, every month since the last; that one was missed, the newest waits for her."""
    resident = town.actors["resident@demo.test"]
    today = town.now.astimezone(ZONE)
    day = min(today.day, 28)
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    await clock.set(first.replace(hour=9))
    new = NewStandingGift(2000, day, purpose="助老")
    await standing_gifts.start(clock.db, actor=resident, fund="liuyuan-charity", key="seed-monthly", new=new)
    for due in (first.replace(day=day, hour=9), town.now):
        await clock.set(due)
        await standing_gifts.ask_due(clock.db, settings=town.parts.settings, from_hour=0)
        if due != town.now:
            await clock.set(due + timedelta(days=8))
            await holds.expire_holds(clock.db, gateway=town.parts.gateway)


async def _give(town: "Town", clock: Clock, gateway: Any, giver: Actor, fund: str, wish: NewOnlineGift) -> None:
    order = await donations.give(
        clock.db, gateway=gateway, settings=town.parts.settings, actor=giver, fund=fund, key=f"seed-give-{fund}-{wish.amount}", wish=wish,
    )  # fmt: skip
    await sandbox.choose(clock.db, (order.checkout_url or "").rsplit("/", 1)[1], "paid")
    async with clock.db.read() as connection:
        paid_at = await connection.fetchval("SELECT now() + interval '1 minute'")
    await clock.set(paid_at)
    await settlement.reconcile(clock.db, gateway=gateway)
