"""What an interval costs, what can be booked, and what is free: pure rules against naive counts."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.errors import InvalidInput
from market.spaces.hours import merged, moment, open_stretches, seconds
from market.spaces.rules import (
    Tariff,
    Terms,
    booking_faults,
    free_cells,
    granule_price,
    price_of,
    taken_cells,
    tariff_of,
)
from market.spaces.tariff_checks import tariff_faults
from market.spaces.windows import asked_moment, asked_window

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 6, 1)
DAILY = tuple((weekday, "08:00", "21:00") for weekday in range(7))
WHOLE = tuple((weekday, "00:00", "24:00") for weekday in range(7))
TERMS = Terms(min_s=3600, max_s=8 * 3600, lead_s=0, horizon_s=60 * 86400, before_s=0, after_s=0)


def tariff(
    hours: tuple[tuple[int, str, str], ...] = DAILY,
    off_peak: tuple[tuple[int, str, str, int], ...] = (),
    rate: int = 4000,
    granularity: int = 30,
    zone: str = "Asia/Shanghai",
) -> Tariff:
    return tariff_of(hours, off_peak, rate, granularity, zone)


def at(clock: str, day: date = MONDAY, zone: ZoneInfo = SHANGHAI) -> datetime:
    hour, minute = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("09:00", "11:00", (8000, 8000)),  # ¥40.00 an hour for two hours
        ("12:00", "14:00", (8000, 6000)),  # across the beginning of off-peak
        ("13:00", "17:00", (16000, 8000)),
        ("12:30", "13:30", (4000, 3000)),
        ("20:00", "21:00", (4000, 4000)),
    ],
)
def test_prices_across_bands(start: str, end: str, expected: tuple[int, int]) -> None:
    assert price_of(tariff(off_peak=((0, "13:00", "17:00", 2000),)), at(start), at(end)) == expected


def test_a_granule_half_inside_an_off_peak_band_costs_the_full_rate() -> None:
    assert price_of(tariff(off_peak=((0, "13:15", "14:15", 2000),)), at("13:00"), at("14:30")) == (6000, 5000)


def test_off_peak_is_never_dearer_than_the_rate() -> None:
    assert price_of(tariff(off_peak=((0, "09:00", "10:00", 9000),)), at("09:00"), at("10:00")) == (4000, 4000)


def test_off_peak_after_midnight_applies_to_hours_that_opened_the_day_before() -> None:
    night = tariff(hours=((0, "20:00", "02:00"),), off_peak=((1, "00:00", "02:00", 1000),))
    assert price_of(night, at("23:00"), at("01:00", date(2026, 6, 2))) == (8000, 5000)


def test_prices_are_exact_per_hour_and_at_most_a_unit_off_below() -> None:
    odd = tariff(rate=4001, granularity=15)
    assert price_of(odd, at("09:15"), at("11:15")) == (8002, 8002)
    quarters = [
        price_of(odd, at("09:00") + timedelta(minutes=15 * n), at("09:00") + timedelta(minutes=15 * n + 15))
        for n in range(4)
    ]
    assert sum(quarter[0] for quarter in quarters if isinstance(quarter, tuple)) == 4001


@given(rate=st.integers(0, 10**8), start=st.integers(0, 10**6), first=st.integers(0, 5000), second=st.integers(0, 5000))
def test_splitting_an_interval_never_changes_its_price(rate: int, start: int, first: int, second: int) -> None:
    begin, cut, end = start * 900, (start + first) * 900, (start + first + second) * 900
    whole = granule_price(rate, begin, end)
    assert granule_price(rate, begin, cut) + granule_price(rate, cut, end) == whole
    assert abs(whole * 3600 - rate * (end - begin)) < 3600


@pytest.mark.parametrize(
    ("start", "end", "field", "part"),
    [
        ("07:00", "09:00", "starts_at", "opening hours"),
        ("20:00", "22:00", "ends_at", "opening hours"),
        ("22:00", "23:00", "starts_at", "opening hours"),
        ("09:10", "10:10", "starts_at", "grid"),
        ("09:00", "10:10", "ends_at", "grid"),
    ],
)
def test_intervals_off_the_grid_or_out_of_hours_are_named(start: str, end: str, field: str, part: str) -> None:
    faults = price_of(tariff(), at(start), at(end))
    assert isinstance(faults, list) and faults[0][0] == field and part in faults[0][1]


def test_the_grid_counts_from_the_opening_and_seconds_are_off_it() -> None:
    half_past = tariff(hours=((0, "08:30", "20:30"),), granularity=60)
    assert price_of(half_past, at("08:30"), at("10:30")) == (8000, 8000)
    assert isinstance(price_of(half_past, at("09:00"), at("11:00")), list)
    assert isinstance(price_of(tariff(), at("09:00") + timedelta(seconds=1), at("10:00") + timedelta(seconds=1)), list)
    assert isinstance(price_of(tariff(), at("09:00") + timedelta(microseconds=1), at("10:00")), list)


def test_a_booking_may_go_on_past_midnight_where_hours_touch() -> None:
    assert price_of(tariff(hours=WHOLE), at("23:00"), at("01:00", date(2026, 6, 2))) == (8000, 8000)


NOW = at("10:00")


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (at("11:00"), at("11:00"), "ends_at"),  # nothing
        (at("12:00"), at("11:00"), "ends_at"),  # backwards
        (at("09:00"), at("11:00"), "starts_at"),  # begun
        (at("10:30"), at("11:30"), "starts_at"),  # lead time
        (at("12:00"), at("12:30"), "ends_at"),  # too short
        (at("12:00"), at("20:30"), "ends_at"),  # too long
        (at("12:00"), at("12:00") + timedelta(days=3652), "ends_at"),  # ten years
        (at("12:00") + timedelta(days=31), at("13:00") + timedelta(days=31), "starts_at"),  # beyond the horizon
        (datetime(2026, 6, 1, 12), at("13:00"), "starts_at"),  # noqa: DTZ001 - no offset
        (at("12:00"), datetime(2026, 6, 1, 13), "ends_at"),  # noqa: DTZ001 - a time without a zone is the fault
        (datetime(9999, 12, 31, 22, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC), "starts_at"),
        (datetime(1, 1, 1, tzinfo=SHANGHAI), datetime(1, 1, 1, 1, tzinfo=SHANGHAI), "starts_at"),
        (at("12:00"), datetime.max.replace(tzinfo=UTC), "ends_at"),
        (datetime.min.replace(tzinfo=UTC), at("12:00"), "starts_at"),
    ],
)
def test_B20_absurd_bookings_are_refused_by_field(start: datetime, end: datetime, field: str) -> None:
    terms = Terms(min_s=3600, max_s=8 * 3600, lead_s=3600, horizon_s=30 * 86400, before_s=0, after_s=0)
    assert booking_faults(terms, start, end, now=NOW)[0][0] == field


def test_a_booking_at_the_edges_of_the_terms_is_taken() -> None:
    terms = Terms(min_s=3600, max_s=7200, lead_s=3600, horizon_s=30 * 86400, before_s=0, after_s=0)
    for start, length in ((at("11:00"), 1), (at("12:00"), 2), (at("10:00") + timedelta(days=30), 1)):
        assert booking_faults(terms, start, start + timedelta(hours=length), now=NOW) == []


def test_off_peak_rates_above_the_rate_are_refused() -> None:
    bad = tariff(off_peak=((0, "13:00", "14:00", 4001), (0, "14:00", "15:00", 4000)))
    assert [field for field, _ in tariff_faults(bad.week, bad.off_peak, bad.rate_minor)] == ["off_peak.0.rate_minor"]


@pytest.mark.parametrize(("day", "slots"), [(date(2026, 3, 29), 23), (date(2026, 6, 1), 24), (date(2026, 10, 25), 25)])
def test_B13_a_day_sells_as_many_hours_as_it_has(day: date, slots: int) -> None:
    window = asked_window(day, day, now=0, zone=BERLIN, days=7, max_days=35)
    cells = free_cells(
        tariff(hours=WHOLE, zone="Europe/Berlin", granularity=60), TERMS, [], window=window, now=window[0] - 86400
    )
    assert len(cells) == slots
    assert len({cell.start for cell in cells}) == slots
    assert all(cell.end - cell.start == 3600 and cell.payable == 4000 for cell in cells)


def test_free_time_is_cut_again_after_what_is_taken() -> None:
    window = (seconds(at("08:00")), seconds(at("21:00")))
    taken = [(seconds(at("09:00")), seconds(at("10:30")))]
    cells = free_cells(tariff(), TERMS, taken, window=window, now=window[0] - 10)
    assert cells[0][:2] == (seconds(at("08:00")), seconds(at("09:00")))
    assert cells[1][:2] == (seconds(at("10:30")), seconds(at("11:30")))
    assert cells[-1][:2] == (seconds(at("19:30")), seconds(at("21:00")))  # what is left joins the last
    assert taken_cells(tariff(), taken, window=window) == taken


def test_buffers_and_lead_time_leave_free_time() -> None:
    window = (seconds(at("08:00")), seconds(at("21:00")))
    terms = Terms(min_s=1800, max_s=8 * 3600, lead_s=3600, horizon_s=86400, before_s=900, after_s=900)
    taken = [(seconds(at("11:45")), seconds(at("13:15")))]
    cells = free_cells(tariff(), terms, taken, window=window, now=seconds(at("08:10")))
    starts = [moment(cell.start) for cell in cells]
    assert starts[0] == at("09:30")  # a lead of an hour from 08:10
    assert at("11:00") in starts and at("11:30") not in starts and at("13:00") not in starts and at("13:30") in starts


NIGHT = ((5, "22:00", "04:00"), (6, "08:15", "12:00"))
intervals = st.lists(st.tuples(st.integers(0, 280), st.integers(1, 40)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    taken=intervals,
    before=st.sampled_from([0, 15, 45]),
    after=st.sampled_from([0, 10, 30]),
    shortest=st.sampled_from([30, 60, 90, 240]),
    longest=st.sampled_from([240, 480]),
    granularity=st.sampled_from([15, 30]),
    lead=st.sampled_from([0, 95]),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin"]),
    hours=st.sampled_from([DAILY, WHOLE, NIGHT]),
)
def test_every_free_cell_can_be_booked_as_it_stands_and_nothing_bookable_is_missing(
    taken: list[tuple[int, int]],
    before: int,
    after: int,
    shortest: int,
    longest: int,
    granularity: int,
    lead: int,
    zone: str,
    hours: tuple[tuple[int, str, str], ...],
) -> None:
    """Against the naive rule: a booking is possible when price_of() and booking_faults() have nothing against it and its buffered
    period meets nothing taken."""
    start = seconds(datetime(2026, 10, 24, 4, tzinfo=UTC))
    window, now = (start, start + 48 * 3600), start + 3600
    periods = [(start + low * 600, start + (low + length) * 600) for low, length in taken]
    each = tariff(hours=hours, off_peak=((6, "09:00", "12:00", 1500),), granularity=granularity, zone=zone)
    terms = Terms(shortest * 60, longest * 60, lead * 60, 86400, before * 60, after * 60)

    def is_bookable(low: int, high: int) -> bool:
        both = moment(low), moment(high)
        if booking_faults(terms, *both, now=moment(now)) or isinstance(price_of(each, *both), list):
            return False
        return all(high + terms.after_s <= begin or end <= low - terms.before_s for begin, end in periods)

    cells = free_cells(each, terms, merged(periods), window=window, now=now)
    for cell in cells:
        assert is_bookable(cell.start, cell.end)
        assert price_of(each, moment(cell.start), moment(cell.end))[1] == cell.payable
    assert all(one.end <= two.start for one, two in pairwise(cells))
    step = granularity * 60
    shown = {at for cell in cells for at in range(cell.start, cell.end, step)}
    hours_open = open_stretches(each.week, each.zone, (window[0], window[1] - terms.min_s))
    starts = [at for low, high in hours_open for at in range(low, high, 900)]
    missing = [
        at for at in starts if is_bookable(at, at + terms.min_s) and shown.isdisjoint(range(at, at + terms.min_s, step))
    ]
    assert missing == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-13-01",
        "tomorrow",
        "2026-06-01T08:00",
        "infinity",
        "9999-12-31",
        "0001-01-01",
        "2026-06-01T08:00:00",
        "\x00",
        "1e9",
        "２０２６-06-01x",
    ],
)
def test_B20_moments_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        asked_moment("from", text)
    assert refused.value.fields[0][0] == "from"


@pytest.mark.parametrize(
    ("low", "high", "hours"),
    [
        ("2026-06-01", "2026-06-08", 168),
        ("2026-06-01", "2026-06-01", 24),
        ("2026-10-25", "2026-10-25", 25),
        ("2026-06-01T00:00:00+08:00", "2026-06-01T01:00:00 08:00", 1),
        ("2026-10-01", "2026-11-05", 35 * 24 + 1),
    ],
)
def test_windows_of_dates_are_days_at_the_wall(low: str, high: str, hours: int) -> None:
    start, end = asked_window(
        asked_moment("from", low), asked_moment("to", high), now=0, zone=BERLIN, days=7, max_days=35
    )
    assert end - start == hours * 3600


@pytest.mark.parametrize(
    ("low", "high"), [("2026-06-02", "2026-06-01"), ("2026-06-01", "2026-07-08"), ("2026-06-01", "2036-06-01")]
)
def test_B20_windows_backwards_or_too_wide_are_refused(low: str, high: str) -> None:
    with pytest.raises(InvalidInput):
        asked_window(asked_moment("from", low), asked_moment("to", high), now=0, zone=BERLIN, days=7, max_days=35)
