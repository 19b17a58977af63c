"""The deposit of a lease in the ledger, the rent that follows an index, and the letter with each statement (T2)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from httpx import AsyncClient

from market.checkout import lease_settling
from market.checkout.lease_rules import next_month
from market.ledger import chart
from tests.checkout.test_leases import FIRST, TODAY, backdate, lead, let, listed
from tests.checkout.town import Town
from tests.factories import make_person, sign_in
from tests.invariants import check_invariants

__all__ = ["lead"]  # the fixture
NEXT = next_month(TODAY.replace(day=1))


async def deposit(
    client: AsyncClient,
    lead: dict[str, str],
    lease: str,
    act: str,
    minor: int,
    status: int = 201,
    key: str = "",
    reason: str = "",
) -> dict[str, Any]:
    answer = await client.post(
        f"/api/leases/{lease}/deposit",
        json={"act": act, "amount_minor": minor, "reason": reason},
        headers={**lead, "Idempotency-Key": key or uuid4().hex},
    )
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def held(town: Town) -> list[int]:
    return await town.balances(
        chart.partner_deposit("qinghe-studio"), chart.operating_bank(), chart.enterprise_income("xiqiao-enterprise")
    )


async def test_a_deposit_is_held_returned_and_kept_to_the_unit(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    made = (await let(client, lead, town.room, deposit_minor=100_000))["id"]
    await deposit(client, lead, made, "held", 60_000, key="k")
    await deposit(client, lead, made, "held", 60_000, key="k")  # said twice, posted once
    await deposit(client, lead, made, "held", 50_000, key="k", status=422)
    await deposit(client, lead, made, "held", 40_001, status=409)
    found = await deposit(client, lead, made, "held", 40_000)
    assert found["deposit_held"]["amount"] == 100_000
    assert await held(town) == [100_000, -100_000, 0]
    await deposit(client, lead, made, "returned", 1, status=409)  # it still runs
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE leases SET first_day = $1, ended_on = $2", FIRST, TODAY - timedelta(days=1))
    await deposit(client, lead, made, "kept", 30_000, status=422)  # without a reason
    await deposit(client, lead, made, "kept", 30_000, reason="玻璃门损坏")
    await deposit(client, lead, made, "returned", 70_001, status=409)
    found = await deposit(client, lead, made, "returned", 70_000)
    assert [(each["act"], each["amount"]["amount"], each["reason"]) for each in found["deposits"]] == [
        ("held", 60_000, ""), ("held", 40_000, ""), ("kept", 30_000, "玻璃门损坏"), ("returned", 70_000, ""),
    ]  # fmt: skip
    assert found["deposit_held"]["amount"] == 0
    assert await held(town) == [0, -30_000, 30_000]
    await check_invariants(town.db)


async def test_only_leads_of_the_community_move_a_deposit(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    made = (await let(client, lead, town.room, deposit_minor=100))["id"]
    await deposit(client, lead, str(uuid4()), "held", 1, status=404)
    for body in (
        {"act": "held", "amount_minor": 0},
        {"act": "lost", "amount_minor": 1},
        {"act": "held", "amount_minor": 1e30},
    ):
        answer = await client.post(f"/api/leases/{made}/deposit", json=body, headers={**lead, "Idempotency-Key": "x"})
        assert answer.status_code in {400, 422}
    await make_person(town.db, "clerk@example.test", role=("clerk", town.xiqiao))
    clerk = await sign_in(client, "clerk@example.test")
    await deposit(client, clerk, made, "held", 1, status=403)
    assert await held(town) == [0, 0, 0]


async def index(
    client: AsyncClient, lead: dict[str, str], lease: str, status: int = 201, **facts: Any
) -> dict[str, Any]:
    body = {"month": str(NEXT), "reason": "随物价指数", **facts}
    answer = await client.post(f"/api/leases/{lease}/indexations", json=body, headers=lead)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_rent_follows_a_percentage_and_then_an_index(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    made = (await let(client, lead, town.room, minimum_minor=100_001))["id"]
    await index(client, lead, made, rate_bp=300)
    found = await index(client, lead, made, month=str(next_month(NEXT)), old_index=10_240, new_index=10_512)
    assert [(each["base"]["amount"], each["minimum"]["amount"]) for each in found["indexations"]] == [
        (309_000, 103_001),
        (317_207, 105_736),
    ]


async def test_an_indexation_that_cannot_be_names_its_field(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    made = (await let(client, lead, town.room))["id"]
    await index(client, lead, made, rate_bp=100)
    for facts, name in (
        ({"rate_bp": 100}, "month"),  # a second one of the month
        ({"rate_bp": 100, "month": str(TODAY.replace(day=1))}, "month"),
        ({"rate_bp": 100, "month": str(next_month(NEXT) + timedelta(days=3))}, "month"),
        ({"rate_bp": 100, "month": str(NEXT + timedelta(days=4000))}, "month"),
        ({"month": str(next_month(NEXT))}, "rate_bp"),
        ({"month": str(next_month(NEXT)), "rate_bp": 1, "old_index": 1, "new_index": 2}, "rate_bp"),
        ({"month": str(next_month(NEXT)), "rate_bp": 100, "reason": " "}, "reason"),
    ):
        refused = await index(client, lead, made, status=422, **facts)
        assert refused["errors"][0]["field"] == name, facts
    assert len((await listed(client))["indexations"]) == 1


async def test_a_month_is_settled_with_the_indexed_rent_and_the_partner_gets_the_statement(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    made = (await let(client, lead, town.room, share_bp=0))["id"]
    await index(client, lead, made, rate_bp=1000)
    await backdate(town.db, made)
    async with town.db.transaction() as tx:  # as if it had been said two months ago
        await tx.execute("UPDATE lease_indexations SET month = $1", FIRST)
    assert await lease_settling.settle_due(town.db) == 1
    (statement,) = (await listed(client))["statements"]
    assert statement["due"]["amount"] == 330_000
    subject, body = await town.value("SELECT ARRAY[subject, body] FROM messages WHERE dedupe_key LIKE 'lease:%'")
    assert f"{FIRST:%Y-%m}" in subject
    assert "¥3300.00" in subject
    assert "还需转账：¥3300.00" in body
    assert await lease_settling.settle_due(town.db) == 0
    assert await town.value("SELECT count(*) FROM messages WHERE dedupe_key LIKE 'lease:%'") == 1
