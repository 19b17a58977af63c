"""Buying for somebody else: with their consent at their price, without it at anybody's, and never more told than needed."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from market.checkout import guests, service, visits, vouchers
from market.checkout.place_schemas import Guest, GuestRef
from market.checkout.refusals import CannotBuy
from market.checkout.schemas import Line, NewOrder, Order
from market.errors import InvalidInput, NotFound
from market.people import family, personal_data
from market.people.rules import Actor
from tests.checkout.town import Town
from tests.factories import make_person


async def pair(town: Town, *, resident: bool = True) -> tuple[Actor, Actor]:
    """A daughter and her mother, who may live in 柳园."""
    daughter = Actor(await make_person(town.db, "daughter@example.test", name="小林"), name="小林")
    mother = await make_person(town.db, "13900000001", name="林母", resident_of=town.liuyuan if resident else None)
    return daughter, Actor(mother, name="林母")


async def link(town: Town, daughter: Actor, mother: Actor, *, accepted: bool = True) -> UUID:
    link_id = await family.invite(
        town.db, settings=town.parts.settings, actor=daughter, login="139 0000 0001", name="妈妈"
    )
    if accepted:
        await family.decide(town.db, actor=mother, link_id=link_id, accepted=True)
    return link_id


async def buy_for(town: Town, actor: Actor, guest: Guest, *lines: Line, key: str = "k") -> Order:
    order = await service.place_order(
        town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=actor, key=key,
        wish=NewOrder(lines=list(lines), guest=guest),
    )  # fmt: skip
    if order.status == "awaiting_payment":
        await town.pay(order)
        await town.hear()
    return await town.order(actor, order.id)


async def price(town: Town, actor: Actor | None, offer: UUID, guest: GuestRef | None = None) -> int:
    quoted = await service.make_quote(town.db, actor=actor, lines=[Line(offer_id=offer)], guest=guest)
    return quoted.payable.amount


async def test_the_price_goes_by_who_comes(town: Town) -> None:
    daughter, mother = await pair(town)
    offer = await town.offer()
    resident = replace(daughter, resident_of=frozenset({town.liuyuan}))
    assert await price(town, resident, offer) == 8000
    assert await price(town, resident, offer, GuestRef()) == 10_000  # somebody without proof comes
    assert await price(town, daughter, offer) == 10_000
    linked = GuestRef(await link(town, daughter, mother))
    assert await price(town, daughter, offer, linked) == 8000


async def test_only_who_agreed_can_be_named_and_only_by_who_asked(town: Town) -> None:
    daughter, mother = await pair(town)
    offer = await town.offer()
    asked = await link(town, daughter, mother, accepted=False)
    for actor in (daughter, mother, None):
        with pytest.raises(InvalidInput) as refused:
            await price(town, actor, offer, GuestRef(asked))
        assert refused.value.fields[0][0] == "guest.link_id"
    await family.decide(town.db, actor=mother, link_id=asked, accepted=True)
    assert await price(town, daughter, offer, GuestRef(asked)) == 8000
    stranger = await town.buyer()
    with pytest.raises(InvalidInput):
        await price(town, stranger, offer, GuestRef(asked))
    await family.end(town.db, actor=mother, link_id=asked)
    with pytest.raises(InvalidInput):
        await price(town, daughter, offer, GuestRef(asked))


async def test_who_agreed_sees_the_code_and_nothing_of_the_money(town: Town) -> None:
    daughter, mother = await pair(town)
    linked = await link(town, daughter, mother)
    order = await buy_for(town, daughter, Guest("妈妈", link_id=linked), Line(offer_id=await town.offer()))
    assert (order.payable.amount, order.guest and order.guest.sees_code) == (8000, True)
    hers, own = [(await visits.my_visits(town.db, actor=each)).items for each in (mother, daughter)]
    assert [(each.code, each.bought_by, each.guest_name) for each in hers] == [(order.vouchers[0].code, "小林", None)]
    assert [(each.code, each.bought_by, each.guest_name) for each in own] == [(order.vouchers[0].code, None, "妈妈")]
    assert await vouchers.qr_svg(town.db, actor=mother, code=order.vouchers[0].code)
    with pytest.raises(NotFound):
        await town.order(mother, order.id)
    with pytest.raises(NotFound):
        await town.refund(mother, order.id)
    await town.worker.drain()
    told = await town.value("SELECT array_agg(dedupe_key) FROM messages WHERE person_id = $1", mother.person_id)
    assert f"guest:{order.vouchers[0].code}" in told


async def test_a_guest_without_an_account_gets_the_code_once_on_the_phone_and_the_door_learns_the_name(
    town: Town,
) -> None:
    buyer, member = await town.buyer(), await town.member()
    order = await buy_for(town, buyer, Guest("王奶奶", phone="138 0000 0009"), Line(offer_id=await town.offer()))
    await town.worker.drain()
    await visits.tell_guests(town.db, order_ids=[order.id])
    sent = "SELECT array_agg(recipient || ' ' || channel) FROM messages WHERE dedupe_key LIKE 'guest:%'"
    assert await town.value(sent) == ["+8613800000009 sms"]
    body = await town.value("SELECT body FROM messages WHERE dedupe_key LIKE 'guest:%'")
    assert order.vouchers[0].code in body
    assert "王奶奶" in body
    assert (await town.redeem(member, order.vouchers[0].code)).guest_name == "王奶奶"


@pytest.mark.parametrize(
    ("guest", "field"),
    [(Guest("  "), "guest.name"), (Guest("王", phone="12"), "guest.phone"), (Guest("王", phone="a@b.cn"), "guest.phone")],
)  # fmt: skip
async def test_a_guest_who_cannot_be_named_or_called_is_refused_and_nothing_is_taken(
    town: Town, guest: Guest, field: str
) -> None:
    offer = await town.offer()
    with pytest.raises(InvalidInput) as refused:
        await buy_for(town, await town.buyer(), guest, Line(offer_id=offer))
    assert refused.value.fields[0][0] == field
    assert await town.taken(offer) == 0


async def test_a_group_only_offer_is_sold_for_a_member_who_agreed(town: Town) -> None:
    daughter, mother = await pair(town)
    offer = await town.offer(price=0, kind="free", eligibility_group="elder")
    linked = await link(town, daughter, mother)
    with pytest.raises(CannotBuy):
        await buy_for(town, daughter, Guest("妈妈", link_id=linked), Line(offer_id=offer))
    async with town.db.transaction() as tx:
        from market.people import service as people

        await people.add_to_group(tx, person_id=mother.person_id, group="elder", community_id=town.liuyuan)
    order = await buy_for(town, daughter, Guest("妈妈", link_id=linked), Line(offer_id=offer))
    assert order.status == "paid"


async def test_a_month_after_everything_is_over_the_guest_is_forgotten(town: Town) -> None:
    order = await buy_for(
        town, await town.buyer(), Guest("王奶奶", phone="13800000009"), Line(offer_id=await town.offer())
    )
    assert await guests.forget(town.db) == 0
    async with town.db.transaction() as tx:
        await tx.execute(
            "UPDATE order_lines SET starts_at = now() - interval '40 days', ends_at = now() - interval '31 days'"
        )
    assert await guests.forget(town.db) == 1
    left: Any = await town.value("SELECT name || phone FROM order_guests WHERE order_id = $1", order.id)
    assert left == ""


async def test_an_invitation_answers_the_same_whether_there_is_an_account_and_tells_only_its_owner(town: Town) -> None:
    daughter, mother = await pair(town)
    for login in ("13900000001", "13900000777"):
        await family.invite(town.db, settings=town.parts.settings, actor=daughter, login=login, name="家人")
    rows = await family.links(town.db, actor=daughter)
    assert [(row["role"], row["name"], row["status"]) for row in rows] == [("buyer", "家人", "invited")] * 2
    assert [row["name"] for row in await family.links(town.db, actor=mother)] == ["小林"]
    assert await family.links(town.db, actor=await town.buyer()) == []
    assert await town.value("SELECT count(*) FROM messages WHERE dedupe_key LIKE 'family:%'") == 1
    with pytest.raises(family.InvitedAlready):
        await link(town, daughter, mother)
    with pytest.raises(InvalidInput):
        await family.invite(town.db, settings=town.parts.settings, actor=mother, login="13900000001", name="我")
    with pytest.raises(NotFound):  # one cannot agree for somebody else
        await family.decide(town.db, actor=daughter, link_id=rows[0]["id"], accepted=True)


async def test_O07_with_the_account_go_its_links_and_the_names_of_guests(town: Town) -> None:
    daughter, mother = await pair(town)
    linked = await link(town, daughter, mother)
    await buy_for(town, daughter, Guest("妈妈", link_id=linked), Line(offer_id=await town.offer()))
    exported = await personal_data.export(town.db, person_id=daughter.person_id)
    assert [row["name"] for row in exported["family"]] == ["妈妈"]
    await town.worker.drain()
    async with town.db.transaction() as tx:
        from market.people import personal_data_queries

        for statement in personal_data_queries.ERASURE:
            await tx.execute(statement, mother.person_id)
    assert await town.value("SELECT count(*) FROM family_links") == 0
    assert await town.value("SELECT name || coalesce(person_id::text, '') FROM order_guests") == ""
