"""The daily comparison of our books with the card provider's, the bank's and the cash at the desks; a difference is a case (M42).

Service code of the checkout slice, split off by noun. Nothing here changes what the books say."""

import csv
import io
import re
from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

import structlog

from market.checkout import cases, reconcile_queries
from market.checkout.desk_schemas import Compared, Imported
from market.communities import service as communities
from market.db import Connection, Database
from market.errors import Forbidden, InvalidInput, NotFound
from market.money import EXPONENTS, Money
from market.payments import transaction_queries, transactions
from market.payments.gateway import Gateway
from market.payments.inbox import FactHandler
from market.people import service as people
from market.people.rules import Actor
from market.text import clean_text

log = structlog.get_logger(__name__)

SHOWN = 30
MAX_LINES = 5000
AMOUNT = re.compile(r"[+-]?\d{1,12}(?:\.(\d{1,3}))?", re.ASCII)
COLUMNS = ("date", "amount", "reference", "counterparty")


async def compare_provider(
    db: Database, *, gateway: Gateway, handle: FactHandler, day: date | None = None, person_id: UUID | None = None
) -> int:
    """Compare a day (UTC; none = yesterday) with the card provider's own list; returns how many differences it has.

    Each of them opens a case: what only we know, what only they know, and what has another amount. Raises GatewayUnavailable."""
    await transactions.import_transactions(db, gateway=gateway, handle=handle)
    async with db.transaction() as tx:
        day = day or await reconcile_queries.yesterday(tx)
        rows = await transaction_queries.compared(tx, day)
        wrong = [row for row in rows if row["ours"] != row["theirs"]]
        for row in wrong:
            await _provider_case(tx, row=row, day=day)
        await reconcile_queries.insert_reconciliation(
            tx, what="provider", day=day, checked=len(rows), differences=len(wrong), person_id=person_id
        )
    log.info("provider_compared", day=str(day), checked=len(rows), differences=len(wrong))
    return len(wrong)


async def _provider_case(tx: Connection, *, row: Any, day: date) -> None:
    ours, theirs, currency = row["ours"], row["theirs"], row["currency"]
    kind = "provider_missing" if theirs is None else "provider_extra" if ours is None else "provider_amount"
    if currency not in EXPONENTS:
        log.error("unknown_currency_at_provider", transaction=row["transaction"], currency=currency)
        return
    await cases.open_case(
        tx,
        key=f"provider:{row['what']}:{row['key']}",
        kind=kind,
        amount=Money((theirs or 0) - (ours or 0), currency),
        order_id=row["order_id"],
        facts={
            "payment": row["key"],
            "day": day.isoformat(),
            "expected": "" if ours is None else str(Money(ours, currency)),
            "found": "" if theirs is None else str(Money(theirs, currency)),
        },
    )


async def import_statement(db: Database, *, actor: Actor, community: str, text: str) -> Imported:
    """Read a bank statement (CSV with the columns date, amount, reference, counterparty), tie its lines to payouts and deposits, and open
    a case for each line or movement of those days that has no other side. Imported again it adds nothing.

    By who leads the community. Raises NotFound, Forbidden, InvalidInput naming the line."""
    async with db.transaction() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id):
            raise NotFound("This community")
        if not actor.is_staff_of(found.id, "director", "street"):
            raise Forbidden
        lines = read_statement(text, currency=found.currency)
        fresh = await reconcile_queries.insert_bank_lines(
            tx, lines=lines, currency=found.currency, person_id=actor.person_id
        )
        await reconcile_queries.update_bank_matches(tx)
        first, last = (date.fromisoformat(pick(line["day"] for line in lines)) for pick in (min, max))
        rows = await reconcile_queries.unmatched(tx, first=first, last=last)
        for row in rows:
            await cases.open_case(
                tx,
                key=f"{row['kind']}:{row['key']}",
                kind=row["kind"],
                amount=Money(row["amount_minor"], row["currency"]),
                community_id=row["community_id"] or found.id,
                facts={"day": row["day"].isoformat(), "reference": row["reference"]},
            )
        await reconcile_queries.insert_reconciliation(
            tx, what="bank", day=last, checked=len(lines), differences=len(rows), person_id=actor.person_id
        )
        await people.audit(tx, person_id=actor.person_id, action="bank.imported", subject=f"community:{found.id}")
    return Imported(lines=len(lines), fresh=fresh, differences=len(rows))


def read_statement(text: str, *, currency: str) -> list[dict[str, Any]]:
    """The lines of a statement; raises InvalidInput naming each that cannot be read, and changes nothing."""
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    try:
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as fault:
        raise InvalidInput([("text", "is not CSV")]) from fault
    if not rows or tuple(cell.strip().lower() for cell in rows[0][:4]) != COLUMNS:
        raise InvalidInput([("text", f"must begin with the columns {', '.join(COLUMNS)}")])
    if not 1 < len(rows) <= MAX_LINES + 1:
        raise InvalidInput([("text", f"must have 1 to {MAX_LINES} lines")])
    seen = Counter[tuple[str, int, str, str]]()
    found, faults = [], []
    for number, row in enumerate(rows[1:], 2):
        cells = [cell.strip() for cell in [*row, "", "", "", ""][:4]]
        day, amount = _day(cells[0]), minor_of(cells[1], currency)
        if day is None or not amount:
            faults.append((f"text[{number}]", "needs a date like 2026-11-27 and an amount like -97.00"))
            continue
        reference, counter = (clean_text(f"text[{number}]", cell, max_len=200) for cell in cells[2:4])
        seen[day, amount, reference, counter] += 1
        nth = seen[day, amount, reference, counter]
        found.append({"day": day, "amount": amount, "reference": reference, "counter": counter, "nth": nth})
    if faults:
        raise InvalidInput(faults[:20])
    return found


def _day(cell: str) -> str | None:
    try:
        return date.fromisoformat(cell).isoformat()
    except ValueError:
        return None


def minor_of(cell: str, currency: str) -> int | None:
    """Minor units from a decimal number, exactly; None for what is none, or finer than the currency."""
    match = AMOUNT.fullmatch(cell.replace(",", ""))
    if match is None:
        return None
    places, digits = EXPONENTS[currency], match[1] or ""
    if len(digits) > places:
        return None
    whole = cell.replace(",", "").lstrip("+-").split(".")[0]
    minor = int(whole) * 10**places + (int(digits.ljust(places, "0")) if places and digits else 0)
    return int(-minor if cell.startswith("-") else minor)


async def list_compared(db: Database, *, actor: Actor, community: str) -> list[Compared]:
    """The newest comparisons, for staff. Raises NotFound."""
    async with db.read() as tx:
        found = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(found.id):
            raise NotFound("This community")
        rows = await reconcile_queries.reconciliations(tx, SHOWN)
    return [
        Compared(row["what"], row["day"], row["checked"], row["differences"], row["maker"], row["made_at"])
        for row in rows
    ]
