"""Price lists over HTTP: staff enter them, everybody reads them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from market.db import Database
from tests.factories import make_community, make_person, make_space, sign_in

TODAY = datetime.now(UTC).date()


def new(audience: str = "everybody", rates: list[dict[str, Any]] | None = None, **facts: Any) -> dict[str, Any]:
    first = (TODAY + timedelta(days=1)).isoformat()
    return {"audience": audience, "rates": rates or [{"unit": "hour", "minor": 1000}], "valid_from": first, **facts}


@pytest.fixture
async def room(db: Database, client: httpx.AsyncClient) -> UUID:
    """A room of liuyuan; its director exists."""
    liuyuan = await make_community(db)
    await make_community(db, "xiqiao")
    await make_person(db, "director@example.test", role=("director", liuyuan))
    return await make_space(db)


async def test_staff_enter_a_list_and_the_open_one_before_it_ends_the_day_before(
    client: httpx.AsyncClient, room: UUID
) -> None:
    headers = await sign_in(client, "director@example.test")
    path = f"/api/spaces/{room}/tariffs"
    assert (await client.post(path, json=new(), headers=headers)).status_code == 201
    later = (TODAY + timedelta(days=9)).isoformat()
    await client.post(path, json=new(valid_from=later, minimum_minor=500), headers=headers)
    await client.delete("/api/sessions/current", headers=headers)
    found = (await client.get(path)).json()["items"]
    assert [(each["valid_from"], each["valid_until"]) for each in found] == [
        ((TODAY + timedelta(days=1)).isoformat(), (TODAY + timedelta(days=8)).isoformat()),
        (later, None),
    ]
    assert found[1]["minimum"] == {"amount": 500, "currency": "CNY"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (new(rates=[{"unit": "hour", "minor": 1, "weekdays": [0]}]), "rates"),
        (new(rates=[{"unit": "hour", "minor": -1}]), "rates[0].minor"),
        (new(rates=[{"unit": "fortnight", "minor": 1}]), "rates[0].unit"),
        (new(rates=[{"unit": "hour", "minor": 1, "weekdays": [7]}]), "rates[0].weekdays[0]"),
        (new(rates=[{"unit": "hour", "minor": 1, "opens": "25:00", "closes": "26:00", "peak": "peak"}]), "rates[0].opens"),
        (new(rates=[]) | {"rates": []}, "rates"),
        (new("kings"), "audience"),
        (new(valid_from="2020-01-01"), "valid_from"),
        (new(valid_from="3020-01-01"), "valid_from"),
        (new(valid_until="2020-01-01"), "valid_until"),
        (new(minimum_minor=-1), "minimum_minor"),
        (new(deposit_minor=10**9), "deposit_minor"),
        (new(surprise=1), ""),
    ],
)  # fmt: skip
async def test_a_bad_list_is_refused_by_field_and_changes_nothing(
    client: httpx.AsyncClient, room: UUID, body: dict[str, Any], field: str
) -> None:
    headers = await sign_in(client, "director@example.test")
    answer = await client.post(f"/api/spaces/{room}/tariffs", json=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert not field or field in str(answer.json().get("errors", answer.json()["detail"])), answer.text
    assert (await client.get(f"/api/spaces/{room}/tariffs")).json()["items"] == []


async def test_two_lists_of_one_audience_never_overlap_and_a_coming_one_is_taken_back(
    client: httpx.AsyncClient, room: UUID
) -> None:
    headers = await sign_in(client, "director@example.test")
    path = f"/api/spaces/{room}/tariffs"
    week = {"valid_until": (TODAY + timedelta(days=7)).isoformat()}
    made = (await client.post(path, json=new(**week), headers=headers)).json()["items"]
    assert (await client.post(path, json=new(), headers=headers)).status_code == 409
    assert (await client.post(path, json=new("resident"), headers=headers)).status_code == 201
    assert (await client.delete(f"{path}/{made[0]['id']}", headers=headers)).status_code == 204
    assert [each["audience"] for each in (await client.get(path)).json()["items"]] == ["resident"]


async def test_A01_staff_of_another_community_find_no_such_space(
    client: httpx.AsyncClient, db: Database, room: UUID
) -> None:
    elsewhere = await make_space(db, community="xiqiao")
    headers = await sign_in(client, "director@example.test")
    assert (await client.post(f"/api/spaces/{elsewhere}/tariffs", json=new(), headers=headers)).status_code == 404
