"""A neighbour books the yoga room every week, moves one date, calls off another, and finds something else when a time is taken."""

import asyncio
import re
from datetime import datetime, timedelta
from uuid import uuid4

from playwright.async_api import Page, Route, expect

from tests.browser.acts import found, go_to_payment, looked_up, pays_by_card, told
from tests.browser.conftest import DESKTOP, OpenPage, picture
from tests.browser.places import fill_basket

ROOM = "听溪瑜伽室"


async def first_free_chosen(page: Page) -> None:
    """On the page of a space: the first free time is one press away."""
    await page.get_by_role("button", name="选这个时间").click()
    await expect(page.get_by_role("button", name="放进购物篮")).to_be_visible()


async def test_a_weekly_series_is_previewed_paid_once_and_one_date_is_moved_and_one_called_off(
    open_page: OpenPage,
) -> None:
    page = await open_page("/", who="resident", width=DESKTOP)
    await fill_basket(page, [])
    await page.goto(f"/spaces/{await found(page, ROOM, 'space')}", wait_until="networkidle")
    await first_free_chosen(page)
    await page.get_by_role("button", name="定期使用").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name=re.compile("个日期放进购物篮"))).to_be_visible()
    await picture(page, "desktop-series")
    await dialog.get_by_role("button", name=re.compile("个日期放进购物篮")).click()
    await go_to_payment(page)
    await pays_by_card(page)
    main = page.get_by_role("main")
    await picture(page, "desktop-order-series")
    order = await looked_up(page, page.url.replace("/orders/", "/api/orders/"))
    assert len(order["lines"]) > 2 and len({line["starts_at"] for line in order["lines"]}) == len(order["lines"])

    await main.get_by_role("link", name="换个时间").last.click()
    await page.wait_for_url("**/move/*")
    await page.get_by_role("button", name=re.compile("下一周")).click()
    cells = page.locator("section[aria-labelledby=booking] button").filter(
        has_text="¥20"
    )  # never dearer than what was paid
    await cells.first.click()
    await page.get_by_role("button", name="改到这个时间").click()
    await page.wait_for_url(re.compile(r"/orders/[^/]+$"))
    await expect(main.get_by_text("时间已经改好")).to_be_visible()
    moved = await looked_up(page, f"/api/orders/{order['id']}")
    assert [line["starts_at"] for line in moved["lines"]] != [line["starts_at"] for line in order["lines"]]

    await main.get_by_role("button", name="申请退款").click()
    await dialog.get_by_role("checkbox").last.check()
    await picture(page, "desktop-series-one-back")
    await dialog.get_by_role("button", name="确认退款").click()
    await expect(main.get_by_text("已作废")).to_have_count(1)


async def test_a_day_pressed_while_the_next_week_is_on_its_way_is_a_day_of_that_week(open_page: OpenPage) -> None:
    """The dates above are already those of the next week: a press must not choose a time of the week before."""
    page = await open_page("/")
    await page.goto(f"/spaces/{await found(page, ROOM, 'space')}", wait_until="networkidle")
    days = page.get_by_role("group", name="选择日期").get_by_role("button")
    before = await days.nth(6).inner_text()

    async def late(route: Route) -> None:
        await asyncio.sleep(1)
        await route.continue_()

    await page.route("**/availability?*", late)
    await page.get_by_role("button", name=re.compile("下一周")).click()
    await days.nth(6).click()
    await expect(days.nth(6)).to_have_attribute("aria-pressed", "true")
    assert await days.nth(6).inner_text() != before


async def test_when_a_time_in_the_basket_is_taken_another_is_one_press_away(open_page: OpenPage) -> None:
    other = await open_page("/", who="elder")
    space = await found(other, ROOM, "space")
    free = (await looked_up(other, f"/api/spaces/{space}/availability"))["free"]
    slot = next(each for each in free if each["price"]["amount"] > 0)
    wish = {"space_id": space, "starts_at": slot["starts_at"], "ends_at": slot["ends_at"], "attendees": 2}
    page = await open_page("/", who="resident", width=DESKTOP)
    await fill_basket(page, [wish])
    await told(other, "POST", "/api/orders", {"lines": [wish], "pay_by": "desk"}, **{"Idempotency-Key": str(uuid4())})
    await page.goto("/cart", wait_until="networkidle")
    instead = page.get_by_role("region", name="可以改成")
    await expect(instead).to_be_visible()
    await picture(page, "desktop-instead")
    await instead.get_by_role("button", name="改成这个").first.click()
    await expect(page.get_by_role("link", name="去付款")).to_be_visible()
    kept = await page.evaluate("() => JSON.parse(localStorage.getItem('market.cart'))")
    assert kept[0]["space_id"] == space
    assert abs(datetime.fromisoformat(kept[0]["starts_at"]) - datetime.fromisoformat(slot["starts_at"])) <= timedelta(
        days=7
    )


async def test_who_searches_for_a_room_at_a_time_is_led_to_those_that_are_free_then(open_page: OpenPage) -> None:
    """The list is found again on the way back from a room."""
    page = await open_page("/search?q=明天下午 教室")
    await page.get_by_role("link", name="看明天 下午空着的场地").click()
    heading = page.get_by_role("heading", name=re.compile("个场地有空"))
    await expect(heading).to_be_in_viewport()
    await expect(page.get_by_label("什么时段")).to_have_value("afternoon")
    rooms = page.get_by_role("main").get_by_role("heading", level=3)
    count = await rooms.count()
    assert count > 3
    await rooms.first.get_by_role("link").click()
    await page.wait_for_url("**/spaces/*-*")
    await page.go_back()
    await expect(rooms).to_have_count(count)
