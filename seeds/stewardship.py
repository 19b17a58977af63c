"""What the town's funds were spent on: requests, consents, payments and outcomes, played on the movable clock."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from market.funds import closes, spending, spending_payment
from market.funds.close_schemas import NewCost
from market.funds.spending_schemas import NewOutcome, NewPayment, NewRelease, NewSpending, SpendingQuote
from market.people.rules import Actor
from seeds import pictures
from seeds.clock import Clock
from seeds.timetable import ZONE

if TYPE_CHECKING:
    from seeds.loader import Town

PAID = frozenset({"paid", "settled"})


async def play(town: "Town", clock: Clock) -> None:
    """Everything of spending.toml, oldest first."""
    from seeds.loader import read

    data = read("spending")
    for number, request in enumerate(sorted(data["request"], key=lambda each: -each["weeks_ago"])):
        await _play_one(town, clock, request, key=f"seed-spending-{number}")
    relief = data["relief"]
    for number, family in enumerate(relief["families"]):
        facts = {
            **relief,
            "title": "临时救助",
            "payee": family,
            "relief": True,
            "by": ["director@demo.test"],
            "until": "paid",
        }
        facts["weeks_ago"] = relief["weeks_ago"] - number * 0.1
        await _play_one(town, clock, facts, key=f"seed-relief-{number}")


async def _play_one(town: "Town", clock: Clock, request: dict[str, Any], *, key: str) -> None:
    clerk = town.actors["clerk@demo.test"]
    moment = town.weeks_ago(request["weeks_ago"])
    await clock.set(moment)
    case = await spending.create(clock.db, actor=clerk, key=request["fund"], idempotency_key=key, new=_new(request))
    request_id: UUID = case.row["id"]
    for hours, login in enumerate(request["by"], 1):
        await clock.set(moment + timedelta(hours=3 * hours))
        await spending.decide(clock.db, actor=town.actors[login], request_id=request_id, verdict="approve", note="")
    await _end(town, clock, request, request_id, clerk)


async def _end(town: "Town", clock: Clock, request: dict[str, Any], request_id: UUID, clerk: Actor) -> None:
    from seeds.loader import PASSWORD

    until, director = request["until"], town.actors["director@demo.test"]
    await clock.set(town.weeks_ago(request["weeks_ago"]) + timedelta(hours=9))
    if until == "refused":
        await spending.decide(clock.db, actor=director, request_id=request_id, verdict="refuse", note=request["note"])
    elif until == "withdrawn":
        await spending.withdraw(clock.db, actor=clerk, request_id=request_id)
    elif until in PAID:
        await spending_payment.pay(
            clock.db,
            actor=director,
            request_id=request_id,
            new=NewPayment(PASSWORD, "bank", f"回单 {request_id.hex[-6:]}"),
        )
    if until == "settled":
        await clock.set(town.weeks_ago(request["weeks_ago"]) + timedelta(days=3))
        new = NewOutcome(request["outcome"], request["people_helped"])
        await spending_payment.record_outcome(clock.db, actor=clerk, request_id=request_id, new=new)
        if "picture" in request:
            data = await asyncio.to_thread(pictures.picture, request["picture"], 3)
            await spending_payment.add_paper(
                clock.db,
                settings=town.parts.settings,
                actor=clerk,
                request_id=request_id,
                paper="picture",
                data=data,
                alt=request["title"],
            )


async def close_books(town: "Town", clock: Clock) -> None:
    """Last month's closes, one by each scheme. Nothing may be dated into that month afterwards, so they come last."""
    from seeds.loader import PASSWORD, minor, read

    clerk = town.actors["clerk@demo.test"]
    today = town.now.astimezone(ZONE)
    last = today.replace(day=1) - timedelta(days=1)
    await clock.set(min(town.now, today.replace(day=1, hour=10) + timedelta(days=4)))
    for close in read("spending")["close"]:
        for number, (amount, label) in enumerate(close["costs"]):
            new = NewCost(minor(amount), label, last.date())
            key = f"seed-cost-{close['enterprise']}-{number}"
            await closes.record_cost(
                clock.db, actor=clerk, enterprise=close["enterprise"], idempotency_key=key, new=new
            )
        made = await closes.prepare(clock.db, actor=clerk, community=close["community"], month=last.strftime("%Y-%m"))
        await closes.sign(clock.db, actor=town.actors[close["signer"]], close_id=made["id"], password=PASSWORD)


def _new(request: dict[str, Any]) -> NewSpending | NewRelease:
    from seeds.loader import minor

    amount, title, about = minor(request["amount"]), request["title"], request.get("about", "")
    if request.get("kind") == "release":
        return NewRelease(amount, title, about)
    return NewSpending(
        title=title,
        purpose=request["purpose"],
        amount=amount,
        payee_name=request["payee"],
        about=about,
        payee_account=request.get("account", ""),
        quotes=[SpendingQuote(vendor, minor(price)) for vendor, price in request.get("quotes", [])],
        is_relief=request.get("relief", False),
    )
