"""The connection to the provider: what is no whole HTTP answer is a fault, and no answer is ever taken for another's."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from market.payments.wire import IDLE_S, Wire, WireFault

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _no_tls() -> ssl.SSLContext:
    raise AssertionError("plain http needs no certificate")


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[str]:
    """A server that plays `script` on each connection; its address."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
            await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(play, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def always(*answers: bytes) -> Script:
    """The same answers, one after the other, to the requests of each connection; then it is closed."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()

    return script


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    made = Wire(connect_s=2, make_tls=_no_tls)
    yield made
    await made.aclose()


async def ask(wire: Wire, base: str, **headers: str) -> bytes:
    async with asyncio.timeout(5):
        return (await wire.request("get", base + "/a?b=c", headers, b"", max_bytes=1000))[2]


async def test_a_connection_is_kept_for_the_next_request(wire: Wire) -> None:
    made = 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal made
        made += 1
        await always(*[OK] * 3)(reader, writer)

    async with serving(script) as base:
        assert [await ask(wire, base) for _ in range(3)] == [b"hi"] * 3
    assert made == 1


async def test_a_closed_or_talkative_connection_is_not_used_again(wire: Wire) -> None:
    for answer in (OK, OK + b"HTTP/1.1 200 OK\r\n", OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")):
        async with serving(always(answer)) as base:
            assert await ask(wire, base) == b"hi"
            await asyncio.sleep(0.05)
            assert await ask(wire, base) == b"hi", answer


async def test_a_connection_unused_for_long_is_not_used_again(wire: Wire) -> None:
    async with serving(always(OK)) as base:
        await ask(wire, base)
        (link,) = next(iter(wire._idle.values()))
        link.used_at -= IDLE_S
        assert not link.is_usable()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1;x=y\r\ni\r\n0\r\nTrailer: t\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.0 200 OK\r\n\r\nhi",
    ],
)
async def test_every_framing_of_http_is_read(wire: Wire, answer: bytes) -> None:
    async with serving(always(answer)) as base:
        assert await ask(wire, base) == b"hi"
        await asyncio.sleep(0.05)
        assert await ask(wire, base) == b"hi"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhix",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7ff\r\n" + b"x" * 2047 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 2000,
        b"SSH-2.0-OpenSSH\r\n\r\n",
    ],
    ids=range(13),
)
async def test_F08_what_is_no_whole_answer_is_a_fault(wire: Wire, answer: bytes) -> None:
    async with serving(always(answer)) as base:
        with pytest.raises((WireFault, ConnectionError)):
            await ask(wire, base)
    assert not any(wire._idle.values())


async def test_F08_the_answer_to_a_request_given_up_never_meets_the_next_one(wire: Wire) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if b"Slow" in request:
            await asyncio.sleep(0.1)
            writer.write(OK.replace(b"hi", b"no"))
            return
        writer.write(OK)

    async with serving(script) as base:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await wire.request("post", base, {"Slow": "yes"}, b"", max_bytes=10)
        await asyncio.sleep(0.1)
        assert await ask(wire, base) == b"hi"


async def test_a_header_cannot_bring_another_request_in(wire: Wire) -> None:
    with pytest.raises(WireFault):
        await ask(wire, "http://127.0.0.1:9", Key="a\r\nX: y")
