"""Refused, left, sold out, taken, pressed twice, gone back: nobody is charged twice or left without a word."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from playwright.async_api import Page, expect

from tests.browser.acts import (
    at_the_sandbox,
    found,
    go_to_payment,
    looked_up,
    order_count,
    pay_button,
    pays_by_card,
    put_in_basket,
    told,
)  # fmt: skip
from tests.browser.conftest import DESKTOP, OpenPage, picture


async def test_a_refused_card_leaves_the_order_payable_and_says_so(open_page: OpenPage) -> None:
    """The card is declined, then the buyer leaves; the order waits with a button, and the second card is taken."""
    page = await open_page("/", who="resident")
    await put_in_basket(page, "椅子瑜伽")
    await go_to_payment(page)
    await pay_button(page).click()
    await at_the_sandbox(page, "模拟付款被拒")
    await expect(page.get_by_role("alert")).to_contain_text("付款被拒绝，没有扣款")
    await at_the_sandbox(page, "返回，不付款")
    await page.wait_for_url("**/orders/*")
    await expect(page.get_by_text("等待付款").first).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("如果还没有付款，请按下面的按钮")
    await picture(page, "phone-order-awaiting")
    await page.get_by_role("button", name="现在付款").click()
    await at_the_sandbox(page, "付款")
    await expect(page.get_by_text("付款成功")).to_be_visible()


async def test_a_buyer_who_leaves_the_payment_page_can_cancel_the_order_unpaid(open_page: OpenPage) -> None:
    """Left without paying; 取消订单 gives the place back and says that nothing was charged."""
    page = await open_page("/", who="resident", width=DESKTOP)
    await put_in_basket(page, "椅子瑜伽")
    await go_to_payment(page)
    await pay_button(page).click()
    await at_the_sandbox(page, "返回，不付款")
    await page.wait_for_url("**/orders/*")
    await page.get_by_role("button", name="取消订单").click()
    await expect(page.get_by_text("订单已取消，没有扣款")).to_be_visible()


async def test_the_last_place_goes_to_somebody_else_while_the_buyer_reads_and_nothing_is_charged(
    open_page: OpenPage,
) -> None:
    """One seat; the visitor takes it between the resident's quote and order."""
    partner = await open_page("/partner", who="partner")
    listing = await found(partner, "陶艺体验")
    starts = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=40)
    made = await told(partner, "POST", f"/api/listings/{listing}/offers", {"offers": [
        {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat(), "capacity": 1}
    ]})  # fmt: skip
    wish = {"offer_id": offer_id(made), "quantity": 1}
    await lost_to_somebody_else(open_page, wish, "刚刚售完")


async def test_the_room_hour_is_taken_while_the_buyer_reads_and_nothing_is_charged(open_page: OpenPage) -> None:
    """The same with a room: a clear word, no order, no charge."""
    page = await open_page("/")
    space = await found(page, "柳荫瑜伽室", "space")
    starts = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0) + timedelta(days=8)
    wish = {
        "space_id": space, "starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=1)).isoformat(), "attendees": 2,
    }  # fmt: skip
    await lost_to_somebody_else(open_page, wish, "刚刚被别人订走")


def offer_id(made: Any) -> str:
    """The id of the only offer that was made."""
    items = made["items"] if isinstance(made, dict) else made
    return str(items[0]["id"])


async def lost_to_somebody_else(open_page: OpenPage, wish: dict[str, Any], word: str) -> None:
    """The resident stands at the checkout with `wish` when the visitor orders it."""
    open_page.expected.append("409")  # the browser itself notes a refused request
    page = await open_page("/", who="resident")
    await page.evaluate("(wish) => localStorage.setItem('market.cart', JSON.stringify([wish]))", wish)
    await go_to_payment(page)
    before = await order_count(page)
    other = await open_page("/", who="visitor")
    await told(other, "POST", "/api/orders", {"lines": [wish], "pay_by": "desk"}, **{"Idempotency-Key": str(uuid4())})
    await pay_button(page).click()
    alert = page.get_by_role("alert").filter(has_text="没有扣款")
    await expect(alert).to_be_visible()
    await expect(alert).to_contain_text(word)
    await picture(page, f"phone-checkout-{word}")
    assert await order_count(page) == before


async def test_pressing_pay_twice_makes_one_order(open_page: OpenPage) -> None:
    """A shaking finger."""
    page = await open_page("/", who="resident")
    await put_in_basket(page, "椅子瑜伽")
    await go_to_payment(page)
    before = await order_count(page)
    await pay_button(page).dblclick()
    await page.wait_for_url("**/sandbox/**")
    assert await order_count(page) == before + 1


async def test_going_back_after_paying_does_not_buy_again(open_page: OpenPage) -> None:
    """The back button leads through pages that say what is true: paid, and an empty basket."""
    open_page.expected.append("410")  # what the payment page answers when it is over
    page = await open_page("/", who="resident")
    await put_in_basket(page, "椅子瑜伽")
    await go_to_payment(page)
    await pays_by_card(page)
    paid = await order_count(page)
    for _ in range(3):
        await page.go_back(wait_until="networkidle")
        if "/sandbox/" in page.url:
            await expect(page.get_by_role("heading")).to_contain_text("已经付过款")
            await expect(page.get_by_role("button")).to_have_count(0)
    await page.goto("/checkout", wait_until="networkidle")
    await expect(page.get_by_text("购物篮是空的")).to_be_visible()
    assert await order_count(page) == paid
    newest = (await looked_up(page, "/api/orders"))["items"][0]
    assert newest["status"] == "paid"


async def test_a_wrong_password_is_told_in_plain_words_and_the_right_one_leads_on(open_page: OpenPage) -> None:
    """A slip of the finger at the sign-in page, at the moment of paying."""
    open_page.expected.append("401")
    page: Page = await open_page("/")
    await put_in_basket(page, "椅子瑜伽")
    await page.goto("/cart")
    await page.get_by_role("link", name="登录后付款").click()
    await page.get_by_label("邮箱或手机号").fill("resident@demo.test")
    await page.get_by_label("密码").fill("not the password")
    await page.get_by_role("main").get_by_role("button", name="登录").click()
    await expect(page.get_by_role("alert")).to_contain_text("账号或密码不对")
    await page.get_by_label("密码").fill("demo-town-2026")
    await page.get_by_role("main").get_by_role("button", name="登录").click()
    await page.wait_for_url("**/checkout")
    await expect(pay_button(page)).to_have_text("付款 ¥32.00")
