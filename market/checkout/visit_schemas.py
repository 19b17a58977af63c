"""What was bought and is going to be used, on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from market.checkout.place_schemas import Place
from market.checkout.schemas import ShareTotal
from market.schemas import Amount


class RefundPreviewLine(msgspec.Struct):
    line_id: UUID
    amount: Amount


class RefundPreview(msgspec.Struct):
    """What a refund of the named lines (none named: of all that can be given back) would pay back now; nothing is changed."""

    lines: list[RefundPreviewLine]
    amount: Amount
    goes_to: Literal["card", "desk", "free"]


class Visit(msgspec.Struct):
    """A code of mine that can still be used, or was just used: what to show, where and when."""

    code: str
    status: str
    order_id: UUID
    title: str
    title_en: str | None
    kind: str
    quantity: int
    seller: str
    seller_en: str | None
    listing_id: UUID | None
    starts_at: datetime | None
    ends_at: datetime | None
    time_zone: str
    valid_until: datetime | None
    redeemed_at: datetime | None
    place: Place
    guest_name: str | None
    """Who comes, when I bought it for somebody."""
    bought_by: str | None
    """Who bought it, when it is for me."""


class YearMonth(msgspec.Struct):
    month: int
    spent: Amount


class YearKind(msgspec.Struct):
    kind: str
    lines: int
    spent: Amount


class YearOfCurrency(msgspec.Struct):
    """`spent` is what was paid and not given back; months, kinds and shares each sum to it."""

    orders: int
    spent: Amount
    refunded: Amount
    saved: Amount
    """By the residents' price, on what was kept."""
    months: list[YearMonth]
    kinds: list[YearKind]
    shares: list[ShareTotal]


class Year(msgspec.Struct):
    """One entry per currency that the person paid in."""

    year: int
    years: list[int]
    """All years with payments, newest first."""
    items: list[YearOfCurrency]
