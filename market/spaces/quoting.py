"""What time of a space costs whom: rows become tariffs, terms and price lists, and an interval becomes a priced one.

Service code of the spaces slice, split off by noun."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from market.db import Connection, Row
from market.errors import InvalidInput, NotFound
from market.partners import service as partners
from market.people.rules import Actor
from market.spaces import queries
from market.spaces.cancellation import steps_of
from market.spaces.hours import moment, open_stretches, seconds
from market.spaces.pricing import booking_charge, kept
from market.spaces.rules import SpaceForHire, Tariff, Terms, booking_faults, tariff_of
from market.spaces.tariffs import PriceList, Rate, Renter


def tariff_from(row: Row, *, zone: str | None = None) -> Tariff:
    """The tariff of a row of spaces joined with its community."""
    return tariff_of(
        tuple((each["weekday"], each["opens"], each["closes"]) for each in row["hours"]),
        tuple((each["weekday"], each["opens"], each["closes"], each["rate_minor"]) for each in row["off_peak"]),
        row["rate_minor"],
        row["granularity_min"],
        zone or row["time_zone"],
        exceptions_from(row),
    )


def exceptions_from(row: Row) -> tuple[tuple[date, str, str], ...]:
    """Days with other hours that came with a row of spaces; a closed day opens and closes at midnight. What was entered last counts,
    and a space's own days before its community's."""
    found: dict[date, list[dict[str, str]]] = {}
    for each in row["exceptions"] or ():
        first, last = date.fromisoformat(each["first_day"]), date.fromisoformat(each["last_day"])
        for number in range((last - first).days + 1):
            found[first + timedelta(days=number)] = each["hours"]
    return tuple(
        (day, each["opens"], each["closes"])
        for day, hours in sorted(found.items())
        for each in hours or [{"opens": "00:00", "closes": "00:00"}]
    )


async def open_hours(
    tx: Connection, *, community_id: UUID, low: datetime, high: datetime
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """When each space of a community is open between, its special days included, whatever is taken."""
    window = seconds(low), seconds(high)
    found = {}
    for row in await queries.weeks_of(tx, community_id=community_id):
        tariff = tariff_from(row)
        opens = open_stretches(tariff.week, tariff.zone, window)
        found[row["id"]] = [(moment(start), moment(end)) for start, end in opens]
    return found


def terms_from(row: Row) -> Terms:
    """How the space of a row may be booked."""
    return Terms(
        min_s=row["min_length_min"] * 60,
        max_s=row["max_length_min"] * 60,
        lead_s=row["lead_min"] * 60,
        horizon_s=row["horizon_days"] * 86_400,
        before_s=row["buffer_before_min"] * 60,
        after_s=row["buffer_after_min"] * 60,
    )


def lists_from(row: Row) -> tuple[PriceList, ...]:
    """The price lists that came with a row of spaces."""
    return tuple(price_list(each) for each in row["price_lists"] or ())


def price_list(stored: Mapping[str, Any]) -> PriceList:
    """A price list from what is stored, or was asked for as JSON."""
    first, last = stored["valid_from"], stored["valid_until"]
    return PriceList(
        stored["audience"],
        tuple(Rate(**{**each, "weekdays": tuple(each["weekdays"])}) for each in stored["rates"]),
        stored["minimum_minor"],
        stored["deposit_minor"],
        date.fromisoformat(first) if isinstance(first, str) else first,
        date.fromisoformat(last) if isinstance(last, str) else last,
    )


async def renter_of(tx: Connection, *, actor: Actor | None, partner: str | None) -> Renter:
    """Who pays: the actor, or a partner they belong to. Raises InvalidInput naming `for_partner`."""
    if partner is None:
        return Renter(actor.resident_of) if actor else Renter()
    try:
        found = await partners.partner_by_slug(tx, partner)
    except NotFound as unknown:
        raise InvalidInput([("for_partner", "is unknown")]) from unknown
    if actor is None or not actor.is_member_of(found["id"]) or found["status"] != "active":
        raise InvalidInput([("for_partner", "is no partner that you act for")])
    return Renter(actor.resident_of, found["id"], found["kind"], found["tier"])


async def price(
    tx: Connection, *, space_id: UUID, starts_at: datetime, ends_at: datetime, renter: Renter | None = None
) -> SpaceForHire:
    """The interval priced for this renter (default: anybody), by the database's clock. Says nothing about whether it is free.

    Raises InvalidInput naming `starts_at` or `ends_at` (past, lead, horizon, length, grid, hours, no price), NotFound when the space
    is unknown or closed."""
    row = await for_hire(tx, space_id=space_id)
    faults = booking_faults(terms_from(row), starts_at, ends_at, now=row["now"])
    if faults:
        raise InvalidInput(faults)
    return priced(row, starts_at=starts_at, ends_at=ends_at, renter=renter or Renter())


async def for_hire(tx: Connection, *, space_id: UUID) -> Row:
    """What the prices of an open space come from; raises NotFound when it is unknown or closed."""
    row = await queries.space_for_hire(tx, space_id=space_id)
    if row is None or row["status"] != "open":
        raise NotFound("This space")
    return row


def priced(row: Row, *, starts_at: datetime, ends_at: datetime, renter: Renter) -> SpaceForHire:
    """An interval of whole granules inside the opening hours, priced; raises InvalidInput naming `starts_at` or `ends_at`."""
    found = booking_charge(
        tariff_from(row),
        lists_from(row),
        audiences=renter.audiences(row["community_id"]),
        starts_at=starts_at,
        ends_at=ends_at,
    )
    if isinstance(found, list):
        raise InvalidInput(found)
    return SpaceForHire(
        space_id=row["id"],
        name=row["name"],
        name_en=row["name_en"],
        kind=row["kind"],
        community_id=row["community_id"],
        community_slug=row["community_slug"],
        time_zone=row["time_zone"],
        enterprise_slug=row["enterprise_slug"],
        enterprise_name=row["enterprise_name"],
        list_minor=found.list_minor,
        market_minor=found.market_minor,
        payable_minor=found.payable_minor,
        audience=found.audience,
        tariff=kept(found),
        renter_id=renter.partner_id,
        cancellation=steps_of(row["cancellation"]),
        max_open_bookings=row["max_open_bookings"],
        approval_hours=row["approval_hours"] if row["needs_approval"] else None,
        problem=renter.may_not_book(row["who_may_book"], row["community_id"]),
        currency=row["currency"],
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=row["capacity"],
        enterprise_name_en=row["enterprise_name_en"],
    )
