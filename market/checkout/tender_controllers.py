"""HTTP of tenders."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from market.checkout import tender_awarding, tender_bids, tender_opening, tender_reading, tenders
from market.checkout.tender_schemas import (
    BidWithdrawal,
    CommitteePoints,
    NewBid,
    NewTender,
    OwnBid,
    Tender,
    TenderAward,
    TenderCancellation,
    TenderOpening,
    TenderProtocol,
)
from market.db import Database, Row
from market.people.rules import Actor
from market.schemas import Done, Page
from market.settings import Settings


def _own(row: Row) -> OwnBid:
    return OwnBid(**dict(row))


@get("/api/tenders", operation_id="list_tenders", summary="Assets to be let by tender, and how tenders ended")
async def list_tenders(db: NamedDependency[Database], community: FromQuery[str | None] = None) -> Page[Tender]:
    """Those that take bids first."""
    return Page(await tender_reading.tenders(db, community=community))


@get("/api/tenders/{tender_id:uuid}", operation_id="get_tender", summary="A tender with its rules and its protocol")
async def get_tender(db: NamedDependency[Database], tender_id: FromPath[UUID]) -> Tender:
    """Nothing of bids before the opening."""
    return await tender_reading.tender(db, tender_id=tender_id)


@get(
    "/api/tenders/{tender_id:uuid}/protocol.json",
    operation_id="get_tender_protocol",
    summary="Keys and sealed bids, to open them again",
)
async def get_tender_protocol(db: NamedDependency[Database], tender_id: FromPath[UUID]) -> TenderProtocol:
    """409 before the opening."""
    return await tender_reading.protocol(db, tender_id=tender_id)


@post("/api/communities/{community:str}/tenders", operation_id="announce_tender", summary="Announce assets to be let")
async def announce_tender(
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    data: JSONBody[NewTender],
) -> Tender:
    """By who leads the community; its terms never change afterwards."""
    tender_id = await tenders.announce(db, actor=actor, settings=settings, community=community, new=data)
    return await tender_reading.tender(db, tender_id=tender_id)


@post("/api/tenders/{tender_id:uuid}/opening", operation_id="open_tender", summary="Open all bids in public")
async def open_tender(
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    tender_id: FromPath[UUID],
    data: JSONBody[TenderOpening],
) -> Tender:
    """By who leads the community; 409 before the deadline."""
    await tender_opening.open_bids(db, actor=actor, settings=settings, tender_id=tender_id, attended=data.attended)
    return await tender_reading.tender(db, tender_id=tender_id)


@post("/api/tenders/{tender_id:uuid}/points", operation_id="score_tender", summary="Points that the committee gives")
async def score_tender(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    tender_id: FromPath[UUID],
    data: JSONBody[CommitteePoints],
) -> Tender:
    """By who leads the community, until the award."""
    await tender_opening.give_points(db, actor=actor, tender_id=tender_id, new=data)
    return await tender_reading.tender(db, tender_id=tender_id)


@post("/api/tenders/{tender_id:uuid}/award", operation_id="award_tender", summary="Give the assets to a bidder")
async def award_tender(
    db: NamedDependency[Database], actor: NamedDependency[Actor], tender_id: FromPath[UUID], data: JSONBody[TenderAward]
) -> Tender:
    """By who leads the community; makes the leases, or 409 when something takes a space."""
    await tender_awarding.award(db, actor=actor, tender_id=tender_id, new=data)
    return await tender_reading.tender(db, tender_id=tender_id)


@post("/api/tenders/{tender_id:uuid}/cancellation", operation_id="cancel_tender", summary="Call a tender off")
async def cancel_tender(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    tender_id: FromPath[UUID],
    data: JSONBody[TenderCancellation],
) -> Tender:
    """By who leads the community, with a reason that is published."""
    await tenders.cancel(db, actor=actor, tender_id=tender_id, reason=data.reason)
    return await tender_reading.tender(db, tender_id=tender_id)


@post("/api/tenders/{tender_id:uuid}/bids", operation_id="place_bid", summary="Give in a sealed bid")
async def place_bid(
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    tender_id: FromPath[UUID],
    data: JSONBody[NewBid],
) -> OwnBid:
    """For a partner of the caller; replaces their earlier bid. Answers with the receipt, never with what is in it."""
    bid_id = await tender_bids.place(db, actor=actor, settings=settings, tender_id=tender_id, new=data)
    return next(
        _own(row) for row in await tender_bids.own(db, actor=actor, partner=data.partner) if row["id"] == bid_id
    )


@post("/api/tenders/{tender_id:uuid}/bids/withdrawal", operation_id="withdraw_bid", summary="Take a bid back")
async def withdraw_bid(
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    tender_id: FromPath[UUID],
    data: JSONBody[BidWithdrawal],
) -> Done:
    """Before the deadline; its receipt stays in the protocol."""
    await tender_bids.withdraw(db, actor=actor, settings=settings, tender_id=tender_id, partner=data.partner)
    return Done()


@get("/api/partners/{partner:str}/bids", operation_id="list_own_bids", summary="Bids of a partner with their receipts")
async def list_own_bids(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str]
) -> Page[OwnBid]:
    """For its members."""
    return Page([_own(row) for row in await tender_bids.own(db, actor=actor, partner=partner)])


handlers = [
    list_tenders,
    get_tender,
    get_tender_protocol,
    announce_tender,
    open_tender,
    score_tender,
    award_tender,
    cancel_tender,
    place_bid,
    withdraw_bid,
    list_own_bids,
]
