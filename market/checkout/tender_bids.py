"""Bids: placing, replacing and withdrawing one before the deadline (T1).

Service code of the checkout slice, split off by noun. What is in a bid is checked while it passes through, sealed to the tender's key and
forgotten: it is in no row, no log and no message. The bidder gets the hash of the sealed bid, which the protocol will show."""

from uuid import UUID

from market.checkout import tender_queries, tender_reading, tender_rules, tender_sealing
from market.checkout.tender_schemas import NewBid
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.money import Money
from market.notify import service as notify
from market.partners import service as partners
from market.people import service as people
from market.people.rules import Actor
from market.settings import Settings
from market.text import clean_text


class BiddingOver(Conflict):
    """The deadline is over by the database clock, or the tender was called off."""

    slug = "bidding-over"
    title = "Bidding is over"

    def __init__(self) -> None:
        super().__init__("This tender takes no bids any more.")


class NoBid(Conflict):
    """There is no bid to withdraw."""

    slug = "no-bid"
    title = "No bid"

    def __init__(self) -> None:
        super().__init__("You have no bid in this tender.")


async def place(db: Database, *, actor: Actor, settings: Settings, tender_id: UUID, new: NewBid) -> UUID:
    """Seal a bid of a partner of the actor, in the place of an earlier one of theirs; the person is sent the receipt.

    Raises InvalidInput by field, BiddingOver, NotFound."""
    note = clean_text("note", new.note, max_len=1000)
    async with db.transaction() as tx:
        row, partner = await _lock(tx, actor=actor, tender_id=tender_id, partner=new.partner)
        if partner["status"] != "active":
            raise InvalidInput([("partner", "is not active")])
        faults = tender_rules.answer_faults(tender_reading.criteria_of(row["criteria"]), new.answers)
        if new.base_minor < row["reserve_minor"]:
            faults.insert(0, ("base_minor", f"must be at least {Money(row['reserve_minor'], row['currency'])}"))
        if faults:
            raise InvalidInput(faults)
        earlier = await tender_queries.valid_bid(tx, tender_id=tender_id, partner_id=partner["id"])
        if earlier is not None:
            await _end(tx, earlier, settings=settings, state="replaced")
        bid_id = await tender_queries.new_id(tx)
        content = tender_sealing.BidContent(
            tender_id, bid_id, partner["id"], base_minor=new.base_minor, answers=new.answers, note=note
        )
        receipt = await _insert(tx, row, content, settings=settings, by=actor.person_id)
        context = {"title": row["title"], "title_en": row["title_en"] or row["title"], "receipt": receipt}
        await notify.send(
            tx, person_id=actor.person_id, template="bid_received", context=context, dedupe_key=f"bid:{bid_id}"
        )
        await people.audit(tx, person_id=actor.person_id, action="tender.bid", subject=f"tender:{tender_id}")
        return bid_id


async def _insert(tx: Connection, row: Row, content: tender_sealing.BidContent, *, settings: Settings, by: UUID) -> str:
    sealed = tender_sealing.seal(content, public_key=row["public_key"])
    receipt = tender_sealing.receipt_of(sealed)
    number = await tender_queries.next_number(tx, row["id"])
    facts = {"tender_id": row["id"], "partner_id": content.partner_id, "number": number, "receipt": receipt}
    stamp = tender_sealing.stamp(settings, bid_id=content.bid_id, ended=False, **facts)
    values = {**facts, "id": content.bid_id, "sealed": sealed, "stamp": stamp, "made_by": by}
    await tender_queries.insert_bid(tx, values=values)
    return receipt


async def withdraw(db: Database, *, actor: Actor, settings: Settings, tender_id: UUID, partner: str) -> None:
    """Take the bid of a partner back before the deadline: what was in it is deleted, its receipt stays in the protocol.

    Raises NoBid, BiddingOver, NotFound."""
    async with db.transaction() as tx:
        _, found = await _lock(tx, actor=actor, tender_id=tender_id, partner=partner)
        bid = await tender_queries.valid_bid(tx, tender_id=tender_id, partner_id=found["id"])
        if bid is None:
            raise NoBid
        await _end(tx, bid, settings=settings, state="withdrawn")
        await people.audit(tx, person_id=actor.person_id, action="tender.bid_withdrawn", subject=f"tender:{tender_id}")


async def _lock(tx: Connection, *, actor: Actor, tender_id: UUID, partner: str) -> tuple[Row, Row]:
    found = await partners.partner_by_slug(tx, clean_text("partner", partner, max_len=200))
    if not actor.is_member_of(found["id"]):
        raise NotFound("This partner")
    row = await tender_queries.lock_tender(tx, tender_id)
    if row is None:
        raise NotFound("This tender")
    if row["status"] != "announced" or not row["in_time"]:
        raise BiddingOver
    return row, found


async def _end(tx: Connection, bid: Row, *, settings: Settings, state: str) -> None:
    stamp = tender_sealing.stamp(
        settings,
        bid_id=bid["id"],
        tender_id=bid["tender_id"],
        partner_id=bid["partner_id"],
        number=bid["number"],
        receipt=bid["receipt"],
        ended=True,
    )
    await tender_queries.update_bid_ended(tx, bid["id"], state=state, stamp=stamp)


async def own(db: Database, *, actor: Actor, partner: str) -> list[Row]:
    """Every bid of a partner of the actor with its receipt. Raises NotFound."""
    async with db.read() as tx:
        found = await partners.partner_by_slug(tx, partner)
        if not actor.is_member_of(found["id"]):
            raise NotFound("This partner")
        return await tender_queries.own_bids(tx, found["id"])
