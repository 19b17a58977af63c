"""The demo town has what a newcomer is to see of the life of money and rooms: three months of it, in every state."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest_asyncio

from tests.browser.conftest import PASSWORD

COMMUNITIES = ("liuyuan", "xiqiao", "baihe")


@pytest_asyncio.fixture(loop_scope="session")
async def staff(town: str) -> AsyncIterator[httpx.AsyncClient]:
    """The director, over HTTP."""
    async with httpx.AsyncClient(base_url=town, timeout=30) as client:
        answer = await client.post("/api/sessions", json={"login": "director@demo.test", "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        yield client


async def items(client: httpx.AsyncClient, path: str, **wish: Any) -> list[dict[str, Any]]:
    """The first page of a list."""
    answer = await client.get(path, params=wish)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["items"] if isinstance(body, dict) else body


async def test_the_books_go_back_three_months_and_began_small(staff: httpx.AsyncClient) -> None:
    today, first = datetime.now(UTC).date(), []
    for fund in ("liuyuan-development", "baihe-development", "xiqiao-charity"):
        text = (await staff.get(f"/api/funds/{fund}/books.csv")).text
        days = sorted(date.fromisoformat(row["date"]) for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
        first.append(days[0])
        assert days[-1] >= today - timedelta(days=7)
        early = sum(day < today - timedelta(weeks=9) for day in days)
        late = sum(day >= today - timedelta(weeks=4) for day in days)
        assert 0 < early < late / 2
    assert min(first) <= today - timedelta(weeks=12)


async def test_requests_of_money_stand_in_every_state(staff: httpx.AsyncClient) -> None:
    found = [each for place in COMMUNITIES for each in await items(staff, f"/api/communities/{place}/spending")]
    states = {each["state"] for each in found}
    assert states >= {"open", "announced", "approved", "refused", "withdrawn", "paid", "settled"}
    waiting = [each for each in found if each["state"] == "open"]
    assert any(each["missing"] == ["director"] and not each["decisions"] for each in waiting), "waits for the director"
    assert any(each["missing"] == ["street"] for each in waiting), "the director has consented, the street has not"
    assert any(each["missing"] == ["director", "street"] and each["together"] > each["amount"] for each in [
        {**each, "together": each["together"]["amount"], "amount": each["amount"]["amount"]} for each in waiting
    ]), "small requests to one payee are added up"  # fmt: skip
    assert any(each["revision"] > 1 and any(not word["counts"] for word in each["decisions"]) for each in waiting), (
        "an edit voided a consent"
    )
    assert any(each["state"] == "announced" and each["announced_until"] for each in found)
    assert any(each["kind"] == "relief" for each in found)
    assert any(each["state"] == "settled" and each["people_helped"] and each["papers"] for each in found)


async def test_requests_for_rooms_wait_are_granted_and_refused(staff: httpx.AsyncClient) -> None:
    states = {
        each["state"]
        for status in ("open", "decided")
        for each in await items(staff, "/api/communities/liuyuan/approvals", status=status)
    }
    assert states >= {"asked", "approved", "refused"}


async def test_two_months_are_closed_one_by_each_scheme_and_one_case_is_open(staff: httpx.AsyncClient) -> None:
    closes = [each for place in COMMUNITIES for each in await items(staff, f"/api/communities/{place}/closes")]
    assert {(each["community"], each["scheme"]["name"]) for each in closes if each["status"] == "closed"} >= {
        ("liuyuan", "三七"),
        ("baihe", "五三一一"),
    }
    found = {
        status: [
            each["kind"]
            for place in COMMUNITIES
            for each in await items(staff, f"/api/communities/{place}/cases", status=status)
        ]
        for status in ("open", "resolved")
    }
    assert found["open"].count("desk_count") == 1
    assert "dispute" in found["open"]
    assert "payout_failed" in found["resolved"]
    (campaign, *_) = await items(staff, "/api/campaigns", community="xiqiao")
    assert campaign["share"] >= 60


async def test_partners_were_paid_back_and_forth(staff: httpx.AsyncClient) -> None:
    runs = (await staff.get("/api/communities/xiqiao/payouts")).json()["runs"]
    assert {"done"} <= {each["status"] for each in runs}
    assert sum(each["failed"] for each in runs) > 0
    sales = await items(staff, "/api/communities/liuyuan/sales")
    assert sales


async def test_rooms_show_leases_tenders_doors_and_a_calendar_from_elsewhere(staff: httpx.AsyncClient) -> None:
    tenders = {each["status"] for each in await items(staff, "/api/tenders")}
    assert "awarded" in tenders
    assert len(tenders) >= 2, "one more takes bids"
    leases = [each for place in COMMUNITIES for each in await items(staff, f"/api/communities/{place}/leases")]
    assert any(each["base"]["amount"] and each["share_bp"] for each in leases)
    today = datetime.now(UTC).date()
    for place in COMMUNITIES:
        span = {"from": (today - timedelta(weeks=8)).isoformat(), "to": today.isoformat(), "by": "space"}
        rows = (await staff.get(f"/api/communities/{place}/utilisation", params=span)).json()
        assert rows["total"]["booked_min"] > 0
    music = next(each for each in await items(staff, "/api/spaces", community="xiqiao") if each["name"] == "溪声琴房")
    (calendar,) = await items(staff, f"/api/spaces/{music['id']}/imports")
    assert (calendar["outcome"], calendar["blocked"] > 5, calendar["problems"]) == ("ok", True, [])
