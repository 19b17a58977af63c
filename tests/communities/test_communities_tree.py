"""The district > street > community tree and its policies."""

import pytest
from httpx import AsyncClient

from market.communities import service
from market.communities.rules import Policies, policies_of
from market.db import Database
from market.errors import InvalidInput, NotFound
from tests.factories import make_community, make_enterprise


async def test_the_tree_lists_parents_before_children(client: AsyncClient, db: Database) -> None:
    await make_community(db, "baihe", policies=Policies(resident_price_everywhere=True))
    await make_community(db, "liuyuan", name="柳园", name_en="Willow Garden", latitude=31.2, longitude=121.4)
    items = (await client.get("/api/communities")).json()["items"]
    assert [each["slug"] for each in items] == ["district-one", "street-one", "baihe", "liuyuan"]
    assert [each["parent"] for each in items] == [None, "district-one", "street-one", "street-one"]
    assert [each["resident_price_everywhere"] for each in items] == [False, False, True, False]
    assert items[3]["name"] == "柳园" and items[3]["resident_discount_bp"] == 2000


async def test_one_community_by_slug_and_by_id(client: AsyncClient, db: Database) -> None:
    made = await make_community(db, "liuyuan")
    await make_enterprise(db, "liuyuan-home", name="柳园家园")
    by_slug, by_id = (
        (await client.get("/api/communities/liuyuan")).json(),
        (await client.get(f"/api/communities/{made}")).json(),
    )
    assert by_slug == by_id
    assert [each["slug"] for each in by_slug["enterprises"]] == ["liuyuan-home"]
    assert (await client.get("/api/communities/street-one")).json()["children"] == ["liuyuan"]
    assert (await client.get("/api/communities/nowhere")).status_code == 404


async def test_the_path_of_a_community_runs_from_the_root_to_itself(db: Database) -> None:
    made = await make_community(db, "liuyuan")
    async with db.read() as connection:
        found = await service.community_by_slug(connection, "liuyuan")
        above = [(await service.community_by_slug(connection, slug)).id for slug in ("district-one", "street-one")]
        assert found.path == (*above, made)
        with pytest.raises(NotFound):
            await service.community_by_slug(connection, "nowhere")


@pytest.mark.parametrize(
    ("kind", "parent", "slug", "time_zone"),
    [
        ("community", "district-one", "x1", "Asia/Shanghai"),
        ("street", None, "x1", "Asia/Shanghai"),
        ("district", "district-one", "x1", "Asia/Shanghai"),
        ("village", "street-one", "x1", "Asia/Shanghai"),
        ("community", "street-one", "X 1", "Asia/Shanghai"),
        ("community", "street-one", "x1", "Mars/Olympus"),
        ("community", "street-one", "x1", "../../etc/passwd"),
    ],
)
async def test_a_node_at_the_wrong_place_is_refused(
    db: Database, kind: str, parent: str | None, slug: str, time_zone: str
) -> None:
    await make_community(db)
    async with db.transaction() as tx:
        with pytest.raises(InvalidInput):
            await service.create_community(tx, slug=slug, kind=kind, name="x", parent=parent, time_zone=time_zone)


async def test_a_slug_is_given_once(db: Database) -> None:
    await make_community(db, "liuyuan")
    with pytest.raises(service.SlugTaken):
        await make_community(db, "liuyuan")
    await make_enterprise(db, "home")
    with pytest.raises(service.SlugTaken):
        await make_enterprise(db, "home")


def test_missing_policies_are_the_presets_and_unknown_ones_are_left_alone() -> None:
    assert policies_of({}) == Policies(
        resident_discount_bp=2000, resident_price_everywhere=False, desk_payment=True, hold_min=15
    )
    assert policies_of({"hold_min": 20, "from_the_future": 1}) == Policies(hold_min=20)


@pytest.mark.parametrize(
    "bad", [{"resident_discount_bp": 10_001}, {"resident_discount_bp": -1}, {"hold_min": 0}, {"hold_min": 61}]
)
def test_policies_out_of_range_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        Policies(**bad)
