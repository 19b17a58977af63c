"""Coupons on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount, ShortText

Minor = Annotated[int, Meta(ge=1, le=10_000_000_000)]


class NewCoupon(msgspec.Struct, forbid_unknown_fields=True):
    """Either `amount` (minor units) or `rate_bp` off; `minimum` is what the goods it is for must cost before."""

    code: Annotated[str, Meta(max_length=40)]
    name: Annotated[str, Meta(max_length=60)]
    ends_at: datetime
    max_total: Annotated[int, Meta(ge=1, le=1_000_000)]
    max_per_person: Annotated[int, Meta(ge=1, le=1000)] = 1
    amount: Minor | None = None
    rate_bp: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    minimum: Annotated[int, Meta(ge=0, le=10_000_000_000)] = 0
    starts_at: datetime | None = None
    name_en: Annotated[str, Meta(max_length=60)] | None = None


class NewCommunityCoupon(NewCoupon, forbid_unknown_fields=True):
    """`pool` names the subsidy pool that bears it; without one the platform does, which only an operator may say."""

    pool: ShortText | None = None


class CouponShape(msgspec.Struct):
    """As who made it sees it; `used` counts orders that wait to be paid too."""

    id: UUID
    code: str
    name: str
    name_en: str | None
    bearer: Literal["partner", "platform", "pool"]
    partner: str | None
    pool: str | None
    amount: Amount | None
    rate_bp: int | None
    minimum: Amount
    max_total: int
    max_per_person: int
    used: int
    starts_at: datetime
    ends_at: datetime
    state: Literal["open", "ended", "over", "used_up", "not_yet"]


class CouponTaken(msgspec.Struct):
    """What a code takes off a cart. `problem`: unknown, sign_in, ended, over, not_yet, used_up, used_before, nothing_fits,
    below_minimum, pool_empty; null when it is taken off."""

    code: str
    name: str
    name_en: str | None
    amount: Amount
    minimum: Amount
    problem: str | None
