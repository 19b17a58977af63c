"""Use cases around the community tree."""

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from market.communities import queries
from market.communities.rules import Policies, policies_of
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.text import clean_text

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
ABOVE = {"district": None, "street": "district", "community": "street"}


class SlugTaken(Conflict):
    def __init__(self, slug: str) -> None:
        super().__init__(f"The short name {slug} is taken.")


@dataclass(frozen=True, slots=True)
class CommunityRow:
    """One node of the tree; `path` holds the ids of its ancestors from the root down, itself last."""

    id: UUID
    slug: str
    kind: str
    parent_id: UUID | None
    parent: str | None
    path: tuple[UUID, ...]
    name: str
    name_en: str | None
    about: str
    about_en: str | None
    time_zone: str
    currency: str
    latitude: float | None
    longitude: float | None
    desk_phone: str
    address: str
    policies: Policies


def _community(row: Row) -> CommunityRow:
    facts = dict(row)
    return CommunityRow(**{**facts, "path": tuple(facts["path"]), "policies": policies_of(facts["policies"])})


def require_slug(field: str, slug: str) -> str:
    """Raises InvalidInput unless it can stand in an address."""
    if not SLUG.fullmatch(slug):
        raise InvalidInput([(field, "must be 2 to 63 letters a-z, digits and hyphens")])
    return slug


async def community_by_slug(tx: Connection, slug: str) -> CommunityRow:
    """By slug or id; raises NotFound."""
    row = await queries.community(tx, clean_text("community", slug, max_len=200))
    if row is None:
        raise NotFound("This community")
    return _community(row)


async def all_communities(db: Database) -> list[CommunityRow]:
    """The whole tree, parents before children."""
    async with db.read() as connection:
        return [_community(row) for row in await queries.communities(connection)]


async def community_detail(db: Database, *, key: str) -> tuple[CommunityRow, list[Row], list[str]]:
    """One community with its enterprises and the slugs of its children; raises NotFound."""
    async with db.read() as connection:
        found = await community_by_slug(connection, key)
        return found, await queries.enterprises(connection, found.id), await queries.children(connection, found.id)


async def create_community(
    tx: Connection,
    *,
    slug: str,
    kind: str,
    name: str,
    parent: str | None = None,
    name_en: str | None = None,
    about: str = "",
    about_en: str | None = None,
    time_zone: str = "Asia/Shanghai",
    currency: str = "CNY",
    latitude: float | None = None,
    longitude: float | None = None,
    desk_phone: str = "",
    address: str = "",
    policies: Policies | dict[str, Any] | None = None,
) -> UUID:
    """A node below `parent` (slug or id): a street below a district, a community below a street. Raises InvalidInput, SlugTaken.

    Its two funds are made by the caller with funds.service.create_funds."""
    above = await community_by_slug(tx, parent) if parent else None
    if kind not in ABOVE or ABOVE[kind] != (above.kind if above else None):
        raise InvalidInput(
            [("kind", "must be a district without parent, a street in a district or a community in a street")]
        )
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise InvalidInput([("time_zone", "is unknown")]) from fault
    facts = {
        "name": clean_text("name", name, max_len=80, min_len=1),
        "name_en": clean_text("name_en", name_en, max_len=80) if name_en else None,
        "about": clean_text("about", about, max_len=10_000),
        "about_en": clean_text("about_en", about_en, max_len=10_000) if about_en else None,
        "time_zone": time_zone,
        "currency": currency,
        "latitude": latitude,
        "longitude": longitude,
        "desk_phone": clean_text("desk_phone", desk_phone, max_len=40),
        "address": clean_text("address", address, max_len=200),
    }
    chosen = policies if isinstance(policies, Policies) else policies_of(policies or {})
    made = await queries.insert_community(
        tx,
        slug=require_slug("slug", slug),
        kind=kind,
        parent_id=above.id if above else None,
        facts=facts,
        policies=asdict(chosen),
    )
    if made is None:
        raise SlugTaken(slug)
    return made


async def create_enterprise(
    tx: Connection,
    *,
    slug: str,
    community: str,
    name: str,
    name_en: str | None = None,
    scope: str = "",
    founded_on: date | None = None,
) -> UUID:
    """A company founded by the community (D1); raises NotFound, SlugTaken."""
    owner = await community_by_slug(tx, community)
    made = await queries.insert_enterprise(
        tx,
        slug=require_slug("slug", slug),
        community_id=owner.id,
        name=clean_text("name", name, max_len=120, min_len=1),
        name_en=clean_text("name_en", name_en, max_len=120) if name_en else None,
        scope=clean_text("scope", scope, max_len=500),
        founded_on=founded_on,
    )
    if made is None:
        raise SlugTaken(slug)
    return made
