"""Paying partners out: a run per community and due day, its file for the bank, and what a second person says became of it (M30, F13).

Service code of the checkout slice, split off by noun. Transfers through the card provider are in payout_transfers."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import structlog

from market import jobs
from market.checkout import after_sale_queries, cases, entries, payout_queries, reversal_queries
from market.checkout.payout_rules import HEADINGS, BankLine, PayoutPolicy, checksum, last_due, reference_of, split
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.ledger import chart
from market.ledger import service as ledger
from market.money import Money, decimal_text
from market.payments import restores
from market.people import service as people
from market.people.rules import Actor
from market.text import clean_text

log = structlog.get_logger(__name__)


class NotReady(Conflict):
    """The run is not at the step that was asked for."""

    slug = "payout-not-ready"
    title = "This cannot be done now"


class SamePerson(Forbidden):
    """Who made the file does not confirm it (A23)."""

    slug = "second-person"

    def __init__(self) -> None:
        super().__init__("Somebody else must confirm what the bank did: you made this file.")


async def policy_of(tx: Connection, community_id: UUID) -> PayoutPolicy:
    """How a community pays out now."""
    row = await payout_queries.policy(tx, community_id)
    return PayoutPolicy(**dict(row)) if row else PayoutPolicy()


async def run_due(db: Database) -> int:
    """Make every run that is due by the communities' own clocks and not made yet; returns how many. Any number of schedulers may call
    this: a due day of a community has one run. None while restored books do not know what was paid out meanwhile (O02)."""
    async with db.read() as tx:
        if await restores.is_behind(tx):
            return 0
        places = await payout_queries.local_days(tx)
    return sum([await _run_place(db, place) for place in places])


async def _run_place(db: Database, place: Row) -> bool:
    async def work(tx: Connection) -> bool:
        policy = await policy_of(tx, place["id"])
        due_on = last_due(policy, place["today"])
        return await make_run(tx, community_id=place["id"], currency=place["currency"], policy=policy, due_on=due_on)

    return await db.retrying(work)


async def make_run(tx: Connection, *, community_id: UUID, currency: str, policy: PayoutPolicy, due_on: date) -> bool:
    """One run of one community; False when this due day has one. What each partner gets is decided under the lock of its accounts."""
    run_id = await payout_queries.insert_run(
        tx, community_id=community_id, due_on=due_on, rail=policy.rail, currency=currency
    )
    if run_id is None:
        return False
    made = left_out = 0
    for partner in await payout_queries.partners_to_pay(tx, community_id):
        outcome = await _pay_partner(tx, run_id=run_id, partner=partner, policy=policy, currency=currency)
        made += outcome == "made"
        left_out += outcome == "left_out"
    await payout_queries.update_run_made(tx, run_id, status="ready" if made else "empty", left_out=left_out)
    log.debug("payout_run", run=str(run_id), payouts=made, left_out=left_out)
    return True


async def _pay_partner(tx: Connection, *, run_id: UUID, partner: Row, policy: PayoutPolicy, currency: str) -> str:
    slug = partner["slug"]
    available, owed = chart.partner_available(slug), chart.partner_owed(slug)
    await after_sale_queries.lock_partner_accounts(tx, [available])
    has = await ledger.balances(tx, [available, owed], currency)
    owes = max(0, -has[owed] - await reversal_queries.reversing(tx, slug))
    part = split(
        available=max(0, has[available]),
        owed=owes,
        frozen=await payout_queries.frozen(tx, partner["id"]),
        minimum=policy.minimum_minor,
    )
    if not part.paid:
        return "nothing"
    if not (partner["is_stripe_ready"] if policy.rail == "connect" else partner["account_no"]):
        return "left_out"
    payout_id = await payout_queries.insert_payout(
        tx,
        run_id=run_id,
        partner=partner,
        amount_minor=part.paid,
        netted_minor=part.netted,
        currency=currency,
        rail=policy.rail,
    )
    await ledger.post(
        tx,
        event_key=f"payout:{payout_id}",
        kind="payout_started",
        transfers=entries.payout_started(slug, paid=Money(part.paid, currency), netted=Money(part.netted, currency)),
        reference={"payout_id": str(payout_id)},
    )
    if policy.rail == "connect":
        await jobs.enqueue(tx, "checkout.transfer", {"payout_id": str(payout_id)})
    return "made"


async def bank_file(db: Database, *, actor: Actor, run_id: UUID) -> tuple[str, str]:
    """The file for the bank as CSV, and its checksum; whoever takes it first is the first of the two persons (A23).

    Taken again it is the same file, and the first taker stays. Raises NotFound, NotReady."""
    async with db.transaction() as tx:
        run = await _lock_run(tx, actor=actor, run_id=run_id)
        if run["rail"] != "bank" or run["status"] == "empty":
            raise NotReady("There is nothing for the bank in this run.")
        lines = _bank_lines(await payout_queries.payouts_of(tx, run_id))
        total = checksum(lines, run["currency"])
        if run["status"] == "ready":
            await payout_queries.update_run_exported(tx, run_id, person_id=actor.person_id, checksum=total)
            await people.audit(
                tx,
                person_id=actor.person_id,
                action="payout.exported",
                subject=f"payout_run:{run_id}",
                detail={"checksum": total},
            )
        return _csv(lines, run["currency"], total), total


async def confirm(
    db: Database, *, actor: Actor, run_id: UUID, password: str, total: str, failed: Sequence[tuple[UUID, str]]
) -> None:
    """A second person says, with the password again (A23), that the bank executed the file with this checksum, and which single lines
    it did not. Raises WrongPassword, NotFound, NotReady (no file yet, or confirmed before), SamePerson, InvalidInput."""
    await people.require_password(db, person_id=actor.person_id, password=password)
    async with db.transaction() as tx:
        run = await _lock_run(tx, actor=actor, run_id=run_id, leads=True)
        if run["status"] != "exported":
            raise NotReady("There is no file to confirm." if run["status"] == "ready" else "This was confirmed before.")
        if run["exported_by"] == actor.person_id:
            raise SamePerson
        if total != run["checksum"]:
            raise InvalidInput([("checksum", "is not the one of this file")])
        rows = {row["id"]: row for row in await payout_queries.payouts_of(tx, run_id)}
        reasons = _reasons(rows, failed)
        for payout_id, row in rows.items():
            await settle(tx, row=row, failure=reasons.get(payout_id))
        await payout_queries.update_run_confirmed(tx, run_id, person_id=actor.person_id)
        await people.audit(
            tx, person_id=actor.person_id, action="payout.confirmed", subject=f"payout_run:{run_id}",
            detail={"checksum": total, "failed": [str(each) for each in reasons]},
        )  # fmt: skip


async def settle(tx: Connection, *, row: Row, failure: str | None, provider_transfer: str | None = None) -> None:
    """A payout has arrived (`failure` None) or not: the books follow, once. `row` carries the partner's slug as `partner`."""
    status = "sent" if failure is None else "failed"
    if not await payout_queries.update_payout_settled(
        tx, row["id"], status=status, failure=failure or "", provider_transfer=provider_transfer
    ):
        return
    money = Money(row["amount_minor"], row["currency"])
    if failure is None:
        transfers = entries.payout_sent(row["partner"], money, by_bank=row["rail"] == "bank")
    else:
        transfers = entries.payout_failed(row["partner"], money)
    await ledger.post(
        tx,
        event_key=f"payout_{status}:{row['id']}",
        kind=f"payout_{status}",
        transfers=transfers,
        reference={"payout_id": str(row["id"])},
    )
    if failure is not None:
        run = await payout_queries.run(tx, row["run_id"])
        assert run is not None
        await cases.open_case(
            tx, key=f"payout_failed:{row['id']}", kind="payout_failed", amount=money, community_id=run["community_id"],
            facts={"payout": str(row["id"]), "reason": failure, "reference": reference_of(row["id"])},
        )  # fmt: skip


async def _lock_run(tx: Connection, *, actor: Actor, run_id: UUID, leads: bool = False) -> Row:
    run = await payout_queries.lock_run(tx, run_id)
    if run is None or not actor.is_staff_of(run["community_id"]):
        raise NotFound("This payout")
    if leads and not actor.is_staff_of(run["community_id"], "director", "street"):
        raise Forbidden
    return run


def _reasons(rows: dict[UUID, Row], failed: Sequence[tuple[UUID, str]]) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for number, (payout_id, reason) in enumerate(failed):
        if payout_id not in rows or payout_id in found:
            raise InvalidInput([(f"failed[{number}].payout_id", "is not a line of this file, or is named twice")])
        found[payout_id] = clean_text(f"failed[{number}].reason", reason, max_len=200, min_len=1)
    return found


def _bank_lines(rows: Sequence[Row]) -> list[BankLine]:
    return [
        BankLine(reference_of(row["id"]), row["holder"], row["bank_name"], row["account_no"], row["amount_minor"])
        for row in rows
    ]


def _csv(lines: Sequence[BankLine], currency: str, total: str) -> str:
    """One line per payment, then the number of payments, their sum and the checksum. A name that looks like a formula is text (I14)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for each in lines:
        cells = (each.reference, each.holder, each.bank_name, each.account_no)
        writer.writerow([*(_text(cell) for cell in cells), decimal_text(each.amount_minor, currency), currency])
    amount = decimal_text(sum(each.amount_minor for each in lines), currency)
    writer.writerow(["TOTAL", len(lines), "", f"sha256:{total}", amount, currency])
    return out.getvalue()


def _text(cell: str) -> str:
    return "'" + cell if cell[:1] in "=+-@\t\r＝＋－＠" and cell else cell
