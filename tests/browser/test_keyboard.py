"""Somebody who cannot use a mouse finds and books a free service with Tab, arrows and Enter alone."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.acts import FOCUS, code_shown
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.places import settled


async def enter(page: Page, url: str) -> None:
    """Follow what has the focus, and wait until the new page stands."""
    await page.keyboard.press("Enter")
    await page.wait_for_url(url)
    await page.wait_for_load_state("networkidle")
    await settled(page)


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it is reached; wherever the focus rests on the way it can be seen."""
    for _ in range(120):
        await page.keyboard.press("Tab")
        assert await page.evaluate(FOCUS) == ""
        if await wanted.count() and await wanted.first.evaluate("(it) => it === document.activeElement"):
            return
    raise AssertionError(f"Tab never came to {wanted}")


@pytest.mark.parametrize("width", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_free_service_is_found_and_booked_by_keyboard_alone(open_page: OpenPage, width: dict[str, int]) -> None:
    """Search for legal advice, choose a date, book it, and have the code."""
    page = await open_page("/", who="visitor", width=width)
    await tab_to(page, page.locator("input[name=q]"))
    await page.keyboard.type("免费法律咨询")
    await enter(page, "**/search?q=*")
    await tab_to(page, page.get_by_role("link", name="免费法律咨询", exact=True))
    await enter(page, "**/listings/*")
    await expect(page.get_by_role("heading", name="免费法律咨询", level=1, exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="放进购物篮")).to_be_visible()
    await tab_to(page, page.get_by_role("radio").and_(page.locator(":checked")).filter(visible=True))
    await page.keyboard.press("ArrowDown")
    await tab_to(page, page.get_by_role("button", name="放进购物篮"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_role("link", name="去购物篮"))
    await enter(page, "**/cart")
    await tab_to(page, page.get_by_role("link", name="去付款"))
    await enter(page, "**/checkout")
    await tab_to(page, page.get_by_role("button", name="确认预订（免费）"))
    await enter(page, "**/orders/*")
    await code_shown(page)
    await tab_to(page, page.get_by_role("button", name="取消预订"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_role("button", name="确认取消"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("预订已取消")).to_be_visible()


async def test_the_first_tab_offers_to_skip_the_header_and_enter_does_it(open_page: OpenPage) -> None:
    """One key press past the header, on a page with a long one."""
    page = await open_page("/funds", width=DESKTOP)
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.querySelector('main').contains(document.activeElement)")


async def test_a_room_is_chosen_with_the_arrow_keys_and_a_dialog_gives_the_focus_back(open_page: OpenPage) -> None:
    """The week of a room is one stop for Tab; arrows walk in it, Enter chooses."""
    page = await open_page("/search?kind=space&q=丹青画室", width=DESKTOP)
    await tab_to(page, page.get_by_role("link", name="丹青画室", exact=True))
    await enter(page, "**/spaces/*")
    free = page.get_by_role("button", name=re.compile("可订$"))
    await expect(free.first).to_be_visible()
    await tab_to(page, page.locator("button[data-cell][tabindex='0']"))
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name=re.compile("已选$")).first).to_be_visible()
    await expect(page.get_by_role("region", name="您的预订")).to_contain_text("¥")
    await expect(page.get_by_role("button", name=re.compile("已选$")).first).to_be_focused()
