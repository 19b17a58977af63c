"""A partner leases a room: the time is taken, each month is settled once with its fund shares, and the end is settled too (T2, S3)."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient

from market.checkout import lease_settling
from market.db import Database
from market.ledger import chart
from market.ledger import service as ledger
from market.spaces import service as spaces
from tests.checkout.town import Town
from tests.factories import make_person, make_space, sign_in
from tests.invariants import check_invariants

TODAY = datetime.now(UTC).date()
FIRST = (TODAY.replace(day=1) - timedelta(days=1)).replace(day=1)  # of the month before
MONTH = f"{FIRST:%Y-%m}"
TERMS: dict[str, Any] = {"base_minor": 300_000, "share_bp": 500, "mode": "sum"}


@pytest.fixture
async def lead(client: AsyncClient, town: Town) -> dict[str, str]:
    """Signed in as director of xiqiao, whose clock shows UTC and where 10 % of room rent goes to charity."""
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE communities SET time_zone = 'Etc/UTC'")
    await make_person(town.db, "director@example.test", role=("director", town.xiqiao))
    return await sign_in(client, "director@example.test")


async def let(
    client: AsyncClient, lead: dict[str, str], space_id: UUID, status: int = 201, **facts: Any
) -> dict[str, Any]:
    body = {
        "partner": "qinghe-studio",
        "first_day": str(TODAY),
        "last_day": str(TODAY + timedelta(days=400)),
        **TERMS,
        **facts,
    }
    answer = await client.post(f"/api/spaces/{space_id}/leases", json=body, headers=lead)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def backdate(db: Database, lease_id: str, first: date = FIRST) -> None:
    """As if the lease had begun at the start of last month."""
    async with db.transaction() as tx:
        await tx.execute("UPDATE leases SET first_day = $2 WHERE id = $1", UUID(lease_id), first)


async def sold(town: Town, minor: int, on: date = FIRST, refunded: int = 0) -> UUID:
    """Something the studio sold in xiqiao that day; the line."""
    person = await make_person(town.db)
    async with town.db.transaction() as tx:
        order = await tx.fetchval(
            "INSERT INTO orders (person_id, status, pay_by, currency, payable_minor, paid_at) "
            "VALUES ($1, 'paid', 'desk', 'CNY', $2::bigint, $3::date + interval '12 hours') RETURNING id",
            person,
            minor,
            on,
        )
        line: UUID = await tx.fetchval(
            "INSERT INTO order_lines (order_id, position, kind, item_kind, community_id, time_zone, seller, partner_id, space_id, title, "
            "quantity, list_minor, payable_minor, refunded_minor) "
            "VALUES ($1, 0, 'space', 'space', $2, 'Etc/UTC', '', $3, $4, '', 1, $5::bigint, $5, $6::bigint) RETURNING id",
            order,
            town.xiqiao,
            town.partner,
            town.room,
            minor,
            refunded,
        )
    return line


async def balances(town: Town) -> dict[str, int]:
    codes = {
        "available": chart.partner_available("qinghe-studio"),
        "owed": chart.partner_owed("qinghe-studio"),
        "charity": chart.fund_income("xiqiao-charity"),
        "enterprise": chart.enterprise_income("xiqiao-enterprise"),
    }
    async with town.db.read() as tx:
        found = await ledger.balances(tx, list(codes.values()), "CNY")
    return {name: found[code] for name, code in codes.items()}


async def give(town: Town, minor: int) -> None:
    """The studio has this available."""
    from market.ledger.rules import Transfer
    from market.money import Money

    async with town.db.transaction() as tx:
        await ledger.post(
            tx,
            event_key=f"test:{uuid4()}",
            kind="test",
            transfers=[Transfer(chart.operating_bank(), chart.partner_available("qinghe-studio"), Money(minor, "CNY"))],
        )


async def listed(client: AsyncClient) -> dict[str, Any]:
    (found,) = (await client.get("/api/communities/xiqiao/leases")).json()["items"]
    return dict(found)


async def test_a_month_is_settled_once_from_real_turnover_with_the_share_of_the_fund(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    made = await let(client, lead, town.room)
    await backdate(town.db, made["id"])
    await sold(town, 2_000_001)
    await sold(town, 500_000, refunded=500_000)
    await sold(town, 900_000, on=FIRST - timedelta(days=1))  # before the lease
    await give(town, 1_000_000)
    assert sum(await asyncio.gather(*(lease_settling.settle_due(town.db) for _ in range(5)))) == 1
    assert await lease_settling.settle_due(town.db) == 0
    (statement,) = (await listed(client))["statements"]
    amounts = {key: statement[key]["amount"] for key in ("turnover", "base", "share", "due", "netted", "billed")}
    assert amounts == {
        "turnover": 2_000_001, "base": 300_000, "share": 100_000, "due": 400_000, "netted": 400_000, "billed": 0
    }  # fmt: skip
    assert (statement["month"], statement["is_final"]) == (MONTH, False)
    assert [(each["to"], each["amount"]["amount"], each["rate_bp"]) for each in statement["shares"]] == [
        ("enterprise:xiqiao-enterprise", 360_000, None),
        ("fund:xiqiao-charity", 40_000, 1000),
    ]
    assert await balances(town) == {"available": 600_000, "owed": 0, "charity": 40_000, "enterprise": 360_000}
    await check_invariants(town.db)


async def test_the_rent_of_a_month_is_revenue_of_its_space(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    made = await let(client, lead, town.room)
    await backdate(town.db, made["id"])
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE space_weeks SET first_day = $1", FIRST)
        await tx.execute(
            "UPDATE occupancies SET starts_at = $1::date, period = tstzrange($1::date, upper(period))", FIRST
        )
    await lease_settling.settle_due(town.db)
    params = {"from": str(FIRST), "to": str(TODAY.replace(day=1)), "by": "space"}
    (row,) = (await client.get("/api/communities/xiqiao/utilisation", params=params)).json()["rows"]
    assert (row["revenue"]["amount"], row["ratio"]) == (300_000, 1.0)
    (behind,) = (await client.get("/api/communities/xiqiao/utilisation/uses", params=params)).json()["items"]
    assert (behind["kind"], behind["title"], behind["revenue"]["amount"]) == ("lease", "qinghe-studio", 300_000)


async def test_what_is_not_there_is_billed_and_paid_once(client: AsyncClient, town: Town, lead: dict[str, str]) -> None:
    made = await let(client, lead, town.room)
    await backdate(town.db, made["id"])
    await give(town, 100_000)
    await lease_settling.settle_due(town.db)
    (statement,) = (await listed(client))["statements"]
    assert (statement["netted"]["amount"], statement["billed"]["amount"]) == (100_000, 200_000)
    assert await balances(town) == {"available": 0, "owed": -200_000, "charity": 30_000, "enterprise": 270_000}
    path = f"/api/lease-statements/{statement['id']}/payment"
    paid = await client.post(path, headers=lead)
    assert (paid.status_code, paid.json()["statements"][0]["paid"]["amount"]) == (201, 200_000)
    assert (await client.post(path, headers=lead)).status_code == 409
    assert (await client.post(f"/api/lease-statements/{uuid4()}/payment", headers=lead)).status_code == 404
    assert (await balances(town))["owed"] == 0
    await check_invariants(town.db)


async def test_what_is_given_back_later_lowers_the_next_month_and_never_a_settled_one(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    before = (FIRST - timedelta(days=1)).replace(day=1)
    made = await let(client, lead, town.room)
    await backdate(town.db, made["id"], before)
    line = await sold(town, 1_000_000, on=before)
    async with town.db.transaction() as tx:  # as if it were still the month before last
        await tx.execute("UPDATE leases SET ended_on = $1", FIRST - timedelta(days=1))
    await lease_settling.settle_due(town.db)
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE leases SET ended_on = NULL")
        await tx.execute("UPDATE order_lines SET refunded_minor = 300000 WHERE id = $1", line)
    await sold(town, 400_000)
    await lease_settling.settle_due(town.db)
    statements = (await listed(client))["statements"]
    assert [each["turnover"]["amount"] for each in statements] == [100_000, 1_000_000]


async def test_a_lease_a_closure_and_a_booking_cannot_overlap(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    hall = await make_space(town.db, "大厅", community="xiqiao", enterprise="xiqiao-enterprise")
    room = await make_space(town.db, "左", community="xiqiao", parent_id=hall)
    low = datetime.combine(TODAY + timedelta(days=3), datetime.min.time(), UTC) + timedelta(hours=10)
    async with town.db.transaction() as tx:
        await spaces.occupy(tx, space_id=room, starts_at=low, ends_at=low + timedelta(hours=1), kind="booking")
    taken = await let(client, lead, hall, status=409)
    assert taken["type"].endswith("slot-taken")
    free: dict[str, Any] = {"first_day": str(TODAY + timedelta(days=4)), "last_day": str(TODAY + timedelta(days=40))}
    await let(client, lead, hall, **free)
    await let(client, lead, hall, status=409, **free)
    body = {"starts_at": (low + timedelta(days=4)).isoformat(), "ends_at": (low + timedelta(days=5)).isoformat(),
            "reason": "刷墙"}  # fmt: skip
    assert (await client.post(f"/api/spaces/{room}/closures", json=body, headers=lead)).status_code == 409
    racers = [
        client.post(
            f"/api/spaces/{town.room}/leases",
            json={"partner": "qinghe-studio", "first_day": str(TODAY), "last_day": str(TODAY + timedelta(30)), **TERMS},
            headers=lead,
        )
        for _ in range(8)
    ]
    answers = [answer.status_code for answer in await asyncio.gather(*racers)]
    assert sorted(answers) == [201] + [409] * 7
    await check_invariants(town.db)


async def test_an_early_end_frees_the_room_and_makes_the_final_statement(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    made = await let(client, lead, town.room)
    await backdate(town.db, made["id"])
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE occupancies SET starts_at = $1::date, period = tstzrange($1::date, upper(period))", FIRST
        )
    path = f"/api/leases/{made['id']}/end"
    yesterday = TODAY - timedelta(days=1)
    for body, field in (
        ({"last_day": str(TODAY - timedelta(days=2)), "reason": "x"}, "last_day"),
        ({"last_day": str(yesterday), "reason": " "}, "reason"),
        ({"last_day": "soon", "reason": "x"}, "last_day"),
    ):
        refused = await client.post(path, json=body, headers=lead)
        assert refused.status_code in {400, 422} and field in refused.text
    later = await client.post(path, json={"last_day": str(TODAY + timedelta(400)), "reason": "x"}, headers=lead)
    assert later.status_code == 409
    answer = await client.post(path, json={"last_day": str(yesterday), "reason": "双方同意"}, headers=lead)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["ends_on"], found["is_over"], found["end_reason"]) == (str(yesterday), True, "双方同意")
    assert found["statements"][0]["is_final"] and found["statements"][0]["until"] == str(yesterday)
    assert sum(each["is_final"] for each in found["statements"]) == 1
    assert (await client.post(path, json={"last_day": str(yesterday), "reason": "x"}, headers=lead)).status_code == 409
    await let(client, lead, town.room)  # free again from today on
    assert await lease_settling.settle_due(town.db) == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"partner": "nobody"}, "partner"),
        ({"first_day": "2020-01-01"}, "first_day"),
        ({"first_day": "2100-01-01", "last_day": "2100-02-01"}, "first_day"),
        ({"last_day": str(TODAY - timedelta(days=1))}, "last_day"),
        ({"last_day": str(TODAY + timedelta(days=4000))}, "last_day"),
        ({"base_minor": -1}, "base_minor"),
        ({"base_minor": 0, "share_bp": 0}, "base_minor"),
        ({"share_bp": 10_001}, "share_bp"),
        ({"minimum_minor": 2**63}, "minimum_minor"),
        ({"mode": "average"}, "mode"),
        ({"rent_free_weeks": 105}, "rent_free_weeks"),
        ({"rent_free_weeks": 5}, '"field":"rent_free_weeks","message":"must be at most 4"'),
        ({"deposit_minor": "much"}, "deposit_minor"),
        ({"note": "x" * 201}, "note"),
        ({"more": 1}, "more"),
    ],
)
async def test_bad_terms_are_refused_and_named(
    client: AsyncClient, town: Town, lead: dict[str, str], change: dict[str, Any], field: str
) -> None:
    body = {
        "partner": "qinghe-studio",
        "first_day": str(TODAY),
        "last_day": str(TODAY + timedelta(30)),
        **TERMS,
        **change,
    }
    answer = await client.post(f"/api/spaces/{town.room}/leases", json=body, headers=lead)
    assert answer.status_code in {400, 422}
    assert field in answer.text


async def test_who_leads_lets_the_partner_reads_its_own_and_nobody_else(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    made = await let(client, lead, town.room)
    lonely = await make_space(town.db, "无主", community="xiqiao")
    assert "space_id" in str(await let(client, lead, lonely, status=422))
    foreign = await make_space(town.db, community="liuyuan")
    await let(client, lead, foreign, status=404)
    assert (await client.get("/api/communities/liuyuan/leases")).status_code == 404
    assert (await client.get("/api/partners/qinghe-studio/leases")).status_code == 403
    owner = await sign_in(client, "qinghe-studio@example.test")
    (own,) = (await client.get("/api/partners/qinghe-studio/leases")).json()["items"]
    assert own["id"] == made["id"]
    end = {"last_day": str(TODAY), "reason": "x"}
    assert (await client.post(f"/api/leases/{made['id']}/end", json=end, headers=owner)).status_code == 403
    await make_person(town.db, "clerk@example.test", role=("clerk", town.xiqiao))
    clerk = await sign_in(client, "clerk@example.test")
    assert (await client.get("/api/communities/xiqiao/leases")).status_code == 200
    assert (await client.post(f"/api/leases/{made['id']}/end", json=end, headers=clerk)).status_code == 403
    await make_person(town.db, "elsewhere@example.test", role=("director", town.liuyuan))
    other = await sign_in(client, "elsewhere@example.test")
    assert (await client.post(f"/api/leases/{made['id']}/end", json=end, headers=other)).status_code == 404
