"""Delivery of the sandbox's webhooks: signed as Stripe signs, retried with growing pauses, shared by all web processes."""

import asyncio
import hashlib
import hmac
import time
from typing import Any

import httpx
import msgspec
import structlog

from market.db import Database
from market.errors import Unavailable
from market.payments.sandbox import payments, queries
from market.settings import Settings

log = structlog.get_logger(__name__)

AT_ONCE = 8
POLL_S = 0.5
SWEEP_S = 10.0
LEASE_S = 20
TIMEOUT_S = 10.0
MAX_ATTEMPTS = 16
MAX_PAUSE_S = 300.0
WEBHOOK_PATH = "/api/webhooks/stripe"


def sign(body: bytes, secret: str, *, at: int) -> str:
    """The Stripe-Signature header of a body."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


class Courier:
    """Delivers due webhooks to the app's own address: at once when woken after a commit, else within half a second."""

    def __init__(self, db: Database, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._db = db
        self._secret = settings.webhook_secrets[0]
        self._url = (settings.sandbox_url or settings.base_url or "http://127.0.0.1:8000").rstrip("/") + WEBHOOK_PATH
        self._transport = transport
        self._http: httpx.AsyncClient | None = None
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._closing = False

    async def open(self) -> None:
        """Start delivering."""
        self._http = self._client()
        self._closing = False
        self._loop = asyncio.create_task(self._run(), name="sandbox-courier")

    async def aclose(self) -> None:
        """Stop; what is under way is cut and delivered again after its lease."""
        self._closing = True
        tasks = [*self._under_way, *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._loop = None
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def wake(self) -> None:
        """There is something to deliver now."""
        self._wake.set()

    async def deliver_due(self) -> int:
        """Deliver once everything that is due, without the loop; returns how many were tried (tests, demo loader)."""
        http = self._http or self._client()
        tried = 0
        try:
            while taken := await self._take(AT_ONCE):
                await asyncio.gather(*(self._deliver(http, row) for row in taken))
                tried += len(taken)
        finally:
            if http is not self._http:
                await http.aclose()
        return tried

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=TIMEOUT_S, transport=self._transport, trust_env=False, follow_redirects=False)

    async def _run(self) -> None:
        swept = 0.0
        while not self._closing:
            try:
                if time.monotonic() - swept > SWEEP_S:
                    await payments.sweep(self._db)
                    swept = time.monotonic()
                if await self._start_due():
                    continue
            except Unavailable:
                log.warning("sandbox_courier_waits_for_database")
                await asyncio.sleep(POLL_S)
            try:
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _start_due(self) -> bool:
        """Start what is due, as far as there is room; True when there may be more."""
        self._wake.clear()
        room = AT_ONCE - len(self._under_way)
        taken = await self._take(room) if room > 0 else []
        for row in taken:
            assert self._http is not None
            task = asyncio.create_task(self._deliver(self._http, row))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        return room > 0 and len(taken) == room

    def _ended(self, task: asyncio.Task[None]) -> None:
        was_full = len(self._under_way) >= AT_ONCE
        self._under_way.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.warning("sandbox_delivery_failed", why=type(task.exception()).__name__)
        if was_full:
            self._wake.set()

    async def _take(self, limit: int) -> list[Any]:
        async with self._db.read() as connection:
            return await queries.update_events_taken(connection, limit=limit, lease_s=LEASE_S, attempts=MAX_ATTEMPTS)

    async def _deliver(self, http: httpx.AsyncClient, row: Any) -> None:
        body = msgspec.json.encode(row["body"])
        secret = "whsec_of_a_thief_who_guesses" if row["forged"] else self._secret
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (sandbox)",
            "Stripe-Signature": sign(body, secret, at=int(time.time())),
        }
        answer: int | None = None
        try:
            answer = (await http.post(self._url, content=body, headers=headers)).status_code
        except httpx.HTTPError as fault:
            log.info("sandbox_webhook_unreachable", why=type(fault).__name__)
        # a forgery is refused and not tried again
        done = row["forged"] or (answer is not None and 200 <= answer < 300)
        async with self._db.read() as connection:
            await queries.update_event_answered(
                connection,
                row["number"],
                answer=answer,
                done=done,
                retry_s=min(2.0 ** row["attempts"] / 2, MAX_PAUSE_S),
            )
