"""Parameters of the sandbox's calls, checked as Stripe checks them (pure)."""

from typing import Any

from market.payments.sandbox.faults import StripeFault


def text(asked: dict[str, Any], field: str, max_len: int) -> str | None:
    value = asked.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > max_len:
        raise StripeFault(400, f"Invalid string: {field}", param=field)
    return value


def whole(asked: dict[str, Any], field: str, default: int | None = None) -> int:
    value = asked.get(field)
    if value is None and default is not None:
        return default
    if value is None:
        raise StripeFault(400, f"Missing required param: {field}.", code="parameter_missing", param=field)
    if not isinstance(value, str) or not value.lstrip("-").isdecimal() or not value.isascii() or len(value) > 15:
        raise StripeFault(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=field)
    return int(value)


def url(asked: dict[str, Any], field: str, *, required: bool = False) -> str | None:
    value = text(asked, field, 5000)
    if value is None and required:
        raise StripeFault(400, f"Missing required param: {field}.", code="parameter_missing", param=field)
    if value is not None and not value.startswith(("http://", "https://")):
        raise StripeFault(400, "Not a valid URL", code="url_invalid", param=field)
    return value


def metadata(asked: dict[str, Any]) -> dict[str, str]:
    given = asked.get("metadata") or {}
    if (
        not isinstance(given, dict)
        or len(given) > 50
        or not all(isinstance(each, str) and len(each) <= 500 for each in given.values())
    ):
        raise StripeFault(400, "Invalid metadata", param="metadata")
    return dict(given)
