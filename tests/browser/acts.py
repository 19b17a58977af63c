"""What a person does on the pages, in their own words; and the few facts that a test reads beside the page."""

import json
import re
from typing import Any

from playwright.async_api import Locator, Page, expect

CODE = re.compile(r"^[0-9A-Z]{4} [0-9A-Z]{4} [0-9A-Z]{4}$")
MONEY = re.compile(r"[¥]\s?([\d,]+\.\d{2})")


# What is wrong with what has the focus: nothing has it, it is not marked, out of the window, or covered (WCAG 2.4.7, 2.4.11).
FOCUS = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return 'nothing has the focus';
  if (e.type === 'date') return '';  // the browser marks the part of the date that has the focus
  const style = getComputedStyle(e);
  if (parseFloat(style.outlineWidth) < 2 || style.outlineStyle === 'none') return `no focus ring on ${e.outerHTML.slice(0, 120)}`;
  const { x, y, width, height } = e.getClientRects()[0] ?? e.getBoundingClientRect();  // the first line of a link in a text
  if (y + height < 0 || y > innerHeight) return `outside the window: ${e.outerHTML.slice(0, 120)}`;
  const at = document.elementFromPoint(x + width / 2, y + Math.min(height / 2, 20));
  if (at && !e.contains(at) && !at.contains(e) && !at.closest('label')?.contains(e)) return `covered: ${e.outerHTML.slice(0, 120)}`;
  return '';
}"""


def cents(text: str) -> int:
    """The first amount in a text, in cents: "余额 ¥1,249.23" is 124923."""
    found = MONEY.search(text)
    assert found, f"no amount in {text!r}"
    return int(found[1].replace(",", "").replace(".", ""))


async def balance_of_fund(page: Page) -> int:
    """What the fund's page says is left, in cents: the last of the three figures of its story."""
    story = page.get_by_role("region", name=re.compile("一眼看懂|In one look"))
    return cents(await story.get_by_role("definition").last.inner_text())


def seen(page: Page, text: str | re.Pattern[str]) -> Locator:
    """The first place in the main part where a text can really be seen; some parts stand twice, for narrow and wide windows."""
    return page.get_by_role("main").get_by_text(text).filter(visible=True).first


async def looked_up(page: Page, path: str) -> Any:
    """What the API answers to the person at this page."""
    answer = await page.context.request.get(path)
    assert answer.ok, f"{path}: {answer.status}"
    return await answer.json()


async def told(page: Page, method: str, path: str, body: dict[str, Any], **headers: str) -> Any:
    """A request of the person at this page that the test does not want to click through."""
    me = await looked_up(page, "/api/me")
    answer = await page.context.request.fetch(
        path, method=method, data=json.dumps(body),
        headers={"Content-Type": "application/json", "X-CSRF-Token": me["csrf_token"], **headers},
    )  # fmt: skip
    assert answer.ok, f"{method} {path}: {answer.status} {await answer.text()}"
    return await answer.json()


async def found(page: Page, words: str, kind: str = "service") -> str:
    """The id of the first hit."""
    result = await looked_up(page, f"/api/search?q={words}&kind={kind}")
    return str(result["items"][0]["id"])


async def order_count(page: Page) -> int:
    """How many orders the person at this page has on the first page of them."""
    return len((await looked_up(page, "/api/orders"))["items"])


async def search_for(page: Page, words: str) -> None:
    """Type into the box of the page and press Enter."""
    box = page.locator("input[name=q]").filter(visible=True).first
    await box.fill(words)
    await box.press("Enter")
    await page.wait_for_url("**/search?q=*")


async def put_in_basket(page: Page, words: str) -> None:
    """From a listing's page: the first date that is free, one place."""
    await page.goto(f"/listings/{await found(page, words)}")
    await page.get_by_role("button", name=re.compile("放进购物篮|Add to basket")).click()


async def go_to_payment(page: Page) -> None:
    """From anywhere with a full basket to the page that asks how to pay."""
    await page.goto("/cart")
    await page.get_by_role("link", name=re.compile("去付款|Go to payment")).click()
    await page.wait_for_url("**/checkout")


def pay_button(page: Page) -> Locator:
    """The one button of the checkout page that buys."""
    return page.get_by_role("main").get_by_role("button", name=re.compile("^(付款 ¥|Pay ¥|保留名额|确认预订)"))


async def at_the_sandbox(page: Page, choice: str) -> None:
    """Press 付款, 模拟付款被拒 or 返回，不付款 on the payment page."""
    await page.wait_for_url("**/sandbox/**")
    await page.get_by_role("button", name=re.compile(f"^{choice}")).click()


async def pays_by_card(page: Page) -> None:
    """From the checkout page to the paid order."""
    await pay_button(page).click()
    await at_the_sandbox(page, "付款")
    await page.wait_for_url("**/orders/*")
    await expect(page.get_by_text(re.compile("付款成功|Paid. Thank you"))).to_be_visible()


async def code_shown(page: Page) -> str:
    """The voucher's code on an order page, after looking that the QR code beside it was really drawn."""
    code = page.get_by_role("main").get_by_text(CODE).first
    await expect(code).to_be_visible()
    drawn = await page.locator("img[src$='qr.svg']").first.evaluate(
        "async (it) => { await it.decode(); return it.naturalWidth }"
    )
    assert drawn > 0
    return (await code.inner_text()).strip()
