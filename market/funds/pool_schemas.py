"""Subsidy pools on the wire."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount, ShortText

Minor = Annotated[int, Meta(ge=1, le=10_000_000_000)]


class NewPool(msgspec.Struct, forbid_unknown_fields=True):
    """`short_name` becomes part of the pool's address; no `group` means every verified resident, no `categories` whatever is sold."""

    fund: ShortText
    short_name: Annotated[str, Meta(pattern="^[a-z][a-z0-9]{1,29}$")]
    name: Annotated[str, Meta(max_length=60)]
    discount_bp: Annotated[int, Meta(ge=1, le=10_000)]
    month_cap: Minor
    household_cap: Minor
    name_en: Annotated[str, Meta(max_length=60)] | None = None
    group: Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]{0,39}$")] | None = None
    categories: Annotated[list[ShortText], Meta(max_length=50)] = []


class PoolChange(msgspec.Struct, forbid_unknown_fields=True):
    status: Literal["open", "paused"] | None = None
    month_cap: Minor | None = None
    household_cap: Minor | None = None


class SubsidyPool(msgspec.Struct):
    """A pool as staff see it; `left` is what nobody has taken yet, `month_taken` also counts orders that are not paid yet."""

    id: UUID
    slug: str
    fund: str
    fund_name: str
    fund_name_en: str | None
    name: str
    name_en: str | None
    group: str | None
    discount_bp: int
    categories: list[str]
    month: str
    month_cap: Amount
    household_cap: Amount
    filled: Amount
    left: Amount
    month_taken: Amount
    month_uses: int
    month_households: int
    status: str
    may_change: bool


class PoolMonth(msgspec.Struct):
    month: str
    amount: Amount
    uses: int
    households: int


class PublicPool(msgspec.Struct):
    """What a pool does, for everybody; months in which fewer than `at_least` households took part are not told."""

    slug: str
    name: str
    name_en: str | None
    group: str | None
    discount_bp: int
    state: Literal["open", "month_full", "empty", "paused"]
    at_least: int
    months: list[PoolMonth]
