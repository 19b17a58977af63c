"""People, places and partners for tests, made through the services, each with one word."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from httpx import AsyncClient

from market.communities import service as communities
from market.communities.rules import Policies
from market.db import Connection, Database
from market.listings import offers
from market.listings import service as listings
from market.listings.schemas import NewListing, NewOffer
from market.partners import service as partners
from market.people import passwords, queries
from market.people import service as people
from market.people.rules import Actor, normal_login
from market.settings import Settings

PASSWORD = "correct horse 2026"
_numbers = itertools.count(1)
_hashes: dict[str, str] = {}


async def make_person(
    db: Database,
    login: str | None = None,
    *,
    name: str = "王小明",
    password: str = PASSWORD,
    locale: str = "zh-CN",
    resident_of: UUID | None = None,
    group: tuple[str, UUID] | None = None,
    role: tuple[str, UUID | None] | None = None,
) -> UUID:
    """A person with an account (login person<N>@example.test unless given), with verified residency in `resident_of`, a verified
    eligibility `group` ("elder", community id) and a staff `role` ("clerk", community id)."""
    known_as = normal_login(login or f"person{next(_numbers)}@example.test")
    assert known_as is not None
    if password not in _hashes:  # hashing is slow on purpose; the same password may share its hash in tests
        _hashes[password] = await passwords.hash_password(password)
    async with db.transaction() as tx:
        person_id = await queries.new_id(tx)
        await queries.insert_person(tx, person_id=person_id, name=name, locale=locale, password_hash=_hashes[password])
        assert await queries.insert_login(tx, login=known_as.text, kind=known_as.kind, person_id=person_id)
        if resident_of is not None:
            await people.verify_residency(tx, person_id=person_id, community_id=resident_of)
        if group is not None:
            await people.add_to_group(tx, person_id=person_id, group=group[0], community_id=group[1])
        if role is not None:
            await people.grant_role(tx, person_id=person_id, role=role[0], community_id=role[1])
    return person_id


async def make_community(
    db: Database,
    slug: str = "liuyuan",
    *,
    name: str | None = None,
    street: str = "street-one",
    district: str = "district-one",
    policies: Policies | None = None,
    time_zone: str = "Asia/Shanghai",
    **facts: Any,
) -> UUID:
    """A community below a street below a district; those above are made when they are missing. Funds are not made here."""
    async with db.transaction() as tx:
        known = {row["slug"] for row in await tx.fetch("SELECT slug FROM communities")}
        if district not in known:
            await communities.create_community(tx, slug=district, kind="district", name="一区", name_en="District One")
        if street not in known:
            await communities.create_community(
                tx, slug=street, kind="street", name="一街道", name_en="Street One", parent=district
            )
        return await communities.create_community(
            tx,
            slug=slug,
            kind="community",
            name=name or slug,
            parent=street,
            policies=policies,
            time_zone=time_zone,
            **facts,
        )


async def community_id(db: Database, slug: str) -> UUID:
    async with db.read() as connection:
        return (await communities.community_by_slug(connection, slug)).id


async def make_enterprise(db: Database, slug: str, *, community: str = "liuyuan", name: str | None = None) -> UUID:
    async with db.transaction() as tx:
        return await communities.create_enterprise(tx, slug=slug, community=community, name=name or slug)


async def make_partner(
    db: Database,
    slug: str = "qinghe",
    *,
    community: str = "liuyuan",
    owner_login: str | None = None,
    name: str | None = None,
    kind: str = "business",
    **facts: Any,
) -> UUID:
    """A partner in an existing community; the owner's account (`<slug>@example.test` unless given) is made when it is missing."""
    login = owner_login or f"{slug}@example.test"
    async with db.read() as connection:
        owned = await connection.fetchval("SELECT count(*) FROM logins WHERE login = $1", login)
    if not owned:
        await make_person(db, login)
    async with db.transaction() as tx:
        return await partners.create_partner(
            tx, slug=slug, name=name or slug, community=community, kind=kind, owner_login=login, **facts
        )


async def add_member(tx: Connection, partner_id: UUID, person_id: UUID, role: str = "staff") -> None:
    from market.partners import queries as partner_queries

    await partner_queries.upsert_member(tx, partner_id=partner_id, person_id=person_id, role=role)


async def sign_in(client: AsyncClient, login: str, password: str = PASSWORD) -> dict[str, str]:
    """Sign the client in (its cookie changes); the headers that requests which change something must carry."""
    answer = await client.post("/api/sessions", json={"login": login, "password": password})
    assert answer.status_code == 201, answer.text
    return {"X-CSRF-Token": answer.json()["csrf_token"]}


ALL_DAY = [(weekday, "00:00", "24:00") for weekday in range(7)]


async def make_space(
    db: Database,
    name: str = "活动室",
    *,
    community: str = "liuyuan",
    rate: int = 4000,
    hours: list[tuple[int, str, str]] = ALL_DAY,
    off_peak: list[tuple[int, str, str, int]] | None = None,
    kind: str = "room",
    **facts: Any,
) -> UUID:
    """A space in an existing community, open all day at ¥40.00 an hour unless told; `parent_id` puts it into a hall."""
    from market.spaces import register
    from market.spaces.schemas import Hours, NewSpace, OffPeak

    new = NewSpace(
        community=community,
        kind=kind,
        name=name,
        rate=rate,
        hours=[Hours(*each) for each in hours],
        off_peak=[OffPeak(*each) for each in off_peak or []],
        **facts,
    )
    async with db.transaction() as tx:
        return await register.add_space(tx, new=new)


def member_of(*partner_ids: UUID) -> Actor:
    """Somebody who belongs to these partners, for calls of services."""
    return Actor(person_id=UUID(int=next(_numbers)), partners=dict.fromkeys(partner_ids, "owner"))


async def make_category(
    db: Database, slug: str = "yoga", *, name: str | None = None, parent: str | None = None, **facts: Any
) -> UUID:
    async with db.transaction() as tx:
        return await listings.create_category(tx, slug=slug, name=name or slug, parent=parent, **facts)


async def make_listing(
    db: Database,
    partner: str = "qinghe",
    *,
    kind: str = "class",
    price: int = 10_000,
    title: str = "晨间瑜伽",
    category: str = "yoga",
    status: str = "published",
    **facts: Any,
) -> UUID:
    """A listing of an existing partner (slug); its category is made when it is missing, a voucher is valid for 90 days."""
    await make_category(db, category)
    if kind == "voucher":
        facts.setdefault("valid_days", 90)
    async with db.read() as connection:
        owner = member_of((await partners.partner_by_slug(connection, partner))["id"])
    new = NewListing(
        kind=kind, title=title, category=category, price=0 if kind == "free" else price, status=status, **facts
    )
    made = await listings.create_listing(db, actor=owner, settings=Settings(env="test"), partner=partner, new=new)
    return UUID(msgspec.json.decode(made)["id"])


async def make_offer(
    db: Database,
    listing_id: UUID,
    *,
    capacity: int = 10,
    starts_in: timedelta = timedelta(days=2),
    length: timedelta = timedelta(hours=1),
    timed: bool = True,
    **facts: Any,
) -> UUID:
    """An offer that begins `starts_in` from now by the database's clock; `timed` off for a voucher."""
    async with db.read() as connection:
        row = await connection.fetchrow("SELECT partner_id, now() AS now FROM listings WHERE id = $1", listing_id)
    if timed:
        facts = {"starts_at": row["now"] + starts_in, "ends_at": row["now"] + starts_in + length, **facts}
    made = await offers.create_offers(
        db,
        actor=member_of(row["partner_id"]),
        occupier=None,
        listing_id=listing_id,
        new=[NewOffer(capacity=capacity, **facts)],
    )
    return UUID(msgspec.json.decode(made)["items"][0]["id"])
