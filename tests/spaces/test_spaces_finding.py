"""Finding a free space: what is found can be booked as it stands, and nothing that could be booked is left out."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.db import Database
from market.errors import InvalidInput
from market.search.rules import distance_m
from market.spaces import finding, price_lists, quoting, register, service
from market.spaces.finding import Wish
from market.spaces.hours import merged
from market.spaces.rules import Terms
from market.spaces.schemas import Hours, NewSpace
from market.spaces.tariff_schemas import NewTariff, TariffRate
from tests.factories import make_community, make_space

DAY = (datetime.now(UTC) + timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)


@given(
    runs=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 8)), max_size=5),
    length=st.integers(1, 6),
    low=st.integers(0, 30),
    size=st.integers(1, 30),
)
def test_starts_lie_in_the_window_on_the_grid_and_inside_what_is_free(
    runs: list[tuple[int, int]], length: int, low: int, size: int
) -> None:
    step = 1800
    stretches = merged((at * step, (at + count) * step) for at, count in runs)
    window = (low * step + 600, (low + size) * step + 600)
    terms = Terms(min_s=step, max_s=step * 80, lead_s=0, horizon_s=step * 80, before_s=0, after_s=0)
    found = list(finding.starts(stretches, [], terms, length=length * step, step=step, window=window, now=0))
    free = {number for at, count in runs for number in range(at, at + count)}
    naive = [
        at * step for at in range(80)
        if all(each in free for each in range(at, at + length)) and window[0] <= at * step and (at + length) * step <= window[1]
    ]  # fmt: skip
    assert found == naive


async def town(db: Database) -> list[UUID]:
    await make_community(db, "liuyuan")
    await make_community(db, "xiqiao")
    same: dict[str, Any] = {"community": "liuyuan"}
    return [
        await make_space(db, "大厅", capacity=80, rate=12_000, **same),
        await make_space(db, "小间", capacity=8, rate=4_000, **same),
        await make_space(db, "中间", capacity=20, rate=6_000, community="xiqiao"),
    ]


def wish(low: float, high: float, minutes: int, **facts: Any) -> Wish:
    return Wish(DAY + low * HOUR, DAY + high * HOUR, minutes, **facts)


async def names(db: Database, asked: Wish) -> list[str]:
    return [each.row["name"] for each in await finding.free_spaces(db, actor=None, wish=asked)]


async def test_people_price_place_and_kind_decide_and_the_nearest_or_soonest_comes_first(db: Database) -> None:
    hall, small, middle = await town(db)
    async with db.transaction() as tx:
        await tx.execute("UPDATE spaces SET latitude = 30, longitude = 120 WHERE id = $1", middle)
        await tx.execute("UPDATE spaces SET latitude = 31, longitude = 120 WHERE id <> $1", middle)
    day = wish(0, 24, 60)
    assert sorted(await names(db, day)) == ["中间", "大厅", "小间"]
    assert sorted(await names(db, wish(0, 24, 60, people=10))) == ["中间", "大厅"]
    assert sorted(await names(db, wish(0, 24, 60, most_minor=6_000))) == ["中间", "小间"]
    assert await names(db, wish(0, 24, 120, most_minor=6_000)) == []
    assert await names(db, wish(0, 24, 60, community="xiqiao")) == ["中间"]
    assert await names(db, wish(0, 24, 60, kind="stall")) == []
    assert (await names(db, wish(0, 24, 60, near=(30.0, 120.0))))[0] == "中间"
    async with db.transaction() as tx:
        await tx.execute("UPDATE spaces SET who_may_book = 'residents' WHERE id = $1", small)
        await tx.execute("UPDATE spaces SET status = 'closed' WHERE id = $1", hall)
    assert await names(db, day) == ["中间"]


async def test_a_hall_is_found_only_when_its_rooms_are_free_too(db: Database) -> None:
    hall, small, _ = await town(db)
    async with db.transaction() as tx:
        await tx.execute("UPDATE spaces SET parent_id = $1 WHERE id = $2", hall, small)
        await service.occupy(tx, space_id=small, starts_at=DAY + 2 * HOUR, ends_at=DAY + 4 * HOUR, kind="closure")
    assert await names(db, wish(2, 4, 60, community="liuyuan")) == []
    found = await finding.free_spaces(db, actor=None, wish=wish(2, 5, 60, community="liuyuan"))
    assert {each.starts_at for each in found} == {DAY + 4 * HOUR}


@pytest.mark.parametrize("seed", range(6))
async def test_what_is_found_is_the_first_that_can_be_booked(db: Database, seed: int) -> None:
    """Compared with asking for every half hour whether it can be booked."""
    rooms = await town(db)
    dice = random.Random(seed)
    async with db.transaction() as tx:
        await tx.execute("UPDATE spaces SET buffer_after_min = 30 WHERE id = $1", rooms[1])
        for _ in range(12):
            at = DAY + dice.randrange(0, 24) * HOUR
            if await service.is_free(tx, space_id=(room := dice.choice(rooms)), starts_at=at, ends_at=at + 2 * HOUR):
                await service.occupy(tx, space_id=room, starts_at=at, ends_at=at + 2 * HOUR, kind="booking")
    low = dice.randrange(0, 12)
    asked = wish(low, low + dice.randrange(3, 12), dice.choice([60, 90, 120]))
    found = {each.row["id"]: each.starts_at for each in await finding.free_spaces(db, actor=None, wish=asked)}
    naive = {}
    async with db.read() as tx:
        for room in rooms:
            at = asked.low
            while at + timedelta(minutes=asked.minutes) <= asked.high:
                end = at + timedelta(minutes=asked.minutes)
                try:
                    await quoting.price(tx, space_id=room, starts_at=at, ends_at=end)
                    if await service.is_free(tx, space_id=room, starts_at=at, ends_at=end):
                        naive[room] = at
                        break
                except InvalidInput:
                    pass
                at += HOUR / 2
    assert found == naive


@pytest.mark.parametrize("near", [None, (30.0, 120.0)])
async def test_of_many_the_first_thirty_are_shown_as_if_all_had_been_looked_at(
    db: Database, near: tuple[float, float] | None
) -> None:
    """Each is looked at only while it could still be among the first: the answer is that of looking at every one."""
    dice = random.Random(5)
    await make_community(db, "liuyuan")
    hours = [[(day, opens, "24:00") for day in range(7)] for opens in ("08:00", "09:30", "13:00")]
    async with db.transaction() as tx:
        for number in range(45):
            place = {"latitude": 30 + dice.randrange(6) / 100, "longitude": 120.0} if number % 4 else {}
            week = [Hours(*each) for each in hours[number % 3]]
            rate = 1000 * (1 + number % 5)
            new = NewSpace(community="liuyuan", kind="room", name=f"{number}", hours=week, rate=rate, **place)
            room = await register.add_space(tx, new=new)
            for at in range(0, 60, 3):
                if dice.random() < 0.6:
                    begin = DAY + at * HOUR
                    await service.occupy(tx, space_id=room, starts_at=begin, ends_at=begin + 3 * HOUR, kind="closure")
    asked = wish(3, 50, 120, near=near, most_minor=8_000)
    found = await finding.free_spaces(db, actor=None, wish=asked)
    assert len(found) == finding.SHOWN
    one_by_one = []
    async with db.read() as tx:
        for row in await tx.fetch("SELECT * FROM spaces ORDER BY id"):
            at = asked.low
            while at + 2 * HOUR <= asked.high:
                try:
                    price = await quoting.price(tx, space_id=row["id"], starts_at=at, ends_at=at + 2 * HOUR)
                    is_free = await service.is_free(tx, space_id=row["id"], starts_at=at, ends_at=at + 2 * HOUR)
                    if is_free and price.payable_minor <= 8_000:
                        far = 0 if near is None else finding.NOWHERE
                        if near and row["latitude"] is not None:
                            far = distance_m(near, (row["latitude"], row["longitude"])) // 100
                        one_by_one.append((far, at, row["id"], price.payable_minor))
                        break
                except InvalidInput:
                    pass
                at += HOUR / 2
    assert [(each.starts_at, each.row["id"], each.payable_minor) for each in found] == [
        each[1:] for each in sorted(one_by_one)[: finding.SHOWN]
    ]


async def test_what_changes_is_seen_by_the_next_question(db: Database) -> None:
    """Spaces are kept in memory: every kind of change must reach them, also one that is committed late."""
    _, small, _ = await town(db)
    day = wish(2, 4, 60, community="liuyuan", people=1)

    async def asked_prices() -> dict[str, int]:
        return {each.row["name"]: each.payable_minor for each in await finding.free_spaces(db, actor=None, wish=day)}

    assert await asked_prices() == {"大厅": 12_000, "小间": 4_000}
    rates = [TariffRate(unit="hour", minor=1_500)]
    async with db.transaction() as late:
        await late.execute("UPDATE spaces SET rate_minor = 11_000 WHERE name = '大厅'")
        async with db.transaction() as tx:
            await price_lists.add_price_list(
                tx, space_id=small, new=NewTariff(audience="everybody", rates=rates, valid_from=DAY.date())
            )
        assert await asked_prices() == {"大厅": 12_000, "小间": 1_500}
    assert await asked_prices() == {"大厅": 11_000, "小间": 1_500}
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO space_exceptions (community_id, first_day, last_day) SELECT id, $1::date - 1, $1::date + 1 FROM communities "
            "WHERE slug = 'liuyuan'",
            DAY,
        )
    assert await asked_prices() == {}
    async with db.transaction() as tx:
        await tx.execute("DELETE FROM space_exceptions")
        await tx.execute("UPDATE communities SET name = '柳园新村' WHERE slug = 'liuyuan'")
    found = await finding.free_spaces(db, actor=None, wish=day)
    assert {each.row["community_name"] for each in found} == {"柳园新村"}
    async with db.transaction() as tx:
        await tx.execute("DELETE FROM space_tariffs")
        await tx.execute("DELETE FROM space_weeks WHERE space_id = $1", small)
        await tx.execute("DELETE FROM spaces WHERE id = $1", small)
    assert await asked_prices() == {"大厅": 11_000}


async def test_bad_input_is_named(client: httpx.AsyncClient, db: Database) -> None:
    await town(db)
    good = {"from": DAY.isoformat(), "to": (DAY + 10 * HOUR).isoformat(), "minutes": "60", "max_price": "5000"}
    answer = await client.get("/api/free-spaces", params=good)
    assert answer.status_code == 200
    assert answer.json()["items"][0]["price"] == {"amount": 4_000, "currency": "CNY"}
    for field, value in (
        ("from", "nonsense"), ("from", "2026-01-01T00:00:00"), ("to", DAY.isoformat()), ("to", (DAY + timedelta(days=8)).isoformat()),
        ("minutes", "0"), ("minutes", "900"), ("people", "0"), ("near", "x"), ("near", "91,0"), ("near", "nan,1"), ("max_price", "-1"),
        ("kind", "castle"), ("from", "0001-01-01T00:00:00Z"), ("community", "'; DROP"),
    ):  # fmt: skip
        answer = await client.get("/api/free-spaces", params=good | {field: value})
        assert answer.status_code in {400, 422} or (field == "community" and answer.json()["items"] == []), (
            field,
            value,
        )
        if answer.status_code == 422:
            assert [each["field"] for each in answer.json()["errors"]] in ([field], ["to"]), (field, value)
