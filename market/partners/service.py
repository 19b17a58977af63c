"""Use cases around partners and who belongs to them."""

from typing import Any
from uuid import UUID

from market import limits
from market.communities.service import community_by_slug
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.partners import queries
from market.people.rules import Actor, normal_login
from market.people.service import audit
from market.search import service as search
from market.text import clean_text, skeleton

PAGE_SIZE = 100


class NameTaken(Conflict):
    """I09: no two partners have names that look alike."""

    def __init__(self) -> None:
        super().__init__("Another partner has this name, or one that looks like it.")


class SlugTaken(Conflict):
    def __init__(self) -> None:
        super().__init__("This short name is taken.")


class LastOwner(Conflict):
    def __init__(self) -> None:
        super().__init__("A partner needs an owner: make somebody else owner first.")


async def list_partners(db: Database, *, community: str | None, cursor: str | None) -> tuple[list[Row], str | None]:
    """One page of active partners by slug, and where the next begins."""
    key = clean_text("community", community, max_len=200) if community else None
    after = clean_text("cursor", cursor, max_len=200) if cursor else ""
    async with db.read() as connection:
        rows = await queries.partners(connection, community=key, after=after, limit=PAGE_SIZE + 1)
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1]["slug"] if len(rows) > PAGE_SIZE else None


async def partner_by_slug(tx: Connection, key: str) -> Row:
    """By slug or id; raises NotFound."""
    row = await queries.partner(tx, clean_text("partner", key, max_len=200))
    if row is None:
        raise NotFound("This partner")
    return row


async def partner(db: Database, *, key: str) -> Row:
    """What everybody may see of a partner; raises NotFound."""
    async with db.read() as connection:
        return await partner_by_slug(connection, key)


async def create_partner(
    tx: Connection,
    *,
    slug: str,
    name: str,
    community: str,
    kind: str,
    owner_login: str,
    name_en: str | None = None,
    tier: str = "basic",
    about: str = "",
    about_en: str | None = None,
    phone: str = "",
    address: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
    by: UUID | None = None,
) -> UUID:
    """Take a partner in; its owner must have an account. Raises InvalidInput, NotFound, NameTaken, SlugTaken."""
    home = await community_by_slug(tx, community)
    owner = await _person_by_login(tx, "owner_login", owner_login)
    facts: dict[str, Any] = {
        "kind": kind,
        "tier": tier,
        "latitude": latitude,
        "longitude": longitude,
        "name": clean_text("name", name, max_len=80, min_len=1),
        "name_en": clean_text("name_en", name_en, max_len=120) if name_en else None,
        "about": clean_text("about", about, max_len=10_000),
        "about_en": clean_text("about_en", about_en, max_len=10_000) if about_en else None,
        "phone": clean_text("phone", phone, max_len=40),
        "address": clean_text("address", address, max_len=200),
    }
    key = skeleton(facts["name"])
    if not key:
        raise InvalidInput([("name", "must have a visible character")])
    partner_id = await queries.insert_partner(tx, slug=slug, community_id=home.id, name_skeleton=key, facts=facts)
    if partner_id is None:
        raise SlugTaken if await queries.is_slug_taken(tx, slug) else NameTaken
    await queries.upsert_member(tx, partner_id=partner_id, person_id=owner, role="owner")
    await audit(
        tx,
        person_id=by,
        action="partner.created",
        subject=f"partner:{partner_id}",
        detail={"slug": slug, "community": home.slug},
    )
    await search.note_change(tx, kind="partner", id=partner_id)
    return partner_id


async def take_in(db: Database, *, actor: Actor, facts: dict[str, Any]) -> Row:
    """A director or the operator takes a partner into a community of theirs; elsewhere the community is not found for them."""
    async with db.transaction() as tx:
        home = await community_by_slug(tx, facts["community"])
        if not actor.is_staff_of(home.id, "director", "street"):
            raise NotFound("This community")
        partner_id = await create_partner(tx, **facts, by=actor.person_id)
        return await partner_by_slug(tx, str(partner_id))


async def _person_by_login(tx: Connection, field: str, login: str) -> UUID:
    known_as = normal_login(login)
    person_id = await queries.person_id_by_login(tx, known_as.text) if known_as else None
    if person_id is None:
        raise InvalidInput([(field, "nobody has an account with this login")])
    return person_id


async def list_members(db: Database, *, actor: Actor, key: str) -> list[Row]:
    """Members of a partner that the actor belongs to; any other partner is not found."""
    async with db.read() as connection:
        row = await partner_by_slug(connection, key)
        if not actor.is_member_of(row["id"]):
            raise NotFound("This partner")
        return await queries.members(connection, row["id"])


async def add_member(db: Database, *, actor: Actor, key: str, login: str, role: str) -> list[Row]:
    """An owner adds a member or changes one's role; raises NotFound, Forbidden for staff, InvalidInput, LastOwner.

    Limited, because the answer says whether a login has an account."""
    await limits.hit(db, bucket=limits.bucket("member", str(actor.person_id)), limit=30, window_s=3600)
    async with db.transaction() as tx:
        row = await partner_by_slug(tx, key)
        if not actor.is_member_of(row["id"]):
            raise NotFound("This partner")
        await queries.lock_partner(tx, row["id"])
        members = await queries.members(tx, row["id"])
        owners = {each["person_id"] for each in members if each["role"] == "owner"}
        if actor.person_id not in owners:
            raise Forbidden("Only an owner of the partner may do this.")
        person_id = await _person_by_login(tx, "login", login)
        if owners == {person_id} and role != "owner":
            raise LastOwner
        await queries.upsert_member(tx, partner_id=row["id"], person_id=person_id, role=role)
        await audit(
            tx,
            person_id=actor.person_id,
            action="partner.member",
            subject=f"partner:{row['id']}",
            detail={"person_id": str(person_id), "role": role},
        )
        return await queries.members(tx, row["id"])
