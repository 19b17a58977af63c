"""The built frontend from memory: hashed files with long cache, precompressed; pages with their head and first data filled in."""

import gzip
import hashlib
import mimetypes
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import HttpMethod, Request, Response, get, route
from litestar.exceptions import NotFoundException

from market import contract, first_view, operations, page_head, sitemap
from market.envelope import POLICY_OF_WORKER, page_policy
from market.people import sessions

BUILD = Path(__file__).parent.parent / "frontend" / "build"
SHELL = "/index.html"
WORKER = "/service-worker.js"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
# What the build says of itself: the files of each page, and the few words of the catalogue that stand in a head.
BUILD_FACTS = "/first-view.json"
# These may be as old as the API itself says that they may be; what somebody has just bought, paid or written is asked anew.
MAY_BE_KEPT = ("/api/search", "/api/communities", "/api/categories")
ANSWER_AGE_S = 2.0
ANSWERS_KEPT = 512
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
# Paths that belong to the API: unknown ones there are errors, not pages.
NO_PAGES = ("/api/", "/media/", "/health/", "/metrics", "/sandbox/", "/_app/", "/dev/", "/embed/")

mimetypes.add_type("application/manifest+json", ".webmanifest")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file of the build with its precompressed forms."""

    media_type: str
    etag: str
    cache: str
    body: bytes
    encoded: dict[str, bytes]
    policy: str | None


@cache
def read_build(folder: Path) -> dict[str, StaticFile]:
    """All files of the build by path, read once per process; empty when the frontend is not built."""
    found = {}
    for path in sorted(folder.rglob("*")) if folder.exists() else []:
        if not path.is_file() or path.suffix in {".br", ".gz"} or path.name.startswith("."):
            continue
        body = path.read_bytes()
        name = "/" + path.relative_to(folder).as_posix()
        is_page = path.suffix == ".html"
        guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        found[name] = StaticFile(
            media_type=guessed,  # Litestar names the charset of a text
            etag='"' + hashlib.sha256(body).hexdigest()[:20] + '"',
            cache=IMMUTABLE if "/immutable/" in name else REVALIDATE,
            body=body,
            encoded={
                encoding: packed.read_bytes()
                for encoding, suffix in ENCODINGS
                if (packed := path.with_name(path.name + suffix)).exists()
            },
            policy=page_policy(body.decode()) if is_page else POLICY_OF_WORKER if name == WORKER else None,
        )
    return found


class BuildFacts(msgspec.Struct):
    """Written by the build: `files` and markup of the `openings` by route, `words` by language."""

    files: dict[str, list[str]] = {}
    openings: dict[str, str] = {}
    words: dict[str, dict[str, str]] = {}


async def ask(app: Any, url: str) -> bytes | None:
    """The body that the application itself answers to a visitor without a cookie; None for a refusal. Raises first_view.NotThere."""
    path, _, query = url.partition("?")
    status, parts = 0, []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "headers": [(b"accept", b"application/json")],
        "client": ("127.0.0.1", 0), "server": ("localhost", 80), "state": {"request_id": "first-view"}, "litestar_app": app,
        "app": app,
    }  # fmt: skip
    await app.state["inner"](scope, receive, send)
    if status == 404:
        raise first_view.NotThere(url)
    return b"".join(parts) if status == 200 else None


def pages_of(routes: Iterable[str]) -> re.Pattern[str] | None:
    """What the paths of these routes look like: `[id]` is one part of a path, `[[lang]]` may be left out."""
    patterns = [
        "".join("(?:/[^/]+)?" if part.startswith("[[") else "/[^/]+" if part.startswith("[") else "/" + re.escape(part)
                for part in route.split("/")[1:])
        for route in routes
    ]  # fmt: skip
    return re.compile("|".join(patterns)) if patterns else None


class Site:
    """The files of one build, read once per process."""

    def __init__(self, folder: Path = BUILD) -> None:
        self.files = read_build(folder)
        facts = self.files.get(BUILD_FACTS)
        self.facts = msgspec.json.decode(facts.body, type=BuildFacts) if facts else BuildFacts()
        self._pages = pages_of(self.facts.files)
        self._answers: dict[str, tuple[float, bytes | None]] = {}

    def find(self, path: str, locale: str = "") -> StaticFile | None:
        """The file itself, a prerendered page in the reader's language, or the shell for a path that is a page of the application."""
        if path.startswith(NO_PAGES) and path not in self.files:
            return None
        clean = path.rstrip("/")
        return (
            self.files.get(path)
            or self.files.get(f"{clean}/{locale}.html")
            or self.files.get(clean + ".html")
            or self.files.get(clean + "/index.html")
            or self._shell(path)
        )

    async def answer(self, app: Any, url: str) -> bytes | None:
        """What the API answers to anybody; a search is at most two seconds old. None where it refuses."""
        if not url.startswith(MAY_BE_KEPT):
            return await ask(app, url)
        now = time.monotonic()
        kept = self._answers.get(url)
        if kept and now - kept[0] < ANSWER_AGE_S:
            return kept[1]
        if len(self._answers) >= ANSWERS_KEPT:
            self._answers.clear()
        body = await ask(app, url)
        self._answers[url] = (now, body)
        return body

    def has_page(self, path: str) -> bool:
        """Whether a page of the application answers to this path; a build without facts is believed to."""
        return not self._pages or self._pages.fullmatch(path.rstrip("/") or "/") is not None

    def _shell(self, path: str) -> StaticFile | None:
        return None if "." in path.rsplit("/", 1)[-1] else self.files.get("/200.html") or self.files.get(SHELL)


@route(
    ["/", "/{path:path}"],
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    operation_id="site",
    summary="Pages and files of the frontend",
    include_in_schema=False,
)
async def site(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Serve one file, or a page."""
    site: Site = request.app.state["site"]
    reader = reader_of(request)
    path = request.scope["path"]
    file = site.find(path, reader.locale)
    if file is None:
        raise NotFoundException("There is nothing at this address.")
    if file.policy is not None and path not in site.files:
        return await page(request, site, file, reader)
    return _send(request, file, file.body, file.encoded, {"ETag": file.etag, "Vary": "Accept-Encoding"})


def reader_of(request: Request[Any, Any, Any]) -> page_head.Reader:
    """Language, size and home as the address and the cookies of the device say."""
    cookies = request.cookies
    named = request.query_params.get("lang")
    base = request.app.state["settings"].base_url or str(request.base_url)
    return page_head.Reader(
        locale=page_head.chosen_locale(named, cookies.get("market_locale"), request.headers.get("accept-language", "")),
        origin=base.rstrip("/"),
        is_large=cookies.get("market_large") == "1",
        community=cookies.get("market_community", "")[:80],
        named_locale=named if named in page_head.LOCALES else "",
        is_signed_in=sessions.cookie_name(request.app.state["settings"]) in cookies,
    )


async def page(
    request: Request[Any, Any, Any], site: Site, file: StaticFile, reader: page_head.Reader
) -> Response[bytes]:
    """The built page with its head and the data of its first view."""

    async def answered(url: str) -> bytes | None:
        return await site.answer(request.app, url)

    words = site.facts.words.get(reader.locale, {})
    query = request.scope["query_string"].decode("latin-1")
    outline = await first_view.outline_of(request.scope["path"], query, ask=answered, reader=reader, words=words)
    files = site.facts.files.get(outline.route, [])
    opening = site.facts.openings.get(outline.route, "")
    body = page_head.render(file.body.decode(), outline, reader, words, files, opening).encode()
    headers = {
        "ETag": '"' + hashlib.sha256(body).hexdigest()[:20] + '"',
        "Vary": "Accept-Encoding, Accept-Language, Cookie",
        "Link": ", ".join(_links(files)),
    }
    status = 404 if outline.is_missing or not site.has_page(request.scope["path"]) else 200
    packed = {"gzip": gzip.compress(body, 5, mtime=0)} if "gzip" in request.headers.get("accept-encoding", "") else {}
    return _send(request, file, body, packed, {name: value for name, value in headers.items() if value}, status=status)


def _links(files: Sequence[str]) -> Iterator[str]:
    """What the browser asks for before it has read the page: what paints it."""
    return (f"</{each}>; rel=preload; as=style" for each in files if each.endswith(".css"))


def _send(
    request: Request[Any, Any, Any],
    file: StaticFile,
    body: bytes,
    encoded: Mapping[str, bytes],
    headers: dict[str, str],
    *,
    status: int = 200,
) -> Response[bytes]:
    """The body in the form that the browser takes, or 304 when it has it already."""
    headers["Cache-Control"] = file.cache
    if file.policy is not None:
        headers["Content-Security-Policy"] = file.policy
    if status == 200 and request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
    accepted = request.headers.get("accept-encoding", "")
    for encoding, _ in ENCODINGS:
        if encoding in accepted and encoding in encoded:
            headers["Content-Encoding"] = encoding
            return Response(encoded[encoding], status_code=status, headers=headers, media_type=file.media_type)
    return Response(body, status_code=status, headers=headers, media_type=file.media_type)


@get("/robots.txt", operation_id="robots", summary="What search engines may read", include_in_schema=False)
async def robots(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Everything public; what belongs to one person is not for them."""
    return Response(sitemap.robots(reader_of(request).origin).encode(), media_type="text/plain")


@get("/sitemap.xml", operation_id="sitemap", summary="The addresses of all public pages", include_in_schema=False)
async def sitemap_xml(request: Request[Any, Any, Any]) -> Response[bytes]:
    """For search engines; the listings, spaces and partners come from the search, as everybody sees them."""

    async def answered(url: str) -> bytes | None:
        return await request.app.state["site"].answer(request.app, url)  # type: ignore[no-any-return]  # the state is untyped

    body = await sitemap.sitemap(reader_of(request).origin, ask=answered)
    return Response(body.encode(), media_type="application/xml")


handlers: list[Any] = [*operations.handlers, *contract.handlers, robots, sitemap_xml, site]
