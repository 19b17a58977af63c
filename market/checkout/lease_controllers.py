"""HTTP of leases."""

from collections.abc import Sequence
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.checkout import lease_money, leases
from market.checkout.keys import Key
from market.checkout.lease_schemas import (
    DepositAct,
    Lease,
    LeaseDeposit,
    LeaseDocument,
    LeaseEnd,
    LeaseIndexation,
    LeaseShare,
    LeaseStatement,
    NewIndexation,
    NewLease,
)
from market.db import Database, Row
from market.people.rules import Actor
from market.schemas import Amount, Page


def _statement(row: Row, currency: str) -> LeaseStatement:
    amounts = {
        name: Amount(row[f"{name}_minor"], currency) for name in ("turnover", "base", "share", "due", "netted", "paid")
    }
    return LeaseStatement(
        id=row["id"],
        month=f"{row['month']:%Y-%m}",
        until=row["until"],
        is_final=row["is_final"],
        **amounts,
        billed=Amount(row["due_minor"] - row["netted_minor"], currency),
        shares=[
            LeaseShare(
                each["to"],
                each["label"],
                each["label_en"],
                Amount(each["amount"], currency),
                each["rule"]["rate_bp"] if each["rule"] else None,
            )
            for each in row["shares"]
        ],
    )


def _document(row: Row) -> LeaseDocument:
    same = ("id", "kind", "title", "size_bytes", "is_of_tenant", "uploaded_at", "replaced_at")
    return LeaseDocument(**{name: row[name] for name in same}, is_pdf=row["file"].endswith(".pdf"))


def _held(deposits: Sequence[Row]) -> int:
    return sum(each["amount_minor"] if each["act"] == "held" else -each["amount_minor"] for each in deposits)


def as_leases(found: leases.Found) -> list[Lease]:
    """As they go on the wire."""
    return [_lease(row, found) for row in found.leases]


def _lease(row: Row, found: leases.Found) -> Lease:
    same = (
        "id",
        "space_id",
        "space",
        "space_en",
        "community",
        "partner",
        "partner_name",
        "partner_name_en",
        "first_day",
        "last_day",
        "ends_on",
        "end_reason",
        "share_bp",
        "mode",
        "rent_free_weeks",
        "note",
        "tender_id",
    )
    currency = row["currency"]
    statements, deposits, indexations, documents = (
        [each for each in rows if each["lease_id"] == row["id"]]
        for rows in (found.statements, found.deposits, found.indexations, found.documents)
    )
    return Lease(
        **{name: row[name] for name in same},
        is_over=row["ends_on"] < row["today"],
        base=Amount(row["base_minor"], currency),
        minimum=Amount(row["minimum_minor"], currency),
        deposit=Amount(row["deposit_minor"], currency),
        deposit_held=Amount(_held(deposits), currency),
        deposits=[
            LeaseDeposit(each["act"], Amount(each["amount_minor"], currency), each["reason"], each["made_at"])
            for each in deposits
        ],
        indexations=[
            LeaseIndexation(
                each["month"],
                Amount(each["base_minor"], currency),
                Amount(each["minimum_minor"], currency),
                each["reason"],
            )
            for each in indexations
        ],
        documents=[_document(each) for each in documents],
        statements=[_statement(each, currency) for each in statements],
    )


@post("/api/spaces/{space_id:uuid}/leases", operation_id="create_lease", summary="Let a space to a partner for a time")
async def create_lease(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID], data: JSONBody[NewLease]
) -> Lease:
    """By who leads the community; 409 when something takes the space on these days."""
    lease_id = await leases.let(db, actor=actor, space_id=space_id, new=data)
    return as_leases(await leases.one(db, lease_id=lease_id))[0]


@get(
    "/api/communities/{community:str}/leases",
    operation_id="list_leases",
    summary="Leases of a community, for its staff",
)
async def list_leases(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> Page[Lease]:
    """And of all below it, those that run first."""
    return Page(as_leases(await leases.of_community(db, actor=actor, community=community)))


@get("/api/partners/{partner:str}/leases", operation_id="list_partner_leases", summary="What a partner has leased")
async def list_partner_leases(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str]
) -> Page[Lease]:
    """With the statement of every month."""
    return Page(as_leases(await leases.of_partner(db, actor=actor, partner=partner)))


@post("/api/leases/{lease_id:uuid}/end", operation_id="end_lease", summary="End a lease earlier than agreed")
async def end_lease(
    db: NamedDependency[Database], actor: NamedDependency[Actor], lease_id: FromPath[UUID], data: JSONBody[LeaseEnd]
) -> Lease:
    """By who leads the community; the final statement is made once the last day is over."""
    await leases.end(db, actor=actor, lease_id=lease_id, new=data)
    return as_leases(await leases.one(db, lease_id=lease_id))[0]


@post(
    "/api/lease-statements/{statement_id:uuid}/payment",
    operation_id="record_lease_payment",
    summary="The bank got the bill of a month",
)
async def record_lease_payment(
    db: NamedDependency[Database], actor: NamedDependency[Actor], statement_id: FromPath[UUID]
) -> Lease:
    """By who leads the community; 409 when nothing is owed any more."""
    lease_id = await leases.record_payment(db, actor=actor, statement_id=statement_id)
    return as_leases(await leases.one(db, lease_id=lease_id))[0]


@post(
    "/api/leases/{lease_id:uuid}/deposit",
    operation_id="record_deposit",
    summary="The deposit came, went back or is kept",
)
async def record_deposit(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    lease_id: FromPath[UUID],
    data: JSONBody[DepositAct],
    key: Key,
) -> Lease:
    """By who leads the community; never more than was agreed or is held."""
    await lease_money.record_deposit(db, actor=actor, lease_id=lease_id, key=key, new=data)
    return as_leases(await leases.one(db, lease_id=lease_id))[0]


@post("/api/leases/{lease_id:uuid}/indexations", operation_id="index_lease", summary="Let the rent follow an index")
async def index_lease(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    lease_id: FromPath[UUID],
    data: JSONBody[NewIndexation],
) -> Lease:
    """By who leads the community; from a month on that is not settled yet."""
    await lease_money.index(db, actor=actor, lease_id=lease_id, new=data)
    return as_leases(await leases.one(db, lease_id=lease_id))[0]


handlers = [
    create_lease, list_leases, list_partner_leases, end_lease, record_lease_payment, record_deposit, index_lease,
]  # fmt: skip
