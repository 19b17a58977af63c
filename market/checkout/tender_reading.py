"""What is shown of tenders, and the order of opened bids.

Service code of the checkout slice, split off by noun. Before the opening nothing of bids is shown to anybody, not even their number."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from market.checkout import tender_queries, tender_rules
from market.checkout.tender_schemas import (
    BidScore,
    Criterion,
    ProtocolBid,
    SealedBid,
    Tender,
    TenderProtocol,
    TenderSpace,
)
from market.communities import service as communities
from market.db import Database, Row
from market.errors import Conflict, NotFound
from market.schemas import Amount


class StillSealed(Conflict):
    """There is no protocol before the opening."""

    slug = "tender-still-sealed"
    title = "Not opened yet"

    def __init__(self) -> None:
        super().__init__("The bids of this tender have not been opened.")


def criteria_of(stored: Sequence[Any]) -> list[tender_rules.Criterion]:
    """From the wire or the database."""
    known = [each if isinstance(each, Criterion) else msgspec.convert(each, Criterion) for each in stored]
    return [tender_rules.Criterion(each.key, each.kind, each.weight_bp, each.most) for each in known]


def counting(bids: Sequence[Row]) -> dict[UUID, tender_rules.Opened]:
    """The opened bids, by id."""
    return {
        bid["id"]: tender_rules.Opened(bid["number"], bid["base_minor"], bid["answers"], bid["points"])
        for bid in bids
        if bid["state"] == "opened"
    }


def ranked(row: Row, bids: Sequence[Row]) -> list[tender_rules.Ranked]:
    """The opened bids by the announced rules, from first to last."""
    return tender_rules.ranking(criteria_of(row["criteria"]), list(counting(bids).values()), tie_rule=row["tie_rule"])


async def tenders(db: Database, *, community: str | None) -> list[Tender]:
    """Of a community and all below it, or everywhere. Raises NotFound."""
    async with db.read() as tx:
        place = (await communities.community_by_slug(tx, community)).id if community else None
        rows = await tender_queries.tenders(tx, community=place)
        bids = await tender_queries.bids_of(tx, [row["id"] for row in rows if row["opened_at"]])
    return [_tender(row, [bid for bid in bids if bid["tender_id"] == row["id"]]) for row in rows]


async def tender(db: Database, *, tender_id: UUID) -> Tender:
    """One tender, with its protocol once it is opened. Raises NotFound."""
    async with db.read() as tx:
        row = await tender_queries.tender(tx, tender_id)
        if row is None:
            raise NotFound("This tender")
        return _tender(row, await tender_queries.bids_of(tx, [tender_id]) if row["opened_at"] else [])


async def protocol(db: Database, *, tender_id: UUID) -> TenderProtocol:
    """All that is needed to open the bids again. Raises StillSealed, NotFound."""
    async with db.read() as tx:
        row = await tender_queries.tender(tx, tender_id)
        if row is None:
            raise NotFound("This tender")
        if row["opened_at"] is None:
            raise StillSealed
        bids = await tender_queries.bids_of(tx, [tender_id])
    return TenderProtocol(
        tender_id,
        public_key=b64encode(row["public_key"]).decode(),
        private_key=b64encode(row["private_key"]).decode(),
        bids=[
            SealedBid(
                bid["number"],
                bid["partner"],
                bid["state"],
                bid["receipt"],
                b64encode(bid["sealed"]).decode() if bid["sealed"] else None,
            )
            for bid in bids
        ],
    )


def _tender(row: Row, bids: Sequence[Row]) -> Tender:
    same = (
        "id", "community", "community_name", "community_name_en", "title", "title_en", "about", "about_en", "bids_until", "first_day",
        "last_day", "share_bp", "rent_free_weeks", "tie_rule", "status", "announced_at", "opened_at", "attended", "decided_at",
        "awarded_bid", "award_reason", "cancel_reason",
    )  # fmt: skip
    scores = {each.number: each for each in ranked(row, bids)}
    announced = row["status"] == "announced"
    return Tender(
        **{name: row[name] for name in same},
        spaces=[
            TenderSpace(
                UUID(each["id"]),
                each["name"],
                each["name_en"],
                each["kind"],
                each["area_dm2"] / 100 if each["area_dm2"] else None,
            )
            for each in row["spaces"]
        ],
        reserve=Amount(row["reserve_minor"], row["currency"]),
        deposit=Amount(row["deposit_minor"], row["currency"]),
        criteria=msgspec.convert(row["criteria"], list[Criterion]),
        is_open_for_bids=announced and row["in_time"],
        may_open=announced and not row["in_time"],
        opened_by=row["opener"],
        bids=[_bid(bid, scores.get(bid["number"]), row["currency"]) for bid in bids],
    )


def _bid(bid: Row, score: tender_rules.Ranked | None, currency: str) -> ProtocolBid:
    same = (
        "id",
        "number",
        "partner",
        "partner_name",
        "partner_name_en",
        "state",
        "receipt",
        "made_at",
        "ended_at",
        "fault",
        "points",
    )
    return ProtocolBid(
        **{name: bid[name] for name in same},
        base=Amount(bid["base_minor"], currency) if bid["base_minor"] is not None else None,
        answers=bid["answers"] or {},
        note=bid["note"] or "",
        score=BidScore(score.place, score.shown, dict(score.parts)) if score else None,
    )
