"""HTTP of charters, spending requests, decisions and payments; what the money did is public."""

from typing import Annotated, Any
from uuid import UUID

from litestar import get, patch, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import BodyKwarg, FromPath, HeaderParameter, JSONBody
from msgspec import Struct

from market.db import Database
from market.funds import spending, spending_payment, spending_reading
from market.funds.spending_reading import Case, my_role, roles_over
from market.funds.spending_rules import MIN_CASES
from market.funds.spending_schemas import (
    DecisionShape,
    NewDecision,
    NewOutcome,
    NewPayment,
    NewRelease,
    NewSpending,
    Paper,
    PublicSpending,
    ReliefSums,
    SpendingQuote,
    SpendingRequest,
)
from market.media.controllers import FORM_FAULTS
from market.media.images import MAX_BYTES
from market.media.schemas import Photo
from market.media.service import photo_from_row
from market.people.rules import Actor
from market.schemas import Amount, Page
from market.settings import Settings

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", max_length=200)]


class PaperForm(Struct):
    """A multipart form: the photo, what kind of paper it is, and what it shows."""

    photo: UploadFile
    paper: str = "document"
    alt: str = ""


PaperBody = Annotated[PaperForm, BodyKwarg(media_type=RequestEncodingType.MULTI_PART, multipart_form_part_limit=8)]


def _papers(case: Case, settings: Settings) -> list[Paper]:
    return [
        Paper(each["paper"], photo_from_row({**each, "id": UUID(each["id"])}, settings=settings))
        for each in case.row["photos"]
    ]


def _request(case: Case, actor: Actor, settings: Settings) -> SpendingRequest:
    row, now = case.row, case.standing
    plain = ("id", "fund", "fund_name", "fund_name_en", "kind", "revision", "purpose", "title", "about", "payee_kind", "payee_name",
             "payee_account", "pool", "created_at", "announced_until", "is_reserved", "paid_at", "paid_from", "payment_note",
             "people_helped", "outcome")  # fmt: skip
    pays = bool(roles_over(actor, row["community_id"]) & set(case.charter.payer_roles))
    return SpendingRequest(
        **{name: row[name] for name in plain},
        state=now.state,
        amount=Amount(row["amount_minor"], row["currency"]),
        together=Amount(now.counted_minor, row["currency"]),
        quotes=[SpendingQuote(**each) for each in row["quotes"]],
        author=row["author_name"],
        is_mine=row["author_id"] == actor.person_id,
        needed=list(now.tier.roles),
        missing=list(now.missing),
        announce_days=now.tier.announce_days,
        my_role=my_role(case, actor),
        can_pay=pays and now.state == "approved",
        decisions=[
            DecisionShape(
                each["name"], each["role"], each["verdict"], each["note"], each["decided_at"], each["revision"],
                each["revision"] == row["revision"] and each["holds_role"],
            )
            for each in case.decisions
        ],
        papers=_papers(case, settings),
    )  # fmt: skip


def _public(case: Case, settings: Settings) -> PublicSpending:
    row = case.row
    shown = row["payee_name"] if row["payee_kind"] == "organisation" else ""
    names = (
        "id",
        "fund",
        "kind",
        "purpose",
        "title",
        "about",
        "announced_until",
        "paid_at",
        "people_helped",
        "outcome",
    )
    return PublicSpending(
        **{name: row[name] for name in names},
        state=case.standing.state,
        amount=Amount(row["amount_minor"], row["currency"]),
        payee=shown or None,
        consented=[role for role in case.standing.tier.roles if role not in case.standing.missing],
        papers=[each for each in _papers(case, settings) if each.paper in {"receipt", "picture"}],
    )


@get(
    "/api/funds/{fund:str}/spending",
    operation_id="list_public_spending",
    summary="What a fund's money did, and what is announced",
)
async def list_public_spending(
    db: NamedDependency[Database], settings: NamedDependency[Settings], fund: FromPath[str]
) -> Page[PublicSpending]:
    """Newest first; help for families stands in /relief, as sums."""
    _, found = await spending_reading.public(db, key=fund)
    return Page([_public(each, settings) for each in found])


@get(
    "/api/funds/{fund:str}/relief", operation_id="get_relief", summary="Help for families, as sums over several of them"
)
async def get_relief(db: NamedDependency[Database], fund: FromPath[str]) -> ReliefSums:
    """Nothing is told of fewer than five families."""
    row, sums = await spending_reading.relief(db, key=fund)
    return ReliefSums(
        MIN_CASES, sums["families"] if sums else None, Amount(sums["minor"], row["currency"]) if sums else None
    )


@post("/api/funds/{fund:str}/spending", operation_id="request_spending", summary="Ask to spend from a fund")
async def request_spending(
    db: NamedDependency[Database], settings: NamedDependency[Settings], actor: NamedDependency[Actor], fund: FromPath[str],
    idempotency_key: Key, data: JSONBody[NewSpending],
) -> SpendingRequest:  # fmt: skip
    """Who has to consent follows from the amount, the payee and the fund's charter."""
    case = await spending.create(db, actor=actor, key=fund, idempotency_key=idempotency_key, new=data)
    return _request(case, actor, settings)


@post(
    "/api/funds/{fund:str}/releases", operation_id="request_release", summary="Ask to make income of a fund spendable"
)
async def request_release(
    db: NamedDependency[Database], settings: NamedDependency[Settings], actor: NamedDependency[Actor], fund: FromPath[str],
    idempotency_key: Key, data: JSONBody[NewRelease],
) -> SpendingRequest:  # fmt: skip
    """Decided and carried out like spending; the money stays in the fund."""
    case = await spending.create(db, actor=actor, key=fund, idempotency_key=idempotency_key, new=data)
    return _request(case, actor, settings)


@get(
    "/api/communities/{community:str}/spending",
    operation_id="list_spending",
    summary="Requests of a community's funds, for its staff",
)
async def list_spending(
    db: NamedDependency[Database], settings: NamedDependency[Settings], actor: NamedDependency[Actor], community: FromPath[str]
) -> Page[SpendingRequest]:  # fmt: skip
    """Newest first; a relief case only for its case team."""
    found = await spending_reading.of_community(db, actor=actor, community=community)
    return Page([_request(each, actor, settings) for each in found])


@get(
    "/api/spending/{request_id:uuid}", operation_id="get_spending", summary="A request, what it needs and what was said"
)
async def get_spending(
    db: NamedDependency[Database], settings: NamedDependency[Settings], actor: NamedDependency[Actor], request_id: FromPath[UUID]
) -> SpendingRequest:  # fmt: skip
    return _request(await spending_reading.one(db, actor=actor, request_id=request_id), actor, settings)


@patch(
    "/api/spending/{request_id:uuid}",
    operation_id="change_spending",
    summary="Change a request; what was decided is void",
)
async def change_spending(
    db: NamedDependency[Database], settings: NamedDependency[Settings], actor: NamedDependency[Actor], request_id: FromPath[UUID],
    data: JSONBody[NewSpending],
) -> SpendingRequest:  # fmt: skip
    """The whole content is sent anew; consents to the former content no longer count."""
    return _request(await spending.change(db, actor=actor, request_id=request_id, new=data), actor, settings)


@post(
    "/api/spending/{request_id:uuid}/withdrawal",
    operation_id="withdraw_spending",
    summary="Take a request back",
    status_code=200,
)
async def withdraw_spending(
    db: NamedDependency[Database], settings: NamedDependency[Settings], actor: NamedDependency[Actor], request_id: FromPath[UUID]
) -> SpendingRequest:  # fmt: skip
    return _request(await spending.withdraw(db, actor=actor, request_id=request_id), actor, settings)


@post(
    "/api/spending/{request_id:uuid}/decisions",
    operation_id="decide_spending",
    summary="Consent to a request, or refuse it",
)
async def decide_spending(
    db: NamedDependency[Database], settings: NamedDependency[Settings], actor: NamedDependency[Actor], request_id: FromPath[UUID],
    data: JSONBody[NewDecision],
) -> SpendingRequest:  # fmt: skip
    """Never by its author, once per person."""
    case = await spending.decide(
        db, actor=actor, request_id=request_id, verdict=data.verdict, note=data.note, revision=data.revision
    )
    return _request(case, actor, settings)


@post(
    "/api/spending/{request_id:uuid}/payment",
    operation_id="pay_spending",
    summary="Record that the money was paid",
    status_code=200,
)
async def pay_spending(
    db: NamedDependency[Database], settings: NamedDependency[Settings], actor: NamedDependency[Actor], request_id: FromPath[UUID],
    data: JSONBody[NewPayment],
) -> SpendingRequest:  # fmt: skip
    """Everything is checked again; the password is asked for; a repetition changes nothing."""
    return _request(await spending_payment.pay(db, actor=actor, request_id=request_id, new=data), actor, settings)


@post(
    "/api/spending/{request_id:uuid}/outcome",
    operation_id="record_outcome",
    summary="Say what came of it",
    status_code=200,
)
async def record_outcome(
    db: NamedDependency[Database], settings: NamedDependency[Settings], actor: NamedDependency[Actor], request_id: FromPath[UUID],
    data: JSONBody[NewOutcome],
) -> SpendingRequest:  # fmt: skip
    """Public, with the number of people it helped."""
    case = await spending_payment.record_outcome(db, actor=actor, request_id=request_id, new=data)
    return _request(case, actor, settings)


@post("/api/spending/{request_id:uuid}/papers", operation_id="add_spending_paper", summary="Add a photo of a paper or of the result",
      status_code=201, exception_handlers=FORM_FAULTS)  # fmt: skip
async def add_spending_paper(
    db: NamedDependency[Database], settings: NamedDependency[Settings], actor: NamedDependency[Actor], request_id: FromPath[UUID],
    data: PaperBody,
) -> Photo:  # fmt: skip
    """Quotes and documents before the payment; receipts and pictures after it become public."""
    picture = await data.photo.read(MAX_BYTES + 1)
    return await spending_payment.add_paper(
        db, settings=settings, actor=actor, request_id=request_id, paper=data.paper, data=picture, alt=data.alt
    )


handlers: list[Any] = [
 list_public_spending, get_relief, request_spending, request_release, list_spending, get_spending,
    change_spending, withdraw_spending, decide_spending, pay_spending, record_outcome, add_spending_paper,
]  # fmt: skip
