"""What a cart costs this buyer at this moment: list and residents' prices, then subsidies, then a coupon; and what of it must be held.

Service code of the checkout slice, split off by noun."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from market.checkout import coupon_rules, coupons, cover_rules, covers, pass_queries, pass_rules, passes, rules
from market.checkout.guests import Comer
from market.checkout.wanted import Wanted, WantedOffer
from market.db import Connection, Row
from market.errors import InvalidInput
from market.funds import service as funds


@dataclass(frozen=True, slots=True)
class Priced:
    """A priced cart with the pools that pay of it and the coupon that was asked for."""

    quote: rules.Quote
    pools: Sequence[cover_rules.Pool]
    coupon: tuple[coupon_rules.Coupon, coupon_rules.Taken] | None = None

    async def hold(self, tx: Connection, *, order_id: UUID, lines: Sequence[Row], person_id: UUID) -> None:
        """Keep with the new order what others pay of it and its coupon. Raises PoolTaken, CouponRefused."""
        await covers.hold(tx, order_id=order_id, lines=lines, quote=self.quote, pools=self.pools)
        if self.coupon is not None:
            coupon, taken = self.coupon
            await coupons.use(tx, coupon=coupon, taken=taken, order_id=order_id, person_id=person_id)


async def price(
    tx: Connection,
    things: Sequence[Wanted],
    wishes: Sequence[rules.Wish],
    *,
    buyer_id: UUID | None,
    comer: Comer,
    terms: Mapping[UUID, funds.Terms],
    coupon: str | None,
    now: datetime,
    lock: bool = False,
) -> Priced:
    """Price the wishes; with `lock` what pools and coupons have left stays so until the transaction ends, and a coupon that takes
    nothing off is refused. Raises InvalidInput, CouponRefused."""
    pools = await covers.pools_for(tx, things, buyer_id=buyer_id, comer=comer, terms=terms, lock=lock)
    routing = {community: each.rules for community, each in terms.items()}
    try:
        quote = rules.quote(wishes, buyer=comer.prices, routing=routing, now=now)
    except rules.MixedCurrencies as fault:
        raise InvalidInput([("lines", str(fault))]) from fault
    quote = await _with_passes(tx, things, wishes, quote, buyer_id=buyer_id, routing=routing, lock=lock)
    quote = cover_rules.with_subsidies(quote, wishes, buyer=comer.prices, pools=pools, routing=routing)
    if not coupon:
        return Priced(quote, pools)
    code, pool = await coupons.view(tx, code=coupon, person_id=buyer_id, lock=lock)
    quote, taken = coupon_rules.with_coupon(quote, wishes, code, routing=routing)
    if lock and taken.problem is not None:
        raise coupons.CouponRefused(taken.problem)
    known = {each.id for each in pools}
    more = [covers.pool_from(pool)] if pool is not None and pool["id"] not in known else []
    return Priced(quote, [*pools, *more], (code, taken))


async def _with_passes(
    tx: Connection,
    things: Sequence[Wanted],
    wishes: Sequence[rules.Wish],
    quote: rules.Quote,
    *,
    buyer_id: UUID | None,
    routing: cover_rules.Routing,
    lock: bool,
) -> rules.Quote:
    """What is sold as a pass, and what is paid with one. A pass is always an open voucher: other carts ask for nothing here."""
    vouchers = {
        each.offer.listing_id for each in things if isinstance(each, WantedOffer) and each.offer.kind == "voucher"
    }
    if vouchers and (kinds := await pass_queries.units_of(tx, vouchers)):
        quote = pass_rules.deferred(quote, wishes, kinds)
    used = {each.pass_id for each in things if isinstance(each, WantedOffer) and each.pass_id is not None}
    if used:
        found = await passes.to_use(tx, person_id=buyer_id, pass_ids=sorted(used), lock=lock)
        quote = pass_rules.with_passes(quote, wishes, found, routing=routing)
    return quote
