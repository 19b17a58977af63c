"""What is public about communities."""

from datetime import date
from uuid import UUID

import msgspec


class FundLink(msgspec.Struct):
    slug: str
    name: str
    name_en: str | None
    kind: str


class Enterprise(msgspec.Struct):
    slug: str
    name: str
    name_en: str | None
    scope: str
    founded_on: date | None


class Community(msgspec.Struct):
    """One node of the district > street > community tree."""

    id: UUID
    slug: str
    kind: str
    parent: str | None
    name: str
    name_en: str | None
    about: str
    about_en: str | None
    time_zone: str
    currency: str
    latitude: float | None
    longitude: float | None
    desk_phone: str
    address: str
    resident_discount_bp: int
    resident_price_everywhere: bool


class CommunityDetail(Community):
    """One community with its enterprises; its funds are at /api/funds?community=<slug>."""

    enterprises: list[Enterprise] = []
    children: list[str] = []
