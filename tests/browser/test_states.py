"""What a page says when things are not as usual, on the telephone and at the desk: late, gone, unreachable, renewed."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.acts import found, go_to_payment, looked_up, put_in_basket, told
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, findings, picture
from tests.browser.places import basket_with, fill_basket, ids_of_the_town, settled

WIDTHS = pytest.mark.parametrize("width", [PHONE, DESKTOP], ids=["phone", "desktop"])


async def answered_with(page: Page, address: str, **changed: Any) -> None:
    """The page gets the real answer of this address with some fields as they would be at another time."""

    async def change(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=json.dumps(await answer.json() | changed))

    await page.route(address, change)


@WIDTHS
async def test_an_order_whose_time_is_over_says_that_nothing_was_charged_and_leads_back(
    open_page: OpenPage, width: dict[str, int]
) -> None:
    """The hold of 15 minutes ran out while the buyer was away."""
    page = await open_page("/", who="resident", width=width, worker=False)
    lines = await basket_with(page, await ids_of_the_town(page))
    order = await told(page, "POST", "/api/orders", {"lines": lines}, **{"Idempotency-Key": str(uuid4())})
    late = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    await answered_with(page, f"**/api/orders/{order['id']}", status="expired", hold_expires_at=late, checkout_url=None)
    await page.goto(f"/orders/{order['id']}")
    await expect(page.get_by_text("保留时间已过")).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("没有扣款")
    await expect(page.get_by_role("button", name="现在付款")).to_have_count(0)
    assert not await findings(page)
    await picture(page, f"state-expired-{width['width']}")
    await page.get_by_role("link", name="重新选时间").click()
    await page.wait_for_url("**/listings/*")


@WIDTHS
async def test_what_is_no_longer_for_sale_is_named_in_the_basket_and_can_be_taken_out(
    open_page: OpenPage, width: dict[str, int]
) -> None:
    """The partner calls off the session while it lies in a basket."""
    partner = await open_page("/partner", who="partner")
    listing = await found(partner, "陶艺体验")
    starts = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0) + timedelta(
        days=41 + width["width"] % 7
    )
    made = await told(partner, "POST", f"/api/listings/{listing}/offers", {"offers": [
        {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat(), "capacity": 4}
    ]})  # fmt: skip
    offer = made["items"][0]["id"]
    page = await open_page("/", who="resident", width=width)
    await fill_basket(page, [{"offer_id": offer, "quantity": 1}])
    await told(partner, "PATCH", f"/api/offers/{offer}", {"status": "cancelled"})
    open_page.expected.append("409")
    open_page.expected.append("422")
    open_page.expected.append("404")
    await page.goto("/cart")
    await expect(page.get_by_text("这一项现在不能购买了")).to_be_visible()
    assert not await findings(page)
    await picture(page, f"state-not-for-sale-{width['width']}")
    await page.get_by_role("button", name="移除").click()
    await expect(page.get_by_text("购物篮是空的")).to_be_visible()


@WIDTHS
async def test_a_search_that_cannot_be_reached_says_so_and_trying_again_brings_it(
    open_page: OpenPage, width: dict[str, int]
) -> None:
    """The line is cut between the page and its data."""
    open_page.expected.append("ERR_FAILED")
    page = await open_page("/", width=width, worker=False)
    await page.route("**/api/search?*", lambda route: route.abort())
    box = page.locator("input[name=q]").filter(visible=True).first
    await box.fill("瑜伽")
    await box.press("Enter")
    await expect(page.get_by_text("连接不上")).to_be_visible()
    assert not await findings(page)
    await picture(page, f"state-unreachable-{width['width']}")
    await page.unroute_all()
    await page.get_by_role("button", name="再试一次").click()
    await expect(page.get_by_role("main").get_by_text(re.compile(r"共 \d+ 项"))).to_be_visible()


@WIDTHS
async def test_while_data_is_on_its_way_the_place_for_it_is_shown(open_page: OpenPage, width: dict[str, int]) -> None:
    """Grey shapes, announced as busy, until the slow answer comes."""
    page = await open_page("/", who="resident", width=width, worker=False)
    asked = asyncio.Event()
    let_in = asyncio.Event()

    async def slow(route: Route) -> None:
        asked.set()
        await let_in.wait()
        await route.continue_()

    await page.route("**/api/orders", slow)
    await page.evaluate("() => document.querySelector('a[href=\"/orders\"]').click()")
    await expect(page.locator(".shape").first).to_be_visible()
    assert not await findings(page)
    await picture(page, f"state-loading-{width['width']}")
    await asyncio.wait_for(asked.wait(), 10)
    let_in.set()
    await settled(page)
    await expect(page.locator(".shape")).to_have_count(0)


@WIDTHS
async def test_a_lost_network_is_told_honestly_and_the_word_goes_when_it_is_back(
    open_page: OpenPage, width: dict[str, int]
) -> None:
    """The banner names what still works."""
    open_page.expected.append("ERR_")
    page = await open_page("/funds", who="resident", width=width)
    await page.context.set_offline(True)
    await expect(page.get_by_text("现在没有网络")).to_be_visible()
    assert not await findings(page)
    await picture(page, f"state-offline-{width['width']}")
    await page.context.set_offline(False)
    await expect(page.get_by_text("现在没有网络")).to_have_count(0)


@WIDTHS
async def test_a_new_version_asks_before_it_takes_over(open_page: OpenPage, town: str, width: dict[str, int]) -> None:
    """A second worker waits until the reader agrees; until then nothing is reloaded."""
    first = await open_page("/")
    browser = first.context.browser
    assert browser is not None
    context = await browser.new_context(viewport=width, base_url=town, locale="zh-CN", bypass_csp=True)
    page = await context.new_page()
    await page.goto("/", wait_until="networkidle")
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
    await page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    await page.evaluate("() => { window.same = true; }")
    # another address of the same worker is what the browser takes for a new version of it
    await page.evaluate("() => navigator.serviceWorker.register('/service-worker.js?next').then(() => null)")
    await expect(page.get_by_text("有新版本")).to_be_visible()
    await picture(page, f"state-update-{width['width']}")
    assert await page.evaluate("() => window.same === true"), "not without being asked"
    async with page.expect_navigation():
        await page.get_by_role("button", name="现在更新").click()
    await page.wait_for_load_state()
    assert await page.evaluate("() => window.same === undefined"), "now the page is opened anew"
    await context.close()


@WIDTHS
async def test_where_no_desk_takes_cash_the_checkout_says_so(open_page: OpenPage, width: dict[str, int]) -> None:
    """Then there is one way to pay, and it is named."""
    page = await open_page("/", who="resident", width=width, worker=False)
    await answered_with(page, "**/api/quotes", desks=[])
    await put_in_basket(page, "椅子瑜伽")
    await go_to_payment(page)
    await expect(page.get_by_text("网上付款").first).to_be_visible()
    await expect(page.get_by_text("到社区服务台付现金")).to_have_count(0)
    await expect(page.get_by_text("有的社区不收现金，只能网上付款")).to_be_visible()
    assert not await findings(page)
    await picture(page, f"state-no-desk-{width['width']}")


@WIDTHS
async def test_a_thing_that_is_gone_says_so_and_leads_on(open_page: OpenPage, width: dict[str, int]) -> None:
    """An old link to a listing that nobody offers any more."""
    open_page.expected.append("404")
    page = await open_page("/listings/00000000-0000-7000-8000-000000000000", width=width)
    await expect(page.get_by_role("main").get_by_role("link", name="首页")).to_be_visible()
    assert not await findings(page)
    await picture(page, f"state-gone-{width['width']}")
    assert (await page.context.request.get("/listings/00000000-0000-7000-8000-000000000000")).status == 404


@WIDTHS
async def test_empty_pages_say_what_will_stand_there_and_where_to_begin(
    open_page: OpenPage, width: dict[str, int]
) -> None:
    """Somebody who has bought nothing yet."""
    page = await open_page("/", width=width)
    login = f"new-{uuid4().hex[:10]}@example.test"
    answer = await page.context.request.post(
        "/api/accounts", data={"login": login, "password": "a-long-password-1", "name": "新来的"}
    )
    assert answer.ok, await answer.text()
    await page.goto("/sign-in")
    await page.locator("[name=login]").fill(login)
    await page.locator("[name=password]").fill("a-long-password-1")
    await page.locator("[name=password]").press("Enter")
    await page.wait_for_url(lambda url: "/sign-in" not in url)
    for path in ("/orders", "/vouchers", "/cart", "/account/year"):
        await page.goto(path)
        await settled(page)
        await expect(page.get_by_role("main").get_by_role("link").first).to_be_visible()
        assert not await findings(page)
        await picture(page, f"state-empty{path.replace('/', '-')}-{width['width']}")
    assert (await looked_up(page, "/api/orders"))["items"] == []
