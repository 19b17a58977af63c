"""The focus is never lost: after a change of page, with a dialog, and when the row that had it is taken away."""

import re

from playwright.async_api import Page, expect

from tests.browser.acts import found, looked_up
from tests.browser.conftest import DESKTOP, OpenPage
from tests.browser.places import fill_basket

INSIDE_MAIN = (
    "() => document.activeElement !== document.body && document.querySelector('main').contains(document.activeElement)"
)


async def open_offers(page: Page, words: str, count: int) -> list[dict[str, object]]:
    listing = await found(page, words)
    offers = (await looked_up(page, f"/api/listings/{listing}/offers"))["items"]
    return [{"offer_id": it["id"], "quantity": 1} for it in offers if it["left"] > 0][:count]


async def test_removing_a_row_of_the_basket_by_keyboard_leaves_the_focus_in_the_page(open_page: OpenPage) -> None:
    """Two rows, then one, then none: each time Tab goes on from where the row was."""
    page = await open_page("/help", who="visitor")
    await fill_basket(page, await open_offers(page, "椅子瑜伽", 2))
    await page.goto("/cart", wait_until="networkidle")
    remove = page.get_by_role("button", name="移除")
    for left in (1, 0):
        await remove.first.focus()
        await page.keyboard.press("Enter")
        await expect(remove).to_have_count(left)
        await page.wait_for_function(INSIDE_MAIN)


async def test_a_new_page_begins_at_its_beginning_for_the_keyboard_and_is_announced(open_page: OpenPage) -> None:
    """After a link the focus is at the start of the main part; after a filter it stays on the filter."""
    page = await open_page("/", width=DESKTOP)
    await page.get_by_role("contentinfo").get_by_role("link", name="资金公开").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="资金公开", level=1)).to_be_visible()
    await page.wait_for_function("() => document.activeElement?.id === 'main'")
    await expect(page.locator("#svelte-announcer")).to_contain_text("资金公开")
    await page.goto("/search?kind=service", wait_until="networkidle")
    free = page.get_by_label("只看免费")
    await free.focus()
    await page.keyboard.press("Space")
    await page.wait_for_url(re.compile("free=true"))
    await expect(page.get_by_label("只看免费")).to_be_focused()


async def test_a_dialog_keeps_the_focus_inside_and_gives_it_back(open_page: OpenPage) -> None:
    """Opened by Enter, walked with Tab, closed by Escape."""
    page = await open_page("/styleguide")
    opener = page.get_by_role("button", name="打开对话框")
    await opener.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    for _ in range(6):
        await page.keyboard.press("Tab")
        assert await page.evaluate(
            "() => !document.activeElement || document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(opener).to_be_focused()
