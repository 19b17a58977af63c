"""What is counted of bookings stays counted, is the same counted anew, and can be opened down to the bookings behind it."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from httpx import AsyncClient

from market.checkout import usage
from market.checkout.usage import Asked
from market.db import Database
from market.spaces import service
from tests.factories import make_community, make_person, make_space, sign_in

OPEN = [(weekday, "08:00", "20:00") for weekday in range(7)]
LONG_AGO = (datetime.now(UTC) - timedelta(days=60)).date()


@pytest.fixture
async def staff(client: AsyncClient, db: Database) -> dict[str, str]:
    """Signed in as clerk of liuyuan, whose clock shows UTC."""
    liuyuan = await make_community(db, time_zone="Etc/UTC")
    await make_person(db, "clerk@example.test", role=("clerk", liuyuan))
    return await sign_in(client, "clerk@example.test")


async def old_space(db: Database, name: str = "活动室", **facts: Any) -> UUID:
    """A space that has been there for seventy days, open from eight to eight."""
    space_id = await make_space(db, name, hours=OPEN, **facts)
    async with db.transaction() as tx:
        await tx.execute(
            "UPDATE space_weeks SET first_day = $2 WHERE space_id = $1", space_id, LONG_AGO - timedelta(10)
        )
    return space_id


async def book(
    db: Database,
    space_id: UUID,
    *,
    on: date = LONG_AGO,
    low: float,
    high: float,
    came: bool = True,
    paid: int = 4000,
    less: int = 0,
    audience: str = "everybody",
    given_back: bool = False,
    attendees: int = 5,
) -> UUID:
    """A paid booking as checkout leaves it, so much below its list price; the group of its time."""
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC)
    starts_at, ends_at = midnight + timedelta(hours=low), midnight + timedelta(hours=high)
    person = await make_person(db)
    async with db.transaction() as tx:
        group = await service.occupy(tx, space_id=space_id, starts_at=starts_at, ends_at=ends_at, kind="booking")
        order = await tx.fetchval(
            "INSERT INTO orders (person_id, status, pay_by, currency, payable_minor, paid_at) "
            "VALUES ($1, 'paid', 'desk', 'CNY', $2, now()) RETURNING id",
            person,
            paid,
        )
        line = await tx.fetchval(
            "INSERT INTO order_lines (order_id, position, kind, item_kind, community_id, time_zone, seller, space_id, occupancy_group, "
            "title, starts_at, ends_at, attendees, quantity, list_minor, payable_minor, refunded_minor, refunded_at, tariff) "
            "SELECT $1, 0, 'space', 'space', community_id, 'Etc/UTC', '', id, $3, '', $4, $5, $9, 1, $6::bigint + $10::bigint, $6, "
            "CASE WHEN $7::boolean THEN $6 ELSE 0 END, CASE WHEN $7 THEN now() END, $8 FROM spaces WHERE id = $2 RETURNING id",
            order,
            space_id,
            group,
            starts_at,
            ends_at,
            paid,
            given_back,
            {"audience": audience},
            attendees,
            less,
        )
        await tx.execute(
            "INSERT INTO vouchers (line_id, order_id, community_id, code, status) "
            "SELECT $1, $2, community_id, substr(replace(gen_random_uuid()::text, '-', ''), 20), $4 FROM spaces WHERE id = $3",
            line,
            order,
            space_id,
            "redeemed" if came else "cancelled" if given_back else "issued",
        )
        if given_back:
            await service.release(tx, group_id=group)
    return group


async def kept_rows(db: Database) -> list[tuple[Any, ...]]:
    async with db.read() as connection:
        return [tuple(row) for row in await connection.fetch("SELECT * FROM space_hours ORDER BY space_id, day, hour")]


async def kept_sums(db: Database) -> list[list[tuple[Any, ...]]]:
    """The sums of months and of hours of the week."""
    async with db.read() as connection:
        return [
            [tuple(row) for row in await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5")]
            for table in ("space_months", "space_kind_hours")
        ]


SUMMED = (
    "open_s",
    "bookable_s",
    "booked_s",
    "used_s",
    "public_s",
    "cancelled_s",
    "no_show_s",
    "visits",
    "revenue_minor",
    "subsidy_minor",
)


async def sums_of_rows(db: Database) -> list[list[tuple[Any, ...]]]:
    """The same, added up here row by row."""
    months: dict[tuple[Any, ...], list[int]] = {}
    hours: dict[tuple[Any, ...], list[int]] = {}
    async with db.read() as connection:
        rows = await connection.fetch(
            "SELECT h.*, s.community_id, s.kind FROM space_hours h JOIN spaces s ON s.id = h.space_id"
        )
    for row in rows:
        month = row["day"].replace(day=1)
        keys = [(months, (row["space_id"], month, row["is_leaf"]))]
        if row["is_leaf"]:
            keys.append((hours, (row["community_id"], row["kind"], month, row["day"].weekday(), row["hour"])))
        for sums, key in keys:
            old = sums.get(key, [0] * len(SUMMED))
            sums[key] = [so_far + row[name] for so_far, name in zip(old, SUMMED, strict=True)]
    return [sorted((*key, *values) for key, values in sums.items()) for sums in (months, hours)]


async def ask(client: AsyncClient, path: str = "", **params: Any) -> dict[str, Any]:
    window = {"from": str(LONG_AGO), "to": str(LONG_AGO)}
    answer = await client.get(f"/api/communities/liuyuan/utilisation{path}", params={**window, **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def a_day_of_everything(db: Database) -> UUID:
    hall = await old_space(db, "大厅", area_m2=80)
    left, _ = [await old_space(db, name, parent_id=hall, area_m2=40) for name in ("左", "右")]
    await book(db, hall, low=9, high=11, paid=10_001, less=1999)
    await book(db, left, low=12, high=14, audience="public_benefit", paid=0, less=8000)
    await book(db, left, low=15, high=16, came=False)
    await book(db, left, low=17, high=18, came=False, given_back=True, less=500)
    return hall


async def test_counted_anew_from_nothing_the_rows_are_the_same(db: Database, staff: dict[str, str]) -> None:
    hall = await a_day_of_everything(db)
    assert await usage.count_days(db) > 40
    first = await kept_rows(db)
    assert first
    assert await usage.count_days(db) == 0  # once a day is enough
    async with db.transaction() as tx:
        await tx.execute("UPDATE space_counts SET counted_until = counted_until - 20")
    await asyncio.gather(*(usage.count_days(db) for _ in range(4)))
    assert await kept_rows(db) == first  # a worker that was cut off, and several at once
    async with db.transaction() as tx:
        await tx.execute("TRUNCATE space_hours, space_counts")
        await tx.execute(
            "UPDATE spaces SET hours = '[]' WHERE id = $1", hall
        )  # from today on: not in the days that are over
    await usage.count_days(db)
    assert await kept_rows(db) == first


async def test_sums_of_months_are_those_of_their_rows_and_counted_anew_the_same(
    db: Database, staff: dict[str, str]
) -> None:
    hall = await a_day_of_everything(db)
    await usage.count_days(db)
    first = await kept_sums(db)
    assert first == await sums_of_rows(db)
    assert all(first)
    await book(db, hall, on=LONG_AGO + timedelta(30), low=9, high=12, paid=700)  # a day that has been counted already
    async with db.transaction() as tx:
        await tx.execute("UPDATE space_counts SET counted_until = counted_until - 3")
    await asyncio.gather(*(usage.count_days(db) for _ in range(4)))
    second = await kept_sums(db)
    assert second == await sums_of_rows(db) != first
    async with db.transaction() as tx:
        await tx.execute("TRUNCATE space_hours, space_counts, space_months, space_kind_hours")
    await usage.count_days(db)
    assert await kept_sums(db) == second


@pytest.mark.parametrize(
    "by", ["space", "kind", "complex", "community", "hour", "weekday_hour", "day", "month", "space_hour", "total"]
)
@pytest.mark.parametrize("filtered", [False, True])
async def test_a_window_says_the_same_from_sums_and_from_single_hours(
    db: Database, staff: dict[str, str], by: Any, filtered: bool
) -> None:
    """Windows that begin and end inside months, at their edges, and up to days that are not counted yet."""
    await a_day_of_everything(db)
    stall = await old_space(db, "摊位", kind="stall")
    await book(db, stall, on=LONG_AGO + timedelta(25), low=10, high=13, paid=333)
    await usage.count_days(db)
    async with db.transaction() as tx:
        await tx.execute("UPDATE space_counts SET counted_until = current_date - 2")
        await tx.execute("DELETE FROM space_hours WHERE day >= current_date - 2")
        await tx.execute(
            "SELECT sum_space_hours(id, current_date - 2, current_date) FROM communities WHERE slug = 'liuyuan'"
        )
        place = await tx.fetchval("SELECT id FROM communities WHERE slug = 'liuyuan'")
    today = datetime.now(UTC).date()
    month = (LONG_AGO + timedelta(31)).replace(day=1)
    windows = [
        (LONG_AGO - timedelta(9), today),
        (month, today),
        (LONG_AGO - timedelta(40), month),
        (month, month + timedelta(4)),
    ]
    whose = {"space": stall} if filtered and by != "kind" else {"kind": "stall"} if filtered else {}
    for first, end in windows:
        asked = Asked(place, "liuyuan", ZoneInfo("Etc/UTC"), "CNY", first, end, **whose)
        async with db.read() as tx:
            (found,) = await usage.figures(tx, asked, by)
            single: dict[str, Counter[str]] = {}
            day = first
            while day < end:
                (rows,) = await usage.figures(tx, replace(asked, first=day, end=day + timedelta(1)), by)
                for row in rows:
                    single.setdefault(row["key"], Counter()).update({each: row[each] for each in SUMMED})
                day += timedelta(1)
        assert {row["key"]: {each: row[each] for each in SUMMED} for row in found} == single, (first, end)
        assert found or first == month or by == "complex"


async def test_rows_outlive_bookings_that_are_deleted(client: AsyncClient, db: Database, staff: dict[str, str]) -> None:
    await a_day_of_everything(db)
    live = await ask(client)
    await usage.count_days(db)
    assert await ask(client) == live  # asked of the calendar or of the rows, the figures are the same
    async with db.transaction() as tx:
        await tx.execute("TRUNCATE vouchers, order_lines, orders, occupancies CASCADE")
        await tx.execute("UPDATE space_counts SET counted_until = counted_until - 3")
    await usage.count_days(db)
    assert await ask(client) == live
    assert (await ask(client, "/uses"))["items"] == []


async def test_a_day_counts_what_was_open_booked_used_given_back_and_missed(
    client: AsyncClient, db: Database, staff: dict[str, str]
) -> None:
    hall = await a_day_of_everything(db)
    found = await ask(client)
    total = {key: found["total"][key] for key in ("open_min", "booked_min", "used_min", "public_min", "visits")}
    assert total == {"open_min": 1440, "booked_min": 420, "used_min": 360, "public_min": 120, "visits": 10}
    assert (found["total"]["cancelled_min"], found["total"]["no_show_min"]) == (60, 60)
    assert found["total"]["revenue"] == {"amount": 14_001, "currency": "CNY"}
    assert found["total"]["subsidy"] == {
        "amount": 9_999,
        "currency": "CNY",
    }  # nothing is given with what was given back
    assert found["total"]["revenue_per_hour"]["amount"] == 14_001 // 24
    assert (found["total"]["area_m2"], found["total"]["revenue_per_m2"]["amount"]) == (80, 14_001 // 80)
    by_name = {row["label"]: row for row in found["rows"]}
    assert by_name["大厅"]["booked_min"] == 120 + (120 + 60) // 2  # half booked counts half
    assert by_name["大厅"]["revenue"]["amount"] == 14_001
    assert by_name["大厅"]["subsidy"]["amount"] == 9_999
    assert by_name["左"]["subsidy"]["amount"] == 9_000 and by_name["右"]["subsidy"]["amount"] == 999
    assert by_name["左"]["booked_min"] == 300 and by_name["右"]["booked_min"] == 120
    (complex_row,) = (await ask(client, by="complex"))["rows"]
    assert (complex_row["key"], complex_row["booked_min"]) == (str(hall), 420)
    (place,) = (await ask(client, by="community"))["rows"]
    assert (place["key"], place["ratio"]) == ("liuyuan", round(420 / 1440, 4))
    (month,) = (await ask(client, by="month"))["rows"]
    assert (month["key"], month["booked_min"]) == (f"{LONG_AGO:%Y-%m}", 420)
    heat = {int(row["key"]): row["booked_min"] for row in (await ask(client, by="weekday_hour"))["rows"]}
    assert heat[LONG_AGO.weekday() * 24 + 9] == 120 and heat[LONG_AGO.weekday() * 24 + 19] == 0


async def test_every_figure_opens_to_the_bookings_behind_it(
    client: AsyncClient, db: Database, staff: dict[str, str]
) -> None:
    hall = await a_day_of_everything(db)
    everything = await ask(client, "/uses")
    assert (everything["count"], everything["booked_min"]) == (4, 420)
    for measure in ("booked_min", "used_min", "public_min", "cancelled_min", "no_show_min", "visits"):
        assert sum(each[measure] for each in everything["items"]) == (await ask(client))["total"][measure]
    for measure in ("revenue", "subsidy"):
        whole = (await ask(client))["total"][measure]["amount"]
        assert sum(each[measure]["amount"] for each in everything["items"]) == whole > 0
    of_hall = await ask(client, "/uses", space=str(hall))
    assert of_hall["booked_min"] == (await ask(client, space=str(hall)))["total"]["booked_min"] == 210
    at_nine = await ask(client, "/uses", hour=9, weekday=LONG_AGO.weekday())
    assert [(each["space"], each["booked_min"]) for each in at_nine["items"]] == [("大厅", 120)]
    assert (await ask(client, "/uses", hour=9, weekday=(LONG_AGO.weekday() + 1) % 7))["items"] == []


async def test_holidays_and_days_before_a_space_was_there_are_no_open_time(
    client: AsyncClient, db: Database, staff: dict[str, str]
) -> None:
    space_id = await old_space(db)
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO space_exceptions (space_id, first_day, last_day, hours) VALUES ($1, $2, $2, '[]')",
            space_id,
            LONG_AGO,
        )
    window = {"from": str(LONG_AGO - timedelta(12)), "to": str(LONG_AGO + timedelta(1))}
    found = await ask(client, **window)
    assert found["total"]["open_min"] == 10 * 720


async def test_the_table_can_be_taken_along(client: AsyncClient, db: Database, staff: dict[str, str]) -> None:
    space_id = await old_space(db, "=1+1", area_m2=20)
    await book(db, space_id, low=9, high=10.5, less=125)
    params = {"from": str(LONG_AGO), "to": str(LONG_AGO), "by": "space"}
    answer = await client.get("/api/communities/liuyuan/utilisation/file.csv", params=params)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, line = answer.text.strip().split("\r\n")
    assert head.endswith("visits,revenue,subsidy,currency,area_m2")
    assert line == f"{space_id},'=1+1,12.00,12.00,1.50,1.50,0.00,0.00,0.00,5,40.00,1.25,CNY,20.00"


async def test_bad_questions_are_refused_by_name(client: AsyncClient, db: Database, staff: dict[str, str]) -> None:
    await make_community(db, "xiqiao")
    for path in ("", "/file.csv", "/uses"):
        for params, field in (
            ({"from": "x"}, "from"),
            ({"from": "2026-01-02", "to": "2026-01-01"}, "to"),
            ({"from": "2010-01-01", "to": "2026-01-01"}, "to"),
            ({"from": "2150-01-01", "to": "2150-01-03"}, "to"),
        ):
            answer = await client.get(f"/api/communities/liuyuan/utilisation{path}", params=params)
            assert answer.status_code == 422, (path, params, answer.text)
            assert answer.json()["errors"][0]["field"] == field
        for bad in ({"kind": "castle"}, {"space": "x"}):
            answer = await client.get(f"/api/communities/liuyuan/utilisation{path}", params=bad)
            assert answer.status_code in {400, 422}
        assert (await client.get(f"/api/communities/xiqiao/utilisation{path}")).status_code == 404
    assert (await client.get("/api/communities/liuyuan/utilisation/uses", params={"hour": 24})).status_code in {
        400,
        422,
    }


async def idle(client: AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get("/api/communities/liuyuan/idle-hours")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_idle_hours_are_offered_once_and_cost_less_from_then_on(
    client: AsyncClient, db: Database, staff: dict[str, str]
) -> None:
    space_id = await old_space(db, rate=4000)
    (found,) = await idle(client)
    assert (found["weekdays"], found["opens"], found["closes"]) == ([0, 1, 2, 3, 4, 5, 6], "08:00", "20:00")
    assert {each["offer"]: each["rate"]["amount"] for each in found["offers"]} == {"off_peak": 2000, "free": 0}
    body = {"offer": "off_peak", "weekdays": [0, 1, 2, 3, 4], "opens": "08:00", "closes": "12:00"}
    answer = await client.post(f"/api/spaces/{space_id}/idle-offers", json=body, headers=staff)
    assert answer.status_code == 201, answer.text
    again = await client.post(f"/api/spaces/{space_id}/idle-offers", json=body, headers=staff)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (409, "opens")
    rest = {(tuple(each["weekdays"]), each["opens"], each["closes"]) for each in await idle(client)}
    assert rest == {((0, 1, 2, 3, 4), "12:00", "20:00"), ((5, 6), "08:00", "20:00")}
    second = {**body, "opens": "12:00", "closes": "20:00"}
    assert (await client.post(f"/api/spaces/{space_id}/idle-offers", json=second, headers=staff)).status_code == 201
    free = {**body, "offer": "free", "weekdays": [5, 6]}
    assert (await client.post(f"/api/spaces/{space_id}/idle-offers", json=free, headers=staff)).status_code == 201
    lists = (await client.get(f"/api/spaces/{space_id}/tariffs")).json()["items"]
    assert {each["audience"]: len(each["rates"]) for each in lists} == {"everybody": 3, "resident": 4}
    day = datetime.now(UTC).date() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    free_cells = (
        await client.get(f"/api/spaces/{space_id}/availability", params={"from": str(day), "to": str(day)})
    ).json()["free"]
    assert {(each["price"]["amount"], each["list_price"]["amount"]) for each in free_cells} == {(2000, 4000)}


async def test_an_offer_needs_a_plain_price_good_hours_and_ones_own_space(
    client: AsyncClient, db: Database, staff: dict[str, str]
) -> None:
    await make_community(db, "xiqiao")
    space_id, foreign = await old_space(db, rate=0), await make_space(db, community="xiqiao")
    body = {"offer": "off_peak", "weekdays": [0], "opens": "08:00", "closes": "12:00"}
    answer = await client.post(f"/api/spaces/{space_id}/idle-offers", json=body, headers=staff)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "offer")
    assert await idle(client) == []  # what costs nothing cannot be offered for less
    changes: list[dict[str, Any]] = [
        {"offer": "x"},
        {"weekdays": []},
        {"weekdays": [7]},
        {"opens": "8"},
        {"closes": "25:00"},
        {"more": 1},
    ]
    for change in changes:
        answer = await client.post(f"/api/spaces/{space_id}/idle-offers", json={**body, **change}, headers=staff)
        assert answer.status_code in {400, 422}, change
    assert (await client.post(f"/api/spaces/{foreign}/idle-offers", json=body, headers=staff)).status_code == 404
