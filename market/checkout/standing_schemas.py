"""Monthly gifts on the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.checkout.donation_schemas import GiftAmount
from market.checkout.standing_rules import LATEST_DAY
from market.schemas import Amount, ShortText


class NewStandingGift(msgspec.Struct, forbid_unknown_fields=True):
    """Asked for on `day` of each month, from `starts_on` (today, where it is not said) to `ends_on`, or until it is stopped."""

    amount: GiftAmount
    day: Annotated[int, Meta(ge=1, le=LATEST_DAY)]
    purpose: ShortText | None = None
    is_named: bool = False
    starts_on: date | None = None
    ends_on: date | None = None


class StandingMonth(msgspec.Struct):
    """`month` is its first day. A gift that is `open` can be paid; one that is `missed` was not paid in time and cost nothing."""

    month: date
    order_id: UUID
    state: Literal["paid", "open", "missed"]


class StandingGift(msgspec.Struct):
    id: UUID
    fund: str
    fund_name: str
    fund_name_en: str | None
    amount: Amount
    purpose: str | None
    is_named: bool
    day: int
    starts_on: date
    ends_on: date | None
    status: Literal["active", "stopped", "ended"]
    next_on: date | None
    months: list[StandingMonth]


class MyStandingGifts(msgspec.Struct):
    items: list[StandingGift]
