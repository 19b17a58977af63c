"""Bookings that staff agree to first, on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount


class Approval(msgspec.Struct):
    """What an order asked its community for. `state`: asked, approved, refused, expired (nobody decided in time) or withdrawn."""

    state: str
    purpose: str
    reason: str = ""
    """Why it was refused, or what staff said to it."""
    decided_at: datetime | None = None


class AskedLine(msgspec.Struct):
    space_id: UUID
    title: str
    title_en: str | None
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    attendees: int | None
    for_partner: str | None
    """Name of the partner it is for."""


class ApprovalRequest(msgspec.Struct):
    """A row of the queue of a community: who wants what, when, for what and for how much."""

    order_id: UUID
    state: str
    person_name: str
    purpose: str
    lines: list[AskedLine]
    payable: Amount
    asked_at: datetime
    decide_by: datetime | None
    """Until when the time is kept; null once decided."""
    reason: str = ""
    decided_at: datetime | None = None
    decided_by: str | None = None
    is_own: bool = False
    """The caller's own: somebody else decides it."""


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/orders/{id}/approval; a refusal needs a reason."""

    decision: Literal["approved", "refused"]
    reason: Annotated[str, Meta(max_length=500)] = ""
