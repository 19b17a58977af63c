"""People check a fund's books with a press, ask about an entry, choose a period, and read the plan and the printed month."""

import csv
import io
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from playwright.async_api import expect

from tests.browser.acts import balance_of_fund, cents, looked_up, told
from tests.browser.conftest import DESKTOP, OpenPage, picture

FUND = "/funds/liuyuan-charity"


async def test_a_neighbour_checks_the_whole_book_on_the_phone_and_again_at_home_with_the_downloaded_file(
    open_page: OpenPage, tmp_path: Path
) -> None:
    """The button recomputes every link of the chain; the command says the same of the file and names the line that somebody edits."""
    page = await open_page("/funds/liuyuan-development")
    await page.get_by_role("button", name="现在核对").click()
    await expect(page.get_by_text("账目对得上")).to_be_visible()
    await expect(page.get_by_text(re.compile("笔与已公布的封存编号完全一致"))).to_be_visible()
    await picture(page, "phone-fund-checked")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="表格（CSV）").click()
    text = (await (await download.value).path()).read_text(encoding="utf-8")
    heads = await (await page.context.request.get("/api/funds/liuyuan-development/heads.txt")).text()
    assert heads.count("\n") > 20, "a head for every day of the demo's past"
    book, head = tmp_path / "book.csv", tmp_path / "heads.txt"
    head.write_text(heads, encoding="utf-8")

    def audit(changed: str) -> tuple[int, str]:
        book.write_text(changed, encoding="utf-8")
        done = subprocess.run([sys.executable, "-m", "market", "audit", "--books", str(book), "--head", str(head)],
                              capture_output=True, text=True, check=False, timeout=60)  # fmt: skip
        return done.returncode, done.stdout

    assert audit(text)[0] == 0
    lines = text.splitlines(keepends=True)
    code, said = audit("".join([*lines[:5], *lines[6:]]))
    assert code == 1 and "was removed" in said


async def test_a_buyer_checks_the_proof_of_a_purchase(open_page: OpenPage) -> None:
    """An order of the past is proven by the head of its day; the browser follows the path itself."""
    page = await open_page("/orders", who="resident")
    orders = (await looked_up(page, "/api/orders"))["items"]
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    old = [it for it in orders if it["status"] in {"paid", "completed"} and it["created_at"] < yesterday]
    paid = next(it["id"] for it in old if it["payable"]["amount"] > 0)
    await page.goto(f"/orders/{paid}", wait_until="networkidle")
    await page.get_by_role("button", name="核对凭证").click()
    await expect(page.get_by_text("凭证有效")).to_be_visible()
    await page.get_by_role("link", name="下载凭证").wait_for()


async def test_a_resident_asks_about_an_entry_and_the_clerk_answers_in_public(open_page: OpenPage) -> None:
    """The question stands on the page at once with its day, without a name; the answer takes its place."""
    page = await open_page(f"{FUND}?kind=donation", who="resident")
    await page.get_by_role("button", name=re.compile("提问")).last.click()
    await page.get_by_label("您想问什么").fill("这笔钱是哪一次活动收到的？")
    await page.get_by_role("dialog").get_by_role("button", name="公开提问").click()
    await expect(page.get_by_text(re.compile("已经提问"))).to_be_visible()
    asked = page.get_by_role("article").filter(has_text="这笔钱是哪一次活动收到的？")
    await expect(asked.get_by_text(re.compile("等待答复"))).to_be_visible()
    clerk = await open_page("/staff/liuyuan/questions", who="clerk", width=DESKTOP)
    card = clerk.get_by_role("article").filter(has_text="这笔钱是哪一次活动收到的？")
    await card.get_by_label("答复").fill("是重阳节义卖收到的。")
    await card.get_by_role("button", name="公开答复").click()
    await expect(card.get_by_text("是重阳节义卖收到的。")).to_be_visible()
    await page.reload(wait_until="networkidle")
    await expect(asked.get_by_text("是重阳节义卖收到的。")).to_be_visible()
    me = await looked_up(page, "/api/me")
    assert me["account"]["name"] not in await page.get_by_role("main").inner_text()


async def test_from_a_total_to_its_entries_to_the_rule_behind_them(open_page: OpenPage) -> None:
    """A press on a source shows exactly the entries that make it up; their sum is the total, and each leads to its rule."""
    page = await open_page("/funds/liuyuan-development", width=DESKTOP)
    source = (await looked_up(page, "/api/funds/liuyuan-development"))["sources"][0]
    await page.get_by_role("link", name=source["label"], exact=True).click()
    await page.wait_for_url(f"**kind={source['kind']}*")
    await expect(page.get_by_text("所选账目合计")).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="下载所选账目（CSV）").click()
    table = list(csv.DictReader(io.StringIO((await (await download.value).path()).read_text(encoding="utf-8-sig"))))
    assert sum(Decimal(row["amount"]) for row in table) * 100 == source["amount"]["amount"]
    assert len(table) == source["entries"] and {row["kind"] for row in table} == {source["kind"]}
    await page.get_by_role("region", name="每一笔账").get_by_role("link", name=re.compile("%")).first.click()
    rule = page.url.rsplit("#", 1)[1]
    await expect(page.locator(f"[id='{rule}']")).to_be_in_viewport()


async def test_another_site_frames_the_widget_and_nothing_else(open_page: OpenPage, town: str) -> None:
    """The small page shows the balance of the fund's page; the page itself refuses to be framed."""
    page = await open_page("/funds/liuyuan-charity")
    balance = await balance_of_fund(page)
    await page.goto(f"{town}/embed/funds/liuyuan-charity", wait_until="networkidle")
    assert cents(await page.locator("body").inner_text()) == balance
    assert await page.locator("script").count() == 0
    await picture(page, "widget-fund")


async def test_the_plan_is_confirmed_by_a_second_person_and_stands_beside_what_was_spent(open_page: OpenPage) -> None:
    """The street confirms what the clerk entered; the fund's page shows it, and leads to the month on a page and as PDF."""
    page = await open_page("/staff/liuyuan/plans", who="street", width=DESKTOP)
    await page.get_by_role("button", name="确认计划").first.click()
    await expect(page.get_by_role("button", name="确认计划")).to_have_count(0)
    await page.goto("/funds/liuyuan-development", wait_until="networkidle")
    card = page.get_by_role("region", name=re.compile("年计划与实际"))
    await expect(card.get_by_text("公共空间与设备")).to_be_visible()
    await card.get_by_role("link", name=re.compile("月报")).nth(1).click()
    await expect(page.get_by_role("region", name=re.compile("^进账")).get_by_role("listitem").first).to_be_visible()
    await expect(page.get_by_role("region", name=re.compile("^支出"))).to_be_visible()
    await expect(
        page.get_by_role("region", name="柳园社区慈善基金").get_by_role("row", name=re.compile("助老"))
    ).to_be_visible()
    await picture(page, "month-report")
    address = await page.get_by_role("link", name="打印版月报（PDF）").get_attribute("href")
    answer = await page.context.request.get(str(address))
    assert answer.ok and (await answer.body()).startswith(b"%PDF-")
    plan = await looked_up(page, "/api/funds/liuyuan-development/plan")
    new = {"year": plan["year"] + 1, "lines": [{"purpose": "社区活动", "amount": 100}]}
    clerk = await open_page("/staff/liuyuan/plans", who="clerk")
    made = await told(clerk, "POST", "/api/funds/liuyuan-development/plans", new)
    await clerk.reload(wait_until="networkidle")
    await clerk.get_by_role("button", name="撤回").click()
    await expect(clerk.get_by_text("已撤回").first).to_be_visible()
    assert made["status"] == "waiting"


async def test_the_clerk_records_a_gift_for_the_campaign_and_its_bar_grows(open_page: OpenPage) -> None:
    """The demo's campaign stands at 60 %; what is given to it can only go to its purpose, and the page says so."""
    page = await open_page("/funds/xiqiao-charity")
    await expect(page.get_by_role("img", name="完成目标的 60%")).to_be_visible()
    await expect(page.get_by_role("region", name="指定用途的捐款").get_by_text("助老")).to_be_visible()
    await picture(page, "phone-campaign")
    clerk = await open_page("/staff/xiqiao/gifts", who="clerk", width=DESKTOP)
    await clerk.get_by_label("金额（元）").fill("100")
    await clerk.get_by_label("公开说明").fill("扶手：读书会捐款")
    await clerk.get_by_label("属于哪个筹款").select_option(index=1)
    await clerk.get_by_role("button", name="登记").click()
    await expect(clerk.get_by_text("已登记，基金页面上马上能看到。")).to_be_visible()
    await page.reload(wait_until="networkidle")
    await expect(page.get_by_role("img", name="完成目标的 61%")).to_be_visible()
