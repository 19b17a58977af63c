"""Use cases of a partner around offers: publish sessions, portions, slots and voucher batches, all or none; change or cancel one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from msgspec import UNSET

from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound, Unavailable
from market.listings import offer_queries, queries, resource_queries, resources
from market.listings.rules import OfferFacts, offer_range, offers_faults, overlapping, sale_end
from market.listings.schemas import ChangedOffer, NewOffer
from market.listings.service import PartnerNotActive, encoded_page, lock_own_listing, require_own_listing
from market.people.rules import Actor
from market.search.service import note_change
from market.text import clean_text

PAGE = 500


class Occupier(Protocol):
    """What offers need of spaces; the composition root hands in market.spaces.service, which fits as it is."""

    async def lock(self, tx: Connection, *, space_ids: Sequence[UUID]) -> None:
        """Lock several spaces and their relatives in the one order that all keep, before the first is taken."""
        ...

    async def occupy(
        self,
        tx: Connection,
        *,
        space_id: UUID,
        starts_at: datetime,
        ends_at: datetime,
        kind: Literal["session"],
        note: str = "",
    ) -> UUID:
        """Take the space from everybody else, or raise a Conflict; the group's id."""
        ...

    async def release(self, tx: Connection, *, group_id: UUID) -> object:
        """Let the space go again."""
        ...


class BelowTaken(Conflict):
    def __init__(self, taken: int) -> None:
        super().__init__(f"{taken} are sold or reserved already: the capacity cannot be lower.")


class AlreadySold(Conflict):
    def __init__(self, taken: int) -> None:
        super().__init__(f"{taken} are sold or reserved already: give the buyers their money back first.")


class OfferCancelled(Conflict):
    def __init__(self) -> None:
        super().__init__("A cancelled offer stays cancelled. Please make a new one.")


async def offers(
    db: Database, *, listing_id: UUID, start: datetime | None, end: datetime | None, after: UUID | None
) -> bytes:
    """A page of a public listing's open offers in a stretch of time, as JSON; raises NotFound, InvalidInput."""
    async with db.read() as connection:
        if not await queries.is_public(connection, listing_id):
            raise NotFound("This listing")
        return await _between(
            connection, listing_id=listing_id, start=start, end=end, after=after, with_cancelled=False
        )


async def own_offers(
    db: Database,
    *,
    actor: Actor,
    partner: str,
    listing_id: UUID,
    start: datetime | None,
    end: datetime | None,
    after: UUID | None,
) -> bytes:
    """The same for members of the partner: of a draft too, and with what was cancelled."""
    async with db.read() as tx:
        await require_own_listing(tx, actor=actor, partner=partner, listing_id=listing_id)
        return await _between(tx, listing_id=listing_id, start=start, end=end, after=after, with_cancelled=True)


async def _between(
    tx: Connection,
    *,
    listing_id: UUID,
    start: datetime | None,
    end: datetime | None,
    after: UUID | None,
    with_cancelled: bool,
) -> bytes:
    stretch = offer_range(start, end, now=await offer_queries.database_now(tx))
    if isinstance(stretch, list):
        raise InvalidInput(stretch)
    rows = await offer_queries.offers_between(
        tx,
        listing_id=listing_id,
        begins=stretch[0],
        ends=stretch[1],
        with_cancelled=with_cancelled,
        after=after,
        limit=PAGE + 1,
    )
    return encoded_page(rows, limit=PAGE)


async def create_offers(
    db: Database,
    *,
    actor: Actor,
    occupier: Occupier | None,
    listing_id: UUID,
    new: list[NewOffer],
) -> bytes:
    """Publish all of `new` or none, as JSON; a session takes the space, the teacher and the equipment that it names from everybody else
    in the same transaction.

    Raises NotFound, InvalidInput naming each field (offers[2].ends_at), PartnerNotActive, SessionTaken naming what is taken."""
    wanted = [_facts(each) for each in new]
    providers = [clean_text(f"offers[{index}].provider", each.provider, max_len=200) for index, each in enumerate(new)]

    async def work(tx: Connection) -> bytes:
        row = await lock_own_listing(tx, actor=actor, listing_id=listing_id)
        if row["partner_status"] != "active":
            raise PartnerNotActive
        await _require_sound(tx, row, wanted, now=row["now"])
        groups = await _occupy(tx, occupier, wanted, note=row["title"], zone=row["time_zone"])
        known = await resources.lock_named(tx, listing=row, new=new)
        made = []
        for index, (facts, group) in enumerate(zip(wanted, groups, strict=True)):
            teacher = new[index].teacher_id
            offer_id = await offer_queries.insert_offer(
                tx,
                listing_id=listing_id,
                facts=facts,
                sale_ends_at=sale_end(row["kind"], facts),
                provider=providers[index] or (known[teacher]["name"] if teacher else ""),
                occupancy_group=group,
            )
            await resources.claim(
                tx, known=known, offer_id=offer_id, offer=new[index], index=index, zone=row["time_zone"]
            )
            made.append(offer_id)
        await note_change(tx, kind="service", id=listing_id)
        return encoded_page(await offer_queries.offers_by_id(tx, offer_ids=made), limit=len(made))

    return await db.retrying(work)


def _facts(new: NewOffer) -> OfferFacts:
    return OfferFacts(new.capacity, new.starts_at, new.ends_at, new.sale_ends_at, new.price, new.space_id)


async def _require_sound(tx: Connection, row: Row, wanted: list[OfferFacts], *, now: datetime) -> None:
    if faults := offers_faults(row["kind"], wanted, now=now):
        raise InvalidInput(faults)
    if pair := overlapping(wanted):
        raise InvalidInput([(f"offers[{pair[1]}].space_id", f"offers[{pair[0]}] needs the same space at that time")])
    asked = {each.space_id for each in wanted if each.space_id is not None}
    known = (
        await offer_queries.spaces_of_community(tx, community_id=row["community_id"], space_ids=list(asked))
        if asked
        else set()
    )
    unknown = [(f"offers[{index}].space_id", "there is no such space in this community") for index, each in enumerate(wanted)
               if each.space_id is not None and each.space_id not in known]  # fmt: skip
    if unknown:
        raise InvalidInput(unknown)


async def _occupy(
    tx: Connection, occupier: Occupier | None, wanted: list[OfferFacts], *, note: str, zone: str
) -> list[UUID | None]:
    """The occupancy of each offer, None where it takes no space."""
    groups: list[UUID | None] = [None] * len(wanted)
    asked = {each.space_id for each in wanted if each.space_id is not None}
    names = await resource_queries.space_names(tx, list(asked)) if asked else {}
    if occupier is not None and len(asked) > 1:
        await occupier.lock(tx, space_ids=sorted(asked))
    for index, facts in enumerate(wanted):
        if facts.space_id is None or facts.starts_at is None or facts.ends_at is None:
            continue
        if occupier is None:
            raise Unavailable("Rooms cannot be taken at the moment. Nothing was changed.")
        try:
            groups[index] = await occupier.occupy(
                tx, space_id=facts.space_id, starts_at=facts.starts_at, ends_at=facts.ends_at, kind="session", note=note
            )
        except Conflict as taken:
            field = f"offers[{index}].space_id"
            raise resources.SessionTaken(field, names[facts.space_id], facts.starts_at, facts.ends_at, zone) from taken
    return groups


async def change_offer(
    db: Database, *, actor: Actor, occupier: Occupier | None, offer_id: UUID, change: ChangedOffer
) -> bytes:
    """Change the capacity, or cancel while nothing is sold or held, as JSON; raises NotFound, BelowTaken, AlreadySold, OfferCancelled."""

    async def work(tx: Connection) -> bytes:
        row = await offer_queries.lock_offer(tx, offer_id)
        if row is None or not actor.is_member_of(row["partner_id"]):
            raise NotFound("This offer")
        capacity = row["capacity"] if change.capacity is UNSET else change.capacity
        status = row["status"] if change.status is UNSET else change.status
        if row["status"] == "cancelled" and (status, capacity) != ("cancelled", row["capacity"]):
            raise OfferCancelled
        if capacity < row["taken"]:
            raise BelowTaken(row["taken"])
        if status == "cancelled" and row["status"] == "open":
            if row["taken"] > 0:
                raise AlreadySold(row["taken"])
            if row["occupancy_group"] is not None:
                if occupier is None:
                    raise Unavailable("Rooms cannot be let go at the moment. Nothing was changed.")
                await occupier.release(tx, group_id=row["occupancy_group"])
            await resource_queries.update_released(tx, offer_id=offer_id)
        await offer_queries.update_offer(tx, offer_id, capacity=capacity, status=status)
        await note_change(tx, kind="service", id=row["listing_id"])
        body: str = (await offer_queries.offers_by_id(tx, offer_ids=[offer_id]))[0]["body"]
        return body.encode()

    return await db.retrying(work)
