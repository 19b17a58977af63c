"""What is public about partners, and what members see."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import LongText, ShortText, Slug


class Partner(msgspec.Struct):
    id: UUID
    slug: str
    name: str
    name_en: str | None
    kind: str
    tier: str
    status: str
    about: str
    about_en: str | None
    phone: str
    address: str
    community: str
    community_name: str
    latitude: float | None
    longitude: float | None
    created_at: datetime
    community_name_en: str | None = None


class NewPartner(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/partners: a director takes a partner in (the application path is a later step)."""

    slug: Slug
    name: ShortText
    community: ShortText
    kind: Literal["business", "charity", "club", "individual"]
    owner_login: ShortText
    name_en: ShortText | None = None
    tier: Literal["basic", "skill", "startup"] = "basic"
    about: LongText = ""
    about_en: LongText | None = None
    phone: Annotated[str, Meta(max_length=40)] = ""
    address: ShortText = ""
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None


class Member(msgspec.Struct):
    person_id: UUID
    name: str
    role: str


class NewMember(msgspec.Struct, forbid_unknown_fields=True):
    login: ShortText
    role: Literal["owner", "staff"]
