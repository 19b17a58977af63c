"""Gifts on the site, on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from market.checkout.donation_rules import LEAST_MINOR, MESSAGE_MAX, MOST_MINOR
from market.schemas import Amount, ShortText

GiftAmount = Annotated[int, Meta(ge=LEAST_MINOR, le=MOST_MINOR)]


class NewOnlineGift(msgspec.Struct, forbid_unknown_fields=True):
    """Everything of it goes to the fund. For a purpose of the fund, or for an open campaign and its purpose; `is_named`: the giver's name
    may be shown beside it, with the message."""

    amount: GiftAmount
    purpose: ShortText | None = None
    campaign_id: UUID | None = None
    is_named: bool = False
    message: Annotated[str, Meta(max_length=MESSAGE_MAX)] = ""


class GiftTerms(msgspec.Struct):
    """What can be given to a fund: the limits and some suggestions, and the purposes that a gift may be kept to."""

    fund: str
    name: str
    name_en: str | None
    least: Amount
    most: Amount
    suggested: list[Amount]
    purposes: list[str]


class ShownGift(msgspec.Struct):
    """A gift as everybody may see it; `giver` is null unless they wished to be named."""

    at: datetime
    title: str
    title_en: str | None
    amount: Amount
    giver: str | None
    message: str


class FundGiving(msgspec.Struct):
    terms: GiftTerms
    recent: list[ShownGift]


class StaffGift(msgspec.Struct):
    """A gift as staff of the community see it: no name but one that may be shown."""

    order_id: UUID
    at: datetime
    title: str
    title_en: str | None
    amount: Amount
    giver: str | None
    message: str
    is_hidden: bool


class StaffGiving(msgspec.Struct):
    """`monthly` gifts go on every month and come to `monthly_sum`; whose they are is not said."""

    monthly: int
    monthly_sum: Amount
    items: list[StaffGift]


class Visibility(msgspec.Struct, forbid_unknown_fields=True):
    is_hidden: bool


class MyGift(msgspec.Struct):
    order_id: UUID
    fund: str
    fund_name: str
    fund_name_en: str | None
    title: str
    title_en: str | None
    amount: Amount
    refunded: Amount
    paid_at: datetime


class MyGiving(msgspec.Struct):
    """`this_year` per currency, less what came back."""

    gifts: list[MyGift]
    this_year: list[Amount]
