"""A shop of one order and a gateway to the sandbox in this process; every fact that payments tells is written to a table."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from market.db import Connection, Database
from market.jobs import Context, Worker
from market.money import Money
from market.payments import service, tasks
from market.payments.gateway import ChargeLine
from market.payments.sandbox import payments as sandbox_payments
from market.payments.sandbox.courier import sign
from market.payments.sandbox.in_process import sandbox_transport
from market.payments.sandbox.script import Plan
from market.payments.sandbox.service import set_plan
from market.payments.stripe import StripeGateway, make_gateway
from market.settings import SANDBOX_WEBHOOK_SECRET, Settings

SHOP = "http://testserver.local"
TOLD = (
    "CREATE TABLE told (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text NOT NULL, order_id uuid NOT NULL, "
    "fact jsonb NOT NULL)"
)


STRIPE_MOCK = pytest.StashKey[bool]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say whether the contract was compared with Stripe's own mock."""
    if STRIPE_MOCK in config.stash and not config.stash[STRIPE_MOCK]:
        terminalreporter.write_line("stripe-mock not on PATH: contract not compared", yellow=True)


async def remember(tx: Connection, fact: service.PaymentFact) -> None:
    """A handler that does what checkout does: it writes in the transaction it is given."""
    await tx.execute(
        "INSERT INTO told (kind, order_id, fact) VALUES ($1, $2, $3)",
        type(fact).__name__,
        fact.order_id,
        msgspec.to_builtins(fact),
    )


@dataclass
class Shop:
    """What the tests need to sell something and to look at what became of it."""

    db: Database
    gateway: StripeGateway
    settings: Settings
    worker: Worker
    handle: service.FactHandler = remember

    async def insert_session(self, *, minor: int = 8000, currency: str = "CNY", order_id: UUID | None = None) -> UUID:
        async with self.db.transaction() as tx:
            return await service.insert_session(
                tx,
                service.new_session(
                    gateway=self.gateway, order_id=order_id or uuid4(), amount=Money(minor, currency),
                    lines=[ChargeLine("瑜伽 Yoga × 2", minor - 1), ChargeLine("毛巾 Towel", 1)], success_url=f"{SHOP}/orders/1?paid",
                    cancel_url=f"{SHOP}/orders/1", held_until=datetime.now(UTC) + timedelta(minutes=15),
                ),
            )  # fmt: skip

    async def open(self, **about: Any) -> UUID:
        """An open session."""
        session_id = await self.insert_session(**about)
        await service.open_session(self.db, gateway=self.gateway, session_id=session_id)
        return session_id

    async def row(self, session_id: UUID) -> Any:
        async with self.db.read() as connection:
            return await connection.fetchrow("SELECT * FROM payment_sessions WHERE id = $1", session_id)

    async def choose(self, session_id: UUID, choice: sandbox_payments.Choice) -> str:
        """What the buyer does on the page."""
        ending, _ = await sandbox_payments.choose(self.db, (await self.row(session_id))["provider_session"], choice)
        return ending

    async def pay(self, session_id: UUID) -> None:
        assert await self.choose(session_id, "paid") == "paid"

    async def paid(self, **about: Any) -> UUID:
        """A session that is paid and whose webhooks have arrived."""
        session_id = await self.open(**about)
        await self.pay(session_id)
        await self.deliver()
        return session_id

    async def receive(self, event: dict[str, Any]) -> None:
        """A webhook, well signed."""
        body = msgspec.json.encode(event)
        await service.receive_webhook(
            self.db, gateway=self.gateway, body=body, signature=signed(body), handle=self.handle
        )

    async def deliver(self) -> None:
        """Every queued webhook arrives."""
        for event in await self.events():
            await self.receive(event)

    async def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What the sandbox has to say, oldest first."""
        async with self.db.read() as connection:
            rows = await connection.fetch(
                "SELECT body FROM sandbox.events WHERE $1::text IS NULL OR type = $1 ORDER BY number", kind
            )
        return [row["body"] for row in rows]

    async def reconcile(self) -> service.Reconciled:
        return await service.reconcile(self.db, gateway=self.gateway, handle=self.handle, min_age_s=0)

    async def told(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The facts that reached checkout, oldest first."""
        async with self.db.read() as connection:
            rows = await connection.fetch("SELECT fact FROM told WHERE $1::text IS NULL OR kind = $1 ORDER BY id", kind)
        return [row["fact"] for row in rows]

    async def script(self, **plan: Any) -> None:
        await set_plan(self.db, msgspec.convert(plan, Plan))

    async def value(self, sql: str, *args: object) -> Any:
        async with self.db.read() as connection:
            return await connection.fetchval(sql, *args)

    async def set_age(self, table: str, row: UUID, seconds: int) -> None:
        """Make a row older, as if time had passed."""
        async with self.db.read() as connection:
            await connection.execute(
                f"UPDATE {table} SET created_at = now() - make_interval(secs => $2) WHERE id = $1", row, seconds
            )

    async def refund(self, session_id: UUID, minor: int) -> UUID:
        """Ask for money back; the job is queued."""
        row = await self.row(session_id)
        async with self.db.transaction() as tx:
            return await service.ask_refund(tx, order_id=row["order_id"], amount=Money(minor, row["currency"]))


def signed(body: bytes, secret: str = SANDBOX_WEBHOOK_SECRET, *, at: int | None = None) -> str:
    return sign(body, secret, at=int(datetime.now(UTC).timestamp()) if at is None else at)


@pytest.fixture
def sandbox(db: Database, settings: Settings) -> httpx.AsyncBaseTransport:
    return sandbox_transport(db, settings)


@pytest.fixture
async def gateway(settings: Settings, sandbox: httpx.AsyncBaseTransport) -> AsyncIterator[StripeGateway]:
    made = make_gateway(settings, transport=sandbox)
    yield made
    await made.aclose()


@pytest.fixture
async def shop(db: Database, gateway: StripeGateway, settings: Settings) -> Shop:
    async with db.read() as connection:
        await connection.execute(TOLD)
    worker = Worker(Context(db, settings, {"gateway": gateway, "payment_handler": remember}))
    tasks.register(worker)
    return Shop(db, gateway, settings, worker)
