"""Pools that pay part of residents' prices while they last (T3): set up by staff, filled by approved requests, taken from by sales.

The household of a cap is whoever lives at one verified address; who gave no address is counted alone. Only a hash of it is kept."""

from collections.abc import Collection
from typing import Any, Literal
from uuid import UUID

from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.funds import pool_queries as queries
from market.funds.pool_schemas import NewPool, PoolChange
from market.funds.service import fund_row
from market.funds.spending_reading import roles_over
from market.funds.spending_rules import DECIDING_ROLES, MIN_CASES
from market.people.rules import Actor
from market.people.service import audit
from market.text import clean_text


class PoolTaken(Conflict):
    """Somebody else took what the pool, its month or the household had left."""

    slug = "pool-empty"
    title = "The subsidy is used up"

    def __init__(self) -> None:
        super().__init__("The subsidy was used up in this very moment. Please look at the price again.")


async def of_community(db: Database, *, actor: Actor, community: str) -> list[tuple[Row, bool]]:
    """The pools of a community, each with whether the actor may change it; for its staff. Raises NotFound, Forbidden."""
    async with db.read() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id):
            raise Forbidden("Only staff of the community may see its pools.")
        return [(row, leads(actor, found.id)) for row in await queries.pools(tx, community_id=found.id)]


async def create(db: Database, *, actor: Actor, community: str, new: NewPool) -> tuple[Row, bool]:
    """A new pool of one of the community's funds, empty until a request fills it; by a director or the street.

    Raises NotFound, Forbidden, InvalidInput, Conflict when the short name is taken."""
    async with db.transaction() as tx:
        found = await communities.community_by_slug(tx, community)
        if not leads(actor, found.id):
            raise Forbidden("Only a director or the street may set up a pool.")
        fund = await fund_row(tx, new.fund)
        if fund["community_id"] != found.id:
            raise InvalidInput([("fund", "is no fund of this community")])
        unknown = await queries.unknown_categories(tx, new.categories)
        if unknown:
            raise InvalidInput([("categories", f"unknown: {', '.join(unknown)}")])
        pool_id = await queries.insert_pool(tx, facts=_facts(new, fund, actor))
        if pool_id is None:
            raise Conflict("The community has a pool of this short name already.")
        await audit(tx, person_id=actor.person_id, action="pool.created", subject=str(pool_id),
                    detail={"fund": fund["slug"], "discount_bp": new.discount_bp})  # fmt: skip
        row = await queries.pool(tx, pool_id=pool_id)
        assert row is not None
        return row, True


def _facts(new: NewPool, fund: Row, actor: Actor) -> dict[str, Any]:
    return {
        "community_id": fund["community_id"],
        "fund_id": fund["id"],
        "slug": f"{fund['slug'].rpartition('-')[0]}-{new.short_name}",
        "name": clean_text("name", new.name, max_len=60, min_len=1),
        "name_en": clean_text("name_en", new.name_en, max_len=60) or None if new.name_en else None,
        "group": new.group,
        "discount_bp": new.discount_bp,
        "categories": new.categories,
        "month_cap_minor": new.month_cap,
        "household_cap_minor": new.household_cap,
        "currency": fund["currency"],
        "created_by": actor.person_id,
    }


async def change(db: Database, *, actor: Actor, pool_id: UUID, new: PoolChange) -> tuple[Row, bool]:
    """Pause or open a pool, or change its caps; orders keep what they hold. Raises NotFound, Forbidden."""
    async with db.transaction() as tx:
        row = await queries.lock_pool(tx, pool_id)
        if row is None or not actor.is_staff_of(row["community_id"]):
            raise NotFound("This pool")
        if not leads(actor, row["community_id"]):
            raise Forbidden("Only a director or the street may change a pool.")
        await queries.update_pool(
            tx,
            pool_id,
            status=new.status or row["status"],
            month_cap=new.month_cap or row["month_cap_minor"],
            household_cap=new.household_cap or row["household_cap_minor"],
        )
        await audit(tx, person_id=actor.person_id, action="pool.changed", subject=str(pool_id),
                    detail={"status": new.status, "month_cap": new.month_cap, "household_cap": new.household_cap})  # fmt: skip
        shown = await queries.pool(tx, pool_id=pool_id)
        assert shown is not None
        return shown, True


def leads(actor: Actor, community_id: UUID) -> bool:
    """Whether the actor is a director or the street there: who may spend the money of pools."""
    return bool(roles_over(actor, community_id) & set(DECIDING_ROLES))


async def public(db: Database, *, key: str) -> tuple[list[Row], dict[UUID, list[Row]]]:
    """The pools of a fund, and of each the months of which sums may be told (O08). Raises NotFound."""
    async with db.read() as tx:
        fund = await fund_row(tx, key)
        months: dict[UUID, list[Row]] = {}
        for row in await queries.public_months(tx, fund_id=fund["id"], at_least=MIN_CASES):
            months.setdefault(row["pool_id"], []).append(row)
        return await queries.pools(tx, fund_id=fund["id"]), months


def state_of(row: Row) -> Literal["open", "month_full", "empty", "paused"]:
    """How a pool stands, without telling what is left in it."""
    if row["status"] == "paused":
        return "paused"
    if row["filled_minor"] <= row["taken_minor"]:
        return "empty"
    return "month_full" if row["month_taken"] >= row["month_cap_minor"] else "open"


async def pool_of_fund(tx: Connection, fund: Row, slug: str) -> Row:
    """The pool that a request wants to fill; raises InvalidInput unless it is one of this fund."""
    row = await queries.pool(tx, slug=clean_text("pool", slug, max_len=200))
    if row is None or row["fund_id"] != fund["id"]:
        raise InvalidInput([("pool", "is no pool of this fund")])
    return row


async def pool_of_community(tx: Connection, community_id: UUID, slug: str) -> Row:
    """A pool by its slug; raises InvalidInput unless it is one of this community."""
    row = await queries.pool(tx, slug=clean_text("pool", slug, max_len=200))
    if row is None or row["community_id"] != community_id:
        raise InvalidInput([("pool", "is no pool of this community")])
    return row


async def left_for(tx: Connection, *, pool_id: UUID, person_id: UUID, lock: bool = False) -> Row | None:
    """What one pool has left for a person, whoever it pays for otherwise; None while it is paused. With `lock` it stays so until the
    transaction ends."""
    if lock:
        await queries.lock_pools(tx, [pool_id])
    return await queries.left_for(tx, pool_id=pool_id, person_id=person_id)


async def fill(tx: Connection, *, pool_id: UUID, amount: int) -> str:
    """An approved request puts money into a pool; its slug."""
    return await queries.update_filled(tx, pool_id, amount=amount)


# What a sale asks ----------------------------------------------------------------------------------------------------------------


async def for_sale(
    tx: Connection,
    *,
    person_id: UUID,
    communities: Collection[UUID],
    groups: Collection[str],
    listing_ids: Collection[UUID],
    lock: bool = False,
) -> list[Row]:
    """The open pools that pay for a resident of these communities with these groups, and what each has left for this person; with
    `lock` it stays so until the transaction ends."""

    async def look() -> list[Row]:
        found = await queries.for_sale(
            tx, person_id=person_id, communities=communities, groups=groups, listing_ids=listing_ids
        )
        return [row for row in found if row["listing_ids"]]

    rows = await look()
    if rows and lock:
        await queries.lock_pools(tx, [row["id"] for row in rows])
        rows = await look()
    return rows


async def take(tx: Connection, *, pool_id: UUID, month: str, household: str, amount: int) -> None:
    """Take money of a pool for an order; the row that holds it decides, whatever was looked at before. Raises PoolTaken."""
    if not await queries.take(tx, pool_id=pool_id, month=month, household=household, amount=amount):
        raise PoolTaken


async def give_back(tx: Connection, *, pool_id: UUID, month: str, household: str, amount: int, is_whole: bool) -> None:
    """Give back what an order held or used, or a part of it."""
    await queries.update_given_back(
        tx, pool_id=pool_id, month=month, household=household, amount=amount, is_whole=is_whole
    )
