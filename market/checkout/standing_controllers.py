"""HTTP of monthly gifts: started, looked at and stopped by their giver."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.checkout import standing_gifts
from market.checkout.keys import Key
from market.checkout.standing_rules import next_due, state_of
from market.checkout.standing_schemas import MyStandingGifts, NewStandingGift, StandingGift, StandingMonth
from market.db import Database, Row
from market.people.rules import Actor
from market.schemas import Amount

SAME = ("id", "fund", "fund_name", "fund_name_en", "purpose", "is_named", "day", "starts_on", "ends_on", "status")


def _standing(row: Row, months: list[Row]) -> StandingGift:
    on = next_due(
        row["today"], day=row["day"], starts_on=row["starts_on"], ends_on=row["ends_on"], is_asked=row["is_asked"]
    )
    facts: dict[str, Any] = {name: row[name] for name in SAME}
    return StandingGift(
        **facts,
        amount=Amount(row["amount_minor"], row["currency"]),
        next_on=on if row["status"] == "active" else None,
        months=[
            StandingMonth(
                each["month"], each["order_id"], state_of(each["status"], is_paid=each["paid_at"] is not None)
            )
            for each in months
        ],
    )


@get("/api/me/standing-gifts", operation_id="list_my_standing_gifts", summary="My monthly gifts")
async def list_my_standing_gifts(db: NamedDependency[Database], actor: NamedDependency[Actor]) -> MyStandingGifts:
    """With what became of each month."""
    rows, months = await standing_gifts.mine(db, actor=actor)
    return MyStandingGifts([_standing(row, months.get(row["id"], [])) for row in rows])


@post("/api/funds/{fund:str}/standing-gifts", operation_id="start_standing_gift", summary="Give to a fund every month",
      status_code=201)  # fmt: skip
async def start_standing_gift(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    fund: FromPath[str],
    data: JSONBody[NewStandingGift],
    key: Key,
) -> MyStandingGifts:
    """Nothing is charged: each month a letter asks for it, with the way to pay. Answers with all of mine."""
    await standing_gifts.start(db, actor=actor, fund=fund, key=key, new=data)
    shown: MyStandingGifts = await list_my_standing_gifts.fn(db, actor)
    return shown


@post("/api/standing-gifts/{standing_id:uuid}/stop", operation_id="stop_standing_gift", summary="Stop my monthly gift",
      status_code=200)  # fmt: skip
async def stop_standing_gift(
    db: NamedDependency[Database], actor: NamedDependency[Actor], standing_id: FromPath[UUID]
) -> MyStandingGifts:
    """At once; what was given stays given."""
    await standing_gifts.stop(db, actor=actor, standing_id=standing_id)
    shown: MyStandingGifts = await list_my_standing_gifts.fn(db, actor)
    return shown


handlers: list[Any] = [list_my_standing_gifts, start_standing_gift, stop_standing_gift]
