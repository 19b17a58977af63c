"""What the town's funds were spent on: requests, consents, payments and outcomes, played on the movable clock."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from market.funds import closes, donations, gifts, plans, questions, reading, spending, spending_payment
from market.funds.close_schemas import NewCost
from market.funds.gift_schemas import NewCampaign, NewGoods
from market.funds.plan_schemas import NewPlan, PlanAmount, PlanDecision
from market.funds.schemas import NewAnswer, NewDonation, NewQuestion
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
    if "changed" in request:
        await clock.set(moment + timedelta(hours=8))
        await spending.change(
            clock.db, actor=clerk, request_id=request_id, new=_spending({**request, **request["changed"]})
        )
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


async def ask(town: "Town", clock: Clock) -> None:
    """Neighbours ask about entries of the days before: one answered, one waiting, one overdue."""
    from seeds.loader import read

    for question in read("spending")["question"]:
        moment = town.now - timedelta(days=question["days_ago"])
        await clock.set(moment)
        rows, _ = await reading.entries_page(
            clock.db, key=question["fund"], since=None, until=(moment - timedelta(days=1)).astimezone(ZONE).date(),
            kind=question["kind"], cursor=None,
        )  # fmt: skip
        new = NewQuestion(rows[0]["id"], question["text"])
        made = await questions.ask(clock.db, actor=town.neighbours[question["by"]][0], key=question["fund"], new=new)
        if "answer" in question:
            await clock.set(town.now - timedelta(days=question["days_ago"] - 3))
            await questions.answer(
                clock.db, actor=town.actors["clerk@demo.test"], settings=town.parts.settings, question_id=made["id"],
                new=NewAnswer(question["answer"]),
            )  # fmt: skip


async def plan(town: "Town", clock: Clock) -> None:
    """What the funds mean to spend this year, entered by the clerk and most of it confirmed by the director."""
    from seeds.loader import minor, read

    year = town.now.astimezone(ZONE).year
    for each in read("spending")["plan"]:
        await clock.set(town.weeks_ago(5))
        lines = [PlanAmount(purpose, minor(amount)) for purpose, amount in each["lines"]]
        new = NewPlan(year, lines, each["note"])
        made = await plans.enter(clock.db, actor=town.actors["clerk@demo.test"], key=each["fund"], new=new)
        if each.get("confirmed"):
            await plans.decide(
                clock.db,
                actor=town.actors["director@demo.test"],
                plan_id=made["id"],
                decision=PlanDecision(approve=True),
            )


async def campaign(town: "Town", clock: Clock) -> None:
    """Calls for gifts, and what was given to them so far."""
    from seeds.loader import minor, read

    clerk = town.actors["clerk@demo.test"]
    for each in read("spending")["campaign"]:
        await clock.set(town.weeks_ago(each["weeks_ago"]))
        ends_on = (town.now + timedelta(days=each["ends_in_days"])).astimezone(ZONE).date()
        facts = {name: each[name] for name in ("title", "title_en", "about", "purpose")}
        new = NewCampaign(goal=minor(each["goal"]), ends_on=ends_on, **facts)
        made = await gifts.start_campaign(clock.db, actor=town.actors["director@demo.test"], key=each["fund"], new=new)
        for number, (kind, amount, label, days_ago) in enumerate(each["gifts"]):
            await clock.set(town.now - timedelta(days=days_ago))
            await donations.record(
                clock.db, actor=clerk, key=each["fund"], idempotency_key=f"seed-gift-{number}",
                new=NewDonation(minor(amount), label, kind=kind, campaign_id=made["id"]),
            )  # fmt: skip
        for number, (label, value, valuation, days_ago) in enumerate(each["goods"]):
            await clock.set(town.now - timedelta(days=days_ago))
            await gifts.record_goods(
                clock.db, actor=clerk, key=each["fund"], idempotency_key=f"seed-goods-{number}",
                new=NewGoods(minor(value), label, valuation, campaign_id=made["id"]),
            )  # fmt: skip


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

    if request.get("kind") == "release":
        return NewRelease(minor(request["amount"]), request["title"], request.get("about", ""))
    return _spending(request)


def _spending(request: dict[str, Any]) -> NewSpending:
    from seeds.loader import minor

    return NewSpending(
        title=request["title"],
        purpose=request["purpose"],
        amount=minor(request["amount"]),
        payee_name=request["payee"],
        about=request.get("about", ""),
        payee_account=request.get("account", ""),
        quotes=[SpendingQuote(vendor, minor(price)) for vendor, price in request.get("quotes", [])],
        is_relief=request.get("relief", False),
    )
