"""The process says whether it lives and whether it can work."""

from litestar import Litestar
from litestar.testing import AsyncTestClient


async def test_a_started_app_is_live_and_ready(client: AsyncTestClient[Litestar]) -> None:
    assert (await client.get("/health/live")).json() == {"status": "live"}
    ready = await client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.headers["x-content-type-options"] == "nosniff"


async def test_an_unknown_path_below_api_is_a_problem_document(client: AsyncTestClient[Litestar]) -> None:
    answer = await client.get("/api/nothing-here")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


async def test_the_contract_is_served(client: AsyncTestClient[Litestar]) -> None:
    answer = await client.get("/api/openapi.json")
    assert answer.status_code == 200
    assert "/api/orders" in answer.json()["paths"]
    page = await client.get("/api/docs")
    assert page.status_code == 200
    assert "/api/orders" in page.text
    assert "place_order" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
