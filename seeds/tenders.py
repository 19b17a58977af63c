"""Tenders of the town: one decided, with its lease, and one that takes bids (T1)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from market.checkout import tender_awarding, tender_bids, tender_opening, tender_reading, tenders
from market.checkout.tender_schemas import BidPoints, CommitteePoints, Criterion, NewBid, NewTender, TenderAward
from seeds import rooms, timetable
from seeds.clock import Clock

if TYPE_CHECKING:
    from seeds.loader import Town


async def hold(town: "Town", clock: Clock) -> None:
    """Announced when they were; what is decided went through every step on its day."""
    for entry in rooms.read()["tender"]:
        announced = town.weeks_ago(entry["weeks_ago"])
        closing = announced.astimezone(timetable.ZONE).replace(hour=17, minute=0, second=0, microsecond=0)
        until = closing + timedelta(days=entry["bids_days"])
        await clock.set(announced)
        tender_id = await _announce(town, clock, entry, until)
        for number, bid in enumerate(entry["bid"], start=1):
            await clock.set(announced + timedelta(hours=9 * number))
            await _bid(town, clock, tender_id, bid)
        if "attended" in entry:
            await clock.set(until + timedelta(hours=1))
            await _decide(town, clock, tender_id, entry)


async def _announce(town: "Town", clock: Clock, entry: dict[str, Any], until: datetime) -> UUID:
    first = until.astimezone(timetable.ZONE).date() + timedelta(days=entry["begins_after"])
    same = ("title", "title_en", "about", "about_en", "share_bp", "rent_free_weeks")
    new = NewTender(
        **{name: entry[name] for name in same},
        spaces=[town.spaces[key] for key in entry["spaces"]],
        bids_until=until,
        first_day=first,
        last_day=first + timedelta(days=entry["days"] - 1),
        reserve_minor=rooms.minor(entry["reserve"]),
        deposit_minor=rooms.minor(entry["deposit"]),
        criteria=msgspec.convert(entry["criteria"], list[Criterion]),
    )
    director = town.actors["director@demo.test"]
    return await tenders.announce(
        clock.db, actor=director, settings=town.parts.settings, community=entry["community"], new=new
    )


async def _bid(town: "Town", clock: Clock, tender_id: UUID, bid: dict[str, Any]) -> None:
    actor, settings = town.owners[bid["by"]], town.parts.settings
    new = NewBid(
        partner=bid["by"], base_minor=rooms.minor(bid["base"]), answers=bid["answers"], note=bid.get("note", "")
    )
    await tender_bids.place(clock.db, actor=actor, settings=settings, tender_id=tender_id, new=new)
    if bid.get("withdrawn"):
        await tender_bids.withdraw(clock.db, actor=actor, settings=settings, tender_id=tender_id, partner=bid["by"])


async def _decide(town: "Town", clock: Clock, tender_id: UUID, entry: dict[str, Any]) -> None:
    director = town.actors["director@demo.test"]
    await tender_opening.open_bids(
        clock.db, actor=director, settings=town.parts.settings, tender_id=tender_id, attended=entry["attended"]
    )
    opened = await tender_reading.tender(clock.db, tender_id=tender_id)
    given = {bid["by"]: bid["points"] for bid in entry["bid"] if "points" in bid}
    points = [
        BidPoints(bid.id, key, value) for bid in opened.bids if bid.score for key, value in given[bid.partner].items()
    ]
    await tender_opening.give_points(clock.db, actor=director, tender_id=tender_id, new=CommitteePoints(points))
    scored = await tender_reading.tender(clock.db, tender_id=tender_id)
    first = next(bid for bid in scored.bids if bid.score and bid.score.place == 1)
    await tender_awarding.award(clock.db, actor=director, tender_id=tender_id, new=TenderAward(first.id))
