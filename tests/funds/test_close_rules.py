"""What becomes of a month's result, as pure rules (D1, T4, L6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import InvalidInput
from market.funds.close_rules import DESTINATIONS, KEEP, Closing, Scheme, check_parts, close_month, require_past_month
from market.funds.entries import period_closed

THIRTY_SEVENTY = Scheme("三七", 1, (("enterprise", 3000), ("livelihood", 7000)))
FIVE_THREE_ONE_ONE = Scheme(
    "五三一一", 1, (("reinvestment", 5000), ("subsidies", 3000), ("governance", 1000), ("relief", 1000))
)
RESERVE_FIRST = Scheme("全进社区基金", 1, (("community_fund", 10_000),), reserve_rate_bp=1000, reserve_cap=50_000)


def close(income: int, cost: int, scheme: Scheme, *, loss: int = 0, held: int = 0) -> Closing:
    return close_month(income, cost, carried_loss=loss, reserve_held=held, scheme=scheme)


def test_D1_thirty_per_cent_stay_with_the_enterprise_and_seventy_go_to_local_projects() -> None:
    assert close(1_000_001, 0, THIRTY_SEVENTY).parts == (("enterprise", 300_001), ("livelihood", 700_000))


def test_T4_half_is_reinvested_and_the_rest_goes_to_subsidies_governance_and_relief() -> None:
    assert [amount for _, amount in close(1_200_000, 200_000, FIVE_THREE_ONE_ONE).parts] == [
        500_000,
        300_000,
        100_000,
        100_000,
    ]


def test_L6_losses_come_first_then_the_reserve_up_to_its_cap_then_the_fund() -> None:
    month = close(300_000, 50_000, RESERVE_FIRST, loss=100_000, held=40_000)
    assert (month.covered, month.reserve, month.parts) == (100_000, 10_000, (("community_fund", 140_000),))
    small = close(300_000, 50_000, RESERVE_FIRST, loss=100_000, held=0)
    assert (small.reserve, small.parts[0][1]) == (15_000, 135_000)
    full = close(100_000, 0, RESERVE_FIRST, held=60_000)
    assert (full.reserve, full.parts[0][1]) == (0, 100_000)


def test_L6_a_deficit_is_carried_on_and_nobody_gets_anything() -> None:
    month = close(10_000, 25_000, RESERVE_FIRST, loss=7)
    assert (month.net, month.loss, month.covered, month.reserve, month.parts) == (
        -15_000,
        15_000,
        0,
        0,
        (("community_fund", 0),),
    )


def test_without_a_scheme_the_enterprise_keeps_what_it_earned() -> None:
    assert close(500, 100, KEEP).parts == (("enterprise", 400),)


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    names = draw(st.lists(st.sampled_from(sorted(DESTINATIONS)), min_size=1, max_size=5, unique=True))
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=len(names) - 1, max_size=len(names) - 1)))
    rates = [high - low for low, high in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    return Scheme(
        "x", 1, tuple(zip(names, rates, strict=True)), draw(st.integers(0, 10_000)), draw(st.integers(0, 10**9))
    )


AMOUNTS = st.integers(0, 10**9)


@given(st.integers(-(10**9), 10**9), AMOUNTS, AMOUNTS, AMOUNTS, schemes())
def test_the_parts_sum_to_the_whole_whatever_the_month_was(
    income: int, cost: int, loss: int, held: int, scheme: Scheme
) -> None:
    month = close(income, cost, scheme, loss=loss, held=held)
    given_away = month.covered + month.reserve + sum(amount for _, amount in month.parts)
    assert given_away - month.loss == month.net
    assert min(month.covered, month.reserve, month.loss, *(amount for _, amount in month.parts)) >= 0
    assert month.covered <= loss
    assert held + month.reserve <= max(held, scheme.reserve_cap)


@given(st.integers(-(10**9), 10**9), AMOUNTS, AMOUNTS, AMOUNTS, schemes())
def test_the_entries_of_a_close_bring_income_and_cost_to_nothing(
    income: int, cost: int, loss: int, held: int, scheme: Scheme
) -> None:
    month = close(income, cost, scheme, loss=loss, held=held)
    stands = {
        "enterprise:e:income": income,
        "enterprise:e:cost": -cost,
        "enterprise:e:losses": -loss,
        "enterprise:e:reserve": held,
    }
    for each in period_closed("e", "liuyuan", month, "CNY", label="2026-10"):
        stands[each.debit] = stands.get(each.debit, 0) - each.amount.minor
        stands[each.credit] = stands.get(each.credit, 0) + each.amount.minor
    assert (stands["enterprise:e:income"], stands["enterprise:e:cost"]) == (0, 0)
    assert stands["enterprise:e:losses"] == -loss + month.covered - month.loss
    assert stands["enterprise:e:reserve"] == held + month.reserve


def test_impossible_books_are_refused() -> None:
    for wrong in ({"cost": -1}, {"loss": -1}, {"held": -1}):
        with pytest.raises(ValueError, match="not negative"):
            close(0, wrong.pop("cost", 0), KEEP, **wrong)


def test_a_scheme_names_receivers_that_exist_and_each_once() -> None:
    check_parts([{"to": "reinvestment"}, {"to": "relief"}])
    for wrong in ([{"to": "somebody"}], [{"to": "relief"}, {"to": "relief"}], [{}]):
        with pytest.raises(InvalidInput):
            check_parts(wrong)


def test_only_a_month_that_is_over_can_be_closed() -> None:
    assert require_past_month("2026-10", this_month="2026-11") == "2026-10"
    for wrong in ("2026-11", "2026-12", "2026-13", "26-10", "2026-1", "", "2026-10-01", "２０２６-10"):
        with pytest.raises(InvalidInput):
            require_past_month(wrong, this_month="2026-11")
