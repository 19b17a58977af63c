"""What a request that changes something must look like before anybody reads it: where it came from (A15), and JSON that every
part of the system understands in the same way (I07, I08, T2)."""

import json
from typing import Any, Never
from urllib.parse import urlsplit

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler

from market.errors import Forbidden, InvalidInput, MarketError
from market.settings import Settings

MAX_JSON = 1024 * 1024
# Content types that a foreign page's form can send without asking first; an empty one is what a broken client sends.
FORM_TYPES = frozenset({"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})


class Unreadable(MarketError):
    """The body is not JSON as RFC 8259 and we understand it; says why in words, never by repeating the input."""

    status = 400
    slug = "unreadable"
    title = "The request cannot be read"


class TooLarge(MarketError):
    status = 413
    slug = "too-large"
    title = "Too large"

    def __init__(self) -> None:
        super().__init__(f"A JSON body may have at most {MAX_JSON // 1024} KiB.")


class UnsupportedType(MarketError):
    status = 415
    slug = "unsupported-type"
    title = "This kind of content is not accepted"


def require_same_origin(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Refuse what a browser says comes from another site; programs that say nothing pass (they have no cookie to misuse)."""
    if not _is_same_origin(connection):
        raise Forbidden("This request came from another site.")


def _is_same_origin(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    if connection.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = connection.headers.get("origin")
    if origin is None:
        return True
    settings: Settings = connection.app.state["settings"]
    own = {_place(settings.base_url)}
    if not settings.production:  # the demo is reached as localhost, 127.0.0.1 or by the machine's name
        host = connection.headers.get("host", "")
        own |= {f"http://{host}", f"https://{host}"} if host else set()
    return _place(origin) in own - {""}


def _place(address: str) -> str:
    """scheme://host:port in lower case; empty for "null" and for what is no address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme in {"http", "https"} and parts.netloc else ""


def _body_type(handler: BaseRouteHandler) -> str | None:
    """The media type that the handler's body has; None when it takes none."""
    data = handler.parsed_fn_signature.parameters.get("data")
    if data is None:
        return None
    media_type = getattr(data.kwarg_definition, "media_type", None) or RequestEncodingType.JSON
    return str(getattr(media_type, "value", media_type))


def _has_body(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    return connection.headers.get("content-length", "0") != "0" or "transfer-encoding" in connection.headers


def require_plain_encoding(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """No compressed requests: they are how a small body becomes a large one (I08)."""
    if connection.headers.get("content-encoding", "identity").strip().lower() not in {"identity", ""}:
        raise UnsupportedType("Send the body without compression.")


def require_content_type(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The body must have the handler's type: what a foreign form could send instead is 403 (A15), anything else 415."""
    expected = _body_type(handler)
    if expected is None and not _has_body(connection):
        return
    expected = expected or RequestEncodingType.JSON.value
    kind, _, options = connection.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind != expected:
        if kind in FORM_TYPES:
            raise Forbidden(f"Send {expected}; a form of another site could send this.")
        raise UnsupportedType(f"Send {expected}.")
    if (
        kind == "application/json"
        and "charset" in options.lower()
        and "utf-8" not in options.lower().replace("utf8", "utf-8")
    ):
        raise UnsupportedType("Send UTF-8.")


async def require_readable_json(request: Request[Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Check the whole body once, before it is decoded into a type: size, UTF-8, depth, numbers, duplicate keys, characters."""
    if _body_type(handler) != RequestEncodingType.JSON.value:
        return
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:12]) > MAX_JSON:
        raise TooLarge
    body = await request.body()
    if len(body) > MAX_JSON:
        raise TooLarge
    if not body:
        raise Unreadable("The body is empty.")
    check_json(body)
    require_exact_types(body, handler.parsed_fn_signature.parameters["data"].annotation)


def require_exact_types(body: bytes, shape: Any) -> None:
    """The body fits its type to the letter: "12" or 1.0 is no whole number, "true" no boolean (M06). Names the field that does not."""
    try:
        msgspec.json.decode(body, type=shape, strict=True)
    except msgspec.ValidationError as fault:
        message, _, place = str(fault).partition(" - at `$")
        raise InvalidInput([(place.strip("`.") or "body", message.replace("`", ""))]) from None


def check_json(body: bytes) -> None:
    """Raise Unreadable for what JSON parsers read in different ways, and for what PostgreSQL cannot store."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("The body is not UTF-8.") from None
    if text.startswith("\ufeff"):
        raise Unreadable("The body starts with a byte order mark.")
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise Unreadable("The body is nested too deeply.") from None
    except json.JSONDecodeError as fault:
        raise Unreadable(f"The body is not valid JSON (character {fault.pos}).") from None
    except ValueError:  # a whole number of thousands of digits
        raise Unreadable("The body holds a number that is too long.") from None
    if "\\u" in text and not _is_storable(value):
        raise Unreadable("The body holds a character that cannot be used.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("The body names a key twice.")
    return found


def _no_constant(name: str) -> Never:
    raise Unreadable(f"{name} is not a number in JSON.")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _is_storable(value: Any) -> bool:
    """No NUL and no lone surrogate in any string or key; only escapes can bring them in."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend(each)
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, str) and any(char == "\0" or "\ud800" <= char <= "\udfff" for char in each):
            return False
    return True
