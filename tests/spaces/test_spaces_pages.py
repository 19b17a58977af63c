"""Spaces over HTTP: what everybody reads, what staff change, and what nobody may."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from icalendar import Calendar
from litestar import Litestar
from litestar.testing import AsyncTestClient
from PIL import Image

from market.db import Database
from market.spaces import quoting, service
from tests.factories import make_community, make_enterprise, make_person, make_space, sign_in

Client = AsyncTestClient[Litestar]
DAY = (datetime.now(UTC) + timedelta(days=10)).replace(hour=0, minute=0, second=0, microsecond=0)
HOURS = [{"weekday": weekday, "opens": "08:00", "closes": "21:00"} for weekday in range(7)]


def at(hour: float) -> str:
    return (DAY + timedelta(hours=hour)).isoformat()


async def occupy(db: Database, space_id: UUID, low: float, high: float, kind: service.Kind = "booking") -> UUID:
    async with db.transaction() as tx:
        return await service.occupy(
            tx,
            space_id=space_id,
            starts_at=DAY + timedelta(hours=low),
            ends_at=DAY + timedelta(hours=high),
            kind=kind,
            note="王小明",
        )


@pytest.fixture
async def staff(client: Client, db: Database) -> dict[str, str]:
    """Signed in as director of liuyuan; xiqiao is foreign."""
    liuyuan = await make_community(db)
    await make_community(db, "xiqiao")
    await make_person(db, "director@example.test", role=("director", liuyuan))
    return await sign_in(client, "director@example.test")


async def test_a_space_shows_hours_rate_and_terms_to_everybody(client: Client, db: Database) -> None:
    await make_community(db)
    space_id = await make_space(
        db,
        "瑜伽室",
        name_en="Yoga room",
        hours=[(0, "08:00", "21:00")],
        off_peak=[(0, "13:00", "17:00", 2000)],
        area_m2=42.5,
        capacity=12,
    )
    found = (await client.get(f"/api/spaces/{space_id}")).json()
    assert found["rate"] == {"amount": 4000, "currency": "CNY"}
    assert found["hours"] == [{"weekday": 0, "opens": "08:00", "closes": "21:00"}]
    assert found["off_peak"] == [{"weekday": 0, "opens": "13:00", "closes": "17:00", "rate_minor": 2000}]
    assert (found["area_m2"], found["capacity"], found["community"], found["time_zone"]) == (
        42.5,
        12,
        "liuyuan",
        "Asia/Shanghai",
    )
    assert (await client.get(f"/api/spaces/{uuid4()}")).status_code == 404
    assert (await client.get("/api/spaces/nonsense")).status_code in {400, 404, 422}


async def test_spaces_are_listed_by_community_kind_and_page(client: Client, db: Database) -> None:
    await make_community(db)
    await make_community(db, "xiqiao")
    for number in range(52):
        await make_space(db, f"摊位 {number}", kind="stall")
    await make_space(db, community="xiqiao")
    first = (await client.get("/api/spaces", params={"community": "liuyuan", "kind": "stall"})).json()
    second = (
        await client.get(
            "/api/spaces", params={"community": "liuyuan", "kind": "stall", "cursor": first["next_cursor"]}
        )
    ).json()
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (50, 2, None)
    assert len({each["id"] for each in first["items"] + second["items"]}) == 52
    assert len((await client.get("/api/spaces", params={"community": "xiqiao"})).json()["items"]) == 1
    assert (
        len((await client.get("/api/spaces", params={"community": "street-one", "kind": "room"})).json()["items"]) == 1
    )
    for params in ({"kind": "castle"}, {"cursor": "x"}, {"community": "nowhere"}, {"community": "\x00"}):
        assert (await client.get("/api/spaces", params=params)).status_code in {400, 404, 422}


async def test_availability_shows_free_slots_with_prices_and_taken_ones_without_names(
    client: Client, db: Database
) -> None:
    await make_community(db, time_zone="Etc/UTC")
    space_id = await make_space(
        db,
        hours=[(weekday, "08:00", "12:00") for weekday in range(7)],
        off_peak=[(weekday, "11:00", "12:00", 2500) for weekday in range(7)],
    )
    await occupy(db, space_id, 9, 10)
    day = DAY.date().isoformat()
    answer = await client.get(f"/api/spaces/{space_id}/availability", params={"from": day, "to": day})
    assert "王小明" not in answer.text
    found = answer.json()
    assert [(each["starts_at"][11:16], each["ends_at"][11:16], each["price"]["amount"]) for each in found["free"]] == [
        ("08:00", "09:00", 4000),
        ("10:00", "11:00", 4000),
        ("11:00", "12:00", 2500),
    ]
    assert [(each["starts_at"][11:16], each["ends_at"][11:16]) for each in found["taken"]] == [("09:00", "10:00")]
    assert found["time_zone"] == "Etc/UTC"
    assert all(each["starts_at"].endswith("Z") for each in found["free"])


async def test_availability_of_a_hall_knows_its_rooms_and_ignores_holds_that_are_over(
    client: Client, db: Database
) -> None:
    await make_community(db, time_zone="Etc/UTC")
    hall = await make_space(db, "大厅", hours=[(weekday, "08:00", "12:00") for weekday in range(7)])
    room, other = [await make_space(db, name, parent_id=hall) for name in ("左", "右")]
    await occupy(db, room, 9, 10)
    await occupy(db, other, 9.5, 11)
    async with db.transaction() as tx:
        await service.hold(
            tx,
            space_id=hall,
            starts_at=DAY + timedelta(hours=8),
            ends_at=DAY + timedelta(hours=9),
            held_until=DAY - timedelta(days=99),
        )
    window = {"from": at(8), "to": at(12)}
    found = (await client.get(f"/api/spaces/{hall}/availability", params=window)).json()
    assert [(each["starts_at"][11:16], each["ends_at"][11:16]) for each in found["taken"]] == [("09:00", "11:00")]
    assert [each["starts_at"][11:16] for each in found["free"]] == ["08:00", "11:00"]


async def test_availability_defaults_to_seven_days_and_refuses_bad_windows_by_name(
    client: Client, db: Database
) -> None:
    await make_community(db)
    space_id = await make_space(db)
    found = (await client.get(f"/api/spaces/{space_id}/availability")).json()
    assert 7 * 24 - 2 <= len(found["free"]) <= 7 * 24
    for params, field in (
        ({"from": "x"}, "from"),
        ({"from": "2026-06-01T02:30:00"}, "from"),
        ({"to": "infinity"}, "to"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": at(0), "to": at(-1)}, "to"),
        ({"from": at(0), "to": at(24 * 36)}, "to"),
        ({"from": "\x00"}, "from"),
    ):
        answer = await client.get(f"/api/spaces/{space_id}/availability", params=params)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), params
    assert (await client.get(f"/api/spaces/{uuid4()}/availability")).status_code == 404


async def test_every_free_slot_can_be_taken_as_shown(client: Client, db: Database) -> None:
    await make_community(db)
    space_id = await make_space(db, min_length_min=90, buffer_after_min=30, lead_min=120)
    shown = (await client.get(f"/api/spaces/{space_id}/availability")).json()["free"][0]
    times = {name: datetime.fromisoformat(shown[name]) for name in ("starts_at", "ends_at")}
    async with db.transaction() as tx:
        priced = await quoting.price(tx, space_id=space_id, **times)
        await service.hold(tx, space_id=space_id, **times, held_until=DAY)
    assert priced.payable_minor == shown["price"]["amount"]


async def test_the_calendar_feed_says_busy_and_nothing_else(client: Client, db: Database) -> None:
    await make_community(db)
    space_id = await make_space(db)
    await occupy(db, space_id, 9, 10)
    await occupy(db, space_id, 10, 12, "session")
    answer = await client.get(f"/api/spaces/{space_id}/calendar.ics")
    assert answer.headers["content-type"].startswith("text/calendar") and "王小明" not in answer.text
    (event,) = Calendar.from_ical(answer.text).walk("VEVENT")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (DAY + timedelta(hours=9), DAY + timedelta(hours=12))
    assert (await client.get(f"/api/spaces/{uuid4()}/calendar.ics")).status_code == 404


async def test_staff_enter_and_change_spaces_of_their_community_only(
    client: Client, db: Database, staff: dict[str, str]
) -> None:
    await make_enterprise(db, "liuyuan-homes")
    body = {
        "community": "liuyuan",
        "kind": "room",
        "name": "排练厅",
        "rate": 6000,
        "hours": HOURS,
        "enterprise": "liuyuan-homes",
    }
    made = await client.post("/api/spaces", json=body, headers=staff)
    assert made.status_code == 201, made.text
    space_id = made.json()["id"]
    changed = await client.patch(
        f"/api/spaces/{space_id}", json={"rate": 5000, "name_en": None, "about": "有镜子"}, headers=staff
    )
    assert (changed.status_code, changed.json()["rate"]["amount"], changed.json()["about"]) == (200, 5000, "有镜子")
    foreign = await make_space(db, community="xiqiao")
    assert (
        await client.post("/api/spaces", json=body | {"community": "xiqiao", "enterprise": None}, headers=staff)
    ).status_code == 404
    for path, data in (
        ("", {"rate": 1}),
        ("/closures", {"starts_at": at(1), "ends_at": at(2), "reason": "刷墙"}),
    ):
        send = client.patch if not path else client.post
        assert (await send(f"/api/spaces/{foreign}{path}", json=data, headers=staff)).status_code == 404
    assert (await client.get(f"/api/spaces/{foreign}/occupancies")).status_code == 404
    assert (await client.delete(f"/api/spaces/{foreign}/occupancies/{uuid4()}", headers=staff)).status_code == 404
    assert (await client.get("/api/communities/xiqiao/utilisation")).status_code == 404


async def test_residents_and_strangers_change_nothing(client: Client, db: Database) -> None:
    await make_community(db)
    space_id = await make_space(db)
    body = {"community": "liuyuan", "kind": "room", "name": "排练厅", "rate": 6000, "hours": HOURS}
    assert (await client.post("/api/spaces", json=body)).status_code == 401
    await make_person(db, "resident@example.test")
    headers = await sign_in(client, "resident@example.test")
    assert (await client.post("/api/spaces", json=body, headers=headers)).status_code == 403
    assert (await client.patch(f"/api/spaces/{space_id}", json={"rate": 0}, headers=headers)).status_code == 403
    assert (await client.get(f"/api/spaces/{space_id}/occupancies")).status_code == 403
    assert (await client.get("/api/communities/liuyuan/utilisation")).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (
            {
                "hours": [
                    {"weekday": 0, "opens": "08:00", "closes": "12:00"},
                    {"weekday": 0, "opens": "11:00", "closes": "13:00"},
                ]
            },
            "hours",
        ),
        ({"hours": [{"weekday": 7, "opens": "08:00", "closes": "12:00"}]}, "hours"),
        ({"hours": [{"weekday": 0, "opens": "8", "closes": "12:00"}]}, "hours"),
        ({"hours": [{"weekday": 0, "opens": "08:00", "closes": "25:00"}]}, "hours"),
        ({"off_peak": [{"weekday": 0, "opens": "08:00", "closes": "12:00", "rate_minor": 6001}]}, "off_peak"),
        ({"rate": -1}, "rate"),
        ({"rate": 2**63}, "rate"),
        ({"rate": 0.1}, "rate"),
        ({"rate": "x"}, "rate"),
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": "a\u0007b"}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"min_length_min": 480, "max_length_min": 60}, "max_length_min"),
        ({"min_length_min": 50}, "min_length_min"),
        ({"granularity_min": 20}, "granularity_min"),
        ({"enterprise": "nobody"}, "enterprise"),
        ({"parent_id": str(uuid4())}, "parent_id"),
        ({"kind": "castle"}, "kind"),
        ({"latitude": 91}, "latitude"),
        ({"equipment": ["\u0007"]}, "equipment"),
        ({"capacity": 0}, "capacity"),
        ({"community": "nowhere"}, '"field":"community"'),
    ],
)
async def test_bad_input_is_refused_and_named(
    client: Client, staff: dict[str, str], change: dict[str, Any], field: str
) -> None:
    body = {"community": "liuyuan", "kind": "room", "name": "排练厅", "rate": 6000, "hours": HOURS} | change
    answer = await client.post("/api/spaces", json=body, headers=staff)
    assert 400 <= answer.status_code < 500, answer.text
    assert field in answer.text


async def test_B19_bookings_survive_shrunk_hours_and_are_listed(
    client: Client, db: Database, staff: dict[str, str]
) -> None:
    space_id = await make_space(db)
    booked = [await occupy(db, space_id, low, low + 2) for low in (1, 12, 20)]  # Shanghai 09-11, 20-22, 04-06
    answer = await client.patch(f"/api/spaces/{space_id}", json={"hours": HOURS}, headers=staff)
    conflicts = answer.json()["conflicts"]
    assert [each["starts_at"] for each in conflicts] == [at(12).replace("+00:00", "Z"), at(20).replace("+00:00", "Z")]
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM occupancies WHERE status = 'active'") == len(booked)
    again = await client.patch(f"/api/spaces/{space_id}", json={"about": "x"}, headers=staff)
    assert len(again.json()["conflicts"]) == 2
    closed = await client.patch(f"/api/spaces/{space_id}", json={"status": "closed"}, headers=staff)
    assert len(closed.json()["conflicts"]) == 3


async def test_closures_take_time_are_listed_and_can_be_ended(
    client: Client, db: Database, staff: dict[str, str]
) -> None:
    space_id = await make_space(db)
    body = {"starts_at": at(1), "ends_at": at(5), "reason": "刷墙"}
    made = await client.post(f"/api/spaces/{space_id}/closures", json=body, headers=staff)
    assert (made.status_code, made.json()["kind"], made.json()["note"]) == (201, "closure", "刷墙")
    path = f"/api/spaces/{space_id}/closures"
    clash = await client.post(path, json={"starts_at": at(4), "ends_at": at(6), "reason": "消毒"}, headers=staff)
    assert clash.status_code == 409
    for without in ({}, {"reason": ""}, {"reason": " "}):
        refused = await client.post(path, json={"starts_at": at(6), "ends_at": at(7), **without}, headers=staff)
        assert refused.status_code in {400, 422} and "reason" in refused.text
    listed = (await client.get(f"/api/spaces/{space_id}/occupancies")).json()["items"]
    assert [each["id"] for each in listed] == [made.json()["id"]]
    ended = await client.delete(f"/api/spaces/{space_id}/occupancies/{made.json()['id']}", headers=staff)
    assert ended.status_code == 204
    assert (await client.get(f"/api/spaces/{space_id}/occupancies")).json()["items"] == []
    assert (
        await client.delete(f"/api/spaces/{space_id}/occupancies/{made.json()['id']}", headers=staff)
    ).status_code == 404
    group_id = await occupy(db, space_id, 10, 11)
    async with db.read() as connection:
        booking = await connection.fetchval("SELECT id FROM occupancies WHERE group_id = $1", group_id)
    assert (await client.delete(f"/api/spaces/{space_id}/occupancies/{booking}", headers=staff)).status_code == 409


@pytest.mark.parametrize(
    "times",
    [
        (at(2), at(1)),
        (at(1), at(1)),
        (at(1), at(24 * 3652)),
        ("9999-12-31T00:00:00Z", "9999-12-31T01:00:00Z"),
        ("infinity", at(1)),
        (at(1)[:19], at(2)[:19]),
        (at(-2000), at(-1999)),
        ("0001-01-01T00:00:00Z", at(1)),
    ],
)
async def test_B20_absurd_closures_are_refused(
    client: Client, db: Database, staff: dict[str, str], times: tuple[str, str]
) -> None:
    space_id = await make_space(db)
    answer = await client.post(
        f"/api/spaces/{space_id}/closures",
        json={"starts_at": times[0], "ends_at": times[1], "reason": "刷墙"},
        headers=staff,
    )
    assert 400 <= answer.status_code < 500 and ("starts_at" in answer.text or "ends_at" in answer.text), answer.text


async def test_utilisation_counts_bookings_over_open_hours(client: Client, db: Database, staff: dict[str, str]) -> None:
    space_id = await make_space(db, "排练厅", hours=[(weekday, "08:00", "20:00") for weekday in range(7)])
    await occupy(db, space_id, 0, 2)  # 08:00 to 10:00 in Shanghai
    await occupy(db, space_id, 5, 8, "closure")
    day = DAY.date().isoformat()
    params = {"from": day, "to": day}
    found = (await client.get("/api/communities/liuyuan/utilisation", params=params)).json()
    (row,) = found["rows"]
    counted = {key: row[key] for key in ("key", "label", "open_min", "booked_min", "ratio")}
    assert counted == {"key": str(space_id), "label": "排练厅", "open_min": 540, "booked_min": 120, "ratio": 0.2222}
    assert (found["total"]["open_min"], found["start"], found["by"]) == (540, day, "space")
    hours = (await client.get("/api/communities/liuyuan/utilisation", params=params | {"by": "hour"})).json()["rows"]
    assert {row["key"]: (row["open_min"], row["booked_min"]) for row in hours if row["open_min"]} == {
        str(hour): (60, 60 if hour < 10 else 0) for hour in (8, 9, 10, 11, 12, 16, 17, 18, 19)
    }
    days = (await client.get("/api/communities/liuyuan/utilisation", params=params | {"by": "day"})).json()["rows"]
    assert [(row["key"], row["open_min"], row["booked_min"]) for row in days] == [(day, 540, 120)]
    assert (await client.get("/api/communities/liuyuan/utilisation")).status_code == 200
    for bad in ({"by": "moon"}, {"from": "x"}, {"from": "2016-01-01", "to": "2028-01-01"}):
        assert (await client.get("/api/communities/liuyuan/utilisation", params=bad)).status_code in {400, 422}


async def test_staff_add_photos(client: Client, db: Database, staff: dict[str, str]) -> None:
    space_id = await make_space(db)
    foreign = await make_space(db, community="xiqiao")
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(picture, "PNG")
    file = {"file": ("room.png", picture.getvalue(), "image/png")}
    assert (await client.post(f"/api/spaces/{foreign}/photos", files=file, headers=staff)).status_code == 404
    made = await client.post(f"/api/spaces/{space_id}/photos", files=file, data={"alt": "门口"}, headers=staff)
    assert made.status_code == 201, made.text
    (photo,) = (await client.get(f"/api/spaces/{space_id}")).json()["photos"]
    assert photo == made.json() and photo["alt"] == "门口"
    other = {"picture": file["file"]}
    assert (await client.post(f"/api/spaces/{space_id}/photos", files=other, headers=staff)).status_code in {400, 422}


async def test_changes_are_noted_for_search(client: Client, db: Database, staff: dict[str, str]) -> None:
    space_id = await make_space(db)
    async with db.transaction() as tx:
        await tx.execute("DELETE FROM pgqueuer")
    await client.patch(f"/api/spaces/{space_id}", json={"rate": 1000}, headers=staff)
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'search.refresh'") == 1
