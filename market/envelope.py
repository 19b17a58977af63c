"""Around every request, whatever becomes of it: a request id, one log line, security headers and the content security policy."""

import base64
import hashlib
import re
import secrets
import time

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from market.operations import observe
from market.settings import Settings

log = structlog.get_logger("market.http")

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PATCH", "PUT", "DELETE"})
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(self), microphone=()"),
)
# For answers that bring no policy of their own: data is never a page, and a page made by the server has no scripts.
POLICY_OF_DATA = b"default-src 'none'; frame-ancestors 'none'"
POLICY_OF_PLAIN_PAGE = b"; ".join(
    (
        b"default-src 'none'",
        b"style-src 'self' 'unsafe-inline'",
        b"img-src 'self' data:",
        b"base-uri 'none'",
        b"frame-ancestors 'none'",
    )
)

# The service worker asks our own server and nobody else.
POLICY_OF_WORKER = "default-src 'none'; connect-src 'self'; script-src 'self'"

_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_INLINE_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)


def page_policy(html: str) -> str:
    """The Content-Security-Policy of the built page: our own files, and exactly the inline scripts and styles that it contains.

    Style attributes are allowed, because the calendar and the dialogs position things with them; they cannot run anything."""
    scripts = " ".join(["'self'", *_hashes(_INLINE_SCRIPT, html)])
    styles = " ".join(["'self'", *_hashes(_INLINE_STYLE, html)])
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {scripts}",
            f"style-src {styles}",
            "style-src-attr 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            # The page writes markup only through the policies of its framework: a stray text never becomes an element. The third can
            # only name the worker.
            "require-trusted-types-for 'script'",
            "trusted-types svelte-trusted-html sveltekit-trusted-url linli-worker",
        )
    )


def _hashes(pattern: re.Pattern[str], html: str) -> list[str]:
    digests = (hashlib.sha256(text.encode()).digest() for text in pattern.findall(html))
    return sorted({f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests})


class RequestEnvelope:
    """Wraps the whole application, so that answers made before a route is found carry the same headers.

    The log line has no path, query, name, address or secret: the operation says what was asked (O05, I18). A HEAD request is
    answered as GET without the body."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._headers = list(HEADERS)
        if settings.production:
            self._headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await self._answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 500
        method: str = scope["method"]
        is_head = method == "HEAD"
        if is_head:
            scope["method"] = "GET"

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                is_personal = scope["state"].get("actor") is not None
                message["headers"] = self._complete(list(message["headers"]), request_id, is_personal=is_personal)
            elif message["type"] == "http.response.body" and is_head:
                message["body"] = b""
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - started
            operation = str(getattr(scope.get("route_handler"), "operation_id", None) or "other")
            shown = method if method in METHODS else "OTHER"
            observe(operation, shown, status, seconds)
            log.info(
                "request",
                request_id=request_id,
                operation=operation,
                method=shown,
                status=status,
                ms=round(seconds * 1000, 1),
            )

    def _complete(
        self, headers: list[tuple[bytes, bytes]], request_id: str, *, is_personal: bool
    ) -> list[tuple[bytes, bytes]]:
        given = {name.lower(): value for name, value in headers}
        # The old header knows no exception: where the policy of an answer allows frames, it is left out.
        may_be_framed = given.get(b"content-security-policy", b"").endswith(b"frame-ancestors *")
        headers.extend(
            (name, value)
            for name, value in self._headers
            if name not in given and not (may_be_framed and name == b"x-frame-options")
        )
        if b"content-security-policy" not in given:
            is_page = given.get(b"content-type", b"").startswith(b"text/html")
            headers.append((b"content-security-policy", POLICY_OF_PLAIN_PAGE if is_page else POLICY_OF_DATA))
        if is_personal and b"cache-control" not in given:
            headers.append((b"cache-control", b"no-store"))
        headers.append((b"x-request-id", request_id.encode()))
        return headers
