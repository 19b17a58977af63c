"""What neighbours miss and look for: the board, asked, supported, taken and answered the way people do it; counted and kept searches."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from market.needs import saved
from market.needs import service as needs
from market.needs.schemas import NeedClosing, NeedOffer, NewNeed, NewSavedSearch
from market.search import service as search
from market.search import statistics
from market.search.parameters import read_query
from market.search.understanding import understand
from seeds.clock import Clock

if TYPE_CHECKING:
    from seeds.loader import Town


async def post(town: "Town", clock: Clock) -> None:
    """Everything of needs.toml, oldest first."""
    rows = tomllib.loads((Path(__file__).parent / "needs.toml").read_text(encoding="utf-8"))["need"]
    for row in sorted(rows, key=lambda each: -each["weeks_ago"]):
        await _one(town, clock, row)


async def search_for(town: "Town") -> None:
    """Everything of searches.toml, over the last three weeks; needs the index."""
    data = tomllib.loads((Path(__file__).parent / "searches.toml").read_text(encoding="utf-8"))
    parts, today = town.parts, search.today().date()
    lexicon = await parts.vocabulary.lexicon(parts.db)
    for row in data["search"]:
        query = understand(read_query({"q": row["q"], "facets": "kind"}, today=today), lexicon).query
        hits, _ = await search.ask(parts.engine, query)
        for number in range(row["neighbours"]):
            source = statistics.Source(f"10.1.0.{number}", parts.settings.secret_key.get_secret_value())
            day = today - timedelta(days=number * 5 % 21)
            await statistics.note_search(parts.db, text=row["q"], total=hits.total, source=source, day=day)
            if number < len(row["chosen"]):
                position = row["chosen"][number]
                await statistics.note_click(parts.db, text=row["q"], position=position, source=source, day=day)
    for row in data["kept"]:
        await saved.keep(
            parts.db, engine=parts.engine, vocabulary=parts.vocabulary, person_id=town.actors[row["who"]].person_id,
            new=NewSavedSearch(q=row["q"], community=row["community"]),
        )  # fmt: skip


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
