"""Price lists: who pays what, when, in which unit; rules against naive sums, and what staff may enter."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.spaces.hours import seconds
from market.spaces.pricing import book_of, booking_charge, least_price, pieces_of, price_between
from market.spaces.rules import Tariff, tariff_of
from market.spaces.tariff_checks import list_faults
from market.spaces.tariffs import AUDIENCES, EVERYBODY, Charge, PriceList, Rate, Renter, Unit, charge

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 6, 1)
WHOLE = tuple((weekday, "00:00", "24:00") for weekday in range(7))
WEEKDAYS, WEEKEND = (0, 1, 2, 3, 4), (5, 6)
HOUR = Rate("hour", 4000)
QUIET = Rate("hour", 2000, WEEKDAYS, "13:00", "17:00", "off_peak")
BUSY = Rate("hour", 6000, WEEKEND, "18:00", "21:00", "peak")


def tariff(hours: tuple[tuple[int, str, str], ...] = WHOLE, rate: int = 9900, zone: str = "Asia/Shanghai") -> Tariff:
    return tariff_of(hours, (), rate, 30, zone)


def at(clock: str, day: int = 0, zone: ZoneInfo = SHANGHAI) -> datetime:
    hour, minute = clock.split(":")
    there = MONDAY + timedelta(days=day)
    return datetime(there.year, there.month, there.day, int(hour), int(minute), tzinfo=zone).astimezone(UTC)


def cost(
    lists: list[PriceList],
    start: datetime,
    end: datetime,
    *,
    audiences: set[str] | None = None,
    of: Tariff | None = None,
) -> Charge:
    found = booking_charge(of or tariff(), lists, audiences=audiences or {EVERYBODY}, starts_at=start, ends_at=end)
    assert isinstance(found, Charge), found
    return found


def for_all(*rates: Rate, minimum: int = 0) -> PriceList:
    return PriceList(EVERYBODY, rates, minimum_minor=minimum)


@pytest.mark.parametrize(
    ("rates", "start", "end", "expected"),
    [
        ((HOUR, QUIET), at("12:00"), at("14:00"), [("hour", "", 4000), ("hour", "off_peak", 2000)]),
        ((HOUR, QUIET), at("12:00", 5), at("14:00", 5), [("hour", "", 8000)]),  # Saturday has no quiet hours
        ((HOUR, BUSY), at("17:00", 5), at("19:00", 5), [("hour", "", 4000), ("hour", "peak", 6000)]),
        ((HOUR, Rate("half_day", 10_000)), at("08:00"), at("10:00"), [("hour", "", 8000)]),
        ((HOUR, Rate("half_day", 10_000)), at("08:00"), at("12:00"), [("half_day", "", 10_000)]),
        ((HOUR, Rate("half_day", 10_000)), at("09:00"), at("13:00"), [("half_day", "", 10_000), ("hour", "", 4000)]),
        ((HOUR, Rate("day", 20_000)), at("08:00"), at("18:00"), [("day", "", 20_000)]),
        ((Rate("day", 20_000),), at("08:00"), at("09:00"), [("day", "", 20_000)]),  # a started day is sold whole
        ((Rate("day", 6000, WEEKDAYS), Rate("day", 9000, WEEKEND)), at("08:00", 4), at("09:00", 5), [("day", "", 6000), ("day", "", 9000)]),
        ((Rate("day", 6000), Rate("week", 20_000)), at("00:00"), at("00:00", 7), [("week", "", 20_000)]),
        ((Rate("day", 6000), Rate("week", 20_000)), at("00:00"), at("00:00", 8), [("week", "", 20_000), ("day", "", 6000)]),
        ((Rate("week", 20_000), Rate("month", 50_000)), at("00:00"), at("00:00", 30), [("month", "", 50_000)]),
        ((Rate("fixed", 8800),), at("08:00"), at("20:00"), [("fixed", "", 8800)]),
    ],
)  # fmt: skip
def test_an_interval_is_told_part_by_part(
    rates: tuple[Rate, ...], start: datetime, end: datetime, expected: list[tuple[str, str, int]]
) -> None:
    pieces = pieces_of(tariff(), seconds(start), seconds(end))
    found = charge([for_all(*rates)], audiences={EVERYBODY}, pieces=pieces, zone=SHANGHAI)
    assert found is not None
    assert [(part.unit, part.peak, part.minor) for part in found.parts] == expected
    assert found.payable_minor == sum(minor for _, _, minor in expected)


def test_hours_past_midnight_belong_to_the_day_that_opened() -> None:
    night = tariff(tuple((weekday, "17:00", "01:00") for weekday in range(7)))
    found = cost([for_all(Rate("day", 6000))], at("17:00"), at("01:00", 1), of=night)
    assert found.payable_minor == 6000


def test_what_everybody_would_pay_without_off_peak_is_the_list_price() -> None:
    found = cost([for_all(HOUR, QUIET)], at("13:00"), at("15:00"))
    assert (found.list_minor, found.market_minor, found.payable_minor) == (8000, 4000, 4000)


def test_each_renter_pays_the_cheapest_list_they_may_use() -> None:
    lists = [
        for_all(HOUR),
        PriceList("resident", (Rate("hour", 3000),)),
        PriceList("public_benefit", (Rate("fixed", 0),)),
        PriceList("partner_skill", (Rate("hour", 5000),)),
    ]
    home = uuid4()
    resident = Renter(frozenset({home})).audiences(home)
    charity = Renter(frozenset({home}), uuid4(), "charity", "basic").audiences(home)
    business = Renter(frozenset({home}), uuid4(), "business", "skill").audiences(home)
    elsewhere = Renter(frozenset({uuid4()})).audiences(home)
    for audiences, expected in (
        (elsewhere, (EVERYBODY, 4000)),
        (resident, ("resident", 3000)),
        (charity, ("public_benefit", 0)),
        (business, (EVERYBODY, 4000)),  # what is booked for a business is not booked by a resident
    ):
        found = cost(lists, at("10:00"), at("11:00"), audiences=set(audiences))
        assert (found.audience, found.payable_minor) == expected


def test_the_list_in_force_on_the_day_counts_and_the_plain_rate_where_none_is() -> None:
    lists = [
        PriceList(EVERYBODY, (Rate("hour", 1000),), valid_from=MONDAY, valid_until=MONDAY),
        PriceList(EVERYBODY, (Rate("hour", 2000),), valid_from=MONDAY + timedelta(days=1)),
    ]
    assert cost(lists, at("23:00"), at("01:00", 1)).payable_minor == 3000
    assert cost(lists, at("23:00", -1), at("01:00", 0)).payable_minor == 10_900


def test_a_least_charge_lifts_what_costs_something_and_leaves_free_free() -> None:
    assert cost([for_all(HOUR, minimum=7000)], at("10:00"), at("11:00")).parts[-1][2:] == ("minimum", 3000, "")
    free = [for_all(HOUR), PriceList("public_benefit", (Rate("hour", 0),), minimum_minor=7000)]
    assert cost(free, at("10:00"), at("11:00"), audiences={EVERYBODY, "public_benefit"}).payable_minor == 0


def test_without_any_price_for_a_time_it_is_not_for_sale() -> None:
    only_partners = [PriceList("partner_skill", (HOUR,))]
    pieces = pieces_of(tariff(), seconds(at("10:00")), seconds(at("11:00")))
    assert charge(only_partners, audiences={EVERYBODY}, pieces=pieces, zone=SHANGHAI) is None


rates_per_hour = st.integers(0, 20_000)
lengths = st.integers(1, 96)


@st.composite
def hourly_lists(draw: st.DrawFn) -> PriceList:
    plain = draw(rates_per_hour)
    rates = [Rate("hour", plain)]
    for days, opens, closes in ((WEEKDAYS, "12:30", "17:00"), (WEEKEND, "18:00", "02:00")):
        kind = draw(st.sampled_from(("off_peak", "peak", "")))
        if kind == "off_peak":
            rates.append(Rate("hour", draw(st.integers(0, plain)), days, opens, closes, "off_peak"))
        elif kind == "peak":
            rates.append(Rate("hour", draw(st.integers(plain, 30_000)), days, opens, closes, "peak"))
    return PriceList(EVERYBODY, tuple(rates))


@given(hourly_lists(), st.integers(0, 300), lengths, lengths, st.sampled_from(("Asia/Shanghai", "Europe/Berlin")))
@settings(max_examples=80, deadline=None)
def test_cutting_an_interval_never_changes_the_sum_of_hourly_rates(
    prices: PriceList, first: int, left: int, right: int, zone: str
) -> None:
    assert list_faults(prices) == []
    begin = datetime(2026, 3, 27, tzinfo=UTC) + timedelta(minutes=30 * first)  # around the spring change in Berlin
    cut, end = begin + timedelta(minutes=30 * left), begin + timedelta(minutes=30 * (left + right))
    of = tariff(zone=zone)
    whole = cost([prices], begin, end, of=of)
    parts = cost([prices], begin, cut, of=of).payable_minor + cost([prices], cut, end, of=of).payable_minor
    assert whole.payable_minor == parts == sum(part.minor for part in whole.parts)
    assert whole.payable_minor <= whole.list_minor or any(part.peak == "peak" for part in whole.parts)
    assert [part.start for part in whole.parts[1:]] == [part.end for part in whole.parts[:-1]]


@given(
    hourly_lists(),
    st.integers(0, 60_000),
    st.integers(0, 60_000),
    st.integers(0, 9000),
    st.integers(0, 300),
    lengths,
    lengths,
)
@settings(max_examples=80, deadline=None)
def test_two_bookings_in_place_of_one_cost_at_most_one_unit_and_one_least_charge_more(
    prices: PriceList, half: int, day: int, minimum: int, first: int, left: int, right: int
) -> None:
    full = PriceList(EVERYBODY, (*prices.rates, Rate("half_day", half), Rate("day", day)), minimum_minor=minimum)
    begin = at("00:00") + timedelta(minutes=30 * first)
    cut, end = begin + timedelta(minutes=30 * left), begin + timedelta(minutes=30 * (left + right))
    whole = cost([full], begin, end).payable_minor
    parts = cost([full], begin, cut).payable_minor + cost([full], cut, end).payable_minor
    assert whole <= parts <= whole + max(half, day) + minimum


@given(hourly_lists(), st.sampled_from(AUDIENCES), st.integers(0, 300), lengths)
@settings(max_examples=60, deadline=None)
def test_a_free_list_is_never_charged(prices: PriceList, audience: str, first: int, length: int) -> None:
    free = PriceList(audience, (Rate("hour", 0),), minimum_minor=5000, deposit_minor=100)
    begin = at("00:00") + timedelta(minutes=30 * first)
    lists = [free] if audience == EVERYBODY else [prices, free]
    found = cost(lists, begin, begin + timedelta(minutes=30 * length), audiences={EVERYBODY, audience})
    assert found.payable_minor == 0


@given(
    st.lists(hourly_lists(), min_size=1, max_size=2),
    st.sampled_from(("half_day", "day", "fixed", "hour")),
    st.integers(0, 60_000),
    st.integers(0, 300),
    lengths,
)
@settings(max_examples=80, deadline=None)
def test_no_time_costs_less_than_the_least_price(
    lists: list[PriceList], unit: Unit, minor: int, first: int, length: int
) -> None:
    other = PriceList("resident", (Rate("hour", 30_000), Rate(unit, minor)))
    book = book_of(tariff(), (*lists, other), frozenset({EVERYBODY, "resident"}))
    begin = seconds(at("00:00")) + 1800 * first
    found = price_between(book, begin, begin + 1800 * length)
    assert found is not None
    assert 0 <= least_price(book, 1800 * length) <= found[0]


@given(hourly_lists(), st.integers(1, 8))
@settings(max_examples=25, deadline=None)
def test_peak_is_never_cheaper_than_off_peak_of_the_same_length(prices: PriceList, half_hours: int) -> None:
    length = timedelta(minutes=30 * half_hours)
    week = [
        cost([prices], start, start + length)
        for start in (at("00:00") + timedelta(minutes=30 * number) for number in range(0, 7 * 48, 5))
    ]
    quiet = [each.payable_minor for each in week if {part.peak for part in each.parts} == {"off_peak"}]
    busy = [each.payable_minor for each in week if {part.peak for part in each.parts} == {"peak"}]
    plain = [each.payable_minor for each in week if {part.peak for part in each.parts} == {""}]
    # one minor unit is the rounding of a part of an hour
    assert max(quiet, default=0) <= min(plain) + 1
    assert max(plain) <= min(busy, default=max(plain)) + 1


@pytest.mark.parametrize(
    ("rates", "field"),
    [
        ((Rate("hour", 4000, WEEKDAYS),), "rates"),  # what does Saturday cost?
        ((QUIET,), "rates"),
        ((HOUR, Rate("hour", 5000, (1,))), "rates"),
        ((HOUR, QUIET, Rate("hour", 1000, (0,), "16:00", "18:00", "off_peak")), "rates"),
        ((HOUR, Rate("hour", 4001, (0,), "16:00", "18:00", "off_peak")), "rates.1.minor"),
        ((HOUR, Rate("hour", 3999, (0,), "16:00", "18:00", "peak")), "rates.1.minor"),
        ((HOUR, Rate("hour", 4000, (0,), "16:00", None, "peak")), "rates.1.closes"),
        ((HOUR, Rate("hour", 4000, (0,), "16:00", "18:00")), "rates.1.peak"),
        ((HOUR, Rate("day", 4000, (0,), "16:00", "18:00", "peak")), "rates.1.opens"),
        ((HOUR, Rate("hour", 1, (0,), "16:00", "16:00", "off_peak")), "rates.1.opens"),
        ((Rate("fixed", 1), HOUR), "rates"),
        ((HOUR, Rate("week", 1, WEEKDAYS)), "rates.1.weekdays"),
        ((HOUR, Rate("day", 1, ())), "rates.1.weekdays"),
    ],
)
def test_a_list_that_leaves_a_price_open_is_refused_by_field(rates: tuple[Rate, ...], field: str) -> None:
    assert [name for name, _ in list_faults(for_all(*rates))][:1] == [field]


def test_an_unknown_renter_is_anybody() -> None:
    assert Renter().audiences(UUID(int=1)) == {EVERYBODY}
