"""HTTP of what comes after a sale: what a refund would return, cases, what was sold in a community."""

from typing import Literal
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from market.checkout import cases, cash_back, previews, reading, reconciling, refunds, tills
from market.checkout.case_schemas import Case, CaseChange, FailedRefund
from market.checkout.desk_schemas import BankStatement, CashBack, Compared, Deposit, DeskCount, DeskDay, Imported
from market.checkout.give_back_schemas import GiveBackPreview
from market.checkout.keys import Key
from market.checkout.schemas import PartnerOrder
from market.db import Database
from market.people.rules import Actor
from market.schemas import Done, Page


@get(
    "/api/orders/{order_id:uuid}/give-back",
    operation_id="preview_give_back",
    summary="What giving something back would return",
)
async def preview_give_back(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    order_id: FromPath[UUID],
    line_id: FromQuery[list[UUID] | None] = None,
) -> GiveBackPreview:
    """For the buyer, the seller and staff; nothing is changed."""
    return await previews.give_back_preview(db, actor=actor, order_id=order_id, line_ids=line_id or ())


@get(
    "/api/communities/{community:str}/sales",
    operation_id="list_community_sales",
    summary="What was sold in a community, newest first",
)
async def list_community_sales(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    cursor: FromQuery[str | None] = None,
    order: FromQuery[UUID | None] = None,
) -> Page[PartnerOrder]:
    """For its staff, of one `order` where it is given; nothing about the buyers."""
    return await reading.list_community_sales(db, actor=actor, community=community, cursor=cursor, order_id=order)


@get(
    "/api/communities/{community:str}/cases",
    operation_id="list_cases",
    summary="What about the money somebody must look at",
)
async def list_cases(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    status: FromQuery[Literal["open", "resolved"]] = "open",
    cursor: FromQuery[str | None] = None,
) -> Page[Case]:
    """Newest first; operators also see what is about the whole installation."""
    return await cases.list_cases(db, actor=actor, community=community, status=status, cursor=cursor)


@post("/api/cases/{case_id:uuid}", operation_id="change_case", summary="Take a case over, or end it", status_code=200)
async def change_case(
    db: NamedDependency[Database], actor: NamedDependency[Actor], case_id: FromPath[UUID], data: JSONBody[CaseChange]
) -> Case:
    """It ends with a reason, and for good."""
    return await cases.change_case(db, actor=actor, case_id=case_id, change=data)


@post(
    "/api/cases/{case_id:uuid}/repayment",
    operation_id="repay_failed_refund",
    summary="Pay back what the bank could not",
    status_code=200,
)
async def repay_failed_refund(
    db: NamedDependency[Database], actor: NamedDependency[Actor], case_id: FromPath[UUID], data: JSONBody[FailedRefund]
) -> Done:
    """By card once more, or in cash; once."""
    await refunds.pay_again(db, actor=actor, case_id=case_id, by=data.by)
    return Done()


@get("/api/communities/{community:str}/desk-day", operation_id="get_desk_day", summary="My own cash of today at a desk")
async def get_desk_day(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> DeskDay:
    """What was counted, and what moved since."""
    return await tills.desk_day(db, actor=actor, community=community)


@post(
    "/api/communities/{community:str}/desk-counts",
    operation_id="count_desk",
    summary="Count the cash at opening or closing",
    status_code=201,
)
async def count_desk(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str], data: JSONBody[DeskCount]
) -> DeskDay:
    """Once each per clerk and day; what does not fit becomes a case."""
    return await tills.count(db, actor=actor, community=community, new=data)


@get(
    "/api/communities/{community:str}/desk-refunds",
    operation_id="list_desk_refunds",
    summary="Cash that waits at a desk for its buyers",
)
async def list_desk_refunds(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> list[CashBack]:
    """For staff of the community, who has waited longest first."""
    return await cash_back.waiting(db, actor=actor, community=community)


@post(
    "/api/communities/{community:str}/desk-refunds/{refund_id:uuid}",
    operation_id="hand_out_cash",
    summary="The buyer has the cash",
    status_code=200,
)
async def hand_out_cash(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str], refund_id: FromPath[UUID]
) -> Done:
    """It leaves the drawer of who says so, once."""
    await cash_back.hand_out(db, actor=actor, community=community, refund_id=refund_id)
    return Done()


@post(
    "/api/communities/{community:str}/desk-deposits",
    operation_id="deposit_cash",
    summary="Cash was brought to the bank",
    status_code=201,
)
async def deposit_cash(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    data: JSONBody[Deposit],
    key: Key,
) -> DeskDay:
    """The desk has that much less, the bank account that much more."""
    return await tills.deposit(db, actor=actor, community=community, key=key, new=data)


@post(
    "/api/communities/{community:str}/bank-statements",
    operation_id="import_bank_statement",
    summary="Compare a bank statement with the books",
    status_code=201,
    request_max_body_size=2 * 1024 * 1024,
)
async def import_bank_statement(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    data: JSONBody[BankStatement],
) -> Imported:
    """What has no other side becomes a case; imported again it adds nothing."""
    return await reconciling.import_statement(db, actor=actor, community=community, text=data.text)


@get(
    "/api/communities/{community:str}/reconciliations",
    operation_id="list_reconciliations",
    summary="Comparisons with the card provider and the bank, newest first",
)
async def list_reconciliations(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str]
) -> Page[Compared]:
    """For staff."""
    return Page(await reconciling.list_compared(db, actor=actor, community=community))


handlers = [
    preview_give_back,
    list_community_sales,
    list_cases,
    change_case,
    repay_failed_refund,
    get_desk_day,
    count_desk,
    list_desk_refunds,
    hand_out_cash,
    deposit_cash,
    import_bank_statement,
    list_reconciliations,
]
