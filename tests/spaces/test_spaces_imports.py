"""Calendars kept elsewhere: nothing of ours is overwritten, nothing is dropped in silence, and nobody reaches our own network (I16)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from market.db import Database
from market.errors import InvalidInput, NotFound
from market.people.rules import Actor, StaffRole
from market.spaces import fetching, imports, register, service
from market.spaces import occupancy_queries as taken
from market.spaces.fetching import CannotFetch, Guarded, address_fault, fetch, is_public
from market.spaces.import_schemas import NewImport
from market.spaces.schemas import MovedClosure
from tests.factories import community_id, make_community, make_person, make_space

DAY = (datetime.now(UTC) + timedelta(days=3)).replace(hour=2, minute=0, second=0, microsecond=0)


def event(uid: str, low: float, high: float, *more: str) -> str:
    low_at, high_at = (DAY + timedelta(hours=each) for each in (low, high))
    lines = [
        f"UID:{uid}",
        f"SUMMARY:排练 {uid}",
        f"DTSTART:{low_at:%Y%m%dT%H%M%SZ}",
        f"DTEND:{high_at:%Y%m%dT%H%M%SZ}",
        *more,
    ]
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


def calendar(*events: str) -> bytes:
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + "".join(events) + "END:VCALENDAR\r\n").encode()


class Elsewhere:
    """Stands for the calendar of somebody else."""

    def __init__(self, file: bytes | Exception) -> None:
        self.file = file

    async def __call__(self, _: str) -> bytes:
        if isinstance(self.file, Exception):
            raise self.file
        return self.file


@pytest.fixture
async def room(db: Database) -> UUID:
    await make_community(db, "liuyuan")
    return await make_space(db, "瑜伽室", community="liuyuan")


async def clerk(db: Database) -> Actor:
    place = await community_id(db, "liuyuan")
    return Actor(await make_person(db), roles=(StaffRole("clerk", place, frozenset({place})),))


async def blocked(db: Database, room: UUID) -> list[float]:
    async with db.read() as tx:
        rows = await taken.occupancies(
            tx, space_id=room, low=DAY - timedelta(days=1), high=DAY + timedelta(days=40), limit=100
        )
    return [(row["starts_at"] - DAY) / timedelta(hours=1) for row in rows if row["kind"] == "closure"]


async def test_events_block_what_is_free_follow_their_changes_and_conflicts_are_listed(
    db: Database, room: UUID
) -> None:
    actor = await clerk(db)
    async with db.transaction() as tx:
        await service.occupy(
            tx, space_id=room, starts_at=DAY + timedelta(hours=4), ends_at=DAY + timedelta(hours=5), kind="booking"
        )
    made = await imports.add(db, actor=actor, space_id=room, new=NewImport("乐队", "webcal://example.org/a.ics"))
    assert made["url"] == "https://example.org/a.ics"
    there = Elsewhere(
        calendar(event("a", 0, 1), event("b", 4.5, 6), event("c", 8, 9), event("d", 1, 2, "RRULE:FREQ=SECONDLY"))
    )
    assert await imports.look_at_due(db, fetch=there) == 1
    assert await imports.look_at_due(db, fetch=there) == 0
    (shown,) = await imports.imports(db, actor=actor, space_id=room)
    assert (shown["outcome"], shown["blocked"]) == ("ok", 2)
    assert {each["problem"] for each in shown["problems"]} == {"taken", "not_understood"}
    assert await blocked(db, room) == [0, 8]

    async def look(*events: str) -> Any:
        there.file = calendar(*events)
        return await imports.look_now(db, actor=actor, space_id=room, import_id=made["id"], fetch=there)

    await look(event("a", 0, 1), event("c", 10, 11))
    assert await blocked(db, room) == [0, 10]
    async with db.read() as tx:
        rows = await taken.occupancies(tx, space_id=room, low=DAY, high=DAY + timedelta(hours=2), limit=9)
    wish = MovedClosure(DAY + timedelta(hours=20), DAY + timedelta(hours=21))
    with pytest.raises(register.FromAnotherCalendar):
        await register.move_closure(db, actor=actor, space_id=room, occupancy_id=rows[0]["id"], wish=wish)
    assert await blocked(db, room) == [0, 10]
    there.file = CannotFetch("It took too long.")
    failed = await imports.look_now(db, actor=actor, space_id=room, import_id=made["id"], fetch=there)
    assert (failed["outcome"], failed["message"], failed["blocked"]) == ("failed", "It took too long.", 2)
    there.file = b"<html>"
    failed = await imports.look_now(db, actor=actor, space_id=room, import_id=made["id"], fetch=there)
    assert failed["outcome"] == "failed"
    assert await blocked(db, room) == [0, 10]
    await look()
    assert await blocked(db, room) == []
    await look(event("a", 0, 1))
    await imports.drop(db, actor=actor, space_id=room, import_id=made["id"])
    assert await blocked(db, room) == []


async def test_only_staff_of_the_community_enter_calendars(db: Database, room: UUID) -> None:
    actor = await clerk(db)
    other = Actor(await make_person(db))
    new = NewImport("乐队", "https://example.org/a.ics")
    made = await imports.add(db, actor=actor, space_id=room, new=new)
    for act in (
        imports.add(db, actor=other, space_id=room, new=new),
        imports.imports(db, actor=other, space_id=room),
        imports.drop(db, actor=other, space_id=room, import_id=made["id"]),
        imports.look_now(db, actor=other, space_id=room, import_id=made["id"], fetch=Elsewhere(b"")),
    ):
        with pytest.raises(NotFound):
            await act
    with pytest.raises(imports.TooManyImports):
        await imports.add(db, actor=actor, space_id=room, new=new)


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "file:///etc/passwd", "//example.org", "https://", "https://a:b@example.org/", "https://example.org:22/",
     "https://example.org:99999/", "gopher://example.org", "https://[::1", "javascript:alert(1)"],
)  # fmt: skip
async def test_I16_an_address_that_is_none_is_refused_by_name(db: Database, room: UUID, url: str) -> None:
    assert address_fault(url) is not None
    with pytest.raises(InvalidInput) as refused:
        await imports.add(db, actor=await clerk(db), space_id=room, new=NewImport("x", url))
    assert refused.value.fields[0][0] == "url"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("0.0.0.0", False), ("10.1.2.3", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("192.168.0.1", False), ("224.0.0.1", False), ("::1", False), ("::", False),
        ("::ffff:127.0.0.1", False), ("::ffff:8.8.8.8", False), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False), ("2001:0:7f00:1::", False), ("240.0.0.1", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_I16_only_addresses_of_the_public_internet_are_connected_to(address: str, expected: bool) -> None:
    assert is_public(address) is expected


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "0", "2130706433", "[::1]", "[::ffff:7f00:1]", "169.254.169.254", "localhost", "0x7f000001"],
)
async def test_I16_no_spelling_of_our_own_network_is_reached(host: str) -> None:
    with pytest.raises(CannotFetch):
        await fetch(f"http://{host}/a.ics")


class Server:
    """A web server on this machine that answers as it is told; `asked` counts connections."""

    def __init__(self, *answers: bytes, drip: bool = False) -> None:
        self.answers, self.drip, self.asked, self.port = list(answers), drip, 0, 0
        self.done = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self.answers[min(self.asked, len(self.answers)) - 1])
            while self.drip:
                await writer.drain()
                await asyncio.sleep(0.05)
                writer.write(b".")
            await writer.drain()
        except ConnectionError:
            pass  # who asked has gone
        finally:
            writer.close()
            self.done.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Server"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self
            if self.asked:
                await asyncio.wait_for(self.done.wait(), 5)


def redirect(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"


async def ask(server: Server, *, allowed: Any = None, **options: Any) -> bytes:
    """Asks for a file as if this server's address were a public one, and no other."""
    options = {"fault_of": lambda _: None, **options}
    return await fetch(f"http://127.0.0.1:{server.port}/", allowed=allowed or (lambda _: True), **options)


async def test_a_file_is_fetched_once_over_redirects_and_only_so_far() -> None:
    async with Server(redirect("/b"), redirect("c"), OK).running() as server:
        assert await ask(server) == b"hi"
        assert server.asked == 3
    async with Server(redirect("/again")).running() as server:
        with pytest.raises(CannotFetch):
            await ask(server)
        assert server.asked == fetching.MAX_HOPS + 1


async def test_I16_every_hop_of_a_redirect_is_looked_at_before_it_is_connected_to() -> None:
    async with (
        Server(OK).running() as inside,
        Server(redirect(f"http://localhost:{inside.port}/")).running() as outside,
    ):
        seen: list[str] = []

        def first_only(address: str) -> bool:
            seen.append(address)
            return len(seen) == 1

        with pytest.raises(CannotFetch):
            await ask(outside, allowed=first_only)
        assert inside.asked == 0
        assert await ask(outside) == b"hi"  # the control: without the look the inner server is reached
        assert inside.asked == 1


async def test_I16_a_name_that_changes_its_meaning_is_connected_where_it_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    answers = [["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34", "127.0.0.1"]]
    connected: list[str] = []

    async def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, 80)) for address in answers.pop(0)]

    async def connect(host: str, *_: Any, **__: Any) -> Any:
        connected.append(host)
        raise CannotFetch("far away")

    monkeypatch.setattr(loop, "getaddrinfo", resolve)
    backend = Guarded(is_public)
    monkeypatch.setattr(backend._network, "connect_tcp", connect)
    for _ in range(3):
        with pytest.raises(CannotFetch):
            await backend.connect_tcp("rebind.example", 80)
    assert connected == ["93.184.216.34"]


@pytest.mark.parametrize(
    ("answer", "drip"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (fetching.MAX_BYTES + 1), False),
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", False),
        (b"nonsense\r\n\r\n", False),
        (redirect("gopher://x"), False),
        (redirect("http://[::1"), False),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", False),
    ],
)  # fmt: skip
async def test_what_is_large_slow_or_broken_ends_soon_and_says_why(answer: bytes, drip: bool) -> None:
    async with Server(answer, drip=drip).running() as server:
        with pytest.raises(CannotFetch):
            await asyncio.wait_for(ask(server, total_s=1), 5)
