"""Fields of the provider's objects, checked as they are read (pure)."""

from typing import Any

from market.payments.gateway import BadWebhook


def text_of(thing: dict[str, Any], field: str) -> str:
    value = thing.get(field)
    if not isinstance(value, str) or not value or len(value) > 255:
        raise BadWebhook(f"The event's object lacks {field}.")
    return value


def id_of(thing: dict[str, Any], field: str) -> str | None:
    """A reference, which the provider sends as an id or, expanded, as the object itself."""
    value = thing.get(field)
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) and value else None


def whole_of(thing: dict[str, Any], field: str) -> int:
    value = thing.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 10**15:
        raise BadWebhook(f"The event's object lacks {field}.")
    return value
