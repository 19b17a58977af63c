"""After buying: the code at the door, the tick that comes by itself, one tap of satisfaction, money back in two taps, no network."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.acts import (
    code_shown,
    found,
    go_to_payment,
    looked_up,
    order_count,
    pay_button,
    pays_by_card,
    put_in_basket,
    told,
)
from tests.browser.conftest import DESKTOP, OpenPage, picture, sign_in
from tests.browser.places import fill_basket


async def class_in(partner: Page, *, hours: int, capacity: int = 4) -> dict[str, object]:
    """A wish for a class that the studio adds to begin in so many hours."""
    starts = datetime.now(UTC) + timedelta(hours=hours)
    made = await told(partner, "POST", f"/api/listings/{await found(partner, '椅子瑜伽')}/offers", {"offers": [
        {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=1)).isoformat(), "capacity": capacity}
    ]})  # fmt: skip
    return {"offer_id": made["items"][0]["id"], "quantity": 1}


async def test_the_code_is_big_the_page_ticks_itself_off_and_one_tap_says_how_it_was(open_page: OpenPage) -> None:
    """Bought for this afternoon; the teacher takes the code while the page is open."""
    partner = await open_page("/partner", who="partner")
    wish = await class_in(partner, hours=3)
    page = await open_page("/", who="resident")
    await fill_basket(page, [wish])
    await go_to_payment(page)
    await pays_by_card(page)
    code = await code_shown(page)
    main = page.get_by_role("main")
    await expect(main.get_by_text("在哪里")).to_be_visible()
    await expect(main.get_by_text("柳园社区 ·").first).to_be_visible()
    file = await page.context.request.get(
        str(await main.get_by_role("link", name="加到手机日历").get_attribute("href"))
    )
    assert "BEGIN:VEVENT" in await file.text()
    await expect(main.get_by_text("这些基金最近做了什么")).to_be_visible()
    await picture(page, "phone-order-pass")
    await told(partner, "POST", f"/api/vouchers/{code.replace(' ', '')}/redeem", {})
    await expect(main.get_by_text("已签到")).to_be_visible(timeout=12_000)
    await page.get_by_role("button", name="很满意").click()
    await expect(main.get_by_text("谢谢！邻居们现在就能看到您的评价")).to_be_visible()
    await picture(page, "phone-order-rated")


async def test_money_comes_back_in_two_taps_with_the_amount_shown_before(open_page: OpenPage) -> None:
    """The first tap shows ¥32.00, the second gives it back; the code is void."""
    page = await open_page("/", who="resident", width=DESKTOP)
    offers = (await looked_up(page, f"/api/listings/{await found(page, '椅子瑜伽')}/offers"))["items"]
    far_enough = next(each for each in reversed(offers) if each["left"])  # the nearest one is too near for money back
    await fill_basket(page, [{"offer_id": far_enough["id"], "quantity": 1}])
    await go_to_payment(page)
    await pays_by_card(page)
    await page.get_by_role("button", name="申请退款").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("¥32.00")).to_be_visible()
    await expect(dialog.get_by_text("原来的付款方式")).to_be_visible()
    await picture(page, "desktop-refund-preview")
    await dialog.get_by_role("button", name="确认退款").click()
    await expect(page.get_by_text("已退款 ¥32.00", exact=True)).to_be_visible()
    await expect(page.get_by_text("已作废")).to_be_visible()


async def test_two_windows_buy_a_basket_once(open_page: OpenPage) -> None:
    """The same basket at the checkout of two windows: both press, both arrive at the same order."""
    page = await open_page("/", who="resident")
    await put_in_basket(page, "椅子瑜伽")
    await go_to_payment(page)
    other = await page.context.new_page()
    await other.goto("/checkout", wait_until="networkidle")
    await expect(pay_button(other)).to_be_visible()
    before = await order_count(page)
    await pay_button(page).click()
    await page.wait_for_url("**/sandbox/**")
    await pay_button(other).click()
    await other.wait_for_url("**/sandbox/**")
    assert other.url == page.url
    assert await order_count(page) == before + 1
    await other.close()


async def test_a_lost_answer_is_told_and_pressing_again_makes_no_second_order(open_page: OpenPage) -> None:
    """The order is made, its answer gets lost on the way."""
    open_page.expected.append("ERR_FAILED")
    page = await open_page("/", who="resident", width=DESKTOP)
    await put_in_basket(page, "椅子瑜伽")
    await go_to_payment(page)
    before = await order_count(page)

    async def lose_the_answer(route: object) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/api/orders", lose_the_answer, times=1)
    await pay_button(page).click()
    await expect(page.get_by_role("alert")).to_contain_text("不会重复下单，也不会重复扣款")
    await picture(page, "desktop-checkout-lost")
    assert await order_count(page) == before + 1
    await page.get_by_text(
        "到社区服务台付现金"
    ).click()  # another way to pay is another wish: it is not ordered twice either
    open_page.expected.append("422")
    await pay_button(page).click()
    await expect(page.get_by_role("alert").or_(page.get_by_role("status"))).to_contain_text([re.compile("已经下过单")])
    await page.get_by_text("网上付款").click()
    await pay_button(page).click()
    await page.wait_for_url("**/sandbox/**")
    assert await order_count(page) == before + 1
    await page.goto("/checkout", wait_until="networkidle")
    await expect(page.get_by_text("还在等您付款")).to_be_visible()
    await picture(page, "desktop-checkout-waiting")


async def test_a_price_that_changes_while_the_buyer_reads_is_shown_before_and_after(open_page: OpenPage) -> None:
    """The studio raises the price between quote and order; nothing is charged, and it is put back after."""
    open_page.expected.append("409")
    partner = await open_page("/partner", who="partner")
    listing = await found(partner, "椅子瑜伽")
    page = await open_page("/", who="resident")
    await put_in_basket(page, "椅子瑜伽")
    await go_to_payment(page)
    await expect(pay_button(page)).to_have_text("付款 ¥32.00")
    await told(partner, "PATCH", f"/api/listings/{listing}", {"price": 5000})
    try:
        await pay_button(page).click()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("没有扣款")
        await expect(alert).to_contain_text("原来 ¥32.00，现在 ¥40.00")
        await expect(pay_button(page)).to_have_text("付款 ¥40.00")
        await picture(page, "phone-checkout-price-changed")
    finally:
        await told(partner, "PATCH", f"/api/listings/{listing}", {"price": 4000})


async def worker_in_charge(page: Page) -> None:
    """The service worker answers for this page."""
    await page.evaluate(
        "() => navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller ? null"
        " : new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done, {once: true})))"
    )


ALL_CODE_KEPT = """async () => {
  const loaded = performance.getEntriesByType('resource').map((it) => it.name).filter((it) => /_app.immutable.*[.]js$/.test(it));
  const kept = await Promise.all(loaded.map((it) => caches.match(it)));
  return loaded.length > 0 && kept.every(Boolean);
}"""


async def becomes_true(page: Page, question: str, about: Any = None) -> None:
    """Asks until a promise brings true; wait_for_function takes the promise itself for true."""
    for _ in range(75):
        if await page.evaluate(question, about):
            return
        await page.wait_for_timeout(200)
    raise AssertionError(f"never became true: {question}")


async def offline(context: BrowserContext, page: Page, path: str) -> None:
    await context.set_offline(True)
    await page.goto(path)


async def test_without_a_network_the_codes_open_and_after_signing_out_nothing_is_left(open_page: OpenPage) -> None:
    """In a cellar with no signal the code is there and a banner says from when; the next person on this device sees nothing."""
    open_page.expected += ["ERR_INTERNET_DISCONNECTED", "Failed to fetch", "ERR_FAILED"]
    page = await open_page("/")
    await sign_in(page, "resident")  # a session of this test alone, since it is ended
    await page.goto("/vouchers", wait_until="networkidle")
    await worker_in_charge(page)
    await page.reload(wait_until="networkidle")
    code = await code_shown(page)
    own = next(
        each
        for each in (await looked_up(page, "/api/me/vouchers"))["items"]
        if each["status"] == "issued" and not each["bought_by"]
    )
    await page.goto("/orders", wait_until="networkidle")
    await becomes_true(
        page,
        "async (order) => (await (await caches.open('own')).match(`/api/orders/${order}`)) !== undefined",
        own["order_id"],
    )
    await becomes_true(page, ALL_CODE_KEPT)
    await offline(page.context, page, "/vouchers")
    assert await code_shown(page) == code
    await expect(page.get_by_text(re.compile("您看到的是今天 .*保存的内容"))).to_be_visible()
    await picture(page, "phone-offline-codes")
    await page.get_by_role("link", name="看订单，退款").first.click()
    await expect(page.get_by_role("main").get_by_text(code).first).to_be_visible()
    await page.context.set_offline(False)
    await page.goto("/account", wait_until="networkidle")
    await page.get_by_role("button", name="退出登录").click()
    await page.wait_for_url(re.compile("/$"))
    await page.wait_for_load_state("networkidle")
    await becomes_true(
        page, "async () => !(await caches.has('own')) || (await (await caches.open('own')).keys()).length === 0"
    )
    await offline(page.context, page, "/vouchers")
    await expect(page.get_by_text("请先登录")).to_be_visible()
    await expect(page.get_by_text(code)).to_have_count(0)


async def test_the_large_mode_asks_one_thing_at_a_time_and_the_mother_sees_the_code(open_page: OpenPage) -> None:
    """Lin buys her mother's lunch in the large mode: who comes, how to pay, look once more."""
    page = await open_page("/", who="resident", large=True)
    meals = (await looked_up(page, "/api/search?community=baihe&listing_kind=meal&kind=service"))["items"]
    offer = next(each["next"]["offer_id"] for each in meals if each.get("next") and each["next"]["left"])
    await fill_basket(page, [{"offer_id": offer, "quantity": 1}])
    await go_to_payment(page)
    await expect(page.get_by_text("第 1 步，共 3 步")).to_be_visible()
    await expect(pay_button(page)).to_have_count(0)
    await page.get_by_text("妈妈").click()
    await picture(page, "large-checkout-who")
    await page.get_by_role("button", name="下一步").click()
    await expect(page.get_by_role("heading", name="怎样付款")).to_be_focused()
    await picture(page, "large-checkout-how")
    await page.get_by_role("button", name="下一步").click()
    await expect(page.get_by_text("居民价优惠").first).to_be_visible()
    await picture(page, "large-checkout-pay")
    await pays_by_card(page)
    code = await code_shown(page)
    mother = await open_page("/vouchers", who="elder", large=True)
    own = mother.get_by_role("main").get_by_text(code)
    await expect(own).to_be_visible()
    await expect(mother.get_by_text("林晓岚替您买的").first).to_be_visible()
    await picture(mother, "large-mothers-codes")


async def test_a_listing_is_passed_on_as_a_picture_with_its_code(open_page: OpenPage) -> None:
    """Drawn in the browser: the picture can be kept and says in words what is on it."""
    page = await open_page("/", width=DESKTOP)
    await page.goto(f"/listings/{await found(page, '晨间瑜伽课')}", wait_until="networkidle")
    await page.get_by_role("button", name="分享").click()
    dialog = page.get_by_role("dialog")
    drawn = dialog.get_by_role("img", name=re.compile("晨间瑜伽课.*二维码"))
    await expect(drawn).to_be_visible()
    assert await drawn.evaluate("(it) => it.naturalWidth") == 1080
    async with page.expect_download() as saved:
        await dialog.get_by_role("link", name="保存图片").click()
    assert (await saved.value).suggested_filename == "晨间瑜伽课.png"
    await picture(page, "desktop-share")
