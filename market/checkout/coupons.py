"""Codes that make a cart cheaper: who may make them, how one is used with an order, and when its use is free again (M10).

Service code of the checkout slice, split off by noun."""

import re
from typing import Any, Literal
from uuid import UUID

from market import limits
from market.checkout import coupon_queries as queries
from market.checkout import coupon_rules
from market.checkout import queries as order_queries
from market.checkout.coupon_schemas import NewCommunityCoupon, NewCoupon
from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.funds import pools
from market.partners import service as partners
from market.people.rules import Actor
from market.people.service import audit
from market.text import clean_text

CODE = re.compile(r"[A-Z0-9]{4,20}")
# Somebody who tries codes at random finds none at this pace; somebody who misreads one is not slowed down (A21).
TRIES_PER_HOUR = 300


class CouponRefused(Conflict):
    """The code cannot be used for this cart; `slug` names why, as the quote does."""

    title = "This coupon cannot be used"

    def __init__(self, problem: str) -> None:
        super().__init__("This coupon cannot be used for this cart. Take it off, or look at the price again.")
        self.slug = f"coupon-{problem.replace('_', '-')}"  # type: ignore[misc]  # one class for a table of reasons


def normal_code(raw: str) -> str:
    """A code as it is stored, from how people type it; empty for what cannot be one."""
    code = raw.strip().replace("-", "").replace(" ", "").upper()
    return code if CODE.fullmatch(code) else ""


def state_of(row: Row) -> Literal["open", "ended", "over", "used_up", "not_yet"]:
    """Whether a code can be used by anybody now."""
    if row["status"] == "ended":
        return "ended"
    if row["now"] >= row["ends_at"]:
        return "over"
    if row["now"] < row["starts_at"]:
        return "not_yet"
    return "used_up" if row["used"] >= row["max_total"] else "open"


async def try_code(db: Database, *, actor: Actor | None, code: str | None) -> None:
    """Count an attempt with a code. Raises TooManyRequests."""
    if code and actor is not None:
        await limits.hit(db, bucket=f"coupon:{actor.person_id}", limit=TRIES_PER_HOUR, window_s=3600)


async def view(
    tx: Connection, *, code: str, person_id: UUID | None, lock: bool = False
) -> tuple[coupon_rules.Coupon, Row | None]:
    """A code as this person can use it now, and what its pool has left for them; with `lock` it stays so until the transaction ends."""
    wanted = normal_code(code)
    if lock and wanted:
        await queries.lock_coupon(tx, wanted)
    row = await queries.coupon(tx, code=wanted) if wanted else None
    if row is None or person_id is None:
        why = "sign_in" if person_id is None else "unknown"
        nobody = UUID(int=0)
        return coupon_rules.Coupon(nobody, code[:40], "", None, nobody, None, "", 0, None, 0, problem=why), None
    state = state_of(row)
    problem: str | None = None if state == "open" else state
    if problem is None and await queries.used_by(tx, coupon_id=row["id"], person_id=person_id) >= row["max_per_person"]:
        problem = "used_before"
    pool = None
    if row["pool_id"] is not None:
        pool = await pools.left_for(tx, pool_id=row["pool_id"], person_id=person_id, lock=lock)
    source = {"partner": f"partner:{row['partner']}", "platform": "platform", "pool": f"subsidy:{row['pool']}"}
    return coupon_rules.Coupon(
        row["id"], row["code"], row["name"], row["name_en"], row["community_id"], row["partner_id"], source[row["bearer"]],
        row["amount_minor"], row["rate_bp"], row["minimum_minor"],
        left=None if row["pool_id"] is None else min(pool["left_minor"], pool["month_left"], pool["household_left"]) if pool else 0,
        problem=problem,
    ), pool  # fmt: skip


async def use(
    tx: Connection, *, coupon: coupon_rules.Coupon, taken: coupon_rules.Taken, order_id: UUID, person_id: UUID
) -> None:
    """Use the code for a new order; its row decides, whatever was looked at before. Raises CouponRefused."""
    if not await queries.insert_use(
        tx, coupon_id=coupon.id, order_id=order_id, person_id=person_id, amount=taken.amount
    ):
        raise CouponRefused("used_up")


async def free(tx: Connection, order_id: UUID) -> None:
    """The order ended unpaid or was given back whole: its code may be used again."""
    await queries.update_use_freed(tx, order_id)


async def use_again(tx: Connection, order_id: UUID) -> None:
    """The money of an order that had ended arrived late. Raises CouponRefused when its code was used up meanwhile."""
    if not await queries.update_use_held(tx, order_id):
        raise CouponRefused("used_up")


# Making them ---------------------------------------------------------------------------------------------------------------------


async def of_partner(db: Database, *, actor: Actor, partner: str) -> list[Row]:
    """The partner's own. Raises NotFound for who is no member."""
    async with db.read() as tx:
        row = await _own_partner(tx, actor, partner)
        return await queries.coupons(tx, partner_id=row["id"])


async def _own_partner(tx: Connection, actor: Actor, partner: str) -> Row:
    row = await partners.partner_by_slug(tx, partner)
    if not actor.is_member_of(row["id"]):
        raise NotFound("This partner")
    return row


async def of_community(db: Database, *, actor: Actor, community: str) -> list[Row]:
    """Every coupon that can be used in the community. Raises NotFound, Forbidden."""
    async with db.read() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id):
            raise Forbidden("Only staff of the community may see its coupons.")
        return await queries.coupons(tx, community_id=found.id)


async def create_for_partner(db: Database, *, actor: Actor, partner: str, new: NewCoupon) -> Row:
    """A coupon for what the partner sells, borne by it. Raises NotFound, InvalidInput, Conflict."""
    async with db.transaction() as tx:
        row = await _own_partner(tx, actor, partner)
        found = await communities.community_by_slug(tx, str(row["community_id"]))
        facts = {"bearer": "partner", "partner_id": row["id"], "community_id": found.id, "currency": found.currency}
        return await _create(tx, actor=actor, new=new, facts=facts)


async def create_for_community(db: Database, *, actor: Actor, community: str, new: NewCommunityCoupon) -> Row:
    """A coupon for all that is sold in a community, borne by a pool of it (director, street) or by the platform (operator).

    Raises NotFound, Forbidden, InvalidInput, Conflict."""
    async with db.transaction() as tx:
        found = await communities.community_by_slug(tx, community)
        facts: dict[str, Any] = {"bearer": "platform", "community_id": found.id, "currency": found.currency}
        if new.pool is None:
            if not actor.is_operator():
                raise Forbidden("Only the operator may let the platform bear a coupon.")
        else:
            if not pools.leads(actor, found.id):
                raise Forbidden("Only a director or the street may let a pool bear a coupon.")
            pool = await pools.pool_of_community(tx, found.id, new.pool)
            facts |= {"bearer": "pool", "pool_id": pool["id"]}
        return await _create(tx, actor=actor, new=new, facts=facts)


async def _create(tx: Connection, *, actor: Actor, new: NewCoupon, facts: dict[str, Any]) -> Row:
    code = normal_code(new.code)
    faults = []
    if not code:
        faults.append(("code", "must be 4 to 20 letters A to Z and digits"))
    if (new.amount is None) == (new.rate_bp is None):
        faults.append(("amount", "give either an amount or a rate"))
    for field, at in (("starts_at", new.starts_at), ("ends_at", new.ends_at)):
        if at is not None and at.tzinfo is None:
            faults.append((field, "must be a time with an offset"))
    if not faults and new.starts_at is not None and new.starts_at >= new.ends_at:
        faults.append(("ends_at", "must be after the start"))
    now = await order_queries.database_now(tx)
    if not faults and new.ends_at <= now:
        faults.append(("ends_at", "is over already"))
    if faults:
        raise InvalidInput(faults)
    facts |= {
        "code": code, "name": clean_text("name", new.name, max_len=60, min_len=1),
        "name_en": clean_text("name_en", new.name_en, max_len=60) or None if new.name_en else None,
        "amount_minor": new.amount, "rate_bp": new.rate_bp, "minimum_minor": new.minimum, "max_total": new.max_total,
        "max_per_person": new.max_per_person, "ends_at": new.ends_at, "created_by": actor.person_id,
    }  # fmt: skip
    if new.starts_at is not None:
        facts["starts_at"] = new.starts_at
    coupon_id = await queries.insert_coupon(tx, facts=facts)
    if coupon_id is None:
        raise Conflict("There is a coupon with this code already.")
    await audit(tx, person_id=actor.person_id, action="coupon.created", subject=str(coupon_id), detail={"code": code})
    row = await queries.coupon(tx, coupon_id=coupon_id)
    assert row is not None
    return row


async def end(db: Database, *, actor: Actor, coupon_id: UUID) -> Row:
    """Nobody can use it any more; orders keep what they have. Ended again it stays ended. Raises NotFound."""
    async with db.transaction() as tx:
        row = await queries.coupon(tx, coupon_id=coupon_id)
        if row is None or not _may_end(actor, row):
            raise NotFound("This coupon")
        await queries.update_ended(tx, coupon_id)
        await audit(tx, person_id=actor.person_id, action="coupon.ended", subject=str(coupon_id))
        shown = await queries.coupon(tx, coupon_id=coupon_id)
        assert shown is not None
        return shown


def _may_end(actor: Actor, row: Row) -> bool:
    if row["bearer"] == "partner":
        return actor.is_member_of(row["partner_id"])
    if row["bearer"] == "pool":
        return pools.leads(actor, row["community_id"])
    return actor.is_operator()
