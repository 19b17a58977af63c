"""Use cases of the needs board: ask, support, take, answer with a listing, close."""

from typing import Any
from uuid import UUID

import msgspec

from market import jobs, limits
from market.communities.service import community_by_slug
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.needs import queries, rules
from market.needs.schemas import NeedClosing, NeedOffer, NewNeed
from market.partners.service import partner_by_slug
from market.people.rules import Actor
from market.people.service import audit
from market.text import clean_text, holds_contact

PAGE = 24
ALIKE = 4
LOOKED_AT = 300


class AskedAlready(Conflict):
    slug = "asked-already"

    def __init__(self) -> None:
        super().__init__("You have asked for this already, and it still waits.")


class TooManyWaiting(Conflict):
    slug = "too-many-waiting"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"You have {limit} requests waiting: close one that you no longer need, or support a neighbour's."
        )


class NotNow(Conflict):
    """The need is in a state where this is not possible."""

    def __init__(self) -> None:
        super().__init__("This has changed in the meantime. Please look again.")


class Told(msgspec.Struct, frozen=True):
    """Payload of the job `needs.tell`."""

    need_id: UUID
    event: str


def _written(field: str, text: str, *, max_len: int, min_len: int = 0) -> str:
    found = clean_text(field, text, max_len=max_len, min_len=min_len)
    if holds_contact(found):
        raise InvalidInput([(field, "everybody can read this: please leave out phone numbers and addresses")])
    return found


async def board(
    db: Database, *, actor: Actor | None, community: str | None, statuses: list[str], cursor: str | None, mine: bool
) -> tuple[list[Row], str | None]:
    """One page of needs, most supported first, and the mark of the next."""
    key = clean_text("community", community, max_len=200) if community else None
    reader = actor.person_id if actor else None
    if mine and reader is None:
        return [], None
    async with db.read() as connection:
        rows = await queries.needs(
            connection, reader=reader, community=key, statuses=statuses, after=_mark(cursor), limit=PAGE + 1, mine=mine
        )
    more = len(rows) > PAGE
    return rows[:PAGE], f"{rows[PAGE - 1]['supports']}.{rows[PAGE - 1]['id']}" if more else None


def _mark(cursor: str | None) -> tuple[int, UUID] | None:
    if not cursor:
        return None
    supports, _, last = cursor.partition(".")
    try:
        if not (supports.isascii() and supports.isdigit() and len(supports) <= 9):
            raise ValueError
        return int(supports), UUID(last)
    except ValueError as wrong:
        raise InvalidInput([("cursor", "is not a mark given by this list")]) from wrong


async def alike(db: Database, *, actor: Actor | None, community: str | None, text: str) -> list[Row]:
    """Waiting needs that say nearly the same, so that a neighbour supports one instead of asking again."""
    text = clean_text("like", text, max_len=200)
    key = clean_text("community", community, max_len=200) if community else None
    async with db.read() as connection:
        titles = await queries.waiting_titles(connection, community=key, limit=LOOKED_AT)
        ids = rules.alike(text, [rules.Title(str(row["id"]), row["title"]) for row in titles], limit=ALIKE)
        found = await queries.needs_by_ids(
            connection, reader=actor.person_id if actor else None, ids=[UUID(each) for each in ids]
        )
    return sorted(found, key=lambda row: ids.index(str(row["id"])))


async def need(db: Database, *, actor: Actor | None, need_id: UUID) -> Row:
    """One need; raises NotFound, also for one that staff removed, except to its author and to staff."""
    async with db.read() as connection:
        return await _shown(connection, actor, need_id)


async def _shown(connection: Connection, actor: Actor | None, need_id: UUID) -> Row:
    row = await queries.need(connection, reader=actor.person_id if actor else None, need_id=need_id)
    if row is None or (row["closed_as"] == "removed" and not _is_involved(actor, row)):
        raise NotFound("This request")
    return row


def _is_involved(actor: Actor | None, row: Row) -> bool:
    return actor is not None and (actor.person_id == row["person_id"] or actor.is_staff_of(row["community_id"]))


async def ask(db: Database, *, actor: Actor, new: NewNeed) -> Row:
    """Put a request on the board; raises InvalidInput, AskedAlready, TooManyWaiting, Forbidden for a community's name."""
    await limits.hit(db, bucket=limits.bucket("need", str(actor.person_id)), limit=10, window_s=86_400)
    title = _written("title", new.title, max_len=80, min_len=2)
    about = _written("about", new.about, max_len=1000)
    async with db.transaction() as tx:
        place = await community_by_slug(tx, new.community)
        if place.kind != "community":
            raise InvalidInput([("community", "must be a community, not a street or district")])
        if new.for_community and not actor.is_staff_of(place.id):
            raise Forbidden("Only staff ask in the name of their community.")
        category = await queries.category_id(tx, new.category) if new.category else None
        if new.category and category is None:
            raise InvalidInput([("category", "is unknown")])
        await queries.lock_person(tx, actor.person_id)
        if not new.for_community and await queries.open_count(tx, actor.person_id) >= rules.MAX_OPEN:
            raise TooManyWaiting(rules.MAX_OPEN)
        facts: dict[str, Any] = {
            "community_id": place.id,
            "category_id": category,
            "person_id": actor.person_id,
            "for_community": new.for_community,
            "title": title,
            "about": about,
        }
        need_id = await queries.insert_need(tx, facts=facts)
        if need_id is None:
            raise AskedAlready
        if new.for_community:
            await audit(tx, person_id=actor.person_id, action="need.called", subject=f"need:{need_id}")
        return await _shown(tx, actor, need_id)


async def support(db: Database, *, actor: Actor, need_id: UUID, on: bool) -> Row:
    """Say "me too", or take it back; twice is as once. Raises NotFound, NotNow, Forbidden for one's own."""
    await limits.hit(db, bucket=limits.bucket("support", str(actor.person_id)), limit=100, window_s=3600)
    async with db.transaction() as tx:
        row = await _locked(tx, actor, need_id)
        if row["person_id"] == actor.person_id and not row["for_community"]:
            raise Forbidden("This is your own request.")
        if row["status"] not in {"open", "taken"}:
            raise NotNow
        change = queries.insert_support if on else queries.delete_support
        await change(tx, need_id=need_id, person_id=actor.person_id)
        return await _shown(tx, actor, need_id)


async def offer(db: Database, *, actor: Actor, need_id: UUID, new: NeedOffer) -> Row:
    """A partner takes a need, or answers it with a listing; those who asked are told.

    Raises NotFound for a partner the actor does not belong to, NotNow, InvalidInput for a listing that is not on sale there."""
    note = _written("note", new.note, max_len=200)
    async with db.transaction() as tx:
        partner = await partner_by_slug(tx, new.partner)
        if not actor.is_member_of(partner["id"]) or partner["status"] != "active":
            raise NotFound("This partner")
        await queries.lock_partner(tx, partner["id"])
        row = await _locked(tx, actor, need_id)
        status = rules.after(row["status"], "offer" if new.listing_id else "take")
        if status is None or (row["status"] == "taken" and row["partner_id"] != partner["id"]):
            raise NotNow
        if new.listing_id:
            if not await queries.is_listing_of(tx, listing_id=new.listing_id, partner_id=partner["id"]):
                raise InvalidInput([("listing_id", "is not a listing of yours that is on sale")])
        elif await queries.taken_count(tx, partner["id"]) >= rules.MAX_TAKEN:
            raise Conflict(f"You have promised {rules.MAX_TAKEN} things already: answer one of them first.")
        await queries.update_taken(
            tx, need_id, status=status, partner_id=partner["id"], note=note, listing_id=new.listing_id
        )
        await jobs.enqueue(tx, "needs.tell", Told(need_id, status))
        return await _shown(tx, actor, need_id)


async def release(db: Database, *, actor: Actor, need_id: UUID) -> Row:
    """The partner gives it back, or staff take it away: everybody may take it again."""
    async with db.transaction() as tx:
        row = await _locked(tx, actor, need_id)
        if not (
            actor.is_staff_of(row["community_id"]) or (row["partner_id"] and actor.is_member_of(row["partner_id"]))
        ):
            raise Forbidden("Only the partner who took it, or staff, may do this.")
        if rules.after(row["status"], "release") is None:
            raise NotNow
        await queries.update_released(tx, need_id)
        await audit(tx, person_id=actor.person_id, action="need.released", subject=f"need:{need_id}")
        return await _shown(tx, actor, need_id)


async def close(db: Database, *, actor: Actor, need_id: UUID, new: NeedClosing) -> Row:
    """Its author or staff close it, each for the reasons that are theirs; `removed` hides it. Those who asked are told by staff."""
    note = _written("note", new.note, max_len=200)
    async with db.transaction() as tx:
        row = await _locked(tx, actor, need_id)
        is_staff = actor.is_staff_of(row["community_id"])
        if not is_staff and actor.person_id != row["person_id"]:
            raise Forbidden("Only who asked, or staff, may close this.")
        allowed = (rules.CLOSED_BY_STAFF if is_staff else ()) + (
            rules.CLOSED_BY_AUTHOR if actor.person_id == row["person_id"] else ()
        )
        if new.closed_as not in allowed:
            raise InvalidInput([("closed_as", "must be one of " + ", ".join(dict.fromkeys(allowed)))])
        if rules.after(row["status"], "close") is None:
            raise NotNow
        await queries.update_closed(tx, need_id, closed_as=new.closed_as, note=note, by=actor.person_id)
        if is_staff:
            await audit(tx, person_id=actor.person_id, action=f"need.{new.closed_as}", subject=f"need:{need_id}")
        if actor.person_id != row["person_id"]:
            await jobs.enqueue(tx, "needs.tell", Told(need_id, "closed"))
        return await _shown(tx, actor, need_id)


async def _locked(tx: Connection, actor: Actor, need_id: UUID) -> Row:
    if await queries.lock_need(tx, need_id) is None:
        raise NotFound("This request")
    return await _shown(tx, actor, need_id)


def acts(actor: Actor | None, row: Row) -> list[str]:
    """What the reader may do with a need; the services decide again when it is done."""
    if actor is None:
        return []
    is_author = actor.person_id == row["person_id"]
    is_staff = actor.is_staff_of(row["community_id"])
    found = []
    if row["status"] in {"open", "taken"} and (not is_author or row["for_community"]):
        found.append("unsupport" if row["supported"] else "support")
    if row["status"] == "open" and actor.partners:
        found += ["take", "offer"]
    if row["status"] == "taken" and actor.is_member_of(row["partner_id"]):
        found += ["offer", "release"]
    elif row["status"] == "taken" and is_staff:
        found.append("release")
    if (is_author or is_staff) and row["status"] != "closed":
        found.append("close")
    return found
