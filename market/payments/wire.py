"""HTTP/1.1 to one provider over kept connections: one request in flight on each, bounded answers, nothing tried twice.

The general client parses an answer in Python and costs more than all other work of placing an order; the provider speaks plain
HTTP/1.1, of which this is the part we need. Time limits are the caller's: cancelling a request closes its connection."""

import asyncio
import re
import ssl
import time
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, urlsplit

IDLE_S = 30.0
MAX_IDLE = 16
MAX_OPEN = 64
MAX_HEAD_BYTES = 64 * 1024
MAX_TRAILERS = 20
STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: [^\r\n]*)?", re.ASCII)
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n", re.ASCII)
BODILESS = frozenset({204, 304})


class WireFault(Exception):
    """The answer is none, is cut short, or is no HTTP; what the other side did is unknown."""


class _Link:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.used_at = time.monotonic()

    def is_usable(self) -> bool:
        """Not closed by the other side, not talking out of turn, not unused for long."""
        quiet = not self._reader.at_eof() and not self._reader._buffer  # type: ignore[attr-defined]  # asyncio has no public look at it
        return quiet and not self._writer.is_closing() and time.monotonic() - self.used_at < IDLE_S

    def close(self) -> None:
        self._writer.close()

    async def exchange(self, message: bytes, *, max_bytes: int) -> tuple[int, dict[str, str], bytes, bool]:
        """Status, headers by lower-case name, body, and whether another request may follow."""
        self._writer.write(message)
        status = 100
        while status < 200:  # interim answers come before the real one
            version, status, headers = _head(await self._reader.readuntil(b"\r\n\r\n"))
        body, is_framed = await self._body(status, headers, max_bytes=max_bytes)
        keeps = headers.get("connection", "keep-alive" if version == b"1" else "close").lower() == "keep-alive"
        self.used_at = time.monotonic()
        return status, headers, body, keeps and is_framed

    async def _body(self, status: int, headers: Mapping[str, str], *, max_bytes: int) -> tuple[bytes, bool]:
        if status in BODILESS:
            return b"", True
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise WireFault("a coding that nobody asked for")
        if coding is not None:
            if coding.lower() != "chunked" or length is not None:
                raise WireFault("no clear end of the answer")
            return await self._chunks(max_bytes), True
        if length is not None:
            if not (length.isascii() and length.isdigit()) or int(length[:12]) > max_bytes:
                raise WireFault("answer too large")
            return await self._reader.readexactly(int(length)), True
        body = b""
        while part := await self._reader.read(MAX_HEAD_BYTES):
            body += part
            if len(body) > max_bytes:
                raise WireFault("answer too large")
        return body, False

    async def _chunks(self, max_bytes: int) -> bytes:
        parts: list[bytes] = []
        left = max_bytes
        while True:
            line = CHUNK.fullmatch(await self._reader.readuntil(b"\r\n"))
            if line is None:
                raise WireFault("a chunk without a length")
            size = int(line[1], 16)
            left -= size
            if left < 0:
                raise WireFault("answer too large")
            if size == 0:
                break
            parts.append(await self._reader.readexactly(size))
            if await self._reader.readexactly(2) != b"\r\n":
                raise WireFault("a chunk without an end")
        for _ in range(MAX_TRAILERS):  # read over, and not for ever
            if await self._reader.readuntil(b"\r\n") == b"\r\n":
                return b"".join(parts)
        raise WireFault("no end of trailers")


class Wire:
    """Connections to wherever requests go; kept for a while, at most so many at once."""

    def __init__(self, *, connect_s: float, make_tls: Callable[[], ssl.SSLContext]) -> None:
        """`make_tls` says whom to trust; called at the first https address."""
        self._connect_s = connect_s
        self._make_tls = make_tls
        self._idle: dict[tuple[str, str], list[_Link]] = {}
        self._gate = asyncio.Semaphore(MAX_OPEN)
        self._tls: ssl.SSLContext | None = None

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, max_bytes: int
    ) -> tuple[int, dict[str, str], bytes]:
        """Send once and read the whole answer. Raises WireFault, OSError or TimeoutError when there is no connection."""
        place = urlsplit(url)
        message = _message(method, place, headers, body)
        async with self._gate:
            link = await self._link(place)
            try:
                status, found, answer, is_open = await link.exchange(message, max_bytes=max_bytes)
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as fault:
                link.close()
                raise WireFault("the answer was cut") from fault
            except BaseException:  # cancelled too: an answer still to come must not meet the next request
                link.close()
                raise
            kept = self._idle.setdefault((place.scheme, place.netloc), [])
            if is_open and len(kept) < MAX_IDLE:
                kept.append(link)
            else:
                link.close()
            return status, found, answer

    async def _link(self, place: SplitResult) -> _Link:
        kept = self._idle.get((place.scheme, place.netloc), [])
        while kept:
            link = kept.pop()
            if link.is_usable():
                return link
            link.close()
        is_tls = place.scheme == "https"
        if is_tls and self._tls is None:
            self._tls = self._make_tls()
        async with asyncio.timeout(self._connect_s):
            reader, writer = await asyncio.open_connection(
                place.hostname,
                place.port or (443 if is_tls else 80),
                ssl=self._tls if is_tls else None,
                limit=MAX_HEAD_BYTES,
            )
        return _Link(reader, writer)

    async def aclose(self) -> None:
        """Close what is idle."""
        for kept in self._idle.values():
            while kept:
                kept.pop().close()


def _message(method: str, place: SplitResult, headers: Mapping[str, str], body: bytes) -> bytes:
    target = (place.path or "/") + (f"?{place.query}" if place.query else "")
    lines = [f"{method.upper()} {target} HTTP/1.1", f"Host: {place.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise WireFault("a header with a line break")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def _head(head: bytes) -> tuple[bytes, int, dict[str, str]]:
    first, *lines = head[:-4].split(b"\r\n")
    status = STATUS.fullmatch(first)
    if status is None:
        raise WireFault("no HTTP answer")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        known = name.decode("latin-1").lower()
        if not colon or not name or name != name.strip() or (known == "content-length" and known in headers):
            raise WireFault("a header that cannot be read")
        headers[known] = value.strip().decode("latin-1")
    return status[1], int(status[2]), headers
