"""A partner's month: what was sold and for how much less, who got which share by which rule, what went back,
what the card provider kept, what was paid out. Its sums are the ledger's.

Service code of the checkout slice, split off by noun."""

import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from market.checkout import statement_queries
from market.db import Database, Row
from market.errors import InvalidInput, NotFound
from market.ledger import chart
from market.ledger import service as ledger
from market.partners import service as partners
from market.people.rules import Actor
from market.schemas import Amount

MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)
# The kinds of events that change what a partner has, by the part of the statement they belong to.
PARTS = {
    "sale_paid": "sale", "desk_payment": "sale", "cover_paid": "sale", "pass_expired": "sale",
    "sale_refunded": "refund", "cover_returned": "refund",
    "dispute_lost": "refund", "provider_fee": "fee",
    "payout_sent": "payout", "transfer_reversed": "payout", "rent_due": "rent", "rent_paid": "rent",
}  # fmt: skip
# Where the label of a movement is a word of the books and no title; the part says it all.
UNTITLED = frozenset({"provider_fee", "payout_sent", "transfer_reversed", "rent_paid"})


class Sale(msgspec.Struct):
    at: datetime
    title: str
    title_en: str | None
    quantity: int
    list_price: Amount
    discount: Amount
    payable: Amount
    """What was paid for it, subsidies included."""
    to_funds: Amount
    own: Amount
    covered: Amount
    """How much of it subsidies, or a coupon that somebody else bears, paid."""
    from_pass: Amount
    """How much of it a pass paid, that is what its buyer paid before."""


class StatementShare(msgspec.Struct):
    """What one receiver got of the month's sales by one version of a rule."""

    to: str
    label: str
    label_en: str | None
    version: int | None
    rate_bp: int | None
    amount: Amount


class Movement(msgspec.Struct):
    """What changed what the partner has; `part` is refund, rent, fee, payout or other; `label` is a title, or empty."""

    at: datetime
    part: str
    label: str
    amount: Amount


class Statement(msgspec.Struct):
    """`opening` + the sums of all parts = `closing`; both as the ledger says."""

    partner: str
    name: str
    name_en: str | None
    month: str
    opening: Amount
    sales: list[Sale]
    shares: list[StatementShare]
    movements: list[Movement]
    sums: dict[str, Amount]
    closing: Amount


async def statement(db: Database, *, actor: Actor, partner: str, month: str) -> Statement:
    """The month of a partner of the actor, in the zone of its community. Raises NotFound, InvalidInput."""
    found, _ = await statement_and_zone(db, actor=actor, partner=partner, month=month)
    return found


async def statement_and_zone(
    db: Database, *, actor: Actor, partner: str, month: str
) -> tuple[Statement, ZoneInfo]:  # fmt: skip
    """The month and the zone of its days. Raises NotFound, InvalidInput."""
    if not MONTH.fullmatch(month):
        raise InvalidInput([("month", "must be like 2026-11")])
    async with db.transaction() as tx:
        await ledger.begin_snapshot(tx)
        row = await partners.partner_by_slug(tx, partner)
        if not actor.is_member_of(row["id"]):
            raise NotFound("This partner")
        slug = row["slug"]
        codes = [
            chart.partner_pending(slug), chart.partner_available(slug), chart.partner_payout(slug), chart.partner_owed(slug)
        ]  # fmt: skip
        time = await statement_queries.month_bounds(tx, community_id=row["community_id"], month=month)
        assert time is not None
        currency = time["currency"]
        opening = await statement_queries.balance_before(tx, codes=codes, currency=currency, at=time["starts"])
        moved = await statement_queries.movements(
            tx, codes=codes, currency=currency, starts=time["starts"], ends=time["ends"]
        )
        sold = await statement_queries.sales(tx, partner_id=row["id"], starts=time["starts"], ends=time["ends"])
    sums: dict[str, int] = dict.fromkeys(("sale", "refund", "rent", "fee", "payout", "other"), 0)
    for each in moved:
        sums[PARTS.get(each["kind"], "other")] += each["minor"]
    return Statement(
        partner=slug,
        name=row["name"],
        name_en=row["name_en"],
        month=month,
        opening=Amount(opening, currency),
        sales=[_sale(line, currency) for line in sold],
        shares=_shares(sold, currency),
        movements=[
            Movement(
                each["at"], part, "" if each["kind"] in UNTITLED else each["label"], Amount(each["minor"], currency)
            )
            for each in moved
            if (part := PARTS.get(each["kind"], "other")) != "sale"
        ],
        sums={part: Amount(minor, currency) for part, minor in sums.items()},
        closing=Amount(opening + sum(sums.values()), currency),
    ), ZoneInfo(time["time_zone"])


def _sale(line: Row, currency: str) -> Sale:
    own = sum(share["amount"] for share in line["shares"] if share["to"].startswith("partner:"))
    paid = line["payable_minor"] + line["covered_minor"]
    return Sale(
        at=line["paid_at"],
        title=line["title"],
        title_en=line["title_en"],
        quantity=line["quantity"],
        list_price=Amount(line["list_minor"], currency),
        discount=Amount(line["list_minor"] - paid, currency),
        payable=Amount(paid, currency),
        to_funds=Amount(paid - own, currency),
        own=Amount(own, currency),
        covered=Amount(line["covered_minor"] - line["pass_minor"], currency),
        from_pass=Amount(line["pass_minor"], currency),
    )


def _shares(lines: Iterable[Row], currency: str) -> list[StatementShare]:
    found: dict[tuple[str, int | None], StatementShare] = {}
    for line in lines:
        for share in line["shares"]:
            rule = share["rule"]
            key = (share["to"], rule["version"] if rule else None)
            known = found.get(key)
            amount = share["amount"] + (known.amount.amount if known else 0)
            found[key] = StatementShare(
                share["to"],
                share["label"],
                share["label_en"],
                key[1],
                rule["rate_bp"] if rule else None,
                Amount(amount, currency),
            )
    return list(found.values())
