"""What every request passes: request id and log line, security headers, the access guard, and errors as problem documents."""

import secrets
import time
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from market.access import ACCESS, Access
from market.errors import Forbidden, MarketError, NotSignedIn, Unavailable
from market.people import service as people
from market.people.rules import Actor
from market.schemas import FieldError, Problem
from market.settings import Settings

log = structlog.get_logger("market.http")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(self), microphone=()"),
)


class RequestEnvelope(ASGIMiddleware):
    """Gives each request an id, adds the security headers, and writes one log line without query string, names or secrets."""

    scopes = (ScopeType.HTTP, ScopeType.ASGI)

    def __init__(self, settings: Settings) -> None:
        self._headers = list(HEADERS)
        if settings.production:
            self._headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request_id = secrets.token_hex(8)
        scope["state"]["request_id"] = request_id
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self._headers, (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await next_app(scope, receive, send_with_headers)
        finally:
            from market.operations import observe

            seconds = time.perf_counter() - started
            handler = scope.get("route_handler")
            operation = getattr(handler, "operation_id", None) or "other"
            observe(str(operation), scope["method"], status, seconds)
            log.info("request", request_id=request_id, operation=operation, method=scope["method"], status=status,
                     ms=round(seconds * 1000, 1))


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


def _same_origin(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether a browser says that the request comes from our own pages; programs that say nothing pass."""
    if connection.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = connection.headers.get("origin")
    if origin is None:
        return True
    settings: Settings = connection.app.state["settings"]
    own = {urlsplit(settings.base_url).netloc} if settings.base_url else set()
    if not settings.production:
        own.add(connection.headers.get("host", ""))
    return urlsplit(origin).netloc in own


async def enforce_access(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """App-wide guard: loads the actor where the request carries a session or token, then applies the handler's row."""
    row = access_row(handler)
    if row is None:
        return
    if not row.roles and not row.csrf:  # a signed webhook, or the sandbox with a key of its own: no session of ours
        connection.scope["state"]["actor"] = None
        return
    unsafe = connection.scope.get("method") not in SAFE_METHODS
    if unsafe and row.csrf and not _same_origin(connection):
        raise Forbidden("This request came from another site.")
    actor: Actor | None = None
    if row.roles or unsafe or not isinstance(handler, HTTPRouteHandler) or "actor" in handler.parsed_fn_signature.parameters:
        actor = await people.authenticate(
            connection.app.state["db"],
            settings=connection.app.state["settings"],
            cookies=connection.cookies,
            authorization=connection.headers.get("authorization"),
            csrf_token=connection.headers.get("x-csrf-token"),
            needs_csrf=unsafe and row.csrf and bool(row.roles),
        )
    connection.scope["state"]["actor"] = actor
    if not row.roles:
        return
    if actor is None:
        raise NotSignedIn
    if not (row.roles & actor.kinds):
        raise Forbidden
    if actor.scopes is not None and row.scope not in actor.scopes:
        raise Forbidden("This token does not allow that.")


def provide_actor(request: Request[Any, Any, Any]) -> Actor | None:
    """The actor that the guard found, None for an anonymous caller."""
    actor: Actor | None = request.scope["state"].get("actor")
    return actor


def problem(request: Request[Any, Any, Any], status: int, slug: str, title: str, detail: str,
            fields: list[FieldError] | None = None, retry_after_s: int | None = None) -> Response[bytes]:
    """An application/problem+json answer."""
    body = Problem(type=f"/problems/{slug}", title=title, status=status, detail=detail, errors=fields or [],
                   request_id=str(request.scope.get("state", {}).get("request_id", "")))
    headers = {"Cache-Control": "no-store"}
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/problem+json", headers=headers)


def on_market_error(request: Request[Any, Any, Any], error: MarketError) -> Response[bytes]:
    fields = [FieldError(field, message) for field, message in error.fields]
    return problem(request, error.status, error.slug, error.title, str(error), fields, error.retry_after_s)


def on_validation(request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    """Litestar's parameter and body validation, renamed to our field errors."""
    fields = []
    for each in error.extra if isinstance(error.extra, list) else []:
        if isinstance(each, dict):
            fields.append(FieldError(str(each.get("key", "")), str(each.get("message", ""))))
    return problem(request, 422 if fields else 400, "invalid-input", "Some input cannot be used",
                   "; ".join(f"{each.field}: {each.message}".strip(": ") for each in fields) or "The request cannot be read.", fields)


def on_unreadable(request: Request[Any, Any, Any], _: Exception) -> Response[bytes]:
    return problem(request, 400, "unreadable", "The request cannot be read", "The body is not valid JSON in UTF-8 of reasonable depth.")


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
    return problem(request, status, slug.get(status, "refused"), titles.get(status, "The request was refused"), str(error.detail))


def on_unreachable(request: Request[Any, Any, Any], _: Exception) -> Response[bytes]:
    return on_market_error(request, Unavailable())


def on_fault(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Our own fault: logged whole, shown without detail."""
    log.error("fault", request_id=request.scope.get("state", {}).get("request_id"), exc_info=error)
    return problem(request, 500, "fault", "Something went wrong on our side", "Nothing was charged by this request. Please try again.")


EXCEPTION_HANDLERS: dict[Any, Any] = {
    MarketError: on_market_error,
    ValidationException: on_validation,
    SerializationException: on_unreadable,
    UnicodeDecodeError: on_unreadable,
    RecursionError: on_unreadable,
    asyncpg.exceptions.DataError: on_data_error,
    asyncpg.exceptions.PostgresConnectionError: on_unreachable,
    asyncpg.exceptions.InterfaceError: on_unreachable,
    HTTPException: on_http,
    Exception: on_fault,
}
