"""Where a partner's money goes, and what it has: its bank account, or its account at the card provider.

Service code of the checkout slice, split off by noun."""

import re

from market.checkout import payout_queries, payouts
from market.checkout.payout_rules import next_due, reference_of
from market.checkout.payout_schemas import BankAccount, PartnerMoney, PartnerPayout
from market.checkout.statement_queries import months_of
from market.db import Connection, Database, Row
from market.errors import Forbidden, InvalidInput, NotFound
from market.ledger import chart
from market.ledger import service as ledger
from market.partners import service as partners
from market.payments.gateway import Gateway
from market.people import service as people
from market.people.rules import Actor
from market.schemas import Amount
from market.settings import Settings
from market.text import clean_text

SHOWN_PAYOUTS = 24
ACCOUNT_NO = re.compile(r"[A-Z0-9]{6,34}")


async def _member(tx: Connection, *, actor: Actor, partner: str, owner: bool = False) -> Row:
    found = await partners.partner_by_slug(tx, partner)
    if not actor.is_member_of(found["id"]):
        raise NotFound("This partner")
    if owner and not actor.is_member_of(found["id"], "owner"):
        raise Forbidden("Only an owner of the partner may do this.")
    return found


async def partner_money(db: Database, *, actor: Actor, partner: str) -> PartnerMoney:
    """What a partner of the actor has, and where it goes. Raises NotFound."""
    async with db.read() as tx:
        found = await _member(tx, actor=actor, partner=partner)
        slug, currency = found["slug"], await payout_queries.currency_of(tx, found["community_id"])
        account = await payout_queries.account(tx, found["id"])
        policy = await payouts.policy_of(tx, found["community_id"])
        today = await payout_queries.local_day(tx, found["community_id"])
        codes = [
            chart.partner_pending(slug), chart.partner_available(slug), chart.partner_payout(slug), chart.partner_owed(slug)
        ]  # fmt: skip
        has = await ledger.balances(tx, codes, currency)
        rows = await payout_queries.payouts_of_partner(tx, partner_id=found["id"], limit=SHOWN_PAYOUTS)
        frozen = await payout_queries.frozen(tx, found["id"])
        months = await months_of(tx, slug)
    pending, available, moving, owed = (has[code] for code in codes)
    by_bank = policy.rail == "bank"
    return PartnerMoney(
        pending=Amount(pending, currency),
        available=Amount(available, currency),
        frozen=Amount(min(frozen, available), currency),
        on_the_way=Amount(moving, currency),
        owes=Amount(max(0, -owed), currency),
        next_on=next_due(policy, today),
        minimum=Amount(policy.minimum_minor, currency),
        rail=policy.rail,
        holder=account["holder"] if account else "",
        bank_name=account["bank_name"] if account else "",
        account=last_digits(account["account_no"]) if account else "",
        is_ready=account is not None and bool(account["account_no"] if by_bank else account["is_stripe_ready"]),
        payouts=[_payout(row) for row in rows],
        months=months,
    )


def last_digits(account_no: str) -> str:
    """What may be shown of an account number."""
    return f"…{account_no[-4:]}" if account_no else ""


def _payout(row: Row) -> PartnerPayout:
    currency = row["currency"]
    return PartnerPayout(
        due_on=row["due_on"],
        amount=Amount(row["amount_minor"], currency),
        netted=Amount(row["netted_minor"], currency),
        status=row["status"],
        failure=row["failure"],
        reference=reference_of(row["id"]),
    )


async def set_bank_account(db: Database, *, actor: Actor, partner: str, new: BankAccount) -> None:
    """Say where the partner is paid; by an owner. What is under way keeps its old account. Raises NotFound, Forbidden, InvalidInput."""
    number = re.sub(r"[ -]", "", new.account_no).upper()
    if not ACCOUNT_NO.fullmatch(number) or not any(char.isdigit() for char in number):
        raise InvalidInput([("account_no", "must be the 6 to 34 digits and letters of an account number")])
    holder = clean_text("holder", new.holder, max_len=80, min_len=1)
    bank_name = clean_text("bank_name", new.bank_name, max_len=80, min_len=1)
    async with db.transaction() as tx:
        found = await _member(tx, actor=actor, partner=partner, owner=True)
        await payout_queries.upsert_bank_account(
            tx, found["id"], holder=holder, bank_name=bank_name, account_no=number, person_id=actor.person_id
        )
        await people.audit(
            tx, person_id=actor.person_id, action="payout.account", subject=f"partner:{found['id']}",
            detail={"ends": number[-4:]},
        )  # fmt: skip


async def onboard(db: Database, *, gateway: Gateway, settings: Settings, actor: Actor, partner: str) -> str:
    """The provider's page on which an owner opens the partner's account there. Raises NotFound, Forbidden, GatewayUnavailable."""
    async with db.read() as tx:
        found = await _member(tx, actor=actor, partner=partner, owner=True)
        account = await payout_queries.account(tx, found["id"])
    known = account["stripe_account"] if account else None
    stripe_account = known or await gateway.create_account(found["id"])
    async with db.transaction() as tx:
        await payout_queries.upsert_stripe_account(tx, found["id"], stripe_account=stripe_account)
    base = (settings.base_url or "").rstrip("/")
    return await gateway.account_link(stripe_account, back=f"{base}/partner/{found['slug']}/money")


async def refresh_account(db: Database, *, gateway: Gateway, actor: Actor, partner: str) -> bool:
    """Ask the provider whether the partner's account can be paid now. Raises NotFound, GatewayUnavailable."""
    async with db.read() as tx:
        found = await _member(tx, actor=actor, partner=partner)
        account = await payout_queries.account(tx, found["id"])
    if account is None or account["stripe_account"] is None:
        return False
    is_ready = await gateway.account_ready(account["stripe_account"])
    async with db.transaction() as tx:
        await payout_queries.update_stripe_ready(tx, found["id"], is_ready=is_ready)
    return is_ready
