"""The built frontend from memory: hashed files with long cache, precompressed; every other path gets the page shell."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import HttpMethod, Request, Response, route
from litestar.exceptions import NotFoundException

from market import contract, operations
from market.envelope import page_policy
from market.settings import Settings

BUILD = Path(__file__).parent.parent / "frontend" / "build"
SHELL = "/index.html"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
# Paths that belong to the API: unknown ones there are errors, not pages.
NO_PAGES = ("/api/", "/media/", "/health/", "/metrics", "/sandbox/", "/_app/", "/dev/")

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


def read_build(folder: Path) -> dict[str, StaticFile]:
    """All files of the build by path; empty when the frontend is not built."""
    found = {}
    for path in sorted(folder.rglob("*")) if folder.exists() else []:
        if not path.is_file() or path.suffix in {".br", ".gz"} or path.name.startswith("."):
            continue
        body = path.read_bytes()
        name = "/" + path.relative_to(folder).as_posix()
        is_page = path.suffix == ".html"
        guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        found[name] = StaticFile(
            media_type=guessed + ("; charset=utf-8" if guessed.startswith("text/") or "javascript" in guessed else ""),
            etag='"' + hashlib.sha256(body).hexdigest()[:20] + '"',
            cache=IMMUTABLE if "/immutable/" in name else REVALIDATE,
            body=body,
            encoded={
                encoding: packed.read_bytes()
                for encoding, suffix in ENCODINGS
                if (packed := path.with_name(path.name + suffix)).exists()
            },
            policy=page_policy(body.decode()) if is_page else None,
        )
    return found


class Site:
    """The files of one build, read once per process."""

    def __init__(self, folder: Path = BUILD) -> None:
        self.files = read_build(folder)

    def find(self, path: str) -> StaticFile | None:
        """The file itself, a prerendered page, or the shell for a path that is a page of the application."""
        if path.startswith(NO_PAGES) and path not in self.files:
            return None
        clean = path.rstrip("/")
        return (
            self.files.get(path)
            or self.files.get(clean + ".html")
            or self.files.get(clean + "/index.html")
            or self._shell(path)
        )

    def _shell(self, path: str) -> StaticFile | None:
        return None if "." in path.rsplit("/", 1)[-1] else self.files.get("/200.html") or self.files.get(SHELL)


@route(
    ["/", "/{path:path}"],
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    operation_id="site",
    summary="Pages and files of the frontend",
    include_in_schema=False,
    sync_to_thread=False,
)
def site(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Serve one file, or the page shell."""
    file = request.app.state["site"].find(request.scope["path"])
    if file is None:
        raise NotFoundException("There is nothing at this address.")
    headers = {"ETag": file.etag, "Cache-Control": file.cache, "Vary": "Accept-Encoding"}
    if file.policy is not None:
        headers["Content-Security-Policy"] = file.policy
    if request.headers.get("if-none-match") == file.etag:
        return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
    accepted = request.headers.get("accept-encoding", "")
    for encoding, _ in ENCODINGS:
        if encoding in accepted and encoding in file.encoded:
            headers["Content-Encoding"] = encoding
            return Response(file.encoded[encoding], headers=headers, media_type=file.media_type)
    return Response(file.body, headers=headers, media_type=file.media_type)


def handlers_for(_: Settings) -> list[Any]:
    """Operations and the site."""
    return [*operations.handlers, *contract.handlers, site]
