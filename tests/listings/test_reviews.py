"""Who may say what about a listing."""

from uuid import UUID

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.db import Database
from tests.factories import make_community, make_listing, make_partner, make_person, sign_in

Client = AsyncTestClient[Litestar]


@pytest.fixture
async def listing_id(db: Database) -> UUID:
    await make_community(db)
    await make_partner(db)
    return await make_listing(db)


async def order(
    db: Database, person_id: UUID, listing_id: UUID, *, status: str = "paid", payable: int = 100, refunded: int = 0
) -> None:
    async with db.transaction() as tx:
        made = await tx.fetchval(
            "INSERT INTO orders (person_id, status, pay_by, currency, payable_minor, refunded_minor) "
            "VALUES ($1, $2, 'card', 'CNY', $3, $4) RETURNING id",
            person_id,
            status,
            payable,
            refunded,
        )
        offer = await tx.fetchval("INSERT INTO offers (listing_id, capacity) VALUES ($1, 5) RETURNING id", listing_id)
        await tx.execute(
            "INSERT INTO order_lines (order_id, position, kind, item_kind, time_zone, seller, community_id, "
            "listing_id, offer_id, title, quantity, list_minor, "
            "payable_minor, refunded_minor) SELECT $1, 0, 'offer', kind, 'Asia/Shanghai', '', community_id, "
            "id, $3, title, 1, $4, $4, $5 FROM listings WHERE id = $2",
            made,
            listing_id,
            offer,
            payable,
            refunded,
        )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (None, 403),
        ({"status": "awaiting_payment"}, 403),
        ({"status": "cancelled"}, 403),
        ({"status": "refunded", "refunded": 100}, 403),
        ({"status": "partly_refunded", "refunded": 100}, 403),
        ({"status": "partly_refunded", "refunded": 50}, 201),
        ({"status": "paid"}, 201),
        ({"status": "completed"}, 201),
        ({"status": "paid", "payable": 0}, 201),
    ],
)
async def test_only_who_has_bought_it_may_write(
    db: Database, client: Client, listing_id: UUID, facts: dict[str, object] | None, expected: int
) -> None:
    person = await make_person(db, "buyer@example.test", name="李雷")
    if facts is not None:
        await order(db, person, listing_id, **facts)
    headers = await sign_in(client, "buyer@example.test")
    answer = await client.post(
        f"/api/listings/{listing_id}/reviews", json={"stars": 5, "text": "很好"}, headers=headers
    )
    assert answer.status_code == expected, answer.text


async def test_a_review_shows_one_character_of_the_name_and_is_replaced_when_written_again(
    db: Database, client: Client, listing_id: UUID
) -> None:
    person = await make_person(db, "buyer@example.test", name="李雷")
    await order(db, person, listing_id)
    headers = await sign_in(client, "buyer@example.test")
    for stars, text in ((2, "一般"), (4, "<script>alert(1)</script>")):
        await client.post(f"/api/listings/{listing_id}/reviews", json={"stars": stars, "text": text}, headers=headers)
    found = (await client.get(f"/api/listings/{listing_id}/reviews")).json()
    assert [(each["stars"], each["text"], each["author"]) for each in found["items"]] == [
        (4, "<script>alert(1)</script>", "李")
    ]
    assert "李雷" not in str(found)
    assert str(person) not in str(found)
    shown = (await client.get(f"/api/listings/{listing_id}")).json()
    assert (shown["rating"], shown["reviews"]) == (4.0, 1)


async def test_a_draft_has_no_reviews_for_strangers(db: Database, client: Client, listing_id: UUID) -> None:
    draft = await make_listing(db, status="draft")
    await make_person(db, "buyer@example.test")
    headers = await sign_in(client, "buyer@example.test")
    assert (await client.post(f"/api/listings/{draft}/reviews", json={"stars": 5}, headers=headers)).status_code == 404
    for body in ({"stars": 6}, {"stars": 0}, {"stars": 5, "text": "\x00"}, {"stars": 5, "text": "x" * 2001}, {}):
        answer = await client.post(f"/api/listings/{listing_id}/reviews", json=body, headers=headers)
        assert answer.status_code in {400, 422}
