"""HTTP of the asset register."""

from uuid import UUID

from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.db import Database, Row
from market.people.rules import Actor
from market.schemas import Amount, Page
from market.spaces import assets
from market.spaces.asset_schemas import Asset, AssetFile, AssetReport, ChangedAsset
from market.spaces.schemas import Hours


def _asset(row: Row) -> Asset:
    own = {"rate": Amount(row["rate_minor"], row["currency"]), "hours": [Hours(**each) for each in row["hours"]]}
    return Asset(**{name: row[name] for name in Asset.__struct_fields__ if name not in own} | own)


@get("/api/communities/{community:str}/assets", operation_id="list_assets", summary="The asset register, for staff")
async def list_assets(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> Page[Asset]:
    """Of a community and all below it, by number."""
    return Page([_asset(row) for row in await assets.assets(db, actor=actor, community=community)])


@get(
    "/api/communities/{community:str}/assets/file.csv",
    operation_id="get_assets_csv",
    summary="The asset register as a file",
)
async def get_assets_csv(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> Response[bytes]:
    """As import_assets takes it in; no cell is a formula."""
    content = (await assets.as_csv(db, actor=actor, community=community)).encode()
    headers = {"Content-Disposition": 'attachment; filename="assets.csv"', "Cache-Control": "no-store"}
    return Response(content, media_type="text/csv", headers=headers)


@post(
    "/api/communities/{community:str}/assets/import",
    operation_id="import_assets",
    summary="Take the register in from a file, or only look at it",
    status_code=200,
)
async def import_assets(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str], data: JSONBody[AssetFile]
) -> AssetReport:
    """Names every fault by line and field; a single one, or `dry_run`, changes nothing."""
    return await assets.import_file(db, actor=actor, community=community, csv=data.csv, dry_run=data.dry_run)


@get("/api/spaces/{space_id:uuid}/asset", operation_id="get_asset", summary="What the register says of a space")
async def get_asset(db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID]) -> Asset:
    """For staff: with the number of its ownership document."""
    return _asset(await assets.asset(db, actor=actor, space_id=space_id))


@patch("/api/spaces/{space_id:uuid}/asset", operation_id="change_asset", summary="Change what the register says")
async def change_asset(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    space_id: FromPath[UUID],
    data: JSONBody[ChangedAsset],
) -> Asset:
    """By staff of the community."""
    return _asset(await assets.change(db, actor=actor, space_id=space_id, changed=data))


handlers = [list_assets, get_assets_csv, import_assets, get_asset, change_asset]
