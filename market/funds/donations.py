"""Donations that a community took in: each posted once, shown in the public books without the giver.

Service code of the funds slice, split off by noun."""

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from market.db import Connection, Database, Row
from market.errors import Forbidden, InvalidInput
from market.funds import book_queries, entries, gift_queries, queries
from market.funds.earmarks import earmark_of
from market.funds.rules import check_public_label
from market.funds.schemas import NewDonation
from market.funds.service import fund_row
from market.ledger import service as ledger
from market.ledger.rules import KeyTaken
from market.money import Money
from market.people.rules import Actor
from market.people.service import audit
from market.text import clean_text

OLDEST_DAYS = 366


class DonationDiffers(InvalidInput):
    """The idempotency key was used for another donation."""

    def __init__(self) -> None:
        super().__init__([("Idempotency-Key", "was used for another donation")])


def gift_key(actor: Actor, idempotency_key: str) -> str:
    """The event key of what somebody records under a key of their own. Raises InvalidInput."""
    sent_key = clean_text("Idempotency-Key", idempotency_key, max_len=200, min_len=1)
    return "donation:" + hashlib.sha256(f"{actor.person_id}|{sent_key}".encode()).hexdigest()


async def record(db: Database, *, actor: Actor, key: str, idempotency_key: str, new: NewDonation) -> Row:
    """A donation that staff of the community took in; the same idempotency key records it once and gives the same line.

    Raises NotFound, Forbidden, InvalidInput, DonationDiffers."""
    label = check_public_label("label", clean_text("label", new.label, max_len=200, min_len=1))
    event_key = gift_key(actor, idempotency_key)
    async with db.transaction() as tx:
        fund = await fund_row(tx, key)
        if not actor.is_staff_of(fund["community_id"]):
            raise Forbidden("Only staff of the community may record donations.")
        purpose = await earmark_of(tx, fund, purpose=new.purpose, campaign_id=new.campaign_id)
        given_at = received_at(new.received_on, fund)
        facts: dict[str, Any] = {
            "fund_id": fund["id"], "kind": new.kind, "label": label, "purpose": purpose, "campaign_id": new.campaign_id, "valuation": "",
        }  # fmt: skip
        is_first = await gift_queries.insert_gift(
            tx, event_key=event_key, amount=new.amount, recorded_by=actor.person_id, given_at=given_at, **facts
        )
        known = await gift_queries.gift(tx, event_key)
        if not is_first and (known is None or dict(known) != facts | {"amount_minor": new.amount}):
            raise DonationDiffers
        try:
            is_new = await give(tx, fund_slug=fund["slug"], amount=Money(new.amount, fund["currency"]), label=label, event_key=event_key,
                                occurred_at=given_at, kind="grant_received" if new.kind == "grant" else "donation_received")  # fmt: skip
        except KeyTaken as fault:
            raise DonationDiffers from fault
        except asyncpg.exceptions.RestrictViolationError as fault:
            raise InvalidInput([("received_on", "is in a closed month: record it as received today")]) from fault
        if is_new:
            await audit(tx, person_id=actor.person_id, action="record_donation", subject=fund["slug"],
                        detail={"event_key": event_key, "amount": new.amount})  # fmt: skip
        line = await book_queries.line(tx, accounts=await queries.accounts(tx, fund["id"]), event_key=event_key)
    if line is None or line["label"] != label:
        raise DonationDiffers
    return line


async def give(
    tx: Connection, *, fund_slug: str, amount: Money, label: str, event_key: str, occurred_at: datetime | None = None,
    kind: str = "donation_received",
) -> bool:  # fmt: skip
    """Post a donation once; False when `event_key` was posted before."""
    return await ledger.post(
        tx,
        event_key=event_key,
        kind=kind,
        transfers=entries.donation_received(fund_slug, amount, label=label),
        reference={"fund": fund_slug},
        occurred_at=occurred_at,
    )


def received_at(received_on: date | None, fund: Row) -> datetime | None:
    """Noon of the day in the community's zone; None (now) for today. Raises InvalidInput for the future or more than a year ago."""
    if received_on is None or received_on == fund["today"]:
        return None
    if not fund["today"] - timedelta(days=OLDEST_DAYS) <= received_on < fund["today"]:
        raise InvalidInput([("received_on", "must be a day of the past year")])
    return datetime.combine(received_on, time(12), ZoneInfo(fund["time_zone"])).astimezone(UTC)
