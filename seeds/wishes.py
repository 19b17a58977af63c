"""The board of what neighbours miss: asked, supported, taken and answered the way people do it."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from market.needs import service as needs
from market.needs.schemas import NeedClosing, NeedOffer, NewNeed
from seeds.clock import Clock

if TYPE_CHECKING:
    from seeds.loader import Town


async def post(town: "Town", clock: Clock) -> None:
    """Everything of needs.toml, oldest first."""
    rows = tomllib.loads((Path(__file__).parent / "needs.toml").read_text(encoding="utf-8"))["need"]
    for row in sorted(rows, key=lambda each: -each["weeks_ago"]):
        await _one(town, clock, row)


async def _one(town: "Town", clock: Clock, row: dict[str, Any]) -> None:
    neighbours = town.neighbours[row["community"]]
    clerk = town.actors["clerk@demo.test"]
    asked_at = town.weeks_ago(row["weeks_ago"])
    author = neighbours[row["by"] - 1] if row["by"] else clerk
    await clock.set(asked_at)
    new = NewNeed(
        community=row["community"],
        title=row["title"],
        about=row["about"],
        category=row["category"],
        for_community=row["by"] == 0,
    )
    need_id = (await needs.ask(clock.db, actor=author, new=new))["id"]
    await clock.set(asked_at + timedelta(days=1))
    for neighbour in [each for each in neighbours if each is not author][: row["supports"]]:
        await needs.support(clock.db, actor=neighbour, need_id=need_id, on=True)
    partner = row.get("taken") or row.get("offered")
    if partner:
        await clock.set(asked_at + timedelta(days=2))
        answer = town.listings[row["answer"]] if "answer" in row else None
        offer = NeedOffer(partner=partner, note=row["note"], listing_id=answer)
        await needs.offer(clock.db, actor=town.owners[partner], need_id=need_id, new=offer)
    if "closed" in row:
        await clock.set(asked_at + timedelta(days=9))
        await needs.close(clock.db, actor=clerk, need_id=need_id, new=NeedClosing(row["closed"], row["closing"]))
