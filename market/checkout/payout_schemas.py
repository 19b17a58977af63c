"""Payouts, statements and the partner's balance on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount, ShortText

Every = Literal["week", "month"]
Rail = Literal["bank", "connect"]


class PayoutPolicy(msgspec.Struct, forbid_unknown_fields=True):
    """`day` of the week (1 = Monday) or of the month (1 to 28); `minimum` in minor units; who bears the card provider's fees."""

    every: Every
    day: Annotated[int, Meta(ge=1, le=28)]
    minimum: Annotated[int, Meta(ge=0, le=10**12)]
    rail: Rail
    fee_bearer: Literal["platform", "seller"]


class PayoutRun(msgspec.Struct):
    """`status`: empty (nobody was paid), ready, exported (the bank has the file), done."""

    id: UUID
    due_on: date
    rail: Rail
    status: str
    payouts: int
    total: Amount
    sent: int
    failed: int
    left_out: int
    """Partners with money to pay out and no account to send it to."""
    checksum: str | None
    exported_by: str | None
    exported_at: datetime | None
    confirmed_by: str | None
    confirmed_at: datetime | None


class PayoutPlan(msgspec.Struct):
    """How a community pays its partners, when next, and what became of the runs before."""

    policy: PayoutPolicy
    next_on: date
    currency: str
    runs: list[PayoutRun]
    next_cursor: str | None


class Payout(msgspec.Struct):
    id: UUID
    reference: str
    partner: str
    name: str
    name_en: str | None
    amount: Amount
    netted: Amount
    """What the partner owed and has paid with this."""
    account: str
    """The last digits."""
    status: str
    failure: str


class PayoutRunDetail(msgspec.Struct):
    run: PayoutRun
    payouts: list[Payout]
    may_confirm: bool
    """Whether the reader may say what the bank did: never who made the file."""


class BankFile(msgspec.Struct):
    """The file for the bank, as text, and its checksum."""

    name: str
    content: str
    checksum: str


class FailedLine(msgspec.Struct, forbid_unknown_fields=True):
    payout_id: UUID
    reason: ShortText


class PayoutConfirmation(msgspec.Struct, forbid_unknown_fields=True):
    """The bank executed the file with this checksum, except for the lines named; `password` is that of who says so."""

    password: Annotated[str, Meta(max_length=200)]
    checksum: Annotated[str, Meta(max_length=64)]
    failed: Annotated[list[FailedLine], Meta(max_length=1000)] = []


class BankAccount(msgspec.Struct, forbid_unknown_fields=True):
    holder: Annotated[str, Meta(max_length=80)]
    bank_name: Annotated[str, Meta(max_length=80)]
    account_no: Annotated[str, Meta(max_length=34)]


class PartnerPayout(msgspec.Struct):
    due_on: date
    amount: Amount
    netted: Amount
    status: str
    failure: str
    reference: str


class PartnerMoney(msgspec.Struct):
    """What a partner has and is owed: `pending` not served yet, `available` for the next payout, `frozen` of it while a bank decides,
    `on_the_way`, and what it `owes` after refunds."""

    pending: Amount
    available: Amount
    frozen: Amount
    on_the_way: Amount
    owes: Amount
    next_on: date
    minimum: Amount
    rail: Rail
    holder: str
    bank_name: str
    account: str
    """The last digits; empty when there is none."""
    is_ready: bool
    """Whether payouts have somewhere to go."""
    payouts: list[PartnerPayout]
    months: list[str]
    """Months with a statement, newest first, as YYYY-MM."""


class Onboarding(msgspec.Struct):
    """Where the partner gives the card provider what it asks for."""

    url: str
