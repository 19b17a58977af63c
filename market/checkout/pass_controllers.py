"""HTTP of passes: partners say what is sold as one, buyers see what they have left."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.checkout import passes
from market.checkout.pass_schemas import MyPass, NewPassKind, PassKind, PaysFor
from market.db import Database, Row
from market.people.rules import Actor
from market.schemas import Amount, Page


def _kinds(rows: list[Row]) -> Page[PassKind]:
    return Page(
        [
            PassKind(
                listing_id=row["listing_id"], title=row["title"], title_en=row["title_en"],
                price=Amount(row["price_minor"], row["currency"]), valid_days=row["valid_days"], units=row["units"],
                pays_for=_pays_for(row), leftover=row["leftover"], sold=row["sold"], units_owed=row["units_owed"],
                owed=Amount(row["owed_minor"], row["currency"]),
            )
            for row in rows
        ]
    )  # fmt: skip


def _pays_for(row: Row) -> list[PaysFor]:
    return [msgspec.convert(each, PaysFor) for each in row["pays_for"]]


def _mine(row: Row) -> MyPass:
    same = ("id", "order_id", "title", "title_en", "partner", "partner_name", "partner_name_en", "units", "units_left", "valid_until",
            "is_valid", "leftover")  # fmt: skip
    return MyPass(
        **{name: row[name] for name in same}, value=Amount(row["value_minor"], row["currency"]), pays_for=_pays_for(row)
    )


@get(
    "/api/partners/{partner:str}/pass-kinds", operation_id="list_pass_kinds", summary="What my partner sells as passes"
)
async def list_pass_kinds(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str]
) -> Page[PassKind]:
    """With what buyers have not used yet."""
    return _kinds(await passes.kinds_of(db, actor=actor, partner=partner))


@post("/api/partners/{partner:str}/pass-kinds", operation_id="define_pass_kind", summary="Sell a voucher as a pass",
      status_code=200)  # fmt: skip
async def define_pass_kind(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str], data: JSONBody[NewPassKind]
) -> Page[PassKind]:
    """From now on; passes that were sold stay what they are. Said again it is changed."""
    return _kinds(await passes.define(db, actor=actor, partner=partner, new=data))


@get("/api/me/passes", operation_id="list_my_passes", summary="My passes and what is left of them")
async def list_my_passes(db: NamedDependency[Database], actor: NamedDependency[Actor]) -> Page[MyPass]:
    """Those that end first at the top."""
    return Page([_mine(row) for row in await passes.mine(db, actor=actor)])


handlers: list[Any] = [list_pass_kinds, define_pass_kind, list_my_passes]
