"""A telephone on a bad line: every answer takes 300 ms, one segment in a hundred is lost and comes late; still one order, once."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from playwright.async_api import Browser

from tests.browser.acts import at_the_sandbox, code_shown, go_to_payment, order_count, pay_button, put_in_basket
from tests.browser.conftest import PHONE, sign_in

DELAY_S = 0.15  # each way
LOSS = 0.01
# What TCP does for a lost segment: it is sent again when no acknowledgement came.
RETRANSMISSION_S = 0.6
PIECE = 1400


class SlowLine:
    """A TCP proxy before the town. Where `wants_cut`, the answer to the next order is cut off: the phone lost its net."""

    def __init__(self, town: str) -> None:
        self._to = urlsplit(town)
        self._chance = random.Random(20261127)
        self.cuts = 0
        self.lost = 0
        self.orders = 0
        self.wants_cut = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            yield f"http://localhost:{port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(self._to.hostname, self._to.port)
        except OSError:
            writer.close()
            return
        asked = asyncio.Event()
        both = (self._carry(reader, far_writer, asked, None), self._carry(far_reader, writer, None, asked))
        await asyncio.gather(*both, return_exceptions=True)
        for each in (writer, far_writer):
            each.close()

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        orders: asyncio.Event | None,
        cut: asyncio.Event | None,
    ) -> None:
        """Pieces travel one behind the other; what comes after a lost one waits for it."""
        way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=400)
        unloading = asyncio.create_task(self._unload(way, writer, cut))
        there_at = 0.0
        while piece := await reader.read(PIECE):
            if orders is not None and piece.startswith(b"POST /api/orders "):
                orders.set()
                self.orders += 1
            late = RETRANSMISSION_S if self._chance.random() < LOSS else 0.0
            self.lost += late > 0
            there_at = max(there_at, asyncio.get_running_loop().time() + DELAY_S + late)
            await way.put((there_at, piece))
        await way.put((there_at, b""))
        await unloading

    async def _unload(
        self, way: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter, cut: asyncio.Event | None
    ) -> None:
        while True:
            there_at, piece = await way.get()
            await asyncio.sleep(max(0.0, there_at - asyncio.get_running_loop().time()))
            if cut is not None and cut.is_set() and self.wants_cut:
                self.wants_cut = False
                self.cuts += 1
                writer.transport.abort()
                return
            if not piece:
                writer.close()
                return
            writer.write(piece)
            await writer.drain()


async def test_a_purchase_over_a_slow_lossy_line_that_breaks_while_ordering_makes_one_order(
    browser: Browser, town: str
) -> None:
    """The answer to the order is cut off; browser or buyer send it again, impatiently, and there is one order more than before."""
    line = SlowLine(town)
    async with line.running() as address:
        context = await browser.new_context(
            viewport=PHONE, locale="zh-CN", base_url=address, timezone_id="Asia/Shanghai"
        )
        page = await context.new_page()
        page.set_default_timeout(45_000)
        await sign_in(page, "resident")
        before = await order_count(page)
        await put_in_basket(page, "椅子瑜伽")
        await go_to_payment(page)
        line.wants_cut = True
        await pay_button(page).click()
        # The browser may send the cut request again by itself, or the page says that the line broke and the buyer presses again.
        await page.wait_for_function(
            "() => location.pathname.startsWith('/sandbox') || document.querySelector('[role=alert]')"
        )
        assert line.cuts == 1
        if "/sandbox" not in page.url:
            await pay_button(page).dblclick()
        await at_the_sandbox(page, "付款")
        await page.wait_for_url("**/orders/*")
        await page.goto(
            urlsplit(page.url).path
        )  # the payment page leads back past the bad line, to the town's own address
        await page.wait_for_function("() => document.querySelector(\"img[src$='qr.svg']\")")
        await code_shown(page)
        assert await order_count(page) == before + 1
        assert line.orders > 1, "the order went over the line again, under the same key"
        assert line.lost > 0, "the line was as bad as it should be"
        await context.close()
