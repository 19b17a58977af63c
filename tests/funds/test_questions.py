"""Residents ask about entries in public, staff answer by a day; nobody learns who asked (O08)."""

from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.db import Database
from tests import factories
from tests.funds.test_public_books import donate
from tests.funds.town import make_town

Client = AsyncTestClient[Litestar]
FUND = "liuyuan-charity"
ASK = f"/api/funds/{FUND}/questions"
QUESTION = "这笔义卖的钱用在哪里了？"


async def a_town(db: Database) -> tuple[dict[str, UUID], int]:
    ids = await make_town(db)
    await donate(db, FUND, 700, "d1")
    async with db.read() as connection:
        return ids, await connection.fetchval("SELECT max(id) FROM ledger_transfers")


async def resident(
    db: Database, client: Client, home: UUID | None, login: str = "asker@example.test"
) -> dict[str, str]:
    await factories.make_person(db, login, name="李雷雷", resident_of=home)
    return await factories.sign_in(client, login)


async def clerk(db: Database, client: Client, community: UUID) -> dict[str, str]:
    await factories.make_person(db, "clerk@example.test", name="韩站长", role=("clerk", community))
    return await factories.sign_in(client, "clerk@example.test")


async def listed(client: Client, **params: Any) -> list[dict[str, Any]]:
    answer = await client.get("/api/fund-questions", params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_a_question_and_its_answer_are_public_and_the_asker_is_told(db: Database, client: Client) -> None:
    ids, entry = await a_town(db)
    headers = await resident(db, client, ids["xiqiao"])
    asked = await client.post(ASK, json={"entry": entry, "question": QUESTION}, headers=headers)
    assert asked.status_code == 201, asked.text
    made = asked.json()
    assert (made["status"], made["is_overdue"], made["label"], made["amount"]["amount"]) == ("open", False, "义卖", 700)
    headers = await clerk(db, client, ids["liuyuan"])
    path = f"/api/fund-questions/{made['id']}/answer"
    answered = await client.post(path, json={"answer": "用于重阳节慰问。"}, headers=headers)
    assert answered.status_code == 200 and answered.json()["status"] == "answered"
    assert (await client.post(path, json={"answer": "再答一次。"}, headers=headers)).status_code == 409
    (shown,) = await listed(client, fund=FUND)
    assert (shown["question"], shown["answer"]) == (QUESTION, "用于重阳节慰问。")
    public = (await client.get("/api/fund-questions")).text
    assert not any(word in public for word in ("李雷雷", "韩站长", "asker", "person", "asked_by"))
    assert await listed(client, community="liuyuan", status="answered") == [shown]
    assert await listed(client, status="open") == await listed(client, community="xiqiao") == []
    async with db.read() as connection:
        body = await connection.fetchval("SELECT body FROM messages WHERE dedupe_key LIKE 'fund-question:%'")
    assert "用于重阳节慰问。" in body and QUESTION in body


async def test_who_may_ask_and_about_what(db: Database, client: Client) -> None:
    ids, entry = await a_town(db)
    body = {"entry": entry, "question": QUESTION}
    assert (await client.post(ASK, json=body)).status_code in (401, 403)
    stranger = await resident(db, client, None, "stranger@example.test")
    assert (await client.post(ASK, json=body, headers=stranger)).status_code == 403
    headers = await resident(db, client, ids["liuyuan"])
    for wrong, field in (
        ({"entry": 9999}, "entry"),
        ({"question": "？"}, "question"),
        ({"question": "请打13800138000给我"}, "question"),
    ):
        answer = await client.post(ASK, json=body | wrong, headers=headers)
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == field
    other = "/api/funds/xiqiao-charity/questions"
    assert (await client.post(other, json=body, headers=headers)).status_code == 422, "an entry of another fund"
    assert (await client.post(ASK, json=body, headers=headers)).status_code == 201
    assert (await client.post(ASK, json=body, headers=headers)).status_code == 409, "it waits already"


async def test_a_person_asks_five_times_a_day_at_most(db: Database, client: Client) -> None:
    ids, _ = await a_town(db)
    headers = await resident(db, client, ids["liuyuan"])
    for number in range(6):
        await donate(db, FUND, 100, f"more-{number}")
    async with db.read() as connection:
        entries = [row["id"] for row in await connection.fetch("SELECT id FROM ledger_transfers ORDER BY id")]
    codes = [
        (await client.post(ASK, json={"entry": each, "question": QUESTION}, headers=headers)).status_code
        for each in entries[:6]
    ]
    assert codes == [201] * 5 + [429]


async def test_an_answer_that_is_late_is_shown_as_overdue(db: Database, client: Client) -> None:
    ids, entry = await a_town(db)
    headers = await resident(db, client, ids["liuyuan"])
    await client.post(ASK, json={"entry": entry, "question": QUESTION}, headers=headers)
    async with db.transaction() as tx:
        await tx.execute("UPDATE fund_questions SET due_at = now() - interval '1 second'")
    assert [each["is_overdue"] for each in await listed(client, fund=FUND)] == [True]


async def test_only_staff_of_the_community_answer_and_nobody_their_own(db: Database, client: Client) -> None:
    ids, entry = await a_town(db)
    headers = await resident(db, client, ids["liuyuan"])
    made = (await client.post(ASK, json={"entry": entry, "question": QUESTION}, headers=headers)).json()
    path = f"/api/fund-questions/{made['id']}/answer"
    assert (await client.post(path, json={"answer": "我自己来答"}, headers=headers)).status_code == 403
    elsewhere = await clerk(db, client, ids["xiqiao"])
    assert (await client.post(path, json={"answer": "不是我们社区"}, headers=elsewhere)).status_code == 404
    boss = await factories.make_person(db, "boss@example.test", role=("director", ids["liuyuan"]))
    async with db.transaction() as tx:
        await tx.execute("UPDATE fund_questions SET asked_by = $1", boss)
    own = await factories.sign_in(client, "boss@example.test")
    assert (await client.post(path, json={"answer": "自己问自己答"}, headers=own)).status_code == 403


async def test_what_has_no_place_in_public_is_removed_with_a_reason_for_the_asker(db: Database, client: Client) -> None:
    ids, entry = await a_town(db)
    headers = await resident(db, client, ids["liuyuan"])
    made = (
        await client.post(ASK, json={"entry": entry, "question": "这个人名字写在这里好吗？"}, headers=headers)
    ).json()
    headers = await clerk(db, client, ids["liuyuan"])
    body = {"answer": "提问里有别人的姓名。", "remove": True}
    assert (
        await client.post(f"/api/fund-questions/{made['id']}/answer", json=body, headers=headers)
    ).status_code == 200
    assert await listed(client, fund=FUND) == []
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit_log WHERE action = 'fund_question.removed'") == 1


@pytest.mark.parametrize("params", [{"status": "removed"}, {"cursor": "x"}, {"fund": "x" * 300}])
async def test_filters_that_cannot_be_used_are_refused(db: Database, client: Client, params: dict[str, str]) -> None:
    assert (await client.get("/api/fund-questions", params=params)).status_code in (400, 422)
