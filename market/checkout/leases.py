"""Leases: letting a space to a partner, the end, and the payment of a bill (T2).

Service code of the checkout slice, split off by noun; months are settled in lease_settling. The time is an occupancy like any other, so
that leases, closures and bookings cannot overlap."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from market.checkout import after_sale_queries, entries, lease_document_queries, lease_queries, lease_settling
from market.checkout.lease_rules import most_free_weeks
from market.checkout.lease_schemas import LeaseEnd, NewLease
from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.ledger import chart
from market.ledger import service as ledger
from market.money import Money
from market.partners import service as partners
from market.people import service as people
from market.people.rules import Actor
from market.spaces import queries as space_queries
from market.spaces import service as spaces
from market.spaces.hours import midnight, moment
from market.spaces.rules import LONGEST_DAYS, MAX_AHEAD
from market.text import clean_text

LEADS = ("director", "street")


@dataclass(frozen=True, slots=True)
class Found:
    """Leases with what belongs to them."""

    leases: list[Row]
    statements: list[Row]
    deposits: list[Row]
    indexations: list[Row]
    documents: list[Row]


class NothingOwed(Conflict):
    """The bill is paid, or was taken from payouts."""

    slug = "nothing-owed"
    title = "Nothing is owed"

    def __init__(self) -> None:
        super().__init__("The partner owes nothing for this month any more.")


class LeaseOver(Conflict):
    """A lease ends once."""

    slug = "lease-over"
    title = "This lease is over"

    def __init__(self) -> None:
        super().__init__("This lease is over, or ends on that day already.")


async def let(db: Database, *, actor: Actor, space_id: UUID, new: NewLease) -> UUID:
    """Let a space to a partner from a day to a day; directors, the street and the operator may.

    Raises SlotTaken, InvalidInput by field, NotFound."""

    async def work(tx: Connection) -> UUID:
        space = await space_queries.space_for_hire(tx, space_id=space_id)
        if space is None or not actor.is_staff_of(space["community_id"], *LEADS):
            raise NotFound("This space")
        return await let_in(tx, space=space, new=new, by=actor.person_id)

    return await db.retrying(work)


def _term_faults(space: Row, new: NewLease, *, today: date, is_tendered: bool) -> list[tuple[str, str]]:
    most = most_free_weeks(new.first_day, new.last_day)
    return [
        (field, message)
        for bad, field, message in (
            (space["enterprise_slug"] is None, "space_id", "has nobody to keep the rent"),
            (new.first_day < today, "first_day", "must not be in the past"),
            (new.first_day > today + MAX_AHEAD, "first_day", "is too far in the future"),
            (new.last_day < new.first_day, "last_day", "must not be before the first day"),
            (
                (new.last_day - new.first_day).days >= LONGEST_DAYS["lease"],
                "last_day",
                "must be at most ten years after the first",
            ),
            (
                new.rent_free_weeks > most,
                "rent_free_weeks",
                f"must be at most {most}",
            ),
            (
                not (new.base_minor or new.share_bp or new.minimum_minor or is_tendered),
                "base_minor",
                "or a share of turnover is needed",
            ),
        )
        if bad
    ]


async def let_in(
    tx: Connection, *, space: Row, new: NewLease, by: UUID, tender_id: UUID | None = None, share_from_bp: int = 0
) -> UUID:
    """Let a row of space_for_hire(), whoever asks; a tender may give one of its spaces away for nothing, and splits its share of
    turnover (lease_rules.LeaseTerms).

    Raises SlotTaken, InvalidInput by field."""
    partner = await _partner(tx, new.partner)
    zone = ZoneInfo(space["time_zone"])
    today = space["now"].astimezone(zone).date()
    if faults := _term_faults(space, new, today=today, is_tendered=tender_id is not None):
        raise InvalidInput(faults)
    group_id = await spaces.occupy(
        tx,
        space_id=space["id"],
        starts_at=moment(midnight(new.first_day, zone)),
        ends_at=moment(midnight(new.last_day + timedelta(days=1), zone)),
        kind="lease",
        note=partner["slug"],
    )
    terms = (
        "first_day",
        "last_day",
        "base_minor",
        "share_bp",
        "minimum_minor",
        "mode",
        "rent_free_weeks",
        "deposit_minor",
    )
    values: dict[str, Any] = {name: getattr(new, name) for name in terms} | {
        "space_id": space["id"],
        "community_id": space["community_id"],
        "partner_id": partner["id"],
        "occupancy_group": group_id,
        "currency": space["currency"],
        "note": clean_text("note", new.note, max_len=200),
        "created_by": by,
        "tender_id": tender_id,
        "share_from_bp": share_from_bp,
    }
    lease_id = await lease_queries.insert_lease(tx, values=values)
    await people.audit(
        tx, person_id=by, action="lease.made", subject=f"lease:{lease_id}", detail={"partner": partner["slug"]}
    )
    return lease_id


async def _partner(tx: Connection, slug: str) -> Row:
    try:
        found = await partners.partner_by_slug(tx, clean_text("partner", slug, max_len=200))
    except NotFound as unknown:
        raise InvalidInput([("partner", "is unknown")]) from unknown
    if found["status"] != "active":
        raise InvalidInput([("partner", "is not active")])
    return found


async def of_community(db: Database, *, actor: Actor, community: str) -> Found:
    """The leases of a community and all below it, with their statements; its staff only. Raises NotFound."""
    async with db.read() as tx:
        place = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(place.id):
            raise NotFound("This community")
        rows = await lease_queries.leases(tx, community=place.id)
        return await _with_money(tx, rows)


async def of_partner(db: Database, *, actor: Actor, partner: str) -> Found:
    """The leases of a partner of the actor, with their statements. Raises NotFound."""
    async with db.read() as tx:
        found = await partners.partner_by_slug(tx, partner)
        if not actor.is_member_of(found["id"]):
            raise NotFound("This partner")
        rows = await lease_queries.leases(tx, partner=found["id"])
        return await _with_money(tx, rows)


async def one(db: Database, *, lease_id: UUID) -> Found:
    """A lease as the lists show it, for who has just changed it."""
    async with db.read() as tx:
        row = await lease_queries.lease(tx, lease_id)
        assert row is not None
        return await _with_money(tx, [row])


async def _with_money(tx: Connection, rows: list[Row]) -> Found:
    ids = [row["id"] for row in rows]
    return Found(
        rows,
        await lease_queries.statements_of(tx, ids),
        await lease_queries.deposits_of(tx, ids),
        await lease_queries.indexations_of(tx, ids),
        await lease_document_queries.documents_of(tx, ids),
    )


async def end(db: Database, *, actor: Actor, lease_id: UUID, new: LeaseEnd) -> None:
    """End a lease earlier than agreed, yesterday at the earliest; its final statement follows when that day is over.

    Raises NotFound, InvalidInput, LeaseOver."""
    reason = clean_text("reason", new.reason, max_len=500, min_len=1)

    async def work(tx: Connection) -> None:
        row = await lock_led(tx, actor=actor, lease_id=lease_id)
        if row["ends_on"] < row["today"] or new.last_day >= row["ends_on"]:
            raise LeaseOver
        if new.last_day < max(row["first_day"], row["today"] - timedelta(days=1)):
            raise InvalidInput([("last_day", "must not be before yesterday or the first day")])
        over = moment(midnight(new.last_day + timedelta(days=1), ZoneInfo(row["time_zone"])))
        await spaces.shorten(tx, group_id=row["occupancy_group"], ends_at=over)
        await lease_queries.update_ended(tx, lease_id, ended_on=new.last_day, reason=reason)
        await lease_settling.settle(tx, lease_id)
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="lease.ended",
            subject=f"lease:{lease_id}",
            detail={"last_day": new.last_day.isoformat(), "reason": reason},
        )

    await db.retrying(work)


async def record_payment(db: Database, *, actor: Actor, statement_id: UUID) -> UUID:
    """The bank got what is left of the bill of a month: as much of it as the partner still owes. The lease's id.

    Raises NotFound, NothingOwed (paid before, or taken from payouts since)."""
    async with db.transaction() as tx:
        lease_id = await lease_queries.statement_lease(tx, statement_id)
        if lease_id is None:
            raise NotFound("This statement")
        row = await lock_led(tx, actor=actor, lease_id=lease_id)
        known = {each["id"]: each for each in await lease_queries.statements_of(tx, [lease_id])}[statement_id]
        available, owed = chart.partner_available(row["partner"]), chart.partner_owed(row["partner"])
        await after_sale_queries.lock_partner_accounts(tx, [available])
        owes = -(await ledger.balances(tx, [owed], row["currency"]))[owed]
        amount = min(known["due_minor"] - known["netted_minor"] - known["paid_minor"], owes)
        if amount <= 0:
            raise NothingOwed
        await ledger.post(
            tx,
            event_key=f"lease_bill:{statement_id}:{known['paid_minor']}",
            kind="rent_paid",
            transfers=entries.rent_paid(row["partner"], Money(amount, row["currency"])),
            reference={"lease_id": str(lease_id)},
        )
        await lease_queries.update_paid(tx, statement_id, minor=amount)
        await people.audit(
            tx, person_id=actor.person_id, action="lease.paid", subject=f"lease:{lease_id}", detail={"minor": amount}
        )
        return lease_id


async def lock_led(tx: Connection, *, actor: Actor, lease_id: UUID) -> Row:
    """The lease, locked, for who leads its community. Raises NotFound, Forbidden."""
    row = await lease_queries.lock_lease(tx, lease_id)
    if row is None or not actor.is_staff_of(row["community_id"]):
        raise NotFound("This lease")
    if not actor.is_staff_of(row["community_id"], *LEADS):
        raise Forbidden
    return row
