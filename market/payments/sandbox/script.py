"""How the sandbox misbehaves on demand: what webhooks and API calls can be told to do (pure)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Fault = Literal["error", "error_after", "busy", "conflict", "declined", "slow", "slow_after", "cut", "garbage", "drip"]
AFTER = frozenset({"error_after", "slow_after", "cut", "garbage", "drip"})
REORDER_DELAY_S = 0.5


class ApiFault(msgspec.Struct, forbid_unknown_fields=True):
    """The next `times` API calls whose path contains `path` go wrong; `…_after`, cut, garbage and drip only after the work is done.

    error = 500, busy = 429, conflict = 409, declined = 402, slow = answers after `seconds`, cut = half an answer,
    garbage = no JSON, drip = one byte at a time over `seconds`."""

    path: Annotated[str, Meta(max_length=100)]
    fault: Fault
    times: Annotated[int, Meta(ge=1, le=1000)] = 1
    seconds: Annotated[float, Meta(ge=0, le=60)] = 1.0


class DisputeWish(msgspec.Struct, forbid_unknown_fields=True):
    """Take this payment back; `amount` none = all of it."""

    payment_intent: Annotated[str, Meta(max_length=255)]
    amount: Annotated[int, Meta(ge=1)] | None = None
    reason: Literal["product_not_received", "fraudulent", "duplicate", "general"] = "product_not_received"


class DisputeEnd(msgspec.Struct, forbid_unknown_fields=True):
    status: Literal["won", "lost"]


class Plan(msgspec.Struct, forbid_unknown_fields=True):
    """What happens to the webhooks of events from now on, and to API calls. An empty plan behaves well."""

    duplicate: Annotated[int, Meta(ge=0, le=10)] = 0
    """Deliver each event this many times more."""
    delay_s: Annotated[float, Meta(ge=0, le=3600)] = 0
    drop: bool = False
    """Events are made but never delivered: only the reconciler can find out."""
    reorder: bool = False
    """Events that happen together arrive in reverse."""
    forge: bool = False
    """Each event is preceded by a copy with another amount and a wrong signature."""
    only: Annotated[list[str], Meta(max_length=50)] = []
    """Event types that the five above are for; empty = all."""
    fee_bp: Annotated[int, Meta(ge=0, le=10_000)] = 0
    """What each payment costs, in basis points."""
    dispute_fee: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """What each dispute costs, in minor units."""
    api: Annotated[list[ApiFault], Meta(max_length=50)] = []

    def next_fault(self, path: str) -> ApiFault | None:
        """The fault that a call of `path` meets."""
        return next((fault for fault in self.api if fault.path in path), None)

    def without_one(self, used: ApiFault) -> "Plan":
        """The plan after `used` happened once."""
        left = []
        for fault in self.api:
            if fault == used:
                used = msgspec.structs.replace(used, path="\x00")  # only the first of equal ones
                if fault.times > 1:
                    left.append(msgspec.structs.replace(fault, times=fault.times - 1))
            else:
                left.append(fault)
        return msgspec.structs.replace(self, api=left)
