"""A resident finds a class, books a room, pays, and sees where each cent went."""

import re

from playwright.async_api import Page, expect

from tests.browser.acts import (
    at_the_sandbox,
    balance_of_fund,
    cents,
    code_shown,
    found,
    go_to_payment,
    pay_button,
    put_in_basket,
    search_for,
    seen,
)
from tests.browser.conftest import DESKTOP, OpenPage, picture

FUND = "/funds/liuyuan-development"


async def balance_shown(page: Page) -> int:
    await page.goto(FUND, wait_until="networkidle")
    return await balance_of_fund(page)


async def test_a_resident_finds_a_class_by_typing_yoga_pays_with_a_room_and_finds_the_same_cents_in_the_fund(
    open_page: OpenPage,
) -> None:
    """Lin types 瑜伽, buys at the residents' price with an hour of an idle room, and checks the public books."""
    stranger = await open_page("/")
    before = await balance_shown(stranger)
    page = await open_page("/", who="resident")

    await search_for(page, "瑜伽")
    await page.get_by_role("link", name="晨间瑜伽课").click()
    await expect(page.get_by_role("heading", name="晨间瑜伽课")).to_be_visible()
    main = page.get_by_role("main")
    await expect(seen(page, "¥80.00")).to_be_visible()
    await expect(main.locator("s", has_text="¥100.00").first).to_be_visible()
    await expect(seen(page, "您是柳园社区已核实的居民")).to_be_visible()
    await expect(seen(page, "柳荫瑜伽室")).to_be_visible()  # where to go
    shares = page.get_by_role("region", name="钱会去哪里")
    await expect(shares.get_by_role("listitem").filter(has_text="清和工坊")).to_contain_text("97%")
    await expect(shares.get_by_role("listitem").filter(has_text="柳园社区发展基金")).to_contain_text("3%")
    await page.get_by_role("button", name="放进购物篮").click()

    await choose_a_room_hour(page, "墨池书法室")
    await page.get_by_role("link", name="去购物篮").click()

    line = page.get_by_role("article").filter(has_text="晨间瑜伽课")
    await line.get_by_text("这笔钱分给谁").click()
    for said in ("¥100.00", "居民价优惠", "−¥20.00", "¥80.00", "¥77.60", "¥2.40"):
        await expect(line.get_by_text(said).first).to_be_visible()
    await picture(page, "phone-cart-with-room")
    await page.get_by_role("link", name="去付款").click()
    payable = cents(await pay_button(page).inner_text())
    assert payable > 8000
    await pay_button(page).click()
    await page.wait_for_url("**/sandbox/**")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await expect(page.get_by_text("这不是真的付款")).to_be_visible()
    assert cents(await page.locator(".amount").inner_text()) == payable
    await picture(page, "phone-sandbox")
    await at_the_sandbox(page, "付款")

    await page.wait_for_url("**/orders/*")
    await expect(page.get_by_text("付款成功")).to_be_visible()
    await expect(seen(page, "已付款")).to_be_visible()  # the live region says it too, and not at once
    await code_shown(page)
    receipt = page.get_by_role("region", name="您的钱去了哪里")
    await expect(receipt.get_by_role("listitem").filter(has_text="柳园社区发展基金")).to_contain_text("¥2.40")
    await expect(receipt.get_by_role("listitem").filter(has_text="清和工坊")).to_contain_text("¥77.60")
    await picture(page, "phone-order-paid")

    assert await balance_shown(stranger) == before + 240
    newest = stranger.get_by_role("region", name="每一笔账").get_by_role("listitem").first
    await expect(newest).to_contain_text("+¥2.40")
    await expect(newest).not_to_contain_text("林")


async def choose_a_room_hour(page: Page, name: str) -> None:
    """An hour in the first week that has one; the page offers it by day and hour."""
    await page.goto(f"/spaces/{await found(page, name, 'space')}")
    free = page.get_by_role("button", name=re.compile("可订$"))
    shown = await free.first.get_attribute("data-cell")
    await page.get_by_role("button", name="下一周").click()
    await expect(free.first).not_to_have_attribute("data-cell", str(shown))
    await free.first.click()
    await expect(page.get_by_text("您的预订")).to_be_visible()
    await page.get_by_role("button", name="放进购物篮").click()


async def test_a_neighbour_who_reads_english_buys_the_class_at_the_desktop_and_pays_the_list_price(
    open_page: OpenPage,
) -> None:
    """A visitor switches to English and pays ¥100.00; every word on the way is English."""
    page = await open_page("/", who="visitor", width=DESKTOP)
    await page.get_by_role("button", name="English").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await search_for(page, "morning yoga")
    await page.get_by_role("link", name="Morning yoga", exact=True).click()
    await expect(seen(page, "¥100.00")).to_be_visible()
    await put_in_basket(page, "morning yoga")
    await go_to_payment(page)
    await expect(page.get_by_role("main")).not_to_contain_text(re.compile("[付购合]"))
    await expect(pay_button(page)).to_have_text("Pay ¥100.00")
    await pay_button(page).click()
    await at_the_sandbox(page, "付款")
    await expect(page.get_by_text("Paid. Thank you")).to_be_visible()
    await code_shown(page)
    receipt = page.get_by_role("region", name="Where your money went")
    await expect(receipt.get_by_role("listitem").filter(has_text="Development Fund")).to_contain_text("¥3.00")
    await picture(page, "desktop-order-paid-en")
