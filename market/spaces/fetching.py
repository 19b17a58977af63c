"""Fetching a file from an address that a person typed: only from the public internet, small, soon or not at all (I16).

The name is resolved here and the connection goes to exactly the address that was looked at, on every hop of a redirect: a name that
means something else a moment later changes nothing."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore

TOTAL_S = 15
CONNECT_S = 5
MAX_BYTES = 2 * 1024 * 1024
MAX_HOPS = 3
PORTS = {"http": 80, "https": 443}
FAULTS = (
    httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, httpcore.UnsupportedProtocol, UnicodeError, ValueError,
)  # fmt: skip
# What carries an address of another network inside it.
CARRIERS = [
    ipaddress.ip_network(each)
    for each in ("::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
]


class CannotFetch(Exception):
    """Why there is no file: a few words for staff, none of which tell about our own network."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, and not one that leads to another network in disguise."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if found.version == 6 and any(found in each for each in CARRIERS):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def address_fault(url: str) -> str | None:
    """What is wrong with an address before anything is asked; None for one that may be tried."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in PORTS or not parts.hostname:
        return "must begin with https:// or http://"
    if parts.username is not None or parts.password is not None:
        return "must not contain a name or password"
    if port not in {None, 80, 443}:
        return "must use the usual port"
    return None


class Guarded(httpcore.AsyncNetworkBackend):
    """Connects to addresses that `allowed` lets pass; the name is resolved once, here."""

    def __init__(self, allowed: Callable[[str], bool]) -> None:
        self._allowed = allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as fault:
            raise CannotFetch("There is no such place on the internet.") from fault
        addresses = [str(each[4][0]) for each in found]
        if not addresses or not all(self._allowed(each) for each in addresses):
            raise CannotFetch("This address does not lead to the public internet.")
        return await self._network.connect_tcp(addresses[0], port, timeout=timeout)

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise CannotFetch("This address does not lead to the public internet.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def fetch(
    url: str,
    *,
    allowed: Callable[[str], bool] = is_public,
    fault_of: Callable[[str], str | None] = address_fault,
    total_s: float = TOTAL_S,
) -> bytes:
    """The file behind an address. Raises CannotFetch."""
    try:
        async with asyncio.timeout(total_s), httpcore.AsyncConnectionPool(network_backend=Guarded(allowed)) as pool:
            for _ in range(MAX_HOPS + 1):
                fault = fault_of(url)
                if fault is not None:
                    raise CannotFetch(f"The address {fault}.")
                body, onward = await _get(pool, url)
                if onward is None:
                    return body
                url = urljoin(url, onward)
    except TimeoutError as slow:
        raise CannotFetch("It took too long.") from slow
    except FAULTS as fault:
        raise CannotFetch("The connection failed.") from fault
    raise CannotFetch("It leads on and on.")


async def _get(pool: httpcore.AsyncConnectionPool, url: str) -> tuple[bytes, str | None]:
    """The body, or where it leads on to."""
    headers: dict[bytes | str, bytes | str] = {
        "Host": urlsplit(url).netloc,
        "Accept": "text/calendar, */*;q=0.1",
        "Accept-Encoding": "identity",
        "User-Agent": "linli-market",
    }
    timeouts = {"timeout": {"connect": CONNECT_S, "read": CONNECT_S, "write": CONNECT_S, "pool": CONNECT_S}}
    async with pool.stream("GET", url, headers=headers, extensions=timeouts) as answer:
        if answer.status in {301, 302, 303, 307, 308}:
            onward = next(
                (value.decode("ascii", "replace") for name, value in answer.headers if name.lower() == b"location"), ""
            )
            return b"", onward
        if answer.status != 200:
            raise CannotFetch(f"It was answered with {answer.status}.")
        parts, size = [], 0
        async for part in answer.aiter_stream():
            parts.append(part)
            size += len(part)
            if size > MAX_BYTES:
                raise CannotFetch("The file is too large.")
    return b"".join(parts), None
