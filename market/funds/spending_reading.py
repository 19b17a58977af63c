"""Spending requests as they stand now: worked out from the decisions on them, for staff and for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import Forbidden, NotFound
from market.funds import cash_queries
from market.funds import queries as fund_queries
from market.funds import spending_queries as queries
from market.funds.charters import charter
from market.funds.service import fund_row
from market.funds.spending_rules import (
    DECIDING_ROLES,
    MIN_CASES,
    Charter,
    Decision,
    Standing,
    role_for,
    standing,
)
from market.people.rules import Actor

PUBLIC_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Case:
    """A request, the charter it is judged by, where it stands, and what was said on every revision."""

    row: Row
    charter: Charter
    standing: Standing
    decisions: Sequence[Row]

    @property
    def current(self) -> list[Row]:
        return [each for each in self.decisions if each["revision"] == self.row["revision"]]


def roles_over(actor: Actor, community_id: UUID) -> frozenset[str]:
    """The staff roles that the actor really holds over a community. Running the installation gives no say over its money."""
    return frozenset(role.role for role in actor.roles if role.role != "operator" and community_id in role.communities)


def may_see(actor: Actor, row: Row) -> bool:
    """Staff of the community; a relief case only its case team: who brought it and who has to decide (O08)."""
    roles = roles_over(actor, row["community_id"])
    if row["kind"] == "relief":
        return bool(roles) and (row["author_id"] == actor.person_id or bool(roles & set(DECIDING_ROLES)))
    return bool(roles) or actor.is_operator()


async def cases(tx: Connection, rows: Sequence[Row]) -> list[Case]:
    """Where each of the requests stands, in the order of the rows."""
    ids = [row["id"] for row in rows]
    said = await queries.decisions(tx, ids)
    charters: dict[UUID, Charter] = {}
    together: dict[UUID, int] = {}
    for fund_id in dict.fromkeys(row["fund_id"] for row in rows):
        fund = await fund_queries.fund(tx, fund_id=fund_id)
        assert fund is not None
        charters[fund_id] = found = await charter(tx, fund)
        of_fund = [row["id"] for row in rows if row["fund_id"] == fund_id]
        together |= await queries.together(tx, request_ids=of_fund, days=found.split_days)
    return [
        Case(row, charters[row["fund_id"]], _standing(row, charters[row["fund_id"]], together, said), said[row["id"]])
        for row in rows
    ]


def _standing(row: Row, charter: Charter, together: dict[UUID, int], said: dict[UUID, list[Row]]) -> Standing:
    return standing(
        charter,
        kind=row["kind"],
        status=row["status"],
        amount=row["amount_minor"],
        together=together.get(row["id"], row["amount_minor"]),
        author_id=row["author_id"],
        decisions=[
            Decision(each["person_id"], each["role"], each["verdict"], each["holds_role"])
            for each in said[row["id"]]
            if each["revision"] == row["revision"]
        ],
        announced_until=row["announced_until"],
        now=row["now"],
    )


async def locked_case(tx: Connection, *, actor: Actor, request_id: UUID) -> Case:
    """A request under its lock; raises NotFound for one that is none of the actor's business."""
    await queries.lock_request(tx, request_id)
    return await visible_case(tx, actor=actor, request_id=request_id)


async def visible_case(tx: Connection, *, actor: Actor, request_id: UUID) -> Case:
    """Raises NotFound for a request that does not exist or that the actor may not see."""
    row = await queries.request(tx, request_id)
    if row is None or not may_see(actor, row):
        raise NotFound("This request")
    return (await cases(tx, [row]))[0]


def my_role(case: Case, actor: Actor) -> str | None:
    """The role in which the actor may decide now; None when there is nothing for the actor to decide."""
    if case.standing.state != "open" or case.row["author_id"] == actor.person_id:
        return None
    if any(each["person_id"] == actor.person_id for each in case.current):
        return None
    return role_for(case.standing.missing, roles_over(actor, case.row["community_id"]))


async def paid_in_cash(tx: Connection, *, community_id: UUID, person_id: UUID, since: datetime) -> int:
    """What somebody paid for a community's funds out of its desk's cash after a moment (minor units), for the page of that desk."""
    return await cash_queries.paid_in_cash(tx, community_id=community_id, person_id=person_id, since=since)


async def count_paid_in_cash(
    tx: Connection, *, community_id: UUID, person_id: UUID, count_id: UUID, since: datetime
) -> int:
    """The same of what no count of the desk has in it yet, which this count has from now on."""
    return await cash_queries.update_counted(
        tx, community_id=community_id, person_id=person_id, count_id=count_id, since=since
    )


async def one(db: Database, *, actor: Actor, request_id: UUID) -> Case:
    """For the page of a decision. Raises NotFound."""
    async with db.read() as connection:
        return await visible_case(connection, actor=actor, request_id=request_id)


async def of_community(db: Database, *, actor: Actor, community: str) -> list[Case]:
    """All requests of a community's funds that the actor may see, newest first. Raises NotFound, Forbidden."""
    async with db.read() as connection:
        found = await communities.community_by_slug(connection, community)
        if not actor.is_staff_of(found.id):
            raise Forbidden("Only staff of the community may see its requests.")
        sees_all = roles_over(actor, found.id) & set(DECIDING_ROLES)
        rows = await queries.requests_of_community(
            connection, community_id=found.id, sees_relief_of=None if sees_all else actor.person_id
        )
        return await cases(connection, rows)


async def public(db: Database, *, key: str) -> tuple[Row, list[Case]]:
    """What a fund's money did and is about to do, for everybody: without relief, refusals and anything not yet decided."""
    async with db.read() as connection:
        fund = await fund_row(connection, key)
        rows = await queries.public_requests(connection, fund_id=fund["id"], limit=PUBLIC_LIMIT)
        return fund, [each for each in await cases(connection, rows) if each.standing.state != "open"]


async def relief(db: Database, *, key: str) -> tuple[Row, Row | None]:
    """The fund, and the public sums of its relief; None while they would tell of fewer than MIN_CASES families (O08)."""
    async with db.read() as connection:
        fund = await fund_row(connection, key)
        sums = await queries.relief_sums(connection, fund["id"])
        return fund, sums if sums["families"] >= MIN_CASES else None
