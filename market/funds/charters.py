"""The charter of a fund: its purposes, custodian and limits as versioned data (H3). Service code of the funds slice, split off by noun."""

from dataclasses import replace
from typing import Any

from market.db import Connection, Database, Row
from market.errors import Forbidden, InvalidInput
from market.funds import spending_queries as queries
from market.funds.service import fund_row
from market.funds.spending_rules import Charter, charter_of, stored_charter
from market.funds.spending_schemas import NewCharter
from market.people.rules import Actor
from market.people.service import audit
from market.text import clean_text

MAX_PURPOSES = 20


async def charter(tx: Connection, fund: Row) -> Charter:
    """The newest version in force; before the first, the preset with the purposes and the custodian of the fund's foundation."""
    row = await queries.charter_in_force(tx, fund["id"])
    found = charter_of(row["charter"], version=row["version"]) if row else Charter()
    return replace(
        found,
        purposes=found.purposes or tuple(fund["purposes"]),
        custodian=found.custodian or fund["custodian"],
    )


async def list_charters(db: Database, *, key: str) -> tuple[Charter, list[Row], Row]:
    """What is in force, every version before, and the fund. Raises NotFound."""
    async with db.read() as connection:
        fund = await fund_row(connection, key)
        return await charter(connection, fund), await queries.charters(connection, fund["id"]), fund


async def create_charter(db: Database, *, actor: Actor, key: str, new: NewCharter) -> Charter:
    """A new version, in force at once, by the street that supervises the fund (L4); requests that are open are judged by it anew.

    Raises NotFound, Forbidden, InvalidInput."""
    purposes = [clean_text("purposes", each, max_len=60, min_len=1) for each in new.purposes]
    if not 1 <= len(set(purposes)) == len(purposes) <= MAX_PURPOSES:
        raise InvalidInput([("purposes", f"must be 1 to {MAX_PURPOSES}, each once")])
    minutes = clean_text("minutes", new.minutes, max_len=10_000, min_len=1)
    facts: dict[str, Any] = {
        "purposes": purposes,
        "custodian": clean_text("custodian", new.custodian, max_len=120, min_len=1),
        "tiers": [each.stored() for each in new.tiers] if new.tiers else None,
        "payer_roles": list(new.payer_roles) if new.payer_roles else None,
        "split_days": new.split_days,
        "max_request": new.max_request,
        "max_month": new.max_month,
    }
    checked = stored_charter(charter_of(facts))
    async with db.transaction() as tx:
        fund = await fund_row(tx, key)
        if not actor.is_staff_of(fund["community_id"], "street"):
            raise Forbidden("Only the street may change the charter of a fund.")
        await queries.lock_fund(tx, fund["id"])
        version = await queries.insert_charter(
            tx, fund_id=fund["id"], charter=checked, approved_by=actor.name, minutes=minutes
        )
        await audit(tx, person_id=actor.person_id, action="create_charter", subject=fund["slug"], detail={"version": version})  # fmt: skip
        return await charter(tx, fund)
