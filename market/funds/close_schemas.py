"""Monthly closes on the wire; amounts in minor units of `currency`."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import ShortText


class ClosePart(msgspec.Struct):
    to: str
    label: str
    label_en: str
    amount: int


class CloseEnterprise(msgspec.Struct):
    """`net` = covered (losses of former months) + reserve + parts; a `loss` is carried on."""

    slug: str
    name: str
    name_en: str | None
    income: int
    cost: int
    net: int
    covered: int
    reserve: int
    loss: int
    parts: list[ClosePart]


class CloseFund(msgspec.Struct):
    slug: str
    name: str
    name_en: str | None
    opening: int
    income: int
    spent: int
    closing: int


class CloseAccount(msgspec.Struct):
    """A line of the trial balance; `opening` and `closing` are credit minus debit."""

    code: str
    opening: int
    debit: int
    credit: int
    closing: int


class CloseCheck(msgspec.Struct):
    item: str
    done: bool
    count: int


class CloseScheme(msgspec.Struct):
    """Version 0: no scheme was decided, the enterprise keeps all."""

    name: str
    version: int


class Close(msgspec.Struct):
    id: UUID
    community: str
    community_name: str
    community_name_en: str | None
    month: str
    status: str
    currency: str
    scheme: CloseScheme
    enterprises: list[CloseEnterprise]
    funds: list[CloseFund]
    accounts: list[CloseAccount]
    checklist: list[CloseCheck]
    people_helped: int
    prepared_by: str | None
    prepared_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    reopened_at: datetime | None
    reopen_reason: str


class NewClose(msgspec.Struct, forbid_unknown_fields=True):
    month: Annotated[str, Meta(max_length=7)]


class Signature(msgspec.Struct, forbid_unknown_fields=True):
    """The password proves anew who signs."""

    password: Annotated[str, Meta(max_length=200)]


class Reopening(msgspec.Struct, forbid_unknown_fields=True):
    password: Annotated[str, Meta(max_length=200)]
    reason: Annotated[str, Meta(max_length=500)]


class NewCost(msgspec.Struct, forbid_unknown_fields=True):
    """What an enterprise spent; the label is public."""

    amount: Annotated[int, Meta(ge=1, le=10_000_000_000)]
    label: ShortText
    paid_on: date | None = None


class CostRecorded(msgspec.Struct):
    enterprise: str
    amount: int
    currency: str
