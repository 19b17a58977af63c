"""Anybody reads the books of a fund, without an account, and can add them up."""

import csv
import io
from decimal import Decimal

from playwright.async_api import expect

from tests.browser.acts import balance_of_fund, cents
from tests.browser.conftest import DESKTOP, OpenPage, picture


async def test_a_passer_by_reads_a_funds_balance_chart_and_entries_and_the_download_adds_up(
    open_page: OpenPage,
) -> None:
    """From the home page to the fund, its chart and the same numbers as a table, and the CSV whose sum is the balance."""
    page = await open_page("/")
    await page.get_by_label("我的社区").select_option(label="柳园社区")
    await page.get_by_role("link", name="柳园社区发展基金").click()
    await expect(page.get_by_role("heading", name="柳园社区发展基金")).to_be_visible()
    balance = await balance_of_fund(page)
    assert balance > 0
    months = page.get_by_role("region", name="逐月变化")
    await expect(months.get_by_role("img")).to_be_visible()
    await months.get_by_text("看文字表格").click()
    rows = months.get_by_role("table").get_by_role("row")
    income = [cents(await rows.nth(at).inner_text()) for at in range(1, await rows.count())]
    assert sum(income) == balance, "all that came in is still there: nothing was spent yet"
    entries = page.get_by_role("region", name="每一笔账").get_by_role("listitem")
    shown = await entries.count()
    await page.get_by_role("button", name="显示更多").click()
    await expect(entries.nth(shown)).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="表格（CSV）").click()
    text = (await (await download.value).path()).read_text(encoding="utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text)))
    assert sum(Decimal(row["amount"]) for row in table) * 100 == balance
    await picture(page, "phone-fund")


async def test_the_funds_page_in_english_leads_to_every_fund_with_the_balance_it_shows(open_page: OpenPage) -> None:
    """The list and each fund's own page never say different amounts."""
    page = await open_page("/funds", width=DESKTOP, locale="en")
    cards = page.get_by_role("main").get_by_role("link")
    links = [(await cards.nth(at).inner_text()).strip() for at in range(await cards.count())]
    names = sorted(set(links), key=links[::-1].index)  # a campaign above also leads to its fund
    assert len(names) == 6
    for name in names[:2]:
        card = (
            page.get_by_role("main").locator("article, li, section", has=page.get_by_role("link", name=name).last).last
        )
        said = cents(await card.inner_text())
        await page.get_by_role("link", name=name).last.click()
        await expect(page.get_by_role("heading", name=name.splitlines()[0])).to_be_visible()
        assert await balance_of_fund(page) == said
        await page.go_back(wait_until="networkidle")
