"""Calendars kept elsewhere that block time here, on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta


class NewImport(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/spaces/{id}/imports"""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    url: Annotated[str, Meta(min_length=1, max_length=1000)]
    every_min: Annotated[int, Meta(ge=15, le=1440)] = 60


class ImportProblem(msgspec.Struct):
    """An event that blocks nothing here. `problem`: taken (something of ours is there), too_long, or not_understood."""

    starts_at: datetime
    ends_at: datetime
    summary: str
    problem: str


class Import(msgspec.Struct):
    """`outcome` of the last look: ok, failed (with `message`), or null before the first."""

    id: UUID
    name: str
    url: str
    every_min: int
    looked_at: datetime | None
    next_at: datetime
    outcome: str | None
    message: str
    blocked: int
    """How many stretches of time it blocks from now on."""
    problems: list[ImportProblem]
