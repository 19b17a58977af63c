"""Who comes and where to, on the wire."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import ShortText


class GuestRef(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody else comes than who buys; `link_id` when they agreed to that (GET /api/me/family): then their price applies."""

    link_id: UUID | None = None


class Guest(msgspec.Struct, forbid_unknown_fields=True):
    """Who comes. Name and phone are shown to who serves them and forgotten a month after."""

    name: Annotated[str, Meta(min_length=1, max_length=40)]
    phone: ShortText = ""
    link_id: UUID | None = None


class OrderGuest(msgspec.Struct):
    """Who comes instead of the buyer; `sees_code` when they have it in an account of their own."""

    name: str
    phone: str
    sees_code: bool


class Desk(msgspec.Struct):
    """Where cash is taken for a cart or an order."""

    community: str
    name: str
    name_en: str | None
    address: str
    phone: str


class Place(msgspec.Struct):
    """Where to go, and whom to call."""

    community: str
    community_name: str
    community_name_en: str | None
    address: str
    room: str
    """Name of the space, empty where there is none."""
    room_en: str | None
    floor: str
    phone: str
    """Of the community's desk."""
    desk_address: str
