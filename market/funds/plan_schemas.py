"""Yearly plans on the wire."""

from datetime import datetime
from typing import Annotated, Literal
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


class ReportPart(msgspec.Struct):
    """A source or a purpose of a month; what was given back of a former month can make a source negative."""

    label: str
    label_en: str | None
    amount: Amount


class ReportFund(msgspec.Struct):
    """A fund's month: `opening` + `income` - `spent` = `closing`; the sources add up to `income`, the purposes to `spent`.

    `plan` is the year's plan beside what was spent up to this month; `planned` null: no plan is confirmed."""

    slug: str
    name: str
    name_en: str | None
    opening: Amount
    income: Amount
    spent: Amount
    closing: Amount
    sources: list[ReportPart]
    purposes: list[ReportPart]
    plan: list[PlanComparison]
    planned: Amount | None
    spent_this_year: Amount


class Report(msgspec.Struct):
    """A month of a community's funds, all of them together and each alone; `signed_by` is empty until the month is closed."""

    community: str
    community_name: str
    community_name_en: str | None
    month: str
    status: Literal["open", "closed"]
    income: Amount
    spent: Amount
    closing: Amount
    sources: list[ReportPart]
    purposes: list[ReportPart]
    funds: list[ReportFund]
    people_helped: int
    signed_by: list[str]
