"""HTTP of communities: public."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from market.communities import service
from market.communities.schemas import Community, CommunityDetail, Enterprise
from market.communities.service import CommunityRow
from market.db import Database
from market.schemas import Page


def _facts(row: CommunityRow) -> dict[str, object]:
    facts: dict[str, object] = {name: getattr(row, name) for name in Community.__struct_fields__ if hasattr(row, name)}
    policies = row.policies
    return facts | {
        "resident_discount_bp": policies.resident_discount_bp,
        "resident_price_everywhere": policies.resident_price_everywhere,
    }


@get("/api/communities", operation_id="list_communities", summary="All districts, streets and communities")
async def list_communities(db: NamedDependency[Database]) -> Page[Community]:
    """Parents come before their children."""
    return Page([Community(**_facts(row)) for row in await service.all_communities(db)])  # type: ignore[arg-type]  # a row's columns are untyped


@get("/api/communities/{community:str}", operation_id="get_community", summary="One community")
async def get_community(db: NamedDependency[Database], community: FromPath[str]) -> CommunityDetail:
    """By slug or id."""
    row, enterprises, children = await service.community_detail(db, key=community)
    known = [Enterprise(**{name: each[name] for name in Enterprise.__struct_fields__}) for each in enterprises]
    return CommunityDetail(**_facts(row), enterprises=known, children=children)  # type: ignore[arg-type]  # a row's columns are untyped


handlers = [list_communities, get_community]
