"""The asset register as staff keep it: facts beyond booking, and the whole of it as a file, out and in (T1).

A file is taken as a whole or not at all: every line is looked at first, and a single fault changes nothing."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import InvalidInput, NotFound
from market.people import service as people
from market.people.rules import Actor
from market.search import service as search
from market.spaces import asset_queries, queries, register
from market.spaces import occupancy_queries as taken
from market.spaces.asset_rules import AssetLine, LineFault, Reading, read, table
from market.spaces.asset_schemas import AssetFault, AssetReport, ChangedAsset
from market.spaces.schemas import Hours, NewSpace, OffPeak
from market.text import clean_text

MAX_LISTED = 3000
TEXTS = {
    "register_no": (40, 1),
    "floor": (20, 0),
    "address": (200, 0),
    "contact": (200, 0),
    "house_rules": (5000, 0),
    "house_rules_en": (5000, 0),
    "ownership_no": (80, 0),
}


async def asset(db: Database, *, actor: Actor, space_id: UUID) -> Row:
    """One line, for staff of its community. Raises NotFound."""
    async with db.read() as tx:
        return register.staffed(await asset_queries.asset(tx, space_id=space_id), actor)


async def assets(db: Database, *, actor: Actor, community: str) -> list[Row]:
    """The register of a community and all below it, for its staff. Raises NotFound."""
    async with db.read() as tx:
        place = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(place.id):
            raise NotFound("This community")
        return await asset_queries.assets(tx, community=place.id, limit=MAX_LISTED)


async def as_csv(db: Database, *, actor: Actor, community: str) -> str:
    """The register as a file with a header in the actor's language."""
    return table(await assets(db, actor=actor, community=community), chinese=actor.locale != "en")


async def change(db: Database, *, actor: Actor, space_id: UUID, changed: ChangedAsset) -> Row:
    """Change what is given. Raises InvalidInput by field, NotFound."""
    given = {
        name: value for name in ChangedAsset.__struct_fields__ if (value := getattr(changed, name)) is not msgspec.UNSET
    }
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name in TEXTS and value is not None:
            most, least = TEXTS[name]
            values[name] = clean_text(name, value, max_len=most, min_len=least)
        else:
            values[name] = value
    async with db.transaction() as tx:
        await taken.lock_family(tx, space_id=space_id)
        row = register.staffed(await asset_queries.asset(tx, space_id=space_id), actor)
        if values.get("complex_size") and row["kind"] != "complex":
            raise InvalidInput([("complex_size", "only a complex has a size")])
        number = values.get("register_no")
        if number and await asset_queries.is_number_taken(
            tx, community=row["community_id"], register_no=number, but=space_id
        ):
            raise InvalidInput([("register_no", "is taken")])
        await _update(tx, space_id, values)
        return register.staffed(await asset_queries.asset(tx, space_id=space_id), actor)


async def _update(tx: Connection, space_id: UUID, values: Mapping[str, Any]) -> None:
    columns = _columns(values)
    if columns:
        await queries.update_space(tx, space_id=space_id, values=columns)
        await search.note_change(tx, kind="space", id=space_id)


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the register as columns."""
    found = {name: value for name, value in values.items() if name not in {"area_m2", "state", "rate", "parent"}}
    if "area_m2" in values:
        area = values["area_m2"]
        found["area_dm2"] = None if area is None else max(1, round(area * 100))
    if "state" in values:
        found |= {"status": "closed" if values["state"] == "closed" else "open", "is_idle": values["state"] == "idle"}
    if "rate" in values:
        found["rate_minor"] = values["rate"]
    return found


async def import_file(db: Database, *, actor: Actor, community: str, csv: str, dry_run: bool) -> AssetReport:
    """Take a file in, or only look at it. Lines are known by their number: a new number is a new space, a known one is changed where it
    differs; spaces that the file does not name stay. Raises NotFound."""
    reading = read(csv)
    async with db.transaction() as tx:
        place = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(place.id):
            raise NotFound("This community")
        await asset_queries.lock_register(tx, community=place.id)
        known = await asset_queries.own_assets(tx, community=place.id)
        _judge(reading, known)
        added = [each for each in reading.lines if each.values["register_no"] not in known]
        changes = {each.line: _differing(each, known) for each in reading.lines if each not in added}
        changed = [line for line, values in changes.items() if values]
        report = AssetReport(
            len(added),
            len(changed),
            len(changes) - len(changed),
            [AssetFault(each.line, each.field, each.message) for each in reading.faults],
            is_applied=not dry_run and not reading.faults,
        )
        if report.is_applied:
            # Whoever books locks the same spaces in the same order.
            touched = [each for each in reading.lines if changes.get(each.line) or each in added]
            named = {
                each.values[name] for each in touched for name in ("register_no", "parent") if each.values.get(name)
            }
            await taken.lock_families(tx, space_ids=sorted(known[name]["id"] for name in named if name in known))
            for each in reading.lines:
                if changes.get(each.line):
                    await _update(tx, known[each.values["register_no"]]["id"], changes[each.line])
            await _add(tx, added, known=known, community=place.slug)
            detail = {"added": report.added, "changed": report.changed}
            await people.audit(
                tx, person_id=actor.person_id, action="assets.imported", subject=f"community:{place.id}", detail=detail
            )
    return report


def _judge(reading: Reading, known: Mapping[str, Row]) -> None:
    """Add what only the register itself can say to the faults."""
    parents = {each.values["register_no"]: each.values.get("parent") for each in reading.lines}
    faults = reading.faults
    for each in reading.lines:
        number, parent = each.values["register_no"], each.values.get("parent")
        row = known.get(number)
        if row is None:
            faults += [
                LineFault(each.line, name, "a new space needs it")
                for name in ("kind", "name")
                if name not in each.values
            ]
            if parent is not None and parent not in known and parent not in parents:
                faults.append(LineFault(each.line, "parent", "is no number of this register"))
            elif _circles(number, parents):
                faults.append(LineFault(each.line, "parent", "contains itself"))
        else:
            same = ("kind", "parent")
            faults += [
                LineFault(each.line, name, "cannot be changed")
                for name in same
                if name in each.values and each.values[name] != row[name]
            ]
            if each.values.get("complex_size") and row["kind"] != "complex":
                faults.append(LineFault(each.line, "complex_size", "only a complex has a size"))
        faults += _tariff_faults(each, row)
    faults.sort(key=lambda each: each.line)


def _circles(number: str, parents: Mapping[str, str | None]) -> bool:
    seen = {number}
    while (above := parents.get(number)) is not None:
        if above in seen:
            return True
        seen.add(above)
        number = above
    return False


def _tariff_faults(each: AssetLine, row: Row | None) -> list[LineFault]:
    hours = [Hours(**band) for band in each.values.get("hours", row["hours"] if row else [])]
    off_peak = [OffPeak(**band) for band in (row["off_peak"] if row else [])]
    rate = each.values.get("rate", row["rate_minor"] if row else 0)
    return [
        LineFault(each.line, "hours" if name.startswith("hours") else "rate", message)
        for name, message in register.hour_faults(hours, off_peak, rate)
    ]


def _differing(each: AssetLine, known: Mapping[str, Row]) -> dict[str, Any]:
    row = known[each.values["register_no"]]
    shown = {name: row[name] for name in each.values if name != "hours"}
    if "hours" in each.values:
        shown["hours"] = sorted(row["hours"], key=lambda band: (band["weekday"], band["opens"]))
    empty = {"name_en": ""}
    return {
        name: value or None if name in empty else value
        for name, value in each.values.items()
        if value != (empty.get(name) if shown[name] is None else shown[name]) and name != "parent"
    }


async def _add(tx: Connection, lines: Sequence[AssetLine], *, known: Mapping[str, Row], community: str) -> None:
    """New spaces, what contains others first."""
    ids: dict[str, UUID] = {number: row["id"] for number, row in known.items()}
    waiting = list(lines)
    while waiting:
        for each in [line for line in waiting if line.values.get("parent") is None or line.values["parent"] in ids]:
            values = each.values
            plain = {
                name: values[name]
                for name in ("kind", "name", "area_m2", "capacity", "floor", "address", "is_step_free", "equipment")
                if name in values
            }
            new = NewSpace(
                community=community,
                rate=values.get("rate", 0),
                hours=[Hours(**band) for band in values.get("hours", [])],
                name_en=values.get("name_en") or None,
                parent_id=ids[values["parent"]] if values.get("parent") else None,
                **plain,
            )
            ids[values["register_no"]] = space_id = await register.add_space(tx, new=new)
            more = ("register_no", "complex_size", "state", "contact", "house_rules", "ownership_no")
            await _update(tx, space_id, {name: values[name] for name in more if name in values})
            waiting.remove(each)
