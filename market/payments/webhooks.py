"""The body of an authentic webhook: a snapshot event of our mode, without what we must not or cannot keep (pure)."""

from typing import Any, TypeGuard

import msgspec

from market.payments.gateway import BadWebhook, WebhookEvent

# Who paid is the provider's to keep: these parts of an event never reach our database.
PERSONAL = frozenset(
    {
        "billing_details",
        "collected_information",
        "customer_details",
        "customer_email",
        "client_secret",
        "payment_method_details",
        "receipt_email",
        "receipt_url",
        "shipping",
        "shipping_details",
    }
)


def read_body(text: str, *, livemode: bool) -> WebhookEvent:
    """Read the text of a signed body. Raises BadWebhook for what is no event of ours (M16)."""
    try:
        event = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        raise BadWebhook("The body is not JSON.") from None
    if not isinstance(event, dict) or event.get("object") != "event":
        raise BadWebhook("The body is not a snapshot event.")
    identity, kind, data, account = event.get("id"), event.get("type"), event.get("data"), event.get("account")
    thing = data.get("object") if isinstance(data, dict) else None
    if not _short(identity) or not _short(kind) or not isinstance(thing, dict):
        raise BadWebhook("The event lacks its id, type or object.")
    if event.get("livemode") is not livemode:
        raise BadWebhook("The event is of the other mode.")
    if account is not None and not _short(account):
        raise BadWebhook("The event's account cannot be read.")
    kept = _without_personal(event, has_nul="\\u0000" in text)
    return WebhookEvent(identity, kind, kept["data"]["object"], livemode, account, kept)


def _short(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable()


def _without_personal(value: Any, *, has_nul: bool) -> Any:
    """Without personal parts; and without NUL, which is legal in JSON (as an escape only) but not in the database."""
    if isinstance(value, dict):
        return {
            (name.replace("\x00", "") if has_nul else name): _without_personal(each, has_nul=has_nul)
            for name, each in value.items()
            if name not in PERSONAL
        }
    if isinstance(value, list):
        return [_without_personal(each, has_nul=has_nul) for each in value]
    return value.replace("\x00", "") if has_nul and isinstance(value, str) else value
