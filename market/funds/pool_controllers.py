"""HTTP of subsidy pools: staff set them up, everybody sees what they do."""

from typing import Any
from uuid import UUID

from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.db import Database, Row
from market.funds import pools
from market.funds.pool_schemas import NewPool, PoolChange, PoolMonth, PublicPool, SubsidyPool
from market.funds.spending_rules import MIN_CASES
from market.people.rules import Actor
from market.schemas import Amount, Page


def _pool(row: Row, may_change: bool) -> SubsidyPool:
    same = ("id", "slug", "fund", "fund_name", "fund_name_en", "name", "name_en", "group", "discount_bp", "categories", "month",
            "month_uses", "month_households", "status")  # fmt: skip
    currency = row["currency"]
    return SubsidyPool(
        **{name: row[name] for name in same},
        month_cap=Amount(row["month_cap_minor"], currency),
        household_cap=Amount(row["household_cap_minor"], currency),
        filled=Amount(row["filled_minor"], currency),
        left=Amount(row["filled_minor"] - row["taken_minor"], currency),
        month_taken=Amount(row["month_taken"], currency),
        may_change=may_change,
    )


@get("/api/communities/{community:str}/subsidy-pools", operation_id="list_subsidy_pools",
     summary="The subsidy pools of a community with this month's use")  # fmt: skip
async def list_subsidy_pools(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> Page[SubsidyPool]:
    """For its staff."""
    return Page([_pool(*each) for each in await pools.of_community(db, actor=actor, community=community)])


@post(
    "/api/communities/{community:str}/subsidy-pools",
    operation_id="create_subsidy_pool",
    summary="Set up a subsidy pool",
)
async def create_subsidy_pool(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str], data: JSONBody[NewPool]
) -> SubsidyPool:
    """By a director or the street; it stays empty until an approved request fills it."""
    return _pool(*await pools.create(db, actor=actor, community=community, new=data))


@patch(
    "/api/subsidy-pools/{pool_id:uuid}", operation_id="change_subsidy_pool", summary="Pause a pool or change its caps"
)
async def change_subsidy_pool(
    db: NamedDependency[Database], actor: NamedDependency[Actor], pool_id: FromPath[UUID], data: JSONBody[PoolChange]
) -> SubsidyPool:
    """By a director or the street; what orders hold stays theirs."""
    return _pool(*await pools.change(db, actor=actor, pool_id=pool_id, new=data))


@get(
    "/api/funds/{fund:str}/subsidies",
    operation_id="list_fund_subsidies",
    summary="What a fund's subsidy pools did, by month",
)
async def list_fund_subsidies(db: NamedDependency[Database], fund: FromPath[str]) -> Page[PublicPool]:
    """Counts and sums only, and only over enough households."""
    rows, months = await pools.public(db, key=fund)
    return Page(
        [
            PublicPool(
                row["slug"], row["name"], row["name_en"], row["group"], row["discount_bp"], pools.state_of(row), MIN_CASES,
                [PoolMonth(each["month"], Amount(each["taken_minor"], row["currency"]), each["uses"], each["households"])
                 for each in months.get(row["id"], [])],
            )
            for row in rows
        ]
    )  # fmt: skip


handlers: list[Any] = [list_subsidy_pools, create_subsidy_pool, change_subsidy_pool, list_fund_subsidies]
