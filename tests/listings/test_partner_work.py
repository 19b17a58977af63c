"""What members of a partner do: create, change, publish and withdraw listings and offers; nobody else can (A02)."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.db import Connection, Database
from market.errors import Conflict
from market.listings import service
from tests.factories import make_category, make_community, make_listing, make_offer, make_partner, sign_in

Client = AsyncTestClient[Litestar]
Headers = dict[str, str]
CLASS = {"kind": "class", "title": "瑜伽", "category": "yoga", "price": 10_000}


class Rooms:
    """Stands for market.spaces.service: one session per space and start."""

    def __init__(self) -> None:
        self.taken: dict[tuple[UUID, datetime], UUID] = {}
        self.released: list[UUID] = []

    async def lock(self, tx: Connection, *, space_ids: Sequence[UUID]) -> None:
        """Nobody else is there."""

    async def occupy(
        self, tx: Connection, *, space_id: UUID, starts_at: datetime, ends_at: datetime, kind: str, note: str = ""
    ) -> UUID:
        if (space_id, starts_at) in self.taken:
            raise Conflict("This time is taken.")
        return self.taken.setdefault((space_id, starts_at), uuid4())

    async def release(self, tx: Connection, *, group_id: UUID) -> None:
        self.released.append(group_id)


@pytest.fixture
def rooms(app: Litestar) -> Rooms:
    app.state["occupier"] = Rooms()
    found: Rooms = app.state["occupier"]
    return found


@pytest.fixture
async def owner(db: Database, client: Client) -> Headers:
    await make_community(db)
    await make_partner(db)
    await make_category(db, "yoga")
    return await sign_in(client, "qinghe@example.test")


def times(days: float, *, hours: float = 1) -> dict[str, str]:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=hours)).isoformat()}


def fields(answer: Any) -> list[str]:
    return [each["field"] for each in answer.json().get("errors", [])]


async def make_space(db: Database, community: str = "liuyuan") -> UUID:
    async with db.transaction() as tx:
        found: UUID = await tx.fetchval(
            "INSERT INTO spaces (community_id, kind, name, rate_minor) SELECT id, 'room', '瑜伽室', 4000 FROM communities WHERE slug = $1 "
            "RETURNING id",
            community,
        )
    return found


async def test_a_listing_is_created_published_and_withdrawn(client: Client, owner: Headers) -> None:
    made = await client.post(
        "/api/partners/qinghe/listings", json=CLASS | {"title_en": " Yoga ", "about_en": ""}, headers=owner
    )
    assert made.status_code == 201, made.text
    assert (made.json()["status"], made.json()["title_en"], made.json()["about_en"], made.json()["community"]) == (
        "draft",
        "Yoga",
        None,
        "liuyuan",
    )
    address = f"/api/listings/{made.json()['id']}"
    assert (await client.get(address)).status_code == 404
    for status, found in (("published", 200), ("withdrawn", 404), ("published", 200)):
        answer = await client.patch(address, json={"status": status}, headers=owner)
        assert (answer.status_code, answer.json()["status"]) == (200, status)
        assert (await client.get(address)).status_code == found
    back = await client.patch(address, json={"status": "draft"}, headers=owner)
    assert (back.status_code, fields(back)) == (422, ["status"])
    changed = await client.patch(
        address,
        json={"price": 12_000, "title": "夜间瑜伽", "has_resident_price": True, "title_en": None},
        headers=owner,
    )
    assert (changed.json()["price"]["amount"], changed.json()["title"], changed.json()["title_en"]) == (
        12_000,
        "夜间瑜伽",
        None,
    )
    assert changed.json()["resident_price"]["amount"] == 9_600


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "voucher"}, "valid_days"),
        ({"kind": "free"}, "price"),
        ({"category": "no-such"}, "category"),
        ({"community": "no-such"}, "community"),
        ({"community": "street-one"}, "community"),
        ({"title": "  "}, "title"),
        ({"title": "a\x9fb"}, "title"),
        ({"about": "\x9f"}, "about"),
        ({"eligibility_group": "a b"}, "eligibility_group"),
        ({"valid_days": 3}, "valid_days"),
    ],
)
async def test_what_cannot_be_used_is_named_by_field(
    client: Client, owner: Headers, change: dict[str, Any], field: str
) -> None:
    answer = await client.post("/api/partners/qinghe/listings", json=CLASS | change, headers=owner)
    assert (answer.status_code, fields(answer)) == (422, [field]), answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"price": -1},
        {"price": 0.1},
        {"price": 2**31},
        {"price": 2**63},
        {"price": 1e30},
        {"price": "１２"},
        {"price": "1e3"},
        {"price": "12"},
        {"has_resident_price": "true"},
        {"price": None},
        {"kind": "gift"},
        {"title": "x" * 121},
        {"max_per_person": 0},
        {"refund_until_h": -1},
        {"partner_id": "x"},
        {"currency": "USD"},
        {"status": "withdrawn"},
    ],
)
async def test_M06_A04_numbers_out_of_range_and_unknown_fields_store_nothing(
    db: Database, client: Client, owner: Headers, change: dict[str, Any]
) -> None:
    answer = await client.post("/api/partners/qinghe/listings", json=CLASS | change, headers=owner)
    assert answer.status_code in {400, 422}, answer.text
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM listings") == 0


async def test_offers_are_published_all_or_none(db: Database, client: Client, owner: Headers, rooms: Rooms) -> None:
    listing_id, space = await make_listing(db), await make_space(db)
    address = f"/api/listings/{listing_id}/offers"
    one, two = {"capacity": 8, "space_id": str(space)} | times(1), {"capacity": 8, "space_id": str(space)} | times(2)
    made = await client.post(address, json={"offers": [two, one | {"price": 5_000}]}, headers=owner)
    assert made.status_code == 201, made.text
    assert [(each["price"]["amount"], each["space_name"], each["left"]) for each in made.json()["items"]] == [
        (5_000, "瑜伽室", 8),
        (10_000, "瑜伽室", 8),
    ]
    assert len(rooms.taken) == 2
    clash = await client.post(address, json={"offers": [{"capacity": 8} | times(3), two]}, headers=owner)
    assert clash.status_code == 409
    assert len((await client.get(address)).json()["items"]) == 2


async def test_a_session_takes_only_a_space_of_its_community(
    db: Database, client: Client, owner: Headers, rooms: Rooms
) -> None:
    await make_community(db, "xiqiao")
    listing_id, away, here = await make_listing(db), await make_space(db, "xiqiao"), await make_space(db)
    address = f"/api/listings/{listing_id}/offers"
    for space in (away, uuid4()):
        answer = await client.post(
            address, json={"offers": [{"capacity": 1, "space_id": str(space)} | times(1)]}, headers=owner
        )
        assert (answer.status_code, fields(answer)) == (422, ["offers[0].space_id"])
    same = {"capacity": 1, "space_id": str(here)} | times(1)
    answer = await client.post(address, json={"offers": [same, same]}, headers=owner)
    assert (answer.status_code, fields(answer)) == (422, ["offers[1].space_id"])
    assert rooms.taken == {}


START = datetime.now(UTC) + timedelta(days=1)


@pytest.mark.parametrize(
    ("offer", "field"),
    [
        ({}, "offers[0].starts_at"),
        ({"starts_at": START.isoformat()}, "offers[0].ends_at"),
        ({"starts_at": START.isoformat(), "ends_at": START.isoformat()}, "offers[0].ends_at"),
        ({"starts_at": START.isoformat(), "ends_at": (START - timedelta(hours=1)).isoformat()}, "offers[0].ends_at"),
        ({"starts_at": START.isoformat(), "ends_at": (START + timedelta(days=3650)).isoformat()}, "offers[0].ends_at"),
        (times(-1), "offers[0].starts_at"),
        (times(500), "offers[0].starts_at"),
        (times(1) | {"starts_at": "2099-01-01T10:00:00"}, "offers[0].starts_at"),
        (times(1) | {"provider": "\x9f"}, "offers[0].provider"),
    ],
)
async def test_B20_impossible_times_are_refused_by_name(
    db: Database, client: Client, owner: Headers, offer: dict[str, Any], field: str
) -> None:
    listing_id = await make_listing(db)
    answer = await client.post(
        f"/api/listings/{listing_id}/offers", json={"offers": [{"capacity": 5} | offer]}, headers=owner
    )
    assert (answer.status_code, fields(answer)) == (422, [field]), answer.text


@pytest.mark.parametrize(
    "offer",
    [
        {"starts_at": "infinity", "ends_at": "infinity"},
        {"starts_at": "-infinity"},
        {"starts_at": "0000-00-00T00:00:00Z"},
        {"capacity": 0},
        {"capacity": 2**31},
        {"capacity": 1.5},
        {"price": -1},
        {"taken": 0},
        {"space_id": "x"},
    ],
)
async def test_B20_M06_what_is_no_time_or_number_stores_nothing(
    db: Database, client: Client, owner: Headers, offer: dict[str, Any]
) -> None:
    listing_id = await make_listing(db)
    answer = await client.post(
        f"/api/listings/{listing_id}/offers", json={"offers": [{"capacity": 5} | times(1) | offer]}, headers=owner
    )
    assert answer.status_code in {400, 422}, answer.text
    async with db.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM offers") == 0


async def test_capacity_never_falls_below_what_is_taken(db: Database, client: Client, owner: Headers) -> None:
    offer_id = await make_offer(db, await make_listing(db), capacity=5)
    async with db.transaction() as tx:
        await service.take(tx, offer_id=offer_id, quantity=3)
    low = await client.patch(f"/api/offers/{offer_id}", json={"capacity": 2}, headers=owner)
    assert low.status_code == 409
    exact = await client.patch(f"/api/offers/{offer_id}", json={"capacity": 3}, headers=owner)
    assert (exact.status_code, exact.json()["left"]) == (200, 0)


async def test_an_offer_is_cancelled_only_while_nothing_is_sold_and_lets_its_space_go(
    db: Database, client: Client, owner: Headers, rooms: Rooms
) -> None:
    listing_id, space = await make_listing(db), await make_space(db)
    made = await client.post(
        f"/api/listings/{listing_id}/offers",
        json={"offers": [{"capacity": 2, "space_id": str(space)} | times(1)]},
        headers=owner,
    )
    offer_id = UUID(made.json()["items"][0]["id"])
    async with db.transaction() as tx:
        await service.take(tx, offer_id=offer_id, quantity=1)
    sold = await client.patch(f"/api/offers/{offer_id}", json={"status": "cancelled"}, headers=owner)
    assert (sold.status_code, rooms.released) == (409, [])
    async with db.transaction() as tx:
        await service.give_back(tx, offer_id=offer_id, quantity=1)
    cancelled = await client.patch(f"/api/offers/{offer_id}", json={"status": "cancelled"}, headers=owner)
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert rooms.released == list(rooms.taken.values())
    assert (await client.patch(f"/api/offers/{offer_id}", json={"status": "open"}, headers=owner)).status_code == 409
    assert (
        await client.patch(f"/api/offers/{offer_id}", json={"status": "cancelled"}, headers=owner)
    ).status_code == 200
    assert len(rooms.released) == 1
    assert (await client.get(f"/api/listings/{listing_id}/offers")).json()["items"] == []
    own = await client.get(f"/api/partners/qinghe/listings/{listing_id}/offers")
    assert [each["status"] for each in own.json()["items"]] == ["cancelled"]


async def test_a_suspended_partner_offers_nothing_new(db: Database, client: Client, owner: Headers) -> None:
    listing_id = await make_listing(db, status="draft")
    async with db.transaction() as tx:
        await tx.execute("UPDATE partners SET status = 'suspended'")
    assert (await client.post("/api/partners/qinghe/listings", json=CLASS, headers=owner)).status_code == 409
    assert (
        await client.patch(f"/api/listings/{listing_id}", json={"status": "published"}, headers=owner)
    ).status_code == 409
    assert (
        await client.post(
            f"/api/listings/{listing_id}/offers", json={"offers": [{"capacity": 1} | times(1)]}, headers=owner
        )
    ).status_code == 409
    assert (await client.patch(f"/api/listings/{listing_id}", json={"about": "x"}, headers=owner)).status_code == 200


Request = Callable[[Client, UUID, UUID, Headers], Awaitable[Any]]
FOREIGN: dict[str, Request] = {
    "create": lambda client, _, __, h: client.post("/api/partners/qinghe/listings", json=CLASS, headers=h),
    "change": lambda client, listing, _, h: client.patch(f"/api/listings/{listing}", json={"price": 1}, headers=h),
    "offers": lambda client, listing, _, h: client.post(
        f"/api/listings/{listing}/offers", json={"offers": [{"capacity": 1} | times(1)]}, headers=h
    ),
    "offer": lambda client, _, offer, h: client.patch(f"/api/offers/{offer}", json={"status": "cancelled"}, headers=h),
    "photo": lambda client, listing, _, h: client.post(
        f"/api/listings/{listing}/photos", files={"photo": ("a.jpg", b"x")}, headers=h
    ),
    "no photo": lambda client, listing, offer, h: client.delete(f"/api/listings/{listing}/photos/{offer}", headers=h),
}


@pytest.mark.parametrize("name", FOREIGN)
async def test_A02_listings_of_another_partner_do_not_exist_for_me(
    db: Database, client: Client, owner: Headers, name: str
) -> None:
    listing_id = await make_listing(db, title="别人的课")
    offer_id = await make_offer(db, listing_id)
    await make_partner(db, "other")
    headers = await sign_in(client, "other@example.test")
    answer = await FOREIGN[name](client, listing_id, offer_id, headers)
    assert answer.status_code == 404, answer.text
    assert "别人" not in answer.text
    async with db.read() as connection:
        assert await connection.fetchval("SELECT price_minor FROM listings") == 10_000
        assert await connection.fetchval("SELECT status FROM offers") == "open"


async def test_A02_my_own_partner_with_another_partners_listing_is_not_found(
    db: Database, client: Client, owner: Headers
) -> None:
    await make_partner(db, "other")
    foreign = await make_listing(db, "other", title="别人的课", status="draft")
    for path in (f"/api/partners/qinghe/listings/{foreign}", f"/api/partners/qinghe/listings/{foreign}/offers"):
        answer = await client.get(path)
        assert answer.status_code == 404
    assert "别人" not in (await client.get("/api/partners/qinghe/listings")).text


async def test_a_change_of_price_never_touches_an_order_made_before(
    db: Database, client: Client, owner: Headers
) -> None:
    listing_id = await make_listing(db)
    offer_id = await make_offer(db, listing_id)
    async with db.transaction() as tx:
        person, community = (
            await tx.fetchval("SELECT id FROM persons LIMIT 1"),
            await tx.fetchval("SELECT id FROM communities WHERE slug = 'liuyuan'"),
        )
        order = await tx.fetchval(
            "INSERT INTO orders (person_id, status, pay_by, currency, payable_minor) VALUES ($1, 'paid', 'card', 'CNY', 10000) "
            "RETURNING id",
            person,
        )
        await tx.execute(
            "INSERT INTO order_lines (order_id, position, kind, item_kind, time_zone, seller, community_id, listing_id, "
            "offer_id, title, quantity, list_minor, payable_minor) "
            "VALUES ($1, 0, 'offer', 'class', 'Asia/Shanghai', '', $2, $3, $4, '瑜伽', 1, 10000, 10000)",
            order,
            community,
            listing_id,
            offer_id,
        )
        before = await tx.fetchrow(
            "SELECT to_jsonb(o), to_jsonb(n) FROM orders o JOIN order_lines n ON n.order_id = o.id"
        )
    change = {"price": 99_900, "title": "新名字", "refund_until_h": 0}
    assert (await client.patch(f"/api/listings/{listing_id}", json=change, headers=owner)).status_code == 200
    async with db.read() as connection:
        assert (
            await connection.fetchrow(
                "SELECT to_jsonb(o), to_jsonb(n) FROM orders o JOIN order_lines n ON n.order_id = o.id"
            )
            == before
        )
