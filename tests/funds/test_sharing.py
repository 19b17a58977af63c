"""What other sites show of a fund, and any period of its books: open data without scripts, framed at one address only (I12)."""

import csv
import io
from typing import Any
from xml.etree import ElementTree

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.db import Database
from tests.funds.test_public_books import all_entries, donate, read
from tests.funds.town import make_town, refund, sell, sold_line

Client = AsyncTestClient[Litestar]
FUND = "liuyuan-development"
NASTY = "<img src=x onerror=alert(1)>\"&'瑜伽"


async def a_fund(db: Database) -> None:
    from datetime import datetime

    await make_town(db)
    line = await sold_line(db, "liuyuan", 5000)
    for number, at in enumerate(("2026-03-01T10:00:00Z", "2026-03-15T10:00:00Z", "2026-04-02T10:00:00Z")):
        await sell(db, f"o{number}", line, at=datetime.fromisoformat(at))
    await donate(db, FUND, 700, "d1", at=datetime.fromisoformat("2026-03-20T10:00:00Z"), label="义卖")
    await refund(db, "o1", line, 2000)


PERIODS: list[dict[str, str]] = [
    {},
    {"from": "2026-03-10", "to": "2026-03-31"},
    {"kind": "donation"},
    {"from": "2026-03-01", "kind": "service_turnover"},
    {"to": "2026-02-01"},
]


@pytest.mark.parametrize("wanted", PERIODS)
async def test_totals_entries_and_downloads_of_any_period_agree_to_the_fen(
    db: Database, client: Client, wanted: dict[str, str]
) -> None:
    await a_fund(db)
    period = {key: value for key, value in wanted.items() if key != "kind"}
    totals = (await read(client, f"/api/funds/{FUND}/totals", **period))["items"]
    chosen = [each for each in totals if wanted.get("kind") in (None, each["kind"])]
    entries = await all_entries(client, FUND, **wanted)
    assert sum(each["came_in"]["amount"] - each["went_out"]["amount"] for each in chosen) == sum(
        each["amount"]["amount"] for each in entries
    )
    assert sum(each["entries"] for each in chosen) == len(entries)
    answer = await client.get(f"/api/funds/{FUND}/books.csv", params=wanted)
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [int(row["id"]) for row in rows] == [each["id"] for each in reversed(entries)]
    lines = (await client.get(f"/api/funds/{FUND}/books.json", params=wanted)).json()["lines"]
    assert [each["id"] for each in lines] == [int(row["id"]) for row in rows]
    assert [each["balance"] for each in lines] == [row["balance"] for row in rows], "the true balance after each line"


@pytest.mark.parametrize("params", [{"from": "2026-03-02", "to": "2026-03-01"}, {"from": "0001-01-01"}, {"kind": "x"}])
async def test_periods_that_cannot_be_are_refused(db: Database, client: Client, params: dict[str, str]) -> None:
    await make_town(db)
    for path in ("entries", "books.csv", "totals")[: 2 if "kind" in params else 3]:
        assert (await client.get(f"/api/funds/{FUND}/{path}", params=params)).status_code == 422


async def test_the_feed_is_atom_and_names_each_entry_once_under_a_stable_id(db: Database, client: Client) -> None:
    await a_fund(db)
    await donate(db, FUND, 5, "nasty", label=NASTY)
    answer = await client.get(f"/api/funds/{FUND}/feed.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.text)  # noqa: S314 - our own text
    atom = "{http://www.w3.org/2005/Atom}"
    ids = [each.findtext(f"{atom}id") for each in feed.iter(f"{atom}entry")]
    entries = await all_entries(client, FUND)
    assert ids == [f"http://testserver.local/funds/{FUND}#entry-{each['id']}" for each in entries]
    assert len(set(ids)) == 6
    assert NASTY in (feed.find(f"{atom}entry").findtext(f"{atom}title") or "")


async def test_the_badge_shows_the_balance_of_the_page_and_other_sites_may_load_it(
    db: Database, client: Client
) -> None:
    await a_fund(db)
    balance = (await read(client, f"/api/funds/{FUND}"))["balance"]["amount"]
    answer = await client.get(f"/api/funds/{FUND}/badge.svg")
    assert f"¥{balance // 100}.{balance % 100:02d}" in answer.text
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert ElementTree.fromstring(answer.text).tag.endswith("svg")  # noqa: S314 - our own text


async def test_I12_only_the_widget_may_be_framed_and_it_runs_nothing(db: Database, client: Client) -> None:
    await a_fund(db)
    await donate(db, FUND, 5, "nasty", label=NASTY)
    answer = await client.get(f"/embed/funds/{FUND}", params={"lang": "en"})
    assert answer.status_code == 200 and "x-frame-options" not in answer.headers
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and policy.endswith("frame-ancestors *") and "script" not in policy
    assert "<script" not in answer.text and "<img" not in answer.text and "onerror" in answer.text
    assert "Newest entries" in answer.text and f'href="http://testserver.local/funds/{FUND}"' in answer.text
    for path in (f"/api/funds/{FUND}", f"/api/funds/{FUND}/badge.svg", "/embed/funds/nowhere-charity", "/embed/other"):
        other: Any = await client.get(path)
        assert other.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in other.headers["content-security-policy"]
