"""HTTP of price lists."""

from collections.abc import Sequence
from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.db import Database, Row
from market.people.rules import Actor
from market.schemas import Amount, Page
from market.spaces import price_lists
from market.spaces.tariff_schemas import NewTariff, SpaceTariff, TariffRate


def _page(rows: Sequence[Row], currency: str) -> Page[SpaceTariff]:
    return Page(
        [
            SpaceTariff(
                id=row["id"],
                audience=row["audience"],
                rates=[TariffRate(**each) for each in row["rates"]],
                minimum=Amount(row["minimum_minor"], currency),
                deposit=Amount(row["deposit_minor"], currency),
                valid_from=row["valid_from"],
                valid_until=row["valid_until"],
            )
            for row in rows
        ]
    )


@get("/api/spaces/{space_id:uuid}/tariffs", operation_id="list_tariffs", summary="What a space costs whom")
async def list_tariffs(db: NamedDependency[Database], space_id: FromPath[UUID]) -> Page[SpaceTariff]:
    """Lists that are or come into force; without one for everybody the space's own rate counts."""
    return _page(*await price_lists.price_lists(db, space_id=space_id))


@post(
    "/api/spaces/{space_id:uuid}/tariffs",
    operation_id="create_tariff",
    summary="Say what an audience pays from a day on",
)
async def create_tariff(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID], data: JSONBody[NewTariff]
) -> Page[SpaceTariff]:
    """By staff of the community; an open list of the same audience ends the day before."""
    return _page(*await price_lists.create_price_list(db, actor=actor, space_id=space_id, new=data))


@delete("/api/spaces/{space_id:uuid}/tariffs/{tariff_id:uuid}", operation_id="end_tariff", summary="End a price list")
async def end_tariff(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID], tariff_id: FromPath[UUID]
) -> None:
    """What was sold keeps its price."""
    await price_lists.end_price_list(db, actor=actor, space_id=space_id, tariff_id=tariff_id)


handlers = [list_tariffs, create_tariff, end_tariff]
