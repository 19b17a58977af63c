"""Awarding a tender: the choice by the announced order or with a reason, and the leases made from it (T1).

Service code of the checkout slice, split off by noun."""

from uuid import UUID

from market.checkout import leases, tender_queries, tender_reading, tender_rules
from market.checkout.lease_schemas import NewLease
from market.checkout.tender_schemas import TenderAward
from market.checkout.tenders import lock_led, tell
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput
from market.money import split
from market.people import service as people
from market.people.rules import Actor
from market.spaces import queries as space_queries
from market.spaces import service as spaces
from market.text import clean_text


class PointsMissing(Conflict):
    """Nothing is awarded before the committee has looked at every bid."""

    slug = "points-missing"
    title = "Points are missing"

    def __init__(self) -> None:
        super().__init__("The committee has not given its points to every bid yet.")


class TenderSpaceTaken(Conflict):
    """A booking or a closure lies in the time of the lease."""

    slug = "slot-taken"
    title = "No longer free"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is taken at some time of this lease. Let it begin later, or free the space first.")


async def award(db: Database, *, actor: Actor, tender_id: UUID, new: TenderAward) -> None:
    """Give the assets to a bidder and make the leases; every bidder is told. Raises InvalidInput, PointsMissing, TenderSpaceTaken,
    TenderNotThere, Forbidden (also for who belongs to a bidder), NotFound."""
    reason = clean_text("reason", new.reason, max_len=500)

    async def work(tx: Connection) -> None:
        row = await lock_led(tx, actor=actor, tender_id=tender_id, statuses={"opened"})
        bids = await tender_queries.bids_of(tx, [tender_id])
        if any(actor.is_member_of(bid["partner_id"]) for bid in bids):
            raise Forbidden("Who belongs to a bidder does not decide.")
        counting = tender_reading.counting(bids)
        if tender_rules.points_missing(tender_reading.criteria_of(row["criteria"]), list(counting.values())):
            raise PointsMissing
        places = {each.number: each.place for each in tender_reading.ranked(row, bids)}
        chosen = next((bid for bid in bids if bid["id"] == new.bid_id and bid["number"] in places), None)
        if chosen is None:
            raise InvalidInput([("bid_id", "is no opened bid of this tender")])
        if places[chosen["number"]] != 1 and not reason:
            raise InvalidInput([("reason", "is needed for a bid that is not the first")])
        await _let(tx, row, chosen, new=new, by=actor.person_id)
        await tender_queries.update_awarded(tx, tender_id, bid_id=new.bid_id, by=actor.person_id, reason=reason)
        await tell(tx, row, bids, winner=chosen)
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="tender.awarded",
            subject=f"tender:{tender_id}",
            detail={"bid": chosen["number"], "place": places[chosen["number"]], "reason": reason},
        )

    await db.retrying(work)


async def _let(tx: Connection, row: Row, bid: Row, *, new: TenderAward, by: UUID) -> None:
    """One lease for each space: rent, deposit and the share of turnover are split by area, exactly. The basis points of the share lie
    one after the other, so that all leases together take to the unit what one over all spaces would, and a space that is given back
    early takes its part along."""
    first_day = new.first_day or row["first_day"]
    if not row["first_day"] <= first_day <= row["last_day"]:
        raise InvalidInput([("first_day", "must be within the time that was announced")])
    ids = [UUID(each["id"]) for each in row["spaces"]]
    weights = [each["area_dm2"] or 1 for each in row["spaces"]]
    if not all(each["area_dm2"] for each in row["spaces"]):
        weights = [1] * len(ids)
    rents = split(bid["base_minor"], weights)
    deposits = split(row["deposit_minor"], weights)
    shares = split(row["share_bp"], weights)
    await spaces.lock(tx, space_ids=ids)
    for number, space_id in enumerate(ids):
        space = await space_queries.space_for_hire(tx, space_id=space_id)
        assert space is not None
        lease = NewLease(
            partner=bid["partner"],
            first_day=first_day,
            last_day=row["last_day"],
            base_minor=rents[number],
            share_bp=shares[number],
            rent_free_weeks=row["rent_free_weeks"],
            deposit_minor=deposits[number],
            note=row["title"],
        )
        try:
            await leases.let_in(
                tx, space=space, new=lease, by=by, tender_id=row["id"], share_from_bp=sum(shares[:number])
            )
        except spaces.SlotTaken as taken:
            raise TenderSpaceTaken(space["name"]) from taken
