"""The monthly close of a community: prepared by one, signed by another, then locked; reopened only as a visible reversal (T5, M40)."""

import hashlib
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from market.communities import service as communities
from market.communities.service import CommunityRow
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.funds import close_queries as queries
from market.funds import entries
from market.funds import service as funds
from market.funds.close_rules import DESTINATIONS, KEEP, Closing, Scheme, close_month, require_past_month
from market.funds.close_schemas import NewCost
from market.funds.rules import check_public_label
from market.funds.rules import months as months_of
from market.funds.spending_reading import roles_over
from market.ledger import chart
from market.ledger import service as ledger
from market.ledger.rules import KeyTaken, reversal
from market.money import Money
from market.people import service as people
from market.people.rules import Actor
from market.people.service import audit
from market.text import clean_text

SIGNERS = frozenset({"director", "street"})


class MonthLocked(Conflict):
    """The month was closed."""

    slug = "month-closed"

    def __init__(self) -> None:
        super().__init__("This month is closed. Date it to the open month, or have the close reopened.")


class FiguresChanged(Conflict):
    """Something was posted into the month after the close was prepared."""

    slug = "figures-changed"

    def __init__(self) -> None:
        super().__init__("The figures have changed since the close was prepared. Please prepare it again.")


class SameSigner(Forbidden):
    """Two people close a month."""

    slug = "second-person"

    def __init__(self) -> None:
        super().__init__("Who prepared the close may not sign it.")


async def prepare(db: Database, *, actor: Actor | None, community: str, month: str) -> Row:
    """Work out a month that is over, or anew as long as nobody signed it; `actor` None is the operator's terminal.

    Raises NotFound, Forbidden, InvalidInput, MonthLocked."""
    async with db.transaction() as tx:
        found = await communities.community_by_slug(tx, community)
        if actor is not None and not roles_over(actor, found.id):
            raise Forbidden("Only staff of the community may close its month.")
        require_past_month(month, this_month=await queries.this_month(tx, found.time_zone))
        await queries.lock_community(tx, found.id)
        figures = await _figures(tx, found, month)
        known = await queries.live_close(tx, community_id=found.id, month=month)
        person_id = actor.person_id if actor else None
        if known is None:
            close_id = await queries.insert_close(
                tx, community_id=found.id, month=month, figures=figures, person_id=person_id
            )
        elif known["status"] == "closed":
            raise MonthLocked
        else:
            close_id = known["id"]
            await queries.update_prepared(tx, close_id, figures=figures, person_id=person_id)
        await audit(tx, person_id=person_id, action="close.prepared", subject=str(close_id), detail={"month": month})
        return await _close(tx, close_id)


async def sign(db: Database, *, actor: Actor, close_id: UUID, password: str) -> Row:
    """A second person signs what was prepared: the surplus is distributed and the month is locked. A repetition changes nothing.

    Raises WrongPassword, NotFound, Forbidden, SameSigner, FiguresChanged, Conflict."""
    await people.require_password(db, person_id=actor.person_id, password=password)
    async with db.transaction() as tx:
        row = await _locked(tx, actor=actor, close_id=close_id)
        if row["status"] == "closed":
            return row
        if row["status"] != "prepared":
            raise Conflict("This close was reopened. Prepare the month again.")
        if row["prepared_by"] == actor.person_id:
            raise SameSigner
        found = await communities.community_by_slug(tx, row["community"])
        figures = await _figures(tx, found, row["month"])
        if _without_mark(figures) != _without_mark(row["figures"]):
            raise FiguresChanged
        for each in figures["enterprises"]:
            await ledger.post(
                tx, event_key=f"close:{close_id}:{each['slug']}", kind="period_closed",
                transfers=entries.period_closed(
                    each["slug"], found.slug, _closing(each), found.currency, label=f"{row['month']} {each['name']}"
                ),
                reference={"close_id": str(close_id), "month": row["month"]},
            )  # fmt: skip
        await queries.update_prepared(tx, close_id, figures=figures, person_id=row["prepared_by"])
        await queries.update_signed(tx, close_id, person_id=actor.person_id)
        await audit(tx, person_id=actor.person_id, action="close.signed", subject=str(close_id),
                    detail={"month": row["month"]})  # fmt: skip
        return await _close(tx, close_id)


async def reopen(db: Database, *, actor: Actor, close_id: UUID, password: str, reason: str) -> Row:
    """Take a close back in public: every entry of it gets its opposite, the month can be posted to and closed again.

    Raises WrongPassword, NotFound, Forbidden, InvalidInput, Conflict."""
    why = check_public_label("reason", clean_text("reason", reason, max_len=500, min_len=1))
    await people.require_password(db, person_id=actor.person_id, password=password)
    async with db.transaction() as tx:
        row = await _locked(tx, actor=actor, close_id=close_id)
        if row["status"] != "closed":
            raise Conflict("Only a closed month can be reopened.")
        for each in row["figures"]["enterprises"]:
            event_id = await ledger.event_id(tx, f"close:{close_id}:{each['slug']}")
            moved = await ledger.transfers_of(tx, event_id) if event_id else []
            if event_id and moved:
                await ledger.post(
                    tx, event_key=f"close:{close_id}:{each['slug']}:reopened", kind="period_reopened", transfers=reversal(moved),
                    reverses=event_id, reference={"close_id": str(close_id), "month": row["month"]},
                )  # fmt: skip
        await queries.update_reopened(tx, close_id, person_id=actor.person_id, reason=why)
        await audit(tx, person_id=actor.person_id, action="close.reopened", subject=str(close_id),
                    detail={"month": row["month"]})  # fmt: skip
        return await _close(tx, close_id)


async def list_closes(db: Database, *, community: str) -> list[Row]:
    """Every close, reopened ones included: public. Raises NotFound."""
    async with db.read() as connection:
        found = await communities.community_by_slug(connection, community)
        return await queries.closes(connection, found.id)


async def _close(tx: Connection, close_id: UUID) -> Row:
    row = await queries.close(tx, close_id)
    if row is None:
        raise NotFound("This close")
    return row


async def _locked(tx: Connection, *, actor: Actor, close_id: UUID) -> Row:
    """The close under the lock of its community, for who may sign; raises NotFound, Forbidden."""
    row = await _close(tx, close_id)
    if not roles_over(actor, row["community_id"]) & SIGNERS:
        raise Forbidden("Only a director or the street may sign or reopen a close.")
    await queries.lock_community(tx, row["community_id"])
    return await _close(tx, close_id)


# Figures -------------------------------------------------------------------------------------------------------------------------


async def _figures(tx: Connection, community: CommunityRow, month: str) -> dict[str, Any]:
    """Everything that is signed, in minor units."""
    rows = await queries.trial_balance(tx, community_id=community.id, month=month, time_zone=community.time_zone)
    facts: dict[str, Any] = {"community_id": community.id, "month": month, "time_zone": community.time_zone}
    scheme_row = await queries.scheme_in_force(tx, **facts)
    scheme = _scheme(scheme_row)
    enterprises = [_enterprise(each, rows, scheme) for each in await queries.enterprises(tx, community.id)]
    accounts = [
        {name: row[name] for name in ("code", "opening", "debit", "credit", "closing")}
        for row in rows
        if row["debit"] or row["credit"] or row["opening"]
    ]
    return {
        "scheme": {"name": scheme.name, "version": scheme.version},
        "enterprises": enterprises,
        "funds": await _funds(tx, community, month),
        "accounts": accounts,
        "people_helped": await queries.people_helped(tx, **facts),
        "checklist": await _checklist(tx, community, month),
        "upto_id": await queries.newest_transfer(tx),
    }


def _scheme(row: Row | None) -> Scheme:
    if row is None:
        return KEEP
    parts = tuple((str(part["to"]), int(part["rate_bp"])) for part in row["parts"])
    return Scheme(row["name"], row["version"], parts, row["reserve_rate_bp"], row["reserve_cap_minor"])


def _enterprise(row: Row, rows: list[Row], scheme: Scheme) -> dict[str, Any]:
    by_code = {each["code"]: each for each in rows}

    def moved(code: str) -> int:
        return by_code[code]["credit"] - by_code[code]["debit"] - by_code[code]["by_closes"] if code in by_code else 0

    def stands(code: str) -> int:
        return by_code[code]["closing"] if code in by_code else 0

    slug = row["slug"]
    closing = close_month(
        moved(chart.enterprise_income(slug)),
        max(0, -moved(chart.enterprise_cost(slug))),
        carried_loss=max(0, -stands(chart.enterprise_losses(slug))),
        reserve_held=max(0, stands(chart.enterprise_reserve(slug))),
        scheme=scheme,
    )
    return {
        "slug": slug, "name": row["name"], "name_en": row["name_en"], "income": closing.income, "cost": closing.cost, "net": closing.net,
        "covered": closing.covered, "reserve": closing.reserve, "loss": closing.loss,
        "parts": [
            {"to": to, "label": DESTINATIONS[to][1], "label_en": DESTINATIONS[to][2], "amount": amount} for to, amount in closing.parts
        ],
    }  # fmt: skip


def _closing(figures: dict[str, Any]) -> Closing:
    parts = tuple((each["to"], each["amount"]) for each in figures["parts"])
    return Closing(figures["income"], figures["cost"], figures["covered"], figures["reserve"], parts, figures["loss"])


async def _funds(tx: Connection, community: CommunityRow, month: str) -> list[dict[str, Any]]:
    found = []
    for row, sums in await funds.funds_of(tx, community=community.slug):
        points = {each.month: each for each in months_of(sums, this_month=month, limit=10_000)}
        point = points.get(month)
        income, spent, balance = (point.income, point.spent, point.balance) if point else (0, 0, 0)
        found.append({"slug": row["slug"], "name": row["name"], "name_en": row["name_en"], "opening": balance - income + spent,
                      "income": income, "spent": spent, "closing": balance})  # fmt: skip
    return found


async def _checklist(tx: Connection, community: CommunityRow, month: str) -> list[dict[str, Any]]:
    """What the signer should have seen; none of it is money, so none of it blocks."""
    papers = await queries.open_papers(tx, community_id=community.id, month=month, time_zone=community.time_zone)
    suspense = await ledger.balance(tx, chart.suspense(), community.currency)
    return [
        {"item": "month_over", "done": True, "count": 0},
        {"item": "outcomes_told", "done": papers == 0, "count": papers},
        {"item": "suspense_empty", "done": suspense == 0, "count": 0 if suspense == 0 else 1},
    ]


def _without_mark(figures: dict[str, Any]) -> dict[str, Any]:
    """What must not have changed between preparing and signing: the money of the month."""
    return {key: figures[key] for key in ("scheme", "enterprises", "funds")}


# Costs ---------------------------------------------------------------------------------------------------------------------------


async def record_cost(db: Database, *, actor: Actor, enterprise: str, idempotency_key: str, new: NewCost) -> Row:
    """What a community enterprise spent; the same key records it once. Raises NotFound, Forbidden, InvalidInput, MonthLocked."""
    sent_key = clean_text("Idempotency-Key", idempotency_key, max_len=200, min_len=1)
    label = check_public_label("label", clean_text("label", new.label, max_len=200, min_len=1))
    try:
        async with db.transaction() as tx:
            row = await queries.enterprise(tx, clean_text("enterprise", enterprise, max_len=200))
            if row is None:
                raise NotFound("This enterprise")
            if not roles_over(actor, row["community_id"]):
                raise Forbidden("Only staff of the community may record what its enterprise spent.")
            key = hashlib.sha256(f"{actor.person_id}|{sent_key}".encode()).hexdigest()
            amount = Money(new.amount, row["currency"])
            is_new = await ledger.post(
                tx, event_key=f"cost:{key}", kind="enterprise_cost_paid", reference={"enterprise": row["slug"]},
                transfers=entries.enterprise_cost_paid(row["slug"], amount, label=label), occurred_at=_paid_at(new, row),
            )  # fmt: skip
            if is_new:
                await audit(tx, person_id=actor.person_id, action="record_cost", subject=row["slug"],
                            detail={"amount": new.amount})  # fmt: skip
            return row
    except KeyTaken as fault:
        raise InvalidInput([("Idempotency-Key", "was used for another cost")]) from fault
    except asyncpg.exceptions.RestrictViolationError as fault:
        raise MonthLocked from fault


def _paid_at(new: NewCost, row: Row) -> datetime | None:
    if new.paid_on is None or new.paid_on == row["today"]:
        return None
    if not 0 < (row["today"] - new.paid_on).days <= 366:
        raise InvalidInput([("paid_on", "must be a day of the past year")])
    return datetime.combine(new.paid_on, time(12), ZoneInfo(row["time_zone"])).astimezone(UTC)
