"""How a page is looked at: its widths and modes, and what a look finds."""

import json
from dataclasses import dataclass

from playwright.async_api import Page

from tests.browser.conftest import AXE, DESKTOP, PHONE, SCREENSHOTS

# What somebody sees who has set the browser to 400 %: a window of 1280 is 320 wide then.
ZOOMED = {"width": 320, "height": 640}

# A control is what can be pressed; its target is its label, or the card that its link covers. Links inside a sentence are as
# high as the sentence. Two texts overlap when the middles of their lines do.
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
  const sizes = new Map();
  for (const e of document.querySelectorAll(`:is(main, nav, header, footer, aside) ${controls}`)) {
    if (!e.checkVisibility({ visibilityProperty: true })) continue;
    const { width, height } = target(e);
    if (width <= 1 || height <= 1 || inText(e)) continue;
    const name = (e.innerText || e.name || e.getAttribute('aria-label') || '').trim();
    if (height < 43.9) found.push(`too low: ${Math.round(width)}x${Math.round(height)} ${e.tagName} ${name}`);
    if (width < 23.9) found.push(`too narrow: ${Math.round(width)}x${Math.round(height)} ${e.tagName} ${name}`);
    if (width < 43.9 && !e.matches('a')) found.push(`too narrow: ${Math.round(width)}x${Math.round(height)} ${e.tagName} ${name}`);
  }
  for (const e of document.querySelectorAll('main :is(h1, h2, h3, p, a, button, td, dd, dt, label, legend)')) {
    const style = getComputedStyle(e);
    if (style.overflow === 'visible' || !e.checkVisibility() || e.clientWidth <= 1) continue;
    if (e.scrollWidth > e.clientWidth + 1) found.push(`cut off: ${e.innerText.trim()}`);
  }
  for (const e of document.querySelectorAll('img')) {
    if (!e.getAttribute('width') || !e.getAttribute('height')) found.push(`no size: ${e.src}`);
  }
  const floating = (e) => { for (let it = e; it; it = it.parentElement) {
    if (['fixed', 'sticky'].includes(getComputedStyle(it).position) || it.matches('.sr-only, dialog, svg')) return true; } return false; };
  const lines = [];
  const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (!node.data.trim() || !node.parentElement.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (floating(node.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, right, top, bottom } of range.getClientRects()) {
      const third = (bottom - top) / 3;
      if (right - left > 2) lines.push({ node, left: left + 1, right: right - 1, top: top + third, bottom: bottom - third });
    }
  }
  lines.sort((a, b) => a.top - b.top);
  for (let i = 0; i < lines.length; i++) for (let j = i + 1; j < lines.length && lines[j].top < lines[i].bottom; j++) {
    const [a, b] = [lines[i], lines[j]];
    if (a.node !== b.node && a.left < b.right && b.left < a.right)
      found.push(`overlap: ${a.node.data.trim().slice(0, 30)} / ${b.node.data.trim().slice(0, 30)}`);
  }
  return [...new Set(found)];
}"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE_RUN = """async (only) => {
  const options = only ? {runOnly: {type: 'rule', values: only}} : {runOnly: RULES};
  return (await axe.run(document, {...options, resultTypes: ['violations']})).violations
    .map((it) => `${it.id} (${it.impact}): ${it.nodes[0].target.join(' ')} ${it.nodes[0].failureSummary}`);
}""".replace("RULES", json.dumps(RULES))


@dataclass(frozen=True)
class Look:
    """One way to look at a page. The rules of colour alone change with the scheme, so only they are asked again for it."""

    name: str
    width: dict[str, int]
    dark: bool = False
    large: bool = False
    all_rules: bool = False
    pictured: bool = True


LOOKS = (
    Look("phone", PHONE, all_rules=True),
    Look("phone-dark", PHONE, dark=True),
    Look("desktop-dark", DESKTOP, dark=True),
    Look("desktop", DESKTOP),
    Look("zoomed", ZOOMED, pictured=False),
    Look("large", PHONE, large=True, all_rules=True),
    Look("large-dark", PHONE, dark=True, large=True, pictured=False),
    Look("large-desktop", DESKTOP, large=True),
)


async def layout_troubles(page: Page) -> list[str]:
    """What sticks out, is cut off, lies over something else, or is too small to press."""
    return list(await page.evaluate(TROUBLES))


async def axe_findings(page: Page, only: list[str] | None = None) -> list[str]:
    """Everything of level A and AA that axe finds, or the named rules alone."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    return list(await page.evaluate(AXE_RUN, only))


async def snapshot(page: Page, name: str) -> None:
    """A small picture of the whole page, for people to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    await page.screenshot(
        path=SCREENSHOTS / f"{name}.jpg", type="jpeg", quality=45, full_page=True, scale="css", animations="allow"
    )


async def look_at(page: Page, look: Look, name: str) -> list[str]:
    """Switch the open page to this look, without loading it again, and say what is wrong."""
    await page.emulate_media(color_scheme="dark" if look.dark else "light")
    await page.set_viewport_size(look.width)  # type: ignore[arg-type]
    is_large = await page.evaluate("document.documentElement.classList.contains('large')")
    if is_large != look.large:
        await page.locator("header button[aria-pressed]").click()
    found = [] if look.dark and not look.large else await layout_troubles(page)
    found += await axe_findings(page, None if look.all_rules else ["color-contrast"])
    if look.pictured:
        await snapshot(page, name)
    return [f"{look.name}: {each}" for each in found]
