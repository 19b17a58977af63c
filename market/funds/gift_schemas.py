"""Gifts and campaigns on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount, LongText, ShortText


class NewCampaign(msgspec.Struct, forbid_unknown_fields=True):
    """What is given to it goes to `purpose`, one of the fund's; `ends_on` is its last day."""

    title: ShortText
    purpose: ShortText
    goal: Annotated[int, Meta(ge=100, le=10**12)]
    ends_on: date
    about: LongText = ""
    title_en: ShortText | None = None


class Campaign(msgspec.Struct):
    """`raised` is money, `goods` the recorded value of what was given in kind; `share` of the goal in percent, money alone."""

    id: UUID
    fund: str
    fund_name: str
    fund_name_en: str | None
    title: str
    title_en: str | None
    about: str
    purpose: str
    goal: Amount
    raised: Amount
    goods: Amount
    share: int
    gifts: int
    ends_on: date
    days_left: int
    is_open: bool


class NewGoods(msgspec.Struct, forbid_unknown_fields=True):
    """Something given in kind: `value` in minor units and how it was found, e.g. the price on the receipt."""

    value: Annotated[int, Meta(ge=1, le=100_000_000)]
    label: ShortText
    valuation: ShortText
    purpose: ShortText | None = None
    campaign_id: UUID | None = None
    received_on: date | None = None


class Goods(msgspec.Struct):
    id: UUID
    label: str
    purpose: str | None
    value: Amount
    valuation: str
    given_at: datetime


class EarmarkedMoney(msgspec.Struct):
    """What was given for a purpose and can only go there; `left` waits for it."""

    purpose: str
    given: Amount
    used: Amount
    left: Amount


class FundGifts(msgspec.Struct):
    campaigns: list[Campaign]
    earmarks: list[EarmarkedMoney]
    goods: list[Goods]
