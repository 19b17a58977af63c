"""What waits about rooms at the end of the town's past: requests that staff have to agree to, and people for a time that is taken."""

import contextlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from market.checkout import approvals
from market.checkout import service as checkout
from market.checkout.approval_schemas import Decision
from market.checkout.schemas import Line, NewOrder, Order
from market.db import Database
from market.people.rules import Actor
from market.spaces import register, waiting
from market.spaces.schemas import ChangedSpace
from market.spaces.service import SlotTaken
from market.spaces.wait_schemas import NewWait
from seeds import timetable

if TYPE_CHECKING:
    from seeds.loader import Town

ASKED_FIRST = "ly-hall-east"
WANTED = "bh-choir"
PURPOSES = (
    "三号楼加装电梯居民说明会，约二十人",
    "退休教师书画小组结业展，展品自带画架",
    "社区合唱队排练",
    "卖保健品的讲座",
)


async def wait(town: "Town", db: Database) -> None:
    """Two requests for the hall's east room wait, one was granted, one refused; two people wait for a time of the choir hall."""
    clerk = town.actors["clerk@demo.test"]
    changed = ChangedSpace(needs_approval=True, approval_hours=48)
    await register.change_space(db, actor=clerk, space_id=town.spaces[ASKED_FIRST], changed=changed)
    askers = [town.actors["resident@demo.test"], *town.neighbours["liuyuan"]]
    orders = [
        await _ask(town, db, askers[number], days=6 + number, purpose=purpose)
        for number, purpose in enumerate(PURPOSES)
    ]
    span = await _booked(town, db)
    for person in askers[:2]:
        await waiting.join(db, actor=person, space_id=town.spaces[WANTED], new=NewWait(*span, 4))
    await approvals.decide(
        db, actor=clerk, order_id=orders[-2].id, decision=Decision("approved", "欢迎，请八点半前离场。")
    )
    refused = Decision("refused", "社区场地不能办产品推销，欢迎改办健康知识讲座。")
    await approvals.decide(db, actor=clerk, order_id=orders[-1].id, decision=refused)


async def _booked(town: "Town", db: Database) -> tuple[datetime, datetime]:
    """A neighbour has the choir hall of the next community at a time that others want too."""
    day = (town.now + timedelta(days=3)).astimezone(timetable.ZONE)
    starts_at = day.replace(hour=12, minute=0, second=0, microsecond=0)
    ends_at = starts_at + timedelta(hours=2)
    line = Line(space_id=town.spaces[WANTED], starts_at=starts_at, ends_at=ends_at, attendees=12)
    with contextlib.suppress(SlotTaken):
        await checkout.place_order(
            db, gateway=town.parts.gateway, settings=town.parts.settings, actor=town.neighbours["baihe"][-1],
            key="seed-wanted-by-many", wish=NewOrder(lines=[line], pay_by="desk"),
        )  # fmt: skip
    return starts_at, ends_at


async def _ask(town: "Town", db: Database, buyer: Actor, *, days: int, purpose: str) -> Order:
    day = (town.now + timedelta(days=days)).astimezone(timetable.ZONE)
    starts_at = day.replace(hour=15, minute=0, second=0, microsecond=0)
    line = Line(
        space_id=town.spaces[ASKED_FIRST], starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), attendees=12
    )
    return await checkout.place_order(
        db, gateway=town.parts.gateway, settings=town.parts.settings, actor=buyer, key=f"seed-ask-{days:04d}",
        wish=NewOrder(lines=[line], pay_by="desk", purpose=purpose),
    )  # fmt: skip
