"""A small HTTP/1.1 load generator: keep-alive connections, one request in flight on each, latencies in milliseconds."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Request = Callable[[], bytes]


@dataclass
class Figures:
    """Outcome of one run."""

    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    failures: int = 0

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds if self.seconds else 0.0

    def percentile(self, part: float) -> float:
        """Latency that `part` (0..1) of the requests do not exceed."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


class Channel:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        status = int(head[9:12])
        mark = lower.find(b"content-length:")
        if mark >= 0:
            return status, await self._reader.readexactly(int(lower[mark + 15 : lower.index(b"\r", mark)]))
        if b"transfer-encoding: chunked" in lower:
            return status, await self._chunks()
        return status, b""

    async def _chunks(self) -> bytes:
        assert self._reader is not None
        parts = []
        while size := int((await self._reader.readline()).strip(), 16):
            parts.append(await self._reader.readexactly(size))
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return b"".join(parts)

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def get(path: str) -> bytes:
    """A GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n".encode()


def post(path: str, body: bytes, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """A POST request with a JSON body."""
    extra = "".join(f"{key}: {value}\r\n" for key, value in headers)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


async def run(port: int, requests: Sequence[bytes], *, clients: int, seconds: float) -> Figures:
    """Send `requests` in turn from `clients` connections for `seconds`, after a short warm-up that takes them from the end."""
    await _burst(port, requests[::-1], clients=clients, seconds=min(1.0, seconds))
    return await _burst(port, requests, clients=clients, seconds=seconds)


async def _burst(port: int, requests: Sequence[bytes], *, clients: int, seconds: float) -> Figures:
    figures = Figures()
    started = time.perf_counter()
    deadline = started + seconds

    async def client(number: int) -> None:
        channel = Channel(port)
        turn = number
        while time.perf_counter() < deadline:
            request = requests[turn % len(requests)]
            turn += clients
            begun = time.perf_counter()
            status, _ = await channel.send(request)
            figures.latencies_ms.append((time.perf_counter() - begun) * 1000)
            figures.failures += status >= 400
        await channel.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    figures.seconds = time.perf_counter() - started
    return figures
