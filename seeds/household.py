"""What the demo's resident has of her own: a few weeks of her life in the neighbourhood, something for tomorrow, and her mother."""

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from market.checkout import service as checkout
from market.checkout import settlement, vouchers
from market.checkout.place_schemas import Guest
from market.checkout.schemas import DeskPayment, Line, NewOrder, Order
from market.listings import reviews
from market.people import family
from market.people.rules import Actor
from market.spaces.service import SlotTaken
from seeds import timetable
from seeds.clock import Clock

if TYPE_CHECKING:
    from seeds.loader import Town

# So many days ago she went to a class at home or ate at the canteen of the next community; the newest she has not rated yet.
VISITS = ((33, "class"), (24, "meal"), (12, "class"), (5, "meal"), (1, "class"))
LOVED = ("老师讲得清楚，腰好多了。", "菜很清淡，妈妈也爱吃。", "每周都来。", "准时，干净。")


async def play(town: "Town", clock: Clock) -> None:
    """Played in order on the movable clock, like the neighbours' weeks."""
    lin, mother = town.actors["resident@demo.test"], town.actors["elder@demo.test"]
    for number, (days, kind) in enumerate(VISITS):
        place = "baihe" if kind == "meal" else "liuyuan"
        row = await _offer(clock, community=place, kind=kind, low=-days - 1, high=-days + 1)
        if row is None:
            continue
        await clock.set(row["starts_at"] - timedelta(days=2))
        order = await buy(town, clock, lin, Line(offer_id=row["id"]), key=f"seed-lin-{number}")
        await clock.set(row["starts_at"])
        await vouchers.redeem(clock.db, actor=town.owners[row["partner"]], code=order.vouchers[0].code)
        if days > 1:
            await clock.set(row["starts_at"] + timedelta(hours=5))
            await reviews.write_review(
                clock.db, actor=lin, listing_id=row["listing_id"], stars=5 - number % 2, text=LOVED[number]
            )
    await clock.set(town.now - timedelta(days=3))
    link = await family.invite(clock.db, settings=town.parts.settings, actor=lin, login="elder@demo.test", name="妈妈")
    await family.decide(clock.db, actor=mother, link_id=link, accepted=True)
    await _practise_every_week(town, clock, lin)
    for number, (community, guest) in enumerate((("liuyuan", None), ("baihe", Guest("妈妈", link_id=link)))):
        row = await _offer(clock, community=community, kind="class" if guest is None else "meal", low=1, high=3)
        if row is not None:
            await buy(town, clock, lin, Line(offer_id=row["id"]), key=f"seed-lin-next-{number}", guest=guest)


async def _practise_every_week(town: "Town", clock: Clock, lin: Actor) -> None:
    """She has the yoga room for an hour every week, as far as it is free."""
    day = (town.now + timedelta(days=9)).astimezone(timetable.ZONE)
    starts_at = day.replace(hour=15, minute=0, second=0, microsecond=0)
    line = Line(
        space_id=town.spaces["ly-yoga"],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        attendees=4,
        repeat="FREQ=WEEKLY;COUNT=6",
        dates="free",
    )
    with contextlib.suppress(SlotTaken):  # none of the six is free
        await buy(town, clock, lin, line, key="seed-lin-series")


async def _offer(clock: Clock, *, community: str, kind: str, low: float, high: float) -> Any:
    """The first offer with room that starts so many days from the town's present."""
    async with clock.db.read() as connection:
        return await connection.fetchrow(
            "SELECT o.id, o.starts_at, l.id AS listing_id, p.slug AS partner FROM offers o JOIN listings l ON l.id = o.listing_id "
            "JOIN partners p ON p.id = l.partner_id JOIN communities c ON c.id = l.community_id WHERE c.slug = $1 AND l.kind = $2 "
            "AND l.eligibility_group IS NULL AND o.taken < o.capacity AND o.status = 'open' "
            "AND o.starts_at BETWEEN pg_catalog.now() + make_interval(secs => $3 * 86400) "
            "AND pg_catalog.now() + make_interval(secs => $4 * 86400) "
            "ORDER BY o.starts_at, o.id LIMIT 1",
            community,
            kind,
            float(low),
            float(high),
        )


async def buy(town: "Town", clock: Clock, buyer: Actor, line: Line, *, key: str, guest: Guest | None = None) -> Order:
    """Ordered and paid at the desk."""
    order = await checkout.place_order(
        clock.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=buyer, key=key,
        wish=NewOrder(lines=[line], pay_by="desk", guest=guest),
    )  # fmt: skip
    if order.status == "awaiting_payment":
        order = await settlement.record_desk_payment(
            clock.db,
            actor=town.actors["clerk@demo.test"],
            order_id=order.id,
            key=key,
            payment=DeskPayment(amount=order.payable.amount),
        )
    return order
