"""The asset register on the wire."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount, ShortText
from market.spaces.schemas import Hours

AssetState = Literal["in_use", "idle", "closed"]
ComplexSize = Literal["area", "community", "station"]
Number = Annotated[str, Meta(max_length=40)]
Paper = Annotated[str, Meta(max_length=80)]
Rules = Annotated[str, Meta(max_length=5000)]


class Asset(msgspec.Struct):
    """A line of the register, for staff. `parent` is the number of what contains it."""

    id: UUID
    community: str
    register_no: str | None
    kind: str
    complex_size: ComplexSize | None
    name: str
    name_en: str | None
    parent: str | None
    parent_name: str | None
    area_m2: float | None
    capacity: int
    floor: str
    address: str
    is_step_free: bool
    equipment: list[str]
    state: AssetState
    rate: Amount
    hours: list[Hours]
    contact: str
    house_rules: str
    house_rules_en: str | None
    ownership_no: str


class ChangedAsset(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """PATCH /api/spaces/{id}/asset: what the register says beyond what is booked."""

    register_no: Number | msgspec.UnsetType | None = msgspec.UNSET
    complex_size: ComplexSize | msgspec.UnsetType | None = msgspec.UNSET
    area_m2: Annotated[float, Meta(gt=0, le=1_000_000)] | msgspec.UnsetType | None = msgspec.UNSET
    floor: Annotated[str, Meta(max_length=20)] | msgspec.UnsetType = msgspec.UNSET
    address: ShortText | msgspec.UnsetType = msgspec.UNSET
    state: AssetState | msgspec.UnsetType = msgspec.UNSET
    contact: ShortText | msgspec.UnsetType = msgspec.UNSET
    house_rules: Rules | msgspec.UnsetType = msgspec.UNSET
    house_rules_en: Rules | msgspec.UnsetType | None = msgspec.UNSET
    ownership_no: Paper | msgspec.UnsetType = msgspec.UNSET


class AssetFile(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/communities/{c}/assets/import: the text of a CSV file; with `dry_run` nothing is changed."""

    csv: Annotated[str, Meta(max_length=2_000_000)]
    dry_run: bool = True


class AssetFault(msgspec.Struct):
    """Line 1 is the header."""

    line: int
    field: str
    message: str


class AssetReport(msgspec.Struct):
    """What the file does: nothing at all while it has a single fault."""

    added: int
    changed: int
    unchanged: int
    faults: list[AssetFault]
    is_applied: bool
