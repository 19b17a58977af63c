"""Charters and spending requests on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.media.schemas import Photo
from market.schemas import Amount, LongText, ShortText

Minor = Annotated[int, Meta(ge=1, le=10_000_000_000)]


class TierShape(msgspec.Struct, forbid_unknown_fields=True):
    """`upto` null = any amount; all of `roles` must consent, then it is announced for `announce_days`."""

    roles: list[Literal["director", "street"]]
    upto: Minor | None = None
    announce_days: Annotated[int, Meta(ge=0, le=90)] = 0

    def stored(self) -> dict[str, object]:
        return {"upto": self.upto, "roles": list(self.roles), "announce_days": self.announce_days}


class NewCharter(msgspec.Struct, forbid_unknown_fields=True):
    purposes: list[ShortText]
    custodian: ShortText
    minutes: LongText
    tiers: list[TierShape] | None = None
    payer_roles: list[Literal["clerk", "director", "street"]] | None = None
    split_days: Annotated[int, Meta(ge=1, le=366)] = 7
    max_request: Minor | None = None
    max_month: Minor | None = None


class CharterVersion(msgspec.Struct):
    version: int
    effective_from: datetime
    approved_by: str
    minutes: str


class CharterShape(msgspec.Struct):
    """What a fund may be used for, who keeps it and who has to consent; `version` 0 is the preset. Amounts in minor units."""

    fund: str
    version: int
    purposes: list[str]
    custodian: str
    tiers: list[TierShape]
    payer_roles: list[str]
    split_days: int
    max_request: int | None
    max_month: int | None
    history: list[CharterVersion] = []


class SpendingQuote(msgspec.Struct, forbid_unknown_fields=True):
    vendor: ShortText
    amount: Minor
    note: Annotated[str, Meta(max_length=500)] = ""


class NewSpending(msgspec.Struct, forbid_unknown_fields=True):
    """`title` and `about` become public; the payee's account never does, a person's name neither."""

    title: Annotated[str, Meta(max_length=120)]
    purpose: ShortText
    amount: Minor
    payee_name: Annotated[str, Meta(max_length=120)]
    about: Annotated[str, Meta(max_length=4000)] = ""
    payee_account: Annotated[str, Meta(max_length=120)] = ""
    payee_kind: Literal["organisation", "person"] = "organisation"
    quotes: Annotated[list[SpendingQuote], Meta(max_length=10)] = []
    is_relief: bool = False
    pool: ShortText | None = None
    """Fills this subsidy pool of the fund instead of paying somebody."""


class NewRelease(msgspec.Struct, forbid_unknown_fields=True):
    """To make income of a fund spendable."""

    amount: Minor
    title: Annotated[str, Meta(max_length=120)]
    about: Annotated[str, Meta(max_length=4000)] = ""


class NewDecision(msgspec.Struct, forbid_unknown_fields=True):
    """`revision`: what was read; an edit in between is refused."""

    verdict: Literal["approve", "refuse"]
    note: Annotated[str, Meta(max_length=1000)] = ""
    revision: int | None = None


class NewPayment(msgspec.Struct, forbid_unknown_fields=True):
    """The password proves anew who pays."""

    password: Annotated[str, Meta(max_length=200)]
    paid_from: Literal["bank", "desk"] = "bank"
    reference: ShortText = ""


class NewOutcome(msgspec.Struct, forbid_unknown_fields=True):
    outcome: Annotated[str, Meta(max_length=2000)]
    people_helped: Annotated[int, Meta(ge=0, le=1_000_000)]


class Paper(msgspec.Struct):
    """A photo of a quote, document, receipt or result."""

    paper: str
    photo: Photo


class DecisionShape(msgspec.Struct):
    """`counts`: it is about the request as it stands, and the person still has the role."""

    name: str
    role: str
    verdict: str
    note: str
    decided_at: datetime
    revision: int
    counts: bool


class PublicSpending(msgspec.Struct):
    """What a fund's money did or is about to do."""

    id: UUID
    fund: str
    kind: str
    state: str
    purpose: str
    title: str
    about: str
    amount: Amount
    payee: str | None
    consented: list[str]
    """roles that consented"""
    announced_until: datetime | None
    paid_at: datetime | None
    people_helped: int | None
    outcome: str
    papers: list[Paper]


class SpendingRequest(msgspec.Struct):
    """A request for those who decide; `together` is what counts for the step of consent, `my_role` set when I may decide now."""

    id: UUID
    fund: str
    fund_name: str
    fund_name_en: str | None
    kind: str
    state: str
    revision: int
    purpose: str
    title: str
    about: str
    amount: Amount
    together: Amount
    payee_kind: str
    payee_name: str
    payee_account: str
    pool: str | None
    """The subsidy pool that it fills."""
    quotes: list[SpendingQuote]
    author: str
    is_mine: bool
    created_at: datetime
    needed: list[str]
    missing: list[str]
    announce_days: int
    announced_until: datetime | None
    is_reserved: bool
    my_role: str | None
    can_pay: bool
    paid_at: datetime | None
    paid_from: str | None
    payment_note: str
    people_helped: int | None
    outcome: str
    decisions: list[DecisionShape]
    papers: list[Paper]


class ReliefSums(msgspec.Struct):
    """Help for families; null while it would tell of fewer than `at_least` of them."""

    at_least: int
    families: int | None
    amount: Amount | None
