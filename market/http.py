"""What every request passes: the access guard, and errors as problem documents."""

import re
import traceback
from typing import Any, get_type_hints

import asyncpg
import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import QueryParameter

from market import intake
from market.access import ACCESS
from market.errors import Forbidden, MarketError, NotSignedIn, Unavailable
from market.people import sessions
from market.people.rules import Actor
from market.roles import Access
from market.schemas import FieldError, Problem

log = structlog.get_logger("market.http")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def access_row(handler: BaseRouteHandler) -> Access | None:
    """The row of the access table for a handler; None for what Litestar adds itself (OpenAPI, OPTIONS)."""
    operation = getattr(handler, "operation_id", None)
    return ACCESS.get(operation) if isinstance(operation, str) else None


def check_access_table(app: Litestar) -> None:
    """Refuse to start with a route that has no row (A01)."""
    missing = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            own = handler.fn.__module__.startswith("market.")
            if own and access_row(handler) is None:
                missing.append(f"{route.path} ({handler.fn.__qualname__})")
    if missing:
        raise RuntimeError("routes without a row in market/access.py: " + ", ".join(sorted(missing)))


async def enforce_access(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """App-wide guard: looks at where a request comes from, loads the actor where it carries a session or token, applies the
    handler's row, and reads the body only for those who may come in."""
    row = access_row(handler)
    if row is None:
        return
    intake.require_plain_encoding(connection)
    if not row.roles and not row.csrf:  # a signed webhook, or the sandbox with a key of its own: no session of ours
        connection.scope["state"]["actor"] = None
        return
    unsafe = connection.scope.get("method") not in SAFE_METHODS
    if unsafe:
        intake.require_same_origin(connection)
        intake.require_content_type(connection, handler)
    connection.scope["state"]["actor"] = await _admit(connection, handler, row, unsafe=unsafe)
    if unsafe and isinstance(connection, Request):
        await intake.require_readable_json(connection, handler)


async def _admit(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler, row: Access, *, unsafe: bool
) -> Actor | None:
    """The actor, where the route asks for one; raises NotSignedIn or Forbidden as the row says."""
    asks = isinstance(handler, HTTPRouteHandler) and "actor" in handler.parsed_fn_signature.parameters
    if not row.roles and not asks:
        return None
    actor = await sessions.authenticate(
        connection.app.state["db"],
        settings=connection.app.state["settings"],
        cookies=connection.cookies,
        authorization=connection.headers.get("authorization"),
        csrf_token=connection.headers.get("x-csrf-token"),
        needs_csrf=unsafe and row.csrf and bool(row.roles),
    )
    if not row.roles:
        return actor
    if actor is None:
        raise NotSignedIn
    if not (row.roles & actor.kinds):
        raise Forbidden
    if actor.scopes is not None and row.scope not in actor.scopes:
        raise Forbidden("This token does not allow that.")
    return actor


def provide_actor(request: Request[Any, Any, Any]) -> Actor | None:
    """The actor that the guard found, None for an anonymous caller."""
    actor: Actor | None = request.scope["state"].get("actor")
    return actor


def problem(
    request: Request[Any, Any, Any],
    status: int,
    slug: str,
    title: str,
    detail: str,
    fields: list[FieldError] | None = None,
    retry_after_s: int | None = None,
) -> Response[bytes]:
    """An application/problem+json answer."""
    body = Problem(
        type=f"/problems/{slug}",
        title=title,
        status=status,
        detail=detail,
        errors=fields or [],
        request_id=str(request.scope.get("state", {}).get("request_id", "")),
    )
    headers = {"Cache-Control": "no-store"}
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    return Response(
        msgspec.json.encode(body), status_code=status, media_type="application/problem+json", headers=headers
    )


def on_market_error(request: Request[Any, Any, Any], error: MarketError) -> Response[bytes]:
    fields = [FieldError(field, message) for field, message in error.fields]
    return problem(request, error.status, error.slug, error.title, str(error), fields, error.retry_after_s)


def _asked_name(request: Request[Any, Any, Any], key: str) -> str:
    """What the address calls a parameter: `from`, which no parameter of a function can be called."""
    handler = request.route_handler
    hints = get_type_hints(handler.fn, include_extras=True) if isinstance(handler, HTTPRouteHandler) else {}
    named = (each.name for each in getattr(hints.get(key), "__metadata__", ()) if isinstance(each, QueryParameter))
    return next((name for name in named if name), key)


# Litestar names a parameter that is not there in its sentence only.
_MISSING = re.compile(r"Missing required \w+ parameter '([^']+)'")


def on_validation(request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    """Litestar's parameter and body validation, renamed to our field errors."""
    fields = []
    for each in error.extra if isinstance(error.extra, list) else []:
        if isinstance(each, dict):
            fields.append(FieldError(_asked_name(request, str(each.get("key", ""))), str(each.get("message", ""))))
    if not fields and (missing := _MISSING.search(error.detail)):
        fields.append(FieldError(missing[1], "is missing"))
    return problem(
        request,
        422 if fields else 400,
        "invalid-input",
        "Some input cannot be used",
        "; ".join(f"{each.field}: {each.message}".strip(": ") for each in fields) or "The request cannot be read.",
        fields,
    )


def on_unreadable(request: Request[Any, Any, Any], _: Exception) -> Response[bytes]:
    return problem(
        request,
        400,
        "unreadable",
        "The request cannot be read",
        "The body is not valid JSON in UTF-8 of reasonable depth.",
    )


def on_data_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A value that PostgreSQL cannot take: our validation should have named it, so it is logged."""
    log.warning("unvalidated_value", kind=type(error).__name__)
    return problem(request, 422, "invalid-input", "Some input cannot be used", "A value is out of range.")


def on_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    slug = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 401: "not-signed-in", 403: "forbidden"}
    titles = {404: "Not found", 405: "Method not allowed", 413: "Too large"}
    status = error.status_code
    if status >= 500:
        return on_fault(request, error)
    if status == 405 and _is_unknown_path(request):
        status = 404
    detail = {404: "There is nothing at this address.", 405: "This address does not take this method."}.get(
        status, str(error.detail)
    )
    answer = problem(
        request, status, slug.get(status, "refused"), titles.get(status, "The request was refused"), detail
    )
    if status == 405 and error.headers:
        answer.headers.update(error.headers)
    return answer


def _is_unknown_path(request: Request[Any, Any, Any]) -> bool:
    """Whether nothing but the page shell, which answers GET for every path, stands at an address below /api."""
    path = request.scope["path"]
    if not path.startswith("/api/"):
        return False
    try:
        handler = request.app.asgi_router.handle_routing(path=path, method="GET")[1]
    except HTTPException:
        return False
    return getattr(handler, "operation_id", None) == "site"


def on_unreachable(request: Request[Any, Any, Any], _: Exception) -> Response[bytes]:
    return on_market_error(request, Unavailable())


def on_fault(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Our own fault: logged with its place and a message without personal data (O05), shown without detail."""
    places = [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)]
    log.error(
        "fault",
        request_id=request.scope.get("state", {}).get("request_id"),
        kind=type(error).__name__,
        message=redact(str(error.args[0]) if error.args else ""),
        where=places[-12:],
    )
    return problem(
        request,
        500,
        "fault",
        "Something went wrong on our side",
        "Nothing was charged by this request. Please try again.",
    )


_PRIVATE = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+"  # mail addresses
    r"|\+?\d[\d -]{7,}\d"  # phone numbers, cards
    r"|\b(?:sk|rk|pk|whsec|lm|cs|pi)_[\w-]+"  # keys and tokens
    r"|://[^/\s@]*@"  # credentials in addresses
    r"|[A-Za-z0-9_-]{32,}",  # session tokens, hashes
)


def redact(text: str) -> str:
    """`text` for the log: one line, no addresses, numbers, keys or tokens, at most 500 characters."""
    return _PRIVATE.sub("[…]", " ".join(text.split()))[:500]


EXCEPTION_HANDLERS: dict[Any, Any] = {
    MarketError: on_market_error,
    ValidationException: on_validation,
    SerializationException: on_unreadable,
    UnicodeError: on_unreadable,
    RecursionError: on_unreadable,
    asyncpg.exceptions.DataError: on_data_error,
    asyncpg.exceptions.PostgresConnectionError: on_unreachable,
    asyncpg.exceptions.InterfaceError: on_unreachable,
    HTTPException: on_http,
    Exception: on_fault,
}
