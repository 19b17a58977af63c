"""Idle hours are found and an offer lowers their price alone (S1)."""

from hypothesis import given
from hypothesis import strategies as st

from market.spaces.idle import IdleBand, banded_hours, idle_bands, is_idle, offered_rate, with_offer
from market.spaces.tariff_checks import list_faults
from market.spaces.tariffs import PriceList, Rate

HOUR = 8 * 3600  # open in each of eight weeks


def week(**booked: float) -> dict[tuple[int, int], tuple[int, int]]:
    """Open 9 to 17 every day, booked as said: `d0h9=0.5` is half of Monday's nine o'clock."""
    return {
        (day, hour): (HOUR, int(booked.get(f"d{day}h{hour}", 0.0) * HOUR)) for day in range(7) for hour in range(9, 17)
    }


def test_hours_that_are_hardly_booked_make_bands_and_equal_bands_of_weekdays_are_told_together() -> None:
    busy = {f"d{day}h{hour}": 0.8 for day in range(5) for hour in range(9, 13)}
    bands = idle_bands(week(**busy), frozenset())
    assert [(each.weekdays, each.opens, each.closes) for each in bands] == [
        ((0, 1, 2, 3, 4), 13, 17),
        ((5, 6), 9, 17),
    ]
    assert bands[0].idle_s == 5 * 4 * HOUR


def test_one_idle_hour_alone_and_hours_with_a_price_of_their_own_are_left_alone() -> None:
    busy = {f"d{day}h{hour}": 1.0 for day in range(7) for hour in range(9, 17)}
    assert idle_bands(week(**(busy | {"d0h9": 0.0})), frozenset()) == []
    assert idle_bands(week(**(busy | {"d0h9": 0.0, "d0h10": 0.1})), frozenset()) == [
        IdleBand((0,), 9, 11, 2 * HOUR, HOUR // 10)
    ]
    assert idle_bands(week(**(busy | {"d0h9": 0.0, "d0h10": 0.1})), frozenset({(0, 9)})) == []


def test_an_hour_seldom_open_says_nothing() -> None:
    assert not is_idle(3 * 3600, 0)
    assert is_idle(4 * 3600, 1440)
    assert not is_idle(4 * 3600, 1441)


def test_an_offer_halves_the_plain_rate_or_takes_it_away() -> None:
    prices = PriceList("everybody", (Rate("hour", 4001),))
    assert (offered_rate(prices, [0, 1], "off_peak"), offered_rate(prices, [0], "free")) == (2000, 0)
    free = PriceList("resident", (Rate("hour", 0),))
    assert offered_rate(free, [0], "free") is None
    two = PriceList("everybody", (Rate("hour", 4000, (0,)), Rate("hour", 5000, (1, 2, 3, 4, 5, 6))))
    assert (offered_rate(two, [0, 1], "off_peak"), offered_rate(two, [1, 2], "off_peak")) == (None, 2500)
    assert offered_rate(PriceList("everybody", (Rate("fixed", 9000),)), [0], "off_peak") is None


@given(
    weekdays=st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True),
    opens=st.integers(0, 22),
    length=st.integers(2, 12),
)
def test_a_list_with_an_offer_is_a_good_list_and_its_hours_are_then_taken(
    weekdays: list[int], opens: int, length: int
) -> None:
    closes = min(24, opens + length)
    prices = PriceList("everybody", (Rate("hour", 4000),))
    offered = with_offer(prices, weekdays=weekdays, opens=f"{opens:02}:00", closes=f"{closes:02}:00", minor=2000)
    assert list_faults(offered) == []
    assert banded_hours(offered) == {(day, hour) for day in weekdays for hour in range(opens, closes)}
