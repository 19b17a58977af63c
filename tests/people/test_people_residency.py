"""Verified residency, roles over a subtree, the export and the deletion of an account."""

import json
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient

from market.db import Database
from market.people import personal_data_queries, queries, service
from market.people.sessions import actor_of
from tests.factories import PASSWORD, add_member, community_id, make_community, make_partner, make_person, sign_in


async def _request_id(db: Database) -> UUID:
    async with db.read() as connection:
        found: UUID = await connection.fetchval("SELECT id FROM residencies WHERE status = 'requested'")
        return found


async def test_staff_of_the_community_confirm_a_resident_and_the_person_hears_of_it(
    client: AsyncClient, db: Database
) -> None:
    community = await make_community(db, "liuyuan")
    await make_person(db, "resident@example.test", name="李雷")
    clerk = await make_person(db, "clerk@example.test", role=("clerk", community))
    headers = await sign_in(client, "resident@example.test")
    ask = {"community": "liuyuan", "address": "3 号楼 201"}
    assert (await client.post("/api/me/residency", json=ask, headers=headers)).status_code == 201
    assert (await client.post("/api/me/residency", json=ask, headers=headers)).status_code == 409
    assert (await client.post("/api/me/residency", json={"community": "nowhere"}, headers=headers)).status_code == 422
    headers = await sign_in(client, "clerk@example.test")
    waiting = (await client.get("/api/residency-requests?community=liuyuan")).json()["items"]
    assert [(each["person_name"], each["address"]) for each in waiting] == [("李雷", "3 号楼 201")]
    decision = f"/api/residency-requests/{waiting[0]['id']}/decision"
    answer = await client.post(decision, json={"verified": True}, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (200, "verified")
    assert (await client.post(decision, json={"verified": False}, headers=headers)).status_code == 409
    await sign_in(client, "resident@example.test")
    assert (await client.get("/api/me")).json()["account"]["residencies"][0]["status"] == "verified"
    async with db.read() as connection:
        acts = await connection.fetch(
            "SELECT person_id, action, detail::text FROM audit_log WHERE action = 'residency.verified'"
        )
        assert [(row[0], row[1]) for row in acts] == [(clerk, "residency.verified")]
        assert "李雷" not in acts[0][2]
        assert await connection.fetchval("SELECT subject FROM messages") == "居民认证已通过"


async def test_A02_staff_of_another_community_see_and_decide_nothing(client: AsyncClient, db: Database) -> None:
    await make_community(db, "liuyuan")
    other = await make_community(db, "xiqiao")
    await make_person(db, "resident@example.test")
    await make_person(db, "clerk@example.test", role=("clerk", other))
    headers = await sign_in(client, "resident@example.test")
    await client.post("/api/me/residency", json={"community": "liuyuan"}, headers=headers)
    address = f"/api/residency-requests/{await _request_id(db)}/decision"
    assert (await client.post(address, json={"verified": True}, headers=headers)).status_code == 403
    headers = await sign_in(client, "clerk@example.test")
    assert (await client.get("/api/residency-requests")).json()["items"] == []
    assert (await client.get("/api/residency-requests?community=liuyuan")).json()["items"] == []
    foreign = await client.post(address, json={"verified": True}, headers=headers)
    unknown = await client.post(f"/api/residency-requests/{uuid4()}/decision", json={"verified": True}, headers=headers)
    assert foreign.status_code == unknown.status_code == 404
    assert {**foreign.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}


async def test_nobody_decides_on_their_own_request(client: AsyncClient, db: Database) -> None:
    community = await make_community(db)
    await make_person(db, "clerk@example.test", role=("clerk", community))
    headers = await sign_in(client, "clerk@example.test")
    await client.post("/api/me/residency", json={"community": "liuyuan"}, headers=headers)
    address = f"/api/residency-requests/{await _request_id(db)}/decision"
    assert (await client.post(address, json={"verified": True}, headers=headers)).status_code == 403


async def test_a_refused_person_may_ask_again(client: AsyncClient, db: Database) -> None:
    community = await make_community(db)
    await make_person(db, "a@example.test", locale="en")
    await make_person(db, "director@example.test", role=("director", community))
    for _ in range(2):
        headers = await sign_in(client, "a@example.test")
        assert (
            await client.post("/api/me/residency", json={"community": "liuyuan"}, headers=headers)
        ).status_code == 201
        headers = await sign_in(client, "director@example.test")
        address = f"/api/residency-requests/{await _request_id(db)}/decision"
        assert (
            await client.post(address, json={"verified": False, "reason": "no proof"}, headers=headers)
        ).status_code == 200
    async with db.read() as connection:
        assert "Reason: no proof" in await connection.fetchval("SELECT body FROM messages LIMIT 1")


async def test_a_role_reaches_everything_below_and_nothing_beside(db: Database) -> None:
    liuyuan = await make_community(db, "liuyuan", street="street-one")
    xiqiao = await make_community(db, "xiqiao", street="street-one")
    baihe = await make_community(db, "baihe", street="street-two")
    street = await community_id(db, "street-one")
    person = await make_person(db, role=("street", street))
    async with db.transaction() as tx:
        await queries.insert_session(tx, token_hash=b"t", person_id=person, lifetime_days=1, user_agent="")
        row = await queries.actor_by_session(tx, b"t")
    actor = actor_of(row, scopes=None)
    assert actor.is_staff_of(liuyuan) and actor.is_staff_of(xiqiao, "street") and actor.is_staff_of(street)
    assert not actor.is_staff_of(baihe) and not actor.is_staff_of(liuyuan, "clerk")
    assert actor.staffed_communities() == {liuyuan, xiqiao, street}
    operator = await make_person(db, role=("operator", None))
    async with db.transaction() as tx:
        await queries.insert_session(tx, token_hash=b"o", person_id=operator, lifetime_days=1, user_agent="")
        row = await queries.actor_by_session(tx, b"o")
    assert actor_of(row, scopes=None).is_staff_of(baihe, "clerk")
    assert actor_of(row, scopes=None).staffed_communities() is None


async def _full_person(db: Database) -> UUID:
    """A person with a row in every table of these slices, and an order."""
    community = await make_community(db)
    person = await make_person(
        db, "leaver@example.test", name="离开者", resident_of=community, group=("elder", community)
    )
    partner = await make_partner(db, "qinghe")
    async with db.transaction() as tx:
        await add_member(tx, partner, person)
        order = await tx.fetchval(
            "INSERT INTO orders (person_id, status, pay_by, currency, payable_minor) "
            "VALUES ($1, 'paid', 'desk', 'CNY', 100) RETURNING id",
            person,
        )
        await tx.execute(
            "INSERT INTO desk_payments (order_id, community_id, amount_minor, currency, method, slip, taken_by) "
            "VALUES ($1, $2, 100, 'CNY', 'cash', '离开者 的单据', $3)",
            order,
            community,
            person,
        )
        await tx.execute(
            "INSERT INTO messages (person_id, channel, recipient, body, dedupe_key) "
            "VALUES ($1, 'email', 'leaver@example.test', '离开者', 'k')",
            person,
        )
    return person


async def test_O06_the_export_has_everything_about_the_person_and_nothing_of_others(
    client: AsyncClient, db: Database
) -> None:
    person = await _full_person(db)
    await make_person(db, "other@example.test", name="别人")
    await sign_in(client, "leaver@example.test")
    answer = await client.get("/api/me/export")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    for filled in (
        "account",
        "logins",
        "sessions",
        "residencies",
        "groups",
        "partners",
        "orders",
        "desk_payments",
        "messages",
        "acts",
    ):
        assert found[filled], filled
    assert found["account"][0]["id"] == str(person)
    text = json.dumps(found, ensure_ascii=False)
    assert "别人" not in text and "other@example.test" not in text
    assert "argon2" not in text and "token_hash" not in text


async def test_O06_every_table_that_names_a_person_is_in_the_export(db: Database) -> None:
    """A new table with a person in it fails here until the export, or this list, says what becomes of it."""
    elsewhere = {
        ("residencies", "decided_by"),
        ("roles", "granted_by"),
        ("group_members", "verified_by"),
        ("cases", "owner_id"),
        ("cases", "resolved_by"),
        ("payout_policies", "changed_by"),
        ("payout_accounts", "changed_by"),
        ("payout_runs", "exported_by"),
        ("payout_runs", "confirmed_by"),
        ("reconciliations", "made_by"),
        ("bank_lines", "imported_by"),
        ("period_closes", "prepared_by"),
        ("period_closes", "signed_by"),
        ("period_closes", "reopened_by"),
        ("space_tariffs", "created_by"),
        ("leases", "created_by"),
        ("space_exceptions", "created_by"),
        ("lease_deposits", "made_by"),
        ("lease_indexations", "made_by"),
        ("lease_documents", "uploaded_by"),
        ("subsidy_pools", "created_by"),
        ("coupons", "created_by"),
        ("pass_kinds", "created_by"),
        ("tender_bids", "made_by"),
        ("tenders", "announced_by"),
        ("tenders", "opened_by"),
        ("tenders", "awarded_by"),  # acts of staff or for a partner: in the audit log
        ("desk_payments", "taken_by"),
        ("vouchers", "redeemed_by"),  # belong to the buyer
    }
    async with db.read() as connection:
        rows = await connection.fetch(
            "SELECT cl.relname, a.attname FROM pg_constraint c JOIN pg_class cl ON cl.oid = c.conrelid "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
            "WHERE c.contype = 'f' AND c.confrelid = 'persons'::regclass"
        )
    exported = " ".join(personal_data_queries.EXPORT.values())
    for row in rows:
        if (row[0], row[1]) not in elsewhere:
            assert f"FROM {row[0]} " in exported, (row[0], row[1])


async def test_O07_a_deleted_account_leaves_no_name_and_no_contact_and_may_be_made_anew(
    client: AsyncClient, db: Database
) -> None:
    person = await _full_person(db)
    headers = await sign_in(client, "leaver@example.test")
    made = (await client.post("/api/tokens", json={"name": "离开者", "scopes": ["read"]}, headers=headers)).json()
    assert (await client.request("DELETE", "/api/me", json={"password": "wrong"}, headers=headers)).status_code == 403
    assert (await client.request("DELETE", "/api/me", json={"password": PASSWORD}, headers=headers)).status_code == 200
    assert (await client.get("/api/me", headers={"Authorization": f"Bearer {made['secret']}"})).status_code == 401
    assert (await client.get("/api/me")).status_code == 401
    assert (
        await client.post("/api/sessions", json={"login": "leaver@example.test", "password": PASSWORD})
    ).status_code == 401
    async with db.read() as connection:
        tables = [
            row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        left = {table: str(await connection.fetch(f'SELECT t::text FROM "{table}" t')) for table in tables}
        assert {table for table, text in left.items() if "离开者" in text or "leaver@" in text} == set()
        assert await connection.fetchval("SELECT count(*) FROM orders WHERE person_id = $1", person) == 1
        assert await connection.fetchval("SELECT status FROM residencies WHERE person_id = $1", person) == "ended"
    client.cookies.clear()
    again = await client.post(
        "/api/accounts", json={"login": "leaver@example.test", "password": PASSWORD, "name": "新人"}
    )
    assert again.status_code == 201
    assert again.json()["account"]["id"] != str(person)
    assert (await client.get("/api/me")).status_code == 200


async def test_the_only_owner_of_a_partner_hands_it_over_before_leaving(client: AsyncClient, db: Database) -> None:
    await make_community(db)
    partner = await make_partner(db, "qinghe", owner_login="owner@example.test")
    headers = await sign_in(client, "owner@example.test")
    assert (await client.request("DELETE", "/api/me", json={"password": PASSWORD}, headers=headers)).status_code == 409
    heir = await make_person(db, "heir@example.test")
    async with db.transaction() as tx:
        await add_member(tx, partner, heir, "owner")
    assert (await client.request("DELETE", "/api/me", json={"password": PASSWORD}, headers=headers)).status_code == 200


@pytest.mark.parametrize("role", ["clerk", "director", "street"])
async def test_a_role_is_given_once_and_noted(db: Database, role: str) -> None:
    community = await make_community(db)
    by = await make_person(db)
    person = await make_person(db)
    for _ in range(2):
        async with db.transaction() as tx:
            await service.grant_role(tx, person_id=person, role=role, community_id=community, by=by)
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM roles") == 1
        assert [
            row[0] for row in await connection.fetch("SELECT person_id FROM audit_log WHERE action = 'role.granted'")
        ] == [by]
