"""The subsidy pool of the town: set up, filled by an approved request before the sales that use it are played."""

from datetime import timedelta
from typing import TYPE_CHECKING

from market.funds import pools, spending, spending_payment
from market.funds.pool_schemas import NewPool
from market.funds.spending_schemas import NewPayment, NewRelease, NewSpending
from seeds.clock import Clock

if TYPE_CHECKING:
    from seeds.loader import Town


async def open_pool(town: "Town", clock: Clock) -> None:
    """The director sets the pool up, the clerk asks for its money, the director consents and pays."""
    from seeds.loader import PASSWORD, minor, read

    facts = read("spending")["subsidy"]
    clerk, director = town.actors["clerk@demo.test"], town.actors["director@demo.test"]
    moment = town.weeks_ago(facts["weeks_ago"])
    await clock.set(moment)
    new = NewPool(
        month_cap=minor(facts["month_cap"]),
        household_cap=minor(facts["household_cap"]),
        **{name: facts[name] for name in ("fund", "short_name", "name", "name_en", "discount_bp", "categories")},
    )
    row, _ = await pools.create(clock.db, actor=director, community=facts["community"], new=new)
    amount = minor(facts["amount"])
    fill = NewSpending(facts["title"], facts["purpose"], amount, row["name"], facts["about"], pool=row["slug"])
    wishes: list[NewRelease | NewSpending] = [NewRelease(amount, facts["release"]), fill]
    for number, wish in enumerate(wishes):
        await clock.set(moment + timedelta(hours=number + 1))
        case = await spending.create(
            clock.db, actor=clerk, key=facts["fund"], idempotency_key=f"seed-pool-{number}", new=wish
        )
        await spending.decide(clock.db, actor=director, request_id=case.row["id"], verdict="approve", note="")
        await spending_payment.pay(
            clock.db, actor=director, request_id=case.row["id"], new=NewPayment(PASSWORD, "bank", "")
        )
