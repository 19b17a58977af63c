"""The first view on a cheap phone: how much code it takes, and that its data came with the page."""

import json
import re
from typing import Any

import pytest
from playwright.async_api import Request

from tests.browser.acts import found
from tests.browser.conftest import DESKTOP, OpenPage
from tests.house.tree import ROOT

BUILD = ROOT / "frontend" / "build"
MOST_CODE = 90_000
FIRST_VIEWS = ("/", "/search", "/listings/[id]", "/funds/[slug]")


def packed_size(file: str) -> int:
    """Bytes on the line: the brotli form where the build made one."""
    plain = BUILD / file
    packed = plain.with_name(plain.name + ".br")
    return (packed if packed.exists() else plain).stat().st_size


@pytest.mark.parametrize("route", FIRST_VIEWS)
def test_the_code_of_a_first_view_is_small(route: str) -> None:
    """At most 90 kB compressed, in at most 30 files, measured on the build itself."""
    files = json.loads((BUILD / "first-view.json").read_text())["files"][route]
    code = [each for each in files if each.endswith(".js")]
    size = sum(packed_size(each) for each in code)
    assert size <= MOST_CODE, f"{route}: {size} bytes in {len(code)} files"
    assert len(code) <= 30, f"{route}: {len(code)} files"


def test_every_file_that_pages_name_is_in_the_build() -> None:
    files = json.loads((BUILD / "first-view.json").read_text())["files"]
    assert [each for of_route in files.values() for each in of_route if not (BUILD / each).exists()] == []


def test_the_code_is_asked_for_when_the_page_has_been_painted() -> None:
    """On a slow line the code would take the room of what can be read: each start of Kit in the build waits for `painted`."""
    pages = [it.read_text() for it in BUILD.rglob("*.html")]
    assert len(pages) == 5
    for html in pages:
        assert html.count("painted.then(() => import(") == 1
        assert html.count("import(") == 2  # the start, and from it the application
        assert "modulepreload" not in html


def test_little_runs_before_kit_knows_how_it_was_started() -> None:
    """The version is set by the start file: were the shared code evaluated with it, every error page would take itself for outdated
    and load itself again for ever."""
    [start] = (BUILD / "_app/immutable/entry").glob("start.*.js")
    imported = re.findall(r'from"(\./|\.\./)([^"]+)"', start.read_text())
    assert imported
    assert sum((start.parent / above / file).stat().st_size for above, file in imported) < 3_000


async def test_the_data_of_a_first_view_comes_with_the_page_and_nothing_comes_from_elsewhere(
    open_page: OpenPage,
) -> None:
    """Nothing is read from the API before the page stands (my own price is computed, a search counted, afterwards), and nothing is
    asked from any other host."""
    page = await open_page("/help", locale="en")
    listing = await found(page, "morning yoga")
    asked: list[str] = []
    read: list[str] = []
    page.on("request", lambda it: asked.append(it.url))
    page.on("request", lambda it: read.append(it.url) if it.method == "GET" and "/api/" in it.url else None)
    for path in ("/", "/search?q=yoga", f"/listings/{listing}", "/funds/liuyuan-development"):
        asked.clear()
        read.clear()
        await page.goto(path, wait_until="networkidle")
        assert read == [], path
        assert [
            each for each in asked if not each.startswith((page.url.split("/")[0] + "//localhost", "data:"))
        ] == [], path


async def test_pictures_are_loaded_once_in_a_fitting_size_and_nothing_moves_while_loading(open_page: OpenPage) -> None:
    """The sum of layout shifts of each first view stays below 0.02; the preloaded picture is the one that is shown."""
    page = await open_page("/help")
    listing = await found(page, "晨间瑜伽课")
    pictures: list[Request] = []
    page.on("request", lambda it: pictures.append(it) if it.resource_type == "image" else None)
    for path in ("/", "/search?q=瑜伽", f"/listings/{listing}", "/funds/liuyuan-development"):
        pictures.clear()
        await page.goto(path, wait_until="networkidle")
        shift = await page.evaluate(SHIFT)
        assert shift <= 0.02, f"{path}: {shift}"
        urls = [it.url for it in pictures if "/media/" in it.url]
        assert len(urls) == len({each.split("?")[0].rsplit("-", 1)[0] for each in urls}), f"{path}: {urls}"


SHIFT: Any = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const it of list.getEntries()) if (!it.hadRecentInput) sum += it.value; })
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(sum), 150);
})"""


async def test_a_first_visit_speaks_the_language_of_the_browser(open_page: OpenPage) -> None:
    """English browser, no cookie: the page is English from its first byte; the choice made by hand then wins."""
    page = await open_page("/help", width=DESKTOP)
    context = await page.context.browser.new_context(locale="en-GB", base_url=page.url.rsplit("/", 1)[0])
    try:
        visit = await context.new_page()
        await visit.goto("/funds", wait_until="networkidle")
        assert await visit.evaluate("document.documentElement.lang") == "en"
        assert await visit.get_by_role("heading", level=1).inner_text() == "Public funds"
        await visit.get_by_role("button", name="中文").click()
        await visit.get_by_role("heading", name="资金公开").wait_for()
        assert await visit.evaluate("document.documentElement.lang") == "zh-CN"
        await visit.goto("/funds?lang=en", wait_until="networkidle")
        assert await visit.get_by_role("heading", level=1).inner_text() == "Public funds"
    finally:
        await context.close()
