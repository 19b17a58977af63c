"""What makes things cheaper in the town: the subsidy pool, set up and filled by an approved request on its day among the sales, coupons,
and cards with units."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from market.checkout import coupons, passes
from market.checkout.coupon_schemas import NewCommunityCoupon, NewCoupon
from market.checkout.pass_schemas import NewPassKind
from market.checkout.schemas import Line
from market.funds import pools, spending, spending_payment
from market.funds.pool_schemas import NewPool
from market.funds.spending_schemas import NewPayment, NewRelease, NewSpending
from seeds.clock import Clock

if TYPE_CHECKING:
    from seeds.loader import Town


DAYS_AGO = 49


async def open_pool(town: "Town", clock: Clock) -> None:
    """The director sets the pool up, the clerk asks for its money, the director consents and pays."""
    from seeds.loader import PASSWORD, minor, read

    facts = read("spending")["subsidy"]
    clerk, director = town.actors["clerk@demo.test"], town.actors["director@demo.test"]
    moment = town.now - timedelta(days=DAYS_AGO)
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


async def give_out(town: "Town", clock: Clock) -> None:
    """The town's coupons: a partner's own, and one that the pool bears."""
    from seeds.loader import minor, read

    for each in read("spending")["coupon"]:
        await clock.set(town.weeks_ago(each["weeks_ago"]))
        facts = {
            "code": each["code"],
            "name": each["name"],
            "name_en": each["name_en"],
            "amount": minor(each["amount"]) if "amount" in each else None,
            "rate_bp": each.get("rate_bp"),
            "minimum": minor(each.get("minimum", 0)),
            "max_total": each["max_total"],
            "ends_at": town.now + timedelta(days=each["ends_in_days"]),
        }
        if "partner" in each:
            new = NewCoupon(**facts)
            await coupons.create_for_partner(
                clock.db, actor=town.owners[each["partner"]], partner=each["partner"], new=new
            )
        else:
            await coupons.create_for_community(
                clock.db,
                actor=town.actors["director@demo.test"],
                community=each["community"],
                new=NewCommunityCoupon(**facts, pool=each["pool"]),
            )


async def define_card(town: "Town", clock: Clock) -> None:
    """The card for five classes is one before the first is sold."""
    card, lesson = town.listings["yoga-card"], town.listings["yoga-chair"]
    new = NewPassKind(card, 5, [lesson], "refunded")
    await passes.define(clock.db, actor=town.owners["qinghe-studio"], partner="qinghe-studio", new=new)


async def sell_cards(town: "Town", clock: Clock) -> None:
    """The resident bought a card for five classes and has used it once."""
    from seeds.household import buy

    await clock.set(town.weeks_ago(3))
    card, lesson = town.listings["yoga-card"], town.listings["yoga-chair"]
    resident = town.actors["resident@demo.test"]
    await buy(town, clock, resident, Line(offer_id=await _next_offer(clock, card)), key="seed-card")
    (mine,) = await passes.mine(clock.db, actor=resident)
    line = Line(offer_id=await _next_offer(clock, lesson), pass_id=mine["id"])
    await buy(town, clock, resident, line, key="seed-card-use")


async def _next_offer(clock: Clock, listing_id: UUID) -> UUID:
    async with clock.db.read() as tx:
        found: UUID = await tx.fetchval(
            "SELECT id FROM offers WHERE listing_id = $1 AND taken < capacity AND status = 'open' "
            "AND (starts_at IS NULL OR starts_at > now()) ORDER BY starts_at LIMIT 1",
            listing_id,
        )
    return found
