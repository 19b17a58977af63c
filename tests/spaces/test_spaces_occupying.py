"""Pricing, holding, booking and giving back time of spaces, at service level."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from market.db import Database
from market.errors import InvalidInput, NotFound
from market.spaces import quoting, service
from market.spaces.service import SlotTaken
from tests.factories import make_community, make_enterprise, make_space

DAY = (datetime.now(UTC) + timedelta(days=10)).replace(hour=0, minute=0, second=0, microsecond=0)
OVERLAPS = (
    "SELECT count(*) FROM occupancies a JOIN occupancies b ON a.space_id = b.space_id AND a.id < b.id AND a.period && b.period "
    "WHERE a.status <> 'released' AND b.status <> 'released'"
)


def at(hour: float, day: int = 0) -> datetime:
    """A time ten days ahead; hours are UTC, where rooms are open all day."""
    return DAY + timedelta(days=day, hours=hour)


async def hold(db: Database, space_id: UUID, low: float, high: float, *, minutes: int = 15) -> UUID:
    async with db.transaction() as tx:
        return await service.hold(
            tx,
            space_id=space_id,
            starts_at=at(low),
            ends_at=at(high),
            held_until=datetime.now(UTC) + timedelta(minutes=minutes),
        )


async def confirm(db: Database, group_id: UUID) -> bool:
    async with db.transaction() as tx:
        return await service.confirm(tx, group_id=group_id)


async def release(db: Database, group_id: UUID) -> None:
    async with db.transaction() as tx:
        await service.release(tx, group_id=group_id)


async def is_free(db: Database, space_id: UUID, low: float, high: float) -> bool:
    async with db.read() as connection:
        return await service.is_free(connection, space_id=space_id, starts_at=at(low), ends_at=at(high))


async def overlaps(db: Database) -> int:
    async with db.read() as connection:
        return int(await connection.fetchval(OVERLAPS))


@pytest.fixture
async def room(db: Database) -> UUID:
    await make_community(db)
    return await make_space(db)


async def test_a_price_names_the_room_its_enterprise_and_both_amounts(db: Database) -> None:
    await make_community(db, "xiqiao")
    await make_enterprise(db, "xiqiao-homes", community="xiqiao")
    off_peak = [(weekday, "08:00", "12:00", 2000) for weekday in range(7)]
    space_id = await make_space(db, community="xiqiao", off_peak=off_peak, enterprise="xiqiao-homes", capacity=20)
    async with db.read() as connection:
        priced = await quoting.price(
            connection, space_id=space_id, starts_at=at(3), ends_at=at(5)
        )  # 11:00 to 13:00 in Shanghai
    assert (priced.list_minor, priced.payable_minor, priced.currency) == (8000, 6000, "CNY")
    assert (priced.community_slug, priced.enterprise_slug, priced.time_zone) == (
        "xiqiao",
        "xiqiao-homes",
        "Asia/Shanghai",
    )
    assert priced.capacity == 20


async def test_B20_absurd_times_are_refused_by_name(db: Database, room: UUID) -> None:
    naive = at(1).replace(tzinfo=None)
    cases = [
        (at(2), at(1), "ends_at"),
        (at(1), at(1), "ends_at"),
        (at(1), at(1) + timedelta(days=3652), "ends_at"),
        (at(1, -20), at(2, -20), "starts_at"),
        (naive, at(2), "starts_at"),
        (at(1), naive, "ends_at"),
        (datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), "starts_at"),
        (datetime(9999, 12, 31, tzinfo=UTC), datetime(9999, 12, 31, 1, tzinfo=UTC), "starts_at"),
    ]
    for start, end, field in cases:
        async with db.read() as connection:
            with pytest.raises(InvalidInput) as refused:
                await quoting.price(connection, space_id=room, starts_at=start, ends_at=end)
            assert refused.value.fields[0][0] == field
    for start, end, field in [
        case for case in cases if case[0] != at(1, -20)
    ]:  # history may be entered, nonsense may not
        with pytest.raises(InvalidInput) as refused:
            async with db.transaction() as tx:
                await service.hold(tx, space_id=room, starts_at=start, ends_at=end, held_until=at(0))
        assert refused.value.fields[0][0] == field


async def test_unknown_and_closed_spaces_do_not_exist_for_hirers(db: Database, room: UUID) -> None:
    async with db.transaction() as tx:
        await tx.execute("UPDATE spaces SET status = 'closed' WHERE id = $1", room)
    for space_id in (room, uuid4()):
        with pytest.raises(NotFound):
            async with db.transaction() as tx:
                await quoting.price(tx, space_id=space_id, starts_at=at(1), ends_at=at(2))
        with pytest.raises(NotFound):
            await hold(db, space_id, 1, 2)
        assert not await is_free(db, space_id, 1, 2)


async def test_B04_bookings_that_touch_are_both_taken_and_any_overlap_is_refused(db: Database, room: UUID) -> None:
    await hold(db, room, 10, 11)
    await hold(db, room, 11, 12)
    for low, high in ((10, 11), (9, 10.5), (11.5, 13), (9, 13), (10.25, 10.75)):
        assert not await is_free(db, room, low, high)
        with pytest.raises(SlotTaken):
            await hold(db, room, low, high)
    assert await is_free(db, room, 9, 10) and await is_free(db, room, 12, 13)


@pytest.mark.parametrize(("before", "after"), [(15, 0), (0, 15)])
@pytest.mark.parametrize("start", [10, 23])  # the second touches at midnight UTC
async def test_B04_buffers_part_bookings_also_across_midnight(
    db: Database, before: int, after: int, start: int
) -> None:
    await make_community(db, time_zone="Etc/UTC")
    room = await make_space(db, buffer_before_min=before, buffer_after_min=after)
    await hold(db, room, start, start + 1)
    for low, high in ((start + 1, start + 2), (start - 1, start)):
        assert not await is_free(db, room, low, high)
        with pytest.raises(SlotTaken):
            await hold(db, room, low, high)
    await hold(db, room, start + 1.25, start + 2)
    await hold(db, room, start - 2, start - 0.25)


async def test_B05_a_hall_blocks_its_rooms_and_the_rooms_block_the_hall(db: Database) -> None:
    await make_community(db)
    centre = await make_space(db, "中心", kind="complex")
    hall = await make_space(db, "大厅", parent_id=centre)
    left, right = [await make_space(db, name, parent_id=hall) for name in ("左", "右")]
    office = await make_space(db, "办公室", parent_id=centre)
    await hold(db, hall, 10, 12)
    for relative in (left, right, centre, hall):
        assert not await is_free(db, relative, 11, 13)
        with pytest.raises(SlotTaken):
            await hold(db, relative, 11, 13)
    await hold(db, office, 10, 12)
    await hold(db, left, 14, 15)
    await hold(db, right, 14, 15)  # siblings are free
    for relative in (hall, centre):
        with pytest.raises(SlotTaken):
            await hold(db, relative, 14, 15)
    assert await overlaps(db) == 0


async def test_B05_releasing_the_hall_frees_its_rooms_and_a_new_room_is_blocked_by_what_took_the_hall(
    db: Database,
) -> None:
    await make_community(db)
    hall = await make_space(db, "大厅")
    group_id = await hold(db, hall, 10, 12)
    room = await make_space(db, "新房间", parent_id=hall)
    assert not await is_free(db, room, 11, 12)
    with pytest.raises(SlotTaken):
        await hold(db, room, 11, 13)
    await release(db, group_id)
    await hold(db, room, 11, 13)
    assert not await is_free(db, hall, 11, 12)


async def test_B05_the_buffers_of_the_asked_space_hold_for_its_relatives(db: Database) -> None:
    await make_community(db)
    hall = await make_space(db, "大厅", buffer_after_min=60)
    room = await make_space(db, "房间", parent_id=hall)
    await hold(db, hall, 10, 12)
    with pytest.raises(SlotTaken):
        await hold(db, room, 12, 13)
    await hold(db, room, 13, 14)


async def test_a_hold_that_is_over_gives_way_and_one_that_runs_does_not(db: Database, room: UUID) -> None:
    over = await hold(db, room, 10, 12, minutes=-1)
    assert await is_free(db, room, 10, 11)
    running = await hold(db, room, 11, 13)
    assert not await is_free(db, room, 12, 13)
    assert not await confirm(db, over)
    assert await confirm(db, running)
    assert await overlaps(db) == 0


async def test_B08_a_hold_is_confirmed_even_late_unless_somebody_else_took_the_time(db: Database, room: UUID) -> None:
    late = await hold(db, room, 10, 12, minutes=-1)
    assert await confirm(db, late) and await confirm(db, late)  # over but not released, then once more
    await release(db, late)
    assert await is_free(db, room, 10, 12)
    assert await confirm(db, late)  # released, but free again
    assert not await is_free(db, room, 10, 12)
    await release(db, late)
    await hold(db, room, 11, 13)
    assert not await confirm(db, late)
    assert not await confirm(db, late)
    with pytest.raises(NotFound):
        await confirm(db, uuid4())
    assert await overlaps(db) == 0


async def test_B08_a_late_payment_takes_the_hall_and_all_rooms_again(db: Database) -> None:
    await make_community(db)
    hall = await make_space(db, "大厅")
    rooms = [await make_space(db, name, parent_id=hall) for name in ("左", "右")]
    late = await hold(db, hall, 10, 12)
    await release(db, late)
    rooms.append(await make_space(db, "新", parent_id=hall))
    assert await confirm(db, late)
    assert [await is_free(db, each, 10, 12) for each in [hall, *rooms]] == [False] * 4
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM occupancies WHERE group_id = $1", late) == 4


async def test_time_that_is_over_is_not_taken_again(db: Database, room: UUID) -> None:
    past = await hold(db, room, -500, -499)
    await release(db, past)
    assert not await confirm(db, past)


async def test_sessions_carry_buffers_and_closures_and_leases_do_not(db: Database) -> None:
    await make_community(db)
    room = await make_space(db, buffer_after_min=30)
    async with db.transaction() as tx:
        await service.occupy(tx, space_id=room, starts_at=at(8), ends_at=at(9), kind="session")
        await service.occupy(tx, space_id=room, starts_at=at(12), ends_at=at(13), kind="closure", note="检修")
        await service.occupy(tx, space_id=room, starts_at=at(24), ends_at=at(24 * 90), kind="lease")
    assert not await is_free(db, room, 9, 10)
    assert await is_free(db, room, 13, 14)
    assert not await is_free(db, room, 11, 12)  # the booking's own buffer reaches into the closure
    with pytest.raises(SlotTaken):
        await hold(db, room, 48, 49)


async def test_a_refusal_leaves_the_transaction_usable(db: Database, room: UUID) -> None:
    await hold(db, room, 10, 12)
    async with db.transaction() as tx:
        with pytest.raises(SlotTaken):
            await service.hold(tx, space_id=room, starts_at=at(11), ends_at=at(13), held_until=at(0))
        await service.hold(tx, space_id=room, starts_at=at(12), ends_at=at(13), held_until=at(0))
    assert not await is_free(db, room, 12, 13)


async def test_an_overlap_that_slips_past_the_locks_is_a_clean_refusal(db: Database, room: UUID) -> None:
    """A row whose overlap the look cannot see yet: an uncommitted insert without the locks."""
    import asyncio

    async with db.transaction() as other:
        await other.execute(
            "INSERT INTO occupancies (group_id, space_id, space_no, period, starts_at, ends_at, kind, status) SELECT uuidv7(), id, "
            "space_no, tstzrange($2, $3), $2, $3, 'booking', 'active' FROM spaces WHERE id = $1",
            room,
            at(10),
            at(12),
        )
        waiting = asyncio.create_task(hold(db, room, 11, 13))
        await asyncio.sleep(0.2)
    with pytest.raises(SlotTaken):
        await waiting


async def test_B12_B15_prices_and_hours_are_those_of_the_venue_whatever_the_buyers_offset(db: Database) -> None:
    from zoneinfo import ZoneInfo

    await make_community(db, "berlin-mitte", time_zone="Europe/Berlin")
    room = await make_space(
        db,
        community="berlin-mitte",
        hours=[(weekday, "09:00", "21:00") for weekday in range(7)],
        off_peak=[(weekday, "09:00", "12:00", 1000) for weekday in range(7)],
        horizon_days=400,
    )
    berlin, honolulu = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Honolulu")
    day = datetime.now(berlin).replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(days=3)
    for week in range(50):  # a year has both changes of the clock: 09:00 at the wall stays the opening
        start = (day + timedelta(weeks=week)).replace(tzinfo=berlin)
        async with db.read() as connection:
            priced = await quoting.price(
                connection,
                space_id=room,
                starts_at=start.astimezone(honolulu),
                ends_at=(start + timedelta(hours=4)).astimezone(honolulu),
            )
            assert (priced.list_minor, priced.payable_minor) == (16000, 7000)
            with pytest.raises(InvalidInput):
                await quoting.price(
                    connection, space_id=room, starts_at=start - timedelta(hours=1), ends_at=start + timedelta(hours=1)
                )
