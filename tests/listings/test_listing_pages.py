"""What everybody sees of listings: the page, offers, categories; and what only members of the partner see."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from market.communities.rules import Policies
from market.db import Database
from market.listings.rules import resident_price
from market.listings.schemas import Category, Listing, Offer
from market.schemas import Page
from tests.factories import make_category, make_community, make_listing, make_offer, make_partner, make_person, sign_in

Client = AsyncTestClient[Litestar]


@pytest.fixture
async def place(db: Database) -> None:
    await make_community(db)
    await make_partner(db)


async def page(client: Client, listing_id: UUID) -> Listing:
    answer = await client.get(f"/api/listings/{listing_id}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    found = msgspec.json.decode(answer.content, type=Listing)
    assert set(answer.json()) == set(Listing.__struct_fields__)
    for offer in answer.json()["next_offers"]:
        assert set(offer) == set(Offer.__struct_fields__)
    return found


async def add_rule(
    db: Database, *, kind: str, rate_bp: int, version: int = 1, from_now: timedelta = -timedelta(days=1)
) -> None:
    async with db.transaction() as tx:
        fund = await tx.fetchval(
            "INSERT INTO funds (slug, community_id, kind, name, name_en) SELECT 'liuyuan-' || $1, id, $1, $1 || '基金', $1 "
            "FROM communities "
            "WHERE slug = 'liuyuan' ON CONFLICT (slug) DO UPDATE SET name = excluded.name RETURNING id",
            kind,
        )
        await tx.execute(
            "INSERT INTO routing_rules (community_id, applies_to, fund_id, version, rate_bp, effective_from) "
            "SELECT community_id, 'service_turnover', id, $2, $3, now() + $4 FROM funds WHERE id = $1",
            fund,
            version,
            rate_bp,
            from_now,
        )


@pytest.mark.usefixtures("place")
async def test_a_listing_page_has_everything_in_one_answer(db: Database, client: Client) -> None:
    listing_id = await make_listing(
        db, title_en="Morning yoga", has_resident_price=True, about='<b>"quoted"</b>\n\\', duration_min=60
    )
    first = await make_offer(db, listing_id, capacity=8, starts_in=timedelta(days=1), price=5_001, provider="李老师")
    await make_offer(db, listing_id, starts_in=timedelta(days=2))
    found = await page(client, listing_id)
    assert (found.title, found.title_en, found.about, found.status) == (
        "晨间瑜伽",
        "Morning yoga",
        '<b>"quoted"</b>\n\\',
        "published",
    )
    assert (found.community, found.partner.slug, found.category, found.time_zone) == (
        "liuyuan",
        "qinghe",
        "yoga",
        "Asia/Shanghai",
    )
    assert (found.price.amount, found.price.currency) == (10_000, "CNY")
    assert found.resident_price is not None
    assert found.resident_price.amount == 8_000
    assert found.next_offers[0].id == first
    assert (found.next_offers[0].price.amount, found.next_offers[0].left, found.next_offers[0].provider) == (
        5_001,
        8,
        "李老师",
    )
    assert found.next_offers[0].resident_price is not None
    assert found.next_offers[0].resident_price.amount == 4_001
    assert (found.rating, found.reviews, found.photos) == (None, 0, [])


@pytest.mark.parametrize(
    ("everywhere", "takes_part", "bp", "price"),
    [
        (False, False, 2000, 10_000),
        (False, True, 2000, 10_001),
        (True, False, 2000, 9_999),
        (True, True, 1234, 7),
        (False, True, 0, 500),
        (True, False, 2000, 0),
        (False, True, 10_000, 333),
        (True, False, 3333, 100_000_000),
    ],
)
async def test_the_database_and_the_rule_agree_on_the_residents_price(
    db: Database, client: Client, everywhere: bool, takes_part: bool, bp: int, price: int
) -> None:
    await make_community(db, policies=Policies(resident_discount_bp=bp, resident_price_everywhere=everywhere))
    await make_partner(db)
    listing_id = await make_listing(db, price=price, has_resident_price=takes_part and price > 0)
    found = await page(client, listing_id)
    expected = resident_price(price, takes_part=takes_part or everywhere, discount_bp=bp)
    assert (found.resident_price.amount if found.resident_price else None) == expected


@pytest.mark.usefixtures("place")
async def test_the_page_previews_who_gets_which_share_by_the_rules_in_force(db: Database, client: Client) -> None:
    listing_id = await make_listing(db)
    assert [(each.to, each.rate_bp, each.rule_version) for each in (await page(client, listing_id)).shares] == [
        ("partner:qinghe", 10_000, None)
    ]
    await add_rule(db, kind="development", rate_bp=200)
    await add_rule(db, kind="development", rate_bp=300, version=2, from_now=-timedelta(hours=1))
    await add_rule(db, kind="development", rate_bp=900, version=3, from_now=timedelta(hours=1))
    await add_rule(db, kind="charity", rate_bp=100)
    shares = (await page(client, listing_id)).shares
    assert [(each.to, each.rate_bp, each.rule_version) for each in shares] == [
        ("partner:qinghe", 9_600, None),
        ("fund:liuyuan-charity", 100, 1),
        ("fund:liuyuan-development", 300, 2),
    ]
    assert (shares[2].label, shares[2].label_en) == ("development基金", "development")


@pytest.mark.usefixtures("place")
async def test_B21_what_is_over_full_or_cancelled_is_shown_as_it_is(db: Database, client: Client) -> None:
    listing_id = await make_listing(db, kind="meal")
    over = await make_offer(db, listing_id, starts_in=timedelta(hours=1))
    cancelled = await make_offer(db, listing_id)
    full = await make_offer(db, listing_id, capacity=2)
    async with db.transaction() as tx:
        await tx.execute(
            "UPDATE offers SET starts_at = now() - interval '2 hours', ends_at = now() - interval '1 second' WHERE id = $1",
            over,
        )
        await tx.execute("UPDATE offers SET status = 'cancelled' WHERE id = $1", cancelled)
        await tx.execute("UPDATE offers SET taken = capacity WHERE id = $1", full)
    assert [(offer.id, offer.left) for offer in (await page(client, listing_id)).next_offers] == [(full, 0)]


@pytest.mark.usefixtures("place")
async def test_offers_are_listed_by_a_bounded_range_and_paged_on(db: Database, client: Client) -> None:
    listing_id = await make_listing(db)
    ids = [await make_offer(db, listing_id, starts_in=timedelta(days=day)) for day in (1, 10, 40)]
    address = f"/api/listings/{listing_id}/offers"
    near = msgspec.json.decode((await client.get(address)).content, type=Page[Offer])
    assert [offer.id for offer in near.items] == ids[:2]
    start = near.items[0].starts_at
    assert start is not None
    far = await client.get(address, params={"from": start.isoformat(), "to": (start + timedelta(days=60)).isoformat()})
    assert [UUID(offer["id"]) for offer in far.json()["items"]] == ids
    rest = await client.get(
        address,
        params={"from": start.isoformat(), "to": (start + timedelta(days=60)).isoformat(), "cursor": str(ids[0])},
    )
    assert [UUID(offer["id"]) for offer in rest.json()["items"]] == ids[1:]
    for params, field in [
        ({"from": "2026-01-01T00:00:00"}, "from"),
        ({"from": start.isoformat(), "to": start.isoformat()}, "to"),
        ({"from": start.isoformat(), "to": (start + timedelta(days=400)).isoformat()}, "to"),
    ]:
        answer = await client.get(address, params=params)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field
    for rubbish in ({"from": "infinity"}, {"from": "x"}, {"cursor": "' OR 1=1"}, {"to": "99999-01-01T00:00:00Z"}):
        assert (await client.get(address, params=rubbish)).status_code in {400, 422}


@pytest.mark.usefixtures("place")
async def test_an_open_voucher_is_listed_whatever_the_range(db: Database, client: Client) -> None:
    listing_id = await make_listing(db, kind="voucher")
    offer_id = await make_offer(db, listing_id, timed=False)
    found = (await client.get(f"/api/listings/{listing_id}/offers")).json()
    assert [(UUID(each["id"]), each["starts_at"]) for each in found["items"]] == [(offer_id, None)]
    assert found["next_cursor"] is None


@pytest.mark.usefixtures("place")
async def test_the_category_tree_counts_published_listings_below(db: Database, client: Client) -> None:
    await make_category(db, "sport", name="运动")
    await make_category(db, "yoga", parent="sport")
    await make_category(db, "tai-chi", parent="sport")
    async with db.transaction() as tx:
        await tx.execute(
            "UPDATE categories SET parent_id = (SELECT id FROM categories WHERE slug = 'sport') WHERE slug <> 'sport'"
        )
    for category, status in (
        ("yoga", "published"),
        ("yoga", "draft"),
        ("tai-chi", "published"),
        ("sport", "published"),
    ):
        await make_listing(db, category=category, status=status)
        async with db.transaction() as tx:
            await tx.execute(
                "UPDATE categories SET parent_id = (SELECT id FROM categories WHERE slug = 'sport') WHERE slug <> 'sport'"
            )
    found = msgspec.json.decode((await client.get("/api/categories")).content, type=Page[Category]).items
    assert [(each.slug, each.parent, each.listings) for each in found] == [
        ("sport", None, 3),
        ("tai-chi", "sport", 1),
        ("yoga", "sport", 1),
    ]


@pytest.mark.usefixtures("place")
async def test_a_draft_exists_only_for_members_of_its_partner(db: Database, client: Client) -> None:
    draft = await make_listing(db, status="draft")
    await make_partner(db, "other")
    assert (await client.get(f"/api/listings/{draft}")).status_code == 404
    assert (await client.get(f"/api/listings/{draft}/offers")).status_code == 404
    assert (await client.get(f"/api/listings/{draft}/reviews")).status_code == 404
    assert (await client.get(f"/api/partners/qinghe/listings/{draft}")).status_code == 401
    await sign_in(client, "qinghe@example.test")
    assert (await client.get(f"/api/listings/{draft}")).status_code == 404
    own = await client.get(f"/api/partners/qinghe/listings/{draft}")
    assert (own.status_code, own.json()["status"]) == (200, "draft")
    assert [each["id"] for each in (await client.get("/api/partners/qinghe/listings")).json()["items"]] == [str(draft)]
    await sign_in(client, "other@example.test")
    for path in (
        f"qinghe/listings/{draft}",
        f"other/listings/{draft}",
        "qinghe/listings",
        f"qinghe/listings/{draft}/offers",
    ):
        answer = await client.get(f"/api/partners/{path}")
        assert answer.status_code == 404, path
        assert "瑜伽" not in answer.text
    await make_person(db, "plain@example.test")
    await sign_in(client, "plain@example.test")
    assert (await client.get(f"/api/partners/qinghe/listings/{draft}")).status_code == 403


@pytest.mark.usefixtures("place")
async def test_the_listings_of_a_suspended_partner_are_gone_for_the_public(db: Database, client: Client) -> None:
    listing_id = await make_listing(db)
    async with db.transaction() as tx:
        await tx.execute("UPDATE partners SET status = 'suspended'")
    assert (await client.get(f"/api/listings/{listing_id}")).status_code == 404


@pytest.mark.usefixtures("place")
async def test_rubbish_in_the_path_is_a_clean_404(client: Client) -> None:
    for rubbish in ("x", str(uuid4()), "%00", "' OR 1=1", "0"):
        assert (await client.get(f"/api/listings/{rubbish}")).status_code in {400, 404}


@pytest.mark.usefixtures("place")
async def test_I10_text_from_partners_comes_back_as_it_is(db: Database, client: Client) -> None:
    text: Any = "' OR 1=1; %_\\ {} {{7*7}} <img onerror=x> \u202e\U0001f600"
    listing_id = await make_listing(db, title=text, about=text)
    found = await page(client, listing_id)
    assert (found.title, found.about) == (text, text)


@pytest.mark.usefixtures("place")
async def test_times_carry_their_offset(db: Database, client: Client) -> None:
    listing_id = await make_listing(db)
    await make_offer(db, listing_id)
    raw = (await client.get(f"/api/listings/{listing_id}")).json()["next_offers"][0]["starts_at"]
    assert datetime.fromisoformat(raw).tzinfo is not None
