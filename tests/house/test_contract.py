"""The OpenAPI document and the generated client are fresh."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from market.app import create_app
from market.settings import Settings
from tests.house.tree import ROOT

FRONTEND = ROOT / "frontend"
CLIENT = FRONTEND / "src" / "lib" / "api"


def test_the_committed_contract_is_what_the_app_serves(tmp_path: Path) -> None:
    app = create_app(Settings(env="test", data_dir=tmp_path, database_url="postgresql:///unused"))
    served = json.loads(json.dumps(app.openapi_schema.to_schema()))
    committed = json.loads((FRONTEND / "openapi.json").read_text(encoding="utf-8"))
    assert committed == served, "run `make client`"


def test_every_route_has_an_operation_id_of_its_own_and_a_summary(tmp_path: Path) -> None:
    app = create_app(Settings(env="test", data_dir=tmp_path, database_url="postgresql:///unused"))
    operations = [
        operation
        for item in app.openapi_schema.to_schema()["paths"].values()
        for method, operation in item.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    assert [operation["operationId"] for operation in operations if not operation.get("summary")] == []


def test_the_generated_client_is_fresh(tmp_path: Path) -> None:
    work = tmp_path / "frontend"
    work.mkdir()
    for file in ("package.json", "openapi-ts.config.ts", "openapi.json", "tsconfig.json"):
        shutil.copy(FRONTEND / file, work / file)
    (work / "node_modules").symlink_to(FRONTEND / "node_modules")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    result = subprocess.run(
        ["npm", "run", "--silent", "api"], cwd=work, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    made = {
        path.relative_to(work / "src/lib/api"): path.read_bytes() for path in (work / "src/lib/api").rglob("*.gen.ts")
    }
    kept = {path.relative_to(CLIENT): path.read_bytes() for path in CLIENT.rglob("*.gen.ts")}
    assert made
    assert made.keys() == kept.keys()
    assert [str(file) for file in made if made[file] != kept[file]] == [], "run `make client`"
