"""Every page at both widths, in both languages, large and dark: nothing sticks out, nothing is too small to press, axe is content."""

from uuid import uuid4

import pytest
from playwright.async_api import Page

from tests.browser.acts import FOCUS, looked_up, told
from tests.browser.conftest import COLOURS, DESKTOP, PHONE, ZOOMED, OpenPage, findings, picture
from tests.browser.places import PLACES, Place, basket_with, fill_basket, ids_of_the_town, settled

# A control is what can be pressed; its target is its label, or the card that its link covers. Links inside a sentence are as
# high as the sentence.
TROUBLES = """() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}`);
  const target = (e) => {
    const label = e.matches('input') ? e.closest('label') : null;
    const cover = getComputedStyle(e, '::after').position === 'absolute' ? e.offsetParent : null;
    return (label ?? cover ?? e).getBoundingClientRect();
  };
  const inText = (e) => getComputedStyle(e).display === 'inline' && e.closest('p, dd, figcaption')
    && e.closest('p, dd, figcaption').innerText.trim().length > e.innerText.trim().length;
  const controls = ':is(a[href], button, input, select, textarea, summary)';
  for (const e of document.querySelectorAll(`:is(main, nav, header, footer) ${controls}`)) {
    if (!e.checkVisibility({ visibilityProperty: true })) continue;
    const { width, height } = target(e);
    if (width <= 1 || height <= 1 || inText(e)) continue;
    if (height < 43.9) found.push(`too small: ${Math.round(width)}x${Math.round(height)} ${e.tagName} ${(e.innerText || e.name).trim()}`);
  }
  for (const e of document.querySelectorAll('main :is(h1, h2, h3, p, a, button, td, dd, dt, label, legend)')) {
    const style = getComputedStyle(e);
    if (style.overflow === 'visible' || !e.checkVisibility() || e.clientWidth <= 1) continue;
    if (e.scrollWidth > e.clientWidth + 1) found.push(`cut off: ${e.innerText.trim()}`);
  }
  return found;
}"""
# Whatever a key can reach is marked and seen when it is reached; which key reaches it is tried by the journeys.
BY_KEYBOARD = f"""() => {{
  const look = {FOCUS};
  const found = [];
  for (const e of document.querySelectorAll(':is(a[href], button, input, select, textarea, summary, [tabindex="0"])')) {{
    if (!e.checkVisibility({{ visibilityProperty: true }}) || e.disabled || e.tabIndex < 0) continue;
    if (e.type === 'radio' && !e.checked && document.querySelector(`[name="${{e.name}}"]:checked`)) continue;
    e.focus();
    const wrong = document.activeElement === e ? look() : `cannot have the focus: ${{e.outerHTML.slice(0, 120)}}`;
    if (wrong) found.push(wrong);
  }}
  scrollTo(0, 0);
  return found;
}}"""


async def unpaid_and_free_order(page: Page, ids: dict[str, str]) -> dict[str, str]:
    """The resident's orders that pages show: one waiting for a card, one free and done, and the weekly hours in the yoga room."""
    offers = (await looked_up(page, f"/api/listings/{ids['advice']}/offers"))["items"]
    free = [{"offer_id": offers[-1]["id"], "quantity": 1}]
    made = {}
    for name, lines in (("unpaid", await basket_with(page, ids)), ("paid", free)):
        made[name] = await told(page, "POST", "/api/orders", {"lines": lines}, **{"Idempotency-Key": str(uuid4())})
    orders = (await looked_up(page, "/api/orders"))["items"]
    weekly = next(each for each in orders if each["lines"] > 1)
    date = (await looked_up(page, f"/api/orders/{weekly['id']}"))["lines"][-1]["id"]
    made |= {"weekly": weekly, "date": {"id": date}}
    return {name: made[name]["id"] for name in ("weekly", "date")} | {
        "unpaid": made["unpaid"]["id"],
        "payment": made["unpaid"]["checkout_url"],
        "paid": made["paid"]["id"],
    }


async def arrive(page: Page, place: Place, ids: dict[str, str]) -> None:
    await page.goto(place.path.format(**ids))
    await settled(page)


# A week becomes a list of days when the window grows narrow: that is drawn after the browser has told of it.
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))"


async def troubles(page: Page) -> list[str]:
    """What is wrong with the page once it is drawn at its width; looked at twice where the first look finds something."""
    await page.evaluate(DRAWN)
    found = list(await page.evaluate(TROUBLES))
    if found:
        await page.wait_for_timeout(1000)
        found = list(await page.evaluate(TROUBLES))
    return found


@pytest.mark.parametrize("who", [None, "resident", "partner", "clerk", "director"])
async def test_every_page_is_comfortable_to_read_and_press_for(open_page: OpenPage, who: str | None) -> None:
    """Chinese: telephone and desktop, large mode, and in the dark."""
    open_page.expected.append("status of 404")
    page = await open_page("/", who=who)
    ids = await ids_of_the_town(page)
    if who == "resident":
        ids |= await unpaid_and_free_order(page, ids)
    found: list[str] = []
    for place in [each for each in PLACES if each.who == who]:
        await fill_basket(page, await basket_with(page, ids) if place.basket else [])
        await arrive(page, place, ids)
        seen = [f"phone: {each}" for each in await troubles(page) + await findings(page)]
        await picture(page, f"phone-{place.name}")
        await page.emulate_media(color_scheme="dark")
        seen += [f"dark: {each}" for each in await findings(page, COLOURS)]
        await picture(page, f"dark-{place.name}")
        await page.emulate_media(color_scheme="light")
        await page.set_viewport_size(DESKTOP)
        seen += [f"desktop: {each}" for each in await troubles(page)]
        await picture(page, f"desktop-{place.name}")
        await page.set_viewport_size(PHONE)
        if place.name != "sandbox":
            await page.get_by_role("button", name="长辈版").click()
            seen += [f"large: {each}" for each in await troubles(page) + await findings(page)]
            await picture(page, f"large-{place.name}")
            await page.get_by_role("button", name="标准版").click()
        found += [f"{place.name} {each}" for each in seen]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("who", [None, "resident", "partner", "clerk", "director"])
async def test_every_page_is_comfortable_in_english_for(open_page: OpenPage, who: str | None) -> None:
    """English words are longer: the same looks on a desktop, and nothing sticks out on a telephone or at 400 % zoom (WCAG 1.4.10),
    where whatever the keyboard reaches can be seen."""
    open_page.expected.append("status of 404")
    page = await open_page("/", who=who, locale="en", width=DESKTOP)
    ids = await ids_of_the_town(page)
    if who == "resident":
        ids |= await unpaid_and_free_order(page, ids)
    found: list[str] = []
    for place in [each for each in PLACES if each.who == who and each.name != "sandbox"]:
        await fill_basket(page, await basket_with(page, ids) if place.basket else [])
        await arrive(page, place, ids)
        seen = [f"desktop: {each}" for each in await troubles(page) + await findings(page)]
        await page.set_viewport_size(PHONE)
        seen += [f"phone: {each}" for each in await troubles(page)]
        await picture(page, f"en-{place.name}")
        await page.set_viewport_size(ZOOMED)
        seen += [f"at 400 %: {each}" for each in await troubles(page)]
        await page.keyboard.press("Tab")  # the browser marks the focus of those who use keys
        seen += [f"at 400 % by keyboard: {each}" for each in await page.evaluate(BY_KEYBOARD)]
        await page.set_viewport_size(DESKTOP)
        found += [f"{place.name} {each}" for each in seen]
    assert not found, "\n".join(found)
