"""The asset register over HTTP: kept by staff, out and in as a file, nothing changed by a dry run or by a file with a fault (T1)."""

import csv
import io
from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.db import Database
from tests.factories import make_community, make_person, make_space, sign_in

Client = AsyncTestClient[Litestar]
HEADER = "register_no,kind,name,parent,capacity,rate,hours,state,ownership_no\n"


@pytest.fixture
async def clerk(client: Client, db: Database) -> dict[str, str]:
    community = await make_community(db)
    await make_person(db, "clerk@example.test", role=("clerk", community), locale="en")
    return await sign_in(client, "clerk@example.test")


async def taken_in(
    client: Client, headers: dict[str, str], text: str, dry_run: bool = False, status: int = 200
) -> dict[str, Any]:
    answer = await client.post(
        "/api/communities/liuyuan/assets/import", json={"csv": text, "dry_run": dry_run}, headers=headers
    )
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def register(client: Client) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/api/communities/liuyuan/assets")).json()["items"]
    return items


async def test_a_file_adds_a_complex_with_what_is_in_it_and_changes_what_is_known(
    client: Client, clerk: dict[str, str]
) -> None:
    text = (
        HEADER
        + "R-1,room,左间,H,12,30,1-5 08:00-21:00,in_use,\nH,complex,会堂,,80,100,1-7 08:00-22:00,idle,沪(2019)001\n"
    )
    seen = await taken_in(client, clerk, text, dry_run=True)
    assert (seen["added"], seen["faults"], seen["is_applied"]) == (2, [], False)
    assert await register(client) == []
    assert (await taken_in(client, clerk, text))["is_applied"]
    hall, room = await register(client)
    assert (hall["register_no"], hall["state"], hall["ownership_no"], hall["rate"]["amount"]) == (
        "H",
        "idle",
        "沪(2019)001",
        10_000,
    )
    assert (room["parent"], room["capacity"], len(room["hours"])) == ("H", 12, 5)
    again = await taken_in(client, clerk, text)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 2)
    changed = await taken_in(client, clerk, "register_no,state,area_m2\nR-1,closed,31.5\n")
    assert (changed["changed"], (await register(client))[1]["state"], (await register(client))[1]["area_m2"]) == (
        1,
        "closed",
        31.5,
    )
    assert (await client.get(f"/api/spaces/{room['id']}")).json()["status"] == "closed"


async def test_one_fault_changes_nothing_and_all_are_named(client: Client, clerk: dict[str, str]) -> None:
    text = (
        HEADER
        + "A,room,甲,,1,1,,in_use,\nB,castle,乙,,1,1,,in_use,\nC,room,丙,Z,0,1,,in_use,\nD,room,丁,Q,1,1,,in_use,\n"
    )
    report = await taken_in(client, clerk, text)
    assert [(each["line"], each["field"]) for each in report["faults"]] == [(3, "kind"), (4, "capacity"), (5, "parent")]
    assert not report["is_applied"]
    assert await register(client) == []


async def test_what_only_the_register_knows_is_a_fault_too(client: Client, clerk: dict[str, str]) -> None:
    await taken_in(client, clerk, HEADER + "A,room,甲,,1,10,1 08:00-09:00,in_use,\n")
    text = HEADER + (
        "A,stall,甲,,1,10,1 08:00-09:00,in_use,\nB,room,乙,B,1,1,,in_use,\nE,room,戊,,1,1,1 09:00-08:00; 1 07:00-10:00,in_use,\n"
    )
    report = await taken_in(client, clerk, text, dry_run=True)
    assert [(each["line"], each["field"]) for each in report["faults"]] == [(2, "kind"), (3, "parent"), (4, "hours")]


async def test_the_file_that_was_taken_out_goes_in_again_and_changes_nothing(
    client: Client, db: Database, clerk: dict[str, str]
) -> None:
    lines = "A,room,=1+1,,3,12.5,1-3 08:00-09:00,idle,-7\nB,stall,摊,,1,1,,closed,\n"
    await taken_in(client, clerk, HEADER + lines)
    answer = await client.get("/api/communities/liuyuan/assets/file.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["name"], row["ownership_no"]) for row in rows] == [("'=1+1", "'-7"), ("摊", "")]
    report = await taken_in(client, clerk, answer.text)
    assert (report["faults"], report["unchanged"], report["changed"], report["added"]) == ([], 2, 0, 0)


async def test_the_paper_of_ownership_is_for_staff_and_house_rules_for_everybody(
    client: Client, db: Database, clerk: dict[str, str]
) -> None:
    space_id = await make_space(db, kind="complex")
    body = {
        "register_no": "K-9", "ownership_no": "京(2020)77", "house_rules": "请脱鞋", "contact": "服务台 5550",
        "complex_size": "station",
        "state": "idle", "area_m2": 12.5,
    }  # fmt: skip
    answer = await client.patch(f"/api/spaces/{space_id}/asset", json=body, headers=clerk)
    assert answer.status_code == 200, answer.text
    assert (await client.get(f"/api/spaces/{space_id}/asset")).json() | body == answer.json()
    shown = (await client.get(f"/api/spaces/{space_id}")).text
    assert "请脱鞋" in shown
    assert "station" in shown
    assert "77" not in shown.replace(str(space_id), "")
    await make_person(db, "visitor@example.test")
    await sign_in(client, "visitor@example.test")
    assert (await client.get(f"/api/spaces/{space_id}/asset")).status_code == 403
    assert (await client.get("/api/communities/liuyuan/assets/file.csv")).status_code == 403


async def test_staff_of_elsewhere_see_no_register_and_bad_input_names_its_field(
    client: Client, db: Database, clerk: dict[str, str]
) -> None:
    room = await make_space(db, "一")
    other = await make_space(db, "二")
    for body, field in (
        ({"complex_size": "area"}, "complex_size"),
        ({"register_no": " "}, "register_no"),
        ({"house_rules": "\x07"}, "house_rules"),
        ({"state": "gone"}, "state"),
        ({"area_m2": -1}, "area_m2"),
    ):
        answer = await client.patch(f"/api/spaces/{room}/asset", json=body, headers=clerk)
        assert answer.status_code in {400, 422}, body
        assert field in answer.text, body
    assert (
        await client.patch(f"/api/spaces/{room}/asset", json={"register_no": "X"}, headers=clerk)
    ).status_code == 200
    doubled = await client.patch(f"/api/spaces/{other}/asset", json={"register_no": "X"}, headers=clerk)
    assert doubled.json()["errors"][0]["field"] == "register_no"
    assert (await client.get(f"/api/spaces/{uuid4()}/asset")).status_code == 404
    community = await make_community(db, "xiqiao")
    await make_person(db, "other@example.test", role=("clerk", community))
    headers = await sign_in(client, "other@example.test")
    assert (await client.get("/api/communities/liuyuan/assets")).status_code == 404
    assert (await client.get(f"/api/spaces/{room}/asset")).status_code == 404
    await taken_in(client, headers, HEADER, status=404)
