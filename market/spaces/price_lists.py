"""Price lists of spaces: staff say what an audience pays from a day on; what was sold keeps the price it was sold at.

Service code of the spaces slice, split off by noun."""

from datetime import timedelta
from uuid import UUID

import msgspec

from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.people import service as people
from market.people.rules import Actor
from market.spaces import occupancy_queries as taken
from market.spaces import queries, quoting
from market.spaces import tariff_queries as lists
from market.spaces.tariff_checks import list_faults
from market.spaces.tariff_schemas import NewTariff


class ListsOverlap(Conflict):
    """One audience has one list at a time."""

    slug = "lists-overlap"
    title = "There is a price list for that time"

    def __init__(self) -> None:
        super().__init__(
            "This audience has another price list for some of these days: end it first, or choose other days."
        )

    @property
    def fields(self) -> list[tuple[str, str]]:
        return [("valid_from", "overlaps another list")]


async def price_lists(db: Database, *, space_id: UUID) -> tuple[list[Row], str]:
    """The lists of a space that are or come into force, and the currency; raises NotFound."""
    async with db.read() as connection:
        space = await queries.space(connection, space_id=space_id)
        if space is None:
            raise NotFound("This space")
        return await lists.tariffs(connection, space_id=space_id), space["currency"]


async def add_price_list(tx: Connection, *, space_id: UUID, new: NewTariff, by: UUID | None = None) -> UUID:
    """Enter a list; an open one of the same audience ends the day before. Whether the caller may is decided by who calls.

    Raises InvalidInput by field, ListsOverlap."""
    await taken.lock_family(tx, space_id=space_id)
    if not 2000 <= new.valid_from.year <= 2200:
        raise InvalidInput([("valid_from", "is not a year to plan for")])
    if new.valid_until is not None and not new.valid_from <= new.valid_until:
        raise InvalidInput([("valid_until", "must not be before the first day")])
    stored = msgspec.to_builtins(new)
    faults = list_faults(quoting.price_list(stored))
    if faults:
        raise InvalidInput(faults)
    await lists.update_open_list_ended(tx, space_id=space_id, audience=new.audience, before=new.valid_from)
    if await lists.has_overlap(tx, space_id=space_id, audience=new.audience, low=new.valid_from, high=new.valid_until):
        raise ListsOverlap
    return await lists.insert_tariff(
        tx,
        space_id=space_id,
        audience=new.audience,
        rates=stored["rates"],
        minimum_minor=new.minimum_minor,
        deposit_minor=new.deposit_minor,
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        created_by=by,
    )


async def create_price_list(db: Database, *, actor: Actor, space_id: UUID, new: NewTariff) -> tuple[list[Row], str]:
    """Enter a list from today on or later, by staff of the community; all lists as they are then."""
    async with db.transaction() as tx:
        space = await _staffed(tx, actor, space_id)
        if new.valid_from < await lists.today(tx, space_id=space_id):
            raise InvalidInput([("valid_from", "must not be in the past")])
        tariff_id = await add_price_list(tx, space_id=space_id, new=new, by=actor.person_id)
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="space.price_list",
            subject=f"space:{space_id}",
            detail={"tariff_id": str(tariff_id), "audience": new.audience},
        )
        return await lists.tariffs(tx, space_id=space_id), space["currency"]


async def end_price_list(db: Database, *, actor: Actor, space_id: UUID, tariff_id: UUID) -> None:
    """End a list with yesterday; one that began today or later is taken back. What was sold keeps its price. Raises NotFound."""
    async with db.transaction() as tx:
        await _staffed(tx, actor, space_id)
        row = await lists.lock_tariff(tx, tariff_id=tariff_id, space_id=space_id)
        if row is None:
            raise NotFound("This price list")
        today = await lists.today(tx, space_id=space_id)
        if row["valid_from"] >= today:
            await lists.delete_tariff(tx, tariff_id)
        else:
            await lists.update_tariff_ended(tx, tariff_id, last_day=today - timedelta(days=1))
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="space.price_list_ended",
            subject=f"space:{space_id}",
            detail={"tariff_id": str(tariff_id), "audience": row["audience"]},
        )


async def _staffed(tx: Connection, actor: Actor, space_id: UUID) -> Row:
    row = await queries.space(tx, space_id=space_id)
    if row is None or not actor.is_staff_of(row["community_id"]):
        raise NotFound("This space")
    return row
