"""A small town to buy in: two communities with their funds and rules, a studio, a room, and people."""

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from market.app import Parts
from market.checkout import holds, reading, refunds, service, settlement, vouchers
from market.checkout.schemas import Line, NewOrder, NewRefund, Order
from market.communities import service as communities
from market.db import Database
from market.funds import service as funds
from market.jobs import Worker
from market.ledger import service as ledger
from market.payments import service as payments
from market.payments.sandbox import payments as sandbox
from market.payments.sandbox.courier import sign
from market.people.rules import Actor, StaffRole
from tests import factories

_numbers = itertools.count(1)


@dataclass
class Town:
    """What the tests of checkout need to sell something and to look at what became of it."""

    parts: Parts
    worker: Worker
    liuyuan: UUID = field(default_factory=uuid4)
    xiqiao: UUID = field(default_factory=uuid4)
    partner: UUID = field(default_factory=uuid4)
    room: UUID = field(default_factory=uuid4)
    is_staged: bool = False
    """The test told of payments that the sandbox never had, so that its books differ from ours."""

    @property
    def db(self) -> Database:
        return self.parts.db

    async def build(self) -> "Town":
        """柳园 with 3 % of turnover to development, 溪桥 with 10 % of room rent to charity."""
        db = self.db
        self.liuyuan = await factories.make_community(db, "liuyuan")
        self.xiqiao = await factories.make_community(db, "xiqiao")
        for community_id in (self.liuyuan, self.xiqiao):
            async with db.transaction() as tx:
                await funds.create_funds(tx, await communities.community_by_slug(tx, str(community_id)))
        await self.rule("liuyuan", "development", "service_turnover", 300)
        await self.rule("xiqiao", "charity", "room_rent", 1000)
        await factories.make_enterprise(db, "xiqiao-enterprise", community="xiqiao")
        self.partner = await factories.make_partner(db, "qinghe-studio", community="liuyuan", name_en="Qinghe Studio")
        self.room = await factories.make_space(
            db, "议事厅", community="xiqiao", enterprise="xiqiao-enterprise", capacity=20
        )
        return self

    async def rule(self, community: str, fund: str, applies_to: str, rate_bp: int) -> None:
        """A routing rule in force."""
        async with self.db.transaction() as tx:
            await funds.record_rule(
                tx,
                community_id=await tx.fetchval("SELECT id FROM communities WHERE slug = $1", community),
                applies_to=applies_to,
                fund_slug=f"{community}-{fund}",
                rate_bp=rate_bp,
                bearer="partner",
                effective_from=await tx.fetchval("SELECT now() - interval '1 hour'"),
                approved_by="assembly",
                minutes="",
            )

    async def offer(
        self,
        *,
        price: int = 10_000,
        capacity: int = 10,
        days: float = 3,
        kind: str = "class",
        resident: bool = True,
        offer: dict[str, Any] | None = None,
        **facts: Any,
    ) -> UUID:
        """An offer of the studio in 柳园."""
        listing = await factories.make_listing(
            self.db,
            "qinghe-studio",
            kind=kind,
            price=price,
            title=f"瑜伽 {next(_numbers)}",
            has_resident_price=resident and price > 0 and kind != "free",
            **facts,
        )
        return await factories.make_offer(
            self.db,
            listing,
            capacity=capacity,
            starts_in=timedelta(days=days),
            timed=kind != "voucher",
            **(offer or {}),
        )

    async def buyer(self, *, resident: bool = False, groups: frozenset[str] = frozenset()) -> Actor:
        """A person who can buy."""
        person_id = await factories.make_person(self.db)
        return Actor(
            person_id=person_id, resident_of=frozenset({self.liuyuan}) if resident else frozenset(), groups=groups
        )

    async def clerk(self, *communities: UUID) -> Actor:
        """Staff of these communities."""
        person_id = await factories.make_person(self.db)
        return Actor(
            person_id=person_id, roles=tuple(StaffRole("clerk", each, frozenset({each})) for each in communities)
        )

    async def member(self) -> Actor:
        """Somebody of the studio."""
        return Actor(person_id=await factories.make_person(self.db), partners={self.partner: "staff"})

    def hour(self, *, days: int = 2, at: int = 10, hours: int = 2, space: UUID | None = None) -> Line:
        """A room line, `days` ahead at `at` o'clock UTC."""
        starts = datetime.now(UTC).replace(hour=at % 24, minute=0, second=0, microsecond=0) + timedelta(days=days)
        return Line(space_id=space or self.room, starts_at=starts, ends_at=starts + timedelta(hours=hours))

    async def place(
        self, actor: Actor, *lines: Line, key: str | None = None, pay_by: Any = "card", expected: int | None = None
    ) -> Order:
        return await service.place_order(
            self.db,
            gateway=self.parts.gateway,
            settings=self.parts.settings,
            actor=actor,
            key=key or uuid4().hex,
            wish=NewOrder(lines=list(lines), pay_by=pay_by, expected_payable=expected),
        )

    async def pay(self, order: Order, outcome: sandbox.Choice = "paid") -> str:
        """Choose an outcome on the payment page; how the session stands then. Webhooks wait until `hear`."""
        session = await self.value(
            "SELECT provider_session FROM payment_sessions WHERE order_id = $1 ORDER BY id DESC LIMIT 1", order.id
        )
        ending, _ = await sandbox.choose(self.db, session, outcome)
        return ending

    async def hear(self, *, copies: int = 1) -> None:
        """Every webhook of the provider arrives, in `copies` at once."""
        async with self.db.read() as tx:
            rows = await tx.fetch("SELECT body FROM sandbox.events ORDER BY number")
        for row in rows:
            await asyncio.gather(*(self.receive(row["body"]) for _ in range(copies)))

    async def receive(self, event: dict[str, Any]) -> None:
        """A webhook arrives, well signed."""
        body = msgspec.json.encode(event)
        await payments.receive_webhook(
            self.db,
            gateway=self.parts.gateway,
            body=body,
            signature=sign(body, self.parts.settings.webhook_secrets[0], at=int(time.time())),
            handle=settlement.handle,
        )

    async def buy(self, actor: Actor, *lines: Line) -> Order:
        """From cart to paid."""
        order = await self.place(actor, *lines)
        if order.status == "paid":
            return order
        assert await self.pay(order) == "paid"
        await self.hear()
        return await self.order(actor, order.id)

    async def order(self, actor: Actor, order_id: UUID) -> Order:
        return await reading.get_order(self.db, actor=actor, order_id=order_id)

    async def refund(self, actor: Actor, order_id: UUID, *line_ids: UUID, key: str | None = None) -> Order:
        return await refunds.refund(
            self.db, actor=actor, order_id=order_id, key=key or uuid4().hex, wish=NewRefund(line_ids=list(line_ids))
        )

    async def redeem(self, actor: Actor, code: str) -> Any:
        return await vouchers.redeem(self.db, actor=actor, code=code)

    async def cancel(self, actor: Actor, order_id: UUID) -> Order:
        return await holds.cancel(self.db, gateway=self.parts.gateway, actor=actor, order_id=order_id)

    async def expire(self) -> int:
        return await holds.expire_holds(self.db, gateway=self.parts.gateway)

    async def reconcile(self) -> None:
        await payments.reconcile(self.db, gateway=self.parts.gateway, handle=settlement.handle, min_age_s=0)

    async def let_time_pass(self, order_id: UUID, minutes: int = 60) -> None:
        """Move an order's past back, as the database's clock cannot be moved forward."""
        async with self.db.transaction() as tx:
            await tx.execute(
                "UPDATE orders SET hold_expires_at = hold_expires_at - make_interval(mins => $2) WHERE id = $1",
                order_id,
                minutes,
            )
            await tx.execute(
                "UPDATE occupancies SET held_until = held_until - make_interval(mins => $2) WHERE held_until IS NOT NULL AND group_id IN "
                "(SELECT occupancy_group FROM order_lines WHERE order_id = $1)",
                order_id,
                minutes,
            )

    async def balances(self, *codes: str) -> list[int]:
        async with self.db.read() as tx:
            found = await ledger.balances(tx, codes, "CNY")
        return [found[code] for code in codes]

    async def value(self, query: str, *args: object) -> Any:
        async with self.db.read() as tx:
            return await tx.fetchval(query, *args)

    async def taken(self, offer_id: UUID) -> int:
        return int(await self.value("SELECT taken FROM offers WHERE id = $1", offer_id))


async def break_writing(town: Town, table: str, when: str) -> None:
    """Let every transaction fail that inserts such a row, as if the machine had stopped there; drop the trigger `breaks` to end it."""
    async with town.db.transaction() as tx:
        await tx.execute(
            "CREATE OR REPLACE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$"
        )
        await tx.execute(
            f"CREATE TRIGGER breaks BEFORE INSERT ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION breaks()"
        )
