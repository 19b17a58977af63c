"""Opening bids in public, and the committee's points (T1).

Service code of the checkout slice, split off by noun. The database clock decides when bids may be opened; the opening sets the key free,
writes what was in the bids into the protocol and names every bid that is not as it came in."""

from collections.abc import Sequence
from uuid import UUID

from market.checkout import tender_queries, tender_reading, tender_rules, tender_sealing
from market.checkout.tender_schemas import CommitteePoints
from market.checkout.tenders import lock_led
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput
from market.people import service as people
from market.people.rules import Actor
from market.settings import Settings
from market.text import clean_text


class TenderStillSealed(Conflict):
    """Bids are opened after the deadline by the database clock, never before."""

    slug = "tender-still-sealed"
    title = "Not before the deadline"

    def __init__(self) -> None:
        super().__init__("The bids stay sealed until the deadline is over.")


async def open_bids(db: Database, *, actor: Actor, settings: Settings, tender_id: UUID, attended: str) -> None:
    """Open every bid in public: the key is set free, what was in the bids and every receipt become the protocol, once.

    A bid that was changed past the program is named and counts no more. Raises TenderStillSealed before the deadline, TenderNotThere,
    Forbidden, NotFound, KeyIsAnother."""
    attended = clean_text("attended", attended, max_len=500, min_len=1)
    async with db.transaction() as tx:
        row = await lock_led(tx, actor=actor, tender_id=tender_id, statuses={"announced"})
        if row["in_time"]:
            raise TenderStillSealed
        private_key = tender_sealing.unwrap(
            settings, tender_id=tender_id, wrapped=row["wrapped_key"], public_key=row["public_key"]
        )
        expected = 1
        for bid in await tender_queries.bids_of(tx, [tender_id]):
            missing = "" if bid["number"] == expected else "one-missing"
            expected = bid["number"] + 1
            await _open_bid(tx, row, bid, settings=settings, private_key=private_key, missing=missing)
        await tender_queries.update_opened(
            tx, tender_id, private_key=private_key, by=actor.person_id, attended=attended
        )
        await people.audit(tx, person_id=actor.person_id, action="tender.opened", subject=f"tender:{tender_id}")


async def _open_bid(
    tx: Connection, row: Row, bid: Row, *, settings: Settings, private_key: bytes, missing: str
) -> None:
    content = tender_sealing.unseal(bid["sealed"], private_key=private_key) if bid["sealed"] is not None else None
    criteria = tender_reading.criteria_of(row["criteria"])
    fault = _changed(bid, settings=settings)
    if not fault and bid["state"] == "valid":
        fault = _broken(row, bid, content, criteria=criteria)
    if fault or content is None:
        if fault or missing:
            await tender_queries.update_bid_fault(tx, bid["id"], fault=fault or missing)
        return
    await tender_queries.update_bid_opened(
        tx, bid["id"], base=content.base_minor, answers=content.answers, note=content.note, fault=missing
    )


def _changed(bid: Row, *, settings: Settings) -> str:
    """A fault where this program did not write the row; empty where it did."""
    expected = tender_sealing.stamp(
        settings,
        bid_id=bid["id"],
        tender_id=bid["tender_id"],
        partner_id=bid["partner_id"],
        number=bid["number"],
        receipt=bid["receipt"],
        ended=bid["sealed"] is None,
    )
    return "" if tender_sealing.is_stamp(bid["stamp"], expected) else "not-written-by-us"


def _broken(
    row: Row, bid: Row, content: tender_sealing.BidContent | None, *, criteria: Sequence[tender_rules.Criterion]
) -> str:
    """The fault for which a bid does not count; empty when it is as it came in."""
    if tender_sealing.receipt_of(bid["sealed"]) != bid["receipt"]:
        return "not-its-receipt"
    if content is None:
        return "does-not-open"
    if (content.tender_id, content.bid_id, content.partner_id) != (row["id"], bid["id"], bid["partner_id"]):
        return "belongs-elsewhere"
    if content.base_minor < row["reserve_minor"] or tender_rules.answer_faults(criteria, content.answers):
        return "against-terms"
    return ""


async def give_points(db: Database, *, actor: Actor, tender_id: UUID, new: CommitteePoints) -> None:
    """The committee's points, until the award. Raises InvalidInput by field, TenderNotThere, Forbidden, NotFound."""
    async with db.transaction() as tx:
        row = await lock_led(tx, actor=actor, tender_id=tender_id, statuses={"opened"})
        asked = {each["key"] for each in row["criteria"] if each["kind"] == "committee"}
        for number, each in enumerate(new.points):
            if each.criterion not in asked:
                raise InvalidInput([(f"points[{number}].criterion", "is none of the committee's")])
            if not await tender_queries.update_points(
                tx, tender_id=tender_id, bid_id=each.bid_id, points={each.criterion: each.points}
            ):
                raise InvalidInput([(f"points[{number}].bid_id", "is no opened bid of this tender")])
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="tender.points",
            subject=f"tender:{tender_id}",
            detail={"points": [[str(each.bid_id), each.criterion, each.points] for each in new.points]},
        )
