"""Every page in both languages, at both widths and at 400 %, light, dark and large: nothing sticks out, is cut off, lies over something
else or is too small to press; axe finds nothing of level A or AA; the console stays silent. Each page is loaded once per language."""

from uuid import uuid4

import pytest
from playwright.async_api import Page

from tests.browser.acts import looked_up, told
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.looks import LOOKS, axe_findings, layout_troubles, look_at
from tests.browser.places import PLACES, Place, basket_with, fill_basket, ids_of_the_town, settled

PEOPLE = [None, "resident", "partner", "clerk", "director"]


async def unpaid_and_free_order(page: Page, ids: dict[str, str]) -> dict[str, str]:
    """The resident's orders that pages show: one waiting for a card, one free and done."""
    offers = (await looked_up(page, f"/api/listings/{ids['advice']}/offers"))["items"]
    free = [{"offer_id": offers[-1]["id"], "quantity": 1}]
    made = {}
    for name, lines in (("unpaid", await basket_with(page, ids)), ("paid", free)):
        made[name] = await told(page, "POST", "/api/orders", {"lines": lines}, **{"Idempotency-Key": str(uuid4())})
    return {"unpaid": made["unpaid"]["id"], "payment": made["unpaid"]["checkout_url"], "paid": made["paid"]["id"]}


async def troubles_at(page: Page, place: Place, ids: dict[str, str], prefix: str) -> list[str]:
    """Visit one page and look at it in every way."""
    await fill_basket(page, await basket_with(page, ids) if place.basket else [])
    await page.goto(place.path.format(**ids))
    await settled(page)
    found: list[str] = []
    for look in LOOKS:
        found += await look_at(page, look, f"{prefix}-{look.name}-{place.name}")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.locator("header button[aria-pressed]").click()
    return [f"{place.name} {each}" for each in found]


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("who", PEOPLE)
async def test_every_page_is_comfortable_to_read_and_press_for(
    open_page: OpenPage, who: str | None, locale: str
) -> None:
    page = await open_page("/", who=who, locale=locale)
    ids = await ids_of_the_town(page)
    if who == "resident":
        ids |= await unpaid_and_free_order(page, ids)
    found: list[str] = []
    for place in [each for each in PLACES if each.who == who and each.name != "sandbox"]:
        found += await troubles_at(page, place, ids, locale[:2])
    assert not found, "\n".join(found)


async def test_the_page_of_the_payment_sandbox_is_as_comfortable(open_page: OpenPage) -> None:
    """A page of the server, without the application's code: one language, one size."""
    page = await open_page("/", who="resident")
    ids = await ids_of_the_town(page)
    await page.goto((await unpaid_and_free_order(page, ids))["payment"])
    assert await axe_findings(page) == []
    assert [each for each in await layout_troubles(page) if "sideways" in each or "too low" in each] == []
