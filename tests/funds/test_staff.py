"""What staff may do: decide rules that are never back-dated, and record donations once."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.communities import service as communities
from market.db import Database
from market.errors import Conflict, InvalidInput
from market.funds import service
from market.ledger import service as ledger
from tests import factories
from tests.funds.town import add_funds, make_town
from tests.invariants import check_invariants

Client = AsyncTestClient[Litestar]
RULES = "/api/communities/liuyuan/routing-rules"
GIVE = "/api/funds/liuyuan-charity/donations"


async def signed_in(db: Database, client: Client, role: str, community: UUID | None) -> dict[str, str]:
    login = f"{role}@example.test"
    await factories.make_person(db, login, name="李站长", role=(role, community))
    return await factories.sign_in(client, login)


def rule(**other: Any) -> dict[str, Any]:
    start = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return {"applies_to": "service_turnover", "fund": "liuyuan-development", "rate_bp": 400, "effective_from": start,
            "minutes": "居民代表会议通过"} | other  # fmt: skip


async def approve(client: Client, draft: dict[str, Any], headers: dict[str, str], **other: Any) -> Any:
    body = {"approve": True, "minutes": "会议同意", "decided_on": datetime.now(UTC).date().isoformat()} | other
    return await client.post(f"/api/rule-drafts/{draft['id']}/decision", json=body, headers=headers)


async def test_a_second_person_approves_a_new_version_and_the_history_is_public(db: Database, client: Client) -> None:
    ids = await make_town(db)
    headers = await signed_in(db, client, "director", ids["liuyuan"])
    later, at_once = [
        (await client.post(RULES, json=body, headers=headers)).json()
        for body in (rule(), rule(effective_from=datetime.now(UTC).isoformat(), rate_bp=350))
    ]
    assert (later["status"], later["rate_bp"], later["rate_now_bp"], later["may_decide"]) == (
        "waiting",
        400,
        300,
        False,
    )
    assert [each["version"] for each in (await client.get(RULES)).json()["items"]] == [2, 1], "a draft is no version"
    headers = await signed_in(db, client, "street", ids["liuyuan"])
    for draft in (later, at_once):
        answer = await approve(client, draft, headers)
        assert (answer.status_code, answer.json()["status"]) == (200, "approved"), answer.text
    history = (await client.get(RULES)).json()["items"]
    assert [(each["version"], each["rate_bp"], each["in_force"]) for each in history] == [
        (3, 400, False), (4, 350, True), (2, 300, False), (1, 200, False),
    ]  # fmt: skip
    assert (history[1]["proposed_by"], history[1]["approved_by"], history[1]["minutes"]) == (
        "李站长",
        "李站长",
        "会议同意",
    )
    assert history[1]["decided_on"] == datetime.now(UTC).date().isoformat()
    assert (await client.get("/api/funds/liuyuan-development")).json()["rules"] == history
    async with db.read() as connection:
        in_force = await service.rules_in_force(connection, community_ids=[ids["liuyuan"]])
        assert [each.rate_bp for each in in_force[ids["liuyuan"]]] == [350]
        assert await connection.fetchval("SELECT count(*) FROM audit_log WHERE action LIKE '%_routing_rule'") == 4


async def test_who_proposes_a_rule_never_approves_it_and_may_withdraw_it(db: Database, client: Client) -> None:
    ids = await make_town(db)
    headers = await signed_in(db, client, "director", ids["liuyuan"])
    draft = (await client.post(RULES, json=rule(), headers=headers)).json()
    assert (await approve(client, draft, headers)).status_code == 403
    withdrawn = await approve(client, draft, headers, approve=False, minutes="写错了")
    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")
    headers = await signed_in(db, client, "street", ids["liuyuan"])
    assert (await approve(client, draft, headers)).status_code == 409
    assert len((await client.get(RULES)).json()["items"]) == 2


async def test_a_proposal_is_decided_once_by_somebody_of_the_community(db: Database, client: Client) -> None:
    ids = await make_town(db)
    headers = await signed_in(db, client, "director", ids["liuyuan"])
    draft = (await client.post(RULES, json=rule(), headers=headers)).json()
    assert (await client.get("/api/communities/xiqiao/rule-drafts")).status_code == 404
    headers = await signed_in(db, client, "clerk", ids["liuyuan"])
    assert (await approve(client, draft, headers)).status_code == 403
    shown = (await client.get("/api/communities/liuyuan/rule-drafts")).json()["items"]
    assert [(each["id"], each["may_decide"], each["may_withdraw"]) for each in shown] == [(draft["id"], False, False)]
    await factories.make_person(db, "other@example.test", role=("director", ids["xiqiao"]))
    headers = await factories.sign_in(client, "other@example.test")
    assert (await approve(client, draft, headers)).status_code == 404
    headers = await signed_in(db, client, "street", ids["liuyuan"])
    for change, field in (
        ({"decided_on": None}, "decided_on"),
        ({"decided_on": "2999-01-01"}, "decided_on"),
        ({"minutes": " "}, "minutes"),
    ):
        refused = await approve(client, draft, headers, **change)
        assert (refused.status_code, [each["field"] for each in refused.json()["errors"]]) == (422, [field])
    answers = await asyncio.gather(*(approve(client, draft, headers) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409, 409]
    assert len((await client.get(RULES)).json()["items"]) == 3


async def test_a_refused_proposal_says_why_and_changes_nothing(db: Database, client: Client) -> None:
    ids = await make_town(db)
    headers = await signed_in(db, client, "director", ids["liuyuan"])
    draft = (await client.post(RULES, json=rule(), headers=headers)).json()
    headers = await signed_in(db, client, "street", ids["liuyuan"])
    refused = (await approve(client, draft, headers, approve=False, minutes="年底再议")).json()
    assert (refused["status"], refused["answer"], refused["rule_id"]) == ("refused", "年底再议", None)
    assert len((await client.get(RULES)).json()["items"]) == 2


async def test_a_rule_set_to_nothing_ends(db: Database) -> None:
    ids = await make_town(db)
    async with db.transaction() as tx:
        await service.record_rule(
            tx, community_id=ids["liuyuan"], applies_to="service_turnover", fund_slug="liuyuan-development", rate_bp=0, bearer="partner",
            effective_from=datetime.now(UTC) - timedelta(seconds=1), approved_by="", minutes="",
        )  # fmt: skip
        assert (await service.rules_in_force(tx, community_ids=[ids["liuyuan"]]))[ids["liuyuan"]] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"effective_from": (datetime.now(UTC) - timedelta(days=1)).isoformat()}, 422),
        ({"effective_from": "2026-13-01T00:00:00Z"}, 422),
        ({"effective_from": "2999-01-01T00:00:00+00:00"}, 422),
        ({"effective_from": "2999-01-01T00:00:00"}, 422),
        ({"fund": "xiqiao-development"}, 422),
        ({"fund": "nowhere"}, 422),
        ({"fund": "a\x00b"}, 422),
        ({"rate_bp": 10_001}, 422),
        ({"rate_bp": -1}, 422),
        ({"rate_bp": 0.5}, 422),
        ({"applies_to": "everything"}, 422),
        ({"minutes": " "}, 422),
        ({"approved_by": "somebody else"}, 422),
        ({"fund": "liuyuan-charity", "rate_bp": 9_701}, 409),
    ],
)
async def test_a_rule_that_cannot_be_is_refused(
    db: Database, client: Client, change: dict[str, Any], status: int
) -> None:
    ids = await make_town(db)
    headers = await signed_in(db, client, "director", ids["liuyuan"])
    answer = await client.post(RULES, json=rule(**change), headers=headers)
    assert answer.status_code in {status, 400 if status == 422 else status}, answer.text
    assert len((await client.get(RULES)).json()["items"]) == 2


@pytest.mark.parametrize(
    ("role", "where", "status"), [("clerk", "liuyuan", 403), ("director", "xiqiao", 403), ("operator", None, 201)]
)
async def test_only_a_director_of_the_community_or_an_operator_decides(
    db: Database, client: Client, role: str, where: str | None, status: int
) -> None:
    ids = await make_town(db)
    assert (await client.post(RULES, json=rule())).status_code == 401
    headers = await signed_in(db, client, role, ids[where] if where else None)
    assert (await client.post(RULES, json=rule(), headers=headers)).status_code == status


async def test_two_versions_at_once_get_two_numbers(db: Database) -> None:
    ids = await make_town(db)

    async def decide(rate_bp: int) -> None:
        async with db.transaction() as tx:
            await service.record_rule(
                tx, community_id=ids["liuyuan"], applies_to="advertising", fund_slug="liuyuan-charity", rate_bp=rate_bp, bearer="partner",
                effective_from=datetime.now(UTC), approved_by="", minutes="",
            )  # fmt: skip

    await asyncio.gather(*(decide(rate) for rate in range(1, 9)))
    async with db.read() as connection:
        found = await connection.fetch(
            "SELECT version FROM routing_rules WHERE applies_to = 'advertising' ORDER BY version"
        )
    assert [row["version"] for row in found] == list(range(1, 9))


async def test_a_decided_rule_is_never_changed(db: Database) -> None:
    await make_town(db)
    with pytest.raises(asyncpg.exceptions.RestrictViolationError):
        async with db.transaction() as tx:
            await tx.execute("UPDATE routing_rules SET rate_bp = 0")


async def test_a_community_gets_its_funds_once(db: Database) -> None:
    await factories.make_community(db, "baihe", name="白河")
    await add_funds(db, "baihe")
    with pytest.raises(Conflict):
        await add_funds(db, "baihe")
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM fund_accounts") == 6


async def test_a_distribution_scheme_is_recorded_for_later(db: Database) -> None:
    await factories.make_community(db, "baihe", name="白河")
    parts: list[dict[str, object]] = [
        {"to": "reinvestment", "rate_bp": 5000}, {"to": "subsidies", "rate_bp": 3000}, {"to": "governance", "rate_bp": 1000},
        {"to": "relief", "rate_bp": 1000},
    ]  # fmt: skip
    async with db.transaction() as tx:
        baihe = (await communities.community_by_slug(tx, "baihe")).id
        for _ in range(2):
            await service.record_scheme(tx, community_id=baihe, name="五三一一", parts=parts, approved_by="社区议事会")
        found = await service.list_schemes(tx, community_id=baihe)
        with pytest.raises(InvalidInput):
            await service.record_scheme(tx, community_id=baihe, name="x", parts=parts[:3])
    assert [row["version"] for row in found] == [2, 1]
    assert found[0]["parts"] == parts


# Donations -----------------------------------------------------------------------------------------------------------------------


def keyed(headers: dict[str, str], key: str = "k1") -> dict[str, str]:
    return headers | {"Idempotency-Key": key}


async def test_a_donation_is_recorded_once_and_public_at_once(db: Database, client: Client) -> None:
    ids = await make_town(db)
    headers = await signed_in(db, client, "clerk", ids["liuyuan"])
    body = {"amount": 300_000, "label": "中秋义卖所得"}
    answers = [await client.post(GIVE, json=body, headers=keyed(headers)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["id"] for answer in answers}) == 1
    (entry,) = (await client.get("/api/funds/liuyuan-charity/entries")).json()["items"]
    assert entry == answers[0].json()
    assert (entry["kind"], entry["label"], entry["amount"]["amount"], entry["rule"]) == (
        "donation",
        "中秋义卖所得",
        300_000,
        None,
    )
    async with db.read() as connection:
        assert await ledger.balance(connection, "bank:liuyuan-charity", "CNY") == -300_000
        assert await connection.fetchval("SELECT count(*) FROM audit_log WHERE action = 'record_donation'") == 1
    other = await client.post(GIVE, json=body, headers=keyed(headers, "k2"))
    assert other.json()["id"] != entry["id"]
    assert (await client.get("/api/funds/liuyuan-charity")).json()["balance"]["amount"] == 600_000
    await check_invariants(db)
    assert await ledger.verify(db, also=[service.check_funds]) == []


@pytest.mark.parametrize("change", [{"amount": 5}, {"label": "别的"}])
async def test_the_same_key_for_another_donation_is_refused(
    db: Database, client: Client, change: dict[str, Any]
) -> None:
    ids = await make_town(db)
    headers = keyed(await signed_in(db, client, "clerk", ids["liuyuan"]))
    body = {"amount": 100, "label": "义卖"}
    assert (await client.post(GIVE, json=body, headers=headers)).status_code == 201
    assert (await client.post(GIVE, json=body | change, headers=headers)).status_code == 422
    assert (await client.get("/api/funds/liuyuan-charity")).json()["balance"]["amount"] == 100


@pytest.mark.parametrize(
    "change",
    [{"amount": 0}, {"amount": -1}, {"amount": 2**31}, {"amount": 2**63}, {"amount": 0.1}, {"amount": "１２"}, {"amount": "1e3"},
     {"amount": "12"}, {"amount": None}, {"label": ""}, {"label": "a\x00"}, {"label": "\ud800"}, {"label": "x" * 201},
     {"label": "电话 13800138000"},
     {"received_on": "2999-01-01"}, {"received_on": "1999-01-01"}, {"received_on": "yesterday"}, {"fund": "liuyuan-development"}],
)  # fmt: skip
async def test_M06_a_donation_that_cannot_be_used_is_refused(
    db: Database, client: Client, change: dict[str, Any]
) -> None:
    ids = await make_town(db)
    headers = keyed(await signed_in(db, client, "clerk", ids["liuyuan"]))
    body = json.dumps({"amount": 100, "label": "义卖"} | change)
    answer = await client.post(GIVE, content=body, headers=headers | {"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert (await client.get("/api/funds/liuyuan-charity/entries")).json()["items"] == []


async def test_a_donation_can_be_of_an_earlier_day(db: Database, client: Client) -> None:
    ids = await make_town(db)
    headers = keyed(await signed_in(db, client, "clerk", ids["liuyuan"]))
    async with db.read() as connection:
        day = await connection.fetchval("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date - 3")
    answer = await client.post(
        GIVE, json={"amount": 100, "label": "义卖", "received_on": day.isoformat()}, headers=headers
    )
    assert answer.json()["at"].startswith(day.isoformat())


async def test_donations_need_a_key_a_right_and_a_fund(db: Database, client: Client) -> None:
    ids = await make_town(db)
    body = {"amount": 100, "label": "义卖"}
    assert (await client.post(GIVE, json=body, headers={"Idempotency-Key": "k"})).status_code == 401
    headers = await signed_in(db, client, "clerk", ids["liuyuan"])
    assert (await client.post(GIVE, json=body, headers=headers)).status_code in (400, 422)
    assert (await client.post(GIVE, json=body, headers=keyed(headers, " "))).status_code in (400, 422)
    assert (
        await client.post("/api/funds/xiqiao-charity/donations", json=body, headers=keyed(headers))
    ).status_code == 403
    assert (
        await client.post("/api/funds/nowhere-charity/donations", json=body, headers=keyed(headers))
    ).status_code == 404
