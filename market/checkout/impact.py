"""What a new version of a routing rule would have changed: last month's sales, routed once more with the same rule (L4, S3)."""

from datetime import date
from uuid import UUID

from market.checkout import impact_queries
from market.checkout.impact_schemas import FundImpact, RuleImpact, RuleTrial
from market.communities import service as communities
from market.db import Connection, Database
from market.errors import InvalidInput, NotFound
from market.funds import rules as routing
from market.funds import service as funds
from market.people.rules import Actor
from market.schemas import Amount
from market.spaces.pricing import RENT_OF_KIND


async def preview_rule(db: Database, *, actor: Actor, community: str, trial: RuleTrial) -> RuleImpact:
    """Last month's sales of one kind under today's rules and under the trial rate; nothing is changed.

    Raises NotFound, InvalidInput for a fund of another community or rates above the whole."""
    async with db.read() as tx:
        place = await communities.community_by_slug(tx, community)
        if not actor.is_staff_of(place.id):
            raise NotFound("This community")
        fund = await funds.fund_row(tx, trial.fund)
        if fund["community_id"] != place.id:
            raise InvalidInput([("fund", "is no fund of this community")])
        now = (await funds.rules_in_force(tx, community_ids=[place.id]))[place.id]
        month = await impact_queries.month_before(tx, place.time_zone)
        sold = await _sold(tx, community_id=place.id, month=month, time_zone=place.time_zone)
    known = next((each for each in now if (each.applies_to, each.fund_slug) == (trial.applies_to, fund["slug"])), None)
    changed = routing.RoutingRule(
        UUID(int=0), known.version + 1 if known else 1, trial.applies_to, fund["slug"], fund["name"], fund["name_en"], trial.rate_bp
    )  # fmt: skip
    concerned = [each for each in sold if each.applies_to == trial.applies_to]
    rules_then = routing.with_rate(now, changed)
    try:
        before, after = (routing.totals_under(concerned, each) for each in (now, rules_then))
    except routing.RatesTooHigh as fault:
        raise InvalidInput([("rate_bp", "with this rate the funds would get more than the whole")]) from fault
    names = {each.fund_slug: (each.fund_name, each.fund_name_en) for each in rules_then}
    return _impact(concerned, before, after, names=names, month=month, currency=place.currency)


def _impact(
    sold: list[routing.Sold],
    before: dict[str, int],
    after: dict[str, int],
    *,
    names: dict[str, tuple[str, str | None]],
    month: date,
    currency: str,
) -> RuleImpact:
    turnover = sum(each.payable * each.sales for each in sold)
    return RuleImpact(
        month=f"{month:%Y-%m}",
        sales=sum(each.sales for each in sold),
        turnover=Amount(turnover, currency),
        funds=[
            FundImpact(slug, *names[slug], Amount(before.get(slug, 0), currency), Amount(after.get(slug, 0), currency))
            for slug in sorted(names, reverse=True)
            if slug in before or slug in after
        ],
        sellers_before=Amount(turnover - sum(before.values()), currency),
        sellers_after=Amount(turnover - sum(after.values()), currency),
    )


async def _sold(tx: Connection, *, community_id: UUID, month: date, time_zone: str) -> list[routing.Sold]:
    rows = await impact_queries.sold_in_month(tx, community_id=community_id, month=month, time_zone=time_zone)
    return [
        routing.Sold(
            RENT_OF_KIND[row["space_kind"]] if row["space_kind"] else "service_turnover",
            row["kept_minor"],
            row["sales"],
        )
        for row in rows
    ]
