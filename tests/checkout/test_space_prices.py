"""What a space costs in quotes and orders: the renter's price list, its parts, and that a sold price stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from market.checkout.refusals import PriceChanged
from market.checkout.schemas import Line
from market.checkout.service import make_quote
from market.errors import InvalidInput
from market.people.rules import Actor
from market.spaces import price_lists
from market.spaces.tariff_schemas import NewTariff, TariffRate
from tests.checkout.town import Town
from tests.factories import make_partner

TODAY = datetime.now(UTC).date()


async def _list(town: Town, audience: str, *rates: TariffRate, **facts: Any) -> None:
    async with town.db.transaction() as tx:
        await price_lists.add_price_list(
            tx,
            space_id=town.room,
            new=NewTariff(audience=audience, rates=list(rates), valid_from=TODAY - timedelta(days=1), **facts),
        )


def for_partner(town: Town, slug: str) -> Line:
    line = town.hour()
    line.for_partner = slug
    return line


async def test_a_charity_books_free_and_its_member_alone_does_not(town: Town) -> None:
    await _list(town, "public_benefit", TariffRate(unit="fixed", minor=0), deposit_minor=5000)
    charity = await make_partner(town.db, "helpers", community="xiqiao", kind="charity")
    member = Actor((await town.buyer()).person_id, partners={charity: "staff"})
    free = (await make_quote(town.db, actor=member, lines=[for_partner(town, "helpers")])).lines[0]
    own = (await make_quote(town.db, actor=member, lines=[town.hour()])).lines[0]
    assert (free.payable.amount, free.reductions[0].reason) == (0, "tariff_public_benefit")
    assert free.deposit is not None and free.deposit.amount == 5000
    assert (own.payable.amount, own.deposit, [part.amount.amount for part in own.parts]) == (8000, None, [8000])
    for actor, slug in ((await town.buyer(), "helpers"), (None, "helpers"), (member, "nobody")):
        with pytest.raises(InvalidInput) as refused:
            await make_quote(town.db, actor=actor, lines=[for_partner(town, slug)])
        assert refused.value.fields[0][0] == "lines[0].for_partner"


async def test_M09_an_order_keeps_its_price_when_the_list_changes_and_a_new_one_is_shown_again(town: Town) -> None:
    buyer = await town.buyer()
    placed = await town.place(buyer, town.hour())
    await _list(town, "everybody", TariffRate(unit="hour", minor=9000), minimum_minor=30_000)
    kept = await town.order(buyer, placed.id)
    assert (kept.payable.amount, [part.unit for part in kept.lines[0].parts]) == (8000, ["hour"])
    later = town.hour(at=14)
    with pytest.raises(PriceChanged):
        await town.place(buyer, later, expected=8000)
    quoted = (await make_quote(town.db, actor=buyer, lines=[later])).lines[0]
    assert [(part.unit, part.amount.amount) for part in quoted.parts] == [("hour", 18_000), ("minimum", 12_000)]
