"""Cases, desks and comparisons on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount, ShortText


class DeskCount(msgspec.Struct, forbid_unknown_fields=True):
    """How much cash is in the drawer, in minor units."""

    moment: Literal["opening", "closing"]
    counted: Annotated[int, Meta(ge=0, le=10**12)]


class Deposit(msgspec.Struct, forbid_unknown_fields=True):
    """Cash that was brought to the bank, in minor units, and the bank's slip."""

    amount: Annotated[int, Meta(ge=1, le=10**12)]
    slip: ShortText


class DeskDay(msgspec.Struct):
    """A clerk's own cash of today at a desk."""

    day: date
    opening: Amount | None
    taken: Amount
    given_back: Amount
    deposited: Amount
    spent: Amount
    """Paid in cash for what a fund buys."""
    closing: Amount | None


class CashBack(msgspec.Struct):
    """Cash that was given back and waits at the desk for its buyer."""

    id: UUID
    order_id: UUID
    person_name: str
    title: str
    amount: Amount
    since: datetime


class BankStatement(msgspec.Struct, forbid_unknown_fields=True):
    """CSV with the columns date, amount, reference, counterparty; what left the account is negative."""

    text: Annotated[str, Meta(max_length=1_000_000)]


class Imported(msgspec.Struct):
    lines: int
    fresh: int
    """Not imported before."""
    differences: int
    """Lines and movements of those days without another side; each is a case."""


class Compared(msgspec.Struct):
    """A comparison that was made: `provider` (the card provider's list of a day) or `bank` (a statement up to a day)."""

    what: str
    day: date
    checked: int
    differences: int
    by: str | None
    at: datetime
