"""HTTP of payouts, of a partner's money and its statements."""

from typing import Any, Literal
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from market.checkout import payout_accounts, payout_reading, payouts, statement_files, statements
from market.checkout.payout_schemas import (
    BankAccount,
    BankFile,
    Onboarding,
    PartnerMoney,
    PayoutConfirmation,
    PayoutPlan,
    PayoutPolicy,
    PayoutRunDetail,
)
from market.checkout.statements import Statement
from market.db import Database
from market.payments.gateway import Gateway
from market.people.rules import Actor
from market.schemas import Done
from market.settings import Settings


@get(
    "/api/communities/{community:str}/payouts",
    operation_id="get_payout_plan",
    summary="When partners are paid next, and what became of the runs before",
)
async def get_payout_plan(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    cursor: FromQuery[str | None] = None,
) -> PayoutPlan:
    """For staff of the community."""
    return await payout_reading.plan(db, actor=actor, community=community, cursor=cursor)


@put(
    "/api/communities/{community:str}/payout-policy",
    operation_id="set_payout_policy",
    summary="Decide when and how partners are paid",
)
async def set_payout_policy(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str], data: JSONBody[PayoutPolicy]
) -> Done:
    """By who leads the community."""
    await payout_reading.set_policy(db, actor=actor, community=community, new=data)
    return Done()


@get("/api/payout-runs/{run_id:uuid}", operation_id="get_payout_run", summary="One run with its payments")
async def get_payout_run(
    db: NamedDependency[Database], actor: NamedDependency[Actor], run_id: FromPath[UUID]
) -> PayoutRunDetail:
    """For staff of the community."""
    return await payout_reading.run_detail(db, actor=actor, run_id=run_id)


@post(
    "/api/payout-runs/{run_id:uuid}/file",
    operation_id="take_bank_file",
    summary="The file for the bank; who takes it is the first of two persons",
    status_code=200,
)
async def take_bank_file(
    db: NamedDependency[Database], actor: NamedDependency[Actor], run_id: FromPath[UUID]
) -> BankFile:
    """Taken again it is the same file."""
    content, checksum = await payouts.bank_file(db, actor=actor, run_id=run_id)
    return BankFile(f"payouts-{str(run_id)[-12:]}.csv", content, checksum)


@post(
    "/api/payout-runs/{run_id:uuid}/confirmation",
    operation_id="confirm_payout_run",
    summary="A second person says what the bank did",
    status_code=200,
)
async def confirm_payout_run(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    run_id: FromPath[UUID],
    data: JSONBody[PayoutConfirmation],
) -> PayoutRunDetail:
    """Never by who made the file, and with the password again."""
    failed = [(each.payout_id, each.reason) for each in data.failed]
    await payouts.confirm(db, actor=actor, run_id=run_id, password=data.password, total=data.checksum, failed=failed)
    return await payout_reading.run_detail(db, actor=actor, run_id=run_id)


@get("/api/partners/{partner:str}/money", operation_id="get_partner_money", summary="What a partner has and is owed")
async def get_partner_money(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str]
) -> PartnerMoney:
    """For its members."""
    return await payout_accounts.partner_money(db, actor=actor, partner=partner)


@put("/api/partners/{partner:str}/bank-account", operation_id="set_bank_account", summary="Say where a partner is paid")
async def set_bank_account(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str], data: JSONBody[BankAccount]
) -> Done:
    """By its owners."""
    await payout_accounts.set_bank_account(db, actor=actor, partner=partner, new=data)
    return Done()


@post(
    "/api/partners/{partner:str}/onboarding",
    operation_id="onboard_partner",
    summary="Open an account at the card provider",
    status_code=200,
)
async def onboard_partner(
    db: NamedDependency[Database],
    gateway: NamedDependency[SkipValidation[Gateway]],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    partner: FromPath[str],
) -> Onboarding:
    """By its owners; answers with the provider's page."""
    return Onboarding(
        await payout_accounts.onboard(db, gateway=gateway, settings=settings, actor=actor, partner=partner)
    )


@post(
    "/api/partners/{partner:str}/onboarding/check",
    operation_id="check_onboarding",
    summary="Ask the card provider whether the account can be paid",
    status_code=200,
)
async def check_onboarding(
    db: NamedDependency[Database],
    gateway: NamedDependency[SkipValidation[Gateway]],
    actor: NamedDependency[Actor],
    partner: FromPath[str],
) -> Done:
    """`ok` says whether it can."""
    return Done(await payout_accounts.refresh_account(db, gateway=gateway, actor=actor, partner=partner))


@get(
    "/api/partners/{partner:str}/statements/{month:str}",
    operation_id="get_statement",
    summary="A partner's month: sales, discounts, refunds, shares, fees, payouts",
)
async def get_statement(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str], month: FromPath[str]
) -> Statement:
    """For its members; `month` is YYYY-MM."""
    return await statements.statement(db, actor=actor, partner=partner, month=month)


@get(
    "/api/partners/{partner:str}/statements/{month:str}/file.csv",
    operation_id="get_statement_csv",
    summary="The month as CSV",
)
async def get_statement_csv(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str], month: FromPath[str]
) -> Response[Any]:
    """Amounts are numbers, everything else is text."""
    body, name = await statement_files.statement_csv(db, actor=actor, partner=partner, month=month)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(body, media_type="text/csv", headers=headers)


@get(
    "/api/partners/{partner:str}/statements/{month:str}/file.pdf",
    operation_id="get_statement_pdf",
    summary="The month as PDF",
)
async def get_statement_pdf(
    db: NamedDependency[Database], actor: NamedDependency[Actor], partner: FromPath[str], month: FromPath[str],
    lang: FromQuery[Literal["zh-CN", "en"] | None] = None,
) -> Response[Any]:  # fmt: skip
    """In the language asked for, else in that of the actor."""
    body, name = await statement_files.statement_pdf(db, actor=actor, partner=partner, month=month, language=lang)
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers)


handlers = [
    get_payout_plan,
    set_payout_policy,
    get_payout_run,
    take_bank_file,
    confirm_payout_run,
    get_partner_money,
    set_bank_account,
    onboard_partner,
    check_onboarding,
    get_statement,
    get_statement_csv,
    get_statement_pdf,
]
