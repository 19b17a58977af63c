"""Days with other hours: exceptions of a space, holidays of a community; bookings that no longer fit stay (B19)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest

from market.db import Database
from market.spaces import service
from market.spaces.hours import band, day_band, moment, open_stretches, seconds
from tests.factories import make_community, make_person, make_space, sign_in

DAY = (datetime.now(UTC) + timedelta(days=10)).replace(hour=0, minute=0, second=0, microsecond=0)
TODAY = DAY.date()


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        ("00:00", "00:00", []),
        ("10:00", "12:00", [("10:00", "12:00")]),
        ("20:00", "02:00", [("20:00", "02:00")]),
    ],
)
def test_a_day_with_its_own_hours_forgets_its_weekdays(
    opens: str, closes: str, expected: list[tuple[str, str]]
) -> None:
    day = date(2026, 6, 2)
    week = tuple(band(weekday=number, opens="08:00", closes="18:00") for number in range(7))
    low = seconds(datetime(2026, 6, 2, 3, tzinfo=UTC))
    found = open_stretches((*week, day_band(day, opens, closes)), ZoneInfo("UTC"), (low, low + 86_400))
    assert [(f"{moment(start):%H:%M}", f"{moment(end):%H:%M}") for start, end in found] == expected


@pytest.fixture
async def room(db: Database, client: httpx.AsyncClient) -> UUID:
    liuyuan = await make_community(db, time_zone="Etc/UTC")
    await make_community(db, "xiqiao", time_zone="Etc/UTC")
    await make_person(db, "director@example.test", role=("director", liuyuan))
    return await make_space(db, hours=[(weekday, "08:00", "12:00") for weekday in range(7)])


async def free(client: httpx.AsyncClient, room: UUID, day: date = TODAY) -> list[str]:
    found = await client.get(
        f"/api/spaces/{room}/availability", params={"from": day.isoformat(), "to": day.isoformat()}
    )
    return [each["starts_at"][11:16] for each in found.json()["free"]]


async def test_staff_close_a_day_and_open_another_longer_and_take_it_back(
    client: httpx.AsyncClient, room: UUID
) -> None:
    headers = await sign_in(client, "director@example.test")
    path = f"/api/spaces/{room}/special-days"
    other = TODAY + timedelta(days=1)
    await client.post(path, json={"first_day": TODAY.isoformat(), "reason": "消毒"}, headers=headers)
    longer = {"first_day": other.isoformat(), "hours": [{"opens": "18:00", "closes": "20:00"}]}
    assert (await client.post(path, json=longer, headers=headers)).status_code == 201
    assert (await free(client, room), await free(client, room, other)) == ([], ["18:00", "19:00"])
    days = (await client.get(path)).json()["items"]
    assert [(each["reason"], each["is_holiday"], len(each["hours"])) for each in days] == [
        ("消毒", False, 0),
        ("", False, 1),
    ]
    await client.delete(f"{path}/{days[0]['id']}", headers=headers)
    assert await free(client, room) == ["08:00", "09:00", "10:00", "11:00"]


async def test_B19_a_holiday_closes_every_space_below_keeps_bookings_and_lists_them(
    client: httpx.AsyncClient, db: Database, room: UUID
) -> None:
    elsewhere = await make_space(db, community="xiqiao", hours=[(weekday, "08:00", "12:00") for weekday in range(7)])
    async with db.transaction() as tx:
        await service.occupy(
            tx, space_id=room, starts_at=DAY + timedelta(hours=9), ends_at=DAY + timedelta(hours=10), kind="booking"
        )
    headers = await sign_in(client, "director@example.test")
    made = await client.post(
        "/api/communities/liuyuan/holidays", json={"first_day": TODAY.isoformat(), "reason": "春节"}, headers=headers
    )
    assert [each["starts_at"][11:16] for each in made.json()["conflicts"]] == ["09:00"]
    assert await free(client, room) == []
    assert await free(client, elsewhere) == ["08:00", "09:00", "10:00", "11:00"]
    # the space's own hours on that day count before its community's
    own = {"first_day": TODAY.isoformat(), "hours": [{"opens": "14:00", "closes": "15:00"}]}
    await client.post(f"/api/spaces/{room}/special-days", json=own, headers=headers)
    assert await free(client, room) == ["14:00"]
    foreign = await client.post(
        "/api/communities/xiqiao/holidays", json={"first_day": TODAY.isoformat()}, headers=headers
    )
    assert foreign.status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "first_day"),
        ({"first_day": "2026-13-01"}, "first_day"),
        ({"first_day": "1200-01-01"}, "first_day"),
        ({"first_day": "2027-01-02", "last_day": "2027-01-01"}, "last_day"),
        ({"first_day": "2027-01-02", "last_day": "2028-01-01"}, "last_day"),
        ({"first_day": "2027-01-02", "hours": [{"opens": "08:00", "closes": "08:00"}]}, "hours.0.closes"),
        ({"first_day": "2027-01-02", "hours": [{"opens": "8", "closes": "09:00"}]}, "hours[0].opens"),
        (
            {
                "first_day": "2027-01-02",
                "hours": [{"opens": "08:00", "closes": "10:00"}, {"opens": "09:00", "closes": "11:00"}],
            },
            "hours.1.opens",
        ),
    ],
)
async def test_bad_days_are_refused_by_field(
    client: httpx.AsyncClient, room: UUID, body: dict[str, Any], field: str
) -> None:
    headers = await sign_in(client, "director@example.test")
    answer = await client.post(f"/api/spaces/{room}/special-days", json=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert field in str(answer.json()), answer.text
    assert (await client.get(f"/api/spaces/{room}/special-days")).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"who_may_book": "kings"}, "who_may_book"),
        ({"max_open_bookings": 0}, "max_open_bookings"),
        ({"horizon_days": 0}, "horizon_days"),
        ({"granularity_min": 20}, "granularity_min"),
        ({"min_length_min": 45}, "min_length_min"),
        ({"max_length_min": 30}, "max_length_min"),
        (
            {"cancellation": [{"until_h": 2, "back_bp": 10_000}, {"until_h": 24, "back_bp": 1}]},
            "cancellation.0.back_bp",
        ),
        ({"cancellation": [{"until_h": 2, "back_bp": 10_001}]}, "cancellation[0].back_bp"),
        ({"cancellation": [{"until_h": -2, "back_bp": 1}]}, "cancellation[0].until_h"),
        ({"buffer_after_min": 241}, "buffer_after_min"),
        ({"lead_min": -1}, "lead_min"),
    ],
)
async def test_bad_booking_rules_are_refused_by_field_and_change_nothing(
    client: httpx.AsyncClient, room: UUID, body: dict[str, Any], field: str
) -> None:
    headers = await sign_in(client, "director@example.test")
    before = (await client.get(f"/api/spaces/{room}")).json()
    answer = await client.patch(f"/api/spaces/{room}", json=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert field in str(answer.json()), answer.text
    assert (await client.get(f"/api/spaces/{room}")).json() == before
