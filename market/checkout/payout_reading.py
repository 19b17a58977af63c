"""What staff see of payouts: the next day, the runs and what became of them; and what a community decides about them.

Service code of the checkout slice, split off by noun."""

from dataclasses import asdict
from uuid import UUID

from market.checkout import payout_queries, payout_schemas, payouts
from market.checkout.payout_accounts import last_digits
from market.checkout.payout_rules import PayoutPolicy, next_due, reference_of
from market.checkout.payout_schemas import Payout, PayoutPlan, PayoutRun, PayoutRunDetail
from market.communities import service as communities
from market.db import Database, Row
from market.errors import InvalidInput, NotFound
from market.people import service as people
from market.people.rules import Actor
from market.schemas import Amount

PAGE = 12


async def plan(db: Database, *, actor: Actor, community: str, cursor: str | None) -> PayoutPlan:
    """How the actor's community pays out, when next, and its runs, newest first. Raises NotFound, InvalidInput."""
    try:
        before = UUID(cursor) if cursor else None
    except ValueError as fault:
        raise InvalidInput([("cursor", "is not one that this list gave out")]) from fault
    async with db.read() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id):
            raise NotFound("This community")
        policy = await payouts.policy_of(tx, found.id)
        today = await payout_queries.local_day(tx, found.id)
        rows = await payout_queries.runs(tx, community_id=found.id, before=before, limit=PAGE + 1)
    return PayoutPlan(
        policy=_policy(policy),
        next_on=next_due(policy, today),
        currency=found.currency,
        runs=[_run(row) for row in rows[:PAGE]],
        next_cursor=str(rows[PAGE - 1]["id"]) if len(rows) > PAGE else None,
    )


async def run_detail(db: Database, *, actor: Actor, run_id: UUID) -> PayoutRunDetail:
    """One run with its payments. Raises NotFound."""
    async with db.read() as tx:
        run = await payout_queries.run(tx, run_id)
        if run is None or not actor.is_staff_of(run["community_id"]):
            raise NotFound("This payout")
        rows = await payout_queries.payouts_of(tx, run_id)
    leads = actor.is_staff_of(run["community_id"], "director", "street")
    may_confirm = run["status"] == "exported" and leads and run["exported_by"] != actor.person_id
    return PayoutRunDetail(_run(run), [_payout(row) for row in rows], may_confirm)


async def set_policy(db: Database, *, actor: Actor, community: str, new: payout_schemas.PayoutPolicy) -> None:
    """Decide when, from which amount on and by which way partners are paid; by who leads the community. Raises NotFound, InvalidInput."""
    if new.every == "week" and new.day > 7:
        raise InvalidInput([("day", "of a week is 1 (Monday) to 7")])
    policy = PayoutPolicy(new.every, new.day, new.minimum, new.rail, new.fee_bearer)
    async with db.transaction() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id, "director", "street"):
            raise NotFound("This community")
        await payout_queries.upsert_policy(tx, found.id, facts=asdict(policy), person_id=actor.person_id)
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="payout.policy",
            subject=f"community:{found.id}",
            detail=asdict(policy),
        )


def _policy(policy: PayoutPolicy) -> payout_schemas.PayoutPolicy:
    return payout_schemas.PayoutPolicy(policy.every, policy.day, policy.minimum_minor, policy.rail, policy.fee_bearer)


def _run(row: Row) -> PayoutRun:
    return PayoutRun(
        id=row["id"],
        due_on=row["due_on"],
        rail=row["rail"],
        status=row["status"],
        payouts=row["payouts"],
        total=Amount(row["total_minor"], row["currency"]),
        sent=row["sent"],
        failed=row["failed"],
        left_out=row["left_out"],
        checksum=row["checksum"],
        exported_by=row["exporter"],
        exported_at=row["exported_at"],
        confirmed_by=row["confirmer"],
        confirmed_at=row["confirmed_at"],
    )


def _payout(row: Row) -> Payout:
    return Payout(
        id=row["id"],
        reference=reference_of(row["id"]),
        partner=row["partner"],
        name=row["name"],
        name_en=row["name_en"],
        amount=Amount(row["amount_minor"], row["currency"]),
        netted=Amount(row["netted_minor"], row["currency"]),
        account=last_digits(row["account_no"]) or (row["stripe_account"] or ""),
        status=row["status"],
        failure=row["failure"],
    )
