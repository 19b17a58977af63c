"""HTTP of coupons: partners and communities make them, buyers name the code in their cart."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.checkout import coupons
from market.checkout.coupon_schemas import CouponShape, NewCommunityCoupon, NewCoupon
from market.db import Database, Row
from market.people.rules import Actor
from market.schemas import Amount, Page


def _coupon(row: Row) -> CouponShape:
    same = ("id", "code", "name", "name_en", "bearer", "partner", "pool", "rate_bp", "max_total", "max_per_person", "used", "starts_at",
            "ends_at")  # fmt: skip
    return CouponShape(
        **{name: row[name] for name in same},
        amount=None if row["amount_minor"] is None else Amount(row["amount_minor"], row["currency"]),
        minimum=Amount(row["minimum_minor"], row["currency"]),
        state=coupons.state_of(row),
    )


@get("/api/partners/{partner:str}/coupons", operation_id="list_partner_coupons", summary="My partner's coupons")
async def list_partner_coupons(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str]
) -> Page[CouponShape]:
    """Newest first, for members of the partner."""
    return Page([_coupon(row) for row in await coupons.of_partner(db, actor=actor, partner=partner)])


@post(
    "/api/partners/{partner:str}/coupons",
    operation_id="create_partner_coupon",
    summary="Make a coupon for my partner's offers",
)
async def create_partner_coupon(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str], data: JSONBody[NewCoupon]
) -> CouponShape:
    """The partner bears it."""
    return _coupon(await coupons.create_for_partner(db, actor=actor, partner=partner, new=data))


@get(
    "/api/communities/{community:str}/coupons", operation_id="list_community_coupons", summary="Coupons of a community"
)
async def list_community_coupons(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> Page[CouponShape]:
    """Newest first, for its staff; those of partners too."""
    return Page([_coupon(row) for row in await coupons.of_community(db, actor=actor, community=community)])


@post("/api/communities/{community:str}/coupons", operation_id="create_community_coupon",
      summary="Make a coupon that a pool or the platform bears")  # fmt: skip
async def create_community_coupon(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    data: JSONBody[NewCommunityCoupon],
) -> CouponShape:
    """For whatever is sold in the community."""
    return _coupon(await coupons.create_for_community(db, actor=actor, community=community, new=data))


@post("/api/coupons/{coupon_id:uuid}/end", operation_id="end_coupon", summary="End a coupon", status_code=200)
async def end_coupon(
    db: NamedDependency[Database], actor: NamedDependency[Actor], coupon_id: FromPath[UUID]
) -> CouponShape:
    """By who may make such a one; orders keep what they have."""
    return _coupon(await coupons.end(db, actor=actor, coupon_id=coupon_id))


handlers: list[Any] = [
    list_partner_coupons, create_partner_coupon, list_community_coupons, create_community_coupon, end_coupon,
]  # fmt: skip
