"""The months of leases: each is settled once its days are over (T2, S3).

Service code of the checkout slice, split off by noun. Rent goes from what the partner has available to the owner of the space and to the
funds, by the rules in force then; what the partner does not have is its bill, taken from the next payouts or paid to the bank."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from market.checkout import after_sale_queries, entries, lease_queries
from market.checkout.lease_rules import Indexed, LeaseTerms, last_covered, months_due, rent_of
from market.checkout.share_rules import Share, divide
from market.db import Connection, Database, Row
from market.funds import service as funds
from market.ledger import chart
from market.ledger import service as ledger
from market.notify import service as notify
from market.spaces.pricing import RENT_OF_KIND


def terms_of(row: Row, indexations: Sequence[Row] = ()) -> LeaseTerms:
    """The terms of a row of lease_queries, with its indexations."""
    return LeaseTerms(
        first_day=row["first_day"],
        last_day=row["ends_on"],
        base_minor=row["base_minor"],
        share_bp=row["share_bp"],
        share_from_bp=row["share_from_bp"],
        minimum_minor=row["minimum_minor"],
        mode=row["mode"],
        rent_free_weeks=row["rent_free_weeks"],
        indexed=tuple(Indexed(each["month"], each["base_minor"], each["minimum_minor"]) for each in indexations),
    )


async def settle_due(db: Database) -> int:
    """Make every statement whose days are over, each once; returns how many. Any number of workers may call this."""
    async with db.read() as tx:
        due = await lease_queries.leases_to_settle(tx)
    made = 0
    for lease_id in due:
        made += await db.retrying(lambda tx, lease_id=lease_id: settle(tx, lease_id))  # type: ignore[misc]  # a default freezes the loop's value
    return made


async def settle(tx: Connection, lease_id: UUID) -> int:
    """All statements of one lease that are due, in order, under its lock and those of the leases of the same award: what one of them
    took for the turnover of a month holds for all."""
    row = await lease_queries.lock_lease(tx, lease_id)
    assert row is not None
    terms = terms_of(row, await lease_queries.indexations_of(tx, [lease_id]))
    known = await lease_queries.statements_of(tx, [lease_id])
    counted = sum(each["turnover_minor"] for each in known)
    months = [
        month for month in months_due(terms, today=row["today"]) if month not in {each["month"] for each in known}
    ]
    for month in months:
        until = last_covered(terms, month)
        sold = 0
        if terms.share_bp and until >= terms.charged_from:
            sold = await lease_queries.turnover(
                tx,
                partner=row["partner_id"],
                community=row["community_id"],
                zone=row["time_zone"],
                first=terms.charged_from,
                last=until,
            )
        # What was given back since an earlier month lowers this one, and the next where this one is too small for it.
        turnover = max(0, sold - counted)
        if terms.share_bp and row["tender_id"] is not None:
            same = await lease_queries.turnover_of_award(tx, lease=row, month=month, until=until)
            turnover = turnover if same is None else same
        counted += turnover
        rent = rent_of(terms, month, turnover)
        shares = await _shares(tx, row, rent.due)
        netted = await _post(
            tx, row, key=f"lease:{lease_id}:{month:%Y-%m}", label=f"{row['space']} {month:%Y-%m}", shares=shares
        )
        values = {
            "lease_id": lease_id,
            "month": month,
            "until": until,
            "is_final": until == terms.last_day,
            "turnover_minor": turnover,
            "base_minor": rent.base,
            "share_minor": rent.share,
            "due_minor": rent.due,
            "netted_minor": netted,
            "shares": [_stored(each) for each in shares],
        }
        await _tell(tx, row, await lease_queries.insert_statement(tx, values=values), values)
    return len(months)


async def _tell(tx: Connection, row: Row, statement_id: UUID, values: dict[str, Any]) -> None:
    """Whoever speaks for the partner gets the statement of the month."""
    context = {
        "space": row["space"],
        "space_en": row["space_en"] or row["space"],
        "month": f"{values['month']:%Y-%m}",
        "turnover": {"amount": values["turnover_minor"], "currency": row["currency"]},
        "due": {"amount": values["due_minor"], "currency": row["currency"]},
        "netted": {"amount": values["netted_minor"], "currency": row["currency"]},
        "billed": {"amount": values["due_minor"] - values["netted_minor"], "currency": row["currency"]},
    }
    owners = await lease_queries.owners_of(tx, row["partner_id"])
    letters = [notify.Letter(each, "lease_statement", context, f"lease:{statement_id}:{each}") for each in owners]
    await notify.send_many(tx, letters)


async def _shares(tx: Connection, row: Row, due: int) -> tuple[Share, ...]:
    """Who gets what of the rent: the funds by the rules in force, the rest the owner of the space (S3)."""
    rules = (await funds.rules_in_force(tx, community_ids=[row["community_id"]]))[row["community_id"]]
    owner = Share(f"enterprise:{row['enterprise']}", row["enterprise_name"], row["enterprise_name_en"], 0)
    return divide(due, seller=owner, applies_to=RENT_OF_KIND[row["space_kind"]], rules=rules)


def _stored(each: Share) -> dict[str, Any]:
    rule = each.rule and {"id": str(each.rule.id), "version": each.rule.version, "rate_bp": each.rule.rate_bp}
    return {"to": each.to, "label": each.label, "label_en": each.label_en, "amount": each.amount, "rule": rule}


async def _post(tx: Connection, row: Row, *, key: str, label: str, shares: Sequence[Share]) -> int:
    """Post the rent; what of it the partner had available."""
    available = chart.partner_available(row["partner"])
    await after_sale_queries.lock_partner_accounts(tx, [available])
    has = await ledger.balances(tx, [available], row["currency"])
    sold = [entries.SoldShare(each.to, each.amount, rule_id=each.rule.id if each.rule else None) for each in shares]
    due = entries.rent_due(entries.SoldLine(label, row["currency"], tuple(sold)), partner=row["partner"])
    transfers = entries.with_owed(due, has)
    await ledger.post(tx, event_key=key, kind="rent_due", transfers=transfers, reference={"lease_id": str(row["id"])})
    return sum(each.amount.minor for each in transfers if each.debit == available)
