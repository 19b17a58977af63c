"""HTTP of the charters of funds: reading is public, a new version is the street's."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.db import Database
from market.funds import charters
from market.funds.spending_rules import Charter
from market.funds.spending_schemas import CharterShape, CharterVersion, NewCharter, TierShape
from market.people.rules import Actor


def _charter(fund: str, found: Charter, history: list[Any]) -> CharterShape:
    return CharterShape(
        fund=fund,
        version=found.version,
        purposes=list(found.purposes),
        custodian=found.custodian,
        tiers=[TierShape(list(each.roles), each.upto, each.announce_days) for each in found.tiers],  # type: ignore[arg-type]  # roles are checked when stored
        payer_roles=list(found.payer_roles),
        split_days=found.split_days,
        max_request=found.max_request,
        max_month=found.max_month,
        history=[CharterVersion(each["version"], each["effective_from"], each["approved_by"], each["minutes"]) for each in history],
    )  # fmt: skip


@get(
    "/api/funds/{fund:str}/charter",
    operation_id="get_charter",
    summary="What a fund may be used for, and by whose consent",
)
async def get_charter(db: NamedDependency[Database], fund: FromPath[str]) -> CharterShape:
    """The version in force and the history of versions."""
    found, history, row = await charters.list_charters(db, key=fund)
    return _charter(row["slug"], found, history)


@post(
    "/api/funds/{fund:str}/charter", operation_id="create_charter", summary="Decide a new version of a fund's charter"
)
async def create_charter(
    db: NamedDependency[Database], actor: NamedDependency[Actor], fund: FromPath[str], data: JSONBody[NewCharter]
) -> CharterShape:
    """By the street; open requests are judged by it from now on."""
    await charters.create_charter(db, actor=actor, key=fund, new=data)
    found, history, row = await charters.list_charters(db, key=fund)
    return _charter(row["slug"], found, history)


handlers: list[Any] = [get_charter, create_charter]
