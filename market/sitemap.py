"""What search engines are told: which pages there are, and which are not for them."""

from collections.abc import Awaitable, Callable
from html import escape

import msgspec

PAGES = ("/", "/search", "/funds", "/help", "/about")
PRIVATE = (
    "/account",
    "/cart",
    "/checkout",
    "/orders",
    "/partner/",
    "/staff",
    "/sign-in",
    "/sign-up",
    "/api/",
    "/sandbox/",
)
KINDS = {"service": "/listings/{id}", "space": "/spaces/{id}", "partner": "/partners/{partner}"}
# A list of fifty pages of fifty is more than a district has; a search engine finds the rest by the links.
MOST_PAGES = 50


def robots(origin: str) -> str:
    """The file robots.txt."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE), "", f"Sitemap: {origin}/sitemap.xml", ""]
    return "\n".join(lines)


async def sitemap(origin: str, *, ask: Callable[[str], Awaitable[bytes | None]]) -> str:
    """The file sitemap.xml."""
    paths = [*PAGES]
    for kind, pattern in KINDS.items():
        cursor = ""
        for _ in range(MOST_PAGES):
            body = await ask(f"/api/search?kind={kind}&limit=50{cursor}")
            found = msgspec.json.decode(body) if body else {}
            paths += [pattern.format(id=it["id"], partner=it.get("partner")) for it in found.get("items", [])]
            if not found.get("next_cursor"):
                break
            cursor = f"&cursor={found['next_cursor']}"
    body = await ask("/api/funds")
    paths += [f"/funds/{it['slug']}" for it in (msgspec.json.decode(body) if body else {}).get("items", [])]
    urls = "".join(f"<url><loc>{escape(origin + path)}</loc></url>" for path in paths)
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
