"""The SQL of search: documents as the database has them now. A document that nobody may buy or book is not returned."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from market.db import Connection, Database, Row
from market.search.documents import Document, Key, Kind, Label
from market.search.rules import day_parts, resident_price
from market.search.schemas import NextOffer
from market.search.vocabulary import made_for

LOT = 500
SPACE_DAYS = 28  # so far ahead a space's opening days are looked up

_PLACE = """
  c.slug AS community_slug, c.name AS community_name, c.name_en AS community_name_en, c.time_zone,
  c.latitude AS community_latitude, c.longitude AS community_longitude, c.policies,
  (SELECT array_agg(above.slug) FROM communities above WHERE above.id = ANY (c.path)) AS community_path
"""

# An offer can be bought while it is open, has something left, and its sale has not ended.
SERVICES = f"""
SELECT l.id, l.kind AS listing_kind, l.title, l.title_en, l.about, l.about_en, l.currency, l.price_minor, l.has_resident_price,
  l.eligibility_group, l.created_at, p.slug AS partner_slug, p.name AS partner_name, p.name_en AS partner_name_en,
  p.latitude AS latitude, p.longitude AS longitude, p.community_id = l.community_id AS at_partner,
  leaf.slug AS leaf_slug, leaf.name AS leaf_name, leaf.name_en AS leaf_name_en,
  root.slug AS root_slug, root.name AS root_name, root.name_en AS root_name_en,
  next.id AS next_id, next.starts_at AS next_starts_at, next.remaining AS next_left, next.ends_sale AS refresh_at,
  coalesce(next.price_minor, l.price_minor) AS next_price_minor, opinion.stars, opinion.reviews, ahead.days, ahead.hours, ahead.most,
  picture.id AS photo_id, picture.alt AS photo_alt,
  picture.width AS photo_width, picture.height AS photo_height, picture.variants AS photo_variants,
  {_PLACE}
FROM listings l
JOIN partners p ON p.id = l.partner_id AND p.status = 'active'
JOIN communities c ON c.id = l.community_id
JOIN categories leaf ON leaf.id = l.category_id
LEFT JOIN categories root ON root.id = leaf.parent_id
JOIN LATERAL (
  SELECT o.id, o.starts_at, o.capacity - o.taken AS remaining, o.price_minor, coalesce(o.sale_ends_at, o.ends_at) AS ends_sale
  FROM offers o WHERE o.listing_id = l.id AND o.status = 'open' AND o.taken < o.capacity
    AND coalesce(o.sale_ends_at, o.ends_at, 'infinity') > now()
  ORDER BY o.starts_at NULLS LAST, o.id LIMIT 1
) next ON true
JOIN LATERAL (
  SELECT array_agg(DISTINCT (o.starts_at AT TIME ZONE c.time_zone)::date) FILTER (WHERE o.starts_at IS NOT NULL) AS days,
    array_agg(DISTINCT date_trunc('hour', o.starts_at AT TIME ZONE c.time_zone)) FILTER (WHERE o.starts_at IS NOT NULL) AS hours,
    max(o.capacity - o.taken) AS most
  FROM offers o WHERE o.listing_id = l.id AND o.status = 'open' AND o.taken < o.capacity
    AND coalesce(o.sale_ends_at, o.ends_at, 'infinity') > now()
) ahead ON true
JOIN LATERAL (
  SELECT count(*)::int AS reviews, coalesce(sum(r.stars), 0)::int AS stars FROM reviews r WHERE r.listing_id = l.id
) opinion ON true
LEFT JOIN LATERAL (
  SELECT id, alt, width, height, variants FROM photos WHERE listing_id = l.id ORDER BY position, id LIMIT 1
) picture ON true
WHERE l.status = 'published' AND l.id = ANY ($1::uuid[])
ORDER BY l.id
"""

SPACES = f"""
SELECT s.id, s.kind AS space_kind, s.name, s.name_en, s.about, s.about_en, s.currency, s.rate_minor, s.capacity, s.equipment,
  s.latitude, s.longitude, s.hours, s.off_peak, s.horizon_days, s.created_at, now() AS now,
  picture.id AS photo_id, picture.alt AS photo_alt,
  picture.width AS photo_width, picture.height AS photo_height, picture.variants AS photo_variants,
  {_PLACE}
FROM spaces s
JOIN communities c ON c.id = s.community_id
LEFT JOIN LATERAL (
  SELECT id, alt, width, height, variants FROM photos WHERE space_id = s.id ORDER BY position, id LIMIT 1
) picture ON true
WHERE s.status = 'open' AND s.id = ANY ($1::uuid[])
ORDER BY s.id
"""

PARTNERS = f"""
SELECT p.id, p.slug, p.name, p.name_en, p.about, p.about_en, p.latitude, p.longitude, p.created_at, c.currency,
  {_PLACE}
FROM partners p
JOIN communities c ON c.id = p.community_id
WHERE p.status = 'active' AND p.id = ANY ($1::uuid[])
ORDER BY p.id
"""

SPACE_WORDS = {
    "room": ("活动室", "room"),
    "stall": ("摊位", "stall"),
    "pitch": ("球场", "sports pitch"),
    "shop": ("商铺", "shop"),
    "kiosk": ("亭子", "kiosk"),
    "ad_site": ("广告位", "advertising site"),
    "parking": ("停车位", "parking"),
    "complex": ("综合空间", "complex"),
}


async def services(tx: Connection, *, ids: Sequence[UUID], media_prefix: str) -> list[Document]:
    """Published listings of active partners that have something left to buy."""
    return [_service(row, media_prefix) for row in await tx.fetch(SERVICES, list(ids))]


async def spaces(tx: Connection, *, ids: Sequence[UUID], media_prefix: str) -> list[Document]:
    """Spaces that are open for booking."""
    return [_space(row, media_prefix) for row in await tx.fetch(SPACES, list(ids))]


async def partners(tx: Connection, *, ids: Sequence[UUID], media_prefix: str) -> list[Document]:
    """Active partners; they have no picture."""
    del media_prefix
    return [_partner(row) for row in await tx.fetch(PARTNERS, list(ids))]


READERS = {"service": services, "space": spaces, "partner": partners}
_IDS = {
    "service": "SELECT id FROM listings WHERE status = 'published' AND id > $1 ORDER BY id LIMIT $2",
    "space": "SELECT id FROM spaces WHERE status = 'open' AND id > $1 ORDER BY id LIMIT $2",
    "partner": "SELECT id FROM partners WHERE status = 'active' AND id > $1 ORDER BY id LIMIT $2",
}
_FOUND = {
    "service": "SELECT l.id FROM listings l JOIN partners p ON p.id = l.partner_id WHERE l.status = 'published' AND p.status = 'active' "
    "AND concat_ws(' ', l.title, l.title_en, l.about, l.about_en, p.name, p.name_en) ILIKE ALL ($1) ORDER BY l.id DESC LIMIT $2",
    "space": "SELECT id FROM spaces WHERE status = 'open' AND concat_ws(' ', name, name_en, about, about_en) ILIKE ALL ($1) "
    "ORDER BY id DESC LIMIT $2",
    "partner": "SELECT id FROM partners WHERE status = 'active' AND concat_ws(' ', name, name_en, about, about_en) ILIKE ALL ($1) "
    "ORDER BY id DESC LIMIT $2",
}


async def ids_after(tx: Connection, *, kind: Kind, after: UUID, limit: int) -> list[UUID]:
    """Ids of what may be findable, in order."""
    return [row["id"] for row in await tx.fetch(_IDS[kind], after, limit)]


async def ids_containing(tx: Connection, *, kind: Kind, words: Sequence[str], limit: int) -> list[UUID]:
    """Newest first, whatever contains every one of the words literally."""
    patterns = ["%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" for word in words]
    return [row["id"] for row in await tx.fetch(_FOUND[kind], patterns, limit)]


async def drop_waiting_refreshes(tx: Connection) -> None:
    """Forget queued refreshes: what they announce is committed, so a rebuild that begins now reads it."""
    await tx.execute(
        "DELETE FROM pgqueuer WHERE id IN (SELECT id FROM pgqueuer WHERE entrypoint = 'search.refresh' AND status = 'queued' "
        "FOR UPDATE SKIP LOCKED)"
    )


class DatabaseSource:
    """DocumentSource over the database."""

    def __init__(self, db: Database, *, media_prefix: str = "/media/") -> None:
        self._db = db
        self._media_prefix = media_prefix

    async def documents(self, keys: Sequence[Key]) -> list[Document]:
        found: list[Document] = []
        async with self._db.read() as connection:
            for kind, read in READERS.items():
                if ids := sorted({UUID(key.id) for key in keys if key.kind == kind}):
                    found += await read(connection, ids=ids, media_prefix=self._media_prefix)
        return found

    async def everything(self) -> AsyncIterator[list[Document]]:
        kinds: tuple[Kind, ...] = ("service", "space", "partner")
        for kind in kinds:
            after = UUID(int=0)
            while True:
                async with self._db.read() as connection:
                    ids = await ids_after(connection, kind=kind, after=after, limit=LOT)
                    lot = await READERS[kind](connection, ids=ids, media_prefix=self._media_prefix) if ids else []
                if lot:
                    yield lot
                if len(ids) < LOT:
                    break
                after = ids[-1]


def _service(row: Row, media_prefix: str) -> Document:
    leaf = Label(row["leaf_slug"], row["leaf_name"], row["leaf_name_en"])
    root = [Label(row["root_slug"], row["root_name"], row["root_name_en"])] if row["root_slug"] else []
    price = row["next_price_minor"]
    return Document(
        kind="service",
        title=row["title"],
        title_en=row["title_en"],
        categories=(*root, leaf),
        partner=Label(row["partner_slug"], row["partner_name"], row["partner_name_en"]),
        listing_kind=row["listing_kind"],
        price_minor=price,
        resident_price_minor=resident_price(row["policies"], price, takes_part=row["has_resident_price"]),
        next_offer=NextOffer(row["next_id"], row["next_starts_at"], row["next_left"]),
        days=tuple(row["days"] or ()),
        times=frozenset((hour.date(), part) for hour in row["hours"] or () for part in day_parts(hour.hour)),
        audiences=_audiences(row),
        capacity=row["most"],
        stars=row["stars"],
        reviews=row["reviews"],
        photo=_photo(row, media_prefix),
        refresh_at=row["refresh_at"],
        **_common(row, is_there=row["at_partner"]),
    )


def _space(row: Row, media_prefix: str) -> Document:
    words = SPACE_WORDS[row["space_kind"]]
    rates = [row["rate_minor"], *(each["rate_minor"] for each in row["off_peak"])]
    zone = ZoneInfo(row["time_zone"])
    here = row["now"].astimezone(zone)
    return Document(
        kind="space",
        title=row["name"],
        title_en=row["name_en"],
        equipment=tuple(row["equipment"]),
        keywords=words,
        price_minor=min(rates),
        days=_open_days(row["hours"], here.date(), min(row["horizon_days"], SPACE_DAYS)),
        times=_open_times(row["hours"], here.date(), min(row["horizon_days"], SPACE_DAYS)),
        capacity=row["capacity"],
        photo=_photo(row, media_prefix),
        refresh_at=datetime(here.year, here.month, here.day, tzinfo=zone) + timedelta(days=1),
        **_common(row, is_there=True),
    )


def _audiences(row: Row) -> frozenset[str]:
    """Whom a listing is made for, by its name, its category and the group that it is kept for."""
    names = (row["title"], row["title_en"], row["root_name"], row["root_name_en"])
    return made_for(*names) | (frozenset() if row["eligibility_group"] is None else {row["eligibility_group"]})


def _partner(row: Row) -> Document:
    own = Label(row["slug"], row["name"], row["name_en"])
    return Document(
        kind="partner", title=row["name"], title_en=row["name_en"], partner=own, **_common(row, is_there=True)
    )


def _common(row: Row, *, is_there: bool) -> dict[str, Any]:
    """What all kinds share; without a place of its own, or away from it, a thing lies where its community does."""
    is_placed = is_there and row["latitude"] is not None and row["longitude"] is not None
    return {
        "id": str(row["id"]),
        "about": row["about"],
        "about_en": row["about_en"],
        "community": Label(row["community_slug"], row["community_name"], row["community_name_en"]),
        "community_path": tuple(sorted(row["community_path"])),
        "currency": row["currency"],
        "latitude": row["latitude"] if is_placed else row["community_latitude"],
        "longitude": row["longitude"] if is_placed else row["community_longitude"],
        "created_at": row["created_at"],
    }


def _photo(row: Row, media_prefix: str) -> dict[str, Any] | None:
    if row["photo_variants"] is None:
        return None
    names = {"id": "photo_id", "alt": "photo_alt", "width": "photo_width", "height": "photo_height"}
    return {name: row[column] for name, column in names.items()} | {
        "variants": [
            {
                "url": media_prefix + each["file"],
                "width": each["width"],
                "height": each["height"],
                "format": each["format"],
            }
            for each in row["photo_variants"]
        ]
    }


def _open_days(hours: list[dict[str, Any]], today: date, ahead: int) -> tuple[date, ...]:
    weekdays = {each["weekday"] for each in hours}
    days = (today + timedelta(days=number) for number in range(ahead + 1))
    return tuple(day for day in days if day.weekday() in weekdays)


def _open_times(hours: list[dict[str, Any]], today: date, ahead: int) -> frozenset[tuple[date, str]]:
    """Parts of days in which a space is open for at least one full hour."""
    parts = {
        each["weekday"]: {
            part for hour in range(int(each["opens"][:2]), int(each["closes"][:2])) for part in day_parts(hour)
        }
        for each in hours
    }
    days = (today + timedelta(days=number) for number in range(ahead + 1))
    return frozenset((day, part) for day in days for part in parts.get(day.weekday(), ()))
