"""Teachers of a partner and equipment of a community: a session takes them for its time as it takes its room.

Whoever promises one locks it first, all in id order, then counts what is promised at once in that time; behind what there is one of
stands an exclusion constraint."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from msgspec import UNSET

from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.listings import resource_queries
from market.listings.resource_rules import peak, resource_faults
from market.listings.resource_schemas import ChangedResource, NewEquipment
from market.listings.schemas import NewOffer
from market.partners import service as partners
from market.people.rules import Actor
from market.text import clean_text


class SessionTaken(Conflict):
    """The room, the teacher or a piece of equipment is promised to something else then; names what and when."""

    slug = "session-taken"
    title = "Taken at that time"

    def __init__(self, field: str, name: str, starts_at: datetime, ends_at: datetime, zone: str) -> None:
        start, end = (each.astimezone(ZoneInfo(zone)) for each in (starts_at, ends_at))
        self._fields = ((field, f"{name} is taken"),)
        super().__init__(
            f"{name} is taken on {start:%Y-%m-%d} from {start:%H:%M} to {end:%H:%M}. Nothing was published."
        )

    @property
    def fields(self) -> Sequence[tuple[str, str]]:
        return self._fields


class StillPromised(Conflict):
    """There are sessions ahead that need more."""

    slug = "still-promised"
    title = "Still promised"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} are promised at the same time in sessions to come.")


async def equipment(db: Database, *, actor: Actor, community: str) -> list[Row]:
    """What a community has, for its staff and for who sells there. Raises NotFound."""
    async with db.read() as tx:
        place = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(place.id) and not actor.partners:
            raise NotFound("This community")
        return await resource_queries.equipment(tx, community=place.id)


async def teachers(db: Database, *, actor: Actor, partner: str) -> list[Row]:
    """Who teaches for a partner of the actor. Raises NotFound."""
    async with db.read() as tx:
        found = await partners.partner_by_slug(tx, partner)
        if not actor.is_member_of(found["id"]):
            raise NotFound("This partner")
        return await resource_queries.teachers(tx, partner=found["id"])


async def add_equipment(db: Database, *, actor: Actor, community: str, new: NewEquipment) -> Row:
    """By staff of the community. Raises InvalidInput, NotFound."""
    async with db.transaction() as tx:
        place = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(place.id):
            raise NotFound("This community")
        return await _add(tx, kind="equipment", community=place.id, partner=None, name=new.name, quantity=new.quantity)


async def add_teacher(db: Database, *, actor: Actor, partner: str, name: str) -> Row:
    """By a member of the partner. Raises InvalidInput, NotFound."""
    async with db.transaction() as tx:
        found = await partners.partner_by_slug(tx, partner)
        if not actor.is_member_of(found["id"]):
            raise NotFound("This partner")
        return await _add(
            tx, kind="teacher", community=found["community_id"], partner=found["id"], name=name, quantity=1
        )


async def _add(tx: Connection, *, kind: str, community: UUID, partner: UUID | None, name: str, quantity: int) -> Row:
    made = await resource_queries.insert_resource(
        tx,
        kind=kind,
        community=community,
        partner=partner,
        name=clean_text("name", name, max_len=120, min_len=1),
        quantity=quantity,
    )
    if made is None:
        raise InvalidInput([("name", "is taken")])
    row: Row = await resource_queries.resource(tx, made)
    return row


async def change(db: Database, *, actor: Actor, resource_id: UUID, changed: ChangedResource) -> Row:
    """Change how many there are, or put it aside; never fewer than are promised. Raises NotFound, InvalidInput, StillPromised."""
    async with db.transaction() as tx:
        row = (await resource_queries.lock_resources(tx, [resource_id])).get(resource_id)
        mine = row is not None and (
            actor.is_member_of(row["partner_id"]) if row["partner_id"] else actor.is_staff_of(row["community_id"])
        )
        if row is None or not mine:
            raise NotFound("This entry")
        quantity = row["quantity"] if changed.quantity is UNSET else changed.quantity
        if row["kind"] == "teacher" and quantity != 1:
            raise InvalidInput([("quantity", "there is one of each person")])
        claims = await resource_queries.claims_between(
            tx, resource_no=row["resource_no"], low=await resource_queries.now(tx), high=None
        )
        if peak(claims) > quantity:
            raise StillPromised(peak(claims))
        await resource_queries.update_resource(
            tx,
            resource_id,
            quantity=quantity,
            is_active=row["is_active"] if changed.is_active is UNSET else changed.is_active,
        )
        found: Row = await resource_queries.resource(tx, resource_id)
        return found


async def lock_named(tx: Connection, *, listing: Row, new: Sequence[NewOffer]) -> dict[UUID, Row]:
    """Lock every teacher and piece of equipment that these offers name. Raises InvalidInput for what is not theirs to name."""
    if faults := resource_faults(new):
        raise InvalidInput(faults)
    named = [item.id for each in new for item in each.equipment] + [each.teacher_id for each in new if each.teacher_id]
    known = await resource_queries.lock_resources(tx, named) if named else {}
    faults = []
    for index, each in enumerate(new):
        if each.teacher_id is not None and not _may_name(known.get(each.teacher_id), listing, "partner_id"):
            faults.append((f"offers[{index}].teacher_id", "is no teacher of this partner"))
        for item in each.equipment:
            if not _may_name(known.get(item.id), listing, "community_id", kind="equipment"):
                faults.append((f"offers[{index}].equipment", "is no equipment of this community"))
    if faults:
        raise InvalidInput(faults)
    return known


def _may_name(row: Row | None, listing: Row, column: str, *, kind: str = "teacher") -> bool:
    return row is not None and row["is_active"] and row["kind"] == kind and bool(row[column] == listing[column])


async def claim(
    tx: Connection, *, known: dict[UUID, Row], offer_id: UUID, offer: NewOffer, index: int, zone: str
) -> None:
    """Take the teacher and the equipment of an offer that lock_named() has locked. Raises SessionTaken naming what is not there."""
    wanted = [(item.id, item.quantity, "equipment") for item in offer.equipment]
    if offer.teacher_id is not None:
        wanted.append((offer.teacher_id, 1, "teacher_id"))
    for resource_id, quantity, field in wanted:
        assert offer.starts_at is not None
        assert offer.ends_at is not None
        row = known[resource_id]
        taken = SessionTaken(f"offers[{index}].{field}", row["name"], offer.starts_at, offer.ends_at, zone)
        promised = await resource_queries.claims_between(
            tx, resource_no=row["resource_no"], low=offer.starts_at, high=offer.ends_at
        )
        if peak(promised) + quantity > row["quantity"]:
            raise taken
        try:
            await resource_queries.insert_claim(
                tx, resource=row, offer_id=offer_id, low=offer.starts_at, high=offer.ends_at, quantity=quantity
            )
        except asyncpg.exceptions.ExclusionViolationError as fault:
            raise taken from fault
