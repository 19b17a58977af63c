"""What may happen to a need, and which needs say nearly the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.needs.rules import STATUSES, Title, after, alike, alikeness
from market.text import holds_contact


@pytest.mark.parametrize(
    ("status", "act", "then"),
    [("open", "take", "taken"), ("open", "offer", "offered"), ("taken", "offer", "offered"), ("taken", "release", "open"),
     ("open", "close", "closed"), ("taken", "close", "closed"), ("offered", "close", "closed"),
     ("taken", "take", None), ("offered", "take", None), ("offered", "release", None), ("open", "release", None),
     ("closed", "take", None), ("closed", "offer", None), ("closed", "close", None), ("closed", "release", None)],
)  # fmt: skip
def test_each_act_leads_from_one_state_to_one_other_or_nowhere(status: str, act: str, then: str | None) -> None:
    assert after(status, act) == then


def test_nothing_leads_out_of_closed() -> None:
    acts = ("take", "offer", "release", "close")
    assert {after("closed", act) for act in acts} == {None}
    assert {after(status, act) for status in STATUSES for act in acts} - {None} == set(STATUSES)


def test_nearly_the_same_wish_is_found_and_another_is_not() -> None:
    titles = [
        Title("1", "希望开一个周末二胡班"), Title("2", "想学二胡"), Title("3", "楼道灯坏了没人修"), Title("4", "上门理发"),
        Title("5", "English corner on Fridays"),
    ]  # fmt: skip
    assert alike("二胡班", titles, limit=4) == ["1", "2"]
    assert alike("上门给老人理发", titles, limit=4) == ["4"]
    assert alike("english corner", titles, limit=4) == ["5"]
    assert alike("宠物寄养", titles, limit=4) == []
    assert alike("二", titles, limit=1) == []
    assert alike("！？", titles, limit=4) == []


@given(st.text(max_size=30), st.text(max_size=30))
def test_alikeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= alikeness(one, other) <= 1
    assert alikeness(one, other) == alikeness(other, one)


@pytest.mark.parametrize(
    "text",
    ["电话 13800138000", "138 0013 8000 找我", "138-0013-8000", "１３８００１３８０００", "0571-88001801", "+49 171 1234567",
     "a.b@example.test",
     "加微信：liwei_88", "WeChat liwei88", "qq12345678"],
)  # fmt: skip
def test_what_reaches_a_person_is_noticed(text: str) -> None:
    assert holds_contact(text)


@pytest.mark.parametrize(
    "text",
    ["100元以下", "2026年12月1日 14:30", "周六下午 二胡", "3 号楼 201", "预算 1500 到 2000", "1-3岁", "5G手机",
     "微信怎么用", "60岁以上每周2次，每次90分钟"],
)  # fmt: skip
def test_numbers_that_reach_nobody_are_no_contact(text: str) -> None:
    assert not holds_contact(text)
