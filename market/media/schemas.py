"""Photos on the wire."""

from uuid import UUID

import msgspec


class PhotoVariant(msgspec.Struct):
    url: str
    width: int
    height: int
    format: str
    """avif, webp or jpeg"""


class Photo(msgspec.Struct):
    """A picture in several sizes; the last jpeg variant is the fallback."""

    id: UUID
    alt: str
    width: int
    height: int
    variants: list[PhotoVariant]
