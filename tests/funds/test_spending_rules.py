"""Who has to consent, as pure rules."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import InvalidInput
from market.funds.spending_rules import (
    Charter,
    Decision,
    Tier,
    announcement_end,
    charter_of,
    check_against_charter,
    consents,
    payee_keys,
    role_for,
    standing,
    stored_charter,
    tier_of,
)

NOW = datetime(2026, 11, 27, tzinfo=UTC)
AUTHOR, DIRECTOR, STREET = (UUID(int=number) for number in (1, 2, 3))
BOTH = [Decision(DIRECTOR, "director", "approve"), Decision(STREET, "street", "approve")]


def stand(
    amount: int = 50_000, *decisions: Decision, together: int = 0, until: datetime | None = None, status: str = "open"
):
    return standing(
        Charter(), kind="spending", status=status, amount=amount, together=together, author_id=AUTHOR, decisions=decisions,
        announced_until=until, now=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "roles", "days"),
    [
        (1, ("director",), 0), (100_000, ("director",), 0), (100_001, ("director", "street"), 0),
        (1_000_000, ("director", "street"), 0), (1_000_001, ("director", "street"), 7), (10**10, ("director", "street"), 7),
    ],
)  # fmt: skip
def test_up_to_a_thousand_yuan_the_director_then_the_street_then_a_week_of_announcement(
    amount: int, roles: tuple[str, ...], days: int
) -> None:
    tier = tier_of(Charter(), "spending", amount)
    assert (tier.roles, tier.announce_days) == (roles, days)


def test_A06_the_word_of_the_author_counts_in_no_role() -> None:
    assert stand(50_000, Decision(AUTHOR, "director", "approve")).missing == ("director",)


def test_A07_one_person_counts_once_whatever_roles_it_speaks_in() -> None:
    twice = [Decision(DIRECTOR, "director", "approve"), Decision(DIRECTOR, "street", "approve")]
    assert consents(twice, author_id=AUTHOR) == {"director"}


def test_A11_a_role_that_was_lost_counts_no_longer() -> None:
    assert stand(50_000, Decision(DIRECTOR, "director", "approve", holds_role=False)).state == "open"


def test_A09_what_belongs_together_is_judged_together() -> None:
    alone = stand(99_00, Decision(DIRECTOR, "director", "approve"))
    assert (alone.state, alone.missing) == ("approved", ())
    split = stand(99_00, Decision(DIRECTOR, "director", "approve"), together=990_00 + 99_00)
    assert (split.state, split.missing, split.counted_minor) == ("open", ("street",), 108_900)


def test_a_large_sum_is_announced_before_it_is_approved() -> None:
    assert stand(2_000_000, *BOTH).state == "announced"
    assert stand(2_000_000, *BOTH, until=NOW + timedelta(seconds=1)).state == "announced"
    assert stand(2_000_000, *BOTH, until=NOW).state == "approved"
    assert announcement_end(tier_of(Charter(), "spending", 2_000_000), NOW) == NOW + timedelta(days=7)
    assert announcement_end(tier_of(Charter(), "spending", 5), NOW) is None


@pytest.mark.parametrize("status", ["refused", "withdrawn", "paid", "settled"])
def test_what_is_closed_stays_closed(status: str) -> None:
    assert stand(5, *BOTH, status=status).state == status


def test_somebody_with_two_roles_speaks_in_the_one_that_is_missing() -> None:
    assert role_for(("director", "street"), {"street", "director"}) == "director"
    assert role_for(("street",), {"street", "director"}) == "street"
    assert role_for(("street",), {"director", "clerk"}) is None


@given(st.integers(1, 10**10), st.integers(0, 10**10))
def test_a_larger_sum_never_needs_fewer_consents(one: int, more: int) -> None:
    charter = Charter()
    small, large = tier_of(charter, "spending", one), tier_of(charter, "spending", one + more)
    assert set(small.roles) <= set(large.roles)
    assert small.announce_days <= large.announce_days


def test_a_charter_keeps_what_it_says_and_takes_the_preset_for_the_rest() -> None:
    own = Charter(
        purposes=("助老",), custodian="居委会", tiers=(Tier(5, ("street",)), Tier(None, ("street",), 3)), max_month=9
    )
    assert charter_of(stored_charter(own)) == own
    assert charter_of({"max_request": 7, "unknown": 1}) == Charter(max_request=7)


@pytest.mark.parametrize(
    "tiers",
    [
        (),
        (Tier(100, ("director",)),),
        (Tier(None, ("director",)), Tier(None, ("street",))),
        (Tier(100, ("director",)), Tier(50, ("street",)), Tier(None, ("street",))),
        (Tier(100, ("director",)), Tier(100, ("street",)), Tier(None, ("street",))),
        (Tier(0, ("director",)), Tier(None, ("street",))),
        (Tier(None, ()),),
        (Tier(None, ("clerk",)),),
        (Tier(None, ("street", "street")),),
        (Tier(None, ("street",), 91),),
    ],
)
def test_steps_that_leave_a_gap_are_refused(tiers: tuple[Tier, ...]) -> None:
    with pytest.raises(InvalidInput):
        Charter(tiers=tiers)


def test_a_charter_names_who_may_pay() -> None:
    for wrong in ((), ("operator",)):
        with pytest.raises(InvalidInput):
            Charter(payer_roles=wrong)


def test_H3_a_purpose_outside_the_charter_and_a_sum_above_its_limit_are_refused() -> None:
    charter = Charter(purposes=("助老",), max_request=100)
    check_against_charter(charter, kind="spending", purpose="助老", amount=100)
    check_against_charter(charter, kind="release", purpose="release", amount=1000)
    for purpose, amount in (("旅游", 1), ("助老", 101)):
        with pytest.raises(InvalidInput):
            check_against_charter(charter, kind="spending", purpose=purpose, amount=amount)


def test_a_payee_is_recognised_under_small_differences() -> None:
    assert payee_keys("春风 维修队", "6222-0000 1111") == payee_keys("春风维修队", "622200001111")
    assert payee_keys("Ａcme Ltd.", "") == payee_keys("acme ltd", " ")
    assert set(payee_keys("甲", "1")) & set(payee_keys("乙", "1")) == {"account:1"}
