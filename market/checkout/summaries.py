"""A person's year in figures: what they spent, what the residents' price saved them, and who got it, to the unit.

Service code of the checkout slice, split off by noun."""

from market.checkout import summary_queries as queries
from market.checkout.schemas import ShareTotal
from market.checkout.visit_schemas import Year, YearKind, YearMonth, YearOfCurrency
from market.db import Database, Row
from market.errors import InvalidInput
from market.people.rules import Actor
from market.schemas import Amount

FIRST_YEAR, LAST_YEAR = 2000, 2100


async def year(db: Database, *, actor: Actor, year: int) -> Year:
    """The actor's own year; every sum is over what was paid and not given back. Raises InvalidInput for a year out of range."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput([("year", f"must be {FIRST_YEAR} to {LAST_YEAR}")])
    async with db.read() as tx:
        return Year(
            year=year,
            years=await queries.years_of(tx, actor.person_id),
            items=_of_currencies(
                await queries.totals(tx, actor.person_id, year),
                months=await queries.months(tx, actor.person_id, year),
                kinds=await queries.kinds(tx, actor.person_id, year),
                receivers=await queries.receivers(tx, actor.person_id, year),
            ),
        )


def _of_currencies(
    totals: list[Row], *, months: list[Row], kinds: list[Row], receivers: list[Row]
) -> list[YearOfCurrency]:
    found = []
    for row in totals:
        currency = row["currency"]
        found.append(
            YearOfCurrency(
                orders=row["orders"],
                spent=Amount(row["paid"] - row["refunded"], currency),
                refunded=Amount(row["refunded"], currency),
                saved=Amount(row["saved"], currency),
                months=[
                    YearMonth(m["month"], Amount(m["spent"], currency)) for m in months if m["currency"] == currency
                ],
                kinds=[
                    YearKind(k["kind"], k["lines"], Amount(k["spent"], currency))
                    for k in kinds
                    if k["currency"] == currency
                ],
                shares=[
                    ShareTotal(r["receiver"], r["label"], Amount(r["amount"], currency), r["label_en"])
                    for r in receivers
                    if r["currency"] == currency
                ],
            )
        )
    return found
