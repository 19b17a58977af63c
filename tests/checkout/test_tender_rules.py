"""The order of bids: exact, by announced weights, with an announced rule for ties (T1)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.checkout.tender_rules import (
    Criterion,
    Opened,
    answer_faults,
    criteria_faults,
    points_missing,
    ranking,
)

PRICE = Criterion("price", "price", 6000)
HOURS = Criterion("hours", "number", 2500, most=10)
PLAN = Criterion("plan", "committee", 1500)
ALL = (PRICE, HOURS, PLAN)


def bid(number: int, base: int, hours: int = 0, plan: int = 0) -> Opened:
    return Opened(number, base, {"hours": hours}, {"plan": plan})


def test_price_stated_number_and_committee_each_give_their_announced_weight() -> None:
    first, second = ranking(
        ALL, [bid(1, 300_000, hours=5, plan=60), bid(2, 200_000, hours=10, plan=100)], tie_rule="price"
    )
    assert (first.number, first.shown, dict(first.parts)) == (1, 8150, {"price": 6000, "hours": 1250, "plan": 900})
    assert (second.number, second.shown, dict(second.parts)) == (2, 8000, {"price": 4000, "hours": 2500, "plan": 1500})
    assert (first.place, second.place) == (1, 2)


def test_no_rounding_decides_where_exact_scores_differ_by_less_than_is_shown() -> None:
    ordered = ranking(
        (Criterion("price", "price", 10_000),), [bid(1, 9_999_998), bid(2, 9_999_999)], tie_rule="earliest"
    )
    assert [each.number for each in ordered] == [2, 1]
    close = ranking(
        (Criterion("price", "price", 10_000),), [bid(1, 3_000_000), bid(2, 1), bid(3, 2)], tie_rule="earliest"
    )
    assert [(each.number, each.shown) for each in close] == [(1, 10_000), (3, 0), (2, 0)]


@pytest.mark.parametrize(("tie_rule", "winner"), [("price", 2), ("earliest", 1)])
def test_a_tie_goes_by_the_announced_rule(tie_rule: str, winner: int) -> None:
    weights = (Criterion("price", "price", 5000), Criterion("hours", "number", 5000, most=10))
    tied = ranking(weights, [bid(1, 50, hours=10), bid(2, 100, hours=5)], tie_rule=tie_rule)
    assert tied[0].score == tied[1].score
    assert tied[0].number == winner
    same = ranking(weights, [bid(4, 70), bid(3, 70)], tie_rule="price")
    assert [each.number for each in same] == [3, 4]


def test_nothing_offered_by_anybody_gives_nobody_points_for_the_price() -> None:
    assert [each.shown for each in ranking(ALL, [bid(1, 0), bid(2, 0)], tie_rule="price")] == [0, 0]
    assert ranking(ALL, [], tie_rule="price") == []


def test_points_that_are_not_given_count_as_none_and_are_missed() -> None:
    without = Opened(1, 100, {"hours": 0})
    assert ranking(ALL, [without], tie_rule="price")[0].shown == 6000
    assert points_missing(ALL, [without, bid(2, 1)])
    assert not points_missing(ALL, [bid(2, 1)])
    assert not points_missing((PRICE,), [without])


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ([Criterion("price", "price", 9_999)], "weights must make 100 % together"),
        ([Criterion("hours", "number", 10_000)], "exactly one must be the price"),
        ([Criterion("a", "price", 5000), Criterion("b", "price", 5000)], "exactly one must be the price"),
        ([Criterion("a", "price", 5000), Criterion("a", "number", 5000)], "each needs a key of its own"),
    ],
)
def test_criteria_that_cannot_be_announced_are_named(criteria: list[Criterion], message: str) -> None:
    assert ("criteria", message) in criteria_faults(criteria)


def test_answers_are_asked_for_and_within_bounds() -> None:
    assert criteria_faults(ALL) == []
    assert answer_faults(ALL, {"hours": 10}) == []
    assert answer_faults(ALL, {}) == [("answers.hours", "is missing")]
    assert answer_faults(ALL, {"hours": 11}) == [("answers.hours", "must be from 0 to 10")]
    assert answer_faults(ALL, {"hours": -1, "price": 3}) == [
        ("answers.price", "is not asked for"),
        ("answers.hours", "must be from 0 to 10"),
    ]


bids = st.lists(st.tuples(st.integers(0, 10**10), st.integers(0, 10), st.integers(0, 100)), min_size=1, max_size=8).map(
    lambda drawn: [bid(number, *each) for number, each in enumerate(drawn, start=1)]
)


@given(bids)
def test_the_order_is_that_of_exact_fractions_and_does_not_depend_on_the_order_of_asking(found: list[Opened]) -> None:
    best = max(each.base_minor for each in found)

    def exact(each: Opened) -> Fraction:
        price = Fraction(each.base_minor, best) if best else Fraction(0)
        return 6000 * price + 2500 * Fraction(each.answers["hours"], 10) + 1500 * Fraction(each.points["plan"], 100)

    expected = sorted(found, key=lambda each: (-exact(each), -each.base_minor, each.number))
    ordered = ranking(ALL, found, tie_rule="price")
    assert [each.number for each in ordered] == [each.number for each in expected]
    assert ordered == ranking(ALL, found[::-1], tie_rule="price")
    for each in ordered:
        assert 0 <= sum(each.parts.values()) <= each.shown <= 10_000
        assert Fraction(each.score * 10_000, each.out_of) == exact(found[each.number - 1])
