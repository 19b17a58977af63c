"""Shapes that every slice shares on the wire."""

from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")

Slug = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{1,62}$", description="letters a-z, digits and hyphens")]
ShortText = Annotated[str, Meta(max_length=200)]
LongText = Annotated[str, Meta(max_length=10_000)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class Amount(msgspec.Struct, frozen=True):
    """An amount in minor units, e.g. 8000 CNY = ¥80.00."""

    amount: int
    currency: str


class Page(msgspec.Struct, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None = None


class Done(msgspec.Struct):
    """The request was carried out and there is nothing more to say."""

    ok: bool = True


class FieldError(msgspec.Struct):
    field: str
    message: str


class Problem(msgspec.Struct, omit_defaults=True):
    """application/problem+json (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []
    request_id: str = ""
