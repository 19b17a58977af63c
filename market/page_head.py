"""What stands in a page before its code has arrived, as text: language, title, cards for other sites, data. Pure; everything is
escaped here and nowhere else."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

DESCRIPTION_LENGTH = 160
LOCALES = ("zh-CN", "en")
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
_HTML_TAG = re.compile(r"<html[^>]*>")
_PLACE = re.compile(r"\{(heading|lead|photo)\}")
# Grey shapes that stand in the shell where the opening of a page goes, when the server knows one.
SHAPES = "<span></span><span></span><span></span>"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language, how large, at home where, under which address of ours."""

    locale: str
    origin: str
    is_large: bool = False
    community: str = ""
    named_locale: str = ""
    """The language that the address itself asks for."""
    is_signed_in: bool = False
    """Answers that say something of the reader are then asked by the page itself."""


@dataclass(frozen=True, slots=True)
class Photo:
    """The picture that the first view shows largest, with the sizes of its place in the page."""

    url: str
    kind: str
    candidates: str
    sizes: str


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a page: `answers` are bodies of the API by their address, for the first view."""

    route: str = ""
    title: str = ""
    description: str = ""
    heading: str = ""
    """What the first view says largest, where that is not the title."""
    card: str = "website"
    photo: Photo | None = None
    structured: Mapping[str, Any] | None = None
    answers: Mapping[str, bytes] = field(default_factory=dict)
    path: str = ""
    """The address under which search engines shall know it; empty keeps them away."""
    is_missing: bool = False
    """Whether what the page is about does not exist: it says so, under status 404."""


def chosen_locale(named: str | None, cookie: str | None, accept: str) -> str:
    """The language that the address names, else the one chosen before, else the first of the browser's that we speak.

    Whatever cannot be read is passed over: a first visit without any wish is Chinese."""
    for wish in (named, cookie):
        if wish in LOCALES:
            return str(wish)
    wishes: list[tuple[float, int, str]] = []
    for part in accept[:500].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            wishes.append((-float(quality or 1), len(wishes), tag.lower()))
        except ValueError:
            continue
    for weight, _, tag in sorted(wishes):
        if weight == 0:
            continue
        language = tag.partition("-")[0]
        if language in {"zh", "en"}:
            return "en" if language == "en" else "zh-CN"
    return LOCALES[0]


def shortened(text: str) -> str:
    """One line for a description, cut at a word where it is long."""
    line = " ".join(text.split())
    if len(line) <= DESCRIPTION_LENGTH:
        return line
    return line[: DESCRIPTION_LENGTH - 1].rstrip() + "…"


def as_script(data: bytes | str) -> str:
    """JSON that can stand inside a script element: no text in it can end the element or begin a comment."""
    text = data.decode() if isinstance(data, bytes) else data
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def render(
    shell: str, outline: Outline, reader: Reader, words: Mapping[str, str], files: Sequence[str], opening: str = ""
) -> str:
    """The shell with the head of this page, its opening, and the answers that its first view shows.

    `opening` is the markup of the route with the places {heading}, {lead} and {photo}: what can be read while the code is on its way."""
    text = _HTML_TAG.sub(_html_tag(reader), shell, count=1)
    title = _titled(outline, words)
    if outline.route and title and not _TITLE.search(text):
        text = text.replace("</head>", f"<title>{escape(title)}</title></head>", 1)
    more = [each for each in files if f'"/{each}"' not in text]
    head = "".join((*_cards(outline, reader, words, title), *_addresses(outline, reader), *_preloads(outline, more)))
    text = text.replace("</head>", f"{head}{_data(outline)}</head>", 1)
    return text.replace(SHAPES, _opened(opening, outline), 1) if opening and outline.title else text


def _opened(opening: str, outline: Outline) -> str:
    given = {"heading": escape(outline.heading or outline.title), "lead": escape(outline.description), "photo": ""}
    if photo := outline.photo:
        given["photo"] = (
            f'<picture><source type="{escape(photo.kind)}" srcset="{escape(photo.candidates)}" sizes="{escape(photo.sizes)}">'
            '<img class="size-full object-cover" alt="" width="3" height="2"></picture>'
        )
    return _PLACE.sub(lambda place: given[place[1]], opening)


def _html_tag(reader: Reader) -> str:
    large = ' class="large"' if reader.is_large else ""
    return f'<html lang="{reader.locale}"{large}>'


def _titled(outline: Outline, words: Mapping[str, str]) -> str:
    name = words.get("app_name", "")
    return f"{outline.title} · {name}" if outline.title else name


def _cards(outline: Outline, reader: Reader, words: Mapping[str, str], title: str) -> list[str]:
    about = shortened(outline.description or words.get("home_hero_lead", ""))
    meta = [
        ("name", "description", about),
        ("property", "og:title", title),
        ("property", "og:description", about),
        ("property", "og:type", outline.card),
        ("property", "og:site_name", words.get("app_name", "")),
        ("property", "og:locale", reader.locale.replace("-", "_")),
    ]
    if outline.path:
        meta.append(("property", "og:url", _address(outline, reader)))
    else:
        meta.append(("name", "robots", "noindex"))
    if outline.photo:
        meta.append(("property", "og:image", _absolute(outline.photo.url, reader.origin)))
    return [f'<meta {kind}="{name}" content="{escape(value)}">' for kind, name, value in meta]


def _absolute(url: str, origin: str) -> str:
    return origin + url if url.startswith("/") else url


def _address(outline: Outline, reader: Reader, locale: str | None = None) -> str:
    wish = reader.named_locale if locale is None else locale
    sign = "&" if "?" in outline.path else "?"
    return reader.origin + outline.path + (f"{sign}lang={wish}" if wish else "")


def _addresses(outline: Outline, reader: Reader) -> list[str]:
    if not outline.path:
        return []
    links = [f'<link rel="canonical" href="{escape(_address(outline, reader))}">']
    links += [
        f'<link rel="alternate" hreflang="{locale}" href="{escape(_address(outline, reader, locale))}">'
        for locale in LOCALES
    ]
    return [*links, f'<link rel="alternate" hreflang="x-default" href="{escape(_address(outline, reader, ""))}">']


def _preloads(outline: Outline, files: Sequence[str]) -> list[str]:
    """The code lies in a template: the page asks for it when it has been painted."""
    code = "".join(f'<link rel="modulepreload" href="/{escape(each)}">' for each in files if each.endswith(".js"))
    links = [f'<template id="code">{code}</template>'] if code else []
    links += [f'<link rel="stylesheet" href="/{escape(each)}">' for each in files if each.endswith(".css")]
    if photo := outline.photo:
        links.append(
            f'<link rel="preload" as="image" type="{escape(photo.kind)}" imagesrcset="{escape(photo.candidates)}"'
            f' imagesizes="{escape(photo.sizes)}" fetchpriority="high">'
        )
    return links


def _data(outline: Outline) -> str:
    """Data blocks: the browser never runs them, so the content security policy needs no exception."""
    blocks = ""
    if outline.structured:
        facts = json.dumps({"@context": "https://schema.org", **outline.structured}, ensure_ascii=False)
        blocks += f'<script type="application/ld+json">{as_script(facts)}</script>'
    if outline.answers:
        each = (f"{json.dumps(url)}:{body.decode()}" for url, body in outline.answers.items())
        blocks += f'<script type="application/json" id="first-view">{as_script("{" + ",".join(each) + "}")}</script>'
    return blocks
