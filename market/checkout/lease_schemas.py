"""Leases on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount, ShortText

MonthlyMinor = Annotated[int, Meta(ge=0, le=10_000_000_000)]


class NewLease(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/spaces/{id}/leases: from the first to the last day. `base_minor` and `minimum_minor` a month, `share_bp` of what the
    partner sells in the community; `mode` sum = base and share, max = the greater of them, never less than the minimum."""

    partner: ShortText
    first_day: date
    last_day: date
    base_minor: MonthlyMinor = 0
    share_bp: Annotated[int, Meta(ge=0, le=10_000)] = 0
    minimum_minor: MonthlyMinor = 0
    mode: Literal["sum", "max"] = "sum"
    rent_free_weeks: Annotated[int, Meta(ge=0, le=104)] = 0
    deposit_minor: MonthlyMinor = 0
    note: ShortText = ""


class LeaseEnd(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/leases/{id}/end: the last day, yesterday at the earliest, and why."""

    last_day: date
    reason: Annotated[str, Meta(max_length=500)]


class DepositAct(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/leases/{id}/deposit: it came, went back, or is kept for a reason; the last two when the lease is over."""

    act: Literal["held", "returned", "kept"]
    amount_minor: Annotated[int, Meta(ge=1, le=10_000_000_000)]
    reason: Annotated[str, Meta(max_length=500)] = ""


class NewIndexation(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/leases/{id}/indexations: from a month (its first day) on, base and least sum change by basis points, or as an index went
    from `old_index` to `new_index` (hundredths)."""

    month: date
    reason: Annotated[str, Meta(max_length=500)]
    rate_bp: Annotated[int, Meta(ge=-5000, le=10_000)] | None = None
    old_index: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    new_index: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class LeaseDeposit(msgspec.Struct):
    act: str
    amount: Amount
    reason: str
    at: datetime


class LeaseIndexation(msgspec.Struct):
    month: date
    base: Amount
    minimum: Amount
    reason: str


class LeaseDocument(msgspec.Struct):
    """A paper; `replaced_at` is when a newer one took its place. Its content is at /api/lease-documents/{id}/file."""

    id: UUID
    kind: str
    title: str
    is_pdf: bool
    size_bytes: int
    is_of_tenant: bool
    uploaded_at: datetime
    replaced_at: datetime | None


class LeaseShare(msgspec.Struct):
    to: str
    label: str
    label_en: str | None
    amount: Amount
    rate_bp: int | None


class LeaseStatement(msgspec.Struct):
    """One month. `netted` was taken from what the partner had available, `billed` is the rest, `paid` what of it the bank got."""

    id: UUID
    month: str
    until: date
    is_final: bool
    turnover: Amount
    base: Amount
    share: Amount
    due: Amount
    netted: Amount
    billed: Amount
    paid: Amount
    shares: list[LeaseShare]


class Lease(msgspec.Struct):
    """`ends_on` is the day on which it really ends; `tender_id` names the tender it was won in."""

    id: UUID
    space_id: UUID
    space: str
    space_en: str | None
    community: str
    partner: str
    partner_name: str
    partner_name_en: str | None
    first_day: date
    last_day: date
    ends_on: date
    is_over: bool
    end_reason: str
    base: Amount
    share_bp: int
    minimum: Amount
    mode: str
    rent_free_weeks: int
    deposit: Amount
    note: str
    tender_id: UUID | None
    deposit_held: Amount
    deposits: list[LeaseDeposit]
    indexations: list[LeaseIndexation]
    documents: list[LeaseDocument]
    statements: list[LeaseStatement]
