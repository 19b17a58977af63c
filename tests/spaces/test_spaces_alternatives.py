"""The first free time of a space, and what can be had instead of a time that is taken."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.db import Database
from market.spaces import service
from market.spaces.alternatives import nearest
from market.spaces.rules import Cell
from tests.factories import make_community, make_enterprise, make_space

HOUR = 3600
DAY = (datetime.now(UTC) + timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)


def cells(*hours: int) -> list[Cell]:
    return [Cell(hour * HOUR, (hour + 1) * HOUR, 0, 0) for hour in hours]


@pytest.mark.parametrize(
    ("free", "start", "length", "expected"),
    [
        ((8, 9, 12, 13), 10, 1, [9, 8, 12]),
        ((8, 9, 12, 13), 10, 2, [8, 12]),
        ((8, 9), 10, 3, []),
        ((), 10, 1, []),
        (tuple(range(8, 20)), 10, 1, [10, 9, 11]),
    ],
)
def test_the_nearest_times_that_fit_come_first_and_do_not_overlap(
    free: tuple[int, ...], start: int, length: int, expected: list[int]
) -> None:
    found = nearest(cells(*free), start=start * HOUR, length=length * HOUR, step=HOUR, most=3)
    assert [low // HOUR for low, _ in found] == expected


@given(free=st.sets(st.integers(0, 40)), start=st.integers(0, 40), length=st.integers(1, 5))
def test_whatever_is_named_lies_in_free_time(free: set[int], start: int, length: int) -> None:
    found = nearest(cells(*sorted(free)), start=start * HOUR, length=length * HOUR, step=HOUR // 2, most=3)
    for low, high in found:
        assert high - low == length * HOUR
        assert all(at // HOUR in free for at in range(low, high, HOUR // 2))


@pytest.fixture
async def rooms(db: Database, client: httpx.AsyncClient) -> list[UUID]:
    await make_community(db, time_zone="Etc/UTC")
    await make_enterprise(db, "owner")
    hours = [(weekday, "08:00", "14:00") for weekday in range(7)]
    facts: dict[str, Any] = {"hours": hours, "enterprise": "owner"}
    return [
        await make_space(db, "大", capacity=20, **facts),
        await make_space(db, "中", capacity=18, **facts),
        await make_space(db, "小", capacity=4, **facts),
        await make_space(db, "摊", kind="stall", capacity=20, **facts),
    ]


async def take(db: Database, room: UUID, low: int, high: int) -> None:
    async with db.transaction() as tx:
        await service.occupy(
            tx, space_id=room, starts_at=DAY + timedelta(hours=low), ends_at=DAY + timedelta(hours=high), kind="booking"
        )


async def asked(client: httpx.AsyncClient, room: UUID, low: int, high: int, **more: Any) -> httpx.Response:
    times = {
        "starts_at": (DAY + timedelta(hours=low)).isoformat(),
        "ends_at": (DAY + timedelta(hours=high)).isoformat(),
    }
    return await client.get(f"/api/spaces/{room}/alternatives", params=times | more)


async def test_other_times_of_the_room_and_other_rooms_at_the_time_are_named_with_their_price(
    client: httpx.AsyncClient, db: Database, rooms: list[UUID]
) -> None:
    await take(db, rooms[0], 9, 11)
    found = (await asked(client, rooms[0], 9, 11, people=10)).json()
    day = [(DAY + timedelta(days=each)).date().isoformat() for each in (-1, 0, 1)]
    expected = [f"{day[0]}T09:00", f"{day[1]}T11:00", f"{day[2]}T09:00"]
    assert [each["starts_at"][:16] for each in found["same_space"]] == expected
    assert all(each["price"]["amount"] == 8000 for each in found["same_space"])
    assert [each["name"] for each in found["other_spaces"]] == ["中"]
    await take(db, rooms[1], 10, 12)
    found = (await asked(client, rooms[0], 9, 11, people=3)).json()
    assert [each["name"] for each in found["other_spaces"]] == ["小"]


async def test_the_first_free_time_is_the_one_that_can_be_booked_first(
    client: httpx.AsyncClient, db: Database, rooms: list[UUID]
) -> None:
    path = f"/api/spaces/{rooms[0]}"
    first = (await client.get(f"{path}/first-free")).json()["slot"]
    free = (await client.get(f"{path}/availability")).json()["free"]
    assert first == free[0] and first["price"]["amount"] == 4000
    async with db.transaction() as tx:
        await service.occupy(
            tx, space_id=rooms[0], starts_at=DAY - timedelta(days=9), ends_at=DAY + timedelta(days=40), kind="closure"
        )
    later = (await client.get(f"{path}/first-free")).json()["slot"]
    assert later["starts_at"][:10] == (DAY + timedelta(days=40)).date().isoformat()
    async with db.transaction() as tx:
        await service.occupy(
            tx, space_id=rooms[0], starts_at=DAY + timedelta(days=40), ends_at=DAY + timedelta(days=99), kind="closure"
        )
    assert (await client.get(f"{path}/first-free")).json() == {"slot": None}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"starts_at": "2026-12-01"}, 422),
        ({"starts_at": "soon"}, 422),
        ({"ends_at": "2027-01-01T10:00:00"}, 422),
        ({"starts_at": "2027-01-05T10:00:00Z", "ends_at": "2027-01-04T10:00:00Z"}, 422),
        ({"people": 0}, 400),
        ({"people": "many"}, 400),
    ],
)
async def test_a_bad_wish_is_refused(
    client: httpx.AsyncClient, rooms: list[UUID], change: dict[str, Any], status: int
) -> None:
    answer = await asked(client, rooms[0], 9, 11, **change)
    assert answer.status_code in {400, 422}, status
    assert next(iter(change)) in answer.text or "ends_at" in answer.text
    assert (await asked(client, uuid4(), 9, 11)).json() == {"same_space": [], "other_spaces": []}
