"""What the first view of each public page shows: which answers of the API it needs, its title, its card and its structured data.

The answers are asked from the application itself without any cookie, so that a page never holds more than anybody may read; a
page whose answer is missing is shown by its code as before."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from market.money import decimal_text
from market.page_head import Outline, Photo, Reader

Ask = Callable[[str], Awaitable[bytes | None]]
Words = Mapping[str, str]
Json = dict[str, Any]

# Where a photo stands in a page; the same words as in the components, or the browser would load it twice.
HERO_SIZES = "(min-width: 64rem) 42rem, 100vw"
CARD_SIZES = "(min-width: 64rem) 20rem, (min-width: 40rem) 45vw, 92vw"
SPACE_SIZES = "(min-width: 64rem) 32rem, 100vw"
SEARCH_KEYS = ("q", "kind", "listing_kind", "partner", "category", "community", "sort", "cursor", "ignore",
               "weekdays", "time", "audience")  # fmt: skip
# What the search page has counted; the same words as in its code.
FACETS = "kind,category,community"
# These become other values on their way from the address to the API, or need the reader's place.
SEARCH_BY_CODE = frozenset({"max_price", "near", "people", "from", "to"})
_ID = r"([0-9a-fA-F-]{36})"
_SLUG = r"([\w-]{1,80})"


class NotThere(LookupError):
    """What an address of the API names does not exist (any more)."""


class Answers:
    """Asks once per address and keeps what came; the first question is for the thing that the page is about."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.kept: dict[str, bytes] = {}
        self.is_missing = False

    async def get(self, url: str, *, named: str = "") -> Json | None:
        try:
            body = await self._ask(url)
        except NotThere:
            self.is_missing = self.is_missing or not self.kept
            return None
        if body is None:
            return None
        self.kept[named or url] = body
        found: Json = msgspec.json.decode(body)
        return found


def named(thing: Mapping[str, Any], key: str, locale: str) -> str:
    """The English name for English readers, where there is one."""
    return str((locale == "en" and thing.get(f"{key}_en")) or thing.get(key) or "")


def photo_of(photos: Any, sizes: str) -> Photo | None:
    """The candidates of the format that browsers take first."""
    first = photos[0] if isinstance(photos, list) and photos else photos if isinstance(photos, dict) else None
    variants = [each for each in (first or {}).get("variants", []) if each.get("url")]
    for kind in ("avif", "webp", "jpeg"):
        if of_kind := [each for each in variants if each["format"] == kind]:
            largest = max(of_kind, key=lambda each: each["width"])
            candidates = ", ".join(f"{each['url']} {each['width']}w" for each in of_kind)
            return Photo(largest["url"], f"image/{kind}", candidates, sizes)
    return None


async def home(answers: Answers, reader: Reader, words: Words, _: tuple[str, ...], __: str) -> Outline:
    communities = await answers.get("/api/communities")
    await answers.get("/api/categories")
    slugs = [each["slug"] for each in (communities or {}).get("items", []) if each["kind"] == "community"]
    slug = reader.community if reader.community in slugs else next(iter(slugs), "")
    if slug:
        for asked in (
            "kind=service&listing_kind=meal&sort=next",
            "kind=service&listing_kind=class&sort=next",
            "kind=space",
        ):
            await answers.get(f"/api/search?community={slug}&facets=kind&limit=3&{asked}")
        if not reader.is_signed_in:
            await answers.get(f"/api/needs?community={slug}&status=open")
        await answers.get(f"/api/funds?community={slug}")
    search = {"@type": "SearchAction", "target": f"{reader.origin}/search?q={{q}}", "query-input": "required name=q"}
    site = {"@type": "WebSite", "name": words.get("app_name"), "url": f"{reader.origin}/", "potentialAction": search}
    return Outline(title=words.get("home_title", ""), heading=words.get("home_hero", ""), structured=site, path="/",
                   description=words.get("home_hero_lead", ""))  # fmt: skip


async def search(answers: Answers, _: Reader, words: Words, __: tuple[str, ...], query: str) -> Outline:
    given = {key: value.strip() for key, value in parse_qsl(query) if value.strip()}
    asked = {"facets": FACETS} | {key: given[key] for key in SEARCH_KEYS if key in given}
    if given.get("free") == "true":
        asked["free"] = "true"
    photo = None
    if not SEARCH_BY_CODE & set(given) and given.get("sort") != "distance":
        text = urlencode(sorted(asked.items()), quote_via=quote)
        found = await answers.get(f"/api/search?{text}")
        photo = photo_of(next((it.get("photo") for it in (found or {}).get("items", [])), None), CARD_SIZES)
    words_asked = given.get("q", "")
    title = (
        words.get("search_title_of", "").replace("{query}", words_asked)
        if words_asked
        else words.get("search_title", "")
    )
    kept: dict[str, str] = {key: given[key] for key in ("q", "kind", "category", "community") if key in given}
    return Outline(title=title, photo=photo, path="/search" + (f"?{urlencode(kept, quote_via=quote)}" if kept else ""))


async def listing(answers: Answers, reader: Reader, _: Words, found: tuple[str, ...], __: str) -> Outline | None:
    it = await answers.get(f"/api/listings/{found[0]}")
    if it is None:
        return None
    await answers.get(f"/api/listings/{found[0]}/offers")
    await answers.get(f"/api/listings/{found[0]}/reviews")
    await answers.get("/api/communities")
    photo = photo_of(it.get("photos"), HERO_SIZES)
    title, about = named(it, "title", reader.locale), named(it, "about", reader.locale)
    price = it["price"]
    facts: Json = {
        "@type": "Product", "name": title, "description": about,
        "brand": {"@type": "Brand", "name": named(it["partner"], "name", reader.locale)},
        "offers": {"@type": "Offer", "price": decimal_text(price["amount"], price["currency"]), "priceCurrency": price["currency"],
                   "url": f"{reader.origin}/listings/{it['id']}"},
    }  # fmt: skip
    if photo:
        facts["image"] = reader.origin + photo.url if photo.url.startswith("/") else photo.url
    if it.get("rating") is not None and it.get("reviews"):
        facts["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": it["rating"],
            "reviewCount": it["reviews"],
        }
    return Outline(
        title=title, description=about, card="product", photo=photo, structured=facts, path=f"/listings/{it['id']}"
    )


async def space(answers: Answers, reader: Reader, _: Words, found: tuple[str, ...], __: str) -> Outline | None:
    it = await answers.get(f"/api/spaces/{found[0]}")
    if it is None:
        return None
    await answers.get("/api/communities")
    title, about = named(it, "name", reader.locale), named(it, "about", reader.locale)
    facts = {"@type": "Place", "name": title, "description": about,
             "address": it.get("address") or named(it, "community_name", reader.locale),
             "maximumAttendeeCapacity": it.get("capacity"), "publicAccess": True}  # fmt: skip
    photo = photo_of(it.get("photos"), SPACE_SIZES)
    return Outline(
        title=title, description=about, card="place", photo=photo, structured=facts, path=f"/spaces/{it['id']}"
    )


async def partner(answers: Answers, reader: Reader, _: Words, found: tuple[str, ...], __: str) -> Outline | None:
    it = await answers.get(f"/api/partners/{found[0]}")
    if it is None:
        return None
    await answers.get(f"/api/search?facets=kind&kind=service&limit=50&partner={quote(str(it['slug']))}")
    title, about = named(it, "name", reader.locale), named(it, "about", reader.locale)
    facts = {
        "@type": "Organization",
        "name": title,
        "description": about,
        "url": f"{reader.origin}/partners/{it['slug']}",
    }
    return Outline(title=title, description=about, card="profile", structured=facts, path=f"/partners/{it['slug']}")


async def funds(answers: Answers, _: Reader, words: Words, __: tuple[str, ...], query: str) -> Outline:
    community = dict(parse_qsl(query)).get("community", "")
    for part in ("funds", "campaigns"):
        await answers.get(f"/api/{part}" + (f"?community={quote(community)}" if community else ""))
    return Outline(title=words.get("funds_title", ""), description=words.get("funds_lead", ""), path="/funds")


async def fund(answers: Answers, reader: Reader, _: Words, found: tuple[str, ...], query: str) -> Outline | None:
    chosen = {key: value for key, value in parse_qsl(query) if key in {"kind", "from", "to"} and value}
    period = {key: value for key, value in chosen.items() if key != "kind"}
    it = await answers.get(f"/api/funds/{found[0]}")
    if it is None:
        return None
    await answers.get(f"/api/funds/{found[0]}/entries" + (f"?{urlencode(chosen)}" if chosen else ""))
    if chosen:
        await answers.get(f"/api/funds/{found[0]}/totals" + (f"?{urlencode(period)}" if period else ""))
    for part in ("gifts", "plan", "heads", "subsidies"):
        await answers.get(f"/api/funds/{found[0]}/{part}")
    await answers.get(f"/api/fund-questions?fund={found[0]}")
    title, about = named(it, "name", reader.locale), named(it, "about", reader.locale)
    books = f"{reader.origin}/api/funds/{it['slug']}/books.csv"
    facts = {"@type": "Dataset", "name": title, "description": about, "isAccessibleForFree": True,
             "creator": {"@type": "Organization", "name": it["custodian"]},
             "distribution": {"@type": "DataDownload", "encodingFormat": "text/csv", "contentUrl": books}}  # fmt: skip
    return Outline(title=title, description=about, structured=facts, path=f"/funds/{it['slug']}")


def _text_page(title: str, lead: str) -> Callable[..., Awaitable[Outline]]:
    async def page(_: Answers, __: Reader, words: Words, found: tuple[str, ...], ___: str) -> Outline:
        return Outline(title=words.get(title, ""), description=words.get(lead, ""), path=found[0])

    return page


PAGES: tuple[tuple[re.Pattern[str], str, Callable[..., Awaitable[Outline | None]]], ...] = (
    (re.compile("/"), "/", home),
    (re.compile("/search"), "/search", search),
    (re.compile(f"/listings/{_ID}"), "/listings/[id]", listing),
    (re.compile(f"/spaces/{_ID}"), "/spaces/[id]", space),
    (re.compile(f"/partners/{_SLUG}"), "/partners/[slug]", partner),
    (re.compile("/funds"), "/funds", funds),
    (re.compile(f"/funds/{_SLUG}"), "/funds/[slug]", fund),
    (re.compile("(/help)"), "/help/[[lang]]", _text_page("help_title", "help_lead")),
    (re.compile("(/about)"), "/about/[[lang]]", _text_page("about_title", "about_lead")),
)


async def outline_of(path: str, query: str, *, ask: Ask, reader: Reader, words: Words) -> Outline:
    """What is known of the page at `path`; nothing but its language for those that only their owner sees."""
    for pattern, route, plan in PAGES:
        if match := pattern.fullmatch(path.rstrip("/") or "/"):
            answers = Answers(ask)
            outline = await plan(answers, reader, words, match.groups(), query)
            if outline is None:
                return Outline(route=route, is_missing=answers.is_missing)
            return replace(outline, route=route, answers=answers.kept)
    return Outline()
