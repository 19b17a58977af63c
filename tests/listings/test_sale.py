"""Claiming units: no number of buyers gets more than there is (T7, T16)."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from market.db import Connection, Database
from market.listings import service
from market.listings.service import NotForSale, SoldOut
from tests.factories import make_community, make_listing, make_offer, make_partner

BUYERS = 50


@pytest.fixture
async def listing_id(db: Database) -> UUID:
    await make_community(db)
    await make_partner(db)
    return await make_listing(db)


async def taken(db: Database, offer_id: UUID) -> int:
    async with db.read() as connection:
        return int(await connection.fetchval("SELECT taken FROM offers WHERE id = $1", offer_id))


async def buy(db: Database, offer_id: UUID, quantity: int = 1) -> bool:
    try:
        async with db.transaction() as tx:
            await service.take(tx, offer_id=offer_id, quantity=quantity)
    except SoldOut:
        return False
    return True


async def count_then_insert(db: Database, offer_id: UUID) -> bool:
    """The wrong way: look first, write afterwards. Counts its own sales, as the constraint on `taken` would stop it."""
    async with db.transaction() as tx:
        sold = await tx.fetchval("SELECT count(*) FROM naive_sales WHERE offer_id = $1", offer_id)
        if sold >= await tx.fetchval("SELECT capacity FROM offers WHERE id = $1", offer_id):
            return False
        await tx.execute("INSERT INTO naive_sales VALUES ($1)", offer_id)
    return True


async def test_t7_t16_one_seat_goes_to_one_of_fifty_buyers(db: Database, listing_id: UUID) -> None:
    offer_id = await make_offer(db, listing_id, capacity=1)
    results = await asyncio.gather(*(buy(db, offer_id) for _ in range(BUYERS)))
    assert sum(results) == 1
    assert await taken(db, offer_id) == 1


async def test_t7_negative_control_looking_before_writing_oversells(db: Database, listing_id: UUID) -> None:
    async with db.read() as connection:
        await connection.execute("CREATE TABLE naive_sales (offer_id uuid)")
    oversold = 0
    for _ in range(5):
        offer_id = await make_offer(db, listing_id, capacity=1)
        oversold += sum(await asyncio.gather(*(count_then_insert(db, offer_id) for _ in range(BUYERS)))) > 1
    assert oversold > 0


async def test_B06_groups_never_get_more_than_the_capacity_together(db: Database, listing_id: UUID) -> None:
    offer_id = await make_offer(db, listing_id, capacity=5)
    results = await asyncio.gather(*(buy(db, offer_id, 2) for _ in range(3)))
    assert sum(results) == 2
    assert await taken(db, offer_id) == 4
    assert await buy(db, offer_id, 1)


async def test_a_rolled_back_claim_leaves_nothing_taken(db: Database, listing_id: UUID) -> None:
    offer_id = await make_offer(db, listing_id, capacity=1)
    with pytest.raises(RuntimeError):
        async with db.transaction() as tx:
            await service.take(tx, offer_id=offer_id, quantity=1)
            raise RuntimeError
    assert await buy(db, offer_id)


async def test_what_is_given_back_can_be_taken_again_but_never_twice(db: Database, listing_id: UUID) -> None:
    offer_id = await make_offer(db, listing_id, capacity=3)
    assert await buy(db, offer_id, 3)
    async with db.transaction() as tx:
        await service.give_back(tx, offer_id=offer_id, quantity=2)
    assert await taken(db, offer_id) == 1
    with pytest.raises(ValueError, match="fewer than 2"):
        async with db.transaction() as tx:
            await service.give_back(tx, offer_id=offer_id, quantity=2)
    assert await taken(db, offer_id) == 1


async def _end_sale(tx: Connection, listing_id: UUID, offer_id: UUID) -> None:
    await tx.execute("UPDATE offers SET sale_ends_at = now() - interval '1 second' WHERE id = $1", offer_id)


async def _cancel(tx: Connection, listing_id: UUID, offer_id: UUID) -> None:
    await tx.execute("UPDATE offers SET status = 'cancelled' WHERE id = $1", offer_id)


async def _withdraw(tx: Connection, listing_id: UUID, offer_id: UUID) -> None:
    await tx.execute("UPDATE listings SET status = 'withdrawn' WHERE id = $1", listing_id)


async def _draft(tx: Connection, listing_id: UUID, offer_id: UUID) -> None:
    await tx.execute("UPDATE listings SET status = 'draft' WHERE id = $1", listing_id)


async def _suspend(tx: Connection, listing_id: UUID, offer_id: UUID) -> None:
    await tx.execute("UPDATE partners SET status = 'suspended'")


@pytest.mark.parametrize(
    ("close", "reason"),
    [
        (_end_sale, "sale_ended"),
        (_cancel, "not_for_sale"),
        (_withdraw, "not_for_sale"),
        (_draft, "not_for_sale"),
        (_suspend, "not_for_sale"),
    ],
)
async def test_B21_what_is_not_for_sale_is_refused_with_its_reason(
    db: Database, listing_id: UUID, close: object, reason: str
) -> None:
    offer_id = await make_offer(db, listing_id)
    async with db.transaction() as tx:
        await close(tx, listing_id, offer_id)
    with pytest.raises(NotForSale) as refusal:
        await buy(db, offer_id)
    assert refusal.value.reason == reason
    assert refusal.value.status == 409
    assert await taken(db, offer_id) == 0


async def test_B21_an_unknown_offer_is_not_for_sale(db: Database) -> None:
    with pytest.raises(NotForSale):
        await buy(db, uuid4())


async def test_sold_out_says_what_is_left(db: Database, listing_id: UUID) -> None:
    offer_id = await make_offer(db, listing_id, capacity=3)
    with pytest.raises(SoldOut, match="Only 3 left"):
        async with db.transaction() as tx:
            await service.take(tx, offer_id=offer_id, quantity=4)


async def test_offers_for_sale_tells_all_that_a_price_depends_on(db: Database, listing_id: UUID) -> None:
    one = await make_offer(db, listing_id, capacity=4, price=5_000, starts_in=timedelta(days=3))
    other = await make_offer(db, listing_id)
    async with db.read() as connection:
        found = await service.offers_for_sale(connection, [other, one, uuid4(), one])
    assert set(found) == {one, other}
    assert (found[one].unit_price_minor, found[other].unit_price_minor) == (5_000, 10_000)
    assert (found[one].community_slug, found[one].partner_slug, found[one].currency) == ("liuyuan", "qinghe", "CNY")
    assert (found[one].resident_discount_bp, found[one].takes_resident_price) == (2000, False)
    assert found[one].sale_ends_at == found[one].starts_at


async def test_a_claim_is_told_to_search(db: Database, listing_id: UUID) -> None:
    offer_id = await make_offer(db, listing_id, capacity=1)
    async with db.read() as connection:
        before = await connection.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'search.refresh'")
        assert await buy(db, offer_id)
        assert await connection.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'search.refresh'") > before
