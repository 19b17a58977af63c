"""Passes on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount


class PaysFor(msgspec.Struct):
    id: UUID
    title: str
    title_en: str | None


class NewPassKind(msgspec.Struct, forbid_unknown_fields=True):
    """`listing_id` is an open voucher of the partner; a unit pays for any of `listing_ids`. `leftover`: what becomes of units that are
    not used in time: the partner keeps their worth, or the buyer gets it back."""

    listing_id: UUID
    units: Annotated[int, Meta(ge=1, le=1000)]
    listing_ids: Annotated[list[UUID], Meta(min_length=1, max_length=50)]
    leftover: Literal["kept", "refunded"] = "refunded"


class PassKind(msgspec.Struct):
    """As the partner sees it; `owed` is what the units are worth that buyers have not used."""

    listing_id: UUID
    title: str
    title_en: str | None
    price: Amount
    valid_days: int | None
    units: int
    pays_for: list[PaysFor]
    leftover: str
    sold: int
    units_owed: int
    owed: Amount


class MyPass(msgspec.Struct):
    """`value` is what the units that are left are worth together; it comes back when the order is given back."""

    id: UUID
    order_id: UUID
    title: str
    title_en: str | None
    partner: str
    partner_name: str
    partner_name_en: str | None
    units: int
    units_left: int
    value: Amount
    valid_until: datetime
    is_valid: bool
    leftover: str
    pays_for: list[PaysFor]


class PassRef(msgspec.Struct):
    """A pass that could pay for a line."""

    id: UUID
    title: str
    title_en: str | None
    units_left: int
    valid_until: datetime
