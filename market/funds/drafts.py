"""How a routing rule changes: one person proposes a version, a second one approves it with date and minutes, or refuses it.

A draft touches no payment. The approved version is in force from its day on and never before its approval (M41); who proposed
it may withdraw it and never decides it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from market.communities import service as communities
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.funds import draft_queries, queries, service
from market.funds.schemas import NewRoutingRule, RuleDecision
from market.people.rules import Actor
from market.people.service import audit
from market.text import clean_text

PROPOSERS = ("director",)
DECIDERS = ("director", "street")
MAX_SHOWN = 100


class AlreadyDecided(Conflict):
    """Somebody has decided this proposal, or taken it back."""

    slug = "already-decided"
    title = "Decided already"

    def __init__(self) -> None:
        super().__init__("This proposal was decided or withdrawn meanwhile.")


async def propose(db: Database, *, actor: Actor, community: str, new: NewRoutingRule) -> dict[str, Any]:
    """Propose a version; only checked, not in force. By a director of the community or an operator.

    Raises NotFound, Forbidden, InvalidInput naming the field, RatesAddUp when it could not be approved as it is."""
    async with db.transaction() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id, *PROPOSERS):
            raise Forbidden("Only a director of the community may propose a change of its rules.")
        now = await queries.database_now(tx)
        if new.effective_from.tzinfo is None or new.effective_from < now - timedelta(minutes=1):
            raise InvalidInput([("effective_from", "must be now or later, with an offset: rules are never back-dated")])
        if new.effective_from > now + timedelta(days=3660):
            raise InvalidInput([("effective_from", "must be within ten years")])
        fund = await queries.fund(tx, slug=clean_text("fund", new.fund, max_len=200))
        if fund is None or fund["community_id"] != found.id:
            raise InvalidInput([("fund", "is no fund of this community")])
        await service.require_room(
            tx, community_id=found.id, applies_to=new.applies_to, fund_id=fund["id"], rate_bp=new.rate_bp, since=new.effective_from
        )  # fmt: skip
        draft_id = await draft_queries.insert_draft(
            tx,
            community_id=found.id,
            applies_to=new.applies_to,
            fund_id=fund["id"],
            rate_bp=new.rate_bp,
            bearer=new.bearer,
            effective_from=max(new.effective_from, now),
            reason=clean_text("minutes", new.minutes, max_len=10_000, min_len=1),
            proposed_by=actor.person_id,
        )
        await audit(tx, person_id=actor.person_id, action="propose_routing_rule", subject=str(draft_id),
                    detail={"community": found.slug, "applies_to": new.applies_to, "rate_bp": new.rate_bp})  # fmt: skip
        return await _shown(tx, draft_id, actor=actor)


async def list_drafts(db: Database, *, actor: Actor, community: str) -> list[dict[str, Any]]:
    """The newest hundred proposals, waiting ones first, for staff of the community. Raises NotFound."""
    async with db.read() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id):
            raise NotFound("This community")
        return [_facts(row, actor) for row in await draft_queries.drafts(tx, community_id=found.id, limit=MAX_SHOWN)]


async def decide(db: Database, *, actor: Actor, draft_id: UUID, decision: RuleDecision) -> dict[str, Any]:
    """Approve (a new version), refuse, or as its author withdraw a waiting proposal.

    Raises NotFound, Forbidden (not a second person, no director or supervisor here), AlreadyDecided, InvalidInput, RatesAddUp."""
    answer = clean_text("minutes", decision.minutes, max_len=10_000, min_len=1)
    async with db.transaction() as tx:
        row = await draft_queries.lock_draft(tx, draft_id)
        if row is None or not actor.is_staff_of(row["community_id"]):
            raise NotFound("This proposal")
        is_author = row["proposer_id"] == actor.person_id
        if decision.approve and is_author:
            raise Forbidden("A second person has to approve what you proposed.")
        if not is_author and not actor.is_staff_of(row["community_id"], *DECIDERS):
            raise Forbidden("Only a director or the street decides this.")
        if row["status"] != "waiting":
            raise AlreadyDecided
        rule_id = None
        status = "withdrawn" if is_author else "refused"
        if decision.approve:
            status, rule_id = "approved", await _record(tx, row, actor=actor, answer=answer, on=decision.decided_on)
        await draft_queries.update_draft(
            tx, draft_id, status=status, decided_by=actor.person_id, answer=answer, rule_id=rule_id
        )
        await audit(
            tx,
            person_id=actor.person_id,
            action="decide_routing_rule",
            subject=str(draft_id),
            detail={"status": status},
        )
        return await _shown(tx, draft_id, actor=actor)


async def _record(tx: Connection, row: Row, *, actor: Actor, answer: str, on: date | None) -> UUID:
    """The version of an approved draft, in force from its day or from now on, whichever is later."""
    now = await queries.database_now(tx)
    if on is None or on > now.date() + timedelta(days=1) or on < row["proposed_at"].date() - timedelta(days=366):
        raise InvalidInput([("decided_on", "must be the day of the meeting that decided it")])
    return await service.record_rule(
        tx,
        community_id=row["community_id"],
        applies_to=row["applies_to"],
        fund_slug=row["fund"],
        rate_bp=row["rate_bp"],
        bearer=row["bearer"],
        effective_from=max(row["effective_from"], now),
        approved_by=actor.name,
        minutes=answer,
        proposed_by=row["proposed_by"],
        decided_on=on,
    )


async def _shown(tx: Connection, draft_id: UUID, *, actor: Actor) -> dict[str, Any]:
    row = await draft_queries.draft(tx, draft_id)
    assert row is not None
    return _facts(row, actor)


def _facts(row: Row, actor: Actor) -> dict[str, Any]:
    facts = dict(row)
    community_id, proposer_id = facts.pop("community_id"), facts.pop("proposer_id")
    del facts["fund_id"]
    is_author, waits = proposer_id == actor.person_id, row["status"] == "waiting"
    return facts | {
        "may_decide": waits and not is_author and actor.is_staff_of(community_id, *DECIDERS),
        "may_withdraw": waits and is_author,
    }
