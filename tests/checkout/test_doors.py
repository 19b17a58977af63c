"""Checking in and out at the door: by whom, when, and what it does to the time and the figures."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from market.checkout import doors, no_shows, usage, visits
from market.checkout.door_rules import door_state
from market.checkout.door_schemas import DoorBooking, DoorVisit
from market.checkout.schemas import Order
from market.errors import InvalidInput, NotFound, NotSignedIn, TooManyRequests
from market.people.rules import Actor
from tests.checkout.town import Town
from tests.factories import make_space

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "came", "left", "expected"),
    [
        (-16, False, False, "early"), (-15, False, False, "open"), (0, False, False, "open"), (119, False, False, "open"),
        (120, False, False, "over"), (10, True, False, "inside"), (120, True, False, "over"), (10, True, True, "left"),
    ],
)  # fmt: skip
def test_the_door_lets_in_from_a_quarter_before_the_start_until_the_end(
    minutes: int, came: bool, left: bool, expected: str
) -> None:
    found = door_state(
        starts_at=AT, ends_at=AT + timedelta(hours=2), came_at=AT if came else None, left_at=AT if left else None,
        now=AT + timedelta(minutes=minutes),
    )  # fmt: skip
    assert found == expected


async def key_of(town: Town) -> str:
    return str(await town.value("SELECT door_key FROM spaces WHERE id = $1", town.room))


async def running(town: Town, buyer: Actor, *, began_min: int = 30, lasts_min: int = 120) -> Order:
    """A paid booking that began so many minutes ago."""
    order = await town.buy(buyer, town.hour(days=3))
    async with town.db.transaction() as tx:
        for table, where in (("occupancies", "status = 'active'"), ("order_lines", "occupancy_group IS NOT NULL")):
            await tx.execute(
                f"UPDATE {table} SET starts_at = now() - make_interval(mins => $1), "
                f"ends_at = now() + make_interval(mins => $2 - $1) WHERE {where}", began_min, lasts_min,
            )  # fmt: skip
        await tx.execute("UPDATE occupancies SET period = tstzrange(starts_at, ends_at) WHERE status = 'active'")
    return order


async def visit(town: Town, actor: Actor | None, action: Any, *, address: str = "", **wish: Any) -> DoorBooking:
    wish = {"key": await key_of(town), **wish}
    return await doors.visit(
        town.db, actor=actor, address=address or uuid4().hex, space_id=town.room, wish=DoorVisit(action, **wish)
    )


async def test_who_booked_checks_in_and_out_and_the_real_end_frees_the_rest_and_is_what_was_used(town: Town) -> None:
    buyer = await town.buyer()
    order = await running(town, buyer)
    line = order.lines[0].id
    shown = await doors.look(town.db, actor=buyer, space_id=town.room, key=await key_of(town))
    assert [(each.line_id, each.state) for each in shown.bookings] == [(line, "open")]
    with pytest.raises(doors.NotNow):
        await visit(town, buyer, "out", line_id=line)
    assert (await visit(town, buyer, "in", line_id=line)).state == "inside"
    assert (await visit(town, buyer, "in", line_id=line)).state == "inside"
    assert (await town.order(buyer, order.id)).vouchers[0].status == "redeemed"
    assert await no_shows.free_no_shows(town.db) == 0
    left = await visit(town, buyer, "out", line_id=line)
    assert left.state == "left"
    assert left.ends_at == left.left_at
    assert (await visit(town, buyer, "out", line_id=line)).state == "left"
    with pytest.raises(doors.NotNow):
        await visit(town, buyer, "in", line_id=line)
    assert await town.value("SELECT ends_at <= now() AND upper(period) <= now() FROM occupancies")
    async with town.db.read() as tx:
        clerk = await town.clerk(town.xiqiao)
        days = {"low": (datetime.now(UTC) - timedelta(days=1)).date().isoformat(), "high": None}
        asked = await usage.asked(tx, actor=clerk, community="xiqiao", **days)
        (rows,) = await usage.figures(tx, asked, "space")
    used = next(row for row in rows if row["key"] == str(town.room))
    assert used["used_s"] == used["booked_s"]
    assert used["used_s"] <= 31 * 60


async def test_who_did_not_come_reads_on_the_order_that_the_rest_was_given_to_others(town: Town) -> None:
    """The code is no longer among those to show, and the order says since when."""
    buyer = await town.buyer()
    order = await running(town, buyer, began_min=16)
    assert [each.code for each in (await visits.my_visits(town.db, actor=buyer)).items] == [order.vouchers[0].code]
    assert order.vouchers[0].freed_at is None
    async with town.db.transaction() as tx:
        await tx.execute("UPDATE spaces SET releases_no_shows = true")
    assert await no_shows.free_no_shows(town.db) == 1
    freed_at = await town.value("SELECT no_show_at FROM occupancies WHERE is_primary")
    assert (await town.order(buyer, order.id)).vouchers[0].freed_at == freed_at
    assert freed_at is not None
    assert (await visits.my_visits(town.db, actor=buyer)).items == []


async def test_a_code_opens_the_door_without_an_account_and_guessing_is_slowed_down(town: Town) -> None:
    order = await running(town, await town.buyer(), began_min=-10)
    code = order.vouchers[0].code
    assert (await visit(town, None, "in", code=code.lower())).state == "inside"
    with pytest.raises(doors.NotNow):  # nobody ends what has not begun
        await visit(town, None, "out", code=code)
    with pytest.raises(NotSignedIn):
        await visit(town, None, "in", line_id=order.lines[0].id)
    with pytest.raises(InvalidInput):
        await visit(town, None, "in")
    with pytest.raises(TooManyRequests):
        for _ in range(30):
            with pytest.raises(NotFound):
                await visit(town, None, "in", code="0000-0000-0000", address="one place")


async def test_the_door_belongs_to_who_stands_there_and_to_what_they_booked(town: Town) -> None:
    buyer, stranger, clerk = await town.buyer(), await town.buyer(), await town.clerk(town.xiqiao)
    order = await running(town, buyer)
    line = order.lines[0].id
    for wrong in ("", "x" * 32):
        with pytest.raises(NotFound):
            await visit(town, buyer, "in", line_id=line, key=wrong)
        with pytest.raises(NotFound):
            await doors.look(town.db, actor=buyer, space_id=town.room, key=wrong)
    with pytest.raises(NotFound):
        await visit(town, stranger, "in", line_id=line)
    assert (await doors.look(town.db, actor=stranger, space_id=town.room, key=await key_of(town))).bookings == []
    other = await make_space(town.db, "另一间", community="xiqiao", enterprise="xiqiao-enterprise")
    with pytest.raises(NotFound):
        await doors.visit(
            town.db, actor=clerk, address="a", space_id=other, wish=DoorVisit("in", code=order.vouchers[0].code)
        )
    before = await key_of(town)
    with pytest.raises(NotFound):
        await doors.renew_key(town.db, actor=await town.clerk(town.liuyuan), space_id=town.room)
    await doors.renew_key(town.db, actor=clerk, space_id=town.room)
    with pytest.raises(NotFound):
        await visit(town, buyer, "in", line_id=line, key=before)
    assert (await visit(town, clerk, "in", line_id=line, key="")).state == "inside"


async def test_B18_checking_in_and_giving_back_at_once_never_both(town: Town) -> None:
    for _ in range(6):
        buyer = await town.buyer()
        order = await town.buy(buyer, town.hour(days=3, at=10))
        async with town.db.transaction() as tx:
            await tx.execute(
                "UPDATE occupancies SET starts_at = now() + interval '10 minutes', ends_at = now() + interval '70 minutes', "
                "period = tstzrange(now() + interval '10 minutes', now() + interval '70 minutes') WHERE status = 'active'"
            )
        line = order.lines[0].id
        found = await asyncio.gather(
            visit(town, buyer, "in", line_id=line), town.refund(buyer, order.id), return_exceptions=True
        )
        assert sum(not isinstance(each, Exception) for each in found) == 1
        async with town.db.transaction() as tx:
            await tx.execute("UPDATE occupancies SET status = 'released'")


async def test_the_poster_carries_the_door_and_is_for_staff(client: httpx.AsyncClient, town: Town) -> None:
    clerk = await town.clerk(town.xiqiao)
    settings = town.parts.settings
    body, name = await doors.poster(town.db, settings=settings, actor=clerk, space_id=town.room, base="")
    assert body.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", body)) == 1
    assert name.startswith("door-xiqiao-")
    with pytest.raises(NotFound):
        await doors.poster(town.db, settings=settings, actor=await town.buyer(), space_id=town.room, base="")
    assert (await client.get(f"/api/spaces/{town.room}/door-poster.pdf")).status_code == 401
    key = await key_of(town)
    assert (await client.get(f"/api/doors/{town.room}", params={"key": key})).json()["space"] == "议事厅"
    assert (await client.get(f"/api/doors/{town.room}", params={"key": "y"})).status_code == 404
    assert key not in (await client.get(f"/api/spaces/{town.room}")).text
