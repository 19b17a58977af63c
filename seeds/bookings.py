"""What waits about rooms at the end of the town's past: requests that staff have to agree to."""

from datetime import timedelta
from typing import TYPE_CHECKING

from market.checkout import approvals
from market.checkout import service as checkout
from market.checkout.approval_schemas import Decision
from market.checkout.schemas import Line, NewOrder, Order
from market.db import Database
from market.people.rules import Actor
from market.spaces import register
from market.spaces.schemas import ChangedSpace
from seeds import timetable

if TYPE_CHECKING:
    from seeds.loader import Town

ASKED_FIRST = "ly-hall-east"
PURPOSES = ("三号楼加装电梯居民说明会，约二十人", "退休教师书画小组结业展，展品自带画架", "卖保健品的讲座")


async def wait(town: "Town", db: Database) -> None:
    """Two requests for the hall's east room wait, and one was refused."""
    clerk = town.actors["clerk@demo.test"]
    changed = ChangedSpace(needs_approval=True, approval_hours=48)
    await register.change_space(db, actor=clerk, space_id=town.spaces[ASKED_FIRST], changed=changed)
    askers = [town.actors["resident@demo.test"], *town.neighbours["liuyuan"]]
    orders = [
        await _ask(town, db, askers[number], days=6 + number, purpose=purpose)
        for number, purpose in enumerate(PURPOSES)
    ]
    refused = Decision("refused", "社区场地不能办产品推销，欢迎改办健康知识讲座。")
    await approvals.decide(db, actor=clerk, order_id=orders[-1].id, decision=refused)


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
