"""A running demo town and a real Chromium; every page that is opened must stay without console errors."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.house.tree import ROOT

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
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
    """Address of `market demo` with the whole demo town; also proves that it starts, loads and stops."""
    folder = tmp_path_factory.mktemp("town")
    port = free_port()
    log = (folder / "log").open("w+")
    demo = subprocess.Popen(
        [sys.executable, "-m", "market", "demo", "--port", str(port), "--data-dir", str(folder / "data")],
        cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "MARKET_LOG_LEVEL": "warning"},
    )  # fmt: skip
    deadline = time.monotonic() + READY_TIMEOUT_S
    while "is ready" not in Path(log.name).read_text(encoding="utf-8"):
        if demo.poll() is not None or time.monotonic() > deadline:
            demo.kill()
            pytest.fail("the demo did not start:\n" + Path(log.name).read_text(encoding="utf-8")[-4000:])
        time.sleep(0.3)
    yield f"http://localhost:{port}"
    demo.send_signal(signal.SIGINT)
    code = demo.wait(30)
    log.close()
    assert code == 0, Path(log.name).read_text(encoding="utf-8")[-4000:]


def chromium_path() -> str | None:
    """The system's browser; None lets Playwright look for its own."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=chromium_path(),
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                  "--disable-component-update", "--disable-sync"],
        )  # fmt: skip
        yield launched
        await launched.close()


OpenPage = Callable[..., Any]


@pytest.fixture
async def open_page(browser: Browser, town: str) -> AsyncIterator[OpenPage]:
    """`await open_page("/funds", width=PHONE, locale="zh-CN")`: a page in a context of its own; console errors fail the test."""
    complaints: list[str] = []
    async with AsyncExitStack() as stack:

        @asynccontextmanager
        async def context(width: dict[str, int], locale: str) -> AsyncIterator[Page]:
            made = await browser.new_context(viewport=width, locale=locale, base_url=town, reduced_motion="reduce")  # type: ignore[arg-type]
            page = await made.new_page()
            page.set_default_timeout(15_000)
            page.on(
                "console",
                lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None,
            )
            page.on("pageerror", lambda error: complaints.append(str(error)))
            yield page
            await made.close()

        async def opened(path: str, *, width: dict[str, int] = PHONE, locale: str = "zh-CN") -> Page:
            page = await stack.enter_async_context(context(width, locale))
            await page.goto(path, wait_until="networkidle")
            return page

        yield opened
    assert complaints == []


async def picture(page: Page, name: str) -> None:
    """Keep a screenshot for people to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


async def serious_findings(page: Page) -> list[str]:
    """What axe finds of level A and AA that is serious or critical, one line each."""
    source = AXE.read_text(encoding="utf-8")
    await page.evaluate(source)
    result = await page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})).violations"
        ".map(v => ({id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary)}))"
    )
    return [
        f"{each['id']} ({each['impact']}): {each['nodes'][0]}"
        for each in result
        if each["impact"] in {"serious", "critical"}
    ]
