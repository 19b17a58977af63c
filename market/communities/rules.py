"""The policies of a community: presets that its staff may change."""

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Policies:
    """What a community decides for itself; stored as JSON, so that a missing key means the preset."""

    resident_discount_bp: int = 2000  # T3: verified residents pay 20 % less
    resident_price_everywhere: bool = False  # on every listing, or only where the listing takes part
    desk_payment: bool = True  # cash or transfer at the desk
    hold_min: int = 15  # how long a place is kept for payment

    def __post_init__(self) -> None:
        if not 0 <= self.resident_discount_bp <= 10_000:
            raise ValueError("resident_discount_bp must be 0 to 10000")
        if not 1 <= self.hold_min <= 60:
            raise ValueError("hold_min must be 1 to 60 minutes")


def policies_of(stored: dict[str, Any]) -> Policies:
    """From the stored JSON; keys that this version does not know are left alone."""
    known = {field.name for field in fields(Policies)}
    return Policies(**{key: value for key, value in stored.items() if key in known})
