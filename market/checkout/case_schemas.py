"""Cases on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from market.schemas import Amount, LongText


class FailedRefund(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/cases/{case_id}/repayment: pay back once more what the bank could not."""

    by: Literal["card", "desk"]


class Case(msgspec.Struct):
    """Something about the money that a person must look at."""

    id: UUID
    kind: str
    status: str
    amount: Amount
    order_id: UUID | None
    facts: dict[str, str]
    owner: str | None
    opened_at: datetime
    resolution: str
    resolved_at: datetime | None
    resolved_by: str | None


class CaseChange(msgspec.Struct, forbid_unknown_fields=True):
    """Take it over, or end it by saying what was found and done."""

    take: bool = False
    resolution: LongText = ""
