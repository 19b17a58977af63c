"""Yearly plans on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount, ShortText


class PlanAmount(msgspec.Struct, forbid_unknown_fields=True):
    """Minor units for one purpose."""

    purpose: ShortText
    amount: Annotated[int, Meta(ge=0, le=10**13)]


class NewPlan(msgspec.Struct, forbid_unknown_fields=True):
    """The purposes of the fund's charter, and `relief` for help to families."""

    year: Annotated[int, Meta(ge=2000, le=2200)]
    lines: Annotated[list[PlanAmount], Meta(min_length=1, max_length=30)]
    note: Annotated[str, Meta(max_length=1000)] = ""


class PlanDecision(msgspec.Struct, forbid_unknown_fields=True):
    approve: bool
    answer: Annotated[str, Meta(max_length=1000)] = ""


class FundPlan(msgspec.Struct):
    """A version as staff see it."""

    id: UUID
    fund: str
    fund_name: str
    fund_name_en: str | None
    currency: str
    year: int
    version: int
    lines: list[PlanAmount]
    note: str
    entered_by: str
    entered_at: datetime
    status: str
    decided_by: str | None
    decided_at: datetime | None
    answer: str
    may_decide: bool
    may_withdraw: bool


class PlanComparison(msgspec.Struct):
    """`planned` null: the plan does not name this purpose."""

    purpose: str
    purpose_en: str | None
    planned: Amount | None
    spent: Amount


class YearPlan(msgspec.Struct):
    """`version` 0: no plan is confirmed for this year."""

    fund: str
    year: int
    version: int
    note: str
    entered_by: str | None
    confirmed_by: str | None
    confirmed_at: datetime | None
    lines: list[PlanComparison]
    planned: Amount
    spent: Amount
