"""The large mode: one tap, remembered, one column, the desk's telephone number always in sight."""

import re

from playwright.async_api import expect

from tests.browser.conftest import DESKTOP, OpenPage


async def test_one_tap_makes_everything_larger_and_the_next_visit_remembers_it(open_page: OpenPage) -> None:
    """Type, the bar with the desk's number, and both again after a reload."""
    page = await open_page("/help")
    size = "() => parseFloat(getComputedStyle(document.documentElement).fontSize)"
    before = await page.evaluate(size)
    await page.get_by_role("button", name="长辈版").click()
    assert await page.evaluate(size) > before * 1.2
    desk = page.get_by_role("link", name=re.compile("服务台：0571"))
    await expect(desk).to_be_visible()
    assert re.fullmatch(r"tel:\d{8,}", str(await desk.get_attribute("href")))
    await page.reload()
    assert await page.evaluate(size) > before * 1.2
    await page.evaluate("window.scrollTo(0, 1200)")
    await expect(desk).to_be_in_viewport()
    await page.get_by_role("button", name="标准版").click()
    await expect(desk).to_have_count(0)
    assert await page.evaluate(size) == before


async def test_the_large_mode_has_one_column_also_on_a_desktop(open_page: OpenPage) -> None:
    """Cards of the search stand below each other, never side by side."""
    page = await open_page("/search?q=瑜伽", width=DESKTOP)
    lefts = "() => new Set([...document.querySelectorAll('main article')].map((it) => it.getBoundingClientRect().left)).size"
    await expect(page.get_by_role("main").get_by_role("article").first).to_be_visible()
    assert await page.evaluate(lefts) > 1
    await page.get_by_role("button", name="长辈版").click()
    await expect(page.get_by_role("main").get_by_role("article").first).to_be_visible()
    assert await page.evaluate(lefts) == 1
