"""A running demo town and a real Chromium; every page that is opened must stay without console errors."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.house.tree import ROOT

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
ZOOMED = {"width": 320, "height": 256}  # a desktop window at 400 %
READY_TIMEOUT_S = 180
SCREENSHOTS = ROOT / "screenshots"
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "demo-town-2026"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of `market demo` with the whole demo town; also proves that it starts, loads and stops.

    MARKET_TOWN names one that runs already, for a quick try while writing a test."""
    if running := os.environ.get("MARKET_TOWN"):
        yield running
        return
    folder = tmp_path_factory.mktemp("town")
    port = free_port()
    said = folder / "log"
    with said.open("w") as log:
        demo = subprocess.Popen(
            [sys.executable, "-m", "market", "demo", "--port", str(port), "--data-dir", str(folder / "data")],
            cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "MARKET_LOG_LEVEL": "warning"},
        )  # fmt: skip
    try:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while "is ready" not in said.read_text(encoding="utf-8"):
            if demo.poll() is not None or time.monotonic() > deadline:
                pytest.fail("the demo did not start:\n" + said.read_text(encoding="utf-8")[-4000:])
            time.sleep(0.3)
        yield f"http://localhost:{port}"
        demo.send_signal(signal.SIGINT)
        code = demo.wait(30)
        assert code == 0, said.read_text(encoding="utf-8")[-4000:]
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()


def chromium_path() -> str | None:
    """The system's browser; None lets Playwright look for its own."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests of a process: each test has contexts of its own, which share nothing."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=chromium_path(),
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                  "--disable-component-update", "--disable-sync"],
        )  # fmt: skip
        yield launched
        await launched.close()


OpenPage = Callable[..., Any]


@pytest.fixture(scope="session")
def sessions() -> dict[str, Any]:
    """What the browser keeps of each person who has signed in, so that nobody signs in twice."""
    return {}


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, town: str, sessions: dict[str, Any]) -> AsyncIterator[OpenPage]:
    """`await open_page("/funds", who="resident", width=DESKTOP, locale="en")`: a page in a browser of its own.

    Without its service worker a page can be given other answers than the server's (`page.route`).
    Whatever it says in the console as error or warning fails the test at its end, unless it matches a word in `open_page.expected`."""
    complaints: list[str] = []
    expected: list[str] = []
    async with AsyncExitStack() as stack:

        async def opened(
            path: str, *, who: str | None = None, width: dict[str, int] = PHONE, locale: str = "zh-CN",
            scheme: str = "light", large: bool = False, worker: bool = True,
        ) -> Page:  # fmt: skip
            kept = await _kept(browser, town, who, sessions) if who else {"cookies": [], "origins": []}
            made = await browser.new_context(
                viewport=width, locale=locale, base_url=town, reduced_motion="reduce", color_scheme=scheme,
                storage_state=kept, timezone_id="Asia/Shanghai", service_workers="allow" if worker else "block",
            )  # fmt: skip
            stack.push_async_callback(made.close)
            if locale == "en":
                await made.add_cookies([{"name": "market_locale", "value": "en", "url": town}])
            if large:
                await made.add_init_script("localStorage.setItem('market.large', '1')")
            if not worker:
                expected.append("Service Worker registration blocked")
            page = await made.new_page()
            page.set_default_timeout(15_000)
            page.on("console", lambda said: _note(complaints, page, said.type, said.text))
            page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
            await page.goto(path, wait_until="networkidle")
            return page

        opened.expected = expected
        yield opened
    assert [each for each in complaints if not any(word in each for word in expected)] == []


def _note(complaints: list[str], page: Page, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        complaints.append(f"{page.url}: {text}")


async def _kept(browser: Browser, town: str, who: str, sessions: dict[str, Any]) -> Any:
    """Cookies and storage of somebody who signed in on the sign-in page."""
    if who not in sessions:
        context = await browser.new_context(base_url=town, locale="zh-CN")
        page = await context.new_page()
        await sign_in(page, who)
        sessions[who] = await context.storage_state()
        await context.close()
    return sessions[who]


async def sign_in(page: Page, who: str) -> None:
    """Through the form, as people do it."""
    await page.goto("/sign-in", wait_until="networkidle")
    await page.locator("[name=login]").fill(f"{who}@demo.test")
    await page.locator("[name=password]").fill(PASSWORD)
    await page.locator("[name=password]").press("Enter")
    await page.wait_for_url(lambda url: "/sign-in" not in url)


async def picture(page: Page, name: str) -> None:
    """Keep a screenshot for people to look at, when they have asked for it: `make pictures`."""
    if "MARKET_PICTURES" not in os.environ:
        return
    SCREENSHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.jpg", type="jpeg", quality=70, full_page=True)


RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']"
COLOURS = "{type: 'rule', values: ['color-contrast']}"  # all that another colour scheme can change


async def findings(page: Page, rules: str = RULES) -> list[str]:
    """What axe finds of level A and AA, of whatever impact, one line each."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    result = await page.evaluate(
        f"async () => (await axe.run(document, {{resultTypes: ['violations'], runOnly: {rules}}})).violations"
        ".map(v => ({id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary)}))"
    )
    return [f"{each['id']} ({each['impact']}): {each['nodes'][0]}" for each in result]
