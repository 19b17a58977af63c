"""What a gift is called in public and who gets it; what of it could be given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.checkout import donation_rules
from market.funds.earmark_rules import Earmark, earmarked_part, giveable_back


@pytest.mark.parametrize(
    ("for_what", "monthly", "zh", "en"),
    [
        (None, False, "网上捐款", "Online donation"),
        ("装扶手", False, "网上捐款：装扶手", "Online donation: 装扶手"),
        (None, True, "每月捐款", "Monthly donation"),
        ("助学", True, "每月捐款：助学", "Monthly donation: 助学"),
    ],
)
def test_O08_the_public_wording_says_for_what_and_never_who(
    for_what: str | None, monthly: bool, zh: str, en: str
) -> None:
    assert donation_rules.title_of(for_what=for_what, is_monthly=monthly) == zh
    assert donation_rules.title_en_of(for_what=for_what, is_monthly=monthly) == en


def test_all_of_a_gift_is_the_funds() -> None:
    (share,) = donation_rules.everything_to("liuyuan-charity", label="公益金", label_en="Charity", amount=1001)
    assert (share.to, share.amount, share.rule) == ("fund:liuyuan-charity", 1001, None)


@pytest.mark.parametrize(
    ("purpose", "held", "back"),
    [
        (None, 1000, 500),  # 300 and 200 wait for their purposes
        ("a", 1000, 300),
        ("b", 1000, 200),
        ("c", 1000, 0),  # nothing is left of what was given for it
        ("a", 400, 200),  # the other 200 are for b
        (None, 500, 0),
        (None, 0, 0),
        ("a", 100, 0),
    ],
)
def test_a_gift_goes_back_only_as_far_as_its_own_money_is_there(purpose: str | None, held: int, back: int) -> None:
    marks = [Earmark("a", 350, 50), Earmark("b", 200, 0), Earmark("c", 50, 50)]
    assert giveable_back(purpose, marks, held=held) == back


def test_a_purpose_of_which_a_bank_took_a_gift_back_after_it_was_spent_has_nothing_left_and_owes_nothing() -> None:
    marks = [Earmark("a", 0, 300), Earmark("b", 200, 0)]
    assert marks[0].left == 0
    assert earmarked_part(100, "a", marks, held=400) == 0, "free money pays for it"
    assert giveable_back("a", marks, held=400) == 0
    assert giveable_back("b", marks, held=400) == 200


AMOUNTS = st.integers(0, 1000)


@given(st.dictionaries(st.sampled_from("abc"), st.tuples(AMOUNTS, AMOUNTS)), st.sampled_from([*"abcd", None]), AMOUNTS)
def test_whatever_goes_back_every_gift_for_another_purpose_is_still_held(
    given_for: dict[str, tuple[int, int]], purpose: str | None, held: int
) -> None:
    marks = [Earmark(name, *sums) for name, sums in given_for.items()]
    back = giveable_back(purpose, marks, held=held)
    others = sum(each.left for each in marks if each.purpose != purpose)
    assert back >= 0
    assert back == 0 or held - back >= others
