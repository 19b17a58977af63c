"""Teachers and equipment on the wire."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=120)]
Quantity = Annotated[int, Meta(ge=1, le=1000)]


class Resource(msgspec.Struct):
    """`ahead`: sessions to come that need it."""

    id: UUID
    kind: Literal["teacher", "equipment"]
    community: str
    name: str
    quantity: int
    is_active: bool
    ahead: int


class NewTeacher(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/partners/{p}/teachers"""

    name: Name


class NewEquipment(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/communities/{c}/equipment: how many there are of it."""

    name: Name
    quantity: Quantity = 1


class ChangedResource(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """PATCH /api/resources/{id}: what is no longer active can be named in no new session."""

    quantity: Quantity | msgspec.UnsetType = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET
