"""Asking for money of a fund, and deciding about it (S4, L4, H3). Paying is in spending_payment.py.

The author never decides; one person counts once; an edit voids what was decided; consents are counted anew at every step."""

import hashlib
from typing import Any, Literal
from uuid import UUID

from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput
from market.funds import entries, gift_queries, pools
from market.funds import spending_queries as queries
from market.funds.charters import charter
from market.funds.earmark_rules import earmarked_part
from market.funds.rules import check_public_label
from market.funds.service import fund_row
from market.funds.spending_reading import Case, locked_case, my_role, roles_over, visible_case
from market.funds.spending_rules import announcement_end, check_against_charter, payee_keys
from market.funds.spending_schemas import NewRelease, NewSpending
from market.ledger import chart
from market.ledger import service as ledger
from market.money import Money
from market.notify import service as notify
from market.people.rules import Actor
from market.people.service import audit
from market.text import clean_text

RELEASE_PURPOSE = "release"


class NotOpen(Conflict):
    """The request was paid, refused or withdrawn."""

    slug = "request-closed"

    def __init__(self) -> None:
        super().__init__("This request is closed.")


class AlreadyDecided(Conflict):
    """One person counts once (A07)."""

    slug = "already-decided"

    def __init__(self) -> None:
        super().__init__("You have decided about this request already.")


class AuthorDecides(Forbidden):
    slug = "second-person"  # nobody consents to their own wish (A06)

    def __init__(self) -> None:
        super().__init__("Who made the request may not decide about it.")


class KeyUsed(InvalidInput):
    def __init__(self) -> None:
        super().__init__([("Idempotency-Key", "was used for another request")])


def _content(new: NewSpending | NewRelease) -> dict[str, Any]:
    """What a request says, checked; what becomes public holds no number and no address (O08)."""
    relief = isinstance(new, NewSpending) and new.is_relief
    if isinstance(new, NewSpending) and relief and new.pool is not None:
        raise InvalidInput([("pool", "cannot be filled by help for a family")])
    title = clean_text("title", new.title, max_len=120, min_len=1)
    about = clean_text("about", new.about, max_len=4000)
    if not relief:
        check_public_label("title", title)
        check_public_label("about", about)
    if isinstance(new, NewRelease):
        facts: dict[str, Any] = {
            "purpose": RELEASE_PURPOSE,
            "payee_kind": "organisation",
            "payee_name": "",
            "payee_account": "",
            "payee_keys": [],
            "quotes": [],
        }
    else:
        name = clean_text("payee_name", new.payee_name, max_len=120, min_len=1)
        account = clean_text("payee_account", new.payee_account, max_len=120)
        quotes = [
            {"vendor": clean_text("quotes", each.vendor, max_len=120, min_len=1), "amount": each.amount,
             "note": clean_text("quotes", each.note, max_len=500)}
            for each in new.quotes
        ]  # fmt: skip
        facts = {
            "purpose": clean_text("purpose", new.purpose, max_len=60, min_len=1),
            "payee_kind": "person" if relief else new.payee_kind,
            "payee_name": name,
            "payee_account": account,
            "payee_keys": payee_keys(name, account),
            "quotes": quotes,
        }
    return facts | {"title": title, "about": about, "amount_minor": new.amount, "pool_id": None}


async def _to_pool(tx: Connection, fund: Row, content: dict[str, Any], new: NewSpending | NewRelease) -> dict[str, Any]:
    """The content of a request that fills a pool has the pool as its payee, whatever was written; raises InvalidInput."""
    if isinstance(new, NewRelease) or new.pool is None:
        return content
    pool = await pools.pool_of_fund(tx, fund, new.pool)
    payee = {"payee_kind": "organisation", "payee_name": pool["name"], "payee_account": ""}
    return content | payee | {"payee_keys": payee_keys(pool["slug"], ""), "pool_id": pool["id"]}


async def create(db: Database, *, actor: Actor, key: str, idempotency_key: str, new: NewSpending | NewRelease) -> Case:
    """A new request by staff of the fund's community; the same idempotency key makes it once.

    Raises NotFound, Forbidden, InvalidInput (also for a purpose outside the charter), KeyUsed."""
    sent_key = clean_text("Idempotency-Key", idempotency_key, max_len=200, min_len=1)
    kind = "release" if isinstance(new, NewRelease) else "relief" if new.is_relief else "spending"
    content = _content(new)
    request_key = hashlib.sha256(f"{actor.person_id}|{sent_key}".encode()).hexdigest()
    async with db.transaction() as tx:
        fund = await fund_row(tx, key)
        if not roles_over(actor, fund["community_id"]):
            raise Forbidden("Only staff of the community may ask for money of its funds.")
        content = await _to_pool(tx, fund, content, new)
        check_against_charter(await charter(tx, fund), kind=kind, purpose=content["purpose"], amount=new.amount)
        request_id = await queries.insert_request(
            tx, fund_id=fund["id"], kind=kind, author_id=actor.person_id, request_key=request_key, currency=fund["currency"],
            content=content,
        )  # fmt: skip
        if request_id is None:
            return await _same_request(tx, actor=actor, request_key=request_key, fund=fund, kind=kind, content=content)
        await audit(tx, person_id=actor.person_id, action="spending.requested", subject=str(request_id),
                    detail={"fund": fund["slug"], "kind": kind, "amount": new.amount})  # fmt: skip
        return await visible_case(tx, actor=actor, request_id=request_id)


async def _same_request(
    tx: Connection, *, actor: Actor, request_key: str, fund: Row, kind: str, content: dict[str, Any]
) -> Case:
    """The request that the key made before; raises KeyUsed when that was another one."""
    request_id = await queries.request_by_key(tx, request_key)
    assert request_id is not None
    case = await visible_case(tx, actor=actor, request_id=request_id)
    first = case.row
    is_same = first["revision"] > 1 or all(first[name] == value for name, value in content.items())
    if first["fund_id"] != fund["id"] or first["kind"] != kind or not is_same:
        raise KeyUsed
    return case


async def change(db: Database, *, actor: Actor, request_id: UUID, new: NewSpending) -> Case:
    """A new revision by its author or a director: everything decided before is void, money set aside is free again, and who had
    consented is told (A08, A12). Raises NotFound, Forbidden, NotOpen, InvalidInput."""
    content = _content(new)
    async with db.transaction() as tx:
        case = await locked_case(tx, actor=actor, request_id=request_id)
        _require_author(case, actor)
        if case.row["kind"] == "release" or new.is_relief != (case.row["kind"] == "relief"):
            raise InvalidInput([("is_relief", "cannot be changed: withdraw the request and make a new one")])
        content = await _to_pool(tx, await fund_row(tx, case.row["fund"]), content, new)
        check_against_charter(case.charter, kind=case.row["kind"], purpose=content["purpose"], amount=new.amount)
        changed = sorted(name for name, value in content.items() if case.row[name] != value and name != "payee_keys")
        if not changed:
            return case
        await free(tx, case)
        await queries.update_content(tx, request_id, content=content)
        await _tell_voided(tx, case, account_changed="payee_account" in changed or "payee_name" in changed)
        await audit(tx, person_id=actor.person_id, action="spending.changed", subject=str(request_id),
                    detail={"changed": changed})  # fmt: skip
        return await visible_case(tx, actor=actor, request_id=request_id)


async def _tell_voided(tx: Connection, case: Case, *, account_changed: bool) -> None:
    for each in case.current:
        if each["verdict"] == "approve":
            await notify.send(
                tx, person_id=each["person_id"], template="consent_voided",
                context={"title": case.row["title"], "account_changed": account_changed},
                dedupe_key=f"consent-voided:{case.row['id']}:{case.row['revision']}:{each['person_id']}",
            )  # fmt: skip


async def withdraw(db: Database, *, actor: Actor, request_id: UUID) -> Case:
    """The author or a director takes the request back. Raises NotFound, Forbidden, NotOpen."""
    async with db.transaction() as tx:
        case = await locked_case(tx, actor=actor, request_id=request_id)
        _require_author(case, actor)
        await free(tx, case)
        await queries.update_status(tx, request_id, "withdrawn")
        await audit(tx, person_id=actor.person_id, action="spending.withdrawn", subject=str(request_id))
        return await visible_case(tx, actor=actor, request_id=request_id)


def _require_author(case: Case, actor: Actor) -> None:
    if case.row["author_id"] != actor.person_id and "director" not in roles_over(actor, case.row["community_id"]):
        raise Forbidden("Only who made the request or a director may change it.")
    if case.row["status"] != "open":
        raise NotOpen


async def decide(
    db: Database, *, actor: Actor, request_id: UUID, verdict: Literal["approve", "refuse"], note: str, revision: int | None = None
) -> Case:  # fmt: skip
    """Consent or refuse in the role that is still missing; the last consent sets the money aside, if the fund has it.

    `revision`: what the person has read; an edit in between is refused. Raises NotFound, AuthorDecides, Forbidden, AlreadyDecided,
    NotOpen, Conflict."""
    note = clean_text("note", note, max_len=1000)
    if verdict == "refuse" and not note:
        raise InvalidInput([("note", "must not be empty: say why")])
    async with db.transaction() as tx:
        case = await locked_case(tx, actor=actor, request_id=request_id)
        role = _role_to_decide(case, actor, revision)
        is_new = await queries.insert_decision(
            tx, request_id=request_id, revision=case.row["revision"], person_id=actor.person_id, role=role, verdict=verdict, note=note,
        )  # fmt: skip
        if not is_new:
            raise AlreadyDecided
        await audit(tx, person_id=actor.person_id, action=f"spending.{verdict}d", subject=str(request_id),
                    detail={"role": role, "revision": case.row["revision"]})  # fmt: skip
        if verdict == "refuse":
            await free(tx, case)
            await queries.update_status(tx, request_id, "refused")
        else:
            await _after_consent(tx, await visible_case(tx, actor=actor, request_id=request_id))
        return await visible_case(tx, actor=actor, request_id=request_id)


def _role_to_decide(case: Case, actor: Actor, revision: int | None) -> str:
    if case.row["author_id"] == actor.person_id:
        raise AuthorDecides
    if case.row["status"] != "open":
        raise NotOpen
    if revision is not None and revision != case.row["revision"]:
        raise Conflict("The request was changed in the meantime. Please read it again.")
    if any(each["person_id"] == actor.person_id for each in case.current):
        raise AlreadyDecided
    role = my_role(case, actor)
    held = roles_over(actor, case.row["community_id"])
    if role is None and case.standing.state == "announced" and held & set(case.standing.tier.roles):
        return sorted(held & set(case.standing.tier.roles))[0]  # a second thought while residents may object
    if role is None:
        raise Forbidden("This request does not wait for your decision.")
    return role


async def _after_consent(tx: Connection, case: Case) -> None:
    """When nobody's consent is missing any more: announce what has to be announced, and set the money aside."""
    if case.standing.missing:
        return
    until = announcement_end(case.standing.tier, case.row["now"])
    if until is not None and case.row["announced_until"] is None:
        await queries.update_announced(tx, case.row["id"], until)
    if case.row["kind"] != "release":
        await reserve(tx, case)


# Money set aside -----------------------------------------------------------------------------------------------------------------


def amount_of(case: Case) -> Money:
    return Money(case.row["amount_minor"], case.row["currency"])


async def reserve(tx: Connection, case: Case) -> bool:
    """Set the money of a request aside once, under the lock on the fund; False when the fund has not enough to spend (A10), or only
    what was given for something else."""
    await queries.lock_fund(tx, case.row["fund_id"])
    if case.row["is_reserved"]:
        return True
    amount = amount_of(case)
    income, spendable = chart.fund_income(case.row["fund"]), chart.fund_spendable(case.row["fund"])
    held = await ledger.balances(tx, [income, spendable], amount.currency)
    earmarked = earmarked_part(
        amount.minor, case.row["purpose"], await gift_queries.earmarks(tx, case.row["fund_id"]), held=sum(held.values())
    )
    if held[spendable] < amount.minor or earmarked is None:
        return False
    await ledger.post(
        tx, event_key=f"spending:{case.row['id']}:reserved:{case.row['revision']}", kind="spending_reserved",
        transfers=entries.spending_reserved(case.row["fund"], amount, label=public_title(case)),
        reference={"spending_id": str(case.row["id"])},
    )  # fmt: skip
    await queries.update_reserved(tx, case.row["id"], is_reserved=True, earmarked=earmarked)
    return True


async def free(tx: Connection, case: Case) -> None:
    """What was set aside for this revision may be spent on something else."""
    if not case.row["is_reserved"]:
        return
    await queries.lock_fund(tx, case.row["fund_id"])
    await ledger.post(
        tx, event_key=f"spending:{case.row['id']}:freed:{case.row['revision']}", kind="spending_freed",
        transfers=entries.spending_freed(case.row["fund"], amount_of(case), label=public_title(case)),
        reference={"spending_id": str(case.row["id"])},
    )  # fmt: skip
    await queries.update_reserved(tx, case.row["id"], is_reserved=False, earmarked=0)


def public_title(case: Case) -> str:
    """What the books call it: a family's case has no title there."""
    return "relief" if case.row["kind"] == "relief" else str(case.row["title"])
