"""Funds, their rules and public books on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount, LongText, ShortText


class RuleRef(msgspec.Struct):
    id: UUID
    version: int
    rate_bp: int


class Fund(msgspec.Struct):
    """`balance` = income + spendable + reserved."""

    id: UUID
    slug: str
    kind: str
    name: str
    name_en: str | None
    about: str
    about_en: str | None
    custodian: str
    purposes: list[str]
    community: str
    community_name: str
    community_name_en: str | None
    balance: Amount
    income: Amount
    spendable: Amount
    reserved: Amount


class IncomeSource(msgspec.Struct):
    kind: str
    label: str
    label_en: str
    amount: Amount
    entries: int


class MonthPoint(msgspec.Struct):
    month: str
    """YYYY-MM in the community's zone"""
    income: Amount
    spent: Amount
    balance: Amount


class FundDetail(Fund):
    sources: list[IncomeSource] = []
    months: list[MonthPoint] = []
    entries: int = 0
    rules: list["RoutingRule"] = []


class Entry(msgspec.Struct):
    """One public line of the books; negative when money leaves."""

    id: int
    at: datetime
    kind: str
    label: str
    amount: Amount
    rule: RuleRef | None
    seal: int | None = None


class RoutingRule(msgspec.Struct):
    id: UUID
    applies_to: str
    fund: str
    fund_name: str
    version: int
    rate_bp: int
    bearer: str
    effective_from: datetime
    approved_by: str
    minutes: str
    in_force: bool
    proposed_by: str = ""
    decided_on: date | None = None
    """the day of the meeting that decided it"""


class NewRoutingRule(msgspec.Struct, forbid_unknown_fields=True):
    """A draft of a new version; `minutes` say why. In force from `effective_from`, and never before somebody else approved it."""

    applies_to: Literal["service_turnover", "room_rent", "stall_rent", "advertising", "donation"]
    fund: ShortText
    rate_bp: Annotated[int, Meta(ge=0, le=10_000)]
    effective_from: datetime
    minutes: LongText
    bearer: Literal["partner", "enterprise"] = "partner"


class RuleDraft(msgspec.Struct):
    """A proposed version and what became of it; `may_decide`: the caller may approve or refuse it, `may_withdraw`: take it back."""

    id: UUID
    applies_to: str
    fund: str
    fund_name: str
    fund_name_en: str | None
    rate_bp: int
    rate_now_bp: int
    bearer: str
    effective_from: datetime
    reason: str
    proposed_by: str
    proposed_at: datetime
    status: str
    decided_by: str | None
    decided_at: datetime | None
    answer: str
    rule_id: UUID | None
    may_decide: bool
    may_withdraw: bool


class RuleDecision(msgspec.Struct, forbid_unknown_fields=True):
    """`minutes` of the decision, or why not; `decided_on`, the day of the meeting, is needed to approve."""

    approve: bool
    minutes: LongText
    decided_on: date | None = None


class Seal(msgspec.Struct):
    id: int
    from_id: int
    upto_id: int
    count: int
    head: str
    sealed_at: datetime


class KindTotal(msgspec.Struct):
    """What the entries of one kind sum up to in a period; refunds went out again under the kind they came in as."""

    kind: str
    label: str
    label_en: str
    came_in: Amount
    went_out: Amount
    entries: int


class BookHead(msgspec.Struct):
    """The link of line `n` of a fund's book, published on `day`."""

    day: date
    n: int
    head: str
    published_at: datetime


class EntryQuestion(msgspec.Struct):
    """A resident's question about an entry, due for an answer at `due_at`."""

    id: UUID
    fund: str
    fund_name: str
    fund_name_en: str | None
    entry: int
    entry_at: datetime
    label: str
    kind: str
    amount: Amount
    question: str
    asked_at: datetime
    due_at: datetime
    is_overdue: bool
    status: str
    answer: str
    answered_at: datetime | None


class NewQuestion(msgspec.Struct, forbid_unknown_fields=True):
    entry: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    question: Annotated[str, Meta(max_length=500)]


class NewAnswer(msgspec.Struct, forbid_unknown_fields=True):
    answer: Annotated[str, Meta(max_length=500)]
    remove: bool = False


class NewDonation(msgspec.Struct, forbid_unknown_fields=True):
    """A donation received at the desk, recorded by a clerk."""

    amount: Annotated[int, Meta(ge=1, le=100_000_000)]
    label: ShortText
    received_on: date | None = None
    kind: Literal["donation", "monthly", "grant"] = "donation"
    """`monthly`: of a standing order; `grant`: by the government or a foundation"""
    purpose: ShortText | None = None
    """the money can only go to this purpose of the fund"""
    campaign_id: UUID | None = None
