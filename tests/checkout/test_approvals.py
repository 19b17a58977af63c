"""Bookings that staff agree to first: kept meanwhile, decided once, ended by themselves, paid after."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from market.checkout import approvals, moves, queries, rules, service
from market.checkout.approval_schemas import Decision
from market.checkout.move_schemas import NewTime
from market.checkout.refusals import CannotBuy
from market.checkout.schemas import Line, NewOrder, Order
from market.errors import Forbidden, InvalidInput, NotFound
from market.people.rules import Actor
from market.spaces import register
from market.spaces.schemas import ChangedSpace
from market.spaces.service import SlotTaken
from tests.checkout.town import Town

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


async def change(town: Town, **facts: Any) -> None:
    facts = {"needs_approval": True, **facts}
    actor = await town.clerk(town.xiqiao)
    await register.change_space(town.db, actor=actor, space_id=town.room, changed=ChangedSpace(**facts))


async def ask(
    town: Town, buyer: Actor, *lines: Line, purpose: str = "书法班结业展", key: str = "", **facts: Any
) -> Order:
    return await service.place_order(
        town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=buyer, key=key or uuid4().hex,
        wish=NewOrder(lines=list(lines), purpose=purpose, **facts),
    )  # fmt: skip


async def decide(town: Town, actor: Actor, order_id: UUID, decision: Any = "approved", reason: str = "") -> Any:
    return await approvals.decide(town.db, actor=actor, order_id=order_id, decision=Decision(decision, reason))


async def messages(town: Town, buyer: Actor) -> list[str]:
    await town.worker.drain()
    async with town.db.read() as tx:
        return [row["body"] for row in await tx.fetch(
            "SELECT body FROM messages WHERE person_id = $1 ORDER BY id", buyer.person_id
        )]  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "starts", "expected"),
    [([48], [72], 48), ([48, 12], [72], 12), ([48], [5], 5), ([48], [72, 20], 20)],
)
def test_staff_have_the_shortest_time_of_the_spaces_and_never_longer_than_until_the_first_begins(
    hours: list[int], starts: list[int], expected: int
) -> None:
    found = rules.decide_by(now=NOW, hours=hours, starts=[NOW + timedelta(hours=each) for each in starts])
    assert found == NOW + timedelta(hours=expected)


async def test_an_approved_booking_is_kept_while_staff_decide_and_then_paid_in_peace(town: Town) -> None:
    await change(town, approval_hours=24)
    buyer, clerk = await town.buyer(), await town.clerk(town.xiqiao)
    line = town.hour(days=5)
    shown = await service.make_quote(town.db, actor=buyer, lines=[line])
    assert (shown.approval_hours, shown.lines[0].approval_hours, shown.lines[0].problem) == (24, 24, None)
    order = await ask(town, buyer, line)
    assert (order.status, order.checkout_url) == ("awaiting_approval", None)
    assert order.approval is not None
    assert (order.approval.state, order.approval.purpose) == ("asked", "书法班结业展")
    held = await town.value("SELECT hold_expires_at - created_at FROM orders WHERE id = $1", order.id)
    assert held == timedelta(hours=24)
    with pytest.raises(SlotTaken):
        await ask(town, await town.buyer(), line)
    waiting = await approvals.queue(town.db, actor=clerk, community="xiqiao", state="open")
    assert [(row["id"], row["lines"][0]["title"]) for row in waiting] == [(order.id, "议事厅")]
    await decide(town, clerk, order.id)
    order = await town.order(buyer, order.id)
    assert order.status == "awaiting_payment"
    held = await town.value("SELECT hold_expires_at - now() FROM orders WHERE id = $1", order.id)
    assert timedelta(hours=23) < held <= timedelta(hours=24)
    longest = await town.value("SELECT min(held_until) - now() FROM occupancies WHERE status = 'held'")
    assert longest > held
    order = await service.pay_again(
        town.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=buyer, order_id=order.id
    )
    assert order.checkout_url
    assert await town.pay(order) == "paid"
    await town.hear()
    assert (await town.order(buyer, order.id)).status == "paid"
    told = await messages(town, buyer)
    assert "/orders/" in told[0]
    assert "付款" in told[0]
    assert await approvals.queue(town.db, actor=clerk, community="xiqiao", state="open") == []
    assert len(await approvals.queue(town.db, actor=clerk, community="xiqiao", state="decided")) == 1


async def test_a_free_booking_is_settled_at_once_when_it_is_approved(town: Town) -> None:
    await change(town, rate=0)
    buyer = await town.buyer()
    order = await ask(town, buyer, town.hour())
    assert (order.status, order.vouchers) == ("awaiting_approval", [])
    await decide(town, await town.clerk(town.xiqiao), order.id, reason="钥匙在门卫室")
    order = await town.order(buyer, order.id)
    assert (order.status, len(order.vouchers)) == ("paid", 1)
    assert "钥匙在门卫室" in "".join(await messages(town, buyer))


async def test_a_refusal_needs_a_reason_frees_the_time_and_tells_the_buyer_why(town: Town) -> None:
    await change(town)
    buyer, clerk = await town.buyer(), await town.clerk(town.xiqiao)
    line = town.hour()
    order = await ask(town, buyer, line)
    with pytest.raises(InvalidInput) as refused:
        await decide(town, clerk, order.id, "refused", "  ")
    assert refused.value.fields[0][0] == "reason"
    await decide(town, clerk, order.id, "refused", "当天有居民议事会")
    order = await town.order(buyer, order.id)
    assert order.approval is not None
    assert (order.status, order.approval.state, order.approval.reason) == ("cancelled", "refused", "当天有居民议事会")
    assert "当天有居民议事会" in "".join(await messages(town, buyer))
    assert (await ask(town, await town.buyer(), line)).status == "awaiting_approval"


async def test_a_request_that_nobody_decides_ends_by_itself_by_the_clock_of_the_database_and_says_so(
    town: Town,
) -> None:
    await change(town, approval_hours=1)
    buyer, clerk = await town.buyer(), await town.clerk(town.xiqiao)
    order = await ask(town, buyer, town.hour())
    assert await town.expire() == 0
    await town.let_time_pass(order.id, minutes=61)
    with pytest.raises(approvals.AlreadyDecided):
        await decide(town, clerk, order.id)
    assert await town.expire() == 1
    order = await town.order(buyer, order.id)
    assert order.approval is not None
    assert (order.status, order.approval.state, order.note) == ("expired", "expired", approvals.NOBODY_DECIDED)
    assert await town.value("SELECT count(*) FROM occupancies WHERE status <> 'released'") == 0
    assert "没有人审批" in "".join(await messages(town, buyer))


@pytest.mark.parametrize("is_locked", [True, False])
async def test_of_two_decisions_at_once_one_counts_and_without_the_lock_both_do(
    town: Town, monkeypatch: pytest.MonkeyPatch, is_locked: bool
) -> None:
    await change(town)
    buyer = await town.buyer()
    clerks = [await town.clerk(town.xiqiao) for _ in range(2)]
    if not is_locked:  # the negative control: the order is read without its lock, by both before either writes
        both = asyncio.Barrier(2)

        async def read(tx: Any, order_id: UUID) -> Any:
            found = await queries.order(tx, order_id)
            await both.wait()
            return found

        monkeypatch.setattr(approvals.queries, "lock_order", read)
    order = await ask(town, buyer, town.hour())
    found = await asyncio.gather(*(decide(town, clerk, order.id) for clerk in clerks), return_exceptions=True)
    counted = sum(not isinstance(each, Exception) for each in found)
    if is_locked:
        assert counted == 1
        assert [type(each) for each in found if isinstance(each, Exception)] == [approvals.AlreadyDecided]
    else:
        assert counted == 2


async def test_only_staff_of_the_community_decide_and_never_about_their_own(town: Town) -> None:
    await change(town)
    clerk, stranger = await town.clerk(town.xiqiao), await town.clerk(town.liuyuan)
    order = await ask(town, clerk, town.hour())
    with pytest.raises(Forbidden):
        await decide(town, clerk, order.id)
    with pytest.raises(NotFound):
        await decide(town, stranger, order.id)
    with pytest.raises(NotFound):
        await decide(town, await town.buyer(), order.id)
    with pytest.raises(NotFound):
        await approvals.queue(town.db, actor=stranger, community="xiqiao", state="open")
    plain = await town.place(await town.buyer(), Line(offer_id=await town.offer()))
    with pytest.raises(NotFound):
        await decide(town, await town.clerk(town.liuyuan), plain.id)


async def test_what_needs_approval_is_ordered_apart_and_says_so_before(town: Town) -> None:
    await change(town)
    buyer = await town.buyer()
    lines = [town.hour(), Line(offer_id=await town.offer())]
    shown = await service.make_quote(town.db, actor=buyer, lines=lines)
    assert [line.problem for line in shown.lines] == [None, "ask_apart"]
    with pytest.raises(CannotBuy) as refused:
        await ask(town, buyer, *lines)
    assert refused.value.slug == "ask-apart"
    assert await town.value("SELECT count(*) FROM occupancies") == 0
    with pytest.raises(InvalidInput) as unsaid:
        await ask(town, buyer, lines[0], purpose=" ")
    assert unsaid.value.fields[0][0] == "purpose"


async def test_the_buyer_withdraws_a_request_and_asks_with_the_same_key_only_once(town: Town) -> None:
    await change(town)
    buyer = await town.buyer()
    line = town.hour()
    first = await ask(town, buyer, line, key="one-key-for-both-tries")
    again = await ask(town, buyer, line, key="one-key-for-both-tries")
    assert first.id == again.id
    order = await town.cancel(buyer, first.id)
    assert order.approval is not None
    assert (order.status, order.approval.state) == ("cancelled", "withdrawn")
    with pytest.raises(approvals.AlreadyDecided):
        await decide(town, await town.clerk(town.xiqiao), order.id)


async def test_an_approved_booking_cannot_be_moved_past_its_community(town: Town) -> None:
    buyer = await town.buyer()
    order = await town.buy(buyer, town.hour(days=6))
    await change(town)
    other = town.hour(days=7)
    assert other.starts_at is not None
    assert other.ends_at is not None
    wish = NewTime(other.starts_at, other.ends_at)
    line_id = order.lines[0].id
    assert line_id is not None
    shown = await moves.preview(town.db, actor=buyer, order_id=order.id, line_id=line_id, wish=wish)
    assert shown.problem == "ask_anew"
    with pytest.raises(moves.NotForYou):
        await moves.move(town.db, actor=buyer, order_id=order.id, line_id=line_id, key=uuid4().hex, wish=wish)
