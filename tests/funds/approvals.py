"""A community with people who ask, consent and pay, for the tests of spending."""

import itertools
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from market.db import Database
from market.errors import MarketError
from market.funds import donations, spending, spending_payment, spending_reading
from market.funds.spending_reading import Case
from market.funds.spending_schemas import NewOutcome, NewPayment, NewRelease, NewSpending
from market.ledger import chart
from market.ledger import service as ledger
from market.money import Money
from market.people import sessions
from market.people.rules import Actor
from market.settings import Settings
from tests import factories
from tests.funds.town import make_town

FUND = "liuyuan-charity"
_keys = itertools.count(1)


@dataclass
class Office:
    """Staff of liuyuan by what they are called in a test; amounts in minor units (100 = one yuan)."""

    db: Database
    communities: dict[str, UUID]
    ids: dict[str, UUID] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    async def hire(self, name: str, *roles: tuple[str, UUID]) -> Actor:
        """Somebody with these staff roles; called again with a further role, the same person."""
        from market.people import service as people

        if name not in self.ids:
            self.ids[name] = await factories.make_person(self.db, f"{name.replace(' ', '-')}@office.test", name=name)
        async with self.db.transaction() as tx:
            for role, community_id in roles:
                await people.grant_role(tx, person_id=self.ids[name], role=role, community_id=community_id)
            session = await sessions.open_session(tx, person_id=self.ids[name], replaces=None, user_agent="test")
        found = await sessions.authenticate(
            self.db, settings=Settings(env="test"), cookies={"session": session.token}, authorization=None, csrf_token=None,
            needs_csrf=False,
        )  # fmt: skip
        assert found is not None
        self.actors[name] = found
        return found

    async def fire(self, name: str, role: str) -> None:
        async with self.db.transaction() as tx:
            await tx.execute(
                "UPDATE roles SET revoked_at = now() WHERE person_id = $1 AND role = $2", self.ids[name], role
            )

    async def fill(self, amount: int, *, fund: str = FUND) -> None:
        """Money that may be spent: given, then released by the director."""
        async with self.db.transaction() as tx:
            gift = Money(amount, "CNY")
            await donations.give(tx, fund_slug=fund, amount=gift, label="捐款", event_key=f"gift:{next(_keys)}")
        case = await spending.create(
            self.db, actor=self.actors["clerk"], key=fund, idempotency_key=f"r{next(_keys)}", new=NewRelease(amount, "释放"),
        )  # fmt: skip
        await self.approve(case, "director")
        if amount > 1_000_000:
            await self.approve(case, "street")
        assert (await self.pay(case, "director")).standing.state == "settled"

    async def ask(
        self, amount: int, *, by: str = "clerk", payee: str = "春风维修队", fund: str = FUND, **facts: object
    ) -> Case:
        body = {
            "title": "楼道扶手",
            "purpose": "助老",
            "amount": amount,
            "payee_name": payee,
            "payee_account": f"6222 {payee}",
        }
        new = NewSpending(**(body | facts))
        return await spending.create(
            self.db, actor=self.actors[by], key=fund, idempotency_key=f"a{next(_keys)}", new=new
        )

    async def approve(self, case: Case, *names: str, revision: int | None = None) -> Case:
        for name in names:
            case = await spending.decide(
                self.db, actor=self.actors[name], request_id=case.row["id"], verdict="approve", note="", revision=revision,
            )  # fmt: skip
        return case

    async def edit(self, case: Case, *, by: str = "clerk", **facts: object) -> Case:
        row = case.row
        body = {"title": row["title"], "purpose": row["purpose"], "amount": row["amount_minor"], "payee_name": row["payee_name"],
                "payee_account": row["payee_account"], "about": row["about"], "is_relief": row["kind"] == "relief"}  # fmt: skip
        return await spending.change(
            self.db, actor=self.actors[by], request_id=row["id"], new=NewSpending(**(body | facts))
        )

    async def pay(self, case: Case, by: str = "clerk", *, password: str = factories.PASSWORD) -> Case:
        return await spending_payment.pay(
            self.db, actor=self.actors[by], request_id=case.row["id"], new=NewPayment(password)
        )

    async def outcome(self, case: Case, people: int, *, by: str = "clerk") -> Case:
        return await spending_payment.record_outcome(
            self.db, actor=self.actors[by], request_id=case.row["id"], new=NewOutcome("已完成", people)
        )

    async def now(self, case: Case, *, by: str = "clerk") -> Case:
        return await spending_reading.one(self.db, actor=self.actors[by], request_id=case.row["id"])

    async def balance(self, part: str, *, fund: str = FUND) -> int:
        code = {"income": chart.fund_income, "spendable": chart.fund_spendable, "reserved": chart.fund_reserved}[part]
        async with self.db.read() as connection:
            return await ledger.balance(connection, code(fund), "CNY")

    async def shift(self, case: Case, days: int) -> None:
        """As if the request, and its announcement, had been made `days` earlier."""
        async with self.db.transaction() as tx:
            await tx.execute(
                "UPDATE spending_requests SET created_at = created_at - make_interval(days => $2), "
                "announced_until = announced_until - make_interval(days => $2) WHERE id = $1",
                case.row["id"],
                days,
            )


async def open_office(db: Database) -> Office:
    office = Office(db, await make_town(db))
    home, next_door = office.communities["liuyuan"], office.communities["xiqiao"]
    street = await factories.community_id(db, "street-one")
    await office.hire("clerk", ("clerk", home))
    await office.hire("second clerk", ("clerk", home))
    await office.hire("director", ("director", home))
    await office.hire("street", ("street", street))
    await office.hire("stranger", ("director", next_door))
    return office


def refusals(results: list[object]) -> list[str]:
    """The slugs of what was refused among gathered results; anything unexpected is raised."""
    found = []
    for each in results:
        if isinstance(each, MarketError):
            found.append(each.slug)
        elif isinstance(each, BaseException):
            raise each
    return found


async def signed_in(client: httpx.AsyncClient, name: str) -> dict[str, str]:
    return await factories.sign_in(client, f"{name.replace(' ', '-')}@office.test")
