"""The demo town as search documents, read from its data files without a database: what the town offers on a fixed Wednesday."""

import tomllib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from market.search.documents import Document, Label
from market.search.queries import SPACE_WORDS
from market.search.rules import day_parts
from market.search.schemas import NextOffer
from market.search.vocabulary import Facts, made_for
from seeds.timetable import ZONE, dated, hours
from tests.house.tree import ROOT

TODAY = date(2026, 11, 25)
AHEAD_DAYS = 28


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "seeds" / f"{name}.toml").read_text(encoding="utf-8"))


def name_id(name: str) -> str:
    """The id of what the data files call so."""
    return str(uuid5(NAMESPACE_URL, name))


def _minor(yuan: str | int | float) -> int:
    return int(Decimal(str(yuan)) * 100)


def facts() -> Facts:
    """What the vocabulary reads from the database."""
    places = tuple((row["slug"], row["name"], row["name_en"]) for row in _file("town")["place"])
    return Facts(places, tuple((row["slug"], row["name"], row["name_en"]) for row in _file("services")["category"]))


def documents() -> list[Document]:
    """Every service, space and partner of the town."""
    town, partners = _file("town"), {row["slug"]: row for row in _file("partners")["partner"]}
    places = {row["slug"]: row for row in town["place"]}
    found = [
        _service(row, category, partners[row["by"]], places)
        for category in _file("services")["category"]
        for row in category["services"]
    ]
    # of the many stalls that are alike, the three with an entry of their own stand for all
    found += [_space(row, places) for row in _file("spaces")["space"] if "numbers" not in row]
    return found + [_partner(row, places) for row in partners.values()]


def _common(row: dict[str, Any], place: dict[str, Any], key: str) -> dict[str, Any]:
    above = ["chengnan", "heyan", place["slug"]]
    return {
        "id": name_id(key),
        "about": row.get("about", ""),
        "about_en": row.get("about_en"),
        "community": Label(place["slug"], place["name"], place["name_en"]),
        "community_path": tuple(above),
        "currency": "CNY",
        "created_at": datetime.combine(TODAY, time(), ZONE),
    }


def _service(
    row: dict[str, Any], category: dict[str, Any], partner: dict[str, Any], places: dict[str, Any]
) -> Document:
    offers = (
        [] if "when" not in row else list(dated(row, TODAY + timedelta(days=1), TODAY + timedelta(days=AHEAD_DAYS)))
    )
    first = min(offers, default=(None, None, row.get("stock", 1)), key=lambda offer: offer[0])
    price = _minor(row["price"])
    root = Label(category["slug"], category["name"], category["name_en"])
    group = {row["group"]} if "group" in row else set()
    return Document(
        kind="service",
        title=row["name"],
        title_en=row["en"],
        categories=(root, Label(row["slug"], row["name"], row["en"])),
        partner=Label(partner["slug"], partner["name"], partner["name_en"]),
        listing_kind=row["kind"],
        price_minor=price,
        resident_price_minor=price * 4 // 5 if row.get("resident") else None,
        next_offer=NextOffer(UUID(name_id(row["slug"] + "-offer")), first[0], first[2]),
        days=tuple(sorted({begins.date() for begins, _, _ in offers})),
        times=frozenset((begins.date(), part) for begins, _, _ in offers for part in day_parts(begins.hour)),
        audiences=made_for(row["name"], row["en"], category["name"], category["name_en"]) | group,
        capacity=max((places for _, _, places in offers), default=row.get("stock")),
        **_common(row, places[partner["community"]], row["slug"]),
    )


def _space(row: dict[str, Any], places: dict[str, Any]) -> Document:
    rates = [row["rate"], *([row["off_peak"].split()[2]] if "off_peak" in row else [])]
    opened: dict[int, set[str]] = {}
    for day, opens, closes in hours(row["hours"]):
        opened.setdefault(day, set()).update(
            part for hour in range(int(opens[:2]), int(closes[:2])) for part in day_parts(hour)
        )
    days = [TODAY + timedelta(days=ahead) for ahead in range(AHEAD_DAYS + 1)]
    return Document(
        kind="space",
        title=row["name"],
        title_en=row["name_en"],
        equipment=tuple(row.get("equipment", ())),
        keywords=SPACE_WORDS[row["kind"]],
        price_minor=min(map(_minor, rates)),
        days=tuple(day for day in days if day.weekday() in opened),
        times=frozenset((day, part) for day in days for part in opened.get(day.weekday(), ())),
        capacity=row["capacity"],
        **_common(row, places[row["community"]], row["key"]),
    )


def _partner(row: dict[str, Any], places: dict[str, Any]) -> Document:
    return Document(
        kind="partner",
        title=row["name"],
        title_en=row["name_en"],
        partner=Label(row["slug"], row["name"], row["name_en"]),
        **_common(row, places[row["community"]], row["slug"]),
    )
