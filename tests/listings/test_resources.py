"""One availability model: a session takes its room, its teacher and its equipment, all or nothing (with its negative control)."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.db import Database
from market.errors import Conflict
from market.listings import offers, resource_queries, resources
from market.listings.resource_schemas import NewEquipment
from market.listings.schemas import ChangedOffer, NewOffer, UsedEquipment
from market.people.rules import Actor, StaffRole
from market.spaces import service as spaces
from tests.factories import make_community, make_listing, make_partner, make_person, make_space, member_of, sign_in

Client = AsyncTestClient[Litestar]
NOON = (datetime.now(UTC) + timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0)


class House:
    """A partner who sells classes in a community with rooms, a teacher and three mats."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.rooms: list[UUID] = []

    async def build(self) -> "House":
        community = await make_community(self.db, time_zone="Etc/UTC")
        self.partner = await make_partner(self.db)
        self.actor = member_of(self.partner)
        self.listing = await make_listing(self.db)
        self.rooms = [await make_space(self.db, f"教室{number}") for number in range(6)]
        clerk = Actor(UUID(int=1), roles=(StaffRole("clerk", community, frozenset({community})),))
        self.teacher = (await resources.add_teacher(self.db, actor=self.actor, partner="qinghe", name="苏老师"))["id"]
        self.mats = (
            await resources.add_equipment(
                self.db, actor=clerk, community="liuyuan", new=NewEquipment("瑜伽垫", quantity=3)
            )
        )["id"]
        return self

    def session(self, room: int | None = 0, *, hour: float = 0, teacher: bool = False, mats: int = 0) -> NewOffer:
        start = NOON + timedelta(hours=hour)
        return NewOffer(
            capacity=5,
            starts_at=start,
            ends_at=start + timedelta(hours=1),
            space_id=None if room is None else self.rooms[room],
            teacher_id=self.teacher if teacher else None,
            equipment=[UsedEquipment(self.mats, mats)] if mats else [],
        )

    async def publish(self, *new: NewOffer) -> list[dict[str, Any]]:
        body = await offers.create_offers(
            self.db, actor=self.actor, occupier=spaces, listing_id=self.listing, new=list(new)
        )  # fmt: skip
        items: list[dict[str, Any]] = msgspec.json.decode(body)["items"]
        return items

    async def cancel(self, offer: str) -> None:
        change = ChangedOffer(status="cancelled")
        await offers.change_offer(self.db, actor=self.actor, occupier=spaces, offer_id=UUID(offer), change=change)

    async def value(self, query: str, *args: object) -> Any:
        async with self.db.read() as tx:
            return await tx.fetchval(query, *args)


@pytest.fixture
async def house(db: Database) -> House:
    return await House(db).build()


async def test_a_teacher_is_in_one_session_at_a_time_and_the_refusal_names_them(house: House) -> None:
    (made,) = await house.publish(house.session(0, teacher=True))
    assert made["provider"] == "苏老师"
    with pytest.raises(resources.SessionTaken, match="苏老师 is taken on") as refused:
        await house.publish(house.session(1, hour=0.5, teacher=True))
    assert refused.value.fields == (("offers[0].teacher_id", "苏老师 is taken"),)
    await house.publish(house.session(1, hour=1, teacher=True))  # begins when the first ends
    await house.cancel(made["id"])
    await house.publish(house.session(2, teacher=True))


async def test_equipment_is_never_promised_more_often_than_there_is_of_it(house: House) -> None:
    await house.publish(house.session(0, mats=2), house.session(1, mats=1))
    with pytest.raises(resources.SessionTaken, match="瑜伽垫 is taken"):
        await house.publish(house.session(2, hour=0.5, mats=1))
    await house.publish(house.session(2, hour=1, mats=3))


async def test_publishing_takes_all_or_nothing_and_names_the_room(house: House) -> None:
    await house.publish(house.session(1))
    with pytest.raises(resources.SessionTaken, match="教室1 is taken") as refused:
        await house.publish(house.session(0, teacher=True, mats=3), house.session(1))
    assert refused.value.fields[0][0] == "offers[1].space_id"
    assert await house.value("SELECT count(*) FROM offers") == 1
    assert await house.value("SELECT count(*) FROM resource_claims") == 0
    with pytest.raises(resources.SessionTaken, match="苏老师"):
        await house.publish(house.session(2, teacher=True), house.session(3, teacher=True))
    assert await house.value("SELECT count(*) FROM occupancies") == 1
    await house.publish(house.session(0, teacher=True, mats=3))


async def race(house: House, racers: int = 12) -> int:
    """So many sessions in so many rooms at the same time, each with one of three mats; how many were published."""
    rooms = house.rooms
    wishes = [house.session(None, mats=1) for _ in range(racers - len(rooms))] + [
        house.session(n, mats=1) for n in range(len(rooms))
    ]
    done = await asyncio.gather(*(house.publish(each) for each in wishes), return_exceptions=True)
    assert [each for each in done if isinstance(each, BaseException) and not isinstance(each, Conflict)] == []
    return sum(not isinstance(each, BaseException) for each in done)


async def spread(house: House) -> list[House]:
    """The same house with a listing for each racer: who publishes for one listing waits anyway."""
    made = []
    for _ in range(12):
        other = House(house.db)
        other.__dict__ |= house.__dict__ | {"listing": await make_listing(house.db)}
        made.append(other)
    return made


async def race_of_listings(house: House) -> int:
    doors = await spread(house)
    done = await asyncio.gather(*(each.publish(each.session(None, mats=1)) for each in doors), return_exceptions=True)
    assert [each for each in done if isinstance(each, BaseException) and not isinstance(each, Conflict)] == []
    return sum(not isinstance(each, BaseException) for each in done)


async def test_B03_of_many_sessions_at_once_as_many_win_as_there_are_mats(house: House) -> None:
    assert await race_of_listings(house) == 3
    assert await race(house) == 0


async def test_B03_without_the_lock_more_are_promised_than_there_are(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the count alone does not hold."""

    async def unlocked(tx: Any, resource_ids: Any) -> dict[UUID, Any]:
        rows = await tx.fetch("SELECT * FROM resources WHERE id = ANY($1)", list(resource_ids))
        return {row["id"]: row for row in rows}

    monkeypatch.setattr(resource_queries, "lock_resources", unlocked)
    assert await race_of_listings(house) > 3


async def test_B03_a_teacher_wanted_by_many_at_once_has_one_winner_also_without_the_lock(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the lock of what there is one of stands the constraint."""

    async def unlocked(tx: Any, resource_ids: Any) -> dict[UUID, Any]:
        rows = await tx.fetch("SELECT * FROM resources WHERE id = ANY($1)", list(resource_ids))
        return {row["id"]: row for row in rows}

    for taken_away in (False, True):
        if taken_away:
            monkeypatch.setattr(resource_queries, "lock_resources", unlocked)
        hour = 5 if taken_away else 0
        doors = await spread(house)
        wishes = [each.publish(each.session(None, hour=hour, teacher=True)) for each in doors]
        done = await asyncio.gather(*wishes, return_exceptions=True)
        assert sum(not isinstance(each, BaseException) for each in done) == 1
        assert all(isinstance(each, Conflict) for each in done if isinstance(each, BaseException))


async def test_sessions_that_name_each_others_resources_crosswise_do_not_deadlock(house: House) -> None:
    second = (await resources.add_teacher(house.db, actor=house.actor, partner="qinghe", name="林老师"))["id"]
    doors = await spread(house)

    async def both(door: House, first: UUID, other: UUID, hour: float) -> None:
        pair = [house.session(None, hour=hour), house.session(None, hour=hour)]
        pair[0].teacher_id, pair[1].teacher_id = first, other
        with suppress(Conflict):
            await door.publish(*pair)

    wishes = [
        both(door, house.teacher, second, n // 2) if n % 2 else both(door, second, house.teacher, n // 2)
        for n, door in enumerate(doors)
    ]
    await asyncio.wait_for(asyncio.gather(*wishes), 20)
    assert await house.value("SELECT count(*) FROM resource_claims") == 12


async def test_only_their_own_teachers_and_the_equipment_of_the_place_can_be_named(house: House) -> None:
    await make_community(house.db, "xiqiao")
    await make_partner(house.db, "other", community="xiqiao")
    theirs = (await resources.add_teacher(house.db, actor=member_of(await house.value("SELECT id FROM partners WHERE slug = 'other'")),
                                          partner="other", name="外人"))["id"]  # fmt: skip
    offer = house.session(None)
    offer.teacher_id = theirs
    from market.errors import InvalidInput

    with pytest.raises(InvalidInput, match="teacher_id: is no teacher of this partner"):
        await house.publish(offer)
    offer = house.session(None)
    offer.equipment = [UsedEquipment(house.teacher, 1)]
    with pytest.raises(InvalidInput, match="equipment: is no equipment of this community"):
        await house.publish(offer)


async def test_staff_keep_equipment_and_partners_their_teachers_over_http(client: Client, db: Database) -> None:
    community = await make_community(db)
    await make_partner(db)
    await make_person(db, "clerk@example.test", role=("clerk", community))
    clerk = await sign_in(client, "clerk@example.test")
    made = await client.post(
        "/api/communities/liuyuan/equipment", json={"name": "投影仪", "quantity": 2}, headers=clerk
    )
    assert (made.status_code, made.json()["quantity"]) == (201, 2)
    doubled = await client.post("/api/communities/liuyuan/equipment", json={"name": "投影仪"}, headers=clerk)
    assert (doubled.status_code, doubled.json()["errors"][0]["field"]) == (422, "name")
    changed = await client.patch(
        f"/api/resources/{made.json()['id']}", json={"quantity": 5, "is_active": False}, headers=clerk
    )
    assert (changed.json()["quantity"], changed.json()["is_active"]) == (5, False)
    member = await sign_in(client, "qinghe@example.test")
    assert (
        await client.patch(f"/api/resources/{made.json()['id']}", json={"quantity": 1}, headers=member)
    ).status_code == 404
    teacher = await client.post("/api/partners/qinghe/teachers", json={"name": "苏老师"}, headers=member)
    assert teacher.status_code == 201
    assert (
        await client.patch(f"/api/resources/{teacher.json()['id']}", json={"quantity": 2}, headers=member)
    ).status_code == 422
    assert len((await client.get("/api/communities/liuyuan/equipment")).json()["items"]) == 1
    assert [each["name"] for each in (await client.get("/api/partners/qinghe/teachers")).json()["items"]] == ["苏老师"]


async def test_fewer_than_are_promised_are_refused(house: House) -> None:
    await house.publish(house.session(0, mats=2))
    from market.listings.resource_schemas import ChangedResource

    clerk = Actor(UUID(int=2), roles=(StaffRole("operator", None),))
    with pytest.raises(resources.StillPromised):
        await resources.change(house.db, actor=clerk, resource_id=house.mats, changed=ChangedResource(quantity=1))
    row = await resources.change(house.db, actor=clerk, resource_id=house.mats, changed=ChangedResource(quantity=2))
    assert (row["quantity"], row["ahead"]) == (2, 1)
