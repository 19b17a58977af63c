"""When partners are paid, how much, and what the file for the bank says (pure)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

Rail = Literal["bank", "connect"]


@dataclass(frozen=True, slots=True)
class PayoutPolicy:
    """What a community decides about paying out; the presets: every Monday, from ¥100 on, by a file for the bank."""

    every: Literal["week", "month"] = "week"
    day: int = 1
    minimum_minor: int = 10_000
    rail: Rail = "bank"
    fee_bearer: Literal["platform", "seller"] = "platform"

    def __post_init__(self) -> None:
        if not 1 <= self.day <= (7 if self.every == "week" else 28):
            raise ValueError("day must be 1 to 7 of a week, or 1 to 28 of a month")
        if self.minimum_minor < 0:
            raise ValueError("the minimum is an amount")


def last_due(policy: PayoutPolicy, today: date) -> date:
    """The newest day up to today on which partners are paid."""
    if policy.every == "week":
        return today - timedelta(days=(today.isoweekday() - policy.day) % 7)
    if today.day >= policy.day:
        return today.replace(day=policy.day)
    return (today.replace(day=1) - timedelta(days=1)).replace(day=policy.day)


def next_due(policy: PayoutPolicy, today: date) -> date:
    """The first day after today on which partners are paid."""
    if policy.every == "week":
        return last_due(policy, today) + timedelta(days=7)
    if today.day < policy.day:
        return today.replace(day=policy.day)
    return (today.replace(day=28) + timedelta(days=4)).replace(day=policy.day)


@dataclass(frozen=True, slots=True)
class Split:
    """What becomes of a partner's available money: `paid` out, `netted` with what it owes (minor units)."""

    paid: int
    netted: int


def split(*, available: int, owed: int, frozen: int, minimum: int) -> Split:
    """What is paid out of `available` (minor units): never what is frozen by a dispute; what the partner owes comes first; less than
    the minimum waits for the next time (M30, M35)."""
    if available < 0 or owed < 0 or frozen < 0:
        raise ValueError("what a partner has, owes and has frozen is never negative")
    free = max(0, available - frozen)
    netted = min(owed, free)
    paid = free - netted
    return Split(0, 0) if paid < max(1, minimum) else Split(paid, netted)


@dataclass(frozen=True, slots=True)
class BankLine:
    """One payment of the file; `reference` is what the bank statement will show."""

    reference: str
    holder: str
    bank_name: str
    account_no: str
    amount_minor: int


HEADINGS = ("reference", "holder", "bank", "account", "amount", "currency")


def reference_of(payout_id: UUID) -> str:
    """A short reference that a clerk can compare by eye: the random end of the id."""
    return f"LL{payout_id.hex[-10:].upper()}"


def checksum(lines: Sequence[BankLine], currency: str) -> str:
    """SHA-256 over what the bank is to do; changing a name, an account, an amount or the order of the lines changes it."""
    text = "\n".join(
        "\t".join((each.reference, each.holder, each.bank_name, each.account_no, str(each.amount_minor), currency))
        for each in lines
    )
    return hashlib.sha256(text.encode()).hexdigest()
