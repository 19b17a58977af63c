"""Pure rules of listings and offers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.listings.rules import (
    ListingFacts,
    OfferFacts,
    OfferForSale,
    listing_faults,
    offer_range,
    offers_faults,
    overlapping,
    resident_price,
    sale_end,
    status_fault,
    why_not_for_sale,
)

NOW = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("price", "takes_part", "bp", "expected"),
    [
        (10_000, True, 2000, 8_000),
        (10_000, False, 2000, None),
        (0, True, 2000, None),
        (10_000, True, 0, None),
        (1, True, 2000, 1),
        (4, True, 2000, 4),
        (5, True, 2000, 4),
        (8_001, True, 2000, 6_401),
        (10_000, True, 10_000, 0),
        (100_000_000, True, 3333, 66_670_000),
    ],
)
def test_a_resident_pays_the_list_price_less_the_discount_rounded_down(
    price: int, takes_part: bool, bp: int, expected: int | None
) -> None:
    assert resident_price(price, takes_part=takes_part, discount_bp=bp) == expected


@given(st.integers(1, 100_000_000), st.integers(1, 10_000))
def test_a_residents_price_is_never_a_unit_off_and_never_above_the_list(price: int, bp: int) -> None:
    found = resident_price(price, takes_part=True, discount_bp=bp)
    assert found is not None
    exact_times_10000 = price * (10_000 - bp)
    assert 0 <= found * 10_000 - exact_times_10000 < 10_000
    assert found <= price


SOLD = OfferForSale(
    offer_id=UUID(int=1), listing_id=UUID(int=2), kind="class", listing_status="published", offer_status="open", title="瑜伽",
    title_en=None,
    partner_id=UUID(int=3), partner_slug="p", partner_name="P", partner_status="active", community_id=UUID(int=4), community_slug="c",
    time_zone="Asia/Shanghai", resident_discount_bp=2000, takes_resident_price=True, eligibility_group=None, unit_price_minor=10_000,
    currency="CNY", starts_at=NOW + DAY, ends_at=NOW + DAY + HOUR, sale_ends_at=NOW + DAY, capacity=5, taken=4, refund_until_h=24,
    valid_days=None, max_per_person=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, None),
        ({"offer_status": "cancelled"}, "not_for_sale"),
        ({"listing_status": "draft"}, "not_for_sale"),
        ({"listing_status": "withdrawn"}, "not_for_sale"),
        ({"partner_status": "suspended"}, "not_for_sale"),
        ({"sale_ends_at": NOW}, "sale_ended"),
        ({"sale_ends_at": NOW + timedelta(seconds=1)}, None),
        ({"sale_ends_at": None, "ends_at": NOW}, "sale_ended"),
        ({"sale_ends_at": None, "starts_at": None, "ends_at": None}, None),
        ({"taken": 5}, "sold_out"),
    ],
)
def test_B21_an_offer_is_for_sale_only_while_everything_is_open(
    change: dict[str, object], expected: str | None
) -> None:
    assert why_not_for_sale(replace(SOLD, **change), now=NOW) == expected


def facts(kind: str, **change: object) -> ListingFacts:
    sound = ListingFacts(
        kind=kind,
        price_minor=0 if kind == "free" else 1000,
        has_resident_price=False,
        eligibility_group=None,
        duration_min=None,
        valid_days=90 if kind == "voucher" else None,
    )
    return replace(sound, **change)


@pytest.mark.parametrize("kind", ["class", "meal", "appointment", "voucher", "free"])
def test_each_kind_has_a_sound_form(kind: str) -> None:
    assert listing_faults(facts(kind)) == []


@pytest.mark.parametrize(
    ("given_facts", "field"),
    [
        (facts("voucher", valid_days=None), "valid_days"),
        (facts("class", valid_days=30), "valid_days"),
        (facts("free", price_minor=1), "price"),
        (facts("class", price_minor=0, has_resident_price=True), "has_resident_price"),
        (facts("voucher", duration_min=60), "duration_min"),
        (facts("free", eligibility_group="长者"), "eligibility_group"),
        (facts("free", eligibility_group="Elder"), "eligibility_group"),
    ],
)
def test_what_a_kind_needs_is_named_by_field(given_facts: ListingFacts, field: str) -> None:
    assert [name for name, _ in listing_faults(given_facts)] == [field]


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [
        ("draft", "published", False),
        ("published", "withdrawn", False),
        ("withdrawn", "published", False),
        ("draft", "draft", False),
        ("published", "draft", True),
        ("withdrawn", "draft", True),
    ],
)
def test_a_published_listing_never_becomes_a_draft(before: str, after: str, refused: bool) -> None:
    assert (status_fault(before, after) is not None) is refused


def session(**change: object) -> OfferFacts:
    return replace(OfferFacts(capacity=10, starts_at=NOW + DAY, ends_at=NOW + DAY + HOUR), **change)


NAIVE = datetime(2026, 3, 11, 8, 0)  # noqa: DTZ001 - what must be refused


@pytest.mark.parametrize(
    ("kind", "offer", "fields"),
    [
        ("class", session(), []),
        ("class", session(sale_ends_at=NOW + HOUR), []),
        ("free", OfferFacts(capacity=5), []),
        ("free", session(), []),
        ("voucher", OfferFacts(capacity=5), []),
        ("class", OfferFacts(capacity=5), ["starts_at"]),
        ("meal", OfferFacts(capacity=5, starts_at=NOW + DAY), ["ends_at"]),
        ("appointment", OfferFacts(capacity=5, ends_at=NOW + DAY), ["starts_at"]),
        ("voucher", session(), ["starts_at", "ends_at"]),
        ("class", session(ends_at=NOW + DAY), ["ends_at"]),
        ("class", session(ends_at=NOW), ["ends_at"]),
        ("class", session(ends_at=NOW + 3650 * DAY), ["ends_at"]),
        ("class", session(ends_at=NOW + 2 * DAY), []),
        ("class", session(ends_at=NOW + 2 * DAY + timedelta(seconds=1)), ["ends_at"]),
        ("class", session(starts_at=NOW, ends_at=NOW + HOUR), ["starts_at"]),
        ("class", session(starts_at=NOW - DAY), ["ends_at", "starts_at"]),
        ("class", session(starts_at=NOW + 401 * DAY, ends_at=NOW + 401 * DAY + HOUR), ["starts_at"]),
        ("class", session(starts_at=NAIVE), ["starts_at"]),
        ("class", session(sale_ends_at=NAIVE), ["sale_ends_at"]),
        ("class", session(sale_ends_at=NOW), ["sale_ends_at"]),
        ("class", session(sale_ends_at=NOW + 2 * DAY), ["sale_ends_at"]),
        ("voucher", OfferFacts(capacity=5, sale_ends_at=NOW + 401 * DAY), ["sale_ends_at"]),
        ("free", session(price_minor=1), ["price"]),
        ("voucher", OfferFacts(capacity=5, space_id=UUID(int=1)), ["space_id"]),
    ],
)
def test_B20_times_that_cannot_be_are_named_by_field(kind: str, offer: OfferFacts, fields: list[str]) -> None:
    found = offers_faults(
        kind, [session() if kind in {"class", "meal", "appointment"} else OfferFacts(capacity=1), offer], now=NOW
    )
    assert [name for name, _ in found] == [f"offers[1].{field}" for field in fields]


def test_the_sale_of_a_class_ends_when_it_starts_and_of_a_meal_with_its_window() -> None:
    assert sale_end("class", session()) == session().starts_at
    assert sale_end("meal", session()) is None
    assert sale_end("class", session(sale_ends_at=NOW + HOUR)) == NOW + HOUR


def test_two_new_sessions_cannot_share_a_space_at_one_time() -> None:
    room = UUID(int=9)
    one, other = (
        session(space_id=room),
        session(space_id=room, starts_at=NOW + DAY + HOUR / 2, ends_at=NOW + DAY + 2 * HOUR),
    )
    assert overlapping([one, session(), other]) == (0, 2)
    assert overlapping([one, session(space_id=UUID(int=8))]) is None
    assert overlapping([one, session(space_id=room, starts_at=NOW + DAY + HOUR, ends_at=NOW + DAY + 2 * HOUR)]) is None


def test_the_range_of_a_list_is_bounded() -> None:
    assert offer_range(None, None, now=NOW) == (NOW, NOW + 28 * DAY)
    assert offer_range(NOW, NOW + 93 * DAY, now=NOW) == (NOW, NOW + 93 * DAY)
    east = datetime(2026, 3, 11, 0, 0, tzinfo=timezone(8 * HOUR))
    assert offer_range(east, None, now=NOW) == (east, east + 28 * DAY)
    for start, end, field in [
        (NOW, NOW, "to"),
        (NOW, NOW + 94 * DAY, "to"),
        (NAIVE, None, "from"),
        (None, NAIVE, "to"),
        (datetime.max.replace(tzinfo=UTC), None, "from"),
        (datetime.min.replace(tzinfo=UTC), None, "from"),
    ]:
        found = offer_range(start, end, now=NOW)
        assert isinstance(found, list)
        assert [name for name, _ in found] == [field]
