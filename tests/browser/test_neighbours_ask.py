"""Somebody looks for what is not there, finds it as suggestion or asks the neighbours for it with one press."""

import re

from playwright.async_api import expect

from tests.browser.acts import looked_up, search_for, told
from tests.browser.conftest import DESKTOP, OpenPage


async def test_suggestions_are_chosen_with_the_arrow_keys_and_past_searches_stay_on_the_device(
    open_page: OpenPage,
) -> None:
    """Type a beginning in pinyin, go down, press Enter; later the box offers what was searched for, until it is cleared."""
    page = await open_page("/search", width=DESKTOP)
    box = page.get_by_role("combobox", name="搜索服务、场地和商户")
    await box.fill("yuj")
    listed = page.get_by_role("listbox", name="搜索建议")
    await expect(listed.get_by_role("option").first).to_be_visible()
    await expect(box).to_have_attribute("aria-expanded", "true")
    await expect(page.get_by_role("status").filter(has_text=re.compile("条建议"))).to_be_attached()
    await box.press("ArrowDown")
    active = await box.get_attribute("aria-activedescendant")
    assert active and await page.locator(f"[id='{active}']").get_attribute("aria-selected") == "true"
    await box.press("Escape")
    await expect(box).to_have_attribute("aria-expanded", "false")
    await expect(box).to_have_value("yuj")
    await search_for(page, "书法")
    await page.goto("/search")
    await box.press("ArrowDown")
    past = page.get_by_role("listbox", name="最近搜索")
    await expect(past.get_by_role("option", name="书法")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="清除记录")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(past).to_be_hidden()
    assert await page.evaluate("localStorage.getItem('market.searches')") is None


async def test_a_search_without_result_becomes_a_request_with_one_press(open_page: OpenPage) -> None:
    """Signed in: one press, and it stands on the board; it is taken back at the end so that the town stays as it was."""
    page = await open_page("/search?q=蟋蟀驯养课", who="resident")
    await expect(page.get_by_text("附近最近有这些")).to_be_visible()
    await page.get_by_role("button", name="提个心愿：“蟋蟀驯养课”").click()
    await page.wait_for_url("**/needs/*")
    await expect(page.get_by_role("heading", name="蟋蟀驯养课", level=1)).to_be_visible()
    made = (await looked_up(page, "/api/needs?mine=true"))["items"][0]
    assert made["title"] == "蟋蟀驯养课" and made["mine"]
    await page.get_by_role("button", name="结束这个心愿").click()
    await page.get_by_role("radio", name="不再需要").check()
    await page.get_by_role("dialog").get_by_role("button", name="结束这个心愿").click()
    await expect(page.get_by_text("这个心愿已经结束")).to_be_visible()


async def test_who_is_not_signed_in_supports_after_signing_in_and_a_partner_takes_it(open_page: OpenPage) -> None:
    """A visitor is asked to sign in; a resident supports; the partner says when it begins and gives it back again."""
    guest = await open_page("/needs")
    wanted = (await looked_up(guest, "/api/needs?status=open&community=xiqiao"))["items"][0]
    await guest.get_by_role("button", name="我也想要").first.click()
    await guest.wait_for_url("**/sign-in?next=*")
    resident = await open_page(f"/needs/{wanted['id']}", who="resident")
    await resident.get_by_role("button", name="我也想要").click()
    await expect(resident.get_by_role("button", name="已支持")).to_be_visible()
    await expect(resident.get_by_text(f"{wanted['supports'] + 1} 位邻居也想要")).to_be_visible()
    partner = await open_page(f"/needs/{wanted['id']}", who="partner")
    await partner.get_by_label("给邻居的话").fill("下个月开始")
    await partner.get_by_role("button", name="我们来承接").click()
    await expect(partner.get_by_text("下个月开始")).to_be_visible()
    await partner.get_by_role("button", name="退回，让别人承接").click()
    await expect(partner.get_by_text("等人承接")).to_be_visible()
    await told(resident, "DELETE", f"/api/needs/{wanted['id']}/support", {})
