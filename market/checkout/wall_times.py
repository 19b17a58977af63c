"""Bookings and sessions follow the clock of their place when the rules of its zone change (B14).

Service code of the checkout slice, split off by noun. What the clock showed is stored with the moment (migration 0057). Where the right
moment is taken by somebody else, nothing moves and a case names the clash: people have to agree."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from market.checkout import cases, wall_queries
from market.db import Connection, Database, Row
from market.errors import Conflict
from market.money import Money
from market.search import service as search
from market.spaces import service as spaces
from market.text import when

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Followed:
    moved: int
    clashes: int


async def follow_clocks(db: Database) -> Followed:
    """Move all that lies ahead to the moment at which the clock of its place shows what was promised. Again it changes nothing."""
    async with db.read() as tx:
        drifted = [*await wall_queries.drifted_groups(tx), *await wall_queries.drifted_offers(tx)]
    moved = clashes = 0
    for row in drifted:
        try:
            await db.retrying(partial(_follow, row=row))
            moved += 1
        except Conflict:
            clashes += 1
            async with db.transaction() as tx:
                await _tell_clash(tx, row)
    if drifted:
        log.warning("clocks_followed", moved=moved, clashes=clashes)
    return Followed(moved, clashes)


async def _follow(tx: Connection, *, row: Row) -> None:
    times: dict[str, Any] = {"starts_at": row["new_starts_at"], "ends_at": row["new_ends_at"]}
    group_id: UUID | None = row.get("group_id")
    if group_id is not None:
        await spaces.shift(tx, group_id=group_id, **times)
    offers = await wall_queries.update_offers(tx, group_id=group_id, offer_id=row.get("id"), **times)
    await wall_queries.update_lines(tx, group_id=group_id, offer_ids=[each["id"] for each in offers], **times)
    for listing_id in sorted({each["listing_id"] for each in offers}):
        await search.note_change(tx, kind="service", id=listing_id)


async def _tell_clash(tx: Connection, row: Row) -> None:
    """What is promised when, and when it stays instead: people have to find both on their calendar."""
    what = row.get("group_id") or row["id"]
    zone = row["time_zone"]
    promised = row["new_starts_at"], row["new_ends_at"], zone
    stays = row["starts_at"], row["ends_at"], zone
    await cases.open_case(
        tx,
        key=f"clock_clash:{what}:{row['new_starts_at'].isoformat()}",
        kind="clock_clash",
        amount=Money(0, row["currency"]),
        community_id=row["community_id"],
        order_id=row["order_id"],
        facts={
            "what": str(what),
            "day": row["new_starts_at"].astimezone(ZoneInfo(zone)).date().isoformat(),
            "title": row["title"],
            "title_en": row["title_en"] or row["title"],
            "promised": when(*promised, locale="zh-CN"),
            "promised_en": when(*promised, locale="en"),
            "stays": when(*stays, locale="zh-CN"),
            "stays_en": when(*stays, locale="en"),
        },
    )
