"""What one person may have of a listing, however it is split: over lines, carts, sessions of a class, and late money (B07)."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from market.checkout import claims, queries, service
from market.checkout.schemas import Line
from market.errors import Conflict
from tests import factories
from tests.checkout.town import Town


async def sessions(town: Town, count: int, *, limit: int) -> list[UUID]:
    """Sessions of one class of which one person may have `limit` places."""
    first = await town.offer(max_per_person=limit)
    listing = await town.value("SELECT listing_id FROM offers WHERE id = $1", first)
    more = [await factories.make_offer(town.db, listing, starts_in=timedelta(days=4 + n)) for n in range(count - 1)]
    return [first, *more]


async def test_B07_a_limit_counts_every_session_of_the_listing_in_one_cart(town: Town) -> None:
    buyer, days = await town.buyer(), await sessions(town, 5, limit=2)
    cart = [Line(offer_id=day) for day in days]
    quote = await service.make_quote(town.db, actor=buyer, lines=cart)
    assert [line.problem for line in quote.lines] == [None, None, "limit_reached", "limit_reached", "limit_reached"]
    with pytest.raises(Conflict) as refusal:
        await town.place(buyer, *cart)
    assert refusal.value.slug == "limit-reached"
    await town.place(buyer, *cart[:2])


async def test_B07_parallel_carts_with_different_sessions_share_one_limit(town: Town) -> None:
    buyer, days = await town.buyer(), await sessions(town, 8, limit=2)
    done = await asyncio.gather(*(town.place(buyer, Line(offer_id=day)) for day in days), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in done) == 2
    assert {getattr(each, "slug", repr(each)) for each in done if isinstance(each, BaseException)} == {"limit-reached"}
    await town.place(await town.buyer(), *(Line(offer_id=day) for day in days[:2]))


async def test_B07_what_is_over_or_given_back_counts_no_more(town: Town) -> None:
    buyer, days = await town.buyer(), await sessions(town, 3, limit=1)
    order = await town.buy(buyer, Line(offer_id=days[0]))
    with pytest.raises(Conflict):
        await town.place(buyer, Line(offer_id=days[1]))
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE order_lines SET starts_at = now() - interval '2 hours', ends_at = now() WHERE order_id = $1",
            order.id,
        )
    second = await town.place(buyer, Line(offer_id=days[1]))
    await town.cancel(buyer, second.id)
    await town.place(buyer, Line(offer_id=days[2]))


async def test_B07_late_money_does_not_get_past_the_limit(town: Town) -> None:
    buyer, days = await town.buyer(), await sessions(town, 2, limit=1)
    late = await town.place(buyer, Line(offer_id=days[0]))
    assert await town.pay(late) == "paid"
    async with town.db.transaction() as tx:
        await queries.update_order_closed(tx, late.id, status="expired")
        await claims.let_go(tx, await queries.lines_of(tx, [late.id]))
    await town.place(buyer, Line(offer_id=days[1]))
    await town.hear()
    assert (await town.order(buyer, late.id)).status == "expired"
    await town.worker.drain()
    assert await town.balances("suspense", "partner:qinghe-studio:pending") == [0, 0]
    assert await town.taken(days[0]) == 0
