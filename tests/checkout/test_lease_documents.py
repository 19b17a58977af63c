"""Papers of a lease: both sides see and add them, nobody else does, and nothing that was added goes away."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from httpx import AsyncClient, Response

from market.media import documents
from market.settings import Settings
from tests.checkout.test_leases import lead, let
from tests.checkout.town import Town
from tests.factories import make_partner, make_person, sign_in
from tests.media.test_photos import picture

__all__ = ["lead"]  # the fixture
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


async def send(
    client: AsyncClient, who: dict[str, str], lease: str, data: bytes = PDF, *, name: str = "a.pdf", **facts: str
) -> Response:
    form = {"kind": "contract", "title": "租赁合同", **facts}
    files = {"document": (name, data, "application/octet-stream")}
    return await client.post(f"/api/leases/{lease}/documents", files=files, data=form, headers=who)


async def added(client: AsyncClient, who: dict[str, str], lease: str, **facts: Any) -> dict[str, Any]:
    answer = await send(client, who, lease, **facts)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_both_sides_add_papers_and_read_those_of_the_other(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    lease = (await let(client, lead, town.room))["id"]
    contract = (await added(client, lead, lease))["documents"][0]
    assert (contract["title"], contract["is_pdf"], contract["is_of_tenant"]) == ("租赁合同", True, False)
    tenant = await sign_in(client, "qinghe-studio@example.test")
    policy = (await added(client, tenant, lease, data=picture(), kind="insurance", title="保险单"))["documents"][0]
    assert (policy["is_pdf"], policy["is_of_tenant"]) == (False, True)
    answer = await client.get(f"/api/lease-documents/{contract['id']}/file")
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E7%A7%9F")
    assert answer.headers["cache-control"] == "private, no-store"
    listed = (await client.get("/api/partners/qinghe-studio/leases")).json()["items"][0]["documents"]
    assert {each["id"] for each in listed} == {contract["id"], policy["id"]}
    await sign_in(client, "director@example.test")
    photo = await client.get(f"/api/lease-documents/{policy['id']}/file")
    assert photo.headers["content-type"] == "image/jpeg"
    assert photo.content != picture()  # made anew


async def test_nobody_else_sees_that_there_is_a_paper(client: AsyncClient, town: Town, lead: dict[str, str]) -> None:
    lease = (await let(client, lead, town.room))["id"]
    paper = (await added(client, lead, lease))["documents"][0]["id"]
    await make_partner(town.db, "other", community="liuyuan")
    other = await sign_in(client, "other@example.test")
    assert (await client.get(f"/api/lease-documents/{paper}/file")).status_code == 404
    assert (await send(client, other, lease)).status_code == 404
    await make_person(town.db, "resident@example.test")
    await sign_in(client, "resident@example.test")
    assert (await client.get(f"/api/lease-documents/{paper}/file")).status_code == 403
    async with town.db.read() as tx:
        file = await tx.fetchval("SELECT file FROM lease_documents")
    client.cookies.clear()
    assert (await client.get(f"/media/{file}")).status_code == 404
    assert (await client.get(f"/api/lease-documents/{paper}/file")).status_code == 401


async def test_a_newer_paper_replaces_an_older_one_of_its_side_once_and_the_old_one_stays(
    client: AsyncClient, town: Town, lead: dict[str, str]
) -> None:
    lease = (await let(client, lead, town.room))["id"]
    old = (await added(client, lead, lease))["documents"][0]["id"]
    answers = await asyncio.gather(*(send(client, lead, lease, title=f"新合同 {n}", replaces=old) for n in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    found = next(each for each in answers if each.status_code == 201).json()["documents"]
    assert [each["replaced_at"] is None for each in found] == [True, False]
    assert found[1]["id"] == old
    assert (await client.get(f"/api/lease-documents/{old}/file")).content == PDF
    tenant = await sign_in(client, "qinghe-studio@example.test")
    refused = await send(client, tenant, lease, replaces=found[0]["id"])
    assert refused.json()["errors"][0]["field"] == "replaces"
    for change in ("DELETE FROM lease_documents", "UPDATE lease_documents SET title = 'x'"):
        with pytest.raises(asyncpg.PostgresError, match="never changed"):
            async with town.db.transaction() as tx:
                await tx.execute(change)


@pytest.mark.parametrize(
    ("data", "facts", "status", "field"),
    [
        (b"<html>%PDF-1.7 %%EOF", {}, 415, None),
        (b"%PDF-1.7 cut off", {}, 415, None),
        (b"MZ\x90", {"title": "a.pdf"}, 415, None),
        (b"", {}, 415, None),
        (PDF + b" " * (10 * 1024 * 1024), {}, 413, None),
        (PDF, {"title": " "}, 422, "title"),
        (PDF, {"title": "长" * 121}, 422, "title"),
        (PDF, {"kind": "letter"}, 422, "kind"),
        (PDF, {"replaces": "x"}, 422, "replaces"),
        (PDF, {"replaces": str(UUID(int=7))}, 422, "replaces"),
    ],
)
async def test_what_is_no_paper_is_refused_and_nothing_is_kept(
    client: AsyncClient, town: Town, lead: dict[str, str], settings: Settings, data: bytes, facts: dict[str, str],
    status: int, field: str | None,
) -> None:  # fmt: skip
    lease = (await let(client, lead, town.room))["id"]
    answer = await send(client, lead, lease, data, **facts)
    assert answer.status_code == status, answer.text
    if field is not None:
        assert answer.json()["errors"][0]["field"] == field
    async with town.db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM lease_documents") == 0
    assert (await send(client, lead, str(uuid4()))).status_code == 404


def test_a_pdf_is_told_by_its_content() -> None:
    assert documents.is_pdf(PDF)
    assert not documents.is_pdf(b"\n" + PDF)
