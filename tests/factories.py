"""People, places and partners for tests, made through the services, each with one word."""

import itertools
from typing import Any
from uuid import UUID

from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.communities import service as communities
from market.communities.rules import Policies
from market.db import Connection, Database
from market.partners import service as partners
from market.people import passwords, queries
from market.people import service as people
from market.people.rules import normal_login

PASSWORD = "correct horse 2026"
_numbers = itertools.count(1)
_hashes: dict[str, str] = {}


async def make_person(db: Database, login: str | None = None, *, name: str = "王小明", password: str = PASSWORD, locale: str = "zh-CN",
                      resident_of: UUID | None = None, group: tuple[str, UUID] | None = None,
                      role: tuple[str, UUID | None] | None = None) -> UUID:
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


async def make_community(db: Database, slug: str = "liuyuan", *, name: str | None = None, street: str = "street-one", district: str = "district-one",
                         policies: Policies | None = None, time_zone: str = "Asia/Shanghai", **facts: Any) -> UUID:
    """A community below a street below a district; those above are made when they are missing. Funds are not made here."""
    async with db.transaction() as tx:
        known = {row["slug"] for row in await tx.fetch("SELECT slug FROM communities")}
        if district not in known:
            await communities.create_community(tx, slug=district, kind="district", name="一区", name_en="District One")
        if street not in known:
            await communities.create_community(tx, slug=street, kind="street", name="一街道", name_en="Street One", parent=district)
        return await communities.create_community(
            tx, slug=slug, kind="community", name=name or slug, parent=street, policies=policies, time_zone=time_zone, **facts)


async def community_id(db: Database, slug: str) -> UUID:
    async with db.read() as connection:
        return (await communities.community_by_slug(connection, slug)).id


async def make_enterprise(db: Database, slug: str, *, community: str = "liuyuan", name: str | None = None) -> UUID:
    async with db.transaction() as tx:
        return await communities.create_enterprise(tx, slug=slug, community=community, name=name or slug)


async def make_partner(db: Database, slug: str = "qinghe", *, community: str = "liuyuan", owner_login: str | None = None,
                       name: str | None = None, kind: str = "business", **facts: Any) -> UUID:
    """A partner in an existing community; the owner's account (`<slug>@example.test` unless given) is made when it is missing."""
    login = owner_login or f"{slug}@example.test"
    async with db.read() as connection:
        owned = await connection.fetchval("SELECT count(*) FROM logins WHERE login = $1", login)
    if not owned:
        await make_person(db, login)
    async with db.transaction() as tx:
        return await partners.create_partner(tx, slug=slug, name=name or slug, community=community, kind=kind, owner_login=login, **facts)


async def add_member(tx: Connection, partner_id: UUID, person_id: UUID, role: str = "staff") -> None:
    from market.partners import queries as partner_queries

    await partner_queries.upsert_member(tx, partner_id=partner_id, person_id=person_id, role=role)


async def sign_in(client: AsyncTestClient[Litestar], login: str, password: str = PASSWORD) -> dict[str, str]:
    """Sign the client in (its cookie changes); the headers that requests which change something must carry."""
    answer = await client.post("/api/sessions", json={"login": login, "password": password})
    assert answer.status_code == 201, answer.text
    return {"X-CSRF-Token": answer.json()["csrf_token"]}
