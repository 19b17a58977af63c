"""HTTP of leases."""

from collections.abc import Sequence
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.checkout import leases
from market.checkout.lease_schemas import Lease, LeaseEnd, LeaseShare, LeaseStatement, NewLease
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


def _leases(rows: Sequence[Row], statements: Sequence[Row]) -> list[Lease]:
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
    return [
        Lease(
            **{name: row[name] for name in same},
            is_over=row["ends_on"] < row["today"],
            base=Amount(row["base_minor"], row["currency"]),
            minimum=Amount(row["minimum_minor"], row["currency"]),
            deposit=Amount(row["deposit_minor"], row["currency"]),
            statements=[_statement(each, row["currency"]) for each in statements if each["lease_id"] == row["id"]],
        )
        for row in rows
    ]


@post("/api/spaces/{space_id:uuid}/leases", operation_id="create_lease", summary="Let a space to a partner for a time")
async def create_lease(
    db: NamedDependency[Database], actor: NamedDependency[Actor], space_id: FromPath[UUID], data: JSONBody[NewLease]
) -> Lease:
    """By who leads the community; 409 when something takes the space on these days."""
    lease_id = await leases.let(db, actor=actor, space_id=space_id, new=data)
    return _leases(*await leases.one(db, lease_id=lease_id))[0]


@get(
    "/api/communities/{community:str}/leases",
    operation_id="list_leases",
    summary="Leases of a community, for its staff",
)
async def list_leases(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> Page[Lease]:
    """And of all below it, those that run first."""
    return Page(_leases(*await leases.of_community(db, actor=actor, community=community)))


@get("/api/partners/{partner:str}/leases", operation_id="list_partner_leases", summary="What a partner has leased")
async def list_partner_leases(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str]
) -> Page[Lease]:
    """With the statement of every month."""
    return Page(_leases(*await leases.of_partner(db, actor=actor, partner=partner)))


@post("/api/leases/{lease_id:uuid}/end", operation_id="end_lease", summary="End a lease earlier than agreed")
async def end_lease(
    db: NamedDependency[Database], actor: NamedDependency[Actor], lease_id: FromPath[UUID], data: JSONBody[LeaseEnd]
) -> Lease:
    """By who leads the community; the final statement is made once the last day is over."""
    await leases.end(db, actor=actor, lease_id=lease_id, new=data)
    return _leases(*await leases.one(db, lease_id=lease_id))[0]


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
    return _leases(*await leases.one(db, lease_id=lease_id))[0]


handlers = [create_lease, list_leases, list_partner_leases, end_lease, record_lease_payment]
